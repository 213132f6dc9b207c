from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest

from problems.logistics import VehicleRouting
from problems.logistics.routing.models.route_sets import shortest_routes

from .... import tiny


def _length(distance: np.ndarray, route: tuple[int, ...]) -> float:
    return float(sum(distance[a, b] for a, b in pairwise([0, *route, 0])))


@pytest.mark.parametrize("seed", range(8))
def test_shortest_routes_are_those_of_brute_force(seed: int) -> None:
    """Distances that differ by direction and break the triangle inequality.

    Every set that fits, in every order.
    """
    random = np.random.default_rng(seed)
    distance, demand = (
        random.integers(1, 50, (6, 6)).astype(float),
        np.append(0, random.integers(1, 5, 5)),
    )
    found = shortest_routes(distance, demand, capacity=8, limit=100)
    fitting = [
        c for k in range(1, 6) for c in combinations(range(1, 6), k) if sum(demand[list(c)]) <= 8
    ]
    best = {
        frozenset(c): min(_length(distance, route) for route in permutations(c)) for c in fitting
    }
    assert found is not None
    assert {frozenset(route): length for route, length in found.items()} == best
    assert [_length(distance, route) for route in found] == list(found.values())


def test_of_routes_as_long_the_first_is_taken() -> None:
    """So that the same instance has the same model each time."""
    assert list(
        shortest_routes(np.ones((3, 3)), np.array([0, 1, 1]), capacity=2, limit=3) or ()
    ) == [(1,), (2,), (1, 2)]


def test_more_sets_than_the_limit_are_none_at_all() -> None:
    """Three customers, any two in a truck: six sets."""
    distance, demand = np.ones((4, 4)), np.array([0, 1, 1, 1])
    assert len(shortest_routes(distance, demand, capacity=2, limit=6) or ()) == 6
    assert shortest_routes(distance, demand, capacity=2, limit=5) is None


def test_the_model_speaks_of_routes_customers_and_vehicles() -> None:
    cqm = VehicleRouting(np.ones((3, 3)), [0, 1, 1], capacity=2, vehicles=1).model()
    assert list(cqm.variables) == ["route[1]", "route[2]", "route[1>2]"]
    assert list(cqm.constraints) == ["served[1]", "served[2]", "vehicles"]


@pytest.mark.parametrize(
    "distance", [tiny.SQUARE, np.arange(25.0).reshape(5, 5)], ids=["square", "one-way"]
)
def test_the_energy_of_a_plan_is_the_distance_of_its_shortest_routes(distance: np.ndarray) -> None:
    """For every plan whose loads fit, and so is feasible."""
    problem = VehicleRouting(
        distance, [0, 2, 1, 2, 1], capacity=3, vehicles=2, formulation="routes"
    )
    cqm = problem.model()
    for plan in tiny.all_routings(problem):
        if all(route.load <= problem.capacity for route in plan.routes):
            sample = problem.encode(plan)
            assert cqm.check_feasible(sample)
            assert cqm.objective.energy(sample) == pytest.approx(
                problem.evaluate(problem.decode(sample)).objective
            )


def test_chosen_routes_that_share_a_customer_show_it() -> None:
    problem = VehicleRouting(np.ones((3, 3)), [0, 1, 1], capacity=2, vehicles=2)
    plan = problem.decode({"route[1]": 1, "route[2]": 0, "route[1>2]": 1})
    assert [str(violation) for violation in problem.evaluate(plan).violations] == [
        "served[1] by 1 visits"
    ]
