"""Temperatures read off the instance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from ..core.ising import Floats, Ints
from ..core.vectors import aligned
from .layout import Layout

HOT = 1 / 2  # first temperature of an anneal, in median flip costs at a local minimum
COOLING = 50.0  # first temperature over last
WHOLE = 2**20  # sweeps whose temperatures are made at once


def beta_range_of(flip_costs: Floats) -> tuple[float, float]:
    """(hot, cold) inverse temperatures from what flips cost at local minima (any shape, at least
    0).

    Quantiles are not moved by a few biases a million times the rest, nor by the penalties of a
    constrained model being larger than its objective: at a local minimum they cost what mending
    them costs. Tempering narrows the range by what it measures.
    """
    positive = flip_costs[flip_costs > 0]
    if not len(positive):
        return 1.0, COOLING
    low, median, high = np.quantile(positive, [0.1, 0.5, 0.9])
    hot = max(HOT * float(median), 0.2 * float(high))
    return 1.0 / hot, 1.0 / min(hot / COOLING, 0.1 * float(low))


def geometric(beta_range: tuple[float, float], num_sweeps: int) -> Floats:
    """`num_sweeps` inverse temperatures from hot to cold, each the same factor above the last."""
    return np.geomspace(*beta_range, num_sweeps)


def course(ends: tuple[float, float], num_sweeps: int) -> Callable[[int, int], Floats]:
    """`geometric` from one sweep up to another; of very many sweeps no more is made than is asked
    for.
    """
    if num_sweeps <= WHOLE:
        every = geometric(ends, num_sweeps)
        return lambda first, stop: every[first:stop]
    start, stop = np.log10(ends)
    step = (stop - start) / (num_sweeps - 1)

    def part(first: int, stop: int) -> Floats:
        values = np.power(10.0, np.arange(first, stop) * step + start)
        values[: first == 0] = ends[0]
        if stop == num_sweeps:
            values[-1] = ends[1]
        return np.asarray(values)

    return part


@dataclass
class Ladder:
    """Inverse temperatures `betas` float64[rungs], hot to cold, of `holder.shape[0]` ladders of
    replicas.
    """

    betas: Floats
    kernel_betas: Floats
    holder: Ints  # int64[ladders, rungs]: the replica at each rung
    scale: Floats  # float32[replicas]: what its temperature is to the kernels
    proposed: Ints = field(init=False)
    accepted: Ints = field(init=False)

    def __post_init__(self) -> None:
        rungs = len(self.betas)
        self.proposed, self.accepted = (
            np.zeros(rungs - 1, dtype=np.int64),
            np.zeros(rungs - 1, dtype=np.int64),
        )

    @classmethod
    def of(cls, betas: Floats, layout: Layout, holder: Ints | None = None) -> Ladder:
        replicas = layout.form.replicas
        if holder is None:
            holder = np.arange(replicas, dtype=np.int64).reshape(-1, len(betas))
        scale = aligned((replicas,), np.float32)
        scale[holder] = layout.scale(betas)[None, :]
        return cls(betas, betas / layout.unit, holder, scale)

    @property
    def exchange_rates(self) -> Floats:
        """float64[rungs - 1]: the share of the exchanges between neighbouring rungs that were
        accepted.
        """
        return np.asarray(self.accepted / np.maximum(self.proposed, 1))


def thermodynamic_length(betas: Floats, energies: Floats) -> Floats:
    """float64[k] from 0: how far apart temperatures are for exchanges, from the mean energies at
    rising `betas`.

    Neighbours at distance d exchange at a rate of about erfc(d / 2), since d^2 = (beta' - beta)(E -
    E') is the mean exponent of an exchange (Kofke 2002): ladders even in this length exchange
    evenly.
    """
    fallen = np.minimum.accumulate(energies)
    return np.concatenate([[0.0], np.cumsum(np.sqrt(np.diff(betas) * -np.diff(fallen)))])


def exchange_length(rates: Floats) -> Floats:
    """The same from 0, from the `rates` float64[k - 1] at which neighbours were seen to exchange,
    inverting erfc(d / 2).
    """
    normal = NormalDist()
    distances = [
        -math.sqrt(2.0) * normal.inv_cdf(min(max(float(rate), 0.01), 0.99) / 2) for rate in rates
    ]
    return np.concatenate([[0.0], np.cumsum(distances)])


def even(betas: Floats, lengths: Floats, rungs: int) -> Floats:
    """`rungs` inverse temperatures that lie evenly along the lengths of `betas`."""
    rising = lengths + np.linspace(0.0, 1e-9 * (1.0 + lengths[-1]), len(lengths))
    return np.interp(np.linspace(rising[0], rising[-1], rungs), rising, betas)
