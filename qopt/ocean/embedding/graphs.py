"""The two graphs of an embedding: the problem's, which is the source, and the device's, which is
the target.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import QoptError
from ...kit.checks import shown

if TYPE_CHECKING:
    import networkx
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]

HALF = 32  # bits of a number below 2**32, which qubits and positions are
SHAPES = {"zephyr": ("rows", "tile"), "pegasus": ("rows",), "chimera": ("rows", "columns", "tile")}


@dataclass(frozen=True, eq=False)
class Source:
    """The graph of a problem.

    Attributes
    ----------
    labels
        Of the variables, in an order that does not depend on the order they were given in.
    edges
        int64 (m, 2): positions in `labels` of variables that are coupled, the smaller first, in
        ascending order, none twice.
    """

    labels: tuple[Hashable, ...]
    edges: IntArray

    @classmethod
    def of(cls, thing: Any) -> Source:
        """Of a dimod BQM, a networkx graph, a list of edges, or a Source.

        Couplings of exactly 0 in a BQM need no coupler and are no edges. Raises QoptError for
        anything else, and for an edge from a variable to itself.
        """
        if isinstance(thing, Source):
            return thing
        if hasattr(thing, "to_numpy_vectors") and hasattr(thing, "variables"):
            labels = _in_order(thing.variables)
            _, (row, column, bias), _ = thing.to_numpy_vectors(variable_order=labels)
            return cls(labels, _edges(row[bias != 0], column[bias != 0]))
        if hasattr(thing, "nodes") and hasattr(thing, "edges"):
            return cls._of_edges(thing.nodes, thing.edges)
        pairs = _pairs(thing)
        return cls._of_edges([label for pair in pairs for label in pair], pairs)

    @classmethod
    def complete(cls, n: int) -> Source:
        """The complete graph of 0, 1, ..., n - 1."""
        return cls(tuple(range(n)), np.argwhere(np.triu(np.ones((n, n), dtype=bool), 1)))

    @classmethod
    def _of_edges(cls, nodes: Iterable[Any], pairs: Iterable[Any]) -> Source:
        labels = _in_order(nodes)
        at = {label: k for k, label in enumerate(labels)}
        ends = [(at[u], at[v]) for u, v in pairs]
        for u, v in ends:
            if u == v:
                said = f"couples variable {shown(labels[u], 60)} with itself; leave it out"
                raise QoptError(f"source: an edge {said}")
        table = np.array(ends, dtype=np.int64).reshape(-1, 2)
        return cls(labels, _edges(table[:, 0], table[:, 1]))

    @cached_property
    def digest(self) -> str:
        """The same for the same graph, in whatever order its variables and edges were given."""
        told = hashlib.sha256(f"{len(self.labels)}:".encode())
        told.update(np.ascontiguousarray(self.edges, dtype="<i8").tobytes())
        return told.hexdigest()

    @property
    def density(self) -> float:
        """The share of all pairs of variables that are coupled; 0 of fewer than two variables."""
        n = len(self.labels)
        return len(self.edges) / (n * (n - 1) / 2) if n > 1 else 0.0


@dataclass(frozen=True, eq=False)
class Target:
    """The graph of a device: its working qubits and couplers.

    Attributes
    ----------
    name, graph_id
        Which device, and which state of it: embeddings are kept under both.
    family, shape
        "zephyr", "pegasus" or "chimera" and its numbers as the device tells them; "" and () for a
        graph that is none of these, where no cliques are known.
    qubits
        int64 (n,), ascending.
    couplers
        int64 (m, 2), the smaller qubit first, in ascending order, none twice.
    """

    name: str
    graph_id: str
    family: str
    shape: tuple[int, ...]
    qubits: IntArray
    couplers: IntArray

    @classmethod
    def of(cls, thing: Any, device_key: tuple[str, str] | None = None) -> Target:
        """Of a description of a device, a structured sampler, a networkx graph, or a Target.

        `device_key`, (name, graph_id), takes the place of what the thing says of itself. A graph_id
        that nobody says is a hash of the qubits and couplers. Raises QoptError for anything else.
        """
        name, graph_id = device_key or ("", "")
        thing = getattr(thing, "target", thing)  # of a device that is open
        if isinstance(thing, Target):
            named = (name or thing.name, graph_id or thing.graph_id)
            return cls(*named, thing.family, thing.shape, thing.qubits, thing.couplers)
        if hasattr(thing, "couplers") and hasattr(thing, "topology_type"):
            family, shape = thing.topology_type, tuple(thing.topology_shape)
            qubits, couplers = thing.qubits, thing.couplers
            name, graph_id = name or thing.name, graph_id or str(thing.graph_id)
        elif hasattr(thing, "nodelist") and hasattr(thing, "edgelist"):
            told = thing.properties.get("topology", {})
            family, shape = told.get("type", ""), tuple(told.get("shape", ()))
            qubits, couplers = thing.nodelist, thing.edgelist
            name = name or str(thing.properties.get("chip_id", type(thing).__name__))
        elif hasattr(thing, "nodes") and hasattr(thing, "edges"):
            family = thing.graph.get("family", "")
            shape = tuple(thing.graph[part] for part in SHAPES.get(family, ()))
            qubits, couplers = list(thing.nodes), list(thing.edges)
            name = name or str(thing.graph.get("name", "graph"))
        else:
            wanted = "a description of a device, a structured sampler or a networkx graph"
            raise QoptError(f"graph={shown(thing, 60)}: give {wanted}")
        nodes, edges = _numbered(qubits, couplers)
        family = family if family in SHAPES else ""
        made = cls(name, graph_id, family, shape if family else (), nodes, edges)
        return made if graph_id else cls.of(made, (name, made.digest[:12]))

    @cached_property
    def digest(self) -> str:
        """Of the qubits and couplers."""
        told = hashlib.sha256(f"{self.family}{self.shape}{len(self.qubits)}:".encode())
        for array in (self.qubits, self.couplers):
            told.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        return told.hexdigest()

    @property
    def told(self) -> tuple[str, tuple[int, ...], IntArray, IntArray]:
        """What `graph_of` takes."""
        return self.family, self.shape, self.qubits, self.couplers

    def graph(self) -> networkx.Graph:
        """As a networkx graph; of a known family with the facts that Ocean's functions ask for."""
        return graph_of(*self.told)

    def joined(self, u: Any, v: Any) -> npt.NDArray[np.bool_]:
        """Whether there are couplers between qubits `u` and `v`, arrays of one shape."""
        u, v = np.asarray(u, dtype=np.int64), np.asarray(v, dtype=np.int64)
        wanted = _keys(u, v)
        at = np.searchsorted(self._keys, wanted)
        return np.asarray(np.append(self._keys, -1)[at] == wanted)

    @cached_property
    def _keys(self) -> IntArray:
        return _keys(self.couplers[:, 0], self.couplers[:, 1])


def graph_of(
    family: str, shape: tuple[int, ...], qubits: Any = None, couplers: Any = None
) -> networkx.Graph:
    """A networkx graph of qubits and couplers; of a known family without any, all that it has."""
    import networkx

    nodes = None if qubits is None else np.asarray(qubits).tolist()
    edges = None if couplers is None else [tuple(pair) for pair in np.asarray(couplers).tolist()]
    if not family:
        plain = networkx.Graph()
        plain.add_nodes_from(nodes)
        plain.add_edges_from(edges)
        return plain
    import dwave.graphs

    made = getattr(dwave.graphs, f"{family}_graph")
    return made(*shape, node_list=nodes, edge_list=edges)


def _in_order(labels: Iterable[Any]) -> tuple[Hashable, ...]:
    """Without those that come again, sorted by the name of their type and what Python writes for
    them.
    """
    return tuple(
        sorted(dict.fromkeys(labels), key=lambda label: (type(label).__name__, repr(label)))
    )


def _pairs(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, str | bytes) or not isinstance(thing, Iterable):
        raise QoptError(f"source={shown(thing, 60)}: give a BQM, a graph or a list of edges")
    entries = list(thing.keys() if isinstance(thing, Mapping) else thing)
    for k, entry in enumerate(entries):
        if (
            isinstance(entry, str | bytes)
            or not isinstance(entry, Iterable)
            or len(list(entry)) != 2
        ):
            raise QoptError(f"source: edge {k} is {shown(entry, 60)}; give two labels")
    return [(u, v) for u, v in entries]


def _edges(u: Any, v: Any) -> IntArray:
    """Pairs with the smaller first, sorted, none twice."""
    keys = np.unique(_keys(np.asarray(u, dtype=np.int64), np.asarray(v, dtype=np.int64)))
    return np.stack([keys >> HALF, keys & ((1 << HALF) - 1)], axis=1)


def _keys(u: IntArray, v: IntArray) -> IntArray:
    """A number for each pair, whichever of the two comes first; they sort as the pairs do."""
    return np.asarray((np.minimum(u, v) << HALF) | np.maximum(u, v))


def _numbered(qubits: Any, couplers: Any) -> tuple[IntArray, IntArray]:
    """Arrays of qubits and couplers. Raises QoptError where they are not numbers."""
    try:
        nodes = np.unique(np.asarray(qubits, dtype=np.int64).ravel())
        table = np.asarray(couplers, dtype=np.int64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        raise QoptError("graph: its qubits are not whole numbers; relabel them") from None
    if len(nodes) and not 0 <= nodes[0] <= nodes[-1] < 1 << (HALF - 1):
        raise QoptError(
            f"graph: a qubit {nodes[0] if nodes[0] < 0 else nodes[-1]}; give numbers from 0"
        )
    edges = _edges(table[:, 0], table[:, 1])
    strange = edges[~np.isin(edges, nodes).all(axis=1)]
    if len(strange):
        raise QoptError(
            f"graph: the coupler {tuple(strange[0].tolist())} joins no two of its qubits"
        )
    return nodes, edges
