"""Tables as people have them: delimited text of any dialect, frames of pandas and polars, arrays,
dicts and lists.

    text = Text.read("prices.csv")
    table = read_table(text)                # of `delimited`; or table_of(frame), of `frames`
    with text.blaming(table.places):        # what is wrong is told with its line and column
        prices = table.numbers([1, 2, 3])

A table has names for its columns and, in each column, numbers or texts. `numerals` says which texts
are numbers, `dates` which are dates, so that a frame which left either as text means what the file
means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import Place, QoptError
from .dates import Dates, dated, dates_of
from .files import At, Text
from .numerals import Numerals, decimal_of

Floats = npt.NDArray[np.float64]

Kind = Literal["gaps", "numbers", "dates", "words"]

PERCENT = ("%", "percent", "pct")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length.

    Parameters
    ----------
    headings
        The name of each column, of several words where there are several rows of names.
    columns
        Polars Series, Float64 with NaN for gaps or String with "" or null for them.
    named
        Whether the names came with the data: an array has none.
    indexed
        Whether the first column was the index of a frame.
    notes
        What was passed over or guessed.
    units
        What a row of units says of a column.
    text, lines, delimiter
        The file, the line of each row in it, and what parts its cells.
    """

    headings: tuple[tuple[str, ...], ...]
    columns: tuple[pl.Series, ...]
    named: bool = True
    indexed: bool = False
    notes: tuple[str, ...] = ()
    units: Mapping[int, str] = field(default_factory=dict)
    text: Text | None = None
    lines: tuple[int, ...] = ()
    delimiter: str | None = None
    _numerals: dict[int, Numerals] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(" ".join(filter(None, heading)) for heading in self.headings)

    @property
    def rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @property
    def places(self) -> Mapping[Place, At]:
        """The line and column of each cell of a file, by ("cell", row, column)."""
        return _Places(self)

    def shown(self, column: int) -> str:
        """A column's name, or its number from 1."""
        return self.names[column] or f"column {column + 1}"

    def texts(self, column: int) -> list[str]:
        """A column's cells as texts, "" for a gap; whole numbers without a point."""
        series = self.columns[column]
        if series.dtype == pl.String:
            return [cell or "" for cell in series.to_list()]
        return ["" if np.isnan(value) else f"{value:.17g}" for value in series.to_list()]

    def numerals(self, column: int) -> Numerals:
        """A column of texts looked at as numbers."""
        if column not in self._numerals:
            self._numerals[column] = Numerals.of(self.columns[column])
        return self._numerals[column]

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What each column holds for the most part: "gaps" alone, "numbers", "dates" or "words"."""
        return tuple(self._kind(column) for column in range(len(self.columns)))

    def _kind(self, column: int) -> Kind:
        series = self.columns[column]
        if series.dtype != pl.String:
            return "gaps" if bool(series.is_nan().all()) else "numbers"
        seen = self.numerals(column)
        filled = seen.texts.filter(~seen.gap)
        if not len(filled):
            return "gaps"
        distinct = filled.unique(maintain_order=True)
        if filled.str.contains("^[0-9]{8}$").all() and all(map(dated, distinct.to_list())):
            return "dates"  # 20240131
        if 2 * int(seen.number.sum()) >= len(filled):
            return "numbers"
        return "dates" if 2 * sum(map(dated, distinct.to_list())) >= len(distinct) else "words"

    def dates(self, column: int, date_format: str | None = None) -> Dates:
        """A column as dates. Raises QoptError, with the place ("cell", row, column)."""
        try:
            return dates_of(self.texts(column), date_format)
        except QoptError as error:
            if error.place[:1] != ("row",):
                raise
            place = ("cell", error.place[1], column)
            raise QoptError(f"{error} (in {self.shown(column)})", place) from None

    def decimal(self, columns: Sequence[int], given: str | None = None) -> str:
        """The decimal sign of the texts in some columns; see `numerals.decimal_of`."""
        texts = {k: self.numerals(k) for k in columns if self.columns[k].dtype == pl.String}
        return decimal_of(texts, given=given, delimiter=self.delimiter)

    def numbers(self, columns: Sequence[int], decimal: str | None = None) -> Floats:
        """float64[rows, columns], NaN for gaps. `decimal` is the sign that parts decimals, by
        default as the texts tell it.

        Raises QoptError, with the place ("cell", row, column), for words, for numbers that are not
        finite, and for a column that mixes currencies, or percentages with other numbers.
        """
        sign = self.decimal(columns) if decimal is None else decimal
        numbers = np.empty((self.rows, len(columns)))
        for at, k in enumerate(columns):
            series = self.columns[k]
            numbers[:, at] = (
                self._values(k, sign) if series.dtype == pl.String else series.to_numpy()
            )
        for row, at in np.argwhere(np.isinf(numbers))[:1].tolist():
            said = f"{numbers[row, at]:g} is no finite number (in {self.shown(columns[at])})"
            raise QoptError(said, ("cell", row, columns[at]))
        return numbers

    def _values(self, column: int, sign: str) -> Floats:
        seen, where = self.numerals(column), self.shown(column)
        for row in (~(seen.fits(sign) | seen.gap)).arg_true().to_list()[:1]:
            shown = seen.texts[row][:40] + ("..." if len(seen.texts[row]) > 40 else "")
            so = f" where {sign!r} parts decimals" if seen.number[row] else ""
            raise QoptError(f"{shown!r} is not a number{so} (in {where})", ("cell", row, column))
        _refuse_mixtures(seen, column, where)
        values = seen.values(sign)
        return values / 100 if self.units.get(column) in PERCENT else values


class _Places(Mapping[Place, At]):
    """The line and column of a cell, found when it is asked for: most never are."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __getitem__(self, place: Place) -> At:
        match place:
            case ("cell", int(row), int(column)) if 0 <= row < len(self.table.lines):
                line = self.table.lines[row]
                return (line, start) if (start := self._start(line, column)) else line
        raise KeyError(place)

    def __iter__(self) -> Iterator[Place]:
        rows, columns = range(len(self.table.lines)), range(len(self.table.columns))
        return (("cell", row, column) for row in rows for column in columns)

    def __len__(self) -> int:
        return len(self.table.lines) * len(self.table.columns)

    def _start(self, line: int, column: int) -> int:
        """Where the cell begins in its line, from 1; 0 where it does not, in a record of several
        lines.
        """
        assert self.table.text is not None
        quoted, before = False, column
        written = self.table.text.content.split("\n")[line - 1]
        for at, sign in enumerate(written):
            if not before:
                return at + 1
            quoted ^= sign == '"'
            before -= sign == self.table.delimiter and not quoted
        return 0 if before else len(written) + 1


def _refuse_mixtures(seen: Numerals, column: int, where: str) -> None:
    """One currency a column, and all of its numbers percentages or none."""
    numbers = seen.frame.with_row_index("row").filter(pl.col("point") | pl.col("comma"))
    for key, remedy in (
        ("currency", "give one currency"),
        ("percent", "give all with a % or none"),
    ):
        kinds = numbers.drop_nulls(key).unique(key, keep="first", maintain_order=True)
        if len(kinds) > 1:
            first, other = kinds["text"][:2].to_list()
            place = ("cell", int(kinds["row"][1]), column)
            raise QoptError(f"{where} has {first[:40]!r} and {other[:40]!r}: {remedy}", place)
