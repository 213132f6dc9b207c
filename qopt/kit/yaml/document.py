"""A YAML file, and where everything in it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from ...errors import FileError, QoptError
from . import syntax

Way = tuple[str | int, ...]  # to a value in a document: ("problems", 0, "kind")
LARGEST = 1_000_000  # values in a file, those that its aliases stand for counted each time


class Mistakes(QoptError):
    """All that is wrong in a file, a line each: `file:line:column: path: what, and the remedy`."""

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


@dataclass(frozen=True, order=True)
class Place:
    """Where a value stands; lines and columns count from 1."""

    path: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Complaint:
    """What is wrong with what stands at a place; `name` is the way to it, `problems[0].kind`."""

    place: Place
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.text}"


@dataclass(frozen=True)
class Document:
    """The `data` of a file, the place of every way into it, and what is already known as wrong, as
    keys given twice.

    Of a key given twice the first value counts. `texts` are the files that were read, this one
    first. `raises` is the class of the error that tells its mistakes.
    """

    path: Path
    data: Any
    places: Mapping[Way, Place]
    complaints: tuple[Complaint, ...]
    texts: Mapping[Path, str]
    raises: type[Mistakes] = Mistakes

    @classmethod
    def read(cls, path: Path, raises: type[Mistakes] = Mistakes) -> Document:
        """Raises FileError for what is no YAML file, `raises`, with the place, for its syntax."""
        yaml = YAML(typ="safe", pure=True)
        yaml.allow_duplicate_keys = True
        try:
            text = path.read_text(encoding="utf-8-sig")
            root = YAML(typ="safe", pure=True).compose(text)
            ways = list(_walk(root, (), frozenset(), [LARGEST]))
            data = yaml.load(text)
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise FileError(path, "not a text file") from None
        except MarkedYAMLError as error:
            raise raises([f"{path}:{syntax.told(error, text)}"]) from None
        # what ruamel's constructors raise for tags and dates that do not fit their values
        except (
            YAMLError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            RecursionError,
        ) as error:
            reason = (str(error).splitlines() or [""])[0]
            raise FileError(
                path, f"not YAML that can be read: {type(error).__name__}: {reason}"
            ) from None
        places: dict[Way, Place] = {(): Place(path, 1, 1)}
        wrong: list[Complaint] = []
        for way, node, repeated in ways:
            place = Place(path, node.start_mark.line + 1, node.start_mark.column + 1)
            if repeated:
                text_of = f"the key {way[-1]!r} is given twice; keep one"
                wrong.append(Complaint(place, named(way), text_of))
            places.setdefault(way, place)
        return cls(path, data, places, tuple(wrong), {path: text}, raises)

    @property
    def unset(self) -> bool:
        """Whether a variable of the environment that it names is not set."""
        return any("in the environment" in complaint.text for complaint in self.complaints)

    def complaint(self, way: Way, text: str) -> Complaint:
        """About what stands at the end of a way, or at the end of as much of it as there is."""
        known = way
        while known not in self.places:
            known = known[:-1]
        return Complaint(self.places[known], named(way), text)

    def told(self, complaints: Iterable[Complaint]) -> Mistakes:
        """All complaints, each once, in the order of the files and lines."""
        return self.raises([str(complaint) for complaint in sorted(set(complaints))])


def _walk(
    node: Node | None, way: Way, above: frozenset[int], left: list[int]
) -> Iterator[tuple[Way, Node, bool]]:
    """(way, the node to point at, whether its key came before) of everything below a node."""
    if id(node) in above:
        raise ValueError("an alias stands for what it is part of")
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"its aliases stand for more than {LARGEST:,} values")
    above = above | {id(node)}
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            yield (*way, str(key.value)), key, str(key.value) in seen
            seen.add(str(key.value))
            yield from _walk(value, (*way, str(key.value)), above, left)
    elif isinstance(node, SequenceNode):
        for at, item in enumerate(node.value):
            yield (*way, at), item, False
            yield from _walk(item, (*way, at), above, left)


def named(way: Way) -> str:
    """The way to a value as people write it: `problems[0].kind`."""
    return (
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in way).lstrip(".")
        or "the file"
    )
