"""Expected returns and covariances from files and tables."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import FileError, QoptError, UnknownName

from .prices import CHEAPEST, DEAREST, Gaps, Returns, returns_of, table_of

Floats = npt.NDArray[np.float64]

NO_PRICE = {"", "nan", "null", "none", "n/a", "na"}
LARGEST = 1e100  # of a return or covariance: more would overflow in the products of a portfolio's variance


@dataclass(frozen=True, eq=False)
class Assets:
    """Names, expected returns float64[n] and their covariance float64[n, n], for one period."""

    names: tuple[str, ...]
    mean: Floats
    covariance: Floats

    @classmethod
    def of_prices(
        cls, prices: Any, *, gaps: Gaps, returns: Returns, periods_per_year: float
    ) -> Assets:
        """Of a table of prices, a column an asset. Raises QoptError."""
        table, names = table_of(prices)
        chosen = _chosen_names(table.shape[1], None, names)
        return cls.of_returns(*returns_of(table, chosen, gaps, returns), periods_per_year)

    @classmethod
    def of_returns(cls, returns: Floats, names: tuple[str, ...], periods_per_year: float) -> Assets:
        """Mean and sample covariance of returns float64[periods, n], times the periods in a year."""
        if not (isinstance(periods_per_year, int | float) and 0 < periods_per_year < math.inf):
            raise QoptError(
                f"periods_per_year={periods_per_year!r}: give a number above 0, as 252 for daily prices"
            )
        covariance = np.atleast_2d(np.cov(returns, rowvar=False))
        return cls(names, periods_per_year * returns.mean(axis=0), periods_per_year * covariance)


def tabled(mean: Any, covariance: Any, names: Sequence[str] | None) -> Assets:
    """From arrays, or pandas or polars tables, whose own names count where `names` is None.

    A pandas Series is indexed by asset; a covariance frame has a column an asset, and is put into the order of the means.
    Raises QoptError where the two name different assets.
    """
    returns, spread = _array("mean", mean).ravel(), _array("covariance", covariance)
    n = len(returns)
    if spread.shape != (n, n):
        raise QoptError(
            f"covariance has shape {spread.shape} for {n} expected returns; give a square [{n}, {n}]"
        )
    columns, index = _columns(covariance), _index(covariance)
    if columns and index and columns != index:
        spread = spread[_places(index, columns)]
    mean_names = _index(mean) or _columns(mean)
    if mean_names and columns and mean_names != columns:
        place = _places(columns, mean_names)
        spread = spread[np.ix_(place, place)]
    return Assets(_chosen_names(n, names, mean_names or columns), returns, spread)


def _places(names: list[str], wanted: list[str]) -> list[int]:
    if sorted(names) != sorted(wanted):
        odd = sorted(set(names) ^ set(wanted))
        raise QoptError(f"mean and covariance name different assets: {', '.join(odd[:5])}")
    return [names.index(name) for name in wanted]


def _chosen_names(n: int, names: Any, tabled: list[str]) -> tuple[str, ...]:
    if names is None:
        names = tabled or [f"asset {k}" for k in range(1, n + 1)]
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise QoptError(f"names={names!r}: give a name for each asset")
    chosen = tuple(map(str, names))
    if len(chosen) != n or len(set(chosen)) != n:
        raise QoptError(
            f"{len(chosen)} names ({len(set(chosen))} different) for {n} assets; give each asset its own"
        )
    return chosen


def named_returns(
    returns: Any, index: Any, names: Sequence[str] | None
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, returns float64[periods, n] and those of an index float64[periods], of arrays or tables. Raises QoptError."""
    (chosen, table), target = named_scenarios(returns, names), _array("index", index).ravel()
    if len(target) != len(table):
        raise QoptError(f"index has {len(target)} returns, the assets have {len(table)} periods")
    return chosen, table, target


def named_scenarios(
    returns: Any, names: Sequence[str] | None, what: str = "returns"
) -> tuple[tuple[str, ...], Floats]:
    """Names and returns float64[periods, n] of an array or table. Raises QoptError."""
    table = _array(what, returns)
    if table.ndim != 2 or not table.size:
        raise QoptError(
            f"{what} have shape {table.shape}; give a row a period and a column an asset"
        )
    return _chosen_names(table.shape[1], names, _columns(returns)), table


def read_port(path: Path) -> Assets:
    """OR-Library `port` text: n; a line of mean and standard deviation an asset; then `i j correlation` with i <= j."""
    words = [
        (word, at) for at, line in enumerate(_text(path).splitlines(), 1) for word in line.split()
    ]
    if not words:
        raise FileError(
            path, "the file is empty; OR-Library port text begins with the number of assets"
        )
    values = [_number(path, word, at) for word, at in words]
    n = int(values[0])
    if not (1 <= n <= 10_000 and n == values[0]):
        raise FileError(
            path, f"{words[0][0]!r} is not a number of assets from 1 to 10000", words[0][1]
        )
    expected = 1 + 2 * n + 3 * n * (n + 1) // 2
    if len(values) != expected:
        raise FileError(
            path,
            f"{len(values)} numbers for {n} assets, not {expected}; is it cut short?",
            words[-1][1],
        )
    mean, deviation = np.array(values[1 : 1 + 2 * n]).reshape(n, 2).T
    correlation = np.full((n, n), np.nan)
    for k in range(1 + 2 * n, expected, 3):
        i, j, value = values[k : k + 3]
        if not (i in range(1, n + 1) and j in range(1, n + 1) and abs(value) <= 1 + 1e-9):
            raise FileError(
                path,
                f"correlation {value:g} of assets {i:g} and {j:g} is out of range",
                words[k][1],
            )
        correlation[int(i) - 1, int(j) - 1] = correlation[int(j) - 1, int(i) - 1] = value
    if np.isnan(correlation).any():
        i, j = np.argwhere(np.isnan(correlation))[0] + 1
        raise FileError(path, f"the correlation of assets {i} and {j} is missing")
    names = tuple(f"asset {k}" for k in range(1, n + 1))
    return Assets(names, mean, _covariance(path, deviation, correlation))


def read_prices(
    path: Path, *, gaps: Gaps = "drop", returns: Returns = "simple", periods_per_year: float = 1
) -> Assets:
    """A CSV of prices: a header, then a row a date, oldest first; the first column is the date, every other an asset.

    An empty cell, or one that says nan, null, none or n/a, is a gap, which `gaps` speaks of; see `prices`. Mean and sample
    covariance are those of one row's step, times `periods_per_year`. Raises FileError.
    """
    names, prices = read_price_table(path)
    try:
        return Assets.of_returns(*returns_of(prices, names, gaps, returns), periods_per_year)
    except QoptError as error:
        raise FileError(path, str(error)) from None


def read_price_table(path: Path) -> tuple[tuple[str, ...], Floats]:
    """Names and prices float64[rows, n], NaN for a gap, of a CSV with a column of dates first."""
    try:
        rows = [(at, row) for at, row in enumerate(csv.reader(_text(path).splitlines()), 1) if row]
    except csv.Error as error:
        raise FileError(path, f"not a CSV: {error}") from None
    if len(rows) < 2 or len(rows[0][1]) < 2:
        raise FileError(
            path, "not a CSV of prices: it needs a header 'date,ASSET,...' and a row a date"
        )
    header = rows[0][1]
    names = tuple(name.strip() for name in header[1:])
    if len(set(names)) != len(names) or not all(names):
        raise FileError(path, "the header names an asset twice or not at all", rows[0][0])
    prices = []
    for at, row in rows[1:]:
        if len(row) != len(header):
            raise FileError(path, f"{len(row)} fields, the header has {len(header)}", at)
        prices.append(
            [_price(path, cell, name, at) for cell, name in zip(row[1:], names, strict=True)]
        )
    return names, np.array(prices)


def read_index_track(path: Path) -> tuple[tuple[str, ...], Floats]:
    """OR-Library indtrack text: the number n of stocks, that of periods T, T + 1 prices of the index, then of each stock.

    Names "index", "asset 1", ... and prices float64[T + 1, n + 1]. Raises FileError.
    """
    words = [
        (word, at) for at, line in enumerate(_text(path).splitlines(), 1) for word in line.split()
    ]
    if len(words) < 2:
        raise FileError(
            path,
            "OR-Library indtrack text begins with the number of stocks and the number of periods",
        )
    counts = [_number(path, word, at) for word, at in words[:2]]
    for what, value, (word, at) in zip(("stocks", "periods"), counts, words, strict=False):
        if not (1 <= value <= 100_000 and value == int(value)):
            raise FileError(path, f"{word[:40]!r} is not a number of {what} from 1 to 100000", at)
    n, periods = map(int, counts)
    expected = 2 + (n + 1) * (periods + 1)
    if len(words) != expected:
        what = f"{n} stocks and an index over {periods} periods"
        raise FileError(
            path, f"{len(words)} numbers for {what}, not {expected}; is it cut short?", words[-1][1]
        )
    names = ("index", *(f"asset {k}" for k in range(1, n + 1)))
    prices = [
        _price(path, word, names[k // (periods + 1)], at) for k, (word, at) in enumerate(words[2:])
    ]
    return names, np.array(prices).reshape(n + 1, periods + 1).T


def _covariance(path: Path, deviation: Floats, correlation: Floats) -> Floats:
    for k in np.flatnonzero(~((deviation >= 0) & (deviation <= math.sqrt(LARGEST)))):
        raise FileError(
            path,
            f"the standard deviation of asset {k + 1} is {deviation[k]:g}; it must be 0 or more, and a fraction",
        )
    covariance: Floats = correlation * np.outer(deviation, deviation)
    return covariance


def read_json(path: Path) -> tuple[Assets, dict[str, Any]]:
    """qopt's own JSON: "mean", "deviation" and "correlation", "names" if wanted, and any of the options of the class."""
    try:
        document = json.loads(_text(path), object_pairs_hook=lambda pairs: _unique(path, pairs))
    except json.JSONDecodeError as error:
        raise FileError(path, f"not JSON: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(path, "not JSON: a number is too long, or the nesting too deep") from None
    options = (
        "name",
        "best_known",
        "risk_aversion",
        "max_assets",
        "min_assets",
        "min_holding",
        "max_holding",
        "lot",
    )
    if not isinstance(document, dict) or not {"mean", "deviation", "correlation"} <= set(document):
        raise FileError(
            path, "not a portfolio: a JSON object with mean, deviation and correlation is read"
        )
    document.pop("source", None)
    try:
        mean, deviation, correlation = (
            _array(key, document.pop(key)) for key in ("mean", "deviation", "correlation")
        )
        names = _chosen_names(mean.size, document.pop("names", None), [])
    except QoptError as error:
        raise FileError(path, str(error)) from None
    if (
        mean.ndim != 1
        or deviation.shape != mean.shape
        or correlation.shape != (len(mean), len(mean))
    ):
        raise FileError(
            path,
            f"{mean.size} means, {deviation.size} deviations and {correlation.shape} correlations do not match",
        )
    for key in document:
        if key not in options:
            raise FileError(path, str(UnknownName("key of a portfolio", key, options)))
    if not isinstance(document.get("name", ""), str):
        raise FileError(path, f"name is {document['name']!r}; give a text")
    if not isinstance(document.get("best_known"), int | float | None):
        raise FileError(path, f"best_known is {document['best_known']!r}; give a number")
    return Assets(names, mean, _covariance(path, deviation, correlation)), document


def _unique(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise FileError(path, f"the key {key[:40]!r} is given twice; keep one")
    return dict(pairs)


def _price(path: Path, cell: str, name: str, at: int) -> float:
    """NaN for a gap."""
    if cell.strip().lower() in NO_PRICE:
        return math.nan
    price = _number(path, cell, at)
    if not CHEAPEST <= price <= DEAREST:
        raise FileError(
            path,
            f"the price of {name} is {cell[:40]}; it must be from {CHEAPEST:g} to {DEAREST:g}",
            at,
        )
    return price


def _number(path: Path, word: str, at: int) -> float:
    try:
        value = float(word)
    except ValueError:
        raise FileError(path, f"{word[:40]!r} is not a number", at) from None
    if not math.isfinite(value):
        raise FileError(path, f"{word!r} is not a finite number", at)
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None


def _columns(table: Any) -> list[str]:
    """The column names of a pandas or polars frame; none of an array, nor of a frame that only counts its columns."""
    columns = list(getattr(table, "columns", []))
    return [] if columns == list(range(len(columns))) else [str(name) for name in columns]


def _index(table: Any) -> list[str]:
    """The row names of a pandas table; none of an array, nor of a table that only counts its rows."""
    index = getattr(table, "index", None)
    if index is None or callable(index) or list(index) == list(range(len(index))):
        return []
    return [str(name) for name in index]


def _array(what: str, table: Any) -> Floats:
    try:
        values = np.asarray(
            table.to_numpy() if hasattr(table, "to_numpy") else table, dtype=np.float64
        )
    except (TypeError, ValueError, OverflowError):
        raise QoptError(
            f"{what} holds something that is not a number, or rows of different lengths"
        ) from None
    if not np.isfinite(values).all():
        raise QoptError(
            f"{what} has a NaN or infinite entry at {tuple(np.argwhere(~np.isfinite(values))[0].tolist())}"
        )
    if np.abs(values).max(initial=0.0) > LARGEST:
        raise QoptError(
            f"{what} has an entry of {np.abs(values).max():g}; returns are fractions of wealth, as 0.05"
        )
    return values
