"""What a project consists of, as it is given, and a plan of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qopt import QoptError
from qopt.kit.checks import listed
from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Activity:
    """A piece of work that is not interrupted.

    Parameters
    ----------
    name
        A text of its own.
    duration
        A whole number of time units, 0 or more; a milestone takes 0.
    needs
        What it takes of resources by name while it runs: whole numbers, 0 or more.
    after
        The activities, by name, that end before it starts.
    """

    name: str
    duration: int
    needs: Mapping[str, int] = field(default_factory=dict)
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.needs, Mapping):
            raise QoptError(f"activity {self.name}: give what it needs of each resource by name")
        object.__setattr__(self, "after", listed(f"after of activity {self.name}", self.after))


@dataclass(frozen=True)
class Execution:
    """An activity, by name, from `start` for `duration`, in the instance's time units."""

    activity: str
    start: int
    duration: int

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass(frozen=True)
class ProjectPlan(JsonPlan):
    """The activities that have a start, by start."""

    executions: tuple[Execution, ...]

    @classmethod
    def of(cls, executions: Iterable[Execution]) -> ProjectPlan:
        """The executions, sorted."""
        return cls(tuple(sorted(executions, key=lambda e: (e.start, e.duration, e.activity))))

    @property
    def makespan(self) -> int:
        return max((execution.end for execution in self.executions), default=0)

    def to_dict(self) -> dict[str, Any]:
        return {"makespan": self.makespan} | super().to_dict()

    def __str__(self) -> str:
        return "\n".join(
            [
                *(f"{e.start}-{e.end}: {e.activity}" for e in self.executions),
                f"makespan {self.makespan}",
            ]
        )
