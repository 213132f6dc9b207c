from __future__ import annotations

import math

import pytest

from qopt.compare.anytime import performance_profiles, profile


def test_a_profile_counts_what_never_got_there() -> None:
    found = profile([2.0, 0.5, 2.0, math.inf])
    assert found.values == (0.5, 2.0)
    assert found.shares == (0.25, 0.75)
    assert profile([math.inf]).values == ()


def test_performance_profiles_by_hand() -> None:
    """On the first instance b is twice as slow, on the second a gets nowhere, on the third both."""
    found = performance_profiles({"a": [1.0, math.inf, math.inf], "b": [2.0, 5.0, math.inf]})
    assert (found["a"].values, found["a"].shares) == ((1.0,), pytest.approx((1 / 3,)))
    assert (found["b"].values, found["b"].shares) == ((1.0, 2.0), pytest.approx((1 / 3, 2 / 3)))
