from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from qopt.compare.anytime import log_rank, waiting

Arrivals = list[tuple[float, bool]]
ONE: Arrivals = [(1, True), (2, True), (2, False), (3, True), (5, True), (5, True), (6, False),
                 (8, True), (8, False), (8, False)]  # fmt: skip
OTHER: Arrivals = [(2, True), (4, True), (4, True), (6, False), (7, True), *[(8, False)] * 5]


def test_the_curve_is_lifelines() -> None:
    """KaplanMeierFitter of lifelines 0.30 on the same ten."""
    found = waiting(ONE, 8.0)
    assert found.seconds == (1, 2, 3, 5, 8)
    assert found.shares == pytest.approx((0.9, 0.8, 0.685714, 0.457143, 0.304762), abs=1e-6)
    assert (found.runs, found.reached, found.horizon) == (10, 6, 8.0)
    area = 1 + 0.9 + 0.8 + 2 * 0.685714 + 3 * 0.457143
    assert found.mean == pytest.approx(area, abs=1e-5)


def test_the_curve_is_scipy_s() -> None:
    random = np.random.default_rng(2)
    times = np.round(random.exponential(5, 80), 1)
    reached = times <= 6
    found = waiting(list(zip(np.minimum(times, 6), reached, strict=True)), 6.0)
    data = stats.CensoredData(uncensored=times[reached], right=np.full((~reached).sum(), 6.0))
    curve = stats.ecdf(data).sf
    assert found.shares == pytest.approx(curve.evaluate(np.array(found.seconds)))
    assert found.mean == pytest.approx(np.minimum(times, 6).mean())  # all are cut at one time


def test_quantiles_of_the_wait() -> None:
    found = waiting(ONE, 8.0)
    assert found.until(0.1) == 1
    assert found.until(0.5) == 5
    assert found.until(0.9) == math.inf


def test_of_runs_none_of_which_arrives() -> None:
    found = waiting([(8.0, False)] * 3, 8.0)
    assert (found.seconds, found.shares, found.reached, found.mean) == ((), (), 0, 8.0)
    assert found.until(0.5) == math.inf
    assert log_rank([([(8.0, False)] * 3, [(8.0, False)] * 4)]) == 1.0
    assert log_rank([]) == 1.0


def test_the_log_rank_test_is_lifelines() -> None:
    """logrank_test of lifelines 0.30 and survdiff of statsmodels 0.15."""
    assert log_rank([(ONE, OTHER)]) == pytest.approx(0.26948816253690, abs=1e-12)


def test_the_log_rank_test_within_instances_is_that_of_statsmodels() -> None:
    """survdiff(..., strata=...) of statsmodels 0.15 on the two instances together."""
    one = [(1.0, True), (3.0, True), (4.0, True), (9.0, False)]
    other = [(2.0, True), (6.0, True), *[(9.0, False)] * 3]
    strata = [(ONE, OTHER), (one, other)]
    assert log_rank(strata) == pytest.approx(0.11726224806965, abs=1e-12)
    assert log_rank([(b, a) for a, b in strata]) == pytest.approx(log_rank(strata), abs=1e-12)


def test_a_hard_instance_does_not_count_against_who_ran_there_more() -> None:
    """Pooled, the solver with more runs on the slow instance would look slower."""
    quick, slow = [(1.0, True), (1.2, True)], [(7.0, True), (7.5, True)]
    strata = [(quick, quick * 3), (slow * 3, slow)]
    assert log_rank(strata) == pytest.approx(1.0)
    pooled = [(quick + slow * 3, quick * 3 + slow)]
    assert log_rank(pooled) < 0.2
