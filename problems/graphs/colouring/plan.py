"""A colouring of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Colouring(JsonPlan):
    """The colour, from 1, of each node by name; nodes left without one are not in it."""

    colours: Mapping[str, int]

    @property
    def classes(self) -> dict[int, tuple[str, ...]]:
        """The nodes of each colour in use, by colour."""
        nodes_of: dict[int, list[str]] = {}
        for node, colour in self.colours.items():
            nodes_of.setdefault(colour, []).append(node)
        return {colour: tuple(nodes_of[colour]) for colour in sorted(nodes_of)}

    def __str__(self) -> str:
        return "\n".join(
            f"colour {colour}: {', '.join(nodes)}" for colour, nodes in self.classes.items()
        )
