from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qopt.compare.anytime import Attempts, clopper_pearson, spread, time_to_solution


@pytest.mark.parametrize(
    ("successes", "seconds", "low", "high"),
    [(7, 10.7, 5.1, 27.6), (0, math.inf, 25.0, math.inf), (20, 1.0, 1.0, 2.6)],
)
def test_of_twenty_runs_of_a_second(
    successes: int, seconds: float, low: float, high: float
) -> None:
    """The figures that are published for q = 0.99, to their one digit."""
    found = time_to_solution([Attempts(1.0, successes, 20)])
    shown = [found.seconds, found.low, found.high]
    assert shown == pytest.approx([seconds, low, high], abs=0.06)


@given(st.integers(1, 60), st.data())
def test_the_interval_is_scipy_s(runs: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, runs))
    exact = stats.binomtest(successes, runs).proportion_ci(0.95, method="exact")
    assert clopper_pearson(successes, runs) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_the_best_length_is_taken() -> None:
    """Success grows from 1 in 20 at a second to 10 at two and 11 at eight."""
    sweep = [Attempts(8.0, 11, 20), Attempts(1.0, 1, 20), Attempts(2.0, 10, 20)]
    found = time_to_solution(sweep)
    assert (found.run_seconds, found.successes, found.runs) == (2.0, 10, 20)
    assert found.seconds == pytest.approx(2 * math.log(0.01) / math.log(0.5))
    assert not found.at_edge
    assert time_to_solution([Attempts(0.5, 15, 20), *sweep]).at_edge
    assert time_to_solution(sweep[:2]).at_edge
    assert time_to_solution([sweep[2]]).at_edge  # who tried one length has no other


def test_without_a_success_there_is_a_lower_end() -> None:
    found = time_to_solution([Attempts(1.0, 0, 20), Attempts(4.0, 0, 20)])
    assert (found.seconds, found.high, found.run_seconds) == (math.inf, math.inf, 1.0)
    assert 20 < found.low < 30
    assert found.to_dict()["seconds"] == found.to_dict()["high"] == "inf"


def test_a_run_that_nearly_always_succeeds_is_run_once() -> None:
    assert time_to_solution([Attempts(3.0, 999, 1000)]).seconds == 3.0
    assert time_to_solution([Attempts(3.0, 999, 1000)], quantile=0.9999).seconds > 3.0


def test_over_instances_infinite_times_are_counted() -> None:
    times = [time_to_solution([Attempts(1.0, hits, 4)]) for hits in (4, 2, 0, 0)]
    found = spread(["a", "b", "c", "d"], times)
    assert found.lower_quartile == 1.0
    assert found.median == times[1].seconds
    assert found.upper_quartile == math.inf
    assert found.to_dict()["upper_quartile"] == "inf"
