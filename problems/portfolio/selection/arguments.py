"""Numbers of one's own, and one an asset, as people give them: plain, by name, or from a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from qopt import QoptError

from .plan import Allocation
from .trades import Floats


def given(**options: Any) -> dict[str, Any]:
    """Of a reader's options those that are not None: the class has its own defaults."""
    return {option: value for option, value in options.items() if value is not None}


def number(what: str, value: Any) -> float:
    """Raises QoptError where `value` is no number, or one that is too large."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise QoptError(f"{what}={value!r}: give a number")
    try:
        return float(value)
    except OverflowError:
        raise QoptError(f"{what} is too large a number") from None


def number_or_none(what: str, value: Any) -> float | None:
    """None stands for no such limit."""
    return None if value is None else number(what, value)


def count(what: str, value: Any) -> int | None:
    """None stands for no such limit. Raises QoptError where `value` is no whole number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise QoptError(f"{what}={value!r}: give a whole number")
    return int(value)


def weights_of(names: tuple[str, ...], current: Any) -> Floats:
    """Present weights float64[n] from a plan, a mapping, a Series or a list."""
    if isinstance(current, Allocation):
        current = current.weights
    current = _as_mapping(current)
    if isinstance(current, Mapping):
        for name in current:
            if name not in names:
                raise QoptError(f"current holds {name!r}, which is not among the assets")
        held = [number(f"current[{name!r}]", current.get(name, 0.0)) for name in names]
        return np.array(held, dtype=np.float64)
    return _one_each("current", names, current)


def costs_of(what: str, names: tuple[str, ...], costs: Any) -> Floats:
    """Costs float64[n] from one number for all, or from one an asset."""
    if costs is None:
        return np.zeros(len(names))
    if isinstance(costs, int | float | np.number):
        return np.full(len(names), number(what, costs))
    costs = _as_mapping(costs)
    if isinstance(costs, Mapping):
        costs = [costs.get(name, 0.0) for name in names]
    return _one_each(what, names, costs)


def sectors_of(names: tuple[str, ...], sectors: Any) -> tuple[str, ...]:
    """The sector of each asset, "" for none."""
    if sectors is None:
        return ("",) * len(names)
    sectors = _as_mapping(sectors)
    if isinstance(sectors, Mapping):
        for name in sectors:
            if name not in names:
                raise QoptError(f"sectors names {name!r}, which is not among the assets")
        return tuple(str(sectors.get(name, "")) for name in names)
    listed = isinstance(sectors, Sequence | np.ndarray) and not isinstance(sectors, str)
    if not listed or len(sectors) != len(names):
        raise QoptError(f"sectors={sectors!r}: give the sector of each of the {len(names)} assets")
    return tuple(map(str, sectors))


def _as_mapping(weights: Any) -> Any:
    """A pandas Series as the mapping it is; anything else as it came."""
    return weights.to_dict() if hasattr(weights, "to_dict") else weights


def _one_each(what: str, names: tuple[str, ...], listed: Any) -> Floats:
    values = listed
    if hasattr(listed, "tolist"):  # an array of numpy
        values = listed.tolist()
    elif hasattr(listed, "to_list"):  # a Series of polars
        values = listed.to_list()
    if isinstance(values, str) or not isinstance(values, Sequence) or len(values) != len(names):
        raise QoptError(f"{what}={listed!r}: give a number for each of the {len(names)} assets")
    named = zip(names, values, strict=True)
    numbers = [number(f"{what} of {name}", value) for name, value in named]
    return np.array(numbers, dtype=np.float64)
