"""Problems small enough to enumerate, with optima found by enumerating plans, not models."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import dimod
import numpy as np

from problems.logistics import VehicleRouting
from problems.portfolio import MeanVariance
from problems.scheduling import JobShop

# a square with the depot in its middle, sides 10, diagonals rounded
SQUARE = np.array(
    [[0, 7, 7, 7, 7], [7, 0, 10, 14, 10], [7, 10, 0, 10, 14], [7, 14, 10, 0, 10], [7, 10, 14, 10, 0]], dtype=np.float64
)


def routing(formulation: Any = "routes", customers: int = 4) -> VehicleRouting:
    n = customers + 1
    return VehicleRouting(
        SQUARE[:n, :n], demand=[0, 2, 1, 2, 1][:n], capacity=3, vehicles=2, name="square", formulation=formulation
    )


def shop() -> JobShop:
    """Two jobs that cross on two machines."""
    return JobShop((((0, 2), (1, 1)), ((1, 1), (0, 1))), name="cross", horizon=4)


def portfolio() -> MeanVariance:
    covariance = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])
    limits = {"max_assets": 2, "min_holding": 0.25, "lot": 0.25}
    return MeanVariance([0.05, 0.08, 0.12], covariance, risk_aversion=1.5, name="three", **limits)


def all_routings(problem: VehicleRouting) -> Iterator[Any]:
    """Every way to give the customers, in every order, to the trucks."""
    for order in itertools.permutations(problem.customers):
        for cuts in itertools.combinations_with_replacement(range(len(order) + 1), problem.vehicles - 1):
            ends = [0, *cuts, len(order)]
            yield problem.routes([order[a:b] for a, b in itertools.pairwise(ends)])


def all_schedules(problem: JobShop) -> Iterator[Any]:
    """Every semi-active schedule: one of them is optimal for the makespan."""
    steps = [(j, s) for j, job in enumerate(problem.jobs) for s in range(len(job))]
    for order in itertools.permutations(range(len(steps))):
        yield problem.semi_active(dict(zip(steps, order, strict=True)))


def all_allocations(problem: MeanVariance) -> Iterator[Any]:
    for lots in itertools.product(range(problem.total_lots + 1), repeat=len(problem.names)):
        if sum(lots) == problem.total_lots:
            yield problem.allocation(lots)


def optimum(problem: Any) -> float:
    plans = {VehicleRouting: all_routings, JobShop: all_schedules, MeanVariance: all_allocations}[type(problem)](problem)
    scores = (problem.evaluate(plan) for plan in plans)
    return min(score.objective for score in scores if score.feasible)


PROBLEMS = {
    "routes": routing(),
    "slots": routing("slots", customers=3),
    "job-shop": shop(),
    "mean-variance": portfolio(),
}


def random_cqm(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """A small model with all kinds of variables and constraints."""
    cqm = dimod.ConstrainedQuadraticModel()
    binaries = [dimod.Binary(f"b{k}") for k in range(random.integers(3, 5))]
    others: list[Any] = []
    if random.random() < 0.5:
        low = int(random.integers(-2, 1))
        others.append(dimod.Integer("i", lower_bound=low, upper_bound=low + int(random.integers(1, 4))))
    if random.random() < 0.5:
        others.append(dimod.Spin("s"))
    variables = others + binaries  # the binaries last, so that no constraint on them begins at variable 0
    objective = sum(float(random.integers(-5, 6)) * v for v in variables)
    for u, v in itertools.combinations(variables, 2):
        if random.random() < 0.5:
            objective += float(random.integers(-5, 6)) * u * v
    if others and next(iter(others[0].variables)) == "i":
        objective += float(random.integers(-3, 4)) * others[0] * others[0]
    cqm.set_objective(objective)
    halves = sum(float(random.integers(-3, 4)) / 2 * v for v in variables if v is not binaries[0]) + 0.5 * binaries[0]
    cqm.add_constraint(halves <= float(random.integers(-2, 4)) / 2, label="inequality")
    cqm.add_constraint(sum(binaries) <= 1, label="at most one")
    cqm.add_constraint(sum(variables) == 1, label="equality")
    cqm.add_constraint(binaries[0] + 2 * binaries[1] + sum(others) >= 1, label="at least")
    cqm.add_constraint(2 * binaries[1] * binaries[2] == 0, label="product")
    return cqm
