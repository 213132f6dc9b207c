"""Runs whose objectives are written down in the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qopt.compare import Run

Objectives = Sequence[float | None]


def run(objective: float | None = 100.0, **more: Any) -> Run:
    """One run; a run without an objective is "infeasible"."""
    given = {
        "instance": "one",
        "solver": "a",
        "seed": 0,
        "sense": "min",
        "outcome": "infeasible" if objective is None else "feasible",
        "seconds": 10.0,
        "deadline": 10.0,
    }
    return Run(objective=objective, **{**given, **more})


def runs(objectives: Mapping[tuple[str, str], Objectives], **more: Any) -> list[Run]:
    """By instance and solver, the objectives of seeds 0, 1, ..."""
    return [
        run(value, instance=instance, solver=solver, seed=seed, **more)
        for (instance, solver), values in objectives.items()
        for seed, value in enumerate(values)
    ]


def noisy(
    gaps: Mapping[str, float],
    *,
    instances: int,
    seeds: int,
    spread: float = 0.2,
    seed: int = 1,
    **more: Any,
) -> list[Run]:
    """Runs of solvers with the mean gaps given, in percent, from a best known value of 1000."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(instances):
        hard = random.uniform(0, 1)
        for solver, mean in gaps.items():
            suits = hard + spread * random.normal()
            values = mean + suits + spread * random.normal(size=seeds)
            found += runs(
                {(f"i{number:03}", solver): [1000 / (1 - value / 100) for value in values]},
                **{"best_known": 1000.0, **more},
            )
    return found
