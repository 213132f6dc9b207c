"""Graph colouring: joined nodes get different colours, as few as possible or as many as there are.

A search of the model (`model.py`) hardly ever empties a colour by chance. `neighbourhood` therefore
frees nodes around the smallest colour and minimises how many of them keep it (`parts.py`).

Sources: DSATUR of Brelaz (1979) is the greedy colouring; colours emptied node by node after
Blochliger and Zufferey (2008).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qopt import Evaluation, Infeasible, ModelSize, Neighbourhood, QoptError, UnknownName, Violation
from qopt.kit.checks import listed, require_count, shown
from qopt.kit.files import noted

from ..given import drawn
from .chart import draw_colouring
from .files import read_graph
from .model import ColoursModel
from .neighbours import Neighbours
from .parts import Freed, free_nodes
from .plan import Colouring
from .sources import graph_of

if TYPE_CHECKING:
    import dimod


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
        source = graph_of(graph)
        return noted(cls(source.edges, source.nodes, colours, name), source.notes, source.warnings)

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

    @cached_property
    def _model(self) -> ColoursModel:
        most = self.colours or max(self._graph.dsatur(len(self.nodes)).values())
        return ColoursModel(self.nodes, self._graph.pairs, most, self.colours is None)

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where more nodes than colours are all joined to each other."""
        self._require_enough()
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Colouring:
        """The colours of the sample; a node without just one is left without any."""
        return self._model.chosen(sample)

    def encode(self, plan: Colouring) -> dict[Any, float]:
        """Raises QoptError for a colour the model has not, or a node the graph has not."""
        return self._model.sample(plan)

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
        colours = self._graph.dsatur(self.colours or len(self.nodes))
        return Colouring({self.nodes[k]: colours[k] for k in sorted(colours)})

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
        u, v = self._graph.pairs.T
        complete, fewest = bool(colours.all()), self.colours is None
        if ((colours[u] == colours[v]) & (colours[u] > 0)).any() or (
            complete and (not fewest or len(plan.classes) == 1)
        ):
            return None
        spare = int(min(plan.classes, key=lambda c: (len(plan.classes[c]), c))) if complete else 0
        palette = np.array(
            sorted(plan.classes) if complete else range(1, self._model.colours + 1), dtype=np.int64
        )
        freed = free_nodes(Freed(self._graph.of, colours, palette, spare), kind, size, random)
        if freed is None:
            return None
        problem = freed.problem(self.nodes)
        part = Colouring({node: int(colours[self._place[node]]) for node in problem.nodes})

        def back(recoloured: Colouring) -> Colouring:
            whole = dict(plan.colours) | dict(recoloured.colours)
            return Colouring({node: c for node, c in whole.items() if c})

        return Neighbourhood(problem, part, back)

    def draw(self, plan: Colouring, axes: Any) -> None:
        """The nodes on a circle, by colour, and the edges.

        An edge in conflict is thick, a node without colour white. Raises QoptError for a node that
        the graph has not.
        """
        for node in plan.colours:
            if node not in self._place:
                raise UnknownName("node of the graph", str(node), self.nodes)
        draw_colouring(self.nodes, self._graph.pairs, plan, axes)
        axes.set_title(f"{self.name or 'colouring'}: {len(plan.classes)} colours")

    @cached_property
    def _place(self) -> dict[str, int]:
        return {node: k for k, node in enumerate(self.nodes)}

    @cached_property
    def _graph(self) -> Neighbours:
        ends = [(self._place[a], self._place[b]) for a, b in self.edges]
        return Neighbours(len(self.nodes), np.array(ends, dtype=np.int64).reshape(-1, 2))

    def _require_enough(self) -> None:
        """Raises Infeasible for more nodes than colours that are all joined to each other."""
        if self.colours is None:
            return
        for clique in self._graph.cliques():
            if len(clique) > self.colours:
                names = [self.nodes[k] for k in sorted(clique)[: self.colours + 1]]
                joined = f"nodes {', '.join(names)} are all joined to each other"
                message = f"{self.colours} colours are too few: {joined}"
                apart = [f"differ[{a},{b}]" for a, b in combinations(names, 2)]
                rows = tuple([f"once[{node}]" for node in names] + apart)
                raise Infeasible(f"{message}; give colours={len(names)} or more", rows)


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
