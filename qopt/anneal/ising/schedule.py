"""Temperatures read off the instance, and the ladders of replicas at them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..core.ising import Floats, Ints
from ..core.vectors import aligned
from .layout import Layout

HOT = 1 / 2  # first temperature of an anneal, in median flip costs at a local minimum
COOLING = 50.0  # first temperature over last


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
        self.proposed = np.zeros(rungs - 1, dtype=np.int64)
        self.accepted = np.zeros(rungs - 1, dtype=np.int64)

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
