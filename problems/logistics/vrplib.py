"""Reading VRPLIB and TSPLIB text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from qopt import FileError

Floats = npt.NDArray[np.float64]

LARGEST = 1e15  # of a number in a file: sums of more would lose their units in floating point

TRIANGLES = {
    "LOWER_ROW": lambda n: np.tril_indices(n, -1),
    "LOWER_DIAG_ROW": lambda n: np.tril_indices(n),
    "UPPER_ROW": lambda n: np.triu_indices(n, 1),
    "UPPER_DIAG_ROW": lambda n: np.triu_indices(n),
}


def straight(places: Floats) -> Floats:
    """float64[n, n] between places float64[n, 2]."""
    apart = places[:, None] - places
    return np.asarray(np.hypot(apart[..., 0], apart[..., 1]))


def rounded(length: Floats) -> Floats:
    """To whole numbers, halves up."""
    return np.asarray(np.floor(length + 0.5))


@dataclass
class _Section:
    line: int
    words: list[tuple[str, int]] = field(default_factory=list)  # each word with its line


class VrplibFile:
    """The header fields and sections of a file; every complaint is a FileError with the line it is about.

    `rules` are the kinds of EDGE_WEIGHT_TYPE that give float64[n, n] distances from places float64[n, 2].
    """

    rules: ClassVar[Mapping[str, Callable[[Floats], Floats]]] = {
        "EUC_2D": lambda places: rounded(straight(places))
    }

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.fields: dict[str, tuple[str, int]] = {}
        self.sections: dict[str, _Section] = {}
        section: _Section | None = None
        for number, line in enumerate(self._lines(), 1):
            text = line.strip()
            if text == "EOF":
                break
            if (title := text.rstrip(": ")).endswith("_SECTION"):
                section = self.sections[title] = _Section(number)
            elif ":" in text:
                key, _, value = text.partition(":")
                self.fields[key.strip().upper()], section = (value.strip(), number), None
            elif text and section is not None:
                section.words += [(word, number) for word in text.split()]
            elif text:
                raise self.error(
                    f"{text[:40]!r} is neither a 'KEY : value' nor inside a section", number
                )
        if not self.fields and not self.sections:
            raise self.error(
                "the file is empty; a VRPLIB file has 'KEY : value' lines and sections"
            )

    def error(self, message: str, line: int | None = None) -> FileError:
        return FileError(self.path, message, line)

    def text(self, key: str, default: str = "") -> str:
        return self.fields.get(key, (default, 0))[0]

    def number(self, key: str, least: float) -> float:
        if key not in self.fields:
            raise self.error(f"{key} is missing; the header must give it as '{key} : number'")
        text, line = self.fields[key]
        return self._number(text, line, key, least)

    def whole(self, key: str, least: int) -> int:
        value = self.number(key, least)
        if value != int(value):
            raise self.error(f"{key} is {value:g}; it must be a whole number", self.fields[key][1])
        return int(value)

    def table(self, section: str, columns: int, rows: int) -> tuple[Floats, list[int]]:
        """A section of `rows` lines `node value ...`, nodes 1..rows in any order: values [rows, columns], and their lines."""
        found = self._section(section)
        width = columns + 1
        if len(found.words) != rows * width:
            last = found.words[-1][1] if found.words else found.line
            raise self.error(
                f"{section} has {len(found.words)} numbers; DIMENSION {rows} asks for {rows} lines of {width}",
                last,
            )
        values, lines = np.full((rows, columns), np.nan), [0] * rows
        for k in range(0, len(found.words), width):
            word, line = found.words[k]
            number = self._number(word, line, f"a node of {section}")
            node = int(number)
            if not (1 <= number == node <= rows) or lines[node - 1]:
                raise self.error(f"node {word} of {section} is repeated or outside 1..{rows}", line)
            lines[node - 1] = line
            values[node - 1] = [
                self._number(w, at, section) for w, at in found.words[k + 1 : k + width]
            ]
        return values, lines

    def distances(self, n: int) -> tuple[Floats, Floats | None]:
        """Distances [n, n] by the file's own rule, and the coordinates [n, 2] where it has them."""
        kind = self.text("EDGE_WEIGHT_TYPE")
        if kind == "EXPLICIT":
            return self._explicit(n), None
        if kind not in self.rules:
            line = self.fields.get("EDGE_WEIGHT_TYPE", ("", None))[1]
            known = f"{', '.join(self.rules)} and EXPLICIT"
            raise self.error(f"EDGE_WEIGHT_TYPE is {kind or 'missing'}; {known} are read", line)
        places, _ = self.table("NODE_COORD_SECTION", 2, n)
        with np.errstate(over="ignore"):
            distance = self.rules[kind](places)
        if not np.isfinite(distance).all():
            raise self.error(
                "two nodes are too far apart for a distance",
                self._section("NODE_COORD_SECTION").line,
            )
        return distance, places

    def depot(self, n: int) -> int:
        """The one depot, 0-based; node 1 where the file names none."""
        if "DEPOT_SECTION" not in self.sections:
            return 0
        words = self.sections["DEPOT_SECTION"].words
        depots = [
            (self._number(word, line, "DEPOT_SECTION"), line)
            for word, line in words
            if word != "-1"
        ]
        if len(depots) != 1 or depots[0][0] not in range(1, n + 1):
            raise self.error(
                f"DEPOT_SECTION must name one node of 1..{n} and end with -1",
                self.sections["DEPOT_SECTION"].line,
            )
        return int(depots[0][0]) - 1

    def _explicit(self, n: int) -> Floats:
        form = self.text("EDGE_WEIGHT_FORMAT")
        found = self._section("EDGE_WEIGHT_SECTION")
        values = np.array(
            [self._number(w, line, "EDGE_WEIGHT_SECTION", 0) for w, line in found.words]
        )
        if form == "FULL_MATRIX" and len(values) == n * n:
            return values.reshape(n, n)
        if form not in TRIANGLES:
            line = self.fields.get("EDGE_WEIGHT_FORMAT", ("", found.line))[1]
            known = ", ".join(["FULL_MATRIX", *TRIANGLES])
            raise self.error(
                f"EDGE_WEIGHT_FORMAT {form!r} with {len(values)} numbers for {n} nodes; read are {known}",
                line,
            )
        row, col = TRIANGLES[form](n)
        if len(values) != len(row):
            raise self.error(
                f"{form} of {n} nodes takes {len(row)} numbers, the section has {len(values)}",
                found.line,
            )
        matrix = np.zeros((n, n))
        matrix[row, col] = matrix[col, row] = values
        np.fill_diagonal(matrix, 0.0)
        return matrix

    def _section(self, name: str) -> _Section:
        if name not in self.sections:
            raise self.error(f"{name} is missing; is the file cut short?")
        return self.sections[name]

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise self.error(error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise self.error("not a text file") from None

    def _number(self, text: str, line: int, what: str, least: float = -math.inf) -> float:
        try:
            value = float(text)
        except ValueError:
            raise self.error(f"{text[:40]!r} is not a number ({what})", line) from None
        if not (abs(value) <= LARGEST and value >= least):
            raise self.error(
                f"{what} is {text[:40]}; give a number from {max(least, -LARGEST):g} to {LARGEST:g}",
                line,
            )
        return value
