"""Maximum cut: nodes on two sides, so that the edges between the sides weigh as much as can be.

Formulation: `side[node]`, a bit, without constraints. An edge of weight w between a and b is cut
where x_a + x_b - 2 x_a x_b is 1:

    minimise  sum_ab w_ab (2 x_a x_b - x_a - x_b)

Each cut is there twice, with its sides exchanged; `decode` puts the first node into the first side.

Source: instances of Helmberg and Rendl (2000), the G-set; the form is that of Barahona, Groetschel,
Juenger and Reinelt (1988).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import listed, require_count, shown
from qopt.kit.files import noted, stem, told_of
from qopt.kit.quadratic import Bools, Floats, Ints, Quadratic

from ..given import drawn
from .files import read_graph
from .parts import sided_anew
from .plan import Cut
from .weighted import WeightedGraph, graph_of

if TYPE_CHECKING:
    import dimod

PAIRS = (tuple, list, np.ndarray)  # what an edge can come as
NUMBERS = (int, float, np.number)


@dataclass(frozen=True)
class MaxCut:
    """Nodes joined by edges with weights.

    Parameters
    ----------
    edges
        Pairs of different nodes by name; those that come twice, in either order, add up.
    weights
        A finite number for each, of any sign. Default: 1.
    nodes
        The names, which are texts. Default: those in `edges`, in order of appearance.

    Raises
    ------
    QoptError
        For an edge from a node to itself or to an unknown one, a weight that is no finite number,
        or a name given twice.
    """

    edges: tuple[tuple[str, str], ...]
    weights: tuple[float, ...] = ()
    nodes: tuple[str, ...] = ()
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "max"
    plan_type: ClassVar = Cut
    formats: ClassVar = (
        "rudy (G-set): 'nodes edges', then 'i j weight' an edge; "
        "DIMACS, Matrix Market, lists of edges"
    )
    kinds: ClassVar = ("near",)

    def __post_init__(self) -> None:
        edges = tuple(_pair(edge) for edge in listed("edges", self.edges))
        nodes = listed("nodes", self.nodes) or tuple(
            dict.fromkeys(node for edge in edges for node in edge)
        )
        if not nodes:
            raise QoptError("a graph needs at least one node; give nodes= or edges")
        place = {node: k for k, node in enumerate(nodes)}
        if len(place) < len(nodes) or not all(isinstance(node, str) and node for node in nodes):
            raise QoptError("nodes: give each node a text of its own")
        weights = listed("weights", self.weights) or (1.0,) * len(edges)
        if len(weights) != len(edges):
            raise QoptError(
                f"weights has {len(weights)} numbers for {len(edges)} edges; give one an edge"
            )
        total: dict[tuple[int, int], float] = {}
        for (a, b), weight in zip(edges, weights, strict=True):
            if a not in place or b not in place:
                unknown = a if a not in place else b
                raise QoptError(f"edge {a}, {b}: there is no node {unknown!r} among the nodes")
            if not (isinstance(weight, NUMBERS) and math.isfinite(weight)):
                raise QoptError(f"edge {a}, {b} has weight {weight!r}; give a finite number")
            ends = (min(place[a], place[b]), max(place[a], place[b]))
            total[ends] = total.get(ends, 0.0) + float(weight)
        object.__setattr__(self, "nodes", nodes)
        object.__setattr__(self, "edges", tuple((nodes[a], nodes[b]) for a, b in sorted(total)))
        object.__setattr__(self, "weights", tuple(total[ends] for ends in sorted(total)))

    @classmethod
    def read(cls, path: str | Path, *, format: str | None = None) -> MaxCut:
        """Read a file of a graph, whose formats `problems.graphs.cuts.files` explains.

        The content tells which it is. Nodes are named as in the file. `format` is "rudy", "dimacs",
        "mtx" or "edges". Raises FileError with the line.
        """
        graph = read_graph(Path(path), format)
        with told_of(Path(path)):
            return cls._of(graph, stem(Path(path)))

    @classmethod
    def from_graph(cls, graph: Any, *, weight: str | None = "weight", name: str = "") -> MaxCut:
        """Of a graph as people have it in Python.

        That is one of networkx, an adjacency matrix (numpy, scipy.sparse, a frame of pandas or
        polars), or a list of edges.

        `weight` is the attribute of networkx's edges that holds their weights; those without one
        have weight 1, and all have for None. Nodes have their labels as names, or "1", "2", ...
        where there are none. Edges from a node to itself, which are never cut, are left out, and
        parallel ones add up. Raises QoptError for a graph with directions, for what is no graph,
        and for a weight that is no finite number.
        """
        return cls._of(graph_of(graph, weight), name)

    @classmethod
    def _of(cls, graph: WeightedGraph, name: str) -> MaxCut:
        nodes = graph.nodes
        edges = tuple((nodes[a], nodes[b]) for a, b in graph.ends.tolist())
        return noted(cls(edges, tuple(graph.weights.tolist()), nodes, name), graph.notes)

    @classmethod
    def generate(
        cls, *, nodes: int = 50, degree: float = 4.0, signs: bool = False, seed: int = 0
    ) -> MaxCut:
        """Each pair of nodes joined as likely as makes `degree` edges a node.

        Weight 1, or with `signs` -1 or 1.
        """
        require_count("nodes", nodes)
        require_count("seed", seed, least=0)
        if not 0 <= degree <= max(nodes - 1, 0):
            raise QoptError(f"degree={degree!r}: a node of {nodes} has 0 to {nodes - 1} neighbours")
        random = np.random.default_rng(seed)
        row, col = drawn(nodes, degree / max(nodes - 1, 1), random)
        weights = random.choice([-1.0, 1.0], len(row)) if signs else np.ones(len(row))
        names = [str(k + 1) for k in range(nodes)]
        ends = zip(row.tolist(), col.tolist(), strict=True)
        edges = tuple((names[a], names[b]) for a, b in ends)
        return cls(edges, tuple(weights.tolist()), tuple(names), name=f"random-{nodes}-s{seed}")

    def model_size(self) -> ModelSize:
        return ModelSize(len(self.nodes), len(self._function.quad), 0)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._function.times(-1.0).cqm(self._labels)

    def decode(self, sample: Mapping[Any, float]) -> Cut:
        return self.cut(np.array([sample[label] > 0.5 for label in self._labels]))

    def encode(self, plan: Cut) -> dict[Any, float]:
        """Raises QoptError for a plan that has not each node on one side."""
        if sorted((*plan.one, *plan.other)) != sorted(self.nodes):
            raise QoptError("the plan does not have each node on just one side")
        return {
            label: float(bit) for label, bit in zip(self._labels, self._bits(plan), strict=True)
        }

    def evaluate(self, plan: Cut) -> Evaluation:
        """The weight of the edges between the sides.

        Broken are nodes on no side, on both, or that there are not.
        """
        times = Counter((*plan.one, *plan.other))
        broken = [
            Violation(f"node[{node}]", 1.0, "missing") for node in self.nodes if node not in times
        ]
        known = set(self.nodes)
        for node, count in times.items():
            if node not in known:
                broken.append(Violation(f"node[{node}]", 1.0, "unknown"))
            elif count > 1:
                broken.append(Violation(f"node[{node}]", float(count - 1), "too often"))
        one, other = set(plan.one), set(plan.other)
        in_one = np.array([node in one for node in self.nodes])
        in_other = np.array([node in other for node in self.nodes])
        a, b = self._ends.T
        cut = (in_one[a] & in_other[b]) | (in_other[a] & in_one[b])
        return Evaluation(
            float(self._weight[cut].sum()),
            tuple(broken),
            {"nodes on the first side": float(len(one))},
        )

    def greedy(self) -> Cut:
        """All nodes on one side, then always what gains most to the other, until none does."""
        return self.cut(self._function.ascended(np.zeros(len(self.nodes), dtype=np.bool_)))

    def neighbourhood(
        self, plan: Cut, kind: str, size: int, random: np.random.Generator, seen: Sequence[Any] = ()
    ) -> Neighbourhood | None:
        """Nodes "near" each other by their edges to be put on a side anew while all others stay.

        The part is a graph of these nodes and of one that stands for all others, on one of their
        sides: who is joined to the other side is joined to it by so much less.
        """
        if size < 2:
            return None
        bits = self._bits(plan)
        part = sided_anew(self._function, self.nodes, bits, size, random)
        problem = MaxCut(part.edges, part.weights, part.nodes)

        def back(cut: Cut) -> Cut:
            """The other nodes stay on their sides."""
            whole = bits.copy()
            whole[part.free] = part.sides(cut)
            return self.cut(whole)

        return Neighbourhood(problem, problem.cut(np.append(False, bits[part.free])), back)

    def cut(self, bits: Bools) -> Cut:
        """The cut between nodes whose bits, bool[nodes], are as the first one's and others."""
        sided = list(zip(self.nodes, (bits == bits[0]).tolist(), strict=True))
        return Cut(
            tuple(node for node, with_first in sided if with_first),
            tuple(node for node, with_first in sided if not with_first),
        )

    def draw(self, plan: Cut, axes: Any) -> None:
        """The sides as two columns of nodes.

        Edges between them are dark, those within a side light. Raises QoptError for a node that the
        graph does not have.
        """
        if unknown := [node for node in (*plan.one, *plan.other) if node not in set(self.nodes)]:
            raise QoptError(f"the plan has a node {unknown[0]!r}, and there is no such node")
        at = {
            node: (side, k - len(nodes) / 2)
            for side, nodes in enumerate((plan.one, plan.other))
            for k, node in enumerate(nodes)
        }
        for a, b in self.edges:
            if a not in at or b not in at:  # of a plan that lacks nodes
                continue
            (x, y), (u, v) = at[a], at[b]
            style = (
                {"color": "black", "linewidth": 0.6}
                if x != u
                else {"color": "lightgrey", "linewidth": 0.4}
            )
            axes.plot(
                [x, (x + u) / 2 + 0.15 * (x == u) * (1 if x else -1), u],
                [y, (y + v) / 2, v],
                zorder=1,
                **style,
            )
        axes.scatter([x for x, _ in at.values()], [y for _, y in at.values()], s=30, zorder=2)
        axes.set_axis_off()
        axes.set_title(f"{self.name or 'cut'}: {self.evaluate(plan).objective:g}")

    def _bits(self, plan: Cut) -> Bools:
        other = set(plan.other)
        return np.array([node in other for node in self.nodes])

    @cached_property
    def _ends(self) -> Ints:
        """int64[edges, 2]: numbers of nodes, from 0."""
        place = {node: k for k, node in enumerate(self.nodes)}
        return np.array([(place[a], place[b]) for a, b in self.edges], dtype=np.int64).reshape(
            -1, 2
        )

    @cached_property
    def _weight(self) -> Floats:
        return np.array(self.weights, dtype=np.float64)

    @cached_property
    def _function(self) -> Quadratic:
        """The weight of the cut; edges whose weights add up to 0 are left out."""
        weighs = self._weight != 0
        (row, col), weight, n = self._ends[weighs].T, self._weight[weighs], len(self.nodes)
        linear = np.zeros(n)
        np.add.at(linear, row, weight)
        np.add.at(linear, col, weight)
        return Quadratic(linear, row, col, -2.0 * weight)

    @cached_property
    def _labels(self) -> list[str]:
        return [f"side[{node}]" for node in self.nodes]


def _pair(edge: Any) -> tuple[str, str]:
    if not (
        isinstance(edge, PAIRS) and len(edge) == 2 and all(isinstance(n, str) and n for n in edge)
    ):
        raise QoptError(f"edge {shown(edge, 60)}: give two names of nodes, which are texts")
    if edge[0] == edge[1]:
        raise QoptError(
            f"edge {edge[0]}, {edge[1]} joins a node to itself, and is never cut; leave it out"
        )
    return edge[0], edge[1]
