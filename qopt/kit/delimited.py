"""Delimited text: what parts its cells, where its names and its rows are, and what else stands in
the file.

The delimiter is the one of tab ; | and , by which most lines have equally many cells. Cells may be
quoted. Lines that begin with a # are comments. Above the names there may be titles, below them a
row of units, and remarks at the end: these are passed over, and the notes say so. Several rows of
names are words of the names, as pandas writes them. What is not unmistakable is refused with its
line.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from ..errors import FileError
from .dates import dated
from .files import Text
from .numerals import CURRENCY, GAPS, is_numeral
from .tables import PERCENT, Table

DELIMITERS = {"\t": "a tab", ";": "';'", "|": "'|'", ",": "','"}
MOST_CELLS = 20_000_000  # of a file: they take some 2 GB
SAMPLE = 1000  # lines by which a delimiter is chosen
TITLES = 30  # lines above the names, at most
UNITS = frozenset(
    (*PERCENT, "unit", "units", "currency", "price", "prices", "index", "points", "pts")
)
TIME_WORDS = """
    date dates datum data datetime day days tag time times timestamp period periods month months
    monat week weeks woche year years jahr fecha jour mois annee année año mes ano mês quarter
    quartal trimestre t index idx id row no no. nr nr. n obs observation observation_date
    trading_day zeit zeitraum
"""  # names of a column of dates, or of a count of them
TIMES = frozenset(TIME_WORDS.split())
SEPARATOR = re.compile(r"sep=([,;\t|])\n", re.IGNORECASE)  # a first line by which spreadsheets go
GAP_FIRST = re.compile(  # a line that begins with a gap, and not with a comment
    rf"\s*(?:{'|'.join(re.escape(gap) for gap in GAPS if gap.startswith('#'))})\s*(?:[;,|\t]|$)"
)


class Record(NamedTuple):
    """A row of cells as it stands in the file; `apart` where an empty one is above it."""

    line: int
    cells: list[str]
    apart: bool

    def filled(self) -> list[str]:
        return [cell for cell in self.cells if cell]


def read_table(text: Text) -> Table:
    """The table of a delimited text. Raises FileError, with the line, where it is none, or not just
    one.
    """
    delimiter = _delimiter(text)
    if text.content.count(delimiter) > MOST_CELLS:
        said = f"more than {MOST_CELLS:,} cells; give fewer columns or rows, or arrays in Python"
        raise text.error(said)
    records = _records(text, delimiter)
    if not records:
        raise text.error("the file is empty; a table has a row of names, then its rows")
    return _Layout(text, delimiter, records).table()


class _Layout:
    """What the records of a file are: titles, rows of names, units, rows of cells and remarks, in
    this order.
    """

    def __init__(self, text: Text, delimiter: str, records: list[Record]) -> None:
        self.text, self.delimiter, self.records = text, delimiter, records
        widths = Counter(len(record.cells) for record in records if len(record.cells) > 1)
        self.width = widths.most_common(1)[0][0] if widths else 1
        self.notes: list[str] = []

    def table(self) -> Table:
        heads, rows = self._parted()
        names, units = self._names(heads)
        rows = self._without_remarks(rows)
        width = self._checked_width(names, rows)
        columns = zip(*(row.cells[:width] for row in rows), strict=True)
        cells = [pl.Series(column, dtype=pl.String) for column in columns]
        headings = [
            tuple(row.cells[k] if k < len(row.cells) else "" for row in names) for k in range(width)
        ]
        kept = self._named_columns(names[-1], headings, cells)
        return Table(
            headings=tuple(headings[k] for k in kept),
            columns=tuple(cells[k] for k in kept),
            notes=tuple(self.notes),
            units={at: units[k] for at, k in enumerate(kept) if units.get(k)},
            text=self.text,
            lines=tuple(row.line for row in rows),
            delimiter=self.delimiter,
        )

    def _parted(self) -> tuple[list[Record], list[Record]]:
        """What is above the first row of numbers or dates, and what begins with it."""
        for at, record in enumerate(self.records):
            if len(record.cells) >= self.width and self._is_row(at):
                if not at:
                    raise self._without_names(record)
                return self.records[:at], self.records[at:]
        raise self.text.error(
            "no row of numbers under a row of names, parted by one of , ; | and tabs: "
            "this is no table"
        )

    def _is_row(self, at: int) -> bool:
        """Whether a record has numbers or dates, and not as the names of columns."""
        first, *rest = self.records[at].cells
        if not any(map(_is_value, self.records[at].cells)) or first.lower() in TIMES:
            return False
        named = any(len(record.cells) >= self.width for record in self.records[:at])
        return bool(first) or named or not _are_numbers_for_names(rest)

    def _without_names(self, record: Record) -> Exception:
        first, *rest = record.cells
        if rest and not _is_value(first) and all(map(_is_time, rest)):
            said = "the dates stand side by side: give a row a date (transpose the table)"
        else:
            said = "numbers where the names of the columns are due: put a row of names above"
        return self.text.error(
            f"{said}; the line begins {','.join(record.cells)[:40]!r}", record.line
        )

    def _names(self, heads: list[Record]) -> tuple[list[Record], dict[int, str]]:
        """The rows of names, and the units of the columns below them."""
        names = self._below_titles(heads)
        if indexed := self._names_an_index(names):
            name = names.pop().cells[0]
            below = names[-1]._replace(cells=[name, *names[-1].cells[1:]])
            above = [row._replace(cells=["", *row.cells[1:]]) for row in names[:-1]]
            names = [*above, below]
        units = {} if indexed else self._units(names)
        filled = [list(filter(None, row.cells[1:])) for row in names]
        levels = all(filled) and any(len(set(cells)) < len(cells) for cells in filled)
        if len(names) > 1 and not (indexed or levels):
            said = f"a second row of names, as in line {names[0].line}"
            raise self.text.error(f"{said}; keep one, and the table of it alone", names[1].line)
        return names, units

    def _below_titles(self, heads: list[Record]) -> list[Record]:
        """From the first row of names on; what is above it is passed over as a title."""
        least = min(2, self.width)
        wide = [at for at, head in enumerate(heads) if len(head.filled()) >= least]
        if not wide or wide[0] > TITLES:
            raise self.text.error("no row of names above the first row of numbers", heads[-1].line)
        if self.width == 1:
            return heads
        first = next((at for at in wide if len(heads[at].cells) >= self.width), wide[0])
        for title in heads[:first]:
            if _is_value(title.filled()[0]):
                raise self.text.error("numbers above the names of the columns", title.line)
        if titles := heads[:first]:
            lines = _lines(title.line for title in titles)
            said = self.delimiter.join(titles[0].cells)[:40]
            self.notes.append(f"{lines} above the names passed over: {said!r}")
        return heads[first:]

    def _names_an_index(self, names: list[Record]) -> bool:
        """Whether the last row has a first cell alone: so pandas names an index, below several rows
        of names.
        """
        last = names[-1]
        return len(names) > 2 and len(last.cells) >= self.width and last.filled() == last.cells[:1]

    def _units(self, names: list[Record]) -> dict[int, str]:
        """The units of the columns, where the last row has nothing else; it is taken from the
        names.
        """
        if len(names) < 2 or not all(map(_is_unit, names[-1].filled())):
            return {}
        units = {k: cell.lower() for k, cell in enumerate(names.pop().cells)}
        said = ", ".join(dict.fromkeys(filter(None, units.values())))
        self.notes.append(f"a row of units below the names: {said}")
        return units

    def _without_remarks(self, rows: list[Record]) -> list[Record]:
        """Without lines at the end that have words in their first cell alone, as the source of the
        numbers.
        """
        last = len(rows)
        while last > 1 and self.width > 1 and _is_remark(rows[last - 1]):
            last -= 1
        if last < len(rows):
            lines = _lines(row.line for row in rows[last:])
            self.notes.append(f"{lines} at the end passed over: {rows[last].cells[0][:40]!r}")
        empty = sum(row.apart for row in rows[1:last])
        if empty:
            self.notes.append(f"empty lines between the rows are passed over ({empty} times)")
        return rows[:last]

    def _checked_width(self, names: list[Record], rows: list[Record]) -> int:
        """The number of columns, those aside that are empty at the right end."""
        width = max(len(_trimmed(row.cells)) for row in names)
        if width < self.width and any(any(row.cells[width : self.width]) for row in rows):
            if self.width != len(names[-1].cells) and width == len(names[-1].cells):
                said = f"{width} {_plural(width, 'name')} for {self.width} columns"
                raise self.text.error(
                    f"{said} (cells parted by {DELIMITERS[self.delimiter]})", names[-1].line
                )
            width = self.width
        for row in rows:
            if len(row.cells) >= width and not any(row.cells[width:]):
                if _is_names(row):
                    raise self._second(row, "words where numbers are due")
                continue
            count = len(_trimmed(row.cells)) if len(row.cells) > width else len(row.cells)
            parted = f"{_plural(count, 'cell')} (parted by {DELIMITERS[self.delimiter]})"
            said = f"{count} {parted} under {width} {_plural(width, 'name')}"
            raise self._second(row, said) if row.apart else self.text.error(said, row.line)
        return width

    def _second(self, row: Record, said: str) -> Exception:
        return self.text.error(
            f"{said}; if a second table begins here, keep one in a file", row.line
        )

    def _named_columns(
        self, names: Record, headings: list[tuple[str, ...]], cells: list[pl.Series]
    ) -> list[int]:
        """The columns to keep: all but those without a name and a cell. Refuses what has no name,
        or another's.
        """
        kept: list[int] = []
        first: dict[tuple[str, ...], int] = {}
        for k, heading in enumerate(headings):
            if any(heading) and first.setdefault(heading, k) != k:
                said = f"two columns are named {' '.join(heading)[:40]!r}; give each its own name"
                raise self.text.error(
                    f"{said} (columns {first[heading] + 1} and {k + 1})", names.line
                )
            if any(heading) or k == 0:
                kept.append(k)
            elif (cells[k] == "").all():
                self.notes.append(f"column {k + 1} is empty, and left out")
            else:
                raise self.text.error(f"column {k + 1} has no name; give it one", names.line)
        return kept


def _delimiter(text: Text) -> str:
    """What parts most of the first lines into equally many cells."""
    if said := SEPARATOR.match(text.content):
        return said[1]
    sample = Text(text.path, "\n".join(text.content.split("\n", SAMPLE)[:SAMPLE]))
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        if delimiter not in sample.content:
            continue
        try:
            records = _records(sample, delimiter)
        except FileError:  # a quote that does not fit
            continue
        widths = Counter(len(record.cells) for record in records)
        width, count = max(
            widths.items(), key=lambda found: (found[0] > 1, found[1]), default=(1, 0)
        )
        if width > 1 and count > most:
            best, most = delimiter, count
    return best


def _records(text: Text, delimiter: str) -> list[Record]:
    """The records that are not empty, nor comments; their cells without white space at the ends."""
    numbers: list[int] = []
    reader = csv.reader(
        _uncommented(text, numbers), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    records, apart = list[Record](), False
    while True:
        del numbers[:]
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise text.error(
                f"a quote that does not fit: {error}", numbers[0] if numbers else None
            ) from None
        if cells is None:
            return records
        cells = [cell.strip() for cell in cells]
        if any(cells):
            records.append(Record(numbers[0], cells, apart))
        apart = not any(cells)


def _uncommented(text: Text, taken: list[int]) -> Iterator[str]:
    """The lines that are no comments; their numbers are noted as they are taken."""
    for number, line in enumerate(text.content.split("\n"), 1):
        comment = line.lstrip().startswith("#") and not GAP_FIRST.match(line.lower())
        if comment or (number == 1 and SEPARATOR.match(line + "\n")):
            continue
        taken.append(number)
        yield line + "\n"


def _are_numbers_for_names(cells: list[str]) -> bool:
    """Whether whole numbers are names, as 600519 and 000001 or 0, 1 and 2: of one length from 4
    digits on, or a count.
    """
    counts = [[str(k) for k in range(start, start + len(cells))] for start in (0, 1)]
    lengths = {len(cell) for cell in cells}
    tickers = len(lengths) == 1 and min(lengths) >= 4 and all(map(str.isdigit, cells))
    return cells in counts or tickers


def _is_value(cell: str) -> bool:
    return is_numeral(cell) or dated(cell)


def _is_time(cell: str) -> bool:
    return dated(cell) or re.fullmatch("(?:19|20)[0-9]{2}", cell) is not None


def _is_unit(cell: str) -> bool:
    return (
        cell.strip("()[]").lower() in UNITS
        or re.fullmatch(CURRENCY, cell.strip("()[]")) is not None
    )


def _is_names(record: Record) -> bool:
    """Whether a record has words alone, as a row of names. It is asked of every row, so what is
    quick comes first.
    """
    filled = record.filled()
    return (
        all(cell[:1].isalpha() for cell in filled)
        and not all(cell.lower() in GAPS for cell in filled)
        and not any(map(_is_value, filled))
    )


def _is_remark(record: Record) -> bool:
    first = record.cells[0]
    return record.filled() == [first] and not _is_value(first) and first.lower() not in GAPS


def _trimmed(cells: list[str]) -> list[str]:
    """Without empty cells at the end."""
    last = max((k for k, cell in enumerate(cells, 1) if cell), default=0)
    return cells[:last]


def _lines(numbers: Iterator[int]) -> str:
    first, *rest = numbers
    return f"lines {first} to {rest[-1]}" if rest else f"line {first}"


def _plural(count: int, what: str) -> str:
    return what if count == 1 else f"{what}s"
