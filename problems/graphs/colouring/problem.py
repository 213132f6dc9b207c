"""Graph colouring: joined nodes get different colours, as few as possible or as many as there are.

Formulation: `colour[node,c]`, c = 1..K.

    sum_c colour[v,c] = 1                              for each node v          once[v]
    sum_c colour[u,c] colour[v,c] = 0                  for each edge u, v       differ[u,v]

With `colours=K` that is all, and any assignment without violation will do. Without, K is what the
greedy colouring takes, and

    minimise sum_c used[c],    colour[v,c] <= used[c]                           used[v,c]

The rows of an edge are products that must vanish, so a penalty counts the edges in conflict; no row
has slack. Colours are not told apart: each colouring is there K! times, which annealing does not
mind and proofs do.

Such a search hardly ever empties a colour by chance. `neighbourhood` therefore frees nodes around
the smallest colour and minimises how many of them keep it (`parts.py`).

Sources: DSATUR of Brelaz (1979) is the greedy colouring; colours emptied node by node after
Blochliger and Zufferey (2008).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, Infeasible, ModelSize, Neighbourhood, QoptError, UnknownName, Violation
from qopt.kit.checks import listed, require_count, shown
from qopt.kit.files import noted

from ..given import drawn
from .files import read_graph
from .parts import Freed, free_nodes
from .plan import Colouring
from .sources import graph_of

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]
CLIQUES_TRIED = (
    50  # grown greedily, from the nodes with most neighbours, to find colours that are too few
)


@dataclass(frozen=True)
class GraphColouring:
    """Nodes, of which those joined by an edge need different colours.

    Parameters
    ----------
    edges
        Pairs of different nodes by name; a pair that comes twice, in either order, is one edge.
    nodes
        The names, which are texts. Default: those in `edges`, in order of appearance.
    colours
        How many there are; then every colouring is as good as another, and its objective 0.
        Default: as few as possible are used, which is the objective.

    Raises
    ------
    QoptError
        For an edge from a node to itself or to an unknown one, a name given twice, or colours below
        1.
    """

    edges: tuple[tuple[str, str], ...]
    nodes: tuple[str, ...] = ()
    colours: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar = "min"
    plan_type: ClassVar = Colouring
    formats: ClassVar = (
        "DIMACS: 'p edge nodes edges', then 'e i j' an edge; or 'nodes edges', then 'i j'"
    )
    kinds: ClassVar = ("region", "classes")
    anneal_whole_up_to: ClassVar = 200

    def __post_init__(self) -> None:
        require_count("colours", self.colours, optional=True)
        edges = tuple(_pair(edge) for edge in listed("edges", self.edges))
        nodes = listed("nodes", self.nodes)
        nodes = nodes or tuple(dict.fromkeys(node for edge in edges for node in edge))
        if not nodes:
            raise QoptError("a graph needs at least one node; give nodes= or edges")
        known: set[str] = set()
        for node in nodes:
            if not _is_name(node) or node in known:
                raise QoptError(f"nodes: {shown(node, 40)}; give each node a text of its own")
            known.add(node)
        for edge in edges:
            if unknown := [node for node in edge if node not in known]:
                raise QoptError(
                    f"edge {edge[0]}, {edge[1]}: there is no node {unknown[0]!r} among the nodes"
                )
        object.__setattr__(self, "nodes", nodes)
        place = {node: k for k, node in enumerate(nodes)}
        once = {tuple(sorted((place[a], place[b]))) for a, b in edges}
        object.__setattr__(self, "edges", tuple((nodes[a], nodes[b]) for a, b in sorted(once)))

    @classmethod
    def read(cls, path: str | Path, *, colours: int | None = None) -> GraphColouring:
        """Read a DIMACS graph, or a list of edges below a line 'nodes edges'.

        Edges may be listed twice.

        Nodes are named as the file numbers them. Edges from a node to itself are left out with a
        warning. Raises FileError.
        """
        return read_graph(Path(path)).make(cls, colours=colours)

    @classmethod
    def from_graph(
        cls, graph: Any, *, colours: int | None = None, name: str = ""
    ) -> GraphColouring:
        """Of a graph as people have it in Python.

        That is one of networkx, an adjacency matrix (numpy, scipy.sparse, a frame of pandas or
        polars), a mapping from each node to its neighbours, or a list of edges.

        Nodes have the names of their labels as texts, or "1", "2", ... where there are none.
        Directions and weights are not used, and edges from a node to itself are left out with a
        warning. Raises QoptError for what is no graph.
        """
        found = graph_of(graph)
        return noted(cls(found.edges, found.nodes, colours, name), found.notes, found.warnings)

    @classmethod
    def generate(
        cls, *, nodes: int = 20, density: float = 0.3, colours: int | None = None, seed: int = 0
    ) -> GraphColouring:
        """Each pair of nodes joined with probability `density`, 0..1."""
        require_count("nodes", nodes)
        require_count("seed", seed, least=0)
        if not 0 <= density <= 1:
            raise QoptError(f"density={density!r}: give a probability, 0 to 1")
        names = [str(k + 1) for k in range(nodes)]
        ends = (ends.tolist() for ends in drawn(nodes, density, np.random.default_rng(seed)))
        edges = tuple((names[a], names[b]) for a, b in zip(*ends, strict=True))
        return cls(edges, tuple(names), colours, name=f"random-{nodes}-s{seed}")

    def model_size(self) -> ModelSize:
        n, k, fewest = len(self.nodes), len(self._palette), self.colours is None
        return ModelSize(
            n * k + fewest * k, len(self.edges) * k, n + len(self.edges) + fewest * n * k
        )

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where more nodes than colours are all joined to each other."""
        import dimod

        self._require_enough()
        cells, palette = self._labels, self._palette
        used = [f"used[{c}]" for c in palette] if self.colours is None else []
        variables, none = cells.ravel().tolist() + used, np.empty(0, dtype=np.int64)
        cost = np.r_[np.zeros(cells.size), np.ones(len(used))]
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                cost, (none, none, none.astype(float)), 0.0, "BINARY", variable_order=variables
            )
        )
        ones, rows = [1.0] * len(palette), cells.tolist()
        for node, row in zip(self.nodes, rows, strict=True):
            cqm.add_constraint_from_iterable(
                list(zip(row, ones, strict=True)), "==", rhs=1.0, label=f"once[{node}]"
            )
        for (u, v), (i, j) in zip(self.edges, self._pairs.tolist(), strict=True):
            products = list(zip(rows[i], rows[j], ones, strict=True))
            cqm.add_constraint_from_iterable(products, "==", rhs=0.0, label=f"differ[{u},{v}]")
        for node, row in zip(self.nodes, rows, strict=True):
            for c, (cell, label) in enumerate(zip(row, used, strict=False), 1):
                cqm.add_constraint_from_iterable(
                    [(cell, 1.0), (label, -1.0)], "<=", rhs=0.0, label=f"used[{node},{c}]"
                )
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Colouring:
        """The colours of the sample; a node without just one is left without any."""
        found: dict[str, int] = {}
        for node, row in zip(self.nodes, self._labels.tolist(), strict=True):
            chosen = [c for c, cell in zip(self._palette, row, strict=True) if sample[cell] > 0.5]
            if len(chosen) == 1:
                found[node] = chosen[0]
        return Colouring(found)

    def encode(self, plan: Colouring) -> dict[Any, float]:
        """Raises QoptError for a colour the model has not, or a node the graph has not."""
        for node, colour in plan.colours.items():
            if node not in self._place:
                raise QoptError(f"the plan colours {node!r}, which is no node of the graph")
            if colour not in self._palette:
                raise QoptError(
                    f"the plan gives {node} colour {colour}; "
                    f"the model has colours 1 to {len(self._palette)}"
                )
        found = {
            cell: float(plan.colours.get(node) == c)
            for node, row in zip(self.nodes, self._labels.tolist(), strict=True)
            for c, cell in zip(self._palette, row, strict=True)
        }
        if self.colours is None:
            found |= {f"used[{c}]": float(c in plan.classes) for c in self._palette}
        return found

    def evaluate(self, plan: Colouring) -> Evaluation:
        """The number of colours used, or 0 where so many are given.

        Broken are nodes without a colour, colours there are not, and edges with one colour at both
        ends.
        """
        violations = [
            Violation(f"node[{node}]", 1.0, "without colour")
            for node in self.nodes
            if node not in plan.colours
        ]
        for node, colour in plan.colours.items():
            if node not in self._place:
                violations.append(Violation(f"node[{node}]", 1.0, "unknown"))
            elif colour < 1 or (self.colours is not None and colour > self.colours):
                violations.append(
                    Violation(f"node[{node}]", 1.0, f"of colour {colour}, which there is not")
                )
        for u, v in self.edges:
            if u in plan.colours and plan.colours[u] == plan.colours.get(v):
                violations.append(Violation(f"differ[{u},{v}]", 1.0, "conflict"))
        used = float(len(plan.classes))
        return Evaluation(
            used if self.colours is None else 0.0, tuple(violations), {"colours": used}
        )

    def greedy(self) -> Colouring:
        """DSATUR: next is the node whose neighbours have most colours.

        It takes the first colour that is left, and none if none is.
        """
        return self._dsatur(self.colours or len(self.nodes))

    def neighbourhood(
        self,
        plan: Colouring,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Nodes to colour again so that fewer have the smallest colour.

        Where some have no colour, fewer are to be without.

        "region": nodes near one of those, each with every colour that its other neighbours leave
        it. "classes": all nodes of a few colours, within these. None where there is a conflict, or
        nothing to gain.
        """
        colours = np.array([plan.colours.get(node, 0) for node in self.nodes], dtype=np.int64)
        u, v = self._pairs.T
        complete, fewest = bool(colours.all()), self.colours is None
        if ((colours[u] == colours[v]) & (colours[u] > 0)).any() or (
            complete and (not fewest or len(plan.classes) == 1)
        ):
            return None
        spare = int(min(plan.classes, key=lambda c: (len(plan.classes[c]), c))) if complete else 0
        palette = np.array(sorted(plan.classes) if complete else self._palette, dtype=np.int64)
        freed = free_nodes(Freed(self._joined, colours, palette, spare), kind, size, random)
        if freed is None:
            return None
        problem = freed.problem(self.nodes)
        part = Colouring({node: int(colours[self._place[node]]) for node in problem.nodes})

        def back(found: Colouring) -> Colouring:
            return Colouring(
                {node: c for node, c in (dict(plan.colours) | dict(found.colours)).items() if c}
            )

        return Neighbourhood(problem, part, back)

    def draw(self, plan: Colouring, axes: Any) -> None:
        """The nodes on a circle, by colour, and the edges.

        An edge in conflict is thick, a node without colour white. Raises QoptError for a node that
        the graph has not.
        """
        from matplotlib import colormaps

        for node in plan.colours:
            if node not in self._place:
                raise UnknownName("node of the graph", str(node), self.nodes)

        shades = colormaps["tab20"]
        order = sorted(
            range(len(self.nodes)), key=lambda k: (plan.colours.get(self.nodes[k], 0), k)
        )
        angle = np.empty(len(order))
        angle[order] = 2 * np.pi * np.arange(len(order)) / len(order)
        x, y = np.cos(angle), np.sin(angle)
        for (u, v), (i, j) in zip(self.edges, self._pairs.tolist(), strict=True):
            conflict = u in plan.colours and plan.colours[u] == plan.colours.get(v)
            style = (
                {"color": "black", "linewidth": 2.5}
                if conflict
                else {"color": "lightgrey", "linewidth": 0.6}
            )
            axes.plot([x[i], x[j]], [y[i], y[j]], zorder=1, **style)
        shown = [plan.colours.get(node, 0) for node in self.nodes]
        faces = [shades((c - 1) % 20) if c else "white" for c in shown]
        axes.scatter(x, y, s=60, c=faces, edgecolors="black", linewidths=0.5, zorder=2)
        if len(self.nodes) <= 60:
            for node, at_x, at_y in zip(self.nodes, x, y, strict=True):
                axes.text(1.12 * at_x, 1.12 * at_y, node, ha="center", va="center", fontsize=8)
        axes.set_aspect("equal")
        axes.set_axis_off()
        axes.set_title(f"{self.name or 'colouring'}: {len(plan.classes)} colours")

    @cached_property
    def _place(self) -> dict[str, int]:
        return {node: k for k, node in enumerate(self.nodes)}

    @cached_property
    def _pairs(self) -> Ints:
        """int64[edges, 2]: the ends of each edge as numbers of nodes, from 0."""
        ends = [(self._place[a], self._place[b]) for a, b in self.edges]
        return np.array(ends, dtype=np.int64).reshape(-1, 2)

    @cached_property
    def _joined(self) -> list[Ints]:
        """The neighbours of each node."""
        ends = np.concatenate([self._pairs, self._pairs[:, ::-1]])
        ends = ends[np.argsort(ends[:, 0], kind="stable")]
        return np.split(
            ends[:, 1], np.cumsum(np.bincount(ends[:, 0], minlength=len(self.nodes)))[:-1]
        )

    @cached_property
    def _palette(self) -> range:
        """The model's colours."""
        most = self.colours or len(set(self._dsatur(len(self.nodes)).colours.values()))
        return range(1, most + 1)

    @cached_property
    def _labels(self) -> npt.NDArray[np.object_]:
        """The variables, [nodes, colours]."""
        every = [f"colour[{node},{c}]" for node in self.nodes for c in self._palette]
        return np.array(every, dtype=object).reshape(len(self.nodes), len(self._palette))

    def _dsatur(self, most: int) -> Colouring:
        n, found = len(self.nodes), dict[str, int]()
        degree = np.array([len(near) for near in self._joined])
        most = min(most, int(degree.max()) + 1)
        seen = np.zeros(
            (n, most + 2), dtype=np.bool_
        )  # whether a neighbour has the colour; colour 0 is nobody's
        seen[:, 0] = True
        colours_seen, open_ = np.zeros(n), np.ones(n, dtype=np.bool_)
        for _ in range(n):
            node = int(np.argmax(np.where(open_, colours_seen * n + degree, -1.0)))
            open_[node] = False
            colour = int(np.argmin(seen[node]))
            if colour <= most:
                found[self.nodes[node]] = colour
                near = self._joined[node]
                colours_seen[near] += ~seen[near, colour]
                seen[near, colour] = True
        return Colouring({node: found[node] for node in self.nodes if node in found})

    def _require_enough(self) -> None:
        if self.colours is None:
            return
        for clique in self._cliques():
            if len(clique) > self.colours:
                names = [self.nodes[k] for k in sorted(clique)[: self.colours + 1]]
                message = (
                    f"{self.colours} colours are too few: "
                    f"nodes {', '.join(names)} are all joined to each other; "
                    f"give colours={len(names)} or more"
                )
                apart = [f"differ[{a},{b}]" for a, b in combinations(names, 2)]
                raise Infeasible(message, tuple([f"once[{node}]" for node in names] + apart))

    def _cliques(self) -> Iterator[list[int]]:
        """Nodes all joined to each other, grown from a node by its neighbours.

        Those with many neighbours of their own come first.
        """
        degree = np.array([len(near) for near in self._joined])
        for node in np.argsort(-degree, kind="stable")[:CLIQUES_TRIED].tolist():
            clique, candidates = [node], self._joined[node]
            while len(candidates):
                chosen = int(candidates[np.argmax(degree[candidates])])
                clique.append(chosen)
                candidates = np.intersect1d(candidates, self._joined[chosen])
            yield clique


def _is_name(node: object) -> bool:
    return isinstance(node, str) and bool(node.strip()) and node.isprintable()


def _pair(edge: Any) -> tuple[str, str]:
    if (
        isinstance(edge, str)
        or not hasattr(edge, "__len__")
        or len(edge) != 2
        or not all(isinstance(node, str) and node for node in edge)
    ):
        raise QoptError(
            f"edge {shown(edge, 60)}: give two names of nodes, "
            "which are texts (from_graph takes others)"
        )
    first, second = edge
    if first == second:
        raise QoptError(
            f"edge {first}, {second} joins a node to itself, which no colouring could keep; "
            "leave it out"
        )
    return first, second
