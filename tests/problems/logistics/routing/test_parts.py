"""Parts of routing plans: laws of every kind of neighbourhood, and what each of them changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import qopt
from problems.logistics import Routes, VehicleRouting, VehicleType
from problems.logistics.routing.models.slots import Slots
from problems.logistics.routing.parts.insertions import Insertions
from qopt import Neighbourhood, QoptError

from ... import models


def one_way(seed: int) -> VehicleRouting:
    """Other distances back, triangles broken."""
    random = np.random.default_rng(seed)
    problem = VehicleRouting.generate(customers=16, seed=seed)
    return replace(problem, distance=random.integers(1, 60, (17, 17)), coordinates=None)


def windows(seed: int, customers: int = 16) -> VehicleRouting:
    random = np.random.default_rng(seed)
    problem = VehicleRouting.generate(customers=customers, seed=seed)
    opens = random.integers(0, 200, customers + 1)
    hours = np.stack([opens, np.maximum(opens + 60, 150)], axis=1).astype(float)
    hours[0] = 0, 1000
    service = np.append(0.0, np.full(customers, 5.0))
    return replace(problem, windows=hours, service=service, vehicles=customers, max_duration=300.0)


def fleet(seed: int) -> VehicleRouting:
    random = np.random.default_rng(seed)
    problem = VehicleRouting.generate(customers=15, seed=seed)
    types = [VehicleType(30, 3, "van", 20.0, 2.0), VehicleType(15, 5, "bike", 0.0, 1.5, depot=1)]
    prize = np.where(random.random(16) < 0.3, 40.0, np.inf)
    demand = np.where(np.arange(16) == 1, 0, problem.demand)
    return VehicleRouting(problem.distance, demand, fleet=types, depots=2, prize=prize)


PROBLEMS = {
    "capacity": VehicleRouting.generate(customers=18, seed=3),
    "one way": one_way(4),
    "windows": windows(5),
    "fleet": fleet(6),
    "one customer": VehicleRouting.generate(customers=1),
}
SIZES = (40, 150, 600)


def parts(problem: VehicleRouting, plan: Routes, kind: str) -> list[Neighbourhood]:
    random = np.random.default_rng(8)
    seen = shaken_plans(problem, plan) if kind == "seen routes" else []
    found = [
        problem.neighbourhood(plan, kind, size, random, seen) for size in SIZES for _ in range(4)
    ]
    return [part for part in found if part is not None]


def shaken_plans(problem: VehicleRouting, plan: Routes) -> list[Routes]:
    """Other plans, feasible and not, with two customers of a part elsewhere."""
    random = np.random.default_rng(12)
    found = []
    for part in parts(problem, plan, "strings"):
        sub: Any = part.problem
        found += [part.back(sub.decode(_shaken(sub.encode(part.plan), random))) for _ in range(3)]
    return found


@pytest.mark.parametrize(
    "kind", ["customers", "strings", "two routes", "three routes", "seen routes"]
)
@pytest.mark.parametrize("name", PROBLEMS)
def test_parts_keep_the_laws_of_neighbourhoods(name: str, kind: str) -> None:
    """The present part fits the model at its cost.

    `back` makes the present plan of it, and differences are the whole's.
    """
    problem, random = PROBLEMS[name], np.random.default_rng(9)
    plan = problem.improve(problem.greedy())
    whole = problem.evaluate(plan)
    found = parts(problem, plan, kind)
    assert found or name == "one customer"
    changed = 0
    for part in found:
        sub: Any = part.problem
        cqm = sub.model()
        assert sub.model_size() == models.size(cqm)
        assert sub.model_size().variables <= max(SIZES)
        sample = sub.encode(part.plan)
        assert sub.decode(sample) == part.plan
        assert cqm.check_feasible(sample)
        here = sub.evaluate(part.plan)
        assert here.feasible
        assert problem.evaluate(part.back(part.plan)).objective == pytest.approx(whole.objective)
        for _ in range(5):
            other = sub.decode(_shaken(sample, random))
            there, back = sub.evaluate(other), problem.evaluate(part.back(other))
            assert back.objective - whole.objective == pytest.approx(
                there.objective - here.objective
            )
            assert back.feasible == there.feasible
            changed += other != part.plan
    assert changed or not found


def _shaken(sample: dict[Any, float], random: np.random.Generator) -> dict[Any, float]:
    """Two customers, or routes, change variables with others."""
    labels = list(sample)
    shaken = dict(sample)
    for _ in range(2):
        ones = [label for label in labels if shaken[label] > 0.5]
        one = ones[random.integers(len(ones))]
        own = (
            labels
            if one.startswith("route")
            else [label for label in labels if label.split(",")[0] == one.split(",")[0]]
        )
        shaken[one] = 0.0
        shaken[own[random.integers(len(own))]] = 1.0
    return shaken


@pytest.mark.parametrize("size", [10, 30, 100, 300])
@pytest.mark.parametrize("name", PROBLEMS)
def test_no_part_is_larger_than_asked(name: str, size: int) -> None:
    problem, random = PROBLEMS[name], np.random.default_rng(size)
    plan = problem.greedy()
    seen = shaken_plans(problem, plan)
    for kind in problem.kinds:
        for _ in range(5):
            part = problem.neighbourhood(plan, kind, size, random, seen)
            assert part is None or part.problem.model_size().variables <= size


@pytest.mark.parametrize("kind", ["customers", "strings"])
@pytest.mark.parametrize("name", ["capacity", "one way", "fleet"])
def test_reinsertion_charges_what_trips_cost(name: str, kind: str) -> None:
    """Where places of a gap are taken in turn the energy is the cost; loads are as scored."""
    problem, random = PROBLEMS[name], np.random.default_rng(10)
    plan = problem.greedy()
    for part in parts(problem, plan, kind):
        sub: Any = part.problem
        assert isinstance(sub.form, Insertions)
        cqm, sample = sub.model(), sub.encode(part.plan)
        for _ in range(10):
            other = _shaken(sample, random)
            decoded = sub.decode(other)
            try:
                tidy = sub.encode(decoded)
            except QoptError:
                continue  # more customers in a gap than it has places
            score = sub.evaluate(decoded)
            assert cqm.objective.energy(tidy) == pytest.approx(score.objective)
            assert cqm.check_feasible(tidy) == score.feasible


def test_reinsertion_forbids_pairs_that_windows_forbid() -> None:
    """Every feasible trip is allowed.

    What is allowed with two free customers on a trip at most is feasible.
    """
    problem, random = PROBLEMS["windows"], np.random.default_rng(11)
    plan, forbidden = problem.greedy(), 0
    for part in parts(problem, plan, "customers"):
        sub: Any = part.problem
        assert isinstance(sub.form, Insertions)
        cqm, sample = sub.model(), sub.encode(part.plan)
        for _ in range(20):
            decoded = sub.decode(_shaken(sample, random))
            try:
                tidy = sub.encode(decoded)
            except QoptError:
                continue
            score, allowed = sub.evaluate(decoded), cqm.check_feasible(tidy)
            forbidden += not allowed
            crowd = max(
                (len(set(route.customers) & set(sub.form.visits.free)) for route in decoded.routes),
                default=0,
            )
            assert allowed or not score.feasible
            if allowed and crowd <= 2:
                assert score.feasible
    assert forbidden > 0


def test_long_routes_are_driven_in_pieces_where_the_model_would_be_too_large() -> None:
    problem = replace(VehicleRouting.generate(customers=40, seed=1), capacity=150.0, vehicles=3)
    plan, random = problem.greedy(), np.random.default_rng(1)
    part = problem.neighbourhood(plan, "two routes", 200, random)
    assert part is not None
    sub: Any = part.problem
    assert isinstance(sub.form, Slots)
    lengths = {len(piece) for piece in sub.form.pieces}
    assert 1 in lengths
    assert max(lengths) > 1
    assert sub.form.both_ways


def test_a_part_may_use_a_vehicle_that_stood_at_the_depot() -> None:
    """Distances are 1 to the depot, 9 between customers: two trips are better than one."""
    ways = np.array([[0, 1, 1], [1, 0, 9], [1, 9, 0]], dtype=float)
    problem = VehicleRouting(ways, [0, 1, 1], capacity=2, vehicles=2)
    result = qopt.solve(
        problem,
        solver="hybrid",
        num_rounds=4,
        seed=1,
        initial=problem.routes([[1, 2]]),
        num_threads=1,
    )
    assert result.objective == 4


def test_hybrid_serves_who_was_left_out_by_a_fleet_that_is_tight() -> None:
    """First fit packs 5 and 4, then 3 and 3 with no room for the last 3; 5 4, 3 3 3 fits."""
    ways = np.abs(np.subtract.outer(np.arange(6), np.arange(6))).astype(float)
    problem = VehicleRouting(ways, [0, 5, 4, 3, 3, 3], capacity=9, vehicles=2)
    result = qopt.solve(problem, solver="hybrid", num_rounds=10, seed=1, num_threads=1)
    assert result.best is not None
    assert {frozenset(route.customers) for route in result.best.routes} == {
        frozenset({1, 2}),
        frozenset({3, 4, 5}),
    }


def line(vehicles: int, capacity: float = 2.0) -> VehicleRouting:
    """The depot in the middle of a street, customers 1 and 2 on its left, 3 and 4 on its right.

    5 and 6 are far beyond these.
    """
    places = np.array([0.0, -1, -2, 1, 2, 8, 9])
    ways = np.abs(places[:, None] - places)
    return VehicleRouting(ways, np.minimum(np.arange(7), 1), capacity=capacity, vehicles=vehicles)


def test_routes_seen_in_several_plans_make_a_better_one_than_each() -> None:
    problem = line(vehicles=5)
    one, other = (
        problem.routes([[1, 2], [3], [4], [5, 6]]),
        problem.routes([[1], [2], [3, 4], [5, 6]]),
    )
    part = problem.neighbourhood(one, "seen routes", 50, np.random.default_rng(1), [one, other])
    assert part is not None
    best = part.back(part.problem.decode(best_sample(part.problem.model())))
    assert {route.customers for route in best.routes} == {(1, 2), (3, 4), (5, 6)}
    sub: Any = part.problem
    assert sub.form.customers == (1, 2, 3, 4)  # 5 and 6 were never served otherwise
    assert sub.form.trips.types[0].count == 4


def test_routes_that_cannot_be_driven_are_not_chosen_among() -> None:
    problem = line(vehicles=4)
    plan = problem.routes([[1, 2], [3, 4], [5, 6]])
    for seen in ([], [plan], [problem.routes([[1, 2, 3, 4], [5, 6, 5]])]):
        assert (
            problem.neighbourhood(plan, "seen routes", 50, np.random.default_rng(1), seen) is None
        )


def test_customers_of_a_route_that_is_too_heavy_are_in_no_other_that_was_seen() -> None:
    """Else they were served twice: no part has a route that cannot be driven."""
    problem = line(vehicles=4)
    plan, seen = (
        problem.routes([[1, 2, 3], [4], [5, 6]]),
        problem.routes([[1, 2], [3, 4], [5], [6]]),
    )
    random = np.random.default_rng(1)
    part = problem.neighbourhood(plan, "seen routes", 50, random, [seen])
    assert part is not None
    sub: Any = part.problem
    assert sub.form.customers == (5, 6)


def test_a_plan_of_routes_never_seen_has_no_sample() -> None:
    problem = line(vehicles=4)
    one, other = (
        problem.routes([[1, 2], [3, 4], [5, 6]]),
        problem.routes([[2, 1], [3], [4], [5, 6]]),
    )
    part = problem.neighbourhood(one, "seen routes", 50, np.random.default_rng(1), [other])
    assert part is not None
    with pytest.raises(QoptError, match="route 4>3 is not among those seen"):
        part.problem.encode(problem.routes([[4, 3]]))


def best_sample(cqm: Any) -> dict[Any, float]:
    """By trying all."""
    import dimod

    samples = dimod.ExactCQMSolver().sample_cqm(cqm)
    return dict(samples.filter(lambda row: row.is_feasible).first.sample)


@pytest.mark.parametrize(
    "kind", ["customers", "strings", "two routes", "three routes", "seen routes"]
)
@pytest.mark.parametrize("name", PROBLEMS)
def test_parts_have_a_qubo(name: str, kind: str) -> None:
    problem = PROBLEMS[name]
    for part in parts(problem, problem.greedy(), kind)[:4]:
        assert qopt.compile(part.problem.model()).bqm().num_variables > 0


def test_a_part_takes_no_trip_for_longer_than_it_is() -> None:
    """With the longest duration just enough for the trips there are, their rows hold.

    With far less some do not.
    """
    problem = windows(5)
    plan = problem.greedy()
    verdicts = set()
    for part in parts(problem, plan, "two routes"):
        sub: Any = part.problem
        for share in (1.0, 0.3):
            longest = max(_hours(problem, route.customers) for route in part.plan.routes)
            types = tuple(
                replace(kind, max_duration=share * longest) for kind in sub.form.trips.types
            )
            form = replace(sub.form, trips=replace(sub.form.trips, types=types))
            other = replace(sub, form=form)
            rows = {
                c.label
                for c in other.model().iter_constraint_data(other.encode(part.plan))
                if c.violation > 0
            }
            verdicts.add((share, any(str(row).startswith("duration") for row in rows)))
    assert (1.0, True) not in verdicts
    assert (0.3, True) in verdicts


def test_a_part_lets_trips_pass_that_take_just_as_long_as_they_may() -> None:
    """Three services of 1 each, no way takes any time, and a trip may take 3.

    In thousandths none of them is whole.
    """
    n = 7
    problem = VehicleRouting(
        np.ones((n, n)),
        np.zeros(n),
        capacity=1,
        vehicles=2,
        service=np.append(0, np.ones(n - 1)),
        travel_time=np.zeros((n, n)),
        max_duration=3,
    )
    plan = problem.routes([[1, 2, 3], [4, 5, 6]])
    assert problem.evaluate(plan).feasible
    for part in parts(problem, plan, "two routes"):
        sub: Any = part.problem
        cqm = sub.model()
        assert any(str(label).startswith("duration") for label in cqm.constraints)
        assert cqm.check_feasible(sub.encode(part.plan))


def _hours(problem: VehicleRouting, customers: tuple[int, ...]) -> float:
    """How long a trip takes that leaves at the best of times, by trying whole ones."""
    assert problem.windows is not None
    assert problem.service is not None
    hours = []
    for leaving in range(500):
        clock, last = float(leaving), 0
        for c in (*customers, 0):
            clock = max(clock + problem.distance[last, c], problem.windows[c, 0])
            if clock > problem.windows[c, 1]:
                break
            clock, last = clock + problem.service[c], c
        else:
            hours.append(clock - leaving)
    return min(hours)


def test_nobody_is_put_back_who_fits_nowhere() -> None:
    """Both ask for more than the vehicle holds and may be left out.

    There is no such part, and hybrid ends all the same.
    """
    ways = np.ones((3, 3)) - np.eye(3)
    problem = VehicleRouting(ways, [0, 5, 5], capacity=2, vehicles=1, prize=[np.inf, 3, 4])
    plan, random = problem.greedy(), np.random.default_rng(1)
    assert plan.routes == ()
    for kind in ("customers", "strings"):
        assert problem.neighbourhood(plan, kind, 40, random) is None
    result = qopt.solve(problem, solver="hybrid", num_rounds=3, seed=1, num_threads=1)
    assert result.objective == 7
