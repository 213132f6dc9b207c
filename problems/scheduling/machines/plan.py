"""A schedule of jobs on parallel machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Turn:
    """A job on a machine, both by name, from `start` to `end`, without the set-up before.

    Times are in the instance's units.
    """

    machine: str
    job: str
    start: int
    end: int


@dataclass(frozen=True)
class Queues(JsonPlan):
    """The turns, machine after machine, in the order of their starts."""

    turns: tuple[Turn, ...]

    @property
    def makespan(self) -> int:
        return max((turn.end for turn in self.turns), default=0)

    def by_machine(self) -> dict[str, list[Turn]]:
        turns_on: dict[str, list[Turn]] = {}
        for turn in self.turns:
            turns_on.setdefault(turn.machine, []).append(turn)
        return {
            machine: sorted(turns, key=lambda turn: (turn.start, turn.end))
            for machine, turns in turns_on.items()
        }

    def to_dict(self) -> dict[str, Any]:
        return {"makespan": self.makespan} | super().to_dict()

    def __str__(self) -> str:
        lines = [
            f"{machine}: " + "  ".join(f"{turn.job} {turn.start}-{turn.end}" for turn in turns)
            for machine, turns in self.by_machine().items()
        ]
        return "\n".join([*lines, f"makespan {self.makespan}"])
