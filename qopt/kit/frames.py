"""Tables from what programs hold: frames and series of pandas, polars and Arrow, dicts of columns,
arrays, lists of rows.

Nothing but their common surface is used, so none of those packages needs to be installed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
import polars as pl

from ..errors import QoptError
from .tables import Table

MISSING = ("", "nan", "NaN", "NaT", "<NA>", "None")


def table_of(data: Any, what: str = "the columns") -> Table:
    """A table of a frame, a series, a dict of columns, a list of dicts, an array or a list of rows.

    An index of a pandas frame that does more than count the rows is the first column. Raises
    QoptError, naming `what`, for other things, for rows of different lengths, and for two columns
    of one name.
    """
    table = _table(data, what)
    if not table.columns:
        raise QoptError(f"{what} have no columns; give a row a date and a column an asset")
    return table


def _table(data: Any, what: str) -> Table:
    if hasattr(data, "collect") and hasattr(data, "collect_schema"):  # a polars LazyFrame
        data = data.collect()
    if hasattr(data, "to_frame") and not hasattr(data, "columns"):  # a series
        data = data.to_frame()
    if hasattr(data, "columns") and hasattr(data, "iloc"):
        return _of_pandas(data, what)
    if not hasattr(data, "columns") and hasattr(data, "__arrow_c_stream__"):
        data = pl.DataFrame(data)
    if hasattr(data, "columns") and hasattr(data, "get_column"):
        columns = [_column(data.get_column(name), what) for name in data.columns]
        return Table(_headings(data.columns, what), tuple(columns), named=_named(data.columns))
    if isinstance(data, Mapping):
        return _of_columns(data, what)
    if isinstance(data, Sequence) and data and all(isinstance(row, Mapping) for row in data):
        names = list(dict.fromkeys(name for row in data for name in row))
        return _of_columns({name: [row.get(name) for row in data] for name in names}, what)
    return _of_array(data, what)


def _of_pandas(frame: Any, what: str) -> Table:
    names = list(frame.columns)
    columns = [_column(frame.iloc[:, k], what) for k in range(len(names))]
    index, headings = frame.index, _headings(names, what)
    counted = getattr(index, "start", None) == 0 and getattr(index, "step", None) == 1
    if counted or not len(frame):
        return Table(headings, tuple(columns), named=_named(names))
    levels = getattr(index, "nlevels", 1)
    if levels > 1:
        inner = [index.get_level_values(k) for k in range(levels)]
        labels = [("" if level.name is None else str(level.name),) for level in inner]
        columns = [*(_column(level, what) for level in inner), *columns]
        return Table((*labels, *headings), tuple(columns))
    heading = ("" if index.name is None else str(index.name),)
    return Table(
        (heading, *headings), (_column(index, what), *columns), named=_named(names), indexed=True
    )


def _of_columns(data: Mapping[Any, Any], what: str) -> Table:
    indices = [list(v.index) for v in data.values() if not callable(getattr(v, "index", len))]
    if any(index != indices[0] for index in indices):
        raise QoptError(f"the series of {what} have different indices; make one frame of them")
    columns = [_column(values, what) for values in data.values()]
    lengths = {str(name): len(column) for name, column in zip(data, columns, strict=True)}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:5])
        raise QoptError(f"the columns of {what} differ in length: {said}")
    return Table(_headings(list(data), what), tuple(columns), named=_named(list(data)))


def _of_array(data: Any, what: str) -> Table:
    if hasattr(data, "toarray"):  # scipy.sparse
        data = data.toarray()
    if isinstance(data, np.ma.MaskedArray):
        data = np.ma.filled(data.astype(np.float64), np.nan)
    try:
        array = np.asarray(data)
    except (TypeError, ValueError):
        raise QoptError(f"{what} have rows of different lengths") from None
    if array.ndim != 2 or not array.size:
        raise QoptError(f"{what} have shape {array.shape}; give a row a date and a column an asset")
    columns = tuple(_column(array[:, k], what) for k in range(array.shape[1]))
    return Table(tuple((f"asset {k}",) for k in range(1, len(columns) + 1)), columns, named=False)


def _headings(names: Sequence[Any], what: str) -> tuple[tuple[str, ...], ...]:
    for name, count in Counter(names).items():
        if count > 1:
            shown = " ".join(map(str, name)) if isinstance(name, tuple) else str(name)
            said = f"{count} columns of {what} are named {shown!r}; give each its own name"
            raise QoptError(said, ("columns", shown))
    return tuple(tuple(map(str, n)) if isinstance(n, tuple) else (str(n),) for n in names)


def _named(names: Sequence[Any]) -> bool:
    """Whether the names are more than a count."""
    return [str(name) for name in names] not in (
        [str(k) for k in range(len(names))],
        [f"column_{k}" for k in range(len(names))],
    )


def _column(values: Any, what: str) -> pl.Series:
    """Numbers as Float64, all else as text; what is missing as NaN or ""."""
    array = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
    if array.ndim != 1:
        raise QoptError(f"a column of {what} has shape {array.shape}; give a number a row")
    match array.dtype.kind:
        case "f" | "i" | "u":
            return pl.Series(array.astype(np.float64))
        case "M":
            return pl.Series(np.datetime_as_string(array).tolist(), dtype=pl.String)
        case "c":
            raise QoptError(f"{what} hold complex numbers")
        case "m":
            raise QoptError(f"{what} hold spans of time where prices or dates are due")
    cells = [None if _missing(cell) else cell for cell in array.tolist()]
    if all(cell is None or _is_number(cell) for cell in cells):
        return pl.Series(
            [float("nan") if c is None else _float(c, what) for c in cells], dtype=pl.Float64
        )
    return pl.Series(["" if cell is None else str(cell) for cell in cells], dtype=pl.String)


def _missing(cell: Any) -> bool:
    return cell is None or (not isinstance(cell, str) and str(cell) in MISSING)


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Real | Decimal | Fraction) and not isinstance(cell, bool | np.bool_)


def _float(cell: Any, what: str) -> float:
    try:
        return float(cell)
    except OverflowError:
        raise QoptError(f"{what} hold a number too large") from None
