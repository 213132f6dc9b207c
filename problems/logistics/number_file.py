"""Reading files that are numbers in a row, as QAPLIB's and the OR-Library's: lines mean nothing, except in complaints."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from qopt import FileError, QoptError

ProblemT = TypeVar("ProblemT")
Floats = npt.NDArray[np.float64]

LARGEST = 1e15  # of a number in a file: sums of more would lose their units in floating point


class NumberFile:
    """The words of a file, taken one after another; every complaint is a FileError with the line it is about."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            lines = self.path.read_text(encoding="utf-8-sig").splitlines()
        except OSError as error:
            raise FileError(path, error.strerror or str(error)) from None
        except UnicodeDecodeError:
            raise FileError(path, "not a text file") from None
        self._words = [
            (word, number) for number, line in enumerate(lines, 1) for word in line.split()
        ]
        self._at = 0
        if not self._words:
            raise FileError(path, "the file is empty")

    def error(self, message: str) -> FileError:
        """A complaint about the word taken last."""
        return FileError(self.path, message, self._words[max(0, self._at - 1)][1])

    def words_on_first_line(self) -> int:
        return sum(line == self._words[0][1] for _, line in self._words)

    def word(self, what: str) -> str:
        """The next word as it stands."""
        if self._at == len(self._words):
            raise self.error(f"the file ends before {what}; is it cut short?")
        self._at += 1
        return self._words[self._at - 1][0]

    def peek(self) -> str:
        """The next word, which stays; "" at the end."""
        return self._words[self._at][0] if self._at < len(self._words) else ""

    def number(self, what: str, least: float = -LARGEST) -> float:
        word = self.word(what)
        try:
            value = float(word)
        except ValueError:
            raise self.error(f"{word[:40]!r} is not a number ({what})") from None
        if not least <= value <= LARGEST:
            raise self.error(f"{word[:40]} for {what}: give a number from {least:g} to {LARGEST:g}")
        return value

    def whole(self, what: str, least: int = 1) -> int:
        value = self.number(what, least)
        if value != int(value):
            raise self.error(f"{value:g} for {what}: give a whole number")
        return int(value)

    def table(self, what: str, *shape: int, least: float = -LARGEST) -> Floats:
        """float64 of a shape: the next numbers, row by row."""
        count, left = math.prod(shape), len(self._words) - self._at
        if count > left:
            self._at = len(self._words)
            raise self.error(
                f"{count} numbers are due for {what}, and {left} are left in the file; is it cut short?"
            )
        return np.array([self.number(what, least) for _ in range(count)]).reshape(shape)

    def skip(self, count: int, what: str) -> None:
        """Pass over numbers nobody asked for."""
        if count > len(self._words) - self._at:
            self._at = len(self._words)
            raise self.error(f"the file ends within {what}; is it cut short?")
        self._at += count

    def number_of_problem(self, problem: int) -> int:
        """Take the number of problems; complain unless `problem` is one of them, from 1."""
        count = self.whole("the number of problems")
        if problem not in range(1, count + 1):
            raise FileError(self.path, f"problem={problem!r}: the file holds problems 1 to {count}")
        return problem

    def problem(self, make: Callable[..., ProblemT], **fields: Any) -> ProblemT:
        """What `make` makes of the numbers; what it refuses is the file's fault."""
        try:
            return make(**fields)
        except QoptError as error:
            raise FileError(self.path, str(error)) from None

    def end(self, after: str) -> None:
        if self._at < len(self._words):
            self._at += 1
            raise self.error(
                f"{self._words[self._at - 1][0][:40]!r} follows {after}, which should be the last"
            )
