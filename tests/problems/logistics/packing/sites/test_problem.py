from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.logistics import FacilityLocation, Load, Loads
from qopt import FileError, Infeasible, QoptError
from qopt.kit import laws

from .... import models, published

FORMULATIONS: tuple[Literal["summed", "strong"], ...] = ("summed", "strong")
# two shops for three customers who demand 10, 20 and 30
SHOPS = FacilityLocation(
    [10.5, 20], [[1, 2], [3.5, 1], [6, 2]], [10, 20, 30], [60, 40], name="shops"
)
TEXT = "2 3\n60 10.5\n40 20.\n10\n1 2\n20\n3.5 1\n30\n6 2\n"


@st.composite
def _problems(draw: st.DrawFn, sites: int = 3, customers: int = 5) -> FacilityLocation:
    """Sites of which some hold everyone, and costs of 0 among the others."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, n = draw(st.integers(1, sites)), draw(st.integers(1, customers))
    demand = random.integers(1, 6, n)
    capacity = random.integers(int(demand.max()), int(demand.sum()) + 2, m)
    capacity[int(random.integers(m))] = demand.sum()
    formulation = draw(st.sampled_from(FORMULATIONS))
    return FacilityLocation(
        random.integers(0, 12, m),
        random.integers(0, 9, (n, m)),
        demand,
        capacity,
        formulation=formulation,
    )


def _served(problem: FacilityLocation, sites: tuple[int, ...]) -> Loads:
    assert problem.demand is not None
    held = np.array(sites)[:, None] == np.arange(len(problem.sites))
    return Loads.of(
        held, problem.customers, problem.sites, np.broadcast_to(problem.demand[:, None], held.shape)
    )


def _cost(problem: FacilityLocation, sites: tuple[int, ...]) -> float | None:
    """A customer at a time; None where a site has too much."""
    assert problem.capacity is not None
    assert problem.demand is not None
    left, cost = problem.capacity.tolist(), float(problem.fixed[sorted(set(sites))].sum())
    for customer, site in enumerate(sites):
        left[site] -= problem.demand[customer]
        cost += float(problem.cost[customer, site])
    return cost if min(left) >= 0 else None


def _all(problem: FacilityLocation) -> list[tuple[int, ...]]:
    return list(itertools.product(range(len(problem.sites)), repeat=len(problem.customers)))


def test_values_by_hand() -> None:
    both, first = (
        SHOPS.evaluate(_served(SHOPS, (0, 1, 0))),
        SHOPS.evaluate(_served(SHOPS, (0, 0, 0))),
    )
    assert (both.objective, both.violations) == (30.5 + 1 + 1 + 6, ())
    assert (first.objective, first.kpis) == (21, {"sites": 1, "opening": 10.5, "serving": 10.5})
    second = SHOPS.evaluate(_served(SHOPS, (1, 1, 1)))
    assert [str(violation) for violation in second.violations] == ["capacity[site 2] by 20 units"]


def test_an_open_site_costs_though_it_serves_nobody() -> None:
    plan = Loads((*_served(SHOPS, (0, 0, 0)).loads, Load("site 2", (), 0.0)))
    assert SHOPS.evaluate(plan).objective == 41
    assert SHOPS.decode(SHOPS.encode(plan)) == plan
    assert str(plan).splitlines()[1] == "site 2: nothing   load 0"


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems())
def test_every_plan_scores_as_its_definition_says(problem: FacilityLocation) -> None:
    for sites in _all(problem)[::5]:
        score, cost = problem.evaluate(_served(problem, sites)), _cost(problem, sites)
        assert score.feasible == (cost is not None)
        if cost is not None:
            assert score.objective == cost


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_plan_is_judged(
    problem: FacilityLocation, seed: int
) -> None:
    laws.judged(problem, laws.drawn(problem, np.random.default_rng(seed), ones=0.6))
    assert problem.model_size() == models.size(problem.model())


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_problems(customers=4))
def test_the_model_s_optimum_is_that_of_all_plans(problem: FacilityLocation) -> None:
    least = min(cost for sites in _all(problem) if (cost := _cost(problem, sites)) is not None)
    for formulation in FORMULATIONS:
        assert models.optimum(
            dataclasses.replace(problem, formulation=formulation).model()
        ) == pytest.approx(least)
    greedy = problem.evaluate(problem.greedy())
    if greedy.feasible:
        assert greedy.objective >= least


def test_the_model_names_sites_and_customers() -> None:
    strong = dataclasses.replace(SHOPS, formulation="strong")
    served = ["served[1]", "served[2]", "served[3]"]
    assert list(SHOPS.model().constraints) == [*served, "capacity[site 1]", "capacity[site 2]"]
    pairs = [[f"open[{customer},{site}]" for customer in "123"] for site in SHOPS.sites]
    assert list(strong.model().constraints) == [
        *served,
        *pairs[0],
        *pairs[1],
        "capacity[site 2]",
    ]  # site 1 holds everyone


@pytest.mark.parametrize("kind", SHOPS.kinds)
@settings(deadline=None, max_examples=30, derandomize=True)
@given(problem=_problems(sites=6, customers=9), size=st.integers(0, 40), seed=st.integers(0, 99))
def test_a_part_moves_as_the_whole_does(
    kind: str, problem: FacilityLocation, size: int, seed: int
) -> None:
    plan, random = problem.greedy(), np.random.default_rng(seed)
    if (
        problem.evaluate(plan).feasible
        and (part := laws.part_of(problem, plan, kind, size, random)) is not None
    ):
        laws.moves_as_the_whole(problem, part, random)


def test_a_site_that_serves_others_stays_open_and_costs_nothing_more() -> None:
    plan = _served(SHOPS, (0, 0, 0))
    part = SHOPS.neighbourhood(plan, "customers", 4, np.random.default_rng(1))
    assert part is not None
    inner: Any = part.problem
    assert inner.fixed.tolist() == [0, 20]
    assert len(inner.customers) == 1


@pytest.mark.parametrize("kind", SHOPS.kinds)
def test_a_part_has_the_room_that_the_other_customers_leave(kind: str) -> None:
    random = np.random.default_rng(0)
    demand, capacity = np.arange(1.0, 10.0), np.array([20.0, 14.0, 25.0])
    problem = FacilityLocation([3, 4, 5], random.integers(0, 9, (9, 3)), demand, capacity)
    plan, rooms = problem.greedy(), dict(zip(problem.sites, capacity.tolist(), strict=True))
    amounts, others = dict(zip(problem.customers, demand.tolist(), strict=True)), 0.0
    assert problem.evaluate(plan).feasible
    for size in (12, 15, 18, 22):
        part = problem.neighbourhood(plan, kind, size, random)
        if part is None:
            continue
        inner: Any = part.problem
        for site, room in zip(inner.sites, inner.capacity.tolist(), strict=True):
            kept = sum(
                amounts[customer]
                for load in plan.loads
                if load.holder == site
                for customer in load.items
                if customer not in inner.customers
            )
            assert room == rooms[site] - kept
            others += kept
    assert (others > 0) is (kind == "customers")  # else all customers of the sites are free


def test_near_sites_serve_the_same_customers_cheaply() -> None:
    """Two towns of three sites each: those free together are of one town."""
    town = np.repeat([0, 1], 3)
    cost = np.where(town[:, None] == town, 1.0, 90.0)
    problem = FacilityLocation(np.ones(6), np.tile(cost, (2, 1)))
    plan = _served(problem, tuple(range(6)) * 2)
    for seed in range(5):
        part = problem.neighbourhood(plan, "near sites", 21, np.random.default_rng(seed))
        assert part is not None
        assert part.problem.sites in (problem.sites[:3], problem.sites[3:])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"demand": [10, 0, 30]},
            "demand of customer 2 is 0; give more than 0, or leave the customer out",
        ),
        ({"fixed": [1, -1]}, "fixed of site 2 is -1; give a finite number, 0 or more"),
        ({"cost": [[1, 2]] * 2}, r"demand has shape \(3,\); give a number for each customer \(2\)"),
        ({"capacity": [1, 2, 3]}, r"capacity has shape \(3,\); give a number for each site \(2\)"),
        ({"formulation": "weak"}, "formulation='weak': give 'summed' or 'strong'"),
        ({"sites": ("a", "a")}, "name 'a': give each site a text"),
    ],
)
def test_bad_data_is_refused_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        dataclasses.replace(SHOPS, **{"sites": (), "customers": ()} | changes)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("capacity", "message", "constraints"),
    [
        (
            [29, 29],
            r"customer 3 demands 30, above every capacity \(the largest is 29\)",
            ["served[3]"],
        ),
        (
            [30, 29],
            "customers demand 60, all sites together hold 59; enlarge a site or add one",
            [],
        ),
    ],
)
def test_what_cannot_be_served_is_named(
    capacity: list[int], message: str, constraints: list[str]
) -> None:
    with pytest.raises(Infeasible, match=message) as caught:
        dataclasses.replace(SHOPS, capacity=np.array(capacity))
    assert list(caught.value.labels) == [*constraints, "capacity[site 1]", "capacity[site 2]"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (TEXT.replace("60 ", "capacity "), {}, "leaves the sites' capacity open; give capacity="),
        (
            TEXT[:-2],
            {},
            r"shops.txt:9: 9 numbers are due for the customers' demands and costs, and 8 are left",
        ),
        (
            TEXT.replace("40", "fourty"),
            {},
            r"shops.txt:3: 'fourty' is not a number \(a site's capacity\)",
        ),
        (TEXT + "1", {}, r"shops.txt:10: '1' follows the last customer"),
        (TEXT.replace("20\n", "0\n"), {}, "shops.txt:6: demand of customer 2 is 0"),
        (TEXT, {"capacity": 25.0}, "shops.txt:8: customer 3 demands 30, above every capacity"),
    ],
)
def test_bad_files_are_refused_by_line(
    tmp_path: Path, text: str, options: dict[str, Any], message: str
) -> None:
    (tmp_path / "shops.txt").write_text(text)
    with pytest.raises((FileError, Infeasible), match=message):
        FacilityLocation.read(tmp_path / "shops.txt", **options)


def test_a_file_is_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "shops.txt").write_text(TEXT)
    read = FacilityLocation.read(tmp_path / "shops.txt")
    for field in ("fixed", "cost", "demand", "capacity", "name"):
        assert np.array_equal(getattr(read, field), getattr(SHOPS, field))
    (tmp_path / "open.txt").write_text(TEXT.replace("60 ", "capacity ").replace("40 ", "capacity "))
    shares = FacilityLocation.read(tmp_path / "open.txt", capacity=30, parts=2)
    assert shares.capacity is not None
    assert shares.demand is not None
    assert (shares.capacity.tolist(), shares.demand.tolist()) == ([30, 30], [5, 5, 10, 10, 15, 15])
    assert (shares.cost[4].tolist(), shares.customers[4:]) == ([3, 1], ("3/1", "3/2"))


@published.instances("facility_location")
def test_cp_sat_finds_the_published_optima_where_nothing_is_gained_by_splitting(
    entry: dict[str, Any],
) -> None:
    """And says who cannot be served from one site where something is."""
    path = published.FOLDER / entry["path"]
    if entry["name"] in ("cap41", "cap81", "cap111"):
        with pytest.raises(Infeasible, match=r":\d+: customer 11 demands 5495, above every capa"):
            FacilityLocation.read(path)
        problem = FacilityLocation.read(path, parts=8)
    else:
        problem = FacilityLocation.read(path)
    assert (
        len(problem.sites),
        len(problem.customers) / (8 if "1/2" in problem.customers else 1),
    ) == tuple(entry["size"].values())
    greedy = problem.evaluate(problem.greedy())
    assert greedy.feasible
    assert greedy.objective >= entry["best_known"] - 0.001
    if entry["name"] in ("cap61", "cap71"):  # others take it longer
        pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
        assert qopt.solve(problem, solver="cp-sat", time_limit=60).objective == pytest.approx(
            entry["best_known"], abs=0.001
        )


def test_generated_problems_are_the_same_again_and_drawn() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    problem, again = (FacilityLocation.generate(sites=5, customers=12, seed=4) for _ in range(2))
    assert problem.cost.tolist() == again.cost.tolist()
    plan = problem.greedy()
    assert problem.evaluate(plan).feasible
    axes = figure.Figure().subplots()
    problem.draw(plan, axes)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        load.holder for load in plan.loads
    ]
