"""Small connected parts of a device's graph, spread over it, each with a problem whose lowest
energy is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SPINS = 12
STRENGTHS = np.array([-1.0, -0.5, 0.5, 1.0])
DOUBLINGS = 40  # of the search for a scale


@dataclass(frozen=True, eq=False)
class Cell:
    """An Ising problem on a few qubits, in units of the device's h and J.

    `qubits` int64[n]; `h` float64[n]; `ends` int64[m, 2], places in `qubits`; `j` float64[m].
    `ground` is the lowest energy, found by trying all 2^n states.
    """

    qubits: npt.NDArray[np.int64]
    h: npt.NDArray[np.float64]
    ends: npt.NDArray[np.int64]
    j: npt.NDArray[np.float64]
    ground: float

    def energies(self, spins: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """float64[reads] of spins, -1 and 1, [reads, n]."""
        values = spins.astype(np.float64)
        pairs = values[:, self.ends[:, 0]] * values[:, self.ends[:, 1]]
        return np.asarray(values @ self.h + pairs @ self.j)


def all_states(count: int) -> npt.NDArray[np.int8]:
    """int8[2^count, count]: every state of so many spins, -1 and 1."""
    bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    return (2 * bits - 1).astype(np.int8)


def planted(
    qubits: Sequence[int],
    neighbours: Mapping[int, Sequence[int]],
    random: np.random.Generator,
    *,
    share: float,
    temperature: float,
    most: float,
) -> Cell:
    """A cell with random biases, scaled so that at the `temperature` a `share` of reads, in
    (0, 1), would be ground states by Boltzmann's law; but at most to `most` in h and J.
    """
    place = {qubit: k for k, qubit in enumerate(qubits)}
    pairs = [
        (place[qubit], place[other])
        for qubit in qubits
        for other in neighbours[qubit]
        if other in place and place[qubit] < place[other]
    ]
    h, j = random.choice(STRENGTHS, len(qubits)), random.choice(STRENGTHS, len(pairs))
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    cell = Cell(np.array(qubits, dtype=np.int64), h, ends, j, 0.0)
    energies = cell.energies(all_states(len(qubits)))
    scale = min(_scale(energies - energies.min(), share, temperature), most)
    return Cell(cell.qubits, scale * h, ends, scale * j, scale * float(energies.min()))


def _scale(above: npt.NDArray[np.float64], share: float, temperature: float) -> float:
    """By bisection: the share of ground states grows with the scale."""
    grounds = (above < 1e-9).sum()
    low, high = 0.0, 1e3 * temperature
    for _ in range(DOUBLINGS):
        middle = (low + high) / 2
        found = grounds / np.exp(-middle * above / temperature).sum()
        low, high = (middle, high) if found < share else (low, middle)
    return high


def grown(
    graph: Any, count: int, random: np.random.Generator, *, spins: int = SPINS
) -> tuple[list[list[int]], dict[int, list[int]]]:
    """Up to `count` disjoint connected sets of so many nodes of a networkx.Graph, and the
    neighbours of all nodes.

    They begin at nodes that are spread evenly over the device's numbering, which follows its
    layout, and grow by the neighbour with the most couplings into them. Where a part of the device
    has no room for one, there is one fewer.
    """
    neighbours = {int(node): sorted(map(int, graph[node])) for node in graph}
    free = set(neighbours)
    nodes = np.array(sorted(free), dtype=np.int64)
    starts = (np.arange(count) + random.random()) / count * len(nodes)
    cells = []
    for start in starts.astype(int) % max(len(nodes), 1):
        # from there on, until one has room around it
        for node in np.roll(nodes, -start)[: max(1, len(nodes) // count)].tolist():
            cell = _cell(node, neighbours, free, spins) if node in free else None
            if cell is not None:
                free -= set(cell)
                cells.append(cell)
                break
    return cells, neighbours


def _cell(
    start: int, neighbours: Mapping[int, Sequence[int]], free: set[int], spins: int
) -> list[int] | None:
    """None where it cannot grow, and for a tree, in which nothing is frustrated."""
    cell, into = [start], dict[int, int]()
    while len(cell) < spins:
        for other in neighbours[cell[-1]]:
            if other in free and other not in cell:
                into[other] = into.get(other, 0) + 1
        if not into:
            return None
        best = min(into, key=lambda node: (-into[node], node))
        del into[best]
        cell.append(best)
    inside = set(cell)
    couplings = sum(other in inside for node in cell for other in neighbours[node]) // 2
    return cell if couplings >= spins else None
