"""What must hold of every study, drawn at random."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.compare import Question, Run, compare

from .planted import runs

objective = st.one_of(st.none(), st.integers(-20, 200).map(float))


@st.composite
def studies(draw: st.DrawFn) -> list[Run]:
    found: list[Run] = []
    for number in range(draw(st.integers(1, 8))):
        sense = draw(st.sampled_from(["min", "max"]))
        for solver in "ab":
            values = draw(st.lists(objective, min_size=1, max_size=4))
            cost = draw(st.floats(0, 5).map(lambda value: round(value, 3)))
            found += runs({(f"i{number}", solver): values}, sense=sense, cost=cost)
    return found


metrics = st.sampled_from(["objective", "anytime", "time", "money"])


def asked(baseline: str, metric: Any) -> Question:
    return Question(baseline, 2.0, metric=metric, worth_of_percent=1.5)


@given(studies(), metrics)
@settings(max_examples=50, deadline=None)
def test_swapping_solver_and_baseline_mirrors_all(study: list[Run], metric: str) -> None:
    one, other = (compare(study, asked(x, metric)).of(y) for x, y in ("ab", "ba"))
    assert other.verdict is one.verdict.opposite
    assert other.estimate == -one.estimate
    assert (other.outer.low, other.outer.high) == pytest.approx((-one.outer.high, -one.outer.low))
    assert (other.p, other.p_times) == pytest.approx((one.p, one.p_times))
    assert other.middle == pytest.approx(-one.middle, abs=1e-9)
    assert (other.wins, other.ties, other.losses) == (one.losses, one.ties, one.wins)
    assert other.reliability.p_fewer == pytest.approx(one.reliability.p_more)


@given(studies(), st.sampled_from([0.125, 3.0, 1000.0]))
@settings(max_examples=40, deadline=None)
def test_other_units_of_the_objective_change_no_percent(study: list[Run], unit: float) -> None:
    scaled = [
        one if one.objective is None else replace(one, objective=one.objective * unit)
        for one in study
    ]
    found, again = (compare(each, asked("a", "objective")).of("b") for each in (study, scaled))
    assert again.by_instance == pytest.approx(found.by_instance, abs=1e-8)
    assert again.verdict is found.verdict
    assert again.p == pytest.approx(found.p)


@given(studies())
@settings(max_examples=40, deadline=None)
def test_a_gain_is_a_negative_cost(study: list[Run]) -> None:
    turned = [
        replace(
            one,
            sense="max" if one.sense == "min" else "min",
            objective=None if one.objective is None else -one.objective,
        )
        for one in study
    ]
    assert compare(study, asked("a", "objective")).differences == (
        compare(turned, asked("a", "objective")).differences
    )


@given(studies(), metrics, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_runs_does_not_matter(
    study: list[Run], metric: str, order: random.Random
) -> None:
    shuffled = study.copy()
    order.shuffle(shuffled)
    assert compare(shuffled, asked("a", metric)) == compare(study, asked("a", metric))


@given(studies(), metrics)
@settings(max_examples=40, deadline=None)
def test_a_solver_is_the_same_as_its_double(study: list[Run], metric: str) -> None:
    own = [one for one in study if one.solver == "a"]
    found = compare([*own, *(replace(one, solver="b") for one in own)], asked("a", metric)).of("b")
    assert (found.estimate, found.p, found.p_times) == (0.0, 1.0, 1.0)
    assert found.wins == found.losses == 0


@given(studies())
@settings(max_examples=40, deadline=None)
def test_percents_stay_within_a_hundred(study: list[Run]) -> None:
    found = compare(study, asked("a", "objective"))
    assert all(-100 <= each <= 100 for each in found.of("b").by_instance.values())
    assert all(0 <= solver.gap <= solver.gap_over_time <= 100 for solver in found.solvers)
