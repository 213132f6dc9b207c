"""Temperatures read off the instance."""

from __future__ import annotations

import numpy as np

from .ising import Floats

HOT = 1 / 2  # first temperature, in median flip costs at a local minimum
COOLING = 50.0  # first temperature over last


def beta_range_of(flip_costs: Floats) -> tuple[float, float]:
    """(hot, cold) inverse temperatures from what flips cost at local minima (any shape, at least 0).

    A median is not moved by a few biases a million times the rest, nor by the penalties of a constrained model being larger
    than its objective: at a local minimum they cost what mending them costs. Measured (`python -m tests.benchmarks.choices`,
    1000 sweeps): HOT of 1/2, 1/3, 1/6 gives mean cuts of 13338, 13315, 13255 on G22 and 10247, 10242, 10194 on G55, while the
    shares of feasible reads of penalty models hardly move: 0.59, 0.59, 0.57 on E-n13-k4. A COOLING of 10 gains 6 to 15 in the
    cuts and loses feasible reads there (0.46); sweeps that are too cold are nearly free, since they draw no random numbers.
    """
    positive = flip_costs[flip_costs > 0]
    if not len(positive):
        return 1.0, COOLING
    hot = HOT * float(np.median(positive))
    return 1.0 / hot, COOLING / hot


def geometric(beta_range: tuple[float, float], num_sweeps: int) -> Floats:
    """`num_sweeps` inverse temperatures from hot to cold, each the same factor above the last."""
    return np.geomspace(*beta_range, num_sweeps)
