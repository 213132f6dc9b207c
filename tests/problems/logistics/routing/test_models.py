"""Windows, durations, types, depots and prizes: models against plans, by enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dimod
import numpy as np
import pytest

from problems.logistics import Routes, VehicleRouting, VehicleType
from problems.logistics.routing.models.route_sets import RouteSets

from ... import models
from .test_trips import timed


def all_plans(problem: VehicleRouting) -> Iterator[Routes]:
    """Every way to give customers, in every order, to vehicles of every type.

    Who may be left out also is.
    """
    trips = problem._trips
    vehicles = [kind for kind, vehicle in enumerate(trips.types) for _ in range(vehicle.count)]
    optional = [c for c in problem.customers if trips.prize[c] < np.inf]
    for out in itertools.chain.from_iterable(
        itertools.combinations(optional, k) for k in range(len(optional) + 1)
    ):
        inside = [c for c in problem.customers if c not in out]
        for order in itertools.permutations(inside):
            for cuts in itertools.combinations_with_replacement(
                range(len(order) + 1), len(vehicles) - 1
            ):
                ends = [0, *cuts, len(order)]
                parts = [order[a:b] for a, b in itertools.pairwise(ends)]
                yield problem._trips.plan(zip(parts, vehicles, strict=True))


def best(problem: VehicleRouting) -> float:
    scores = (problem.evaluate(plan) for plan in all_plans(problem))
    return min(score.objective for score in scores if score.feasible)


def mixed(seed: int, customers: int = 3, *, windows: bool = True, **changes: Any) -> VehicleRouting:
    """Two depots, two types with costs of their own, a prize, windows that leave something."""
    random = np.random.default_rng(seed)
    n = customers + 2
    opens = random.integers(0, 6, n)
    hours = np.stack([opens, opens + random.integers(6, 12, n)], axis=1).astype(float)
    hours[:2] = [[0, 40], [1, 30]]
    ways = random.integers(1, 7, (n, n)).astype(float)
    fleet = [
        VehicleType(4, 1, "van", 3.0, 2.0),
        VehicleType(3, 1, "bike", 0.0, 1.5, depot=1, max_duration=14.0),
    ]
    data: dict[str, Any] = {
        "distance": ways,
        "demand": np.concatenate([[0, 0], random.integers(1, 3, customers)]),
        "fleet": fleet,
        "depots": 2,
        "windows": hours if windows else None,
        "prize": np.append(np.full(n - 1, np.inf), 5.0),
    }
    return VehicleRouting(**data | changes)


PROBLEMS = {
    "windows": timed(1, 3, vehicles=2, formulation="routes"),
    "durations": timed(3, 3, vehicles=2, formulation="routes", max_duration=18.0),
    "mixed": mixed(1),
    "mixed without windows": mixed(2, windows=False),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_route_sets_know_all_features(name: str) -> None:
    """The optimum by enumerating assignments is that by enumerating plans.

    Each best plan is encoded at its cost.
    """
    problem = PROBLEMS[name]
    assert isinstance(problem._model, RouteSets)
    assert problem.model_is_exact
    cqm = problem.model()
    assert problem.model_size() == models.size(cqm)
    assert models.optimum(cqm) == pytest.approx(best(problem))
    plan = min(
        (p for p in all_plans(problem) if problem.evaluate(p).feasible),
        key=lambda p: problem.evaluate(p).objective,
    )
    sample = problem.encode(plan)
    assert cqm.check_feasible(sample)
    assert cqm.objective.energy(sample) == pytest.approx(problem.evaluate(plan).objective)
    assert problem.evaluate(problem.decode(sample)).objective == pytest.approx(
        problem.evaluate(plan).objective
    )


@pytest.mark.parametrize(
    "problem", [timed(1, 3, vehicles=2), mixed(1), mixed(2, windows=False), mixed(5, windows=False)]
)
def test_slots_charge_every_plan_its_cost_and_let_no_feasible_one_down(
    problem: VehicleRouting,
) -> None:
    """Without windows what is feasible there is feasible here, too.

    With windows pairs of customers are.
    """
    problem = replace(problem, formulation="slots")
    cqm = problem.model()
    assert problem.model_size() == models.size(cqm)
    assert problem.model_is_exact == (problem.windows is None)
    verdicts = set()
    for plan in all_plans(problem):
        if max((len(route.customers) for route in plan.routes), default=0) > problem.most_stops:
            continue
        sample, score = problem.encode(plan), problem.evaluate(plan)
        feasible = cqm.check_feasible(sample)
        assert cqm.objective.energy(sample) == pytest.approx(score.objective)
        if (
            problem.windows is None
            or max((len(route.customers) for route in plan.routes), default=0) <= 2
        ):
            assert feasible == score.feasible
        elif score.feasible:
            assert feasible
        assert {(r.customers, r.vehicle) for r in problem.decode(sample).routes} == {
            (r.customers, r.vehicle) for r in plan.routes
        }
        verdicts.add(feasible)
    assert verdicts == {True, False}


@pytest.mark.parametrize("problem", [mixed(2, windows=False), mixed(5, windows=False)])
def test_slots_have_no_better_assignment_than_the_best_plan(problem: VehicleRouting) -> None:
    problem = replace(problem, formulation="slots")
    cqm = problem.model()
    n = len(cqm.variables)
    assert n <= 20
    bits = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.int8)
    per_customer = bits.reshape(len(bits), 3, -1).sum(axis=2)
    bits = bits[(per_customer <= 1).all(axis=1)]
    scored = dimod.SampleSet.from_samples_cqm((bits, list(cqm.variables)), cqm).record
    assert scored.energy[scored.is_feasible].min() == pytest.approx(best(problem))


def test_what_is_too_late_straight_may_be_in_time_by_another_customer() -> None:
    """From 1 to 2 takes 10, and by way of 3 only 2: 1 may be before 2 in a trip, not next."""
    ways = np.full((4, 4), 3.0)
    np.fill_diagonal(ways, 0.0)
    ways[0, 1] = ways[1, 3] = ways[3, 2] = ways[2, 0] = 1.0
    ways[1, 2] = 10.0
    problem = VehicleRouting(
        ways,
        demand=[0, 1, 1, 1],
        capacity=3,
        vehicles=2,
        windows=[(0, 50), (0, 50), (0, 5), (0, 50)],
        formulation="slots",
    )
    cqm = problem.model()
    for order, timely in (((1, 3, 2), True), ((1, 2), False), ((2, 1), True)):
        rest = [c for c in (1, 2, 3) if c not in order]
        plan = problem.routes([order, rest] if rest else [order])
        assert problem.evaluate(plan).feasible == timely
        assert cqm.check_feasible(problem.encode(plan)) == timely


@pytest.mark.parametrize(
    "limits",
    [
        {"windows": [(0, 12), (0, 12), (0, 12)]},
        {"windows": [(0, 90), (0, 90), (0, 90)], "max_duration": 12},
    ],
)
def test_two_that_come_home_too_late_are_no_pair(limits: dict[str, Any]) -> None:
    """Home from 2 takes 10, and a trip 12 at most: 2 is in time alone, and not behind 1."""
    ways = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 3.0], [10.0, 20.0, 0.0]])
    demand = [0, 1, 1]
    problem = VehicleRouting(
        ways, demand=demand, capacity=3, vehicles=2, formulation="slots", **limits
    )
    _, never, not_next = problem._model._conflicts[0]
    assert (never | not_next)[0, 1]
    cqm = problem.model()
    for routes, timely in (([(1, 2)], False), ([(1,), (2,)], True)):
        plan = problem.routes(routes)
        assert problem.evaluate(plan).feasible == timely
        assert cqm.check_feasible(problem.encode(plan)) == timely


def test_windows_forbid_pairs_by_name() -> None:
    """Customer 2 closes before anyone can come there from 1."""
    at = np.array([0.0, 5, 6])
    windows = np.array([[0, 99], [0, 99], [0, 6.0]])
    problem = VehicleRouting(
        abs(at[:, None] - at),
        [0, 1, 1],
        2,
        1,
        windows=windows,
        service=[0, 1, 1],
        formulation="slots",
    )
    cqm = problem.model()
    assert "order[truck 1]" in cqm.constraints
    plans = {
        order: cqm.check_feasible(problem.encode(problem.routes([order])))
        for order in ((1, 2), (2, 1))
    }
    assert plans == {(1, 2): False, (2, 1): True}


def test_greedy_and_improve_keep_windows() -> None:
    problem = timed(3, 4)
    plan = problem.greedy()
    better = problem.improve(plan)
    first, second = problem.evaluate(plan), problem.evaluate(better)
    assert first.feasible
    assert second.feasible
    assert second.objective <= first.objective


@pytest.mark.parametrize("seed", range(6))
def test_greedy_and_improve_of_mixed_fleets(seed: int) -> None:
    problem = mixed(seed, windows=False)
    plan = problem.greedy()
    better = problem.improve(plan)
    assert problem.evaluate(better).objective <= problem.evaluate(plan).objective + 1e-9
    assert len(problem.evaluate(better).violations) <= len(problem.evaluate(plan).violations)
    assert problem.improve(better) is better


def test_a_fleet_that_is_too_small_is_said_before_anything_is_solved() -> None:
    import qopt

    with pytest.raises(qopt.Infeasible, match="demands add up to 6; all 1 trucks together hold 4"):
        VehicleRouting(np.ones((4, 4)), [0, 2, 2, 2], 4, 1).greedy()
