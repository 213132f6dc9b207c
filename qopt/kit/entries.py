"""Long lists of `i j value`: a matrix's entries, a graph's edges. A million lines take a second.

A list is read as a table, once, by numpy; only where something is wrong are its lines looked at one
by one. `Lines` are the lines of a file that count, by their place among these:

    lines = Lines(path)
    n, count = wholes(lines.words(0)) or (0, 0)
    table = lines.table(1, None, (2, 3), "i j weight")
    row, col = lines.places(1, table, n, base=1)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FileError
from .files import opened_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

MOST = 2**31 - 1  # of a number in a header
HEAVIEST = 1e300  # of a value: what some formats double must stay finite
SHOWN = 40  # characters of a line in a message


class Lines:
    """The lines of a text file that are neither blank nor comments, by their place 0, 1, ... among
    these.

    Comments begin with `#`, with `%`, or with the word `c`. The file is read anew by each pass: its
    text, which is larger than its arrays, is never held.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def numbered(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, str]]:
        """The lines at places start..stop-1, stripped, with their numbers in the file."""
        return islice(self._all(), start, stop)

    def words(self, place: int) -> list[str]:
        return self.at(place)[1].split()

    def at(self, place: int) -> tuple[int, str]:
        """The line at a place, with its number. Raises FileError where the file ends before it."""
        for line in self.numbered(place, place + 1):
            return line
        raise FileError(
            self.path, "the file ends too early; is it cut short?" if place else "the file is empty"
        )

    def comments(self) -> list[str]:
        """Those before the first line that counts."""
        comments = []
        with opened_text(self.path) as file:
            for line in file:
                text = line.strip()
                if text and not _is_comment(text):
                    break
                comments.append(text)
        return comments

    def error(self, place: int, message: str) -> FileError:
        number, text = self.at(place)
        return FileError(self.path, f"{text[:SHOWN]!r}: {message}", number)

    def table(self, first: int, stop: int | None, widths: tuple[int, ...], shape: str) -> Floats:
        """float64[k, width] numbers of the lines at places first..stop-1, all of one width among
        `widths`.

        `shape` says what a line should be. Raises FileError with the line.
        """
        import numpy as np

        texts = (text for _, text in self.numbered(first, stop))
        head = next(texts, None)
        if head is None:
            return np.empty((0, widths[-1]))
        reason = "not a table of numbers"
        if len(head.split()) in widths:
            try:
                return np.loadtxt(chain([head], texts), comments=None, ndmin=2)
            except FileError:
                raise
            except ValueError as error:
                reason = " ".join(str(error).split())[:100]
        raise self._fault(first, stop, widths, shape) or FileError(self.path, reason)

    def _fault(
        self, first: int, stop: int | None, widths: tuple[int, ...], shape: str
    ) -> FileError | None:
        """What is wrong with the first line that np.loadtxt, faster by far, could not read."""
        width = 0
        for number, text in self.numbered(first, stop):
            words = text.split()
            if wrong := [word for word in words if not _is_number(word)]:
                return FileError(
                    self.path, f"{wrong[0][:SHOWN]!r} is not a number; a line is '{shape}'", number
                )
            if len(words) not in widths or len(words) != (width or len(words)):
                wanted = width or " or ".join(map(str, widths))
                return FileError(
                    self.path,
                    f"{text[:SHOWN]!r} has {len(words)} numbers; give {wanted}, as in '{shape}'",
                    number,
                )
            width = len(words)
        return None

    def places(self, first: int, table: Floats, n: int, *, base: int) -> tuple[Ints, Ints]:
        """The two columns of indices, from 0, once they and the values are found to be good."""
        import numpy as np

        ends = table[:, :2]
        good = ((ends >= base) & (ends < n + base) & (ends == np.floor(ends))).all(axis=1)
        given = f"give whole numbers in {base}..{n - 1 + base}"
        self.require(first, good, f"i and j count from {base} in this format; {given}")
        self.require(
            first,
            np.abs(table[:, -1]) <= HEAVIEST,
            f"give a finite number of at most {HEAVIEST:g}",
        )
        return ends[:, 0].astype(np.int64) - base, ends[:, 1].astype(np.int64) - base

    def base(self, table: Floats, n: int) -> int:
        """0 where one index is 0 and none is n, in a format that counts from 1; else 1."""
        ends = table[:, :2]
        return 0 if len(ends) and ends.min() == 0 and ends.max() < n else 1

    def require(self, first: int, good: Bools, remedy: str) -> None:
        """Raise a FileError for the first line whose row of a table is not good."""
        import numpy as np

        if not good.all():
            raise self.error(first + int(np.argmin(good)), remedy)

    def require_count(self, header: int, count: int, found: int) -> None:
        """Raise a FileError unless as many lines follow the one at `header` as it announces."""
        if found < count:
            raise self.error(
                header, f"announces {count} lines, and {found} follow; is the file cut short?"
            )
        if found > count:
            raise self.error(
                header + 1 + count,
                f"is more than the {count} lines that the header announces; mend either",
            )

    def _all(self) -> Iterator[tuple[int, str]]:
        with opened_text(self.path) as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if text and not _is_comment(text):
                    yield number, text


def wholes(words: list[str]) -> list[int] | None:
    """The words as whole numbers of 0 to `MOST`, or None where one is not."""
    if not all(word.isascii() and word.isdigit() and len(word) <= len(str(MOST)) for word in words):
        return None
    numbers = [int(word) for word in words]
    return numbers if all(number <= MOST for number in numbers) else None


def _is_comment(text: str) -> bool:
    return text[0] in "#%" or (text[0] == "c" and text.split(None, 1)[0] == "c")


def _is_number(word: str) -> bool:
    """As np.loadtxt has it: of what Python takes, not 1_000 nor digits of other scripts."""
    try:
        float(word)
    except ValueError:
        return False
    return word.isascii() and "_" not in word
