"""How many vehicles are enough, against all plans.

And packings that are found, against all packings.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import VehicleRouting
from problems.logistics.routing.fleet_size import colours, enough, packs


def _cheapest_by_trucks(problem: VehicleRouting) -> list[float]:
    """The cost of the best plan with 1, 2, ... trucks at most; inf for none.

    Customers are shared out in every way.
    """
    customers = list(problem.customers)
    trip: dict[frozenset[int], float] = {}
    for size in range(1, len(customers) + 1):
        for chosen in itertools.combinations(customers, size):
            if problem.demand[list(chosen)].sum() <= problem.capacity:
                length = min(
                    sum(problem.distance[a, b] for a, b in itertools.pairwise((0, *order, 0)))
                    for order in itertools.permutations(chosen)
                )
                services = 0 if problem.service is None else problem.service[list(chosen)].sum()
                if length + services <= (problem.max_duration or np.inf) + 1e-9:
                    trip[frozenset(chosen)] = length
    best = {frozenset[int](): 0.0}
    found = []
    for _ in customers:
        grown = dict(best)
        for served, cost in best.items():
            for chosen, more in trip.items():
                if not served & chosen:
                    both = served | chosen
                    grown[both] = min(grown.get(both, np.inf), cost + more)
        best = grown
        found.append(best.get(frozenset(customers), np.inf))
    return found


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.data())
def test_more_vehicles_than_enough_are_no_better(data: st.DataObject) -> None:
    """Whatever the ways are: with broken triangles, rounded, or one-way streets."""
    n = data.draw(st.integers(2, 5))
    ways = data.draw(st.lists(st.integers(0, 6), min_size=(n + 1) ** 2, max_size=(n + 1) ** 2))
    distance = np.array(ways, dtype=np.float64).reshape(n + 1, n + 1)
    if data.draw(st.booleans()):
        distance = distance + distance.T
    demand = [0, *data.draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))]
    problem = VehicleRouting(distance, demand, capacity=6)
    cheapest = _cheapest_by_trucks(problem)
    assert problem.vehicles is not None
    assert 1 <= problem.vehicles <= n
    assert cheapest[problem.vehicles - 1] == cheapest[-1]


def test_two_half_empty_trucks_are_one_too_many() -> None:
    """Four customers of 3 units on a line, 6 a truck: two trucks; of 4 units: four."""
    line = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    number, why = enough(VehicleRouting(line, [0, 3, 3, 3, 3], 6, 4)._trips)
    assert (number, why) == (3, "as two that are half empty could be one")
    assert VehicleRouting(line, [0, 4, 4, 4, 4], 6).vehicles == 4


def test_windows_take_a_vehicle_for_each_customer() -> None:
    line = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    problem = VehicleRouting(line, [0, 1, 1, 1], 9, windows=[[0, 9], [0, 9], [0, 9], [0, 9]])
    assert problem.vehicles == 3
    assert problem.notes[0].endswith("one for each customer, as times may keep trips apart")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.data())
def test_more_vehicles_than_enough_are_no_better_with_a_longest_trip(data: st.DataObject) -> None:
    """Places in the plane, whose distances are rounded or not, and services.

    Everyone can be served in the longest trip.
    """
    n = data.draw(st.integers(2, 5))
    places = np.array(
        data.draw(st.lists(st.tuples(*[st.integers(0, 9)] * 2), min_size=n + 1, max_size=n + 1))
    )
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1).astype(np.float64))
    if data.draw(st.booleans()):
        distance = np.floor(distance + 0.5)
    service = [0, *data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))]
    alone = max(2 * distance[0] + service)
    longest = float(alone) + data.draw(st.integers(1, 20))
    problem = VehicleRouting(
        distance, [0] + [1] * n, capacity=3, service=service, max_duration=longest
    )
    cheapest = _cheapest_by_trucks(problem)
    assert problem.vehicles is not None
    assert cheapest[problem.vehicles - 1] == pytest.approx(cheapest[-1])


def test_a_longest_trip_bounds_the_vehicles_by_a_first_plan() -> None:
    """Twelve customers in a row, 1 to 12 away: a round of 24 serves them all."""
    line = np.abs(np.subtract.outer(np.arange(13.0), np.arange(13.0)))
    assert VehicleRouting(line, [0] + [1] * 12, 100, max_duration=24).vehicles == 2


def test_neighbours_have_different_colours() -> None:
    ring = np.roll(np.eye(5, dtype=np.bool_), 1, axis=1)
    assert colours(ring | ring.T) == 3
    assert colours(np.zeros((4, 4), dtype=np.bool_)) == 1
    assert colours(~np.eye(4, dtype=np.bool_)) == 4


def _can_pack(demand: list[int], capacity: int, trucks: int) -> bool:
    return any(
        all(
            sum(d for d, at in zip(demand, where, strict=True) if at == k) <= capacity
            for k in range(trucks)
        )
        for where in itertools.product(range(trucks), repeat=len(demand))
    )


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=7), st.integers(4, 20), st.integers(1, 3))
def test_a_packing_that_is_found_exists(demand: list[int], capacity: int, trucks: int) -> None:
    if packs(np.array(demand, dtype=np.float64), capacity, trucks):
        assert _can_pack(demand, capacity, trucks)


@pytest.mark.parametrize(
    ("demand", "capacity", "trucks", "found"),
    [
        ([6, 5, 5, 4], 10, 2, True),
        ([7, 6, 5, 4, 3, 5], 15, 2, True),  # 7 + 5 + 3 and 6 + 5 + 4 leave no room at all
        ([6, 6, 6], 10, 2, False),
        ([11], 10, 3, False),
        ([0.1, 0.1, 0.1], 0.2, 2, True),
        ([], 5, 1, True),
    ],
)
def test_trucks_are_filled_to_the_brim(
    demand: list[float], capacity: float, trucks: int, found: bool
) -> None:
    assert packs(np.array(demand, dtype=np.float64), capacity, trucks) is found
