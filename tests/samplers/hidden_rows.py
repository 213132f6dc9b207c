"""QUBOs with rows in them, and without, and sampling them."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np

from problems.logistics import BinPacking, TravellingSalesman
from qopt.samplers import QuboAnnealer


def penalised(
    cqm: dimod.ConstrainedQuadraticModel, weight: float | None = None
) -> dimod.BinaryQuadraticModel:
    return dimod.cqm_to_bqm(cqm, lagrange_multiplier=weight)[0]


def tour(cities: int = 15) -> dimod.BinaryQuadraticModel:
    return penalised(TravellingSalesman.generate(cities=cities, seed=1).model())


def bins() -> dimod.BinaryQuadraticModel:
    return penalised(BinPacking.generate(items=8, seed=1).model(), 20.0)


def choices(
    groups: int, size: int, weight: float, seed: int, coupled: int | None = None
) -> dimod.BinaryQuadraticModel:
    """One of each group, by costs and by what pairs of neighbouring groups, of their first
    `coupled` bits, cost together.
    """
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary(f"{g}-{k}") for k in range(size)] for g in range(groups)]
    cqm.set_objective(
        dimod.quicksum(int(random.integers(-9, 10)) * bit for group in x for bit in group)
        + dimod.quicksum(
            int(random.integers(-9, 10)) * a * b
            for one, other in itertools.pairwise(x)
            for a in one[:coupled]
            for b in other[:coupled]
        )
    )
    for g, group in enumerate(x):
        cqm.add_constraint(dimod.quicksum(group) == 1, label=f"one[{g}]")
    return penalised(cqm, weight)


def sample(bqm: dimod.BinaryQuadraticModel, **options: Any) -> dimod.SampleSet:
    return QuboAnnealer().sample(bqm, **{"seed": 1} | options)


def same(one: dimod.SampleSet, other: dimod.SampleSet) -> bool:
    return bool(
        one.record.sample.tobytes() == other.record.sample.tobytes()
        and one.record.energy.tobytes() == other.record.energy.tobytes()
    )


def glass(n: int = 60) -> dimod.BinaryQuadraticModel:
    return dimod.generators.gnp_random_bqm(n, 0.3, "BINARY", random_state=n)


LIGHT = choices(8, 5, 3.0, 5, coupled=2)  # its ground state breaks some of the rows
