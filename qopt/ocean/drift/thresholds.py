"""Where a CUSUM is an alarm."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ALLOWANCE = 0.5  # in standard deviations
TRIALS = 40_000
SEED = 1954


@lru_cache(maxsize=32)
def threshold(baseline: int, horizon: int, risk: float) -> float:
    """The least limit that a CUSUM of so many runs, in standard deviations of so many runs before
    them, with an allowance of half of one, exceeds with a probability of at most `risk` where
    nothing changes.

    Mean and standard deviation are estimated, so what is simulated is that as well: normal numbers
    for both stretches, of any mean and spread, as neither matters. Its own uncertainty is added:
    the upper end of a 99 % interval is taken.
    """
    random = np.random.default_rng(SEED)
    usual = random.standard_normal((TRIALS, baseline))
    mean, spread = usual.mean(axis=1), usual.std(axis=1, ddof=1)
    level, highest = np.zeros(TRIALS), np.zeros(TRIALS)
    for _ in range(horizon):
        run = random.standard_normal(TRIALS)
        level = np.maximum(0.0, level + (mean - run) / spread - ALLOWANCE)
        np.maximum(highest, level, out=highest)
    # the number of trials above the true limit is binomial
    above = TRIALS * risk - 2.33 * np.sqrt(TRIALS * risk * (1 - risk))
    return float(np.sort(highest)[-max(1, int(above))])
