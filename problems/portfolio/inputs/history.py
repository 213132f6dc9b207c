"""A history of prices or of returns in a table: which columns say when, which rows come first, and
what is no history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from qopt import QoptError
from qopt.kit.tables import Table

from .clock import Clock, clock_of
from .conventions import Conventions
from .lookalikes import refuse_matrix, refuse_prices, refuse_returns, refuse_turned
from .quotes import quotes_of

Floats = npt.NDArray[np.float64]

CHEAPEST = 1e-12  # of a price
DEAREST = 1e15
SHOWN = 4  # names in a note


@dataclass(frozen=True, eq=False)
class History:
    """Prices or returns float64[rows, n], NaN for gaps, of assets by name, the oldest row first.

    `labels` name the rows, which are dates where `dated`; `rows` and `columns` are where the values
    stood in the table.
    """

    names: tuple[str, ...]
    values: Floats
    labels: tuple[str, ...]
    dated: bool
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    notes: tuple[str, ...]

    def at(self, row: int, asset: int) -> tuple[str, int, int]:
        """The place of a value in the table."""
        return "cell", self.rows[row], self.columns[asset]


def history_of(table: Table, conventions: Conventions) -> History:
    """The history that is in a table, in the order of its dates.

    Raises QoptError, with the place of a cell where one is to blame, for what cannot be read, and
    for what is no history of prices, or of returns if `conventions` say so: by what it looks like.
    """
    refuse_matrix(table, conventions.decimal)
    scenarios = conventions.kind == "returns"
    clock = clock_of(table, conventions.date_format, scenarios=scenarios)
    if clock is None and table.kinds[0] == "words":
        said = f"{table.texts(0)[0][:40]!r} is no date (in {table.shown(0)}); give date_format"
        raise QoptError(f"{said}, as '%d/%m/%Y', or a column of dates", ("cell", 0, 0))
    columns = [k for k in range(len(table.columns)) if clock is None or k not in clock.columns]
    refuse_turned(table, columns)
    words = [k for k in columns if table.kinds[k] in ("words", "dates")]
    if clock is not None and len(words) == 1 and _is_long(table, clock, words[0]):
        table, clock = _widened(table, clock, words[0], conventions)
        columns = [k for k in range(len(table.columns)) if k not in clock.columns]
    if not columns:
        raise QoptError("dates alone, and no column of prices")
    quotes = quotes_of(table, columns, conventions.field)
    sign = table.decimal(quotes.columns, conventions.decimal)
    values = table.numbers(quotes.columns, sign)
    _refuse_values(table, quotes.columns, quotes.names, values, clock, conventions)
    rows, remarks = _order(table, clock, values)
    labels = clock.labels if clock else tuple(f"row {row + 1}" for row in range(len(values)))
    comma = ["numbers have decimal commas"] if sign == "," and conventions.decimal is None else []
    return History(
        names=quotes.names,
        values=values[rows],
        labels=tuple(labels[row] for row in rows),
        dated=clock is not None,
        rows=tuple(rows),
        columns=quotes.columns,
        notes=(*table.notes, *comma, *(clock.notes if clock else ()), *quotes.notes, *remarks),
    )


def _refuse_values(
    table: Table,
    columns: Sequence[int],
    names: Sequence[str],
    values: Floats,
    clock: Clock | None,
    conventions: Conventions,
) -> None:
    if conventions.kind == "prices":
        refuse_returns(values)
        odd, wanted = ~((values >= CHEAPEST) & (values <= DEAREST)), f"{CHEAPEST:g} to {DEAREST:g}"
    else:
        refuse_prices(values)
        odd, wanted = ~((values >= -1) & (values <= DEAREST)), "a fraction, -1 or more, as 0.05"
    for row, at in np.argwhere(odd & ~np.isnan(values))[:1].tolist():
        when = f"at {clock.labels[row]}" if clock else f"in row {row + 1}"
        what = conventions.kind[:-1]
        said = f"the {what} of {names[at]} {when} is {values[row, at]:g}; give {wanted}"
        raise QoptError(said, ("cell", row, columns[at]))


def _order(table: Table, clock: Clock | None, values: Floats) -> tuple[list[int], list[str]]:
    """The rows from the oldest on, without those that are there twice, and what was done to come to
    it.
    """
    if clock is None:
        said = "no column of dates: rows are taken in order, the oldest first"
        return list(range(len(values))), [said]
    keys = clock.keys
    rows, notes = sorted(range(len(keys)), key=lambda row: keys[row]), list[str]()
    kept = rows[:1]
    for before, row in pairwise(rows):
        if keys[row] != keys[before]:
            kept.append(row)
        elif not np.array_equal(values[row], values[before], equal_nan=True):
            said = f"a second row of {clock.labels[row]}, with other numbers; keep one"
            raise QoptError(said, ("cell", row, min(clock.columns)))
    if len(kept) < len(rows):
        notes.append(f"rows that were there twice are left out ({len(rows) - len(kept)})")
    if rows[::-1] == list(range(len(rows))) and len(rows) > 1:
        notes.append("the newest date stood first; rows are turned")
    elif rows != list(range(len(rows))):
        notes.append("dates were not in order; rows are sorted by them")
    return kept, notes


def _is_long(table: Table, clock: Clock, words: int) -> bool:
    """Whether a row is a date and an asset, whose name stands in the column of words: every name
    comes twice or more.
    """
    return 2 * len(set(table.texts(words))) <= table.rows


def _widened(
    table: Table, clock: Clock, words: int, conventions: Conventions
) -> tuple[Table, Clock]:
    """A column an asset, of a table that has a row a date and asset."""
    columns = [k for k in range(len(table.columns)) if k not in clock.columns and k != words]
    quotes = quotes_of(table, columns, conventions.field)
    if len(quotes.columns) != 1:
        shown = ", ".join(map(table.shown, columns[:SHOWN]))
        layout = f"a row a date and {table.shown(words)}, and several numbers ({shown})"
        raise QoptError(f"{layout}; keep the column of prices")
    sign = table.decimal(quotes.columns, conventions.decimal)
    values, texts = table.numbers(quotes.columns, sign)[:, 0], table.texts(words)
    names, moments = list(dict.fromkeys(texts)), sorted(set(clock.keys))
    place, when = {n: k for k, n in enumerate(names)}, {m: k for k, m in enumerate(moments)}
    wide = np.full((len(moments), len(names)), np.nan)
    labels, seen = [""] * len(moments), dict[tuple[int, int], int]()
    for row, (key, text) in enumerate(zip(clock.keys, texts, strict=True)):
        at = when[key], place[text]
        if not text or (at in seen and values[row] != values[seen[at]]):
            said = (
                f"a second number of {text} at {clock.labels[row]}"
                if text
                else "a row without a name"
            )
            raise QoptError(said, ("cell", row, words))
        wide[at], seen[at], labels[at[0]] = values[row], row, clock.labels[row]
    note = f"a row a date and {table.shown(words)}: made a column each of {len(names)}"
    times = pl.Series(labels, dtype=pl.String)
    turned = Table(
        headings=(("date",), *((name,) for name in names)),
        columns=(times, *(pl.Series(wide[:, k]) for k in range(len(names)))),
        notes=(*table.notes, *quotes.notes, note),
    )
    return turned, Clock(tuple(moments), tuple(labels), frozenset([0]), clock.notes)
