"""Profiles: data for pictures and for nothing else.

A performance profile may not rank more than two solvers: where the best is left out, the others
can change places (Gould and Scott 2016; arXiv 1809.06270).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..records import Document


@dataclass(frozen=True)
class Profile(Document):
    """The share of cases whose value is at most `values[k]` is `shares[k]`."""

    values: tuple[float, ...]
    shares: tuple[float, ...]


def profile(values: Sequence[float]) -> Profile:
    """The shares of all cases; infinite values are in the denominator alone."""
    given = np.asarray(values, dtype=float)
    finite, counts = np.unique(given[np.isfinite(given)], return_counts=True)
    shares = np.cumsum(counts) / len(given)
    return Profile(tuple(finite.tolist()), tuple(shares.tolist()))


def performance_profiles(costs: Mapping[str, Sequence[float]]) -> dict[str, Profile]:
    """Of each solver, the share of instances on which it needs at most so many times the least.

    `costs` are above 0, a solver's in the order of the instances, infinite where it did not get
    there. Source: Dolan and More 2002.
    """
    least = np.min([list(row) for row in costs.values()], axis=0)
    with np.errstate(invalid="ignore"):
        return {
            name: profile(np.where(np.isinf(row), np.inf, np.asarray(row) / least).tolist())
            for name, row in costs.items()
        }
