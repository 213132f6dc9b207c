"""Each solver by itself: all its runs are in every figure, those without a plan too."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from .anytime import (
    Attempts,
    Profile,
    TimesToSolution,
    Waiting,
    arrival,
    mean_gap,
    objective_at,
    performance_profiles,
    profile,
    spread,
    time_to_solution,
    waiting,
)
from .records import Document, Question, Reference, Run, by_solver, gap

Value = TypeVar("Value")
SHORTEST = 1e-9  # seconds: what was there at once is no reason to divide by 0
# lengths of a run, as shares of the horizon, of which the time to solution takes the best; fixed
# beforehand, as a choice among all arrivals would flatter whoever was lucky
SWEEP = tuple(2.0**-k for k in range(6, -1, -1))


@dataclass(frozen=True)
class Summary(Document):
    """What one solver did, at the common horizon.

    Attributes
    ----------
    runs, feasible
        Of all runs, how many have a plan at the horizon.
    outcomes
        How many runs ended how.
    gap, gap_over_time
        Mean gap in percent at the horizon, and on average up to it; means over instances of the
        means over seeds. A run without a plan has a gap of 100 %.
    primal_integral
        `gap_over_time` as the integral of the gap in [0, 1] over time, in seconds.
    seconds, cost
        Mean of a run, and total.
    waiting
        How many runs still wait for the target, all instances together.
    times_to_solution
        Of each instance, over run lengths of 1/64 to 1 of the horizon.
    gap_profile
        The share of all runs within a gap in percent. A picture only, as is
    time_profile
        the share of instances by mean time to the target, as a multiple of the fastest solver's.
    """

    solver: str
    instances: int
    runs: int
    feasible: int
    disturbed: int
    outcomes: Mapping[str, int]
    gap: float
    gap_over_time: float
    primal_integral: float
    seconds: float
    cost: float
    waiting: Waiting
    times_to_solution: TimesToSolution
    gap_profile: Profile
    time_profile: Profile

    def sentence(self) -> str:
        """How many runs have a plan, and how far from the reference they are."""
        return (
            f"{self.solver}: {self.feasible} of {self.runs} runs have a feasible plan; the gap is "
            f"{self.gap:.2f} % on average (a run without a plan counts 100 %), and "
            f"{self.gap_over_time:.2f} % on average over the time."
        )


def summaries(
    groups: Mapping[str, Sequence[Run]],
    question: Question,
    references: Mapping[str, Reference],
    horizon: float,
) -> tuple[Summary, ...]:
    """Of every solver, the baseline too, in the order of their names."""
    apart = {name: by_solver(runs) for name, runs in groups.items()}
    names = sorted({solver for runs in apart.values() for solver in runs})
    found = {name: _Figures.of(name, apart, question, references, horizon) for name in names}
    profiles = performance_profiles({name: found[name].waits(groups) for name in names})
    return tuple(found[name].summary(name, horizon, profiles[name]) for name in names)


@dataclass(frozen=True, eq=False)
class _Figures:
    """Of one solver, by instance."""

    runs: list[Run]
    gaps: list[list[float]]
    over_time: list[list[float]]
    arrivals: dict[str, list[tuple[float, bool]]]
    quantile: float

    @classmethod
    def of(
        cls,
        solver: str,
        apart: Mapping[str, Mapping[str, Sequence[Run]]],
        question: Question,
        references: Mapping[str, Reference],
        horizon: float,
    ) -> _Figures:
        found = cls([], [], [], {}, question.quantile)
        for name, runs in apart.items():
            if solver in runs:
                found._add(name, runs[solver], references[name].objective, question, horizon)
        return found

    def _add(
        self,
        name: str,
        runs: Sequence[Run],
        reference: float | None,
        question: Question,
        horizon: float,
    ) -> None:
        self.runs.extend(runs)
        self.gaps.append([100 * gap(objective_at(run, horizon), reference) for run in runs])
        self.over_time.append([mean_gap(run, reference, horizon) for run in runs])
        self.arrivals[name] = [arrival(run, reference, question.target, horizon) for run in runs]

    def waits(self, instances: Iterable[str]) -> list[float]:
        """The mean time to the target on each; infinite where no run reached it, or none ran."""
        arrivals = [self.arrivals.get(name, []) for name in instances]
        return [
            max(math.fsum(time for time, _ in found) / len(found), SHORTEST)
            if any(reached for _, reached in found)
            else math.inf
            for found in arrivals
        ]

    def summary(self, solver: str, horizon: float, time_profile: Profile) -> Summary:
        over_time = float(np.mean([np.mean(found) for found in self.over_time]))
        arrivals = list(_flat(self.arrivals.values()))
        missing = [objective_at(run, horizon) is None for run in self.runs]
        flat = [
            math.inf if lost else each for lost, each in zip(missing, _flat(self.gaps), strict=True)
        ]
        return Summary(
            solver=solver,
            instances=len(self.gaps),
            runs=len(self.runs),
            feasible=missing.count(False),
            disturbed=sum(run.disturbed for run in self.runs),
            outcomes=dict(sorted(Counter(run.outcome for run in self.runs).items())),
            gap=float(np.mean([np.mean(found) for found in self.gaps])),
            gap_over_time=100 * over_time,
            primal_integral=over_time * horizon,
            seconds=float(np.mean([run.seconds for run in self.runs])),
            cost=math.fsum(run.cost for run in self.runs),
            waiting=waiting(arrivals, horizon),
            times_to_solution=self._times_to_solution(horizon),
            gap_profile=profile(flat),
            time_profile=time_profile,
        )

    def _times_to_solution(self, horizon: float) -> TimesToSolution:
        lengths = [share * horizon for share in SWEEP]
        times = [
            time_to_solution(
                [
                    Attempts(
                        length,
                        sum(reached and time <= length for time, reached in found),
                        len(found),
                    )
                    for length in lengths
                ],
                quantile=self.quantile,
            )
            for found in self.arrivals.values()
        ]
        return spread(list(self.arrivals), times)


def _flat(lists: Iterable[Sequence[Value]]) -> Iterator[Value]:
    return itertools.chain.from_iterable(lists)
