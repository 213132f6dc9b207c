"""A page checked: every number again from its records, every word again from the numbers."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import FileError, QoptError
from ..pages import Page, Section
from ..provenance import versions
from .evidence import Evidence, unpacked
from .findings import Findings
from .rendering import render

CLOSE = 1e-12  # relatively, and of numbers below 1 absolutely
SHOWN = 20  # differences that are told
LENGTH = ".length"  # of a list, so that a list that was cut is told


@dataclass(frozen=True)
class Verification:
    """How many `numbers` were computed again, and all `differences`, a line each."""

    path: Path
    numbers: int
    differences: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.differences

    def page(self) -> Page:
        """For the command line."""
        if self.ok:
            said = f"{self.path}: all {self.numbers:,} numbers follow from its records"
            return Page("", [Section(lines=[said, *self.notes])])
        count = len(self.differences)
        more = [f"and {count - SHOWN:,} more"] if count > SHOWN else []
        what = "1 difference" if count == 1 else f"{count:,} differences"
        head = f"{self.path}: {what} from what its records give"
        return Page("", [Section(lines=[head, *self.differences[:SHOWN], *more, *self.notes])])


def verify(path: str | Path) -> Verification:
    """Compute a page again from the records in it, and compare: numbers to 1e-12, words exactly.

    Words, tables and pictures are compared where the page was made by this version of qopt.
    Raises FileError for a file that is no such page.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "no report of qopt: it is not a text file") from None
    parts = _Parts(text)
    document, stored = _inside(parts, path)
    try:
        evidence = Evidence.from_document(document, parts.pictures)
        found, again = Findings(evidence).to_document(), render(evidence)
    except QoptError as error:
        raise FileError(path, f"its records cannot be computed with: {error}") from None
    except Exception as error:  # records can be damaged in more ways than there are errors
        raise FileError(path, f"its records are damaged: {type(error).__name__}: {error}") from None
    given, wanted = dict(_leaves(stored)), dict(_leaves(found))
    differences = [*_numbers(given, wanted), *_pictures(document, evidence)]
    notes = []
    if evidence.qopt == (now := versions()["qopt-annealing"]):
        differences += _words(text, again)
    else:
        notes.append(
            f"its words and pictures were not compared: made by qopt {evidence.qopt}, this is {now}"
        )
    numbers = sum(map(_is_number, wanted.values())) - sum(way.endswith(LENGTH) for way in wanted)
    return Verification(path, numbers, tuple(differences), tuple(notes))


class _Parts(HTMLParser):
    """What of a page carries its evidence: two scripts, and the pictures of plans."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: dict[str, str] = {}
        self.pictures: dict[str, str] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script":
            self._open = given.get("id", "")
        if tag == "img" and "data-plan" in given:
            self.pictures[given["data-plan"]] = _picture(given.get("src", ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts[self._open] = self.scripts.get(self._open, "") + data


def _picture(address: str) -> str:
    try:
        return base64.b64decode(address.partition("base64,")[2], validate=True).decode()
    except ValueError:
        return address


def _inside(parts: _Parts, path: Path) -> tuple[Any, Any]:
    for name in ("records", "findings"):
        if name not in parts.scripts:
            raise FileError(path, f"no report of qopt: it has no {name} in it")
    try:
        return unpacked(parts.scripts["records"]), unpacked(parts.scripts["findings"])
    except (ValueError, OSError, EOFError) as error:
        raise FileError(path, f"its records are damaged: {error}") from None


def _leaves(value: Any, way: str = "") -> Iterator[tuple[str, Any]]:
    """Each plain value in a document with the way to it: `comparison.solvers[0].gap`."""
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _leaves(inside, f"{way}.{key}" if way else str(key))
    elif isinstance(value, list | tuple):
        yield f"{way}{LENGTH}", len(value)
        for place, inside in enumerate(value):
            yield from _leaves(inside, f"{way}[{place}]")
    else:
        yield way, value


def _numbers(given: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    for way in {**again, **given}:
        if way not in given or way not in again:
            where = "page has it" if way in given else "records give it"
            yield f"{way}: only the {where}"
        elif not _same(given[way], again[way]):
            yield f"{way}: the page says {given[way]!r}, its records give {again[way]!r}"


def _same(one: Any, other: Any) -> bool:
    if _is_number(one) and _is_number(other):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
    return bool(one == other and type(one) is type(other))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pictures(document: Mapping[str, Any], evidence: Evidence) -> Iterator[str]:
    """A picture cannot be computed again; that it is the one of the records can."""
    for saved, drawn in zip(document["plans"], evidence.plans, strict=True):
        if saved["picture"] != drawn.digest:
            yield f"the picture of the plan {drawn.label} is not the one that was drawn"


class _Line(NamedTuple):
    """What stands somewhere on a page, and the heading that it stands under."""

    under: str
    words: str


def _words(text: str, again: str) -> Iterator[str]:
    """What is seen on the page and would not be on one made again, in order."""
    given, wanted = _Seen(text).lines, _Seen(again).lines
    if len(given) != len(wanted):
        extra = len(given) - len(wanted)
        yield f"the page has {abs(extra):,} {'more' if extra > 0 else 'fewer'} parts than it should"
    for one, other in zip(given, wanted, strict=False):
        if one.words != other.words:
            yield (
                f"under {one.under!r}: the page says {_short(one.words)}, "
                f"its records give {_short(other.words)}"
            )
            if len(given) != len(wanted):
                return  # from here on everything is out of step


def _short(words: str) -> str:
    return repr(words if len(words) <= 160 else f"{words[:157]}...")


class _Seen(HTMLParser):
    """Tags with their attributes and words, in order; the records themselves are left out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[_Line] = []
        self._under, self._heading, self._skip = "the head", False, False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = " ".join(f'{name}="{value or ""}"' for name, value in attrs)
        self.lines.append(_Line(self._under, f"<{tag} {given}>" if given else f"<{tag}>"))
        self._heading = tag in ("h1", "h2", "h3")
        self._skip = tag == "script" and dict(attrs).get("id") in ("records", "findings")

    def handle_endtag(self, tag: str) -> None:
        self.lines.append(_Line(self._under, f"</{tag}>"))
        self._heading = self._skip = False

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if not words or self._skip:
            return
        if self._heading:
            self._under = words
        self.lines.append(_Line(self._under, words))
