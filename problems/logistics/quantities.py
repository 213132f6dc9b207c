"""What people hand in: names, and arrays of numbers with a place for each name. Checked here, and read-only from then on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import QoptError

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-9  # of a capacity: sums of numbers that are not whole are off by rounding


def names(of: str, given: Sequence[str], count: int, *, prefix: str = "") -> tuple[str, ...]:
    """The names of `count` things `of` a kind, as "item"; if none are given, 1 to `count` after `prefix`.

    Raises QoptError for another number of names, one that comes twice, or one that is no text.
    """
    if isinstance(given, str) or (len(given) not in (0, count)):
        raise QoptError(f"names={given!r:.60}: give {count} of them, one for each {of}")
    seen: set[str] = set()
    for name in given:
        if not isinstance(name, str) or not name or name in seen:
            raise QoptError(f"name {name!r}: give each {of} a text of its own")
        seen.add(name)
    return tuple(given) or tuple(f"{prefix}{k}" for k in range(1, count + 1))


def quantities(
    what: str, values: Any, *axes: tuple[str, Sequence[str] | None], least: float = -math.inf
) -> Floats:
    """float64 with an axis for each of `axes`: what is along it, and the names there, or nothing where their number is open.

    Raises QoptError for another shape, and for a number that is not finite or is below `least`, by the names of its place.
    """
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise QoptError(
            f"{what} holds something that is not a number, or rows of different lengths"
        ) from None
    open_or_right = [
        size == len(along) if along else size > 0
        for size, (_, along) in zip(array.shape, axes, strict=False)
    ]
    if array.ndim != len(axes) or not all(open_or_right):
        wanted = " and ".join(f"{of} ({len(along)})" if along else of for of, along in axes)
        raise QoptError(f"{what} has shape {array.shape}; give a number for each {wanted}")
    for place in np.argwhere(~((array >= least) & (np.abs(array) < np.inf))).tolist():
        at = ", ".join(
            _named(of, along[k] if along else str(k + 1))
            for k, (of, along) in zip(place, axes, strict=True)
        )
        asked = "a finite number" if least == -math.inf else f"a finite number, {least:g} or more"
        raise QoptError(f"{what} of {at} is {array[tuple(place)]:g}; give {asked}")
    array.setflags(write=False)
    return array


def _named(of: str, name: str) -> str:
    return name if name.startswith(f"{of} ") else f"{of} {name}"


def positive(what: str, value: Any) -> None:
    """Raise QoptError unless `value` is a finite number above 0."""
    if not (isinstance(value, Real) and 0 < float(value) < math.inf):
        raise QoptError(f"{what}={value!r}: give a finite number above 0")


def excess(load: float, capacity: float) -> float:
    """How much of `load` is above `capacity`; 0 where that is only rounding."""
    return load - capacity if load - capacity > TOLERANCE * max(1.0, abs(capacity)) else 0.0
