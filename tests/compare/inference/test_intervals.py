from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qopt.compare.inference import intervals, mean_intervals, welch_intervals

LEVELS = (0.95, 0.9)
TEN = np.array([1.3, 0.2, -0.4, 2.8, 0.9, 0.1, 5.1, 0.7, -0.2, 1.1])
values = st.lists(st.floats(-50, 50).map(lambda x: round(x, 6)), min_size=5, max_size=20)


def test_the_interval_is_the_one_of_arch(monkeypatch: pytest.MonkeyPatch) -> None:
    """arch 8.0, IIDBootstrap(TEN).conf_int(method="studentized", reps=100_000), mean of five seeds.

    Its ends are t times the standard error by n, ours by n - 1, which is more by sqrt(10 / 9).
    """
    monkeypatch.setattr(intervals, "RESAMPLES", 999_999)
    found, method = mean_intervals(TEN, LEVELS)
    assert method == "studentised bootstrap"
    for interval, low, high in zip(found, (0.3367, 0.4745), (3.4407, 3.0365), strict=True):
        wider = math.sqrt(10 / 9)
        expected = [1.16 - (1.16 - low) * wider, 1.16 + (high - 1.16) * wider]
        assert [interval.low, interval.high] == pytest.approx(expected, abs=0.012)


def test_fewer_resamples_than_a_million_are_close_enough() -> None:
    (outer, _), _ = mean_intervals(TEN, LEVELS)
    assert [outer.low, outer.high] == pytest.approx([0.293, 3.562], abs=0.03)


def test_the_surest_interval_leaves_no_resample_out() -> None:
    """More sure than the resamples can tell is as sure as they can: one on each side is its end."""
    one, two = 2 / (intervals.RESAMPLES + 1), 4 / (intervals.RESAMPLES + 1)
    (surest, as_sure, less), _ = mean_intervals(TEN, (1 - 1e-9, 1 - one, 1 - two))
    assert (surest.low, surest.high) == (as_sure.low, as_sure.high)
    assert surest.low < less.low < less.high < surest.high


def test_the_interval_is_skewed_as_the_values_are() -> None:
    (outer, _), _ = mean_intervals(TEN, LEVELS)
    assert outer.high - TEN.mean() > TEN.mean() - outer.low


@given(values)
@settings(max_examples=25, deadline=None)
def test_the_same_values_give_the_same_interval_and_the_opposite_ones_its_mirror(
    given_: list[float],
) -> None:
    array = np.array(given_)
    found, _ = mean_intervals(array, LEVELS)
    again, _ = mean_intervals(array.copy(), LEVELS)
    mirrored, _ = mean_intervals(-array, LEVELS)
    assert found == again
    for one, other in zip(found, mirrored, strict=True):
        assert (one.low, one.high) == (-other.high, -other.low)
        assert one.low <= one.high
    assert found[0].low <= found[1].low
    assert found[1].high <= found[0].high


def test_levels_asked_together_or_alone_are_the_same() -> None:
    ((alone,), _), (both, _) = mean_intervals(TEN, (0.95,)), mean_intervals(TEN, LEVELS)
    assert alone == both[0]


def test_fewer_than_five_values_get_student_s_interval() -> None:
    for some in (TEN[:2], TEN[:4]):
        found, method = mean_intervals(some, LEVELS)
        assert method == "Student's t"
        for interval in found:
            exact = stats.t.interval(interval.level, len(some) - 1, some.mean(), stats.sem(some))
            assert [interval.low, interval.high] == pytest.approx(list(exact))


def test_one_value_that_lies_apart_leaves_the_interval_finite() -> None:
    """A third of all resamples leave it out, and have no spread, or next to none."""
    for rest in (0.0, 0.001):
        values = np.array([rest, -rest, 0.0, rest / 2, 3.0])
        (outer, inner), method = mean_intervals(values, LEVELS)
        assert method == "studentised bootstrap"
        error = stats.sem(values)
        furthest = 4 * 0.6 / error  # that of such a resample, whose mean is off by a fifth of 3
        assert outer.high == pytest.approx(0.6 + furthest * error, rel=0.01)
        assert outer.low > -3
        assert inner.high <= outer.high


def test_one_value_says_nothing_and_equal_values_say_all() -> None:
    (alone, _), method = mean_intervals(np.array([3.0]), LEVELS)
    assert (alone.low, alone.high, method) == (-np.inf, np.inf, "none")
    (equal, _), _ = mean_intervals(np.full(7, 0.1), LEVELS)
    assert (equal.low, equal.high) == (pytest.approx(0.1), pytest.approx(0.1))
    assert equal.low == equal.high


def test_many_values_are_resampled_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chunks change which numbers are drawn for whom, and so the interval only by chance."""
    whole, _ = mean_intervals(TEN, LEVELS)
    monkeypatch.setattr(intervals, "CHUNK", 1000)
    parts, _ = mean_intervals(TEN, LEVELS)
    assert [parts[0].low, parts[0].high] == pytest.approx([whole[0].low, whole[0].high], abs=1e-12)


def test_welch_s_interval_is_scipy_s() -> None:
    one, other = TEN, np.array([0.5, 0.1, 0.9, -1.4])
    found, method = welch_intervals(one, other, LEVELS)
    assert method == "Welch's t"
    test = stats.ttest_ind(one, other, equal_var=False)
    for interval in found:
        exact = test.confidence_interval(interval.level)
        assert [interval.low, interval.high] == pytest.approx([exact.low, exact.high])


def test_welch_s_interval_of_no_spread_and_of_single_runs() -> None:
    (flat, _), _ = welch_intervals(np.full(5, 2.0), np.full(4, 1.0), LEVELS)
    assert (flat.low, flat.high) == (1.0, 1.0)
    (nothing, _), method = welch_intervals(np.full(5, 2.0), np.ones(1), LEVELS)
    assert (nothing.low, nothing.high, method) == (-np.inf, np.inf, "none")
    (one_flat, _), _ = welch_intervals(TEN, np.full(4, 1.0), LEVELS)
    exact = stats.t.interval(0.95, 9, TEN.mean() - 1, stats.sem(TEN))
    assert [one_flat.low, one_flat.high] == pytest.approx(list(exact))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "size", "least"),
    [("normal", 6, 0.93), ("normal", 15, 0.93), ("skewed", 6, 0.9), ("skewed", 15, 0.9)],
)
def test_the_interval_holds_the_truth_as_often_as_is_promised(
    shape: str, size: int, least: float
) -> None:
    random, studies, held = np.random.default_rng(11), 600, 0
    for _ in range(studies):
        drawn = random.normal(size=size) if shape == "normal" else random.exponential(size=size) - 1
        (outer, _), _ = mean_intervals(drawn, LEVELS)
        held += outer.low <= 0 <= outer.high
    # the share seen may lie two standard errors below the true one; `least` itself must be in reach
    assert held / studies >= least - 2 * np.sqrt(least * (1 - least) / studies)
