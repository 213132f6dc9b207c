"""A part of a graph to be coloured again, so that few nodes have the colour that is to go.

The colour to go is the smallest in use, or colour 0, which stands for none: nodes that nobody found
a colour for yet. Each freed node has a choice of the colours that its fixed neighbours have not,
and of the colour to go:

    minimise sum_v colour[v,spare],    sum_c colour[v,c] = 1,    sum_c colour[u,c] colour[v,c] = 0

over the edges between freed nodes, where colour 0 clashes with nothing. What is minimised ranks the
whole's colourings as they rank themselves, and those with as many colours by how little keeps them
from having one less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, ModelSize, Violation

from .plan import Colouring

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Recolouring:
    """Nodes, the colours each may have, and edges among them.

    As few as possible should have the colour `spare`.
    """

    choices: Mapping[str, tuple[int, ...]]
    edges: tuple[tuple[str, str], ...]
    spare: int

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Colouring

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(self.choices)

    def model_size(self) -> ModelSize:
        shared = [self._shared(u, v) for u, v in self.edges]
        joined = sum(1 for colours in shared if colours)
        variables = sum(map(len, self.choices.values()))
        return ModelSize(variables, sum(map(len, shared)), len(self.choices) + joined)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        labels = {
            (node, c): f"colour[{node},{c}]"
            for node, choice in self.choices.items()
            for c in choice
        }
        cost = np.array([float(c == self.spare) for _, c in labels])
        none = np.empty(0, dtype=np.int64)
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                cost,
                (none, none, none.astype(float)),
                0.0,
                "BINARY",
                variable_order=list(labels.values()),
            )
        )
        for node, choice in self.choices.items():
            terms = [(labels[node, c], 1.0) for c in choice]
            cqm.add_constraint_from_iterable(terms, "==", rhs=1.0, label=f"once[{node}]")
        for u, v in self.edges:
            if products := [(labels[u, c], labels[v, c], 1.0) for c in self._shared(u, v)]:
                cqm.add_constraint_from_iterable(products, "==", rhs=0.0, label=f"differ[{u},{v}]")
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Colouring:
        colours: dict[str, int] = {}
        for node, choice in self.choices.items():
            chosen = [c for c in choice if sample[f"colour[{node},{c}]"] > 0.5]
            if len(chosen) == 1:
                colours[node] = chosen[0]
        return Colouring(colours)

    def encode(self, plan: Colouring) -> dict[Any, float]:
        return {
            f"colour[{node},{c}]": float(plan.colours.get(node) == c)
            for node, choice in self.choices.items()
            for c in choice
        }

    def evaluate(self, plan: Colouring) -> Evaluation:
        """How many nodes have the spare colour.

        Broken are nodes without one of their colours, and edges in conflict.
        """
        broken = [
            Violation(f"node[{node}]", 1.0, "without colour")
            for node, choice in self.choices.items()
            if plan.colours.get(node) not in choice
        ]
        for u, v in self.edges:
            if u in plan.colours and plan.colours[u] == plan.colours.get(v) != 0:
                broken.append(Violation(f"differ[{u},{v}]", 1.0, "conflict"))
        return Evaluation(
            float(sum(colour == self.spare for colour in plan.colours.values())), tuple(broken)
        )

    def _shared(self, u: str, v: str) -> list[int]:
        other = set(self.choices[v])
        return [c for c in self.choices[u] if c and c in other]


@dataclass
class Freed:
    """Nodes of a coloured graph being freed, by number, with what each may choose.

    `joined` has the neighbours of each node, `colours` int64[n] the present colours (0 for none),
    `palette` the colours in question, of which `spare` is one, or is 0.
    """

    joined: Sequence[Ints]
    colours: Ints
    palette: Ints
    spare: int
    nodes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = len(self.colours)
        self.free = np.zeros(n, dtype=np.bool_)
        # column 0 is for any colour that is not in question
        last = max(int(self.colours.max()), int(self.palette.max()))
        self._column = np.zeros(last + 1, dtype=np.int64)
        self._column[self.palette] = 1 + np.arange(len(self.palette))
        # fixed neighbours by colour
        self._taken = np.zeros((n, 1 + len(self.palette)), dtype=np.int64)
        degrees = [len(neighbours) for neighbours in self.joined]
        if sum(degrees):
            owner, neighbours = np.repeat(np.arange(n), degrees), np.concatenate(self.joined)
            np.add.at(self._taken, (owner, self._column[self.colours[neighbours]]), 1)

    def choice(self, node: int) -> Ints:
        """The colours that the fixed neighbours leave a node; the present one is among them."""
        allowed: Ints = self.palette[self._taken[node, 1:] == 0]
        return allowed if self.spare else np.append(0, allowed)

    def grow(self, candidates: Iterable[int], size: int) -> None:
        """Free the candidates in turn as long as all choices together are at most `size`."""
        total = 0
        for node in candidates:
            neighbours = self.joined[node]
            column = self._column[self.colours[node]]
            last = self._taken[neighbours, column] == 1  # fixed one of their neighbours to have it
            regained = int(np.count_nonzero(self.free[neighbours] & last)) if column else 0
            total += len(self.choice(node)) + regained
            if total > size:
                return
            self.free[node] = True
            self.nodes.append(node)
            self._taken[neighbours, column] -= 1

    def problem(self, names: Sequence[str]) -> Recolouring:
        edges = tuple(
            (names[u], names[v])
            for u in self.nodes
            for v in self.joined[u].tolist()
            if u < v and self.free[v]
        )
        return Recolouring(
            {names[u]: tuple(self.choice(u).tolist()) for u in self.nodes}, edges, self.spare
        )


def free_nodes(freed: Freed, kind: str, size: int, random: np.random.Generator) -> Freed | None:
    """`freed` with nodes of a `kind` in it, whose choices add up to at most `size`.

    None where not two of them fit.
    """
    going = np.flatnonzero(freed.colours == freed.spare)
    if kind == "classes":
        others = freed.palette[freed.palette != freed.spare]
        random.shuffle(others)
        kept, count = list[int](), len(going)
        for colour in others.tolist():
            nodes = int(np.count_nonzero(freed.colours == colour))
            if (count + nodes) * (len(kept) + 2) <= size:
                kept.append(colour)
                count += nodes
        if not kept:
            return None
        palette = np.array(sorted({*kept, freed.spare} - {0}), dtype=np.int64)
        freed = Freed(freed.joined, freed.colours, palette, freed.spare)
        candidates = np.flatnonzero(np.isin(freed.colours, [*kept, freed.spare]))
        random.shuffle(candidates)
        freed.grow(candidates.tolist(), size)
    else:
        freed.grow(_nearest(freed.joined, int(random.choice(going)), random), size)
    return freed if len(freed.nodes) > 1 else None


def _nearest(joined: Sequence[Ints], start: int, random: np.random.Generator) -> Iterable[int]:
    """The nodes that can be reached from `start`, breadth first, neighbours in random order."""
    seen, queue = {start}, [start]
    for node in queue:  # which grows meanwhile
        yield node
        unseen = [v for v in random.permutation(joined[node]).tolist() if v not in seen]
        seen.update(unseen)
        queue += unseen
