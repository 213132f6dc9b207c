"""What an MPS file says of given values: slow, plain, and by nothing that the reader uses."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import numpy as np

from .meaning import Different, Floats, Meaning, off_by

FIELDS = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))  # of the fixed format, from 0


def read(content: str, values: Mapping[str, Floats]) -> Meaning:
    """Of float64[k] of each variable. Raises Different for a variable that has none."""
    lost = (IndexError, KeyError, ValueError, Different)
    try:
        return _Sections(content, values, fixed=False).meaning()
    except lost as error:
        try:
            return _Sections(content, values, fixed=True).meaning()
        except lost:
            raise error from None


class _Sections:
    """The entries of each section, as lists of words, with those beside its head."""

    def __init__(self, content: str, values: Mapping[str, Floats], *, fixed: bool) -> None:
        self.found = Meaning(values)
        self.entries: list[tuple[str, str, list[str]]] = []  # section, what stands beside it, words
        section, beside = "", ""
        for line in content.split("\n"):
            if not line.strip() or line[0] == "*":
                continue
            words = line.split()
            sense = section == "OBJSENSE" and words[0].upper()[:3] in ("MIN", "MAX")
            if not line[0].isspace() and not sense:
                section, beside = words[0].upper(), " ".join(words[1:])
                if section.startswith("OBJ") and beside:
                    self.entries.append((section, "", words[1:]))
                continue
            if fixed and not section.startswith("OBJ"):
                cut = [line[start:end].strip() for start, end in FIELDS]
                words = [word for word in cut if word]
            if section not in ("ROWS",):
                words = words[: next((k for k, w in enumerate(words) if k and w[0] == "$"), None)]
            self.entries.append((section, beside, words))

    def of(self, *sections: str) -> list[tuple[str, list[str]]]:
        return [(beside, words) for section, beside, words in self.entries if section in sections]

    def meaning(self) -> Meaning:
        for _, words in self.of("OBJSENSE"):
            self.found.sense = "max" if words[0].upper().startswith("MAX") else "min"
        self._bounds()
        rows = [words for _, words in self.of("ROWS", "LAZYCONS", "USERCUTS")]
        named = [words[0] for _, words in self.of("OBJNAME")]
        objective = (named or [name for kind, name in rows if kind.upper() == "N"])[0]
        total = {name: self.found.nothing() for _, name in rows}
        for _, words in self.of("COLUMNS"):
            if "MARKER" in words[1].upper() and len(words) == 3 and "INT" in words[2].upper():
                continue
            for k in range(1, len(words), 2):
                value = self.found.value(words[0])
                total[words[k]] = total[words[k]] + _number(words[k + 1]) * value
        self._products(total, objective)
        right, width = self._numbers("RHS"), self._numbers("RANGES")
        self.found.objective = total[objective] - right.get(objective, 0.0)
        when = {}
        for _, (_, name, column, on) in self.of("INDICATORS"):
            when[name] = np.isclose(self.found.value(column), float(on))
        for kind, name in rows:
            if kind.upper() != "N":
                low, high = _ends(kind.upper(), right.get(name, 0.0), width.get(name))
                amount = np.maximum(off_by(total[name], ">", low), off_by(total[name], "<", high))
                self.found.add_row(name, amount, when.get(name))
        self._sets()
        self.found.settle()
        return self.found

    def _numbers(self, section: str) -> dict[str, float]:
        numbers = {}
        for _, words in self.of(section):
            pairs = words[len(words) % 2 :]
            for k in range(0, len(pairs), 2):
                numbers[pairs[k]] = _number(pairs[k + 1])
        return numbers

    def _bounds(self) -> None:
        inside, columns, whole = False, [], set()
        for _, words in self.of("COLUMNS"):
            if len(words) == 3 and "MARKER" in words[1].upper() and "INT" in words[2].upper():
                inside = "ORG" in words[2].upper()
                continue
            columns.append(words[0])
            if inside and words[0] not in whole:
                whole.add(words[0])
                self.found.declare(words[0], "whole")
        wide = set()
        for _, words in self.of("BOUNDS"):
            kind, rest = words[0].upper(), words[1:]
            value = 0.0
            if kind in ("FR", "MI", "PL", "BV"):
                rest = rest[:-1] if len(rest) > 1 and rest[-1] not in columns else rest
            else:
                value = _number(rest[-1])
                rest = rest[:-1]
            name = rest[-1]
            if kind in ("LI", "UI", "BV", "SI"):
                self.found.declare(name, "whole")
            if kind in ("SC", "SI"):
                self.found.declare(name, "semi")
                value = value or inf
            if not (kind == "BV" or (kind in ("UP", "UI", "FX") and 0 <= value <= 1)):
                wide.add(name)
            low = {"LO": value, "LI": value, "FX": value, "FR": -inf, "MI": -inf, "BV": 0.0}
            if kind in low:
                self.found.bound(name, ">", low[kind])
            if kind not in ("LO", "LI", "MI"):
                high = {"BV": 1.0, "FR": inf, "PL": inf}.get(kind, value)
                self.found.bound(name, "<", high)
        for name in whole - wide - set(self.found.upper):
            self.found.bound(name, "<", 1.0)

    def _products(self, total: dict[str, Floats], objective: str) -> None:
        for section in ("QUADOBJ", "QMATRIX", "QSECTION", "QCMATRIX"):
            for beside, (first, second, number) in self.of(section):
                x, y, value = self.found.value(first), self.found.value(second), _number(number)
                row = beside if section == "QCMATRIX" else objective
                both = section in ("QUADOBJ", "QSECTION") and first != second
                half = 1.0 if section == "QCMATRIX" else 0.5
                total[row] = total[row] + (2 if both else 1) * half * value * x * y

    def _sets(self) -> None:
        members: list[tuple[float, str]] = []
        label, kind, count = "", 0, 0
        for _, words in [*self.of("SOS", "SOS1", "SOS2"), ("", ["S1"])]:
            if words[0].upper() not in ("S1", "S2"):
                members.append((_number(words[-1]), words[-2]))
                continue
            if members:
                self.found.add_set(label, kind, [name for _, name in sorted(members)])
            names = [word for word in words[1:] if not _is_number(word)]
            label, kind = names[-1] if names else f"set {count + 1}", int(words[0][1])
            members, count = [], count + 1


def _ends(kind: str, rhs: float, width: float | None) -> tuple[Floats, Floats]:
    low = -inf if kind == "L" else rhs
    high = inf if kind == "G" else rhs
    if width is not None and kind == "L":
        low = rhs - abs(width)
    elif width is not None and kind == "G":
        high = rhs + abs(width)
    elif width is not None:
        low, high = sorted((rhs, rhs + width))
    return np.array(low), np.array(high)


def _number(word: str) -> float:
    value = float(word.replace("D", "e").replace("d", "e"))
    return value if abs(value) < 1e20 else inf if value > 0 else -inf


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
