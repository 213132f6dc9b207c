"""The promises about verdicts, on simulated studies of which the truth is known.

`python -m tests.benchmarks.verdicts` prints the same of more studies.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from qopt.compare import Verdict

from ..benchmarks.verdicts import EFFECTS, failing, is_wrong, study

STUDIES = 150


def allowed(share: float, studies: int) -> float:
    """How far a share that was seen may lie from the true one: two standard errors."""
    return 2 * math.sqrt(share * (1 - share) / studies)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "least"), [("normal", 0.93), ("skewed", 0.9)])
def test_verdicts_are_rarely_wrong_and_intervals_hold_the_truth(shape: str, least: float) -> None:
    random, covered = np.random.default_rng(21), 0
    for effect in EFFECTS.values():
        wrong = 0
        for _ in range(STUDIES):
            found = study(shape, effect, int(random.integers(5, 21)), random).of("solver")
            wrong += is_wrong(found.verdict, effect)
            covered += found.outer.low <= effect <= found.outer.high
        assert wrong / STUDIES <= 0.06
    studies = STUDIES * len(EFFECTS)
    assert covered / studies >= least - allowed(least, studies)


def test_five_instances_are_never_significant() -> None:
    random = np.random.default_rng(22)
    found = [study("normal", 5.0, 5, random).of("solver") for _ in range(40)]
    assert sum(each.verdict is Verdict.BETTER for each in found) > 30  # they differ clearly
    assert min(each.p for each in found) == 2 / 2**5


@pytest.mark.slow
@pytest.mark.parametrize(("base", "effect"), [(10.0, 2.0), (10.0, 5.0), (30.0, 25.0)])
def test_who_fails_in_a_fifth_of_its_runs_never_wins(base: float, effect: float) -> None:
    studies, better, *others = map(int, failing(base, effect, 100, np.random.default_rng(23)))
    assert studies > 90
    assert better == 0
    assert sum(others) == studies
