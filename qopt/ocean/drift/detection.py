"""Whether a device succeeds less often than it did."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from ...kit.checks import require, require_count
from .success import Success
from .thresholds import ALLOWANCES, allowed, threshold

BASELINE = 15
HORIZON = 50


@dataclass(frozen=True)
class Judgement:
    """What runs of a reference problem say of a device.

    `dropped` is whether it succeeds less often; `at` the number, from 1, of the run at which that
    was noticed, the baseline's runs counted too. `before` and `since` are the mean shares of the
    baseline, and of the runs since the drop probably began, or of all since the baseline. `level`
    is the CUSUM at the end, or at the alarm, and `limit` where it is one; None without a baseline.
    `runs` were looked at, which are those in the last state of the device.
    """

    dropped: bool
    runs: int
    at: int | None
    before: float | None
    since: float | None
    level: float
    limit: float | None
    told: str

    def to_dict(self) -> dict[str, Any]:
        """In JSON's values."""
        return dict(vars(self))


def judge(
    history: Iterable[Success],
    *,
    drop: float = 0.2,
    risk: float = 0.05,
    baseline: int = BASELINE,
    horizon: int = HORIZON,
) -> Judgement:
    """Whether the share of ground states has dropped, by a one-sided CUSUM test.

    The first `baseline` runs say what is usual: their mean m and standard deviation s, which holds
    all noise from run to run, that of a device's controls included. After each further run x the
    sum S = max(0, S + (m - k - x) / s) is taken, where k, the larger of s / 2 and of half the
    `drop` that is looked for (0.2: a fifth of m), lets what is no matter pass. It is a drop where S
    is above a limit, chosen by k / s so that a device that stays as it is raises an alarm within
    `horizon` runs with a probability of at most `risk`. That holds for runs whose shares are
    independent and normally distributed; means of many reads nearly are, and a slow wander of less
    than half the drop passes.

    Only runs of the last reference and state of the device, by their snapshots, are looked at: a
    new state has a new baseline. Runs beyond the horizon are looked at in windows of that many,
    each after the same baseline, and the risk is that of each window.

    Sources: Page, Continuous inspection schemes, 1954; for parameters that are estimated, Hawkins
    and Olwell, Cumulative Sum Charts, 1998. The limit is computed by simulation.
    """
    require(0 < drop < 1, "drop", drop, "a share above 0 and below 1")
    require(0 < risk < 0.5, "risk", risk, "a probability above 0 and below 0.5")
    require_count("baseline", baseline, least=5)
    require_count("horizon", horizon)
    runs = _last_state(list(history))
    shares = [run.share for run in runs]
    if len(runs) <= baseline:
        more = baseline + 1 - len(runs)
        told = (
            f"Nothing is known yet: {len(runs)} of {baseline} runs of the reference problem say "
            f"what is usual in this state of the device; {more} more are needed for a first look."
        )
        before = fmean(shares) if shares else None
        return Judgement(False, len(runs), None, before, None, 0.0, None, told)
    usual, later = shares[:baseline], shares[baseline:]
    mean, spread = fmean(usual), max(stdev(usual), _binomial(usual, runs[0]))
    allowance = max(ALLOWANCES[0] * spread, mean * drop / 2)
    limit = threshold(baseline, horizon, risk, allowed(allowance / spread))
    level, begun = 0.0, 0
    for number, share in enumerate(later):
        if number % horizon == 0:
            level, begun = 0.0, number
        level = max(0.0, level + (mean - allowance - share) / spread)
        if level == 0.0:
            begun = number + 1
        if level > limit:
            since, at = fmean(later[begun : number + 1]), baseline + number + 1
            told = (
                f"The device succeeds less often: {since:.1%} of reads are ground states since run "
                f"{baseline + begun + 1} of the reference problem, {mean:.1%} were before "
                f"(noticed at run {at}; a false alarm within {horizon} runs has a probability of "
                f"at most {risk:g})."
            )
            return Judgement(True, len(runs), at, mean, since, level, limit, told)
    since = fmean(later)
    told = (
        f"No drop is seen: {since:.1%} of reads are ground states in the last {len(later)} runs of "
        f"the reference problem, {mean:.1%} were in the first {baseline}."
    )
    return Judgement(False, len(runs), None, mean, since, level, limit, told)


def _last_state(history: Sequence[Success]) -> list[Success]:
    """The runs of the last reference, in the last state of the device; also those of that state
    before another one that it left again.
    """
    if not history:
        return []
    last = (history[-1].reference, history[-1].snapshot)
    return [run for run in history if (run.reference, run.snapshot) == last]


def _binomial(shares: Sequence[float], run: Success) -> float:
    """The least spread that there can be: that of independent reads."""
    reads = run.reads * len(run.shares)
    usual = (fmean(shares) * reads + 1) / (reads + 2)
    return math.sqrt(usual * (1 - usual) / reads)
