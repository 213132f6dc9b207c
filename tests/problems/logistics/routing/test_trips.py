"""Trips scored against a slow re-scoring that tries every time of leaving.

Pieces of trips are held against both.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import Route, Routes, VehicleRouting, VehicleType
from problems.logistics.routing.spans import Span, join
from qopt import QoptError


def timed(seed: int, customers: int = 4, **changes: Any) -> VehicleRouting:
    """Whole times, not symmetric, triangles broken, windows narrow enough to matter."""
    random = np.random.default_rng(seed)
    n = customers + 1
    opens = random.integers(0, 12, n)
    windows = np.stack([opens, opens + random.integers(3, 12, n)], axis=1).astype(float)
    windows[0] = 0, 60
    distance = random.integers(1, 9, (n, n)).astype(float)
    np.fill_diagonal(distance, 0)
    service = random.integers(0, 3, n).astype(float)
    service[0] = 0
    demand = np.append(0, random.integers(1, 4, customers)).astype(float)
    data: dict[str, Any] = {
        "distance": distance,
        "travel_time": random.integers(1, 6, (n, n)).astype(float),
        "demand": demand,
        "capacity": 7,
        "vehicles": customers,
        "windows": windows,
        "service": service,
    }
    return VehicleRouting(**data | changes)


def slow_trip(problem: VehicleRouting, route: Route, limit: float | None) -> tuple[bool, float]:
    """Whether a trip keeps all windows when it leaves at its earliest.

    And how long it takes at least, whenever it leaves.
    """
    assert problem.windows is not None
    assert problem.travel_time is not None
    assert problem.service is not None
    shortest, in_time = np.inf, False
    for leaving in range(int(problem.windows[0, 0]), int(problem.windows[0, 1]) + 1):
        clock, ok = float(leaving), True
        for a, b in pairwise([0, *route.customers, 0]):
            clock = max(clock + problem.travel_time[a, b], problem.windows[b, 0])
            ok &= bool(clock <= problem.windows[b, 1])
            clock += problem.service[b]
        if ok:
            in_time, shortest = True, min(shortest, clock - leaving)
    return in_time and (limit is None or shortest <= limit), shortest


@pytest.mark.parametrize("limit", [None, 9.0, 14.0])
@pytest.mark.parametrize("seed", [0, 1, 3, 4])
def test_windows_and_durations_are_kept_as_by_trying_every_time_of_leaving(
    seed: int, limit: float | None
) -> None:
    problem = timed(seed, max_duration=limit) if _servable(seed, limit) else timed(seed)
    limit = problem.max_duration
    verdicts = set()
    for k in range(1, 5):
        for order in itertools.permutations(range(1, 5), k):
            plan = problem.routes([order])
            kept, shortest = slow_trip(problem, plan.routes[0], limit)
            found = {
                v.constraint.split("[")[0]: v.amount for v in problem.evaluate(plan).violations
            }
            timely = not {"window", "closing", "duration"} & set(found)
            assert timely == kept == problem._trips.in_time(order, 0)
            if "duration" in found and "window" not in found and "closing" not in found:
                assert limit is not None
                assert found["duration"] == pytest.approx(shortest - limit)
            verdicts.add(kept)
    assert verdicts == {True, False}


def _servable(seed: int, limit: float | None) -> bool:
    try:
        timed(seed, max_duration=limit)
    except QoptError:
        return False
    return True


spans = st.tuples(st.integers(0, 5), st.integers(0, 20), st.integers(0, 20)).map(
    lambda t: Span(float(t[0]), float(max(t[1], t[0])), float(t[2]))
)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(a=spans, b=spans, c=spans, s=st.integers(0, 4), t=st.integers(0, 4))
def test_it_does_not_matter_which_pieces_are_joined_first(
    a: Span, b: Span, c: Span, s: int, t: int
) -> None:
    left, right = join(join(a, b, s), c, t), join(a, join(b, c, t), s)
    assert bool(left.possible) == bool(right.possible)
    if left.possible:
        assert [float(x) for x in left] == [float(x) for x in right]


def test_pieces_between_gaps_are_their_stops_joined() -> None:
    trips = timed(3)._trips
    way = [2, 4, 1, 3]
    spans, (heads, tails) = trips.between(way), trips.ends(way, 0)
    for a, b in itertools.combinations(range(5), 2):
        joined = trips.span(way[a])
        for u, v in pairwise(way[a:b]):
            joined = Span(*(float(x) for x in join(joined, trips.span(v), trips.time[u, v])))
        assert [float(x) for x in spans.at((a, b))] == list(joined)
    for k in range(5):
        last, first = ([0, *way][k], [*way, 0][k])
        whole = join(heads[k], tails[k], trips.time[last, first])
        assert bool(whole.possible) == trips.in_time(way, 0)


def _fleet() -> VehicleRouting:
    """Two depots, two types, one customer that may be left out."""
    at = np.array([0.0, 10, 1, 2, 9])
    fleet = [
        VehicleType(3, 1, "van", fixed_cost=5, cost_per_distance=2),
        VehicleType(2, 2, "bike", depot=1),
    ]
    prize = np.array([np.inf, np.inf, np.inf, 3, np.inf])
    return VehicleRouting(
        abs(at[:, None] - at), [0, 0, 1, 1, 1], fleet=fleet, depots=2, prize=prize
    )


def test_types_depots_and_prizes_are_charged_by_definition() -> None:
    """The van drives 0 > 2 > 0: 5 + 2 * 2; the bike 1 > 4 > 1: 2; customer 3 costs its prize, 3."""
    problem = _fleet()
    plan = Routes(problem.routes([[2]], "van").routes + problem.routes([[4]], "bike").routes)
    score = problem.evaluate(plan)
    assert (score.objective, score.feasible) == (9 + 2 + 3, True)
    assert score.kpis == {"trucks": 2, "load_factor": 2 / 5, "distance": 4, "left_out": 1}
    assert str(plan).splitlines()[1] == "truck 2 (bike): depot > 4 > depot   load 1, distance 2"
    assert Routes.from_dict(plan.to_dict()) == plan
    served = Routes(problem.routes([[2, 3]], "van").routes + problem.routes([[4]], "bike").routes)
    assert problem.evaluate(served).objective == 5 + 2 * 4 + 2


def test_vehicles_that_do_not_exist_are_violations() -> None:
    problem = _fleet()
    many = Routes(problem.routes([[2], [3]], "van").routes + problem.routes([[4]], "bike").routes)
    assert [str(v) for v in problem.evaluate(many).violations] == ["vehicles[van] by 1 trucks"]
    boat = Routes((replace(problem.routes([[2, 3, 4]]).routes[0], vehicle="boat"),))
    assert "vehicle[boat]" in {v.constraint for v in problem.evaluate(boat).violations}


def test_a_served_customer_that_may_be_left_out_is_still_served_once() -> None:
    problem = _fleet()
    plan = Routes(problem.routes([[2, 3]], "van").routes + problem.routes([[4, 3]], "bike").routes)
    assert [str(v) for v in problem.evaluate(plan).violations] == ["served[3] by 1 visits"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"windows": [[0, 9]] * 3}, r"windows has shape \(3, 2\)"),
        ({"windows": [[0, 60], [5, 4], [0, 9], [0, 9], [0, 9]]}, "window of customer 1 is 5..4"),
        ({"service": [0, 1, -1, 0, 0]}, "service at customer 2 takes -1"),
        ({"service": [1, 0, 0, 0, 0]}, "service at the depot takes 1; give 0"),
        ({"travel_time": [[0.0]]}, r"travel_time has shape \(1, 1\)"),
        ({"max_duration": 0}, "max_duration=0"),
        ({"prize": [1.0]}, r"prize has shape \(1,\)"),
        ({"prize": [0, 0, 0, 0, -1]}, "prize of customer 4 is -1"),
        ({"depots": 5}, "depots=5"),
        ({"depots": 2}, "give a fleet"),
        ({"fleet": [VehicleType(9, 2)]}, "give a fleet, or capacity and vehicles, not both"),
        ({"fleet": ["van"], "capacity": 0, "vehicles": 0}, "give VehicleType"),
        (
            {
                "fleet": [VehicleType(9, 1, "a"), VehicleType(9, 1, "a")],
                "capacity": 0,
                "vehicles": 0,
            },
            "a name of its own",
        ),
        (
            {"fleet": [VehicleType(9, 1, depot=1)], "capacity": 0, "vehicles": 0},
            r"depots are 0\.\.0",
        ),
    ],
)
def test_bad_fleets_and_times_are_refused_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        timed(1, **changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"capacity": 0}, "capacity=0 of vehicle type 'van'"),
        ({"count": 0}, "count=0"),
        ({"fixed_cost": -1}, "fixed_cost=-1"),
        ({"cost_per_distance": np.inf}, "cost_per_distance=inf"),
        ({"depot": -1}, "depot=-1"),
        ({"max_duration": 0}, "max_duration=0"),
    ],
)
def test_bad_vehicle_types_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        VehicleType(**{"capacity": 1, "count": 1, "name": "van"} | changes)


def test_a_customer_nobody_can_serve_in_time_is_named() -> None:
    windows = np.array([[0, 50], [0, 2], [0, 40], [0, 40.0]])
    way = np.array([[0, 5, 1, 1], [5, 0, 5, 5], [1, 5, 0, 1], [1, 5, 1, 0.0]])
    with pytest.raises(QoptError, match=r"customer 1 cannot be served in time.*0\.\.2"):
        VehicleRouting(way, [0, 1, 1, 1], 3, 3, windows=windows)
    way[2, 1] = 1  # by way of 2 it can
    VehicleRouting(way, [0, 1, 1, 1], 3, 3, windows=windows)
