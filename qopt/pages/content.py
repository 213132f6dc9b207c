"""What a page consists of. Nothing in it is markup: names are shown as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone = Literal["plain", "strong", "faint", "good", "bad"]


@dataclass(frozen=True)
class Toned:
    """Words that are set off where there are colours."""

    words: str
    tone: Tone


Line: TypeAlias = str | int | float | Toned
Cell: TypeAlias = Line | Sequence[Line]  # several are below each other


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Numbers stand at its `right` side. What is `whole` is never broken nor cut, as a name that is
    to be typed; in other columns words go on below where a line is full.
    """

    name: str
    right: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Section:
    """A part of a page under a title; whatever of it there is comes in this order.

    Attributes
    ----------
    columns, rows
        A table. The rows whose number is among `apart` stand apart from the row above.
    facts
        Lines of a name and what is said of it.
    lines
        Sentences.
    verbatim
        Text whose lines mean something, as a plan's.
    """

    title: str = ""
    columns: Sequence[Column] = ()
    rows: Sequence[Sequence[Cell]] = ()
    apart: frozenset[int] = frozenset()
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    verbatim: str = ""


def words(*names: str) -> list[Column]:
    """Columns of words."""
    return [Column(name) for name in names]


def numbers(*names: str) -> list[Column]:
    """Columns of numbers."""
    return [Column(name, right=True, whole=True) for name in names]


def lines_of(cell: Cell) -> list[Toned]:
    """The lines of a cell."""
    if isinstance(cell, str | int | float | Toned):
        return [_toned(cell)]
    return [_toned(line) for line in cell]


def _toned(line: Line) -> Toned:
    """Whole numbers with commas, other numbers to four digits."""
    if isinstance(line, Toned):
        return line
    if isinstance(line, str | bool):
        return Toned(str(line), "plain")
    return Toned(f"{line:,}" if isinstance(line, int) else f"{line:.4g}", "plain")
