"""A cut of a graph."""

from __future__ import annotations

from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Cut(JsonPlan):
    """The nodes by name on either side.

    A side names itself by no number, so the first is that of the graph's first node.
    """

    one: tuple[str, ...]
    other: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(f"{len(side)} nodes: {', '.join(side)}" for side in (self.one, self.other))
