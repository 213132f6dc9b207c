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
        found: dict[int, list[str]] = {}
        for node, colour in self.colours.items():
            found.setdefault(colour, []).append(node)
        return {colour: tuple(found[colour]) for colour in sorted(found)}

    def __str__(self) -> str:
        return "\n".join(
            f"colour {colour}: {', '.join(nodes)}" for colour, nodes in self.classes.items()
        )
