"""A machine schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True, order=True)
class Operation:
    """Step `step` of job `job` (both from 0) on `machine` from `start` for `duration`.

    Times are in the instance's units.
    """

    machine: int
    start: int
    duration: int
    job: int
    step: int

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass(frozen=True)
class Schedule(JsonPlan):
    """The operations that have a start, by machine and start."""

    operations: tuple[Operation, ...]

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> Schedule:
        """The operations, sorted."""
        return cls(
            tuple(sorted(operations, key=lambda o: (o.machine, o.start, o.duration, o.job, o.step)))
        )

    @property
    def makespan(self) -> int:
        return max((operation.end for operation in self.operations), default=0)

    def to_dict(self) -> dict[str, Any]:
        return {"makespan": self.makespan} | super().to_dict()

    def __str__(self) -> str:
        lines = []
        for machine in sorted({operation.machine for operation in self.operations}):
            queue = [operation for operation in self.operations if operation.machine == machine]
            lines.append(
                f"machine {machine}: " + "  ".join(f"job {o.job} {o.start}-{o.end}" for o in queue)
            )
        return "\n".join([*lines, f"makespan {self.makespan}"])
