"""Comparing a solver with the baseline: pairs, interval, test, verdict, reasons against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .anytime import arrival, log_rank, objective_at
from .difference import Difference
from .inference import (
    LEAST,
    Interval,
    Method,
    Needed,
    Verdict,
    by_margin,
    fewer_successes,
    hodges_lehmann,
    mean_intervals,
    needed,
    needed_on_one,
    permutation_test,
    welch_intervals,
    wilcoxon,
)
from .metrics import Pairing, pairing
from .records import Question, Reference, Run, by_solver
from .withholding import Reliability, withheld


def difference(
    groups: Mapping[str, Sequence[Run]],
    solver: str,
    question: Question,
    references: Mapping[str, Reference],
    horizon: float,
) -> Difference | None:
    """One solver against the baseline of the question; None where they share no instance."""
    pairs = pairing(groups, solver, question, references, horizon)
    if not pairs.instances:
        return None
    single = pairs.instances[0] if len(pairs.instances) == 1 else None
    estimate = float(pairs.differences.mean())
    outer, inner, method, p = _tested(pairs, question)
    by_figures = _verdict(pairs, outer, inner, p, question)
    reliability = _reliability(groups, pairs.instances, solver, question.baseline, horizon)
    reason = withheld(by_figures, reliability, question)
    verdict = Verdict.WITHHELD if reason else by_figures
    return Difference(
        solver=solver,
        baseline=question.baseline,
        metric=question.metric,
        unit=question.unit,
        margin=question.margin,
        instances=len(pairs.instances),
        seeds=pairs.spread.seeds,
        single=single,
        estimate=estimate,
        outer=outer,
        inner=inner,
        method=method,
        verdict=verdict,
        reason=reason,
        needed=_needed(pairs, estimate, question) if verdict is Verdict.UNDECIDED else None,
        p=p,
        p_holm=p,
        middle=hodges_lehmann(pairs.differences),
        wins=int((pairs.differences > 0).sum()),
        ties=int((pairs.differences == 0).sum()),
        losses=int((pairs.differences < 0).sum()),
        reliability=reliability,
        p_times=_times(groups, pairs.instances, solver, question, references, horizon),
        by_instance=dict(zip(pairs.instances, pairs.differences.tolist(), strict=True)),
        left_out=_left_out(groups, pairs.instances, solver, question.baseline),
    )


def _tested(pairs: Pairing, question: Question) -> tuple[Interval, Interval, Method, float]:
    """The two intervals, their method and the p value: over instances, or over runs on one."""
    levels = (1 - question.alpha, 1 - 2 * question.alpha)
    if len(pairs.instances) > 1:
        (outer, inner), method = mean_intervals(pairs.differences, levels)
        return outer, inner, method, wilcoxon(pairs.differences)
    sides = (pairs.baseline[0] * pairs.scale[0], pairs.solver[0] * pairs.scale[0])
    (outer, inner), method = welch_intervals(*sides, levels)
    return outer, inner, method, permutation_test(*sides)


def _verdict(
    pairs: Pairing, outer: Interval, inner: Interval, p: float, question: Question
) -> Verdict:
    """By the margin, where there is enough for the interval to be relied on."""
    single = len(pairs.instances) == 1
    sides = (pairs.baseline[0], pairs.solver[0])
    enough = min(map(len, sides)) if single else len(pairs.instances)
    if enough < LEAST:
        return Verdict.UNDECIDED
    verdict = by_margin(outer, inner, question.margin)
    if single and verdict is not Verdict.EQUIVALENT and p > question.alpha:
        return Verdict.UNDECIDED
    return verdict


def _needed(pairs: Pairing, estimate: float, question: Question) -> Needed:
    margin, alpha = question.margin, question.alpha
    if len(pairs.instances) > 1:
        return needed(estimate, pairs.spread, margin, alpha)
    sides = [side[0] * float(pairs.scale[0]) for side in (pairs.baseline, pairs.solver)]
    runs = min(map(len, sides))
    if runs < 2:
        return Needed(None, LEAST - runs)
    variance = sum(float(side.var(ddof=1)) for side in sides)
    return needed_on_one(estimate, variance, runs, margin, alpha)


def _reliability(
    groups: Mapping[str, Sequence[Run]],
    instances: Sequence[str],
    solver: str,
    baseline: str,
    horizon: float,
) -> Reliability:
    apart = [by_solver(groups[name]) for name in instances]
    sides = [[run for runs in apart for run in runs[who]] for who in (solver, baseline)]
    fewer, more = fewer_successes(
        (*_planned(runs[solver], horizon), *_planned(runs[baseline], horizon)) for runs in apart
    )
    disturbed = max(sum(run.disturbed for run in side) / len(side) for side in sides)
    own, others = (_planned(side, horizon) for side in sides)
    return Reliability(*own, *others, fewer, more, disturbed)


def _planned(runs: Sequence[Run], horizon: float) -> tuple[int, int]:
    """How many of the runs have a plan at the horizon, and of how many."""
    return sum(objective_at(run, horizon) is not None for run in runs), len(runs)


def _times(
    groups: Mapping[str, Sequence[Run]],
    instances: Sequence[str],
    solver: str,
    question: Question,
    references: Mapping[str, Reference],
    horizon: float,
) -> float:
    strata = []
    for name in instances:
        apart, reference = by_solver(groups[name]), references[name].objective
        one, other = (
            [arrival(run, reference, question.target, horizon) for run in apart[who]]
            for who in (solver, question.baseline)
        )
        strata.append((one, other))
    return log_rank(strata)


def _left_out(
    groups: Mapping[str, Sequence[Run]], instances: Sequence[str], solver: str, baseline: str
) -> tuple[str, ...]:
    """Instances that one of the two ran on, and the other did not."""
    ran = (name for name, runs in groups.items() if {solver, baseline} & {r.solver for r in runs})
    both = set(instances)
    return tuple(name for name in ran if name not in both)
