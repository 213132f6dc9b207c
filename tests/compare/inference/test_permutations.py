from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from qopt.compare.inference import fewer_successes, permutation_test, permutations

side = st.lists(st.integers(-5, 5), min_size=1, max_size=5)


def enumerated(one: list[int], other: list[int]) -> float:
    everything = one + other
    seen = abs(sum(one) / len(one) - sum(other) / len(other))
    extreme = ways = 0
    for dealt in itertools.combinations(range(len(everything)), len(one)):
        mine = [everything[k] for k in dealt]
        rest = [value for k, value in enumerate(everything) if k not in dealt]
        extreme += abs(sum(mine) / len(mine) - sum(rest) / len(rest)) >= seen - 1e-9
        ways += 1
    return extreme / ways


@given(side, side)
@settings(max_examples=80, deadline=None)
def test_the_p_value_counts_all_dealings(one: list[int], other: list[int]) -> None:
    found = permutation_test(np.array(one, dtype=float), np.array(other, dtype=float))
    assert found == pytest.approx(enumerated(one, other), abs=1e-12)
    swapped = permutation_test(np.array(other, dtype=float), np.array(one, dtype=float))
    assert swapped == pytest.approx(found, abs=1e-12)


def test_the_least_p_value_of_five_against_five() -> None:
    assert permutation_test(np.arange(5.0), np.arange(10.0, 15.0)) == 2 / math.comb(10, 5)
    assert permutation_test(np.zeros(5), np.zeros(5)) == 1.0


def test_drawn_dealings_are_close_to_all_of_them_and_always_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(5)
    one, other = random.normal(0.9, 1, 8), random.normal(0, 1, 8)
    exact = permutation_test(one, other)
    monkeypatch.setattr(permutations, "EXACT_UP_TO", 10)
    drawn = permutation_test(one, other)
    assert drawn == permutation_test(one, other)
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=4 * math.sqrt(exact / permutations.DRAWS))
    far = permutation_test(one + 100, other)
    assert far == pytest.approx(2 / math.comb(16, 8), abs=6e-4)
    assert far >= 1 / (permutations.DRAWS + 1)


@pytest.mark.parametrize(("mine", "others"), [((3, 9), (8, 9)), ((5, 5), (2, 7)), ((0, 4), (0, 3))])
def test_on_one_instance_the_shares_are_fisher_s(
    mine: tuple[int, int], others: tuple[int, int]
) -> None:
    table = [[mine[0], mine[1] - mine[0]], [others[0], others[1] - others[0]]]
    fewer, more = fewer_successes([(*mine, *others)])
    assert fewer == pytest.approx(stats.fisher_exact(table, alternative="less").pvalue)
    assert more == pytest.approx(stats.fisher_exact(table, alternative="greater").pvalue)


def test_over_instances_the_shares_are_those_of_all_dealings() -> None:
    """Each instance is dealt by itself: 2 of 2 and 0 of 2 on an easy one, and so on."""
    strata = [(1, 2, 2, 2), (0, 2, 1, 1), (1, 1, 0, 2)]
    dealt = (
        [
            sum(outcomes[k] for k in chosen)
            for outcomes in [[1] * (good + more) + [0] * (runs + others - good - more)]
            for chosen in itertools.combinations(range(runs + others), runs)
        ]
        for good, runs, more, others in strata
    )
    sums = [sum(dealing) for dealing in itertools.product(*dealt)]
    seen = sum(good for good, *_ in strata)
    fewer, more = fewer_successes(strata)
    assert fewer == pytest.approx(sum(total <= seen for total in sums) / len(sums))
    assert more == pytest.approx(sum(total >= seen for total in sums) / len(sums))


def test_an_instance_that_nobody_solves_says_nothing() -> None:
    alone = fewer_successes([(3, 5, 5, 5)])
    assert fewer_successes([(3, 5, 5, 5), (0, 9, 0, 4)]) == pytest.approx(alone)
    assert fewer_successes([]) == (1.0, 1.0)
