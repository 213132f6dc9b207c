from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from qopt.solvers.neighbourhoods.choice import EVEN, SHARES, WARM, Choice


def drawn(choice: Choice, count: int = 6000) -> Counter[tuple[str, int, bool]]:
    random = np.random.default_rng(1)
    return Counter(
        (arm.kind, arm.size, arm.warm) for arm in (choice.draw(random) for _ in range(count))
    )


def test_before_anything_is_known_small_parts_are_tried_more_often() -> None:
    counts = drawn(Choice(["a", "b"], 400))
    assert len(counts) == 2 * len(SHARES) * len(WARM)
    small, large = (sum(n for (_, size, _), n in counts.items() if size == of) for of in (100, 400))
    weight = np.array([1 / 10, 1 / 14.142, 1 / 20])
    share = (1 - EVEN) * weight / weight.sum() + EVEN / 3
    assert small / 6000 == pytest.approx(share[0], abs=0.02)  # 3 standard errors
    assert large / 6000 == pytest.approx(share[2], abs=0.02)


def test_what_an_arm_learns_holds_for_its_kind_its_size_and_its_start() -> None:
    """The arm that is alone with its size and start has never been tried, and is drawn more often
    all the same.
    """
    choice = Choice(["good", "bad"], 400)
    for arm in choice.arms:
        for _ in range(20):
            if (arm.size, arm.warm) != (400, True):
                choice.learn(arm, arm.kind == "good")
    counts = drawn(choice)
    assert counts["good", 400, True] > 4 * counts["bad", 400, True] > 0
    assert sum(n for (kind, _, _), n in counts.items() if kind == "good") > 0.8 * 6000


def test_the_past_is_forgotten() -> None:
    choice = Choice(["early", "late"], 400)
    for kinds in (("early", "late"), ("late", "early")):
        for k in range(3000):
            choice.learn(
                choice.arms[k % len(choice.arms)],
                choice.arms[k % len(choice.arms)].kind == kinds[0],
            )
    counts = drawn(choice)
    late = sum(n for (kind, _, _), n in counts.items() if kind == "late")
    assert late > 0.8 * 6000


def test_the_account_counts_trials_and_successes() -> None:
    choice = Choice(["a"], 1)
    assert [arm.size for arm in choice.arms] == [1, 1]  # sizes that are the same are one
    choice.learn(choice.arms[0], True)
    choice.learn(choice.arms[0], False)
    assert (choice.arms[0].tried, choice.arms[0].improved) == (2, 1)
