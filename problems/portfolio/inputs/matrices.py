"""Means, covariances and scenarios as programs hold them: arrays, lists, dicts by name, frames and
series.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import QoptError
from qopt.kit.frames import table_of
from qopt.kit.tables import Table

from .assets import Assets
from .clock import Clock, clock_of

Floats = npt.NDArray[np.float64]

LARGEST = 1e100  # of a return or covariance: more would overflow in the products of a variance


def tabled(mean: Any, covariance: Any, names: Sequence[str] | None) -> Assets:
    """From arrays, dicts by name or tables, whose own names count where `names` is None.

    Means are indexed by asset, or have a column of names; a covariance has a column an asset, and
    is put into the order of the means. Raises QoptError where the two name different assets.
    """
    mean_names, returns = _named_vector("mean", mean)
    index, columns, spread = _named_matrix("covariance", covariance)
    n = len(returns)
    if spread.shape != (n, n):
        mismatch = f"covariance has shape {spread.shape} for {n} expected returns"
        raise QoptError(f"{mismatch}; give a square [{n}, {n}]")
    if columns and index and columns != index:
        spread = spread[_places(index, columns)]
    if mean_names and columns and mean_names != columns:
        place = _places(columns, mean_names)
        spread = spread[np.ix_(place, place)]
    return Assets(chosen_names(n, names, mean_names or columns), returns, spread)


def named_returns(
    returns: Any, index: Any, names: Sequence[str] | None
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, returns float64[periods, n] and those of an index float64[periods], of arrays or
    tables.

    Raises QoptError for other lengths, and where both have dates, which differ.
    """
    chosen, values, clock = _scenarios(returns, names, "returns")
    table = table_of(index, "index") if _has_names(index) else None
    if table is None:
        target, other = finite("index", index).ravel(), None
    else:
        other = clock_of(table, None, scenarios=True) if len(table.columns) > 1 else None
        kept = [k for k in range(len(table.columns)) if other is None or k not in other.columns]
        target = finite("index", table.numbers(kept)).ravel()
    if len(target) != len(values):
        raise QoptError(f"index has {len(target)} returns, the assets have {len(values)} periods")
    if clock is not None and other is not None and clock.keys != other.keys:
        k = next(k for k, key in enumerate(clock.keys) if key != other.keys[k])
        mismatch = f"returns are of {clock.labels[k]} where the index is of {other.labels[k]}"
        raise QoptError(f"{mismatch}; give both by the same dates")
    return chosen, values, target


def named_scenarios(
    returns: Any, names: Sequence[str] | None, what: str = "returns"
) -> tuple[tuple[str, ...], Floats]:
    """Names and returns float64[periods, n] of an array or table, whose rows stay in order and
    whose dates are passed over.

    Raises QoptError for other shapes, and for what is not a finite number.
    """
    return _scenarios(returns, names, what)[:2]


def chosen_names(n: int, names: Any, own: Sequence[str]) -> tuple[str, ...]:
    """The names of n assets: those given, or their own, or "asset 1" and so on. Raises QoptError
    for others than n.
    """
    if names is None:
        names = own or [f"asset {k}" for k in range(1, n + 1)]
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise QoptError(f"names={names!r}: give a name for each asset", ("names",))
    chosen = tuple(map(str, names))
    if len(chosen) != n or len(set(chosen)) != n:
        different = len(set(chosen))
        raise QoptError(
            f"{len(chosen)} names ({different} different) for {n} assets; give each asset its own",
            ("names",),
        )
    return chosen


def finite(what: str, values: Any) -> Floats:
    """float64 of numbers in any form. Raises QoptError for what is not a finite number, or too
    large for a return.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise QoptError(
            f"{what} holds something that is not a number, or rows of different lengths", (what,)
        ) from None
    for place in np.argwhere(~np.isfinite(array))[:1].tolist():
        raise QoptError(f"{what} has a NaN or infinite entry at {tuple(place)}", (what, *place))
    if np.abs(array).max(initial=0.0) > LARGEST:
        largest = np.abs(array).max()
        raise QoptError(
            f"{what} has an entry of {largest:g}; returns are fractions of wealth, as 0.05", (what,)
        )
    return array


def _scenarios(
    returns: Any, names: Sequence[str] | None, what: str
) -> tuple[tuple[str, ...], Floats, Clock | None]:
    if not _has_names(returns):
        values = finite(what, returns)
        if values.ndim != 2 or not values.size:
            raise QoptError(
                f"{what} have shape {values.shape}; give a row a period and a column an asset"
            )
        return chosen_names(values.shape[1], names, []), values, None
    table = table_of(returns, what)
    clock = clock_of(table, None, scenarios=True)
    columns = [k for k in range(len(table.columns)) if clock is None or k not in clock.columns]
    if not columns or not table.rows:
        raise QoptError(f"{what} have no column of an asset, or no row")
    values = finite(what, table.numbers(columns))
    own = [table.names[k] for k in columns] if table.named else []
    return chosen_names(len(columns), names, own), values, clock


def _named_vector(what: str, values: Any) -> tuple[list[str], Floats]:
    """Names, where there are any, and numbers: of a dict or series by name, a row, or a column of
    names and one of numbers.
    """
    if isinstance(values, Mapping):
        return [str(name) for name in values], finite(what, list(values.values()))
    if not _has_names(values):
        return [], finite(what, values).ravel()
    table = table_of(values, what)
    if table.rows == 1 and len(table.columns) > 1 and not table.indexed:
        numbers = table.numbers(range(len(table.columns)))
        return (list(table.names) if table.named else []), finite(what, numbers[0])
    if len(table.columns) == 1:
        return [], finite(what, table.numbers([0]).ravel())
    if len(table.columns) > 2:
        raise QoptError(f"{what} has columns {', '.join(table.names[:5])}; give a number an asset")
    return table.texts(0), finite(what, table.numbers([1]).ravel())


def _named_matrix(what: str, values: Any) -> tuple[list[str], list[str], Floats]:
    """The names of rows and of columns, where there are any, and the numbers. A first column of
    words names the rows.
    """
    if not _has_names(values):
        return [], [], finite(what, values)
    table = table_of(values, what)
    labelled = len(table.columns) > 1 and (table.indexed or _is_names(table))
    columns = range(int(labelled), len(table.columns))
    names = [table.names[k] for k in columns] if table.named else []
    return (table.texts(0) if labelled else []), names, finite(what, table.numbers(columns))


def _is_names(table: Table) -> bool:
    return table.kinds[0] in ("words", "dates") or len(table.columns) == table.rows + 1


def _has_names(values: Any) -> bool:
    """Whether it is a frame, a series or a dict of columns."""
    return isinstance(values, Mapping) or any(
        hasattr(values, surface) for surface in ("columns", "to_frame", "__arrow_c_stream__")
    )


def _places(names: list[str], wanted: list[str]) -> list[int]:
    if sorted(names) != sorted(wanted):
        odd = sorted(set(names) ^ set(wanted))
        raise QoptError(f"mean and covariance name different assets: {', '.join(odd[:5])}")
    return [names.index(name) for name in wanted]
