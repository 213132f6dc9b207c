"""Small models of the shapes that D-Wave's public examples have, sampled as their scripts do: an
optimum each.

The scripts themselves are run where `QOPT_OCEAN_EXAMPLES` names a folder of their repositories:
`test_ocean_examples`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import dimod
import numpy as np
import pytest

from qopt.samplers import CqmAnnealer as LeapHybridCQMSampler

Model = dimod.ConstrainedQuadraticModel


def knapsack() -> Model:
    """Objective and row built from quadratic models with numbers for labels."""
    worth, weight = [9, 11, 13, 15, 4, 7, 8], [3, 4, 5, 6, 2, 3, 4]
    objective, room = dimod.BinaryQuadraticModel(vartype="BINARY"), dimod.QuadraticModel()
    for k, (value, size) in enumerate(zip(worth, weight, strict=True)):
        objective.set_linear(objective.add_variable(k), -value)
        room.set_linear(room.add_variable("BINARY", k), size)
    cqm = Model()
    cqm.set_objective(objective)
    cqm.add_constraint(room, sense="<=", rhs=15, label="capacity")
    return cqm


def hubs() -> Model:
    """Flights by way of two hubs, cheaper between them: a quadratic objective, and hubs that must
    be open.
    """
    random = np.random.default_rng(2)
    n = 4
    flow, cost = random.random((n, n)), random.random((n, n))
    x = {(i, j): dimod.Binary((i, j)) for i in range(n) for j in range(n)}
    cqm = Model()
    legs = [flow[i, j] * cost[i, k] * x[i, k] for i, j, k in itertools.product(range(n), repeat=3)]
    between = [
        0.4 * flow[i, j] * cost[k, m] * x[i, k] * x[j, m]
        for i, j, k, m in itertools.product(range(n), repeat=4)
        if i != j and k != m
    ]
    cqm.set_objective(dimod.quicksum(legs + between))
    for i in range(n):
        cqm.add_discrete([(i, j) for j in range(n)], label=f"one hub for {i}")
        for j in range(n):
            if i != j:
                cqm.add_constraint(x[i, j] - x[i, j] * x[j, j] == 0, label=f"open {i} {j}")
    cqm.add_constraint(dimod.quicksum([x[j, j] for j in range(n)]) == 2, label="hubs")
    return cqm


def shifts() -> Model:
    """Wishes, fair numbers of shifts, no day off between two others, and a trainee with the
    trainer.
    """
    days, people = range(4), ("Ann", "Bo", "Bo-Tr")
    x = {(p, d): dimod.Binary(f"{p}_{d}") for d in days for p in people}
    wish = dimod.BinaryQuadraticModel(vartype="BINARY")
    for p, d in (("Ann", 0), ("Bo", 3), ("Bo-Tr", 2)):
        wish += -x[p, d]
    for p in people:
        wish += (dimod.quicksum([x[p, d] for d in days]) - 2.5) ** 2
    cqm = Model()
    cqm.set_objective(wish)
    cqm.add_constraint(x["Ann", 3] == 0, label="unavailable,Ann,3")
    for d in days:
        cqm.add_constraint(sum(x[p, d] for p in people) >= 1, label=f"understaffed,,{d}")
        trainee, trainer = x["Bo-Tr", d], x["Bo", d]
        cqm.add_constraint(trainee - trainee * trainer == 0, label=f"trainee,,{d}")
    for p in people:
        for d in days[:-2]:
            a, b, c = (x[p, d + k] for k in range(3))
            cqm.add_constraint(-3 * b + a * b + b * c + a * c <= 0, label=f"isolated,{p},{d}")
    return cqm


def portfolio() -> Model:
    """Whole shares at prices of floats, bounds of numpy, a budget that must be used, and a risk of
    two.
    """
    price, gain = np.array([34.5, 20.25, 51.0]), np.array([0.02, 0.01, 0.04])
    cover = np.array([[0.01, 0.002, -0.001], [0.002, 0.02, 0.003], [-0.001, 0.003, 0.05]])
    most = (130 / price).astype(int)
    x = [dimod.Integer(f"s{k}", lower_bound=0, upper_bound=most[k]) for k in range(3)]
    risk = sum(
        cover[a, b] * price[a] * price[b] * x[a] * x[b]
        for a, b in itertools.product(range(3), repeat=2)
    )
    cqm = Model()
    spent = dimod.quicksum([x[k] * price[k] for k in range(3)])
    cqm.add_constraint(spent <= 130, label="upper")
    cqm.add_constraint(spent >= 0.97 * 130, label="lower")
    cqm.set_objective(0.005 * risk - sum(price[k] * gain[k] * x[k] for k in range(3)))
    cqm.substitute_self_loops()
    return cqm


def rebalancing() -> Model:
    """Buying and selling cost a share of the amount: integers times indicators in the rows."""
    price, had = [10.0, 14.0], [3, 2]
    x = [dimod.Integer(f"s{k}", upper_bound=6) for k in range(2)]
    y = [dimod.Binary(f"Y[{k}]") for k in range(2)]
    t = 0.05
    cost = sum(
        2 * t * price[k] * x[k] * y[k]
        + price[k] * (1 - t) * x[k]
        - 2 * t * price[k] * had[k] * y[k]
        - price[k] * (1 - t) * had[k]
        for k in range(2)
    )
    cqm = Model()
    cqm.set_objective(-3 * x[0] - 5 * x[1])
    cqm.add_constraint(cost <= 4, label="upper")
    for k in range(2):
        cqm.add_constraint(x[k] - had[k] * y[k] >= 0, label=f"at least {k}")
        cqm.add_constraint(x[k] - x[k] * y[k] <= had[k], label=f"at most {k}")
    return cqm


def tour(penalty: str = "linear") -> Model:
    """A way to go for each leg; cost, time and slopes are soft, with weights."""
    random = np.random.default_rng(5)
    ways = {"walk": (1, 0, 1), "cycle": (3, 2, 2), "drive": (7, 5, 0)}
    legs = [
        (round(float(random.uniform(2, 9)), 1), round(float(random.uniform(0, 10)), 1))
        for _ in range(4)
    ]
    x = {(w, k): dimod.Binary(f"{w}_{k}") for k in range(4) for w in ways}
    cqm = Model()
    cqm.set_objective(
        -dimod.quicksum([x[w, k] * ways[w][2] * legs[k][0] * legs[k][1] for w, k in x])
    )
    for k in range(4):
        cqm.add_constraint(dimod.quicksum([x[w, k] for w in ways]) == 1, label=f"leg {k}")
        for w in ("walk", "cycle"):
            cqm.add_constraint(
                x[w, k] * legs[k][1] <= 6, label=f"steep {w} {k}", weight=15.0, penalty=penalty
            )
    cost = dimod.quicksum([x[w, k] * ways[w][1] * legs[k][0] for w, k in x])
    time = dimod.quicksum([x[w, k] * legs[k][0] / ways[w][0] for w, k in x])
    cqm.add_constraint(cost <= 40, label="Total cost", weight=10.0, penalty=penalty)
    cqm.add_constraint(time <= 9, label="Total time", weight=3.0, penalty=penalty)
    cqm.add_constraint(x["drive", 1] == 0, label="toll")
    return cqm


def features() -> Model:
    """So many of the features, each related to the target and not to each other: a full symmetric
    matrix.
    """
    random = np.random.default_rng(8)
    table = np.abs(np.corrcoef(random.random((30, 10)), rowvar=False))
    cqm = Model()
    cqm.add_variables("BINARY", 9)
    cqm.add_constraint(((v, 1) for v in cqm.variables), "==", 4, label="4-hot")
    np.fill_diagonal(table, table[:, -1] * (-2 * 0.5 * 4))
    cqm.set_objective((i, j, table[i, j]) for i in range(9) for j in range(9))
    return cqm


def jobs(*, products: bool) -> Model:
    """Two jobs on two machines, in whole starts; which comes first as a product or beside a large
    number.
    """
    times = {("0", "0"): 3, ("0", "1"): 2, ("1", "1"): 2, ("1", "0"): 2}
    most = 9
    cqm = Model()
    end = dimod.Integer("makespan", lower_bound=0, upper_bound=most)
    x = {key: dimod.Integer(f"x{'_'.join(key)}", upper_bound=most) for key in times}
    cqm.set_objective(end)
    cqm.add_constraint(x["0", "1"] - x["0", "0"] >= 3, label="job 0")
    cqm.add_constraint(x["1", "0"] - x["1", "1"] >= 2, label="job 1")
    for machine in "01":
        a, b = x["0", machine], x["1", machine]
        p, q = times["0", machine], times["1", machine]
        y = dimod.Binary(f"y{machine}")
        if products:
            after = a - b - 2 * y * a + 2 * y * b  # a - b, or b - a where y is 1
            cqm.add_constraint(after - p * y - q * (1 - y) >= 0, label=f"machine {machine}")
        else:
            cqm.add_constraint(a - b - q + most * y >= 0, label=f"after {machine}")
            cqm.add_constraint(b - a - p + most * (1 - y) >= 0, label=f"before {machine}")
    for key, spent in times.items():
        cqm.add_constraint(end - x[key] >= spent, label=f"end {'_'.join(key)}")
    return cqm


MODELS: dict[str, Callable[[], Model]] = {
    "knapsack": knapsack,
    "airline hubs": hubs,
    "employee scheduling": shifts,
    "portfolio": portfolio,
    "portfolio with costs": rebalancing,
    "tour, linear": tour,
    "tour, quadratic": lambda: tour("quadratic"),
    "feature selection": features,
}


@pytest.mark.parametrize("name", MODELS)
def test_the_best_feasible_sample_is_the_optimum(name: str) -> None:
    cqm = MODELS[name]()
    with LeapHybridCQMSampler(profile=None) as sampler:
        found = sampler.sample_cqm(cqm, label=f"Example - {name}", num_sweeps=300, seed=1)
    feasible = found.filter(lambda row: row.is_feasible)
    exact = dimod.ExactCQMSolver().sample_cqm(cqm).filter(lambda row: row.is_feasible)
    assert feasible.first.energy == pytest.approx(exact.first.energy)
    again = dimod.SampleSet.from_samples_cqm(feasible, cqm).record
    np.testing.assert_allclose(feasible.record.energy, again.energy, atol=1e-9)
    assert found.info["problem_label"] == f"Example - {name}"


@pytest.mark.parametrize("products", [True, False])
def test_a_job_shop_of_two_jobs_ends_at_5(products: bool) -> None:
    """Job 0 needs 3 + 2, and job 1 fits in: on machine 1 from 0 to 2, on machine 0 from 3 to 5."""
    sampler = LeapHybridCQMSampler(profile="mine")
    cqm = jobs(products=products)
    assert max(sampler.min_time_limit(cqm), 1) == 5
    found = sampler.sample_cqm(cqm, num_sweeps=300, seed=1)
    best = found.filter(lambda row: row.is_feasible).truncate(10).first.sample
    assert best["makespan"] == 5.0


def test_what_is_broken_is_named_by_the_labels_of_info() -> None:
    cqm = shifts()
    cqm.add_constraint(dimod.Binary("Ann_3") >= 1, label="understaffed,Ann,3")
    found = LeapHybridCQMSampler().sample_cqm(cqm, num_sweeps=300, seed=1)
    assert len(found.filter(lambda row: row.is_feasible)) == 0
    labels = found.info["constraint_labels"]
    broken = [labels[k] for k, kept in enumerate(found.first.is_satisfied) if not kept]
    assert set(broken) & {"unavailable,Ann,3", "understaffed,Ann,3"}
    assert "Ann,3" in found.info["infeasible"]


def boxes(sizes: list[tuple[float, float]], width: float, height: float) -> Model:
    """Boxes, turned or not, in a bin: REAL corners, the sides that pairs lie on, and the height
    that is used.
    """
    cqm = Model()
    n = len(sizes)
    x = [dimod.Real(f"x_{k}", lower_bound=0, upper_bound=width) for k in range(n)]
    y = [dimod.Real(f"y_{k}", lower_bound=0, upper_bound=height) for k in range(n)]
    top = dimod.Real("top", upper_bound=height)
    turned = [dimod.Binary(f"turned_{k}") for k in range(n)]
    wide = [a + (b - a) * t for (a, b), t in zip(sizes, turned, strict=True)]
    high = [b + (a - b) * t for (a, b), t in zip(sizes, turned, strict=True)]
    for i, k in itertools.combinations(range(n), 2):
        side = [dimod.Binary(f"side_{i}_{k}_{s}") for s in range(4)]
        cqm.add_discrete(dimod.quicksum(side), label=f"side_{i}_{k}")
        gaps = (
            (x[i] + wide[i] - x[k], width),
            (x[k] + wide[k] - x[i], width),
            (y[i] + high[i] - y[k], height),
            (y[k] + high[k] - y[i], height),
        )
        for s, (gap, large) in enumerate(gaps):
            cqm.add_constraint(gap - (1 - side[s]) * 2 * large <= 0, label=f"apart_{i}_{k}_{s}")
    for k in range(n):
        cqm.add_constraint(x[k] + wide[k] <= width, label=f"inside_{k}")
        cqm.add_constraint(y[k] + high[k] - top <= 0, label=f"below_{k}")
    cqm.set_objective(1 * top)
    return cqm


def test_boxes_with_real_corners_are_packed_as_low_as_they_can_be() -> None:
    """Four of 1 by 2.5 in a bin 2 wide: two beside each other, twice."""
    cqm = boxes([(1, 2.5)] * 4, 2, 12)
    found = LeapHybridCQMSampler().sample_cqm(cqm, num_sweeps=2000, seed=1)
    best = found.filter(lambda row: row.is_feasible).first
    assert best.energy == pytest.approx(5.0)
    assert "REAL variables in steps of 0.5" in found.info["notes"][0]
    assert cqm.violations(best.sample, skip_satisfied=True) == {}
