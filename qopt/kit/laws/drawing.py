"""Assignments of a model at random, and its size, counted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...problem import ModelSize, Problem

if TYPE_CHECKING:
    import dimod
    import numpy as np


def drawn(
    problem: Problem[Any], random: np.random.Generator, ones: float = 0.3
) -> dict[Any, float]:
    """An assignment at random, within the bounds; `ones` is the share of binaries that are 1.

    Three times in four each row that asks for exactly one of its variables has one: few others
    decode to plans.
    """
    cqm = problem.model()
    sample: dict[Any, float] = {}
    for label in cqm.variables:
        low, high = cqm.lower_bound(label), cqm.upper_bound(label)
        binary = (low, high) == (0, 1)
        sample[label] = float(random.random() < ones) if binary else _whole(low, high, random)
    if random.random() < 0.75:
        for row in cqm.constraints.values():
            biases = row.lhs.linear
            if row.sense.value == "==" and set(biases.values()) == {1.0}:
                group = list(biases)
                sample |= dict.fromkeys(group, 0.0) | {group[int(random.integers(len(group)))]: 1.0}
    return sample


def feasible_assignments(
    cqm: dimod.ConstrainedQuadraticModel, random: np.random.Generator, count: int
) -> list[dict[Any, float]]:
    """At most `count` different ones, drawn from all; none of a model of more than 12 binaries."""
    import dimod
    import numpy as np

    n = len(cqm.variables)
    if not 0 < n <= 12 or any(cqm.vartype(label) is not dimod.BINARY for label in cqm.variables):
        return []
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    labelled = (bits.astype(np.int8), list(cqm.variables))
    scored = dimod.SampleSet.from_samples_cqm(labelled, cqm).record
    chosen = random.permutation(np.flatnonzero(scored.is_feasible))[:count].tolist()
    return [dict(zip(cqm.variables, bits[k].astype(float).tolist(), strict=True)) for k in chosen]


def model_size(cqm: dimod.ConstrainedQuadraticModel) -> ModelSize:
    """The size of a model, counted: couplings are the products of objective and constraints."""
    products = [comparison.lhs.num_interactions for comparison in cqm.constraints.values()]
    return ModelSize(
        len(cqm.variables), cqm.objective.num_interactions + sum(products), len(cqm.constraints)
    )


def _whole(low: float, high: float, random: np.random.Generator) -> float:
    return float(random.integers(math.ceil(low), math.floor(min(high, low + 1000)) + 1))
