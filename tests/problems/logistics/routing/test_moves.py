"""Local search of routes, beside every move tried in plain code."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from problems.logistics import VehicleRouting

Trips = Sequence[tuple[int, ...]]


def tails_exchanged(trips: Trips) -> Iterator[list[tuple[int, ...]]]:
    """Every way to let two trips go on as the other one does."""
    for a, b in itertools.combinations(range(len(trips)), 2):
        one, other = trips[a], trips[b]
        for i in range(len(one) + 1):
            for j in range(len(other) + 1):
                changed = list(trips)
                changed[a], changed[b] = one[:i] + other[j:], other[:j] + one[i:]
                yield changed


@pytest.mark.parametrize("seed", range(12))
def test_no_exchange_of_tails_makes_it_shorter_when_it_is_done(seed: int) -> None:
    random = np.random.default_rng(seed)
    places = random.integers(0, 50, (10, 2))
    way = np.sqrt(((places[:, None] - places) ** 2).sum(axis=-1)).round()
    demand = np.append(0, random.integers(1, 6, 9))
    capacity = int(np.ceil(demand.sum() / 3)) + 2
    problem = VehicleRouting(way, demand=demand.tolist(), capacity=capacity, vehicles=4)
    plan = problem.improve(problem.greedy())
    score = problem.evaluate(plan)
    assert score.feasible
    trips = [route.customers for route in plan.routes]
    trips += [()] * (4 - len(trips))
    for changed in tails_exchanged(trips):
        other = problem.evaluate(problem.routes([trip for trip in changed if trip]))
        assert not other.feasible or other.objective >= score.objective - 1e-9
