"""Distances between places, by the rules of TSPLIB and VRPLIB, and how they are rounded.

A rule is a way to measure and a way to round. `SCALE : 10` in a file of LKH's rounds tenths and not
units.

Source: Reinelt, TSPLIB 95 (1995), section 2; the rules that are not in it are those of LKH 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qopt import QoptError

Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats], Floats]

# as TSPLIB has them; lengths are off with better ones
RADIUS = 6378.388
PI = 3.141592
MUCH = 0.05  # of all distances together: rounding that changes more than this is told
JUST_BELOW = 1e-9  # what rounding of a root that is not above may take: 5 must not become 4.9


class Rule(NamedTuple):
    """Of float64[n, axes] places to float64[n, n], and the name of the rounding."""

    measure: Measure
    rounding: str
    axes: int = 2


def straight(places: Floats) -> Floats:
    """float64[n, n] between places float64[n, axes]."""
    if places.shape[1] == 2:
        apart = places[:, None] - places
        return np.asarray(np.hypot(apart[..., 0], apart[..., 1]))
    return np.asarray(np.sqrt(((places[:, None] - places) ** 2).sum(axis=2)))


def along_axes(places: Floats) -> Floats:
    """MAN: as one drives in Manhattan."""
    return np.asarray(np.abs(places[:, None] - places).sum(axis=2))


def longest_axis(places: Floats) -> Floats:
    """MAX: the longer of the ways along the axes."""
    return np.asarray(np.abs(places[:, None] - places).max(axis=2))


def pseudo_euclidean(places: Floats) -> Floats:
    """ATT. The root is taken last, so that it is whole where it should be."""
    return np.asarray(np.sqrt(((places[:, None] - places) ** 2).sum(axis=2) / 10.0))


def geographical(places: Floats) -> Floats:
    """GEO: kilometres along the earth, from latitude and longitude as degrees.minutes."""
    degrees = np.trunc(places)
    latitude, longitude = (PI * (degrees + 5.0 * (places - degrees) / 3.0) / 180.0).T
    q1 = np.cos(longitude[:, None] - longitude)
    q2 = np.cos(latitude[:, None] - latitude)
    q3 = np.cos(latitude[:, None] + latitude)
    angle = np.arccos(np.clip(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3), -1.0, 1.0))
    return np.asarray(RADIUS * angle)


def rounded(length: Floats) -> Floats:
    """To whole numbers, halves up."""
    return np.asarray(np.floor(length + 0.5))


def truncated(length: Floats) -> Floats:
    """To one decimal, down: what the published optima of routing with windows are counted in."""
    return np.asarray(np.floor(length * 10.0 + JUST_BELOW) / 10.0)


ROUNDINGS: dict[str, Measure] = {
    "none": lambda length: length,
    "nearest": rounded,
    "down": lambda length: np.asarray(np.floor(length + JUST_BELOW)),
    "up": lambda length: np.asarray(np.ceil(length)),
    "tenths": truncated,
    "next": lambda length: np.asarray(np.floor(length + 1.0)),
}
CHOICES = ("none", "nearest", "down", "up", "tenths")  # what a person may ask for
RULES: dict[str, Rule] = {
    "EUC_2D": Rule(straight, "nearest"),
    "EUC_3D": Rule(straight, "nearest", 3),
    "CEIL_2D": Rule(straight, "up"),
    "CEIL_3D": Rule(straight, "up", 3),
    "FLOOR_2D": Rule(straight, "down"),
    "FLOOR_3D": Rule(straight, "down", 3),
    "EXACT_2D": Rule(straight, "none"),
    "EXACT_3D": Rule(straight, "none", 3),
    "MAN_2D": Rule(along_axes, "nearest"),
    "MAN_3D": Rule(along_axes, "nearest", 3),
    "MAX_2D": Rule(longest_axis, "nearest"),
    "MAX_3D": Rule(longest_axis, "nearest", 3),
    "ATT": Rule(pseudo_euclidean, "up"),
    "GEO": Rule(geographical, "next"),
}


def require_rounding(rounding: str | None) -> None:
    """Raise a QoptError unless this is one of `CHOICES`, or None for the rule of the file."""
    if rounding is not None and rounding not in CHOICES:
        raise QoptError(
            f"rounding={rounding!r:.60}: give one of {', '.join(CHOICES)}", ("rounding",)
        )


def between(
    places: Floats, rule: Rule, rounding: str | None = None, scale: float = 1.0
) -> tuple[Floats, str | None]:
    """float64[n, n], 0 on the diagonal, rounded as asked for, or as the rule says.

    There is a warning, too, where that changes much.

    A distance that is infinite comes of places too far apart.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        length = rule.measure(places)
        by_rule = ROUNDINGS[rule.rounding](length * scale) / scale
        distance = by_rule if rounding is None else ROUNDINGS[rounding](length)
        np.fill_diagonal(length, 0.0)
        np.fill_diagonal(distance, 0.0)
        changed, whole = float(np.abs(distance - length).sum()), float(length.sum())
    much = whole > 0 and changed > MUCH * whole
    return distance, _warning(changed / whole, distance) if much else None


def _warning(share: float, distance: Floats) -> str:
    few = np.unique(distance[~np.eye(len(distance), dtype=np.bool_)])
    remainder = f"; what is left of them is {_listed(few.tolist())}" if len(few) <= 3 else ""
    return (
        f"rounding changes the distances by {share:.0%} of their sum{remainder}: "
        "the plan is the best of the rounded ones; "
        'give rounding="none" for the distances as they are'
    )


def _listed(numbers: Sequence[float]) -> str:
    *most, last = (f"{number:g}" for number in numbers)
    return f"{', '.join(most)} and {last}" if most else last
