"""A YAML file, what it extends, and where everything in it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from ...errors import FileError, QoptError

Way = tuple[str | int, ...]  # to a value in a document: ("problems", 0, "kind")
LARGEST = 1_000_000  # values in a file, those that its aliases stand for counted each time
DEEPEST = 20  # files that extend each other

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


class StudyError(QoptError):
    """All that is wrong in a study, a line each: `file:line:column: path: what, and the remedy`."""

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
    """The `data` of a file, the place of every way into it, and what is already known as wrong:
    keys given twice, variables of the environment that are not set.

    Of a key given twice the first value counts. `texts` are the files that were read, the study
    first, then what it extends.
    """

    path: Path
    data: Any
    places: Mapping[Way, Place]
    complaints: tuple[Complaint, ...]
    texts: Mapping[Path, str]

    @classmethod
    def read(cls, path: Path) -> Document:
        """Raises FileError for what is no YAML file, StudyError, with the place, for its syntax."""
        return _extended(path, ())

    @property
    def unset(self) -> bool:
        """Whether a variable of the environment that it names is not set."""
        return any("in the environment" in complaint.text for complaint in self.complaints)

    def complaint(self, way: Way, text: str) -> Complaint:
        """About what stands at the end of a way, or at the end of as much of it as there is."""
        known = way
        while known not in self.places:
            known = known[:-1]
        return Complaint(self.places[known], _name(way), text)

    def told(self, complaints: Iterable[Complaint]) -> StudyError:
        """All complaints, each once, in the order of the files and lines."""
        return StudyError([str(complaint) for complaint in sorted(set(complaints))])


def _extended(path: Path, above: tuple[Path, ...]) -> Document:
    """A file, with what it does not say itself from the file that it `extends`."""
    document = _alone(path)
    base = document.data.get("extends") if isinstance(document.data, dict) else None
    if base is None:
        return document
    if not isinstance(base, str):
        raise document.told([document.complaint(("extends",), "give the name of one file")])
    if path.resolve() in above or len(above) > DEEPEST:
        raise document.told([document.complaint(("extends",), f"{base} extends this file again")])
    below = path.parent / base
    try:
        ground = _extended(below, (*above, path.resolve()))
    except FileError as error:
        raise document.told([document.complaint(("extends",), str(error))]) from None
    if not isinstance(ground.data, dict):
        raise document.told([document.complaint(("extends",), f"{base} has no keys and values")])
    own = {key: value for key, value in document.data.items() if key != "extends"}
    places = dict(ground.places)
    data = _laid_over(ground.data, own, (), places)
    return Document(
        path,
        data,
        {**places, **document.places},
        (*ground.complaints, *document.complaints),
        {**document.texts, **ground.texts},
    )


def _laid_over(ground: Any, own: Any, way: Way, places: dict[Way, Place]) -> Any:
    """Mappings are laid over each other key by key; of anything else the own takes the place.

    Places of what is gone are dropped.
    """
    if isinstance(ground, dict) and isinstance(own, dict):
        both = dict(ground)
        for key, value in own.items():
            below = (*way, str(key))
            both[key] = _laid_over(ground[key], value, below, places) if key in ground else value
        return both
    for gone in [other for other in places if other[: len(way)] == way]:
        del places[gone]
    return own


def _alone(path: Path) -> Document:
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
        mark = error.problem_mark
        where = f"{mark.line + 1}:{mark.column + 1}: " if mark else ""
        raise StudyError([f"{path}:{where}not YAML: {error.problem}"]) from None
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
            path, f"not YAML that a study can be read from: {type(error).__name__}: {reason}"
        ) from None
    places: dict[Way, Place] = {(): Place(path, 1, 1)}
    wrong: list[Complaint] = []
    for way, node, repeated in ways:
        place = Place(path, node.start_mark.line + 1, node.start_mark.column + 1)
        if repeated:
            text_of = f"the key {way[-1]!r} is given twice; keep one"
            wrong.append(Complaint(place, _name(way), text_of))
        places.setdefault(way, place)
    document = Document(path, data, places, tuple(wrong), {path: text})
    missing: list[Complaint] = []
    data = _with_environment(data, (), document, missing)
    return Document(path, data, places, (*wrong, *missing), {path: text})


def _with_environment(data: Any, way: Way, document: Document, missing: list[Complaint]) -> Any:
    """Values with `${NAME}` and `${NAME:-default}` put in from the environment.

    A value that is nothing but one of these is read as YAML reads it: a number stays one.
    """
    if isinstance(data, dict):
        return {
            key: _with_environment(value, (*way, str(key)), document, missing)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [_with_environment(v, (*way, k), document, missing) for k, v in enumerate(data)]
    if not isinstance(data, str) or "${" not in data:
        return data
    lacking: list[str] = []

    def value_of(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        value = os.environ.get(name, default)
        if value is None:
            lacking.append(name)
        return value or ""

    text = VARIABLE.sub(value_of, data)
    for name in lacking:
        remedy = f"set it, or write ${{{name}:-default}}"
        missing.append(document.complaint(way, f"no {name} in the environment; {remedy}"))
    if lacking or VARIABLE.fullmatch(data) is None:
        return text
    plain = YAML(typ="safe", pure=True)
    try:
        scalar = plain.load(text)
    except YAMLError:
        return text
    return scalar if isinstance(scalar, bool | int | float) else text


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


def _name(way: Way) -> str:
    return (
        "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in way).lstrip(".")
        or "the file"
    )
