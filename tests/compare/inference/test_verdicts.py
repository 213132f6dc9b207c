from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qopt.compare import Interval, Needed, Verdict
from qopt.compare.inference import Spread, by_margin, needed, needed_on_one


def verdict(outer: tuple[float, float], inner: tuple[float, float]) -> Verdict:
    return by_margin(Interval(*outer, 0.95), Interval(*inner, 0.9), 1.0)


def test_the_verdict_by_the_margin() -> None:
    assert verdict((1.1, 3.0), (1.3, 2.8)) is Verdict.BETTER
    assert verdict((-3.0, -1.1), (-2.8, -1.3)) is Verdict.WORSE
    assert verdict((-1.1, 0.9), (-0.9, 0.7)) is Verdict.EQUIVALENT
    assert verdict((0.2, 0.9), (0.3, 0.8)) is Verdict.EQUIVALENT  # though surely above 0
    assert verdict((0.9, 3.0), (1.1, 2.8)) is Verdict.UNDECIDED
    assert verdict((-5.0, 5.0), (-4.0, 4.0)) is Verdict.UNDECIDED
    assert verdict((1.0, 2.0), (1.0, 2.0)) is Verdict.UNDECIDED
    assert verdict((-math.inf, math.inf), (-math.inf, math.inf)) is Verdict.UNDECIDED


ends = st.tuples(st.floats(-3, 3), st.floats(-3, 3)).map(sorted)


@given(ends, st.floats(0, 1), st.floats(0, 1))
def test_swapped_sides_get_the_opposite_verdict(
    outer: list[float], left: float, right: float
) -> None:
    low, high = outer
    middle = (low + high) / 2
    inner = (low + left * (middle - low), high - right * (high - middle))
    swapped = verdict((-high, -low), (-inner[1], -inner[0]))
    assert swapped is verdict((low, high), inner).opposite


def test_as_much_more_as_is_asked_for_decides_as_often_as_is_said() -> None:
    """Simulated: with the number asked for, four of five studies decide."""
    estimate, margin, spread = 1.5, 1.0, 1.2
    more = needed(estimate, Spread(10, spread**2, None, 1.0), margin, 0.05).instances
    assert more is not None
    random, count = np.random.default_rng(4), 10 + more
    drawn = random.normal(estimate, spread, (2000, count))
    reach = stats.t.ppf(0.975, count - 1) * drawn.std(axis=1, ddof=1) / math.sqrt(count)
    decided = (drawn.mean(axis=1) - reach > margin).mean()
    assert 0.77 < decided < 0.86


@pytest.mark.parametrize("estimate", [1.5, -1.4, 0.4, -0.1])
@pytest.mark.parametrize("variance", [0.3, 0.7, 1.0, 6.0])
def test_the_number_of_instances_is_the_least_that_is_enough(
    estimate: float, variance: float
) -> None:
    """Counted up one by one, by the definition."""
    tail = 0.025 if abs(estimate) > 1 else 0.05
    number = 5
    while math.sqrt(variance / number) * stats.t.ppf([1 - tail, 0.8], number - 1).sum() > abs(
        abs(estimate) - 1.0
    ):
        number += 1
    found = needed(estimate, Spread(6, variance, None, 1.0), 1.0, 0.05)
    assert found.instances == max(number - 6, 1)
    on_one = needed_on_one(estimate, variance, 6, 1.0, 0.05)
    assert on_one.seeds == max(number - 6, 1)


def test_fewer_instances_than_five_need_at_least_so_many() -> None:
    assert needed(50.0, Spread(3, 0.01, None, 1.0), 1.0, 0.05) == Needed(2, None)
    assert needed(50.0, Spread(2, 0.0, 0.0, 4.0), 1.0, 0.05) == Needed(3, None)


def test_seeds_help_where_seeds_are_the_noise() -> None:
    noisy = needed(1.5, Spread(10, 1.0, 1.0, 4.0), 1.0, 0.05)
    assert noisy.instances is not None
    assert noisy.seeds is not None
    # without differences between instances the variance falls as the number of runs grows
    reach = stats.t.ppf([0.975, 0.8], 9).sum()
    assert noisy.seeds == math.ceil(4 * (reach / 0.5) ** 2 / 10 - 4)
    between = needed(1.5, Spread(10, 1.0, 0.001, 4.0), 1.0, 0.05)
    assert between.instances == noisy.instances
    assert between.seeds is None


def test_on_the_margin_itself_nothing_decides() -> None:
    nothing = needed(1.0, Spread(10, 1.0, 0.5, 4.0), 1.0, 0.05)
    assert nothing == Needed(None, None)
    assert str(nothing) == "no sensible number of runs is likely to decide at this margin"
    assert needed(1.0 + 1e-6, Spread(10, 1.0, 0.5, 4.0), 1.0, 0.05) == nothing


def test_a_single_instance_needs_runs() -> None:
    more = needed_on_one(2.0, 2.0, 5, 1.0, 0.05)
    assert more.instances is None
    assert more.seeds is not None
    assert 5 + more.seeds == pytest.approx(2 * (1.96 + 0.84) ** 2, abs=3)
    assert needed_on_one(2.0, 0.0, 3, 1.0, 0.05) == Needed(None, 2)


def test_what_is_needed_in_words() -> None:
    assert str(Needed(14, 6)) == (
        "about 14 more instances or 6 more seeds on each instance would probably decide"
    )
    assert str(Needed(1, None)) == "about 1 more instance would probably decide"
    assert str(Needed(None, 1200)) == (
        "about 1,200 more seeds on each instance would probably decide"
    )
