"""What is compared of a run, and of an instance: numbers of which less is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anytime import arrival, mean_gap, objective_at
from .inference import Spread
from .records import Question, Reference, Run, by_solver, gap

ROUNDED = 9  # digits after the point of the percents, or of the largest sum of money


def value(run: Run, question: Question, reference: float | None, horizon: float) -> float:
    """By the question's metric. A run without a plan has a gap of 100 %, and waits to the end."""
    if question.metric == "time":
        return arrival(run, reference, question.target, horizon)[0]
    if question.metric == "anytime":
        return 100 * mean_gap(run, reference, horizon)
    percent = 100 * gap(objective_at(run, horizon), reference)
    if question.metric == "money":
        return run.cost + (question.worth_of_percent or 0.0) * percent
    return percent


@dataclass(frozen=True, eq=False)
class Pairing:
    """A solver and the baseline on the instances that both ran on, in the order of their names.

    `differences`, float64[n], are the means over the baseline's seeds less those over the
    solver's, rounded: above 0 the solver is better. Times are compared in percent of the longer:
    `scale`, float64[n], makes these of seconds; it is 1 for all else.
    """

    instances: tuple[str, ...]
    baseline: tuple[NDArray[np.float64], ...]
    solver: tuple[NDArray[np.float64], ...]
    scale: NDArray[np.float64]
    differences: NDArray[np.float64]
    spread: Spread


def pairing(
    groups: Mapping[str, Sequence[Run]],
    solver: str,
    question: Question,
    references: Mapping[str, Reference],
    horizon: float,
) -> Pairing:
    """The values of both, by instance."""
    names: list[str] = []
    sides: tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]] = ([], [])
    for name, runs in groups.items():
        apart = by_solver(runs)
        if question.baseline in apart and solver in apart:
            names.append(name)
            for side, who in zip(sides, (question.baseline, solver), strict=True):
                reference = references[name].objective
                found = [value(run, question, reference, horizon) for run in apart[who]]
                side.append(np.array(found))
    return _paired(tuple(names), *sides, question)


def _paired(
    names: tuple[str, ...],
    baseline: list[NDArray[np.float64]],
    solver: list[NDArray[np.float64]],
    question: Question,
) -> Pairing:
    means = np.array([[runs.mean() for runs in side] for side in (baseline, solver)])
    means = means.reshape(2, -1)
    scale = _scale(means, question)
    differences = _rounded((means[0] - means[1]) * scale, means, question)
    within = _within(baseline, solver, scale)
    seeds = [len(runs) for side in (baseline, solver) for runs in side]
    variance = float(differences.var(ddof=1)) if len(names) > 1 else 0.0
    spread = Spread(len(names), variance, within, float(np.mean(seeds)) if seeds else 0.0)
    return Pairing(names, tuple(baseline), tuple(solver), scale, differences, spread)


def _scale(means: NDArray[np.float64], question: Question) -> NDArray[np.float64]:
    """What a difference of two means is multiplied by: 1, but for times."""
    if question.metric != "time":
        return np.ones(means.shape[1])
    longer = means.max(axis=0, initial=0.0)
    return np.where(longer > 0, 100 / np.where(longer > 0, longer, 1.0), 0.0)


def _rounded(
    differences: NDArray[np.float64], means: NDArray[np.float64], question: Question
) -> NDArray[np.float64]:
    """Without what is only roundoff, which would break ties and make zeros something else."""
    if question.metric != "money":
        return np.round(differences, ROUNDED) + 0.0
    largest = float(np.abs(means).max(initial=0.0)) or 1.0
    return (np.round(differences / largest, ROUNDED) + 0.0) * largest


def _within(
    baseline: Sequence[NDArray[np.float64]],
    solver: Sequence[NDArray[np.float64]],
    scale: NDArray[np.float64],
) -> float | None:
    """The mean variance of a difference that comes from seeds; None where an instance has one."""
    if not baseline or min(len(runs) for runs in (*baseline, *solver)) < 2:
        return None
    of_means = [
        sum(float(runs.var(ddof=1)) / len(runs) for runs in pair)
        for pair in zip(baseline, solver, strict=True)
    ]
    return float(np.mean(np.array(of_means) * scale**2))
