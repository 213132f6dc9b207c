"""What the parts of a run say of where they were solved, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .parts import Solution

COSTS = "device_seconds", "money", "estimated_seconds"  # what the account of a part may say of them
WHERE = "device", "graph_id", "endpoint", "emulated", "policy", "snapshot"


@dataclass
class Account:
    """Of all parts so far. Parts of a round may share a job, which is listed once."""

    costs: dict[str, float] = field(default_factory=dict)
    where: dict[str, Any] = field(default_factory=dict)  # as the last part at a service tells it
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)  # each once, in their order
    pending: dict[str, None] = field(default_factory=dict)  # jobs that a device still has
    answered: bool = False  # whether any part was
    without: list[str] = field(default_factory=list)  # why parts were too large for the solver

    def add(self, solutions: Iterable[Solution]) -> None:
        """Of a round, also of one that is dropped: its jobs are charged all the same."""
        for solution in solutions:
            info = solution.info
            self.answered |= solution.plan is not None
            self.pending |= dict.fromkeys(info.get("pending", ()))
            for what in COSTS:
                if (cost := info.get(what)) is not None:
                    self.costs[what] = self.costs.get(what, 0.0) + cost
            if solution.without:
                self.without.append(solution.without)
            if "jobs" in info:
                self.where = {name: info[name] for name in WHERE if name in info}
                self.jobs |= {job["job"]: job for job in info["jobs"]}
            told = {"jobs", "pending", "instead"} & info.keys()
            if told or solution.cut is not None:
                self.notes |= dict.fromkeys(info.get("notes", ()))

    def info(self) -> dict[str, Any]:
        """JSON-ready; empty where the parts had nothing to tell."""
        told: dict[str, Any] = {**self.where, **self.costs}
        notes = list(self.notes)
        if self.pending:
            told["pending"] = list(self.pending)
        if self.jobs:
            told["jobs"] = list(self.jobs.values())
        if self.without:
            count, why = len(self.without), self.without[0]
            told["parts_too_large"] = {"count": count, "why": sorted(set(self.without))}
            parts = "a part" if count == 1 else f"{count} parts"
            notes.append(f"{parts} had no place at the other solver, and changed nothing: {why}")
        return told | ({"notes": notes} if notes else {})
