"""Prices to returns, by stated conventions.

*Returns* are those of a row over the one before it that is left: "simple" ones, p_t / p_(t-1) - 1, add up over assets and are
what a portfolio earns; "log" ones, log(p_t / p_(t-1)), add up over time.

*Gaps*, dates at which an asset has no price, are met by one of four policies:

    "drop"      a date without a price of every asset is left out; returns then span it, from the date before to the one after
    "forward"   the last price stands, so that nothing was earned; dates before an asset's first price are left out
    "assets"    an asset with any gap is left out
    "refuse"    a gap is an error

A year has `periods_per_year` rows: 252 of daily prices, 52 of weekly ones. Means and covariances are scaled by it, as those of
returns that are independent from row to row; log returns over a year are then log returns.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from qopt import QoptError

Floats = npt.NDArray[np.float64]
Gaps = Literal["drop", "forward", "assets", "refuse"]
Returns = Literal["simple", "log"]
CHEAPEST, DEAREST = 1e-12, 1e15  # of a price


def returns_of(
    prices: Floats, names: tuple[str, ...], gaps: Gaps, returns: Returns
) -> tuple[Floats, tuple[str, ...]]:
    """Returns float64[rows - 1, n] of prices float64[rows, n], NaN where there is none, and the names of the assets left.

    Raises QoptError for a policy that does not exist, and where it leaves fewer than 3 rows or no asset.
    """
    for what, value, known in (
        ("gaps", gaps, get_args(Gaps)),
        ("returns", returns, get_args(Returns)),
    ):
        if value not in known:
            raise QoptError(f"{what}={value!r}: give one of {', '.join(known)}")
    missing = np.isnan(prices)
    if gaps == "refuse" and missing.any():
        row, asset = np.argwhere(missing)[0]
        raise QoptError(
            f"{names[asset]} has no price in row {row + 1} of prices; choose gaps='drop' or 'forward'"
        )
    if gaps == "assets":
        whole = np.flatnonzero(~missing.any(axis=0))
        if not len(whole):
            raise QoptError("every asset lacks a price somewhere; choose gaps='drop' or 'forward'")
        prices, names = prices[:, whole], tuple(names[k] for k in whole.tolist())
    if gaps == "forward":
        at = np.where(missing, 0, np.arange(len(prices))[:, None])
        prices = np.take_along_axis(prices, np.maximum.accumulate(at, axis=0), axis=0)
    prices = prices[~np.isnan(prices).any(axis=1)]
    if len(prices) < 3:
        raise QoptError(
            f"only {len(prices)} rows have a price for every asset; at least 3 are needed"
        )
    ratio = prices[1:] / prices[:-1]
    return (np.log(ratio) if returns == "log" else ratio - 1), names


def table_of(prices: Any) -> tuple[Floats, list[str]]:
    """Prices float64[rows, n], NaN for a gap, and the columns' names, of an array or a frame of pandas or polars.

    A column of dates is left out. Raises QoptError for a price that is none.
    """
    columns = [str(name) for name in getattr(prices, "columns", [])]
    if columns:
        kept = [name for name in prices.columns if not _is_dates(prices[name])]
        prices, columns = prices[kept], [str(name) for name in kept]
    try:
        table = np.asarray(
            prices.to_numpy() if hasattr(prices, "to_numpy") else prices, dtype=np.float64
        )
    except (TypeError, ValueError):
        raise QoptError(
            "prices hold something that is not a number, or rows of different lengths"
        ) from None
    if table.ndim != 2 or not table.size:
        raise QoptError(f"prices have shape {table.shape}; give a row a date and a column an asset")
    odd = ~np.isnan(table) & ~((table >= CHEAPEST) & (table <= DEAREST))
    for row, asset in np.argwhere(odd)[:1]:
        name = columns[asset] if columns else f"asset {asset + 1}"
        raise QoptError(
            f"the price of {name} in row {row + 1} is {table[row, asset]:g}; give {CHEAPEST:g} to {DEAREST:g}"
        )
    return table, [] if columns == [str(k) for k in range(len(columns))] else columns


def _is_dates(column: Any) -> bool:
    return str(column.dtype).lower().startswith(("date", "time"))
