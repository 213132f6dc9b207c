"""What is compared: one record a run."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from ...errors import QoptError
from ...problem import Sense, better
from .documents import Document

Trace = tuple[tuple[float, float], ...]
SAME = 1e-9  # two objectives that differ by less, relatively, are one: what is left is roundoff


@dataclass(frozen=True)
class Run(Document):
    """One run of a solver on an instance, whatever came of it.

    Attributes
    ----------
    sense
        "min" or "max"; the same in all runs on an instance.
    objective
        Of the feasible plan that the run handed over. None where there was none: nothing found,
        failed, timed out or killed. Such a run counts in every figure.
    outcome
        "feasible", "infeasible", "failed", "timeout" or any other word; it is only counted.
    seconds
        What the run took. `deadline`, in seconds, is what it was given; None: no time limit.
    trace
        (seconds, objective) each time a better feasible plan was found, in order. Without one, the
        plan counts as found at the end.
    best_known
        The best objective that anyone has reported of the instance, or None.
    cost
        Money that the run was charged.
    disturbed
        Whether other work on the machine may have slowed the run.
    snapshot
        "DEVICE:STATE", the device that the run was made on and its state then; None for none.
    """

    instance: str
    solver: str
    seed: int
    sense: Sense
    objective: float | None
    outcome: str
    seconds: float
    deadline: float | None = None
    trace: Trace = ()
    best_known: float | None = None
    cost: float = 0.0
    disturbed: bool = False
    snapshot: str | None = None

    def __post_init__(self) -> None:
        if self.sense not in ("min", "max"):
            raise QoptError(f'{self}: sense={self.sense!r}: give "min" or "max"')
        for name in ("objective", "seconds", "deadline", "best_known", "cost"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise QoptError(f"{self}: {name}={value!r}: give a finite number")
        if self.seconds < 0:
            raise QoptError(f"{self}: seconds={self.seconds!r}: give 0 or more")
        if self.deadline is not None and self.deadline <= 0:
            raise QoptError(
                f"{self}: deadline={self.deadline!r}: give more than 0 seconds, or None"
            )
        times = [0.0, *(time for time, _ in self.trace)]
        if not all(a <= b < math.inf for a, b in pairwise(times)):
            raise QoptError(
                f"{self}: the times of its trace go back; give them from 0 on, in order"
            )
        if not all(math.isfinite(objective) for _, objective in self.trace):
            raise QoptError(f"{self}: an objective of its trace is not a finite number")

    def __str__(self) -> str:
        return f"run of {self.solver} on {self.instance} with seed {self.seed}"

    @property
    def steps(self) -> Trace:
        """(seconds, objective) of each better plan, the one that was handed over last.

        A run that handed over nothing has none, whatever its trace says, and what is better than
        the plan handed over is left out.
        """
        if self.objective is None:
            return ()
        kept: list[tuple[float, float]] = []
        slack = SAME * abs(self.objective)
        best = self.objective - slack if self.sense == "min" else self.objective + slack
        for time, objective in self.trace:
            if not better(self.sense, objective, best) and (
                not kept or better(self.sense, objective, kept[-1][1])
            ):
                kept.append((time, objective))
        if not kept or better(self.sense, self.objective, kept[-1][1]):
            end = min(self.seconds, self.deadline or math.inf)
            kept.append((max(end, kept[-1][0] if kept else 0.0), self.objective))
        return tuple(kept)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Run:
        """A run as `to_dict` wrote it."""
        trace = tuple((time, objective) for time, objective in document.get("trace", ()))
        return cls(**{**document, "trace": trace})


def by_instance(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each instance, both in the order of their names and seeds, whatever came first.

    Raises QoptError for runs that contradict each other: one given twice, two senses of an
    instance, two values of its best known.
    """
    groups = defaultdict[str, list[Run]](list)
    for run in sorted(runs, key=lambda run: (run.instance, run.solver, run.seed)):
        groups[run.instance].append(run)
    for name, group in groups.items():
        _require_agreement(name, group)
    return dict(groups)


def by_solver(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each solver, in their order."""
    groups = defaultdict[str, list[Run]](list)
    for run in runs:
        groups[run.solver].append(run)
    return dict(groups)


def _require_agreement(instance: str, runs: Sequence[Run]) -> None:
    for one, other in pairwise(runs):
        if (one.solver, one.seed) == (other.solver, other.seed):
            raise QoptError(f"{one} is there twice; give each run a seed of its own")
    for name in ("sense", "best_known"):
        values = {cast("object", getattr(run, name)) for run in runs} - {None}
        if len(values) > 1:
            told = " and ".join(sorted(map(repr, values)))
            raise QoptError(f"runs on {instance} have {name}={told}; an instance has one")
