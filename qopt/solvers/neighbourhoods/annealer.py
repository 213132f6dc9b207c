"""Solver `annealer` on the parts of a plan: short anneals at temperatures learnt from the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from ...solver import Solver

SHORT: dict[str, Any] = {
    "method": "annealing",
    "num_sweeps": 200,
    "num_reads": 3,
    "num_replicas": 4,
    "num_threads": 1,
}
# sweeps where local search cleans up behind. At equal seconds nine such problems, routes, shops
# and a project, ended 2.41 % above the best known, with 200 sweeps 2.52, with one 2.50, which was
# better on routes and worse on shops (three seeds each); rosters, which have none, 1.2 % with 200
# sweeps and 12.3 with 60 (Instance2, two seeds; trials)
CLEANED = 60
# the first parts of a kind: anneals of that kind begin at the median of their ladders' hot ends
# and end below that of the cold ones. Of two parts of A-n80-k10 with 1300 and 2100 variables
# anneals of 100 sweeps ended 0.9 and 4.2 % above the best on the annealer's own course, 0 and
# 2.9 % at temperatures from 20 to 2 (a trial)
MEASURE: dict[str, Any] = {"method": "tempering", "num_sweeps": 400, "num_replicas": 8}
MEASURED = 3  # parts of a kind that are measured so
BELOW = 3.0  # anneals end so many times as cold as the median of the cold ends


@dataclass
class LearningAnnealer:
    """Anneals between the temperatures that the first parts of the same kind had."""

    annealer: Any  # an `Annealer`
    _ends: dict[str, list[tuple[float, float]]] = field(default_factory=dict)  # by kind

    def warm_up(self) -> float:
        from ...anneal.warm import warm_up_constrained

        return warm_up_constrained()

    def solver_for(self, kind: str) -> Solver:
        if self.annealer.method != "annealing" or self.annealer.temperature_range is not None:
            return self._solver()
        ends = self._ends.get(kind, [])
        if len(ends) < MEASURED:
            return self._solver(**MEASURE)
        hot, cold = (median(end) for end in zip(*ends[:MEASURED], strict=True))
        return self._solver(temperature_range=(hot, cold / BELOW))

    def learn(self, kind: str, info: Mapping[str, Any]) -> None:
        if ladder := info.get("temperatures"):
            self._ends.setdefault(kind, []).append((ladder[0], ladder[-1]))

    def close(self) -> None:
        pass

    def _solver(self, **changes: Any) -> Solver:
        solver: Solver = replace(self.annealer, **changes)
        return solver
