"""The model of a colouring: `colour[node,c]`, c = 1..K.

    sum_c colour[v,c] = 1                              for each node v          once[v]
    sum_c colour[u,c] colour[v,c] = 0                  for each edge u, v       differ[u,v]

Where K colours are given that is all, and any assignment without violation will do. Where as few as
possible are to be used,

    minimise sum_c used[c],    colour[v,c] <= used[c]                           used[v,c]

The rows of an edge are products that must vanish, so a penalty counts the edges in conflict; no row
has slack. Colours are not told apart: each colouring is there K! times, which annealing does not
mind and proofs do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize, QoptError
from qopt.kit.models import exactly_one, labels, minimise

from .neighbours import Ints
from .plan import Colouring

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class ColoursModel:
    """Nodes in colours 1 to `colours`; int64[edges, 2] `pairs` of them differ.

    With `fewest` as few colours as possible are to be used.
    """

    nodes: Sequence[str]
    pairs: Ints
    colours: int
    fewest: bool

    @property
    def _palette(self) -> range:
        return range(1, self.colours + 1)

    @cached_property
    def _cells(self) -> Any:
        """The variables, [nodes, colours]."""
        return labels("colour", self.nodes, [str(c) for c in self._palette])

    @cached_property
    def _used(self) -> list[str]:
        return [f"used[{c}]" for c in self._palette] if self.fewest else []

    def size(self) -> ModelSize:
        n, k, edges = len(self.nodes), self.colours, len(self.pairs)
        return ModelSize(n * k + len(self._used), edges * k, n + edges + n * len(self._used))

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        cells = self._cells
        variables = np.concatenate([cells.ravel(), np.array(self._used, dtype=object)])
        cost = np.repeat([0.0, 1.0], [cells.size, len(self._used)])
        cqm = minimise(variables, cost)
        exactly_one(cqm, "once", self.nodes, cells)
        rows = cells.tolist()
        for i, j in self.pairs.tolist():
            products = [(x, y, 1.0) for x, y in zip(rows[i], rows[j], strict=True)]
            label = f"differ[{self.nodes[i]},{self.nodes[j]}]"
            cqm.add_constraint_from_iterable(products, "==", rhs=0.0, label=label)
        for node, row in zip(self.nodes, rows, strict=True):
            for c, (cell, used) in enumerate(zip(row, self._used, strict=False), 1):
                terms = [(cell, 1.0), (used, -1.0)]
                cqm.add_constraint_from_iterable(terms, "<=", rhs=0.0, label=f"used[{node},{c}]")
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> Colouring:
        """The colours of the sample; a node without just one is left without any."""
        colour_of: dict[str, int] = {}
        for node, row in zip(self.nodes, self._cells.tolist(), strict=True):
            colours = [c for c, cell in zip(self._palette, row, strict=True) if sample[cell] > 0.5]
            if len(colours) == 1:
                colour_of[node] = colours[0]
        return Colouring(colour_of)

    def sample(self, plan: Colouring) -> dict[Any, float]:
        """Raises QoptError for a colour the model has not, or a node the graph has not."""
        known = set(self.nodes)
        for node, colour in plan.colours.items():
            if node not in known:
                raise QoptError(f"the plan colours {node!r}, which is no node of the graph")
            if colour not in self._palette:
                has = f"the model has colours 1 to {self.colours}"
                raise QoptError(f"the plan gives {node} colour {colour}; {has}")
        cells = {
            cell: float(plan.colours.get(node) == c)
            for node, row in zip(self.nodes, self._cells.tolist(), strict=True)
            for c, cell in zip(self._palette, row, strict=True)
        }
        in_use = zip(self._used, self._palette, strict=False)
        return cells | {used: float(c in plan.classes) for used, c in in_use}
