"""How far a plan is from the best that is known of its instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...problem import better
from .documents import Document
from .runs import Run


@dataclass(frozen=True)
class Reference(Document):
    """What the gaps of an instance are measured from: the better of the best known objective and
    the best of all runs.

    `objective` is None where no plan is known; every gap is 1 there.
    """

    instance: str
    objective: float | None
    source: Literal["best known", "best of the runs", "none"]


def references(groups: Mapping[str, Sequence[Run]]) -> dict[str, Reference]:
    """The reference of each instance, from all its runs of all solvers."""
    return {name: _reference(name, runs) for name, runs in groups.items()}


def _reference(instance: str, runs: Sequence[Run]) -> Reference:
    sense = runs[0].sense
    known = _best(sense, (run.best_known for run in runs))
    found = _best(sense, (run.objective for run in runs))
    if known is not None and (found is None or not better(sense, found, known)):
        return Reference(instance, known, "best known")
    return Reference(instance, found, "none" if found is None else "best of the runs")


def _best(sense: Literal["min", "max"], objectives: Iterable[float | None]) -> float | None:
    known = [objective for objective in objectives if objective is not None]
    if not known:
        return None
    return min(known) if sense == "min" else max(known)


def gap(objective: float | None, reference: float | None) -> float:
    """The primal gap, in [0, 1]: |objective - reference| / max(|objective|, |reference|).

    0 where both are equal, 1 where their signs differ and where there is no plan. It is the same
    for small and large objectives, for costs and for gains, and needs no reference other than 0.
    Source: Berthold, Measuring the impact of primal heuristics, 2013.
    """
    if objective is None or reference is None:
        return 1.0
    if objective == reference:
        return 0.0
    if (objective < 0) != (reference < 0):
        return 1.0
    return abs(objective - reference) / max(abs(objective), abs(reference))
