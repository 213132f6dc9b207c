from __future__ import annotations

import numpy as np
import pytest

from problems.logistics import VehicleRouting
from problems.logistics.routing.savings import savings_matrix

from .... import tiny


def _line(**changes: object) -> VehicleRouting:
    """Customers at 1, 2 and 3 of a line from the depot; a truck holds two."""
    at = np.arange(4)
    data = {
        "distance": abs(at[:, None] - at),
        "demand": [0, 1, 1, 1],
        "capacity": 2,
        "vehicles": 2,
    } | changes
    return VehicleRouting(**data, formulation="slots")  # type: ignore[arg-type]


def test_a_saving_is_what_going_straight_on_spares() -> None:
    """s_ab = d_a0 + d_0b - d_ab, direction by direction."""
    distance = np.array([[0, 1, 2], [3, 0, 4], [5, 6, 0]], dtype=np.float64)
    assert savings_matrix(distance).tolist() == [[0, 3 + 2 - 4], [5 + 1 - 6, 0]]


@pytest.mark.parametrize(
    ("demand", "stops"),
    [([0, 1, 1, 1], 2), ([0, 2, 1, 1], 2), ([0, 2, 2, 2], 1), ([0, 0, 0, 2], 3), ([0, 0, 2, 2], 2)],
)
def test_a_truck_has_as_many_stops_as_its_smallest_customers_fill(
    demand: list[int], stops: int
) -> None:
    assert _line(demand=demand).most_stops == stops


def test_the_model_speaks_of_visits_stops_and_capacity() -> None:
    cqm = _line(vehicles=1).model()
    assert list(cqm.variables)[:3] == [
        "visit[1,truck 1,1]",
        "visit[1,truck 1,2]",
        "visit[2,truck 1,1]",
    ]
    served, stops = ["served[1]", "served[2]", "served[3]"], ["stop[truck 1,1]", "stop[truck 1,2]"]
    assert list(cqm.constraints) == [*served, *stops, "capacity[truck 1]"]


@pytest.mark.parametrize(
    "distance", [tiny.SQUARE, np.arange(25.0).reshape(5, 5)], ids=["square", "one-way"]
)
def test_the_energy_of_a_plan_is_its_distance(distance: np.ndarray) -> None:
    """For every plan with no truck past its stops, feasible there exactly where it is here."""
    problem = VehicleRouting(distance, [0, 2, 1, 2, 1], capacity=3, vehicles=2, formulation="slots")
    cqm = problem.model()
    verdicts = set()
    for plan in tiny.all_routings(problem):
        if all(len(route.customers) <= problem.most_stops for route in plan.routes):
            sample, score = problem.encode(plan), problem.evaluate(plan)
            assert cqm.check_feasible(sample) == score.feasible
            assert cqm.objective.energy(sample) == pytest.approx(score.objective)
            verdicts.add(score.feasible)
    assert verdicts == {True, False}


@pytest.mark.parametrize(
    ("visits", "trucks"),
    [
        (["2,truck 1,1", "1,truck 1,2", "3,truck 2,2"], [(2, 1), (3,)]),  # an empty stop is skipped
        (
            ["3,truck 1,1", "2,truck 1,1", "1,truck 2,1"],
            [(2, 3), (1,)],
        ),  # two at one stop follow each other
        (["1,truck 1,1", "1,truck 2,1"], [(1,), (1,)]),  # nothing is hidden
        ([], []),
    ],
)
def test_trucks_are_read_stop_by_stop(visits: list[str], trucks: list[tuple[int, ...]]) -> None:
    problem = _line()
    sample = dict.fromkeys(problem.model().variables, 0) | {
        f"visit[{visit}]": 1 for visit in visits
    }
    assert [route.customers for route in problem.decode(sample).routes] == trucks


@pytest.mark.parametrize(("closes", "longest"), [(11, 20), (20, 11), (11, None)])
def test_a_trip_ends_before_the_depot_closes_and_its_hours_do(closes: int, longest: int) -> None:
    """1 > 2 takes 12, either of them alone 8."""
    hours = np.array([[0, closes], [0, np.inf], [0, np.inf]])
    problem = VehicleRouting(
        4.0 * (1 - np.eye(3)),
        [0, 1, 1],
        capacity=2,
        vehicles=2,
        windows=hours,
        max_duration=longest,
        formulation="slots",
    )
    assert problem.model_is_exact
    for trips, fits in (([[1, 2]], False), ([[1], [2]], True)):
        plan = problem.routes(trips)
        assert problem.evaluate(plan).feasible == fits
        assert problem.model().check_feasible(problem.encode(plan)) == fits
