"""Some nodes put on a side anew, in a graph of their own with one node that stands for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qopt.kit.quadratic import Bools, Floats, Ints, Quadratic

from .plan import Cut


@dataclass(frozen=True, eq=False)
class Part:
    """A graph of the nodes `free` int64, named `names`, and of one that is named `rest`."""

    free: Ints
    names: tuple[str, ...]
    rest: str
    edges: tuple[tuple[str, str], ...]
    weights: tuple[float, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.rest, *self.names)

    def sides(self, cut: Cut) -> list[bool]:
        """Of each free node whether it is on the side that the rest is not on."""
        with_rest = set(cut.one if self.rest in cut.one else cut.other)
        return [name not in with_rest for name in self.names]


def sided_anew(
    function: Quadratic, nodes: Sequence[str], bits: Bools, size: int, random: np.random.Generator
) -> Part:
    """At most `size` nodes near each other, and the rest on the side whose `bits` are False.

    `function` is what a cut weighs. Who is joined to the other side is joined to the rest by so
    much less.
    """
    free = function.nearest(size - 1, random)
    part = function.part(free, bits)
    names = tuple(nodes[k] for k in free)
    weights = -part.quad / 2
    pull = part.linear - _at_each_node(weights, part)
    ends = zip(part.row.tolist(), part.col.tolist(), strict=True)
    rest = _name_of_the_rest(nodes)
    joined = [(name, float(weight)) for name, weight in zip(names, pull, strict=True) if weight]
    return Part(
        free=free,
        names=names,
        rest=rest,
        edges=(*((names[a], names[b]) for a, b in ends), *((rest, name) for name, _ in joined)),
        weights=(*weights.tolist(), *(weight for _, weight in joined)),
    )


def _at_each_node(weights: Floats, part: Quadratic) -> Floats:
    """float64[n]: what the edges at each node weigh together."""
    total = np.zeros(len(part.linear))
    np.add.at(total, part.row, weights)
    np.add.at(total, part.col, weights)
    return total


def _name_of_the_rest(nodes: Sequence[str]) -> str:
    """One that no node has."""
    name = "(the rest)"
    while name in nodes:
        name = f"({name})"
    return name
