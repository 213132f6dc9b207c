"""A graph by numbers: who is joined to whom, a first colouring, and cliques."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# grown greedily, from the nodes with most neighbours, to find colours that are too few
CLIQUES_TRIED = 50


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Nodes 0..n - 1, and int64[edges, 2] pairs of them that are joined."""

    nodes: int
    pairs: Ints

    @cached_property
    def of(self) -> Sequence[Ints]:
        """The neighbours of each node."""
        ends = np.concatenate([self.pairs, self.pairs[:, ::-1]])
        ends = ends[np.argsort(ends[:, 0], kind="stable")]
        counts = np.bincount(ends[:, 0], minlength=self.nodes)
        return np.split(ends[:, 1], np.cumsum(counts)[:-1])

    @cached_property
    def degree(self) -> Ints:
        return np.array([len(neighbours) for neighbours in self.of])

    def dsatur(self, most: int) -> dict[int, int]:
        """The colours, from 1, by node: next is the node whose neighbours have most colours.

        It takes the first colour that is left, and none if none of `most` is.
        """
        n, colours = self.nodes, dict[int, int]()
        most = min(most, int(self.degree.max()) + 1)
        # whether a neighbour has the colour; colour 0 is nobody's
        seen = np.zeros((n, most + 2), dtype=np.bool_)
        seen[:, 0] = True
        colours_seen, waiting = np.zeros(n), np.ones(n, dtype=np.bool_)
        for _ in range(n):
            node = int(np.argmax(np.where(waiting, colours_seen * n + self.degree, -1.0)))
            waiting[node] = False
            colour = int(np.argmin(seen[node]))
            if colour <= most:
                colours[node] = colour
                neighbours = self.of[node]
                colours_seen[neighbours] += ~seen[neighbours, colour]
                seen[neighbours, colour] = True
        return colours

    def cliques(self) -> Iterator[list[int]]:
        """Nodes all joined to each other, grown from a node by its neighbours.

        Those with many neighbours of their own come first.
        """
        for node in np.argsort(-self.degree, kind="stable")[:CLIQUES_TRIED].tolist():
            clique, candidates = [node], self.of[node]
            while len(candidates):
                chosen = int(candidates[np.argmax(self.degree[candidates])])
                clique.append(chosen)
                candidates = np.intersect1d(candidates, self.of[chosen])
            yield clique
