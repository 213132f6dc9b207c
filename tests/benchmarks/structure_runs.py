"""Runs of the benchmark of structure, and how good they are."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qopt.compiler import Qubo
from qopt.samplers import CqmAnnealer, QuboAnnealer

from .constrained import samples
from .constrained_models import Case
from .structure_models import Hidden, best_of


@dataclass(frozen=True)
class Runs:
    """The values of a case on one way, by seed, None where there was no plan; the last run's
    `info["structure"]`, and the seconds by which the slowest outlasted its limit."""

    values: list[float | None]
    facts: dict[str, Any]
    over: float = 0.0

    @property
    def rows(self) -> str:
        return str(sum(self.facts.get("rows", {}).values()))

    @property
    def road(self) -> str:
        return str(self.facts.get("road", "-"))


def annealed(hidden: Hidden, structure: str, seconds: float, options: argparse.Namespace) -> Runs:
    """By `QuboAnnealer`, of a QUBO that was made of a case."""
    found, over = sampled(hidden.qubo, structure, seconds, options)
    facts = found[-1].info["structure"] or {}
    return Runs([hidden.value(run.states) for run in found], facts, over)


def sampled(
    qubo: Qubo, structure: str, seconds: float, options: argparse.Namespace
) -> tuple[list[Any], float]:
    """A run for each seed, and the seconds by which the slowest outlasted its limit."""
    found, over = [], -math.inf
    for seed in options.seeds:
        began = time.perf_counter()
        run = QuboAnnealer().sample_arrays(
            qubo,
            structure=structure,
            time_limit=seconds,
            num_reads=16,
            seed=seed,
            num_threads=options.threads,
        )
        over = max(over, time.perf_counter() - began - run.info["timing"]["jit"] - seconds)
        found.append(run)
    return found, over


def constrained(case: Case, seconds: float, options: argparse.Namespace) -> Runs:
    """By `CqmAnnealer`, of the case as it stands."""
    values = []
    for seed in options.seeds:
        found = CqmAnnealer().sample_cqm(
            case.cqm, time_limit=seconds, seed=seed, num_threads=options.threads
        )
        values.append(best_of(case, samples(found)))
    return Runs(values, {})


def gaps(case: Case, runs: Runs, best: float) -> list[float]:
    """In percent by seed, infinite where there was no plan."""
    return [
        math.inf if value is None else 100 * (case.energy(value) - best) / max(abs(best), 1e-9)
        for value in runs.values
    ]


def in_words(found: Sequence[float]) -> str:
    return " ".join("none" if gap == math.inf else f"{gap:.2f}" for gap in found)


def best_known(case: Case, runs: Iterable[Runs]) -> float:
    """The energy of the best known, or the best of all runs."""
    if case.best_known is not None:
        return case.energy(case.best_known)
    every = [case.energy(v) for run in runs for v in run.values if v is not None]
    return min(every, default=0.0)
