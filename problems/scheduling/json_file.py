"""JSON files whose mistakes are named with their line: what is where in the document, and in the text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qopt import FileError, UnknownName

Place = tuple[str | int, ...]  # keys and positions that lead to a value

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
LARGEST = 10**12  # of a number in a file: sums of more would lose their units in floating point


@dataclass(frozen=True, eq=False)
class Part:
    """A value of a document, its place there, and the lines of all places."""

    path: Path
    value: Any
    place: Place
    lines: Mapping[Place, int]

    @classmethod
    def read(cls, path: str | Path) -> Part:
        """The whole document. Raises FileError for what is no JSON, or has a key twice."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise FileError(path, "not a text file") from None
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            raise FileError(path, f"not JSON: {error.msg}", error.lineno) from None
        except (ValueError, RecursionError):
            raise FileError(
                path, "not JSON: a number is too long, or the nesting too deep"
            ) from None
        lines: dict[Place, int] = {}
        for place, line in _places(text):
            if place in lines:
                raise FileError(
                    path, f"the key {str(place[-1])[:40]!r} is given twice; keep one", line
                )
            lines[place] = line
        return cls(path, value, (), lines)

    def error(self, message: str) -> FileError:
        """A complaint about this part."""
        return FileError(self.path, message, self.lines.get(self.place))

    def fields(
        self, kind: str, needed: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Part]:
        """The parts of an object, by key. Raises FileError for a key that is missing or means nothing."""
        if not isinstance(self.value, dict):
            raise self.error(f"{self._name(kind)}: give an object with {', '.join(needed)}")
        for key in needed:
            if key not in self.value:
                raise self.error(f"{self._name(kind)} has no {key!r}; give one")
        for key in self.value:
            if key not in (*needed, *optional):
                raise self._at(key).error(
                    str(UnknownName(f"key of a {kind}", key[:40], (*needed, *optional)))
                )
        return {key: self._at(key) for key in self.value}

    def entries(self) -> dict[str, Part]:
        """The parts of an object whose keys are names, all in printable characters."""
        if not isinstance(self.value, dict) or not all(
            key.strip() and key.isprintable() for key in self.value
        ):
            raise self.error(f"{self._name()}: give an object, names and their values")
        return {key: self._at(key) for key in self.value}

    def items(self) -> list[Part]:
        if not isinstance(self.value, list):
            raise self.error(f"{self._name()}: give a list")
        return [self._at(k) for k in range(len(self.value))]

    def text(self) -> str:
        if not isinstance(self.value, str) or not (self.value.strip() and self.value.isprintable()):
            raise self.error(f"{self._name()} is {self._shown()}; give a text")
        return self.value

    def whole(self, least: int = 0) -> int:
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
            raise self.error(
                f"{self._name()} is {self._shown()}; give a whole number, {least} or more"
            )
        return value

    def number(self, least: float = -LARGEST) -> float:
        value = self.value
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not _within(value, least)
        ):
            raise self.error(f"{self._name()} is {self._shown()}; give a number, {least:g} or more")
        return float(value)

    def _at(self, key: str | int) -> Part:
        return Part(self.path, self.value[key], (*self.place, key), self.lines)

    def _name(self, otherwise: str = "the document") -> str:
        parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.place)
        return "".join(parts).lstrip(".")[-60:] or otherwise

    def _shown(self) -> str:
        return repr(self.value)[:40]


def _within(value: float, least: float) -> bool:
    return (
        math.isfinite(value) and least <= value <= LARGEST
        if isinstance(value, float)
        else least <= value <= LARGEST
    )


def _places(text: str) -> Iterator[tuple[Place, int]]:
    """The place of each value of a JSON text, and the line it begins on; `text` is valid."""
    place: list[str | int] = []  # of the value that comes next
    within: list[str] = []
    key_next = False
    line, counted = 1, 0
    for token in TOKEN.finditer(text):
        line, counted = line + text.count("\n", counted, token.start()), token.start()
        word = token.group()
        if word == ":":
            key_next = False
        elif word == ",":
            key_next = within[-1] == "{"
            if not key_next:
                place[-1] += 1  # type: ignore[operator]  # a position, in a list
        elif word in "]}":
            within.pop()
            place.pop()
            key_next = False
        elif key_next:
            place[-1] = json.loads(word)
        else:
            yield tuple(place), line
            if word in "[{":
                within.append(word)
                place.append(0 if word == "[" else "")
                key_next = word == "{"
