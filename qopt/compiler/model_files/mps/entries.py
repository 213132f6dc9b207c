"""The words of a line of an MPS file, and the place of whatever is wrong with them."""

from __future__ import annotations

import re
from math import inf, isfinite
from typing import NoReturn

from ....kit.files import LARGEST, number
from ..program import Program

NO_LIMIT = 1e20  # what the format's readers take for infinite
COLUMNS = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))  # of the six fields, from 0
BETWEEN_COLUMNS = (3, 12, 13, 22, 23, 36, 37, 38, 47, 48)
FORTRAN = re.compile(r"[\d.][dD][+-]?\d")  # an exponent after d


class Spaced(Exception):
    """A line that has too many words: a name has a space in it, or the file is wrong."""

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(message)


def in_columns(line: str) -> list[str]:
    """The fields of a line of the fixed format; empty ones are left out."""
    line = line.expandtabs(8).ljust(61)
    if any(line[k] != " " for k in BETWEEN_COLUMNS):
        raise ValueError
    fields = [line[start:end].strip() for start, end in COLUMNS]
    return [one for one in fields if one]


class Entries:
    """What is asked of the words of each line, `line` being the number of the present one."""

    def __init__(self, program: Program) -> None:
        self.program, self.line = program, 0
        self._sets: dict[str, str] = {}  # the one set of right-hand sides, ranges and bounds

    def pairs(self, words: list[str], infinite: bool = False) -> list[tuple[str, float]]:
        """Words as pairs of a name and a number."""
        if len(words) not in (2, 4):
            self.spaced("a line has one or two pairs of a row and a number")
        numbers = [self.number(word, infinite) for word in words[1::2]]
        return list(zip(words[::2], numbers, strict=True))

    def number(self, word: str, infinite: bool = False) -> float:
        """A word as a number, which may be `infinite`."""
        value = number(re.sub(r"[dD]", "e", word) if FORTRAN.search(word) else word)
        if value is None:
            self.spaced(f"{word[:40]!r} is not a number")
        if infinite and abs(value) >= NO_LIMIT:
            return inf if value > 0 else -inf
        if not isfinite(value) or abs(value) > LARGEST:
            self.refuse(f"{word[:40]} is too large; give numbers up to {LARGEST:g}")
        return value

    def require_count(self, words: list[str], count: int, rule: str) -> None:
        """Refuse another number of words, by the rule that they break."""
        if len(words) != count:
            self.spaced(rule)

    def require_one_set(self, section: str, name: str) -> None:
        """Refuse a second set of right-hand sides, ranges or bounds."""
        first = self._sets.setdefault(section, name)
        if first != name:
            self.refuse(f"{section} has two sets, called {first!r} and {name!r}; keep one")

    def column(self, name: str) -> int:
        """The number of a column that is there."""
        if name not in self.program.names:
            self.refuse(f"no column is called {name!r}")
        return self.program.names[name]

    def refuse(self, message: str) -> NoReturn:
        """Raise FileError with the line."""
        raise self.program.error(message, self.line)

    def spaced(self, message: str) -> NoReturn:
        """Refuse what may be right where names have spaces in them."""
        raise Spaced(self.line, message)
