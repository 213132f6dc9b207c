"""Matrix Market files (`.mtx`): sparse and dense matrices of real numbers.

Source: Boisvert, Pozo and Remington, "The Matrix Market Exchange Formats: Initial Design", NISTIR
5935 (1996).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import FileError, UnknownName
from .entries import HEAVIEST, Lines, wholes
from .files import opened_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

BANNER = "%%MatrixMarket"
FORMS = ("coordinate", "array")
FIELDS = ("real", "double", "integer", "pattern")
SYMMETRIES = ("general", "symmetric", "skew-symmetric")
DENSEST = 50_000_000  # entries of a dense matrix


@dataclass(frozen=True, eq=False)
class Matrix:
    """Entries at `row`, `col`, from 0, of a matrix of `size` rows and columns: all of them, where
    the file has a triangle.

    Entries given twice are here twice. `values` are 1 where the file has a pattern alone.
    """

    row: Ints
    col: Ints
    values: Floats
    size: tuple[int, int]
    symmetry: str = "general"
    pattern: bool = False

    @classmethod
    def read(cls, path: Path) -> Matrix:
        """Raises FileError, with the line, for a file that is none, complex or cut short."""
        form, field, symmetry = _banner(path)
        lines = Lines(path)
        head = wholes(lines.words(0))
        wanted = "rows columns entries" if form == "coordinate" else "rows columns"
        if head is None or len(head) != len(wanted.split()) or not (head[0] and head[1]):
            raise lines.error(0, f"give '{wanted}' as whole numbers, rows and columns at least 1")
        size = head[0], head[1]
        if symmetry != "general" and size[0] != size[1]:
            raise lines.error(0, f"a matrix that is {symmetry} has as many rows as columns")
        if form == "coordinate":
            row, col, values = _sparse(lines, head[2], size, field)
            _require_triangle(lines, row, col, symmetry)
        else:
            row, col, values = _dense(lines, size, symmetry)
        return cls(*_whole(row, col, values, symmetry), size, symmetry, field == "pattern")


def begins(head: str) -> bool:
    """Whether a text that begins like this is a Matrix Market file."""
    return head.lower().startswith(BANNER.lower())


def _banner(path: Path) -> tuple[str, str, str]:
    with opened_text(path) as file:
        words = file.readline().split()
    if not words or words[0].lower() != BANNER.lower() or len(words) != 5:
        raise FileError(
            path,
            f"the first line of a Matrix Market file is '{BANNER} matrix coordinate real general'",
            1,
        )
    kind, form, field, symmetry = (word.lower() for word in words[1:])
    for what, word, known in (
        ("object", kind, ("matrix",)),
        ("format", form, FORMS),
        ("field", field, FIELDS),
        ("symmetry", symmetry, SYMMETRIES),
    ):
        if word not in known:
            unknown = UnknownName(f"Matrix Market {what}", word[:40], known)
            raise FileError(path, f"{unknown}; only matrices of real numbers are read", 1)
    if field == "pattern" and (form == "array" or symmetry == "skew-symmetric"):
        raise FileError(path, f"a pattern cannot be {form} and {symmetry}", 1)
    return form, field, symmetry


def _sparse(
    lines: Lines, count: int, size: tuple[int, int], field: str
) -> tuple[Ints, Ints, Floats]:
    import numpy as np

    shape = "row column" if field == "pattern" else "row column value"
    table = lines.table(1, None, (len(shape.split()),), shape)
    lines.require_count(0, count, len(table))
    if field == "pattern":
        table = np.column_stack([table[:, :2], np.ones(len(table))])
    row, col = lines.places(1, table, max(size), base=1)
    inside = (row < size[0]) & (col < size[1])
    lines.require(1, inside, f"the matrix has {size[0]} rows and {size[1]} columns")
    return row, col, table[:, 2]


def _require_triangle(lines: Lines, row: Ints, col: Ints, symmetry: str) -> None:
    if symmetry == "symmetric":
        lines.require(1, row >= col, "a symmetric file has the lower triangle: row >= column")
    elif symmetry != "general":
        lines.require(1, row > col, "a skew-symmetric file has row > column")


def _dense(lines: Lines, size: tuple[int, int], symmetry: str) -> tuple[Ints, Ints, Floats]:
    """Column by column; of a symmetric matrix the lower triangle."""
    import numpy as np

    rows, cols = size
    if rows * cols > DENSEST:
        raise lines.error(0, f"more than {DENSEST:,} entries; give a sparse matrix (coordinate)")
    least = {"general": -rows, "symmetric": 0, "skew-symmetric": 1}[symmetry]
    below = [(np.arange(max(0, c + least), rows), c) for c in range(cols)]
    row = np.concatenate([there for there, _ in below]).astype(np.int64)
    col = np.concatenate([np.full(len(there), c) for there, c in below]).astype(np.int64)
    values = np.fromiter(islice(_numbers(lines), len(row) + 1), dtype=np.float64)
    if len(values) != len(row):
        more = "more" if len(values) > len(row) else f"{len(values)}"
        raise lines.error(0, f"{len(row)} values are due, and {more} follow; is it cut short?")
    return row, col, values


def _numbers(lines: Lines) -> Iterator[float]:
    for number, text in lines.numbered(1):
        for word in text.split():
            try:
                value = float(word) if word.isascii() and "_" not in word else None
            except ValueError:
                value = None
            if value is None or not abs(value) <= HEAVIEST:
                raise FileError(
                    lines.path,
                    f"{word[:40]!r}: give a finite number of at most {HEAVIEST:g}",
                    number,
                )
            yield value


def _whole(row: Ints, col: Ints, values: Floats, symmetry: str) -> tuple[Ints, Ints, Floats]:
    """With the other triangle."""
    import numpy as np

    if symmetry == "general":
        return row, col, values
    off = row != col
    other = values[off] if symmetry == "symmetric" else -values[off]
    return np.r_[row, col[off]], np.r_[col, row[off]], np.r_[values, other]
