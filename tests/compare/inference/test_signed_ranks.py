from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qopt.compare.inference import hodges_lehmann, holm, signed_ranks, wilcoxon

small = st.lists(st.integers(-4, 4), min_size=1, max_size=9)


def enumerated(differences: list[int]) -> float:
    """All 2^m signs of the differences that are not 0, each as likely as any other."""
    ranks = stats.rankdata(np.abs(differences))
    kept = [rank for rank, value in zip(ranks, differences, strict=True) if value]
    seen = sum(rank for rank, value in zip(ranks, differences, strict=True) if value > 0)
    sums = [
        sum(rank for rank, sign in zip(kept, signs, strict=True) if sign)
        for signs in itertools.product([0, 1], repeat=len(kept))
    ]
    above = sum(total >= seen for total in sums) / len(sums)
    below = sum(total <= seen for total in sums) / len(sums)
    return min(1.0, 2 * min(above, below))


@given(small)
@settings(max_examples=150, deadline=None)
def test_the_p_value_is_that_of_all_signs_with_ties_and_zeros(differences: list[int]) -> None:
    expected = enumerated(differences)
    assert wilcoxon(np.array(differences, dtype=float)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("size", [5, 8, 12, 30, 50])
def test_without_ties_the_p_value_is_scipy_s(size: int) -> None:
    differences = np.random.default_rng(size).normal(0.3, 1, size)
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert wilcoxon(differences) == pytest.approx(expected, rel=1e-9)


def test_five_instances_are_never_significant() -> None:
    """scipy's approximation, which it takes where there are ties, says 0.03 of five equal wins."""
    assert stats.wilcoxon(np.ones(5), method="asymptotic").pvalue < 0.05
    least = min(
        wilcoxon(np.array(values, dtype=float))
        for values in itertools.product([-2, -1, 0, 1, 2], repeat=5)
    )
    assert least == 2 / 2**5


def test_of_many_instances_the_normal_distribution_is_close_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(3)
    for shift in (0.0, 0.1, 0.2):
        differences = np.round(random.normal(shift, 1, 150), 1)
        exact = wilcoxon(differences)
        with monkeypatch.context() as patch:
            patch.setattr(signed_ranks, "EXACT_UP_TO", 10)
            assert wilcoxon(differences) == pytest.approx(exact, abs=0.002)
        scipys = stats.wilcoxon(
            differences, zero_method="pratt", correction=True, method="asymptotic"
        ).pvalue
        assert exact == pytest.approx(scipys, abs=0.002)


@pytest.mark.parametrize("digits", [1, 9])
def test_of_many_instances_the_p_value_is_scipy_s(digits: int) -> None:
    """Its approximation, with the step of a half taken off, with ties and without."""
    differences = np.round(np.random.default_rng(6).normal(0.1, 1, 300), digits)
    options = {"zero_method": "pratt", "correction": True, "method": "asymptotic"}
    expected = stats.wilcoxon(differences, **options).pvalue
    assert wilcoxon(differences) == pytest.approx(expected, rel=1e-9)


def test_nothing_but_zeros_is_no_evidence() -> None:
    assert wilcoxon(np.zeros(9)) == 1.0


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=12))
@settings(deadline=None)
def test_the_middle_is_the_median_of_all_pairs(values: list[int]) -> None:
    pairs = [(a + b) / 2 for a, b in itertools.combinations_with_replacement(values, 2)]
    assert hodges_lehmann(np.array(values, dtype=float)) == pytest.approx(np.median(pairs))


def test_one_extreme_instance_hardly_moves_the_middle() -> None:
    values = np.array([0.9, 1.0, 1.1, 1.2, 0.8, 100.0])
    assert values.mean() > 17
    assert hodges_lehmann(values) == pytest.approx(1.05)


def test_holm_is_that_of_statsmodels() -> None:
    """multipletests(p, method="holm") of statsmodels 0.15."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.2, 0.01, 0.01, 0.5, 0.9]) == pytest.approx((0.6, 0.05, 0.05, 1.0, 1.0))
    assert holm([0.04]) == (0.04,)
    assert holm([]) == ()
