"""What was swept on two roads, stage by stage: what a structured run records and replays by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import QoptError
from .run_options import require_sweeps

Road = Literal["rows", "qubo"]
ROADS: tuple[Road, Road] = ("rows", "qubo")  # in the order in which they take turns


@dataclass(frozen=True)
class Stages:
    """By road the sweeps of its stages, each as `num_sweeps` of one run.

    Stage k of the rows comes before stage k of the QUBO, and that before stage k + 1 of the rows.
    """

    rows: list[Any] = field(default_factory=list)
    qubo: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, given: Mapping[Any, Any]) -> Stages:
        """Of a mapping with just these two keys. Raises QoptError for anything else."""
        if set(given) != set(ROADS) or not all(_is_list(stages) for stages in given.values()):
            raise QoptError(
                f"num_sweeps={dict(given)!r}: give a mapping as info['num_sweeps'] of a result has "
                "it, {'rows': [stage, ...], 'qubo': [stage, ...]}"
            )
        for stages in given.values():
            for stage in stages:
                require_sweeps(stage)
        return cls(list(given["rows"]), list(given["qubo"]))

    def of_road(self, road: Road) -> list[Any]:
        return self.rows if road == "rows" else self.qubo

    def in_turn(self) -> Iterator[tuple[Road, Any]]:
        for k in range(max(len(self.rows), len(self.qubo))):
            for road in ROADS:
                yield from ((road, stage) for stage in self.of_road(road)[k : k + 1])

    def record(self) -> dict[str, list[Any]]:
        """The mapping that `of` takes."""
        return {"rows": self.rows, "qubo": self.qubo}


def _is_list(stages: Any) -> bool:
    return isinstance(stages, Sequence) and not isinstance(stages, str)
