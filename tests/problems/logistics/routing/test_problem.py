from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import Route, Routes, VehicleRouting, VehicleType
from qopt import QoptError, UnknownName

from .... import tiny
from ... import models

# every distance is different, also from there to back
ONE_WAY = np.array([[0, 1, 2, 3], [4, 0, 5, 6], [7, 8, 0, 9], [10, 11, 12, 0]], dtype=np.float64)
SPLITS = [(6,), (3, 3), (5, 1), (1, 2, 3), (3, 2, 1), (2, 2, 2)]


def _three(**changes: Any) -> VehicleRouting:
    return VehicleRouting(
        **{"distance": ONE_WAY, "demand": [0, 1, 2, 3], "capacity": 4, "vehicles": 2} | changes
    )


def _six(formulation: Any) -> VehicleRouting:
    places = np.array([[0, 0], [3, 1], [4, -2], [-1, 5], [-2, -2], [0, 7], [6, 6]])
    distance = np.abs(places[:, None] - places[None]).sum(axis=2)
    return VehicleRouting(distance, [0, 1, 1, 1, 1, 1, 1], 6, vehicles=3, formulation=formulation)


def test_the_bundled_optimum_costs_247() -> None:
    problem = VehicleRouting.bundled()
    score = problem.evaluate(problem.routes([[1], [8, 5, 3], [9, 12, 10, 6], [11, 4, 7, 2]]))
    assert (score.objective, score.feasible, problem.best_known) == (247, True, 247)


def test_an_unknown_bundled_name_is_told_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'E-n13-k5'; did you mean E-n13-k4"):
        VehicleRouting.bundled("E-n13-k5")


def test_distance_is_driven_from_row_to_column() -> None:
    """0>1>3>0 is 1 + 6 + 10, and back 3 + 11 + 4; 0>2>0 is 2 + 7."""
    problem = _three()
    there, back = problem.routes([[1, 3], [2]]), problem.routes([[3, 1], [2]])
    assert [problem.evaluate(plan).objective for plan in (there, back)] == [26, 27]
    assert [route.distance for route in there.routes] == [17, 9]
    assert [route.load for route in there.routes] == [4, 2]


def test_kpis_are_trucks_and_load_factor() -> None:
    """6 units in two trucks for 4."""
    problem = _three()
    score = problem.evaluate(problem.routes([[1, 3], [2]]))
    assert (score.feasible, score.kpis) == (True, {"trucks": 2, "load_factor": 0.75})


@pytest.mark.parametrize(
    ("trucks", "violations"),
    [
        ([[1, 3]], {"served[2]": 1}),
        ([[1, 2, 1], [3]], {"served[1]": 1}),
        ([[1, 2, 1], [1, 3]], {"served[1]": 2}),
        ([[1], [2, 3]], {"capacity[truck 2]": 1}),
        ([[3, 2, 1]], {"capacity[truck 1]": 2}),
        ([[1], [2], [3]], {"vehicles": 1}),
        ([], {"served[1]": 1, "served[2]": 1, "served[3]": 1}),
        (
            [[3, 3], [1], [1]],
            {"capacity[truck 1]": 2, "served[1]": 1, "served[2]": 1, "served[3]": 1, "vehicles": 1},
        ),
    ],
)
def test_violations_have_a_name_and_an_amount(
    trucks: list[list[int]], violations: dict[str, float]
) -> None:
    problem = _three()
    found = problem.evaluate(problem.routes(trucks)).violations
    assert {violation.constraint: violation.amount for violation in found} == violations


def test_a_truck_that_a_plan_lists_without_customers_stays_at_the_depot() -> None:
    """It costs nothing, is none of those that drive, and a plan with it is encoded as without."""
    problem = _three(fleet=[VehicleType(4, 2, "van", fixed_cost=5)], capacity=0, vehicles=None)
    driven = problem.routes([[1, 3], [2]])
    listed = Routes((*driven.routes, Route((), 0.0, 0.0, "van")))
    assert problem.evaluate(listed) == problem.evaluate(driven)
    assert problem.evaluate(listed).feasible
    assert problem.encode(listed) == problem.encode(driven)


def test_trucks_that_stay_at_the_depot_are_left_out() -> None:
    assert [route.customers for route in _three().routes([[], [1, 3], [], [2]]).routes] == [
        (1, 3),
        (2,),
    ]


@pytest.mark.parametrize("formulation", ["routes", "slots"])
@pytest.mark.parametrize(
    "problem",
    [
        _three(),
        tiny.routing(),
        VehicleRouting.generate(customers=6, seed=1),
        VehicleRouting.generate(customers=1),
    ],
    ids=lambda problem: problem.name or "one-way",
)
def test_model_size_is_the_model_s(problem: VehicleRouting, formulation: Any) -> None:
    chosen = VehicleRouting(
        problem.distance,
        problem.demand,
        problem.capacity,
        problem.vehicles,
        formulation=formulation,
    )
    assert chosen.model_size() == models.size(chosen.model())


@pytest.mark.parametrize("formulation", ["routes", "slots"])
def test_the_model_s_optimum_is_the_best_plan_s(formulation: Any) -> None:
    """By enumerating assignments on one side and plans on the other: four customers."""
    problem = tiny.routing(formulation)
    assert models.optimum(problem.model()) == pytest.approx(tiny.optimum(problem))


@pytest.mark.parametrize(("customers", "label"), [(4, "route[1]"), (40, "visit[1,truck 1,1]")])
def test_auto_takes_route_sets_while_there_are_few(customers: int, label: str) -> None:
    assert label in VehicleRouting.generate(customers=customers).model().variables


def test_route_sets_are_refused_where_there_are_too_many() -> None:
    problem = VehicleRouting.generate(customers=40)
    crowded = VehicleRouting(
        problem.distance, problem.demand, problem.capacity, problem.vehicles, formulation="routes"
    )
    with pytest.raises(
        QoptError, match=r"formulation='routes': more than 1000 .* use formulation='slots'"
    ):
        crowded.model_size()


@settings(deadline=None, max_examples=60, derandomize=True)
@given(order=st.permutations(range(1, 7)), split=st.sampled_from(SPLITS))
def test_slots_give_every_plan_back(order: list[int], split: tuple[int, ...]) -> None:
    problem, left = _six("slots"), iter(order)
    plan = problem.routes([[next(left) for _ in range(stops)] for stops in split])
    assert problem.decode(problem.encode(plan)) == plan


@settings(deadline=None, max_examples=60, derandomize=True)
@given(order=st.permutations(range(1, 7)), split=st.sampled_from(SPLITS))
def test_route_sets_give_every_plan_of_shortest_routes_back(
    order: list[int], split: tuple[int, ...]
) -> None:
    """Which truck drives which route is no part of that model.

    Of two directions as long either may come back.
    """
    problem, left = _six("routes"), iter(order)
    plan = problem.routes([[next(left) for _ in range(stops)] for stops in split])
    shortest = problem.decode(problem.encode(plan))
    assert {frozenset(r.customers) for r in shortest.routes} == {
        frozenset(r.customers) for r in plan.routes
    }
    assert sum(r.distance for r in shortest.routes) <= sum(r.distance for r in plan.routes)
    assert problem.decode(problem.encode(shortest)) == shortest


@pytest.mark.parametrize("formulation", ["routes", "slots"])
@pytest.mark.parametrize(
    ("trucks", "message"),
    [
        ([[1], [2], [3]], "the plan uses 3 trucks; there are 2"),
        ([[1, 9]], "customer 9; there are 1..3"),
        ([[0, 1]], "customer 0; there are 1..3"),
    ],
)
def test_plans_no_model_can_hold_are_refused(
    formulation: Any, trucks: list[list[int]], message: str
) -> None:
    problem = _three(formulation=formulation)
    plan = Routes.from_dict(
        {"routes": [{"customers": truck, "load": 0.0, "distance": 0.0} for truck in trucks]}
    )
    with pytest.raises(QoptError, match=message):
        problem.encode(plan)


@pytest.mark.parametrize(
    ("formulation", "customers", "message"),
    [
        ("routes", [2, 3], "2>3 repeats a customer or does not fit"),
        ("routes", [1, 2, 1], "1>2>1 repeats a customer or does not fit"),
        ("slots", [3, 2, 1], "truck 1 makes 3 stops; its capacity allows 2"),
    ],
)
def test_a_route_its_formulation_cannot_hold_is_refused(
    formulation: Any, customers: list[int], message: str
) -> None:
    problem = _three(formulation=formulation)
    with pytest.raises(QoptError, match=message):
        problem.encode(problem.routes([customers]))


@pytest.mark.parametrize("seed", range(5))
def test_greedy_serves_everybody(seed: int) -> None:
    problem = VehicleRouting.generate(customers=25, seed=seed)
    assert problem.evaluate(problem.greedy()).feasible


def test_greedy_fills_trucks_where_savings_need_too_many() -> None:
    """The two far customers save most together and leave no room for the 6s.

    Each of them must ride with a 6.
    """
    places = np.array([[0, 0], [100, 0], [101, 0], [0, 5], [0, -5]])
    distance = np.abs(places[:, None] - places[None]).sum(axis=2)
    three, two = (
        VehicleRouting(distance, [0, 4, 4, 6, 6], capacity=10, vehicles=trucks) for trucks in (3, 2)
    )
    assert {1, 2} in [set(route.customers) for route in three.greedy().routes]
    assert two.evaluate(two.greedy()).feasible


def test_plans_survive_json() -> None:
    plan = _three().routes([[1, 3], [2]])
    assert Routes.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_plans_read_as_trips() -> None:
    assert str(_three().routes([[1, 3], [2]])) == (
        "truck 1: depot > 1 > 3 > depot   load 4, distance 17\ntruck 2: "
        "depot > 2 > depot   load 2, distance 9"
    )


def test_a_seed_is_an_instance() -> None:
    one, same, other = (VehicleRouting.generate(customers=8, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.distance, same.distance)
    assert not np.array_equal(one.distance, other.distance)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"demand": [0, 1, -2, 3]}, "customer 2 has demand -2"),
        ({"demand": [0, 1, 2, 5]}, "customer 3 has demand 5, outside 0..4 .* larger trucks"),
        ({"demand": [0, 1, math.nan, 3]}, "customer 2 has demand nan"),
        ({"demand": [1, 1, 2, 3]}, "the depot has demand 1"),
        ({"demand": [0, 1, 2]}, r"shape \(4, 4\) for 3 demands"),
        ({"distance": [[0.0]], "demand": [0]}, r"demand has shape \(1,\)"),
        ({"distance": ONE_WAY[:, :3]}, r"shape \(4, 3\)"),
        (
            {"distance": np.where(ONE_WAY == 9, math.nan, ONE_WAY)},
            "the distance from customer 2 to customer 3 is nan",
        ),
        ({"distance": -ONE_WAY}, "the distance from the depot to customer 1 is -1"),
        ({"capacity": 0}, "capacity=0"),
        ({"capacity": math.inf}, "capacity=inf"),
        ({"vehicles": 0}, "vehicles=0: give a whole number"),
        ({"formulation": "arcs"}, "formulation='arcs': give 'auto', 'routes' or 'slots'"),
    ],
)
def test_bad_data_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        _three(**changes)


def test_generating_nobody_is_refused() -> None:
    with pytest.raises(QoptError, match="customers=0"):
        VehicleRouting.generate(customers=0)


def _light(**changes: Any) -> VehicleRouting:
    return VehicleRouting(
        **{"distance": ONE_WAY, "demand": [0, 1, 1, 1], "capacity": 4, "vehicles": 2} | changes
    )


@pytest.mark.parametrize("stranger", [99, -1, 0])
def test_a_customer_that_does_not_exist_is_a_violation(stranger: int) -> None:
    """-1 is not the last customer, and the depot is none."""
    others = (1, 2) if stranger == -1 else (1, 2, 3)
    violations = _light().evaluate(Routes((Route((*others, stranger), 3, 1),))).violations
    assert any(str(stranger) in violation.constraint + violation.unit for violation in violations)


def test_the_slots_model_charges_an_empty_stop_no_less_than_its_plan() -> None:
    """Four customers, all at 1 from the depot and 99 from each other, two trucks for three each.

    That is two legs of 99, and four of 1.

    An empty stop between two customers would be a second trip for one truck, which `decode` does
    not drive.
    """
    distance = np.array(
        [
            [0, 1, 1, 1, 1],
            [1, 0, 99, 99, 99],
            [1, 99, 0, 99, 99],
            [1, 99, 99, 0, 99],
            [1, 99, 99, 99, 0.0],
        ]
    )
    problem = VehicleRouting(distance, [0, 1, 1, 1, 1], capacity=3, vehicles=2, formulation="slots")
    cqm, energies = problem.model(), []
    cells = [(truck, stop) for truck in (1, 2) for stop in (1, 2, 3)]
    for chosen in itertools.permutations(cells, 4):
        sample = dict.fromkeys(cqm.variables, 0.0)
        sample |= {f"visit[{c},truck {k},{p}]": 1.0 for c, (k, p) in enumerate(chosen, 1)}
        if cqm.check_feasible(sample):
            energies.append(cqm.objective.energy(sample))
    assert min(energies) == 202


@pytest.mark.parametrize("formulation", ["routes", "slots"])
def test_a_load_that_evaluate_lets_through_can_be_encoded(formulation: Any) -> None:
    """0.1 + 0.1 + 0.1 is 0.30000000000000004: the model must allow what evaluate allows."""
    problem = _light(demand=[0, 0.1, 0.1, 0.1], capacity=0.3, vehicles=1, formulation=formulation)
    plan = problem.routes([[1, 2, 3]])
    assert problem.evaluate(plan).feasible
    assert problem.decode(problem.encode(plan)) == plan


def test_the_same_route_twice_is_refused_by_route_sets() -> None:
    problem = _light(formulation="routes")
    with pytest.raises(QoptError):
        problem.encode(problem.routes([[1], [1]]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vehicles": 2.5}, "vehicles=2.5"),
        ({"vehicles": math.nan}, "vehicles=nan"),
        ({"vehicles": "2"}, "vehicles='2'"),
        ({"capacity": "3"}, "capacity='3'"),
        ({"distance": [[0, 1], [1]]}, "distance"),
        ({"demand": [0, "a", 1, 1]}, "demand"),
        ({"demand": [[0], [1], [1], [1]]}, "demand"),
        (
            {"distance": np.where(ONE_WAY == 9, math.nan, ONE_WAY)},
            "from customer 2 to customer 3 is nan",
        ),
        ({"distance": np.where(ONE_WAY == 9, -7, ONE_WAY)}, "-7"),
    ],
)
def test_more_bad_routing_data_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        _light(**changes)


@pytest.mark.parametrize("kinds", [1, 2])
def test_greedy_leaves_out_who_is_not_worth_the_way(kinds: int) -> None:
    """Of two customers 50 away the one whose prize is 5 is left.

    The other, on the way to nowhere, is worth 500.
    """
    distance = [[0, 50, 50, 10], [50, 0, 100, 60], [50, 100, 0, 60], [10, 60, 60, 0]]
    fleet = (
        (VehicleType(9, 3),)
        if kinds == 1
        else (VehicleType(9, 3, name="a"), VehicleType(9, 1, name="b"))
    )
    problem = VehicleRouting(distance, demand=[0, 1, 1, 1], prize=[0, 5, 500, np.inf], fleet=fleet)
    plan = problem.greedy()
    assert {c for route in plan.routes for c in route.customers} == {2, 3}
    assert problem.evaluate(plan).objective == 5 + min(100 + 20, 50 + 60 + 10)


def test_a_trip_whose_prizes_do_not_pay_for_it_is_not_made() -> None:
    """Neither of two neighbours is worth leaving out alone, and the trip to both is."""
    distance = [[0, 50, 50], [50, 0, 1], [50, 1, 0]]
    problem = VehicleRouting(distance, demand=[0, 1, 1], prize=[0, 20, 20], capacity=5, vehicles=2)
    assert problem.greedy().routes == ()
    assert problem.evaluate(problem.greedy()).objective == 40


def test_encode_counts_customers_and_not_depots() -> None:
    problem = VehicleRouting(
        np.ones((5, 5)) - np.eye(5),
        demand=[0, 0, 1, 1, 1],
        depots=2,
        fleet=(VehicleType(3, 1, name="a"), VehicleType(3, 1, depot=1, name="b")),
    )
    plan = Routes((Route((5,), 1.0, 2.0, problem.fleet[0].name),))
    with pytest.raises(QoptError, match=r"the plan visits customer 5; there are 2\.\.4"):
        problem.encode(plan)
