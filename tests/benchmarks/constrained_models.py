"""Constrained models with published answers, and dimod's own generators: a CQM each, and what its
plans are worth.

| spec | problem |
|---|---|
| nug12, ... | quadratic assignment (QAPLIB) |
| berlin52, ... | travelling salesman (TSPLIB, EUC_2D); tour:12 is twelve cities at random |
| gap1_1, ... | generalised assignment, the first problem of the OR-Library's gap1 |
| hp2, OR5x100-0.25_1, ... | multidimensional knapsack |
| queen8_8:9, ... | colouring with 9 colours (DIMACS); without a number, with the fewest that are known to do |
| cap71, cap71:strong, ... | uncapacitated, single-source facility location (OR-Library) |
| bin-packing:10, knapsack:10, multi-knapsack:10, quadratic-assignment:10, mimo:10 | dimod.generators, seeded by the size |

Plans are scored by the instance's numbers alone: its CQM has no say. The domains' classes are used
where they have the model; tours by place and colourings with a number of colours are here, and
number everything from 0.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import dimod
import numpy as np
import numpy.typing as npt
from dimod import generators

from problems.logistics import (
    FacilityLocation,
    GeneralizedAssignment,
    MultiKnapsack,
    QuadraticAssignment,
)
from qopt import QoptError

from .instances import NotAtHand

Sample = Mapping[Any, float]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Case:
    """A CQM, which is minimised, and `score`: a sample's value in the instance's own terms, None
    where it is no plan.
    """

    name: str
    family: str
    cqm: dimod.ConstrainedQuadraticModel
    sense: str
    best_known: float | None
    score: Callable[[Sample], float | None]

    def energy(self, value: float) -> float:
        """The CQM's objective where the instance has `value`."""
        return -value if self.sense == "max" else value

    def gap(self, value: float) -> float | None:
        """How much worse `value` is than the best known, in percent of that; None where no value is
        known.
        """
        if self.best_known is None:
            return None
        worse = self.energy(value) - self.energy(self.best_known)
        if self.best_known == 0:
            return math.copysign(math.inf, worse) if worse else 0.0
        return 100 * worse / abs(self.best_known)


class Problem(Protocol):
    """What every family below is: its numbers, a model of them, and what a plan is worth."""

    def cqm(self) -> dimod.ConstrainedQuadraticModel: ...

    def score(self, sample: Sample) -> float | None: ...


@dataclass(frozen=True, eq=False)
class Planned:
    """A problem of a domain.

    A sample has a value where it is the assignment of a feasible plan, nothing more or less.
    """

    problem: Any

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        model: dimod.ConstrainedQuadraticModel = self.problem.model()
        return model

    def score(self, sample: Sample) -> float | None:
        plan = self.problem.decode(sample)
        found, own = self.problem.evaluate(plan), self.problem.encode(plan)
        return (
            float(found.objective)
            if found.feasible and all(sample[name] == own[name] for name in own)
            else None
        )


@dataclass(frozen=True, eq=False)
class TravellingSalesman:
    """x[city,place]; the length of the round trip by distance float64[n, n] is minimised."""

    distance: Floats

    @classmethod
    def read(cls, path: Path) -> TravellingSalesman:
        head, _, places = path.read_text().partition("NODE_COORD_SECTION")
        if "EUC_2D" not in head:
            raise NotAtHand(
                f"{path.name}: only distances of EDGE_WEIGHT_TYPE EUC_2D are read; take berlin52 "
                "or eil51"
            )
        rows = np.array(places.partition("EOF")[0].split(), dtype=float).reshape(-1, 3)
        return cls.between(rows[:, 1:])

    @classmethod
    def between(cls, places: Floats) -> TravellingSalesman:
        """Cities at places float64[n, 2], their distances rounded as TSPLIB does."""
        return cls(np.floor(np.linalg.norm(places[:, None] - places, axis=2) + 0.5))

    @classmethod
    def random(cls, cities: int) -> TravellingSalesman:
        return cls.between(np.random.default_rng(cities).uniform(0, 1000, (cities, 2)))

    @property
    def names(self) -> Names:
        return _names("x", *self.distance.shape)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        n = len(self.distance)
        cell = np.arange(n * n).reshape(n, n)
        a, b = np.nonzero(~np.eye(n, dtype=bool))
        row, col = cell[a], np.roll(cell, -1, axis=1)[b]  # [legs, places]
        leg = np.repeat(self.distance[a, b], n)
        cqm = _minimise(self.names, np.zeros((n, n)), (row.ravel(), col.ravel(), leg))
        _exactly_one(cqm, "visited", self.names)
        _exactly_one(cqm, "place", self.names.T)
        return cqm

    def score(self, sample: Sample) -> float | None:
        tour = _permutation(_chosen(sample, self.names).T)
        return None if tour is None else float(self.distance[tour, np.roll(tour, -1)].sum())


@dataclass(frozen=True, eq=False)
class GraphColouring:
    """x[node,colour]; any colouring will do.

    A plan's value is the number of its conflicts, among edges int64[m, 2].
    """

    nodes: int
    edges: Ints
    colours: int

    @classmethod
    def read(cls, path: Path, colours: int) -> GraphColouring:
        """Edges that the file lists twice, or in both directions, count once."""
        lines = [line.split() for line in path.read_text().splitlines()]
        (nodes,) = (int(words[2]) for words in lines if words[:1] == ["p"])
        edges = (
            np.array([words[1:3] for words in lines if words[:1] == ["e"]], dtype=np.int64).reshape(
                -1, 2
            )
            - 1
        )
        return cls(nodes, np.unique(np.sort(edges, axis=1), axis=0), colours)

    @property
    def names(self) -> Names:
        return _names("x", self.nodes, self.colours)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        names = self.names
        cqm = _minimise(names, np.zeros(names.shape))
        _exactly_one(cqm, "coloured", names)
        for u, v in self.edges.tolist():
            for colour, ends in enumerate(names[[u, v]].T.tolist()):
                _row(cqm, f"differ[{u},{v},{colour}]", ends, (1.0, 1.0), "<=", 1.0)
        return cqm

    def score(self, sample: Sample) -> float | None:
        chosen = _chosen(sample, self.names)
        if not (chosen.sum(axis=1) == 1).all():
            return None
        u, v = chosen.argmax(axis=1)[self.edges].T
        return float((u == v).sum())


@dataclass(frozen=True, eq=False)
class Generated:
    """A model of dimod's, which has no numbers but those of its CQM: dimod itself scores its
    samples.
    """

    model: dimod.ConstrainedQuadraticModel

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        return self.model

    def score(self, sample: Sample) -> float | None:
        return (
            float(self.model.objective.energy(sample))
            if self.model.check_feasible(sample)
            else None
        )


def _uncapacitated(path: Path, form: str) -> FacilityLocation:
    """Where each warehouse could serve everyone, as in cap71, cap101 and cap131, nothing is gained
    by splitting customers.
    """
    read = FacilityLocation.read(path)
    assert read.capacity is not None
    assert read.demand is not None
    if read.capacity.min() < read.demand.sum():
        raise NotAtHand(
            f"{path.name}: its capacities bind, and customers may be split; take cap71, cap101 or "
            "cap131"
        )
    return FacilityLocation(
        read.fixed, read.cost, formulation="strong" if form == "strong" else "summed"
    )


def _random_assignment(n: int) -> dimod.ConstrainedQuadraticModel:
    random = np.random.default_rng(n)
    places = random.integers(0, 10, (n, 2))
    distance = np.abs(places[:, None] - places).sum(axis=2)
    flow = np.triu(random.integers(0, 10, (n, n)), 1)
    return generators.quadratic_assignment(distance, flow + flow.T)


def _random_mimo(n: int) -> dimod.ConstrainedQuadraticModel:
    """BPSK through a channel with as many receivers as transmitters, and noise; no constraint."""
    bqm = generators.mimo("BPSK", num_transmitters=n, num_receivers=n, SNRb=5.0, seed=n)
    return dimod.ConstrainedQuadraticModel.from_bqm(bqm)


GENERATORS: dict[str, Callable[[int], Problem]] = {
    "bin-packing": lambda n: Generated(generators.random_bin_packing(n, seed=n)),
    "knapsack": lambda n: Generated(generators.random_knapsack(n, seed=n)),
    "multi-knapsack": lambda n: Generated(
        generators.random_multi_knapsack(n, max(2, n // 5), seed=n)
    ),
    "quadratic-assignment": lambda n: Generated(_random_assignment(n)),
    "mimo": lambda n: Generated(_random_mimo(n)),
    "tour": TravellingSalesman.random,
}
READERS: dict[
    str, Callable[[Path, Mapping[str, Any], str], Problem]
] = {  # of a file, its entry, and what the spec adds
    "qap": lambda path, entry, form: Planned(QuadraticAssignment.read(path)),
    "tsp": lambda path, entry, form: TravellingSalesman.read(path),
    "generalized_assignment": lambda path, entry, form: Planned(
        GeneralizedAssignment.read(path, problem=entry["problem"])
    ),
    "multidim_knapsack": lambda path, entry, form: Planned(
        MultiKnapsack.read(path, problem=entry.get("problem", 1))
    ),
    "graph_colouring": lambda path, entry, form: GraphColouring.read(
        path, int(form or entry["best_known"])
    ),
    "facility_location": lambda path, entry, form: Planned(_uncapacitated(path, form)),
}


def load(spec: str, folder: str | None = None) -> Case:
    """The case of a spec, as in the table above.

    `folder`, by default what QOPT_INSTANCES says, has an index.json and the files it lists; raises
    NotAtHand where it has not.
    """
    name, _, form = spec.partition(":")
    if name in GENERATORS:
        if not form.isdigit():
            raise NotAtHand(f"{spec!r} has no size; give one, as in {name}:10")
        problem = GENERATORS[name](int(form))
        return Case(spec, name, problem.cqm(), "min", None, problem.score)
    path, entries = index(folder)
    if name not in entries:
        raise NotAtHand(
            f"no instance {name!r}; there are "
            f"{', '.join([*entries, *(f'{kind}:10' for kind in GENERATORS)])}"
        )
    entry = entries[name]
    family, sense, known = entry["family"], entry["sense"], entry.get("best_known")
    if form and not (
        form == "strong"
        if family == "facility_location"
        else family == "graph_colouring" and form.isdigit()
    ):
        raise NotAtHand(
            f"{spec}: a colon follows graphs, as in queen8_8:9, and warehouses, as in cap71:strong"
        )
    try:
        problem = READERS[family](path / entry["path"], entry, form)
    except OSError as error:
        raise NotAtHand(
            f"{path / entry['path']}: {error.strerror}; give a folder with the files of its index"
        ) from None
    except QoptError as error:
        raise NotAtHand(str(error)) from None
    return Case(
        spec,
        family,
        problem.cqm(),
        sense,
        0.0 if family == "graph_colouring" else known,
        problem.score,
    )


def index(folder: str | None = None) -> tuple[Path, dict[str, Mapping[str, Any]]]:
    """Where the instances are, and the index's entries of the families above, by name."""
    folder = folder or os.environ.get("QOPT_INSTANCES")
    if folder is None:
        raise NotAtHand(
            "no instances: give --instances DIR, set QOPT_INSTANCES, or take a generator, as in "
            "tour:12"
        )
    path = Path(folder)
    try:
        entries = json.loads((path / "index.json").read_text())
    except OSError as error:
        raise NotAtHand(
            f"{path / 'index.json'}: {error.strerror}; give a folder with an index.json to "
            "--instances"
        ) from None
    return path, {entry["name"]: entry for entry in entries if entry["family"] in READERS}


def _names(name: str, *shape: int) -> Names:
    """name[0,0], name[0,1], ... in an array of that shape."""
    every = [f"{name}[{','.join(map(str, place))}]" for place in np.ndindex(*shape)]
    return np.array(every, dtype=object).reshape(shape)


def _minimise(
    names: Names, linear: Floats, couplings: tuple[Ints, Ints, Floats] | tuple[()] = ()
) -> dimod.ConstrainedQuadraticModel:
    """A CQM of binaries without constraints; couplings are rows, columns and biases."""
    objective = dimod.BinaryQuadraticModel.from_numpy_vectors(
        linear.ravel(),
        couplings or (np.empty(0, int), np.empty(0, int), np.empty(0)),
        0.0,
        "BINARY",
        variable_order=names.ravel().tolist(),
    )
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(objective)
    return cqm


def _row(
    cqm: dimod.ConstrainedQuadraticModel,
    label: str,
    names: Any,
    weights: Any,
    sense: str,
    rhs: float,
) -> None:
    terms = [(name, weight) for name, weight in zip(names, weights, strict=True) if weight]
    cqm.add_constraint_from_iterable(terms, sense, rhs=rhs, label=label)


def _exactly_one(cqm: dimod.ConstrainedQuadraticModel, label: str, names: Names) -> None:
    """A row label[k] for each row k of `names`."""
    for k, row in enumerate(names.tolist()):
        _row(cqm, f"{label}[{k}]", row, [1.0] * len(row), "==", 1.0)


def _chosen(sample: Sample, names: Names) -> Bits:
    return np.array([sample[name] == 1 for name in names.flat]).reshape(names.shape)


def _permutation(chosen: Bits) -> Ints | None:
    """The column of each row, None where that is no permutation."""
    found = (chosen.sum(axis=0) == 1).all() and (chosen.sum(axis=1) == 1).all()
    return np.argmax(chosen, axis=1) if found else None
