"""Where a CUSUM is an alarm."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

# in standard deviations; no larger one, as limits for these would rest on a single run
ALLOWANCES = (0.5, 0.75, 1.0, 1.5, 2.0)
TRIALS = 40_000
SEED = 1954


def allowed(allowance: float) -> float:
    """The largest of the ALLOWANCES that is at most as large, or else the smallest."""
    return max((each for each in ALLOWANCES if each <= allowance), default=ALLOWANCES[0])


@lru_cache(maxsize=32)
def threshold(baseline: int, horizon: int, risk: float, allowance: float) -> float:
    """The least limit that a CUSUM of `horizon` runs, in standard deviations of the `baseline` runs
    before them, exceeds with a probability of at most `risk` where nothing changes.

    Mean and standard deviation are estimated, so that is simulated as well: normal numbers for both
    stretches, of any mean and spread, as neither matters. The simulation's own uncertainty is added
    to the limit, one-sided at 99 %.
    """
    random = np.random.default_rng(SEED)
    usual = random.standard_normal((TRIALS, baseline))
    mean, spread = usual.mean(axis=1), usual.std(axis=1, ddof=1)
    level, highest = np.zeros(TRIALS), np.zeros(TRIALS)
    for _ in range(horizon):
        run = random.standard_normal(TRIALS)
        level = np.maximum(0.0, level + (mean - run) / spread - allowance)
        np.maximum(highest, level, out=highest)
    # the number of trials above the true limit is binomial
    above = TRIALS * risk - 2.33 * np.sqrt(TRIALS * risk * (1 - risk))
    return float(np.sort(highest)[-max(1, int(above))])
