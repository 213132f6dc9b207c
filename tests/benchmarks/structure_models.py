"""What the benchmark of structure anneals: QUBOs of constrained models of which all else is
forgotten, models without rows, and large ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import dimod
import numpy as np

from qopt.compiler import Qubo

from .constrained_models import Case, Generated, TravellingSalesman
from .instances import couplings

Cqm: TypeAlias = dimod.ConstrainedQuadraticModel
SEEDS = (1, 2)  # of each size of the packing problems


@dataclass(frozen=True, eq=False)
class Hidden:
    """The QUBO that `dimod.cqm_to_bqm` makes of a case with a penalty weight.

    Bits are numbered in a random order. `names` are those of `bqm`, by number, which only
    `assignments` needs.
    """

    case: Case
    weight: float
    qubo: Qubo
    names: list[Any]
    invert: Callable[[Any], dict[Any, float]]

    @classmethod
    def of(cls, case: Case, times: float) -> Hidden:
        """With a weight of the objective's largest bias so many times, which is dimod's own choice
        with 10."""
        weight = times * largest_bias(case.cqm)
        bqm, invert = dimod.cqm_to_bqm(case.cqm, lagrange_multiplier=weight)
        vectors = bqm.to_numpy_vectors(return_labels=True)
        linear, (row, col, quad), offset, labels = vectors
        n = len(linear)
        place = np.random.default_rng(n).permutation(n)  # the new number of each bit
        order = np.argsort(place)
        qubo = Qubo.from_arrays(linear[order], place[row], place[col], quad, float(offset))
        return cls(case, weight, qubo, [labels[k] for k in order.tolist()], invert)

    def value(self, states: Any) -> float | None:
        """The best value of a plan among states int8[k, n], by the case's numbers; None where none
        is a plan."""
        return best_of(self.case, self.assignments(states))

    def assignments(self, states: Any) -> Iterator[dict[Any, float]]:
        for bits in np.asarray(states).tolist():
            yield self.invert(dict(zip(self.names, bits, strict=True)))


def best_of(case: Case, samples: Any) -> float | None:
    values = [value for value in map(case.score, samples) if value is not None]
    return min(values, key=case.energy, default=None)


def largest_bias(cqm: Cqm) -> float:
    objective = cqm.objective
    biases = [*objective.linear.values(), *objective.quadratic.values()]
    return max(map(abs, biases), default=1.0) or 1.0


# ---- packing -------------------------------------------------------------------------------------


def knapsack(random: np.random.Generator, items: int) -> Cqm:
    cqm, x = Cqm(), _bits("x", items)
    size = random.integers(5, 60, items)
    cqm.set_objective(_sum(-(size + random.integers(0, 20, items)), x))
    cqm.add_constraint(_sum(size, x) <= int(size.sum()) // 3, label="room")
    return cqm


def generalized_assignment(random: np.random.Generator, jobs: int, agents: int) -> Cqm:
    cqm = Cqm()
    x = [_bits(f"x[{j}]", agents) for j in range(jobs)]
    cost, load = random.integers(10, 50, (jobs, agents)), random.integers(5, 26, (jobs, agents))
    room = np.maximum(np.ceil(0.9 * load.sum(axis=0) / agents), 30).astype(int)
    cqm.set_objective(dimod.quicksum(_sum(cost[j], x[j]) for j in range(jobs)))
    for j in range(jobs):
        cqm.add_constraint(dimod.quicksum(x[j]) == 1, label=f"done[{j}]")
    for a in range(agents):
        mine = [x[j][a] for j in range(jobs)]
        cqm.add_constraint(_sum(load[:, a], mine) <= int(room[a]), label=f"room[{a}]")
    return cqm


def graph_colouring(random: np.random.Generator, nodes: int, colours: int) -> Cqm:
    """As few colours as can be, of as many, and the earlier ones rather."""
    cqm, used = Cqm(), _bits("used", colours)
    x = [_bits(f"x[{k}]", colours) for k in range(nodes)]
    cqm.set_objective(_sum(np.arange(10, 10 + colours), used))
    for k in range(nodes):
        cqm.add_constraint(dimod.quicksum(x[k]) == 1, label=f"coloured[{k}]")
        for c in range(colours):
            cqm.add_constraint(x[k][c] - used[c] <= 0, label=f"used[{k},{c}]")
    first, second = np.triu_indices(nodes, 1)
    edges = np.flatnonzero(random.random(len(first)) < 0.6 * colours / nodes)
    for u, v in zip(first[edges].tolist(), second[edges].tolist(), strict=True):
        for c in range(colours):
            cqm.add_constraint(x[u][c] + x[v][c] <= 1, label=f"differ[{u},{v},{c}]")
    return cqm


def bin_packing(random: np.random.Generator, items: int, bins: int) -> Cqm:
    cqm, used = Cqm(), _bits("used", bins)
    x = [_bits(f"x[{k}]", bins) for k in range(items)]
    size = random.integers(20, 101, items)
    cqm.set_objective(dimod.quicksum(used))
    for k in range(items):
        cqm.add_constraint(dimod.quicksum(x[k]) == 1, label=f"packed[{k}]")
    for b in range(bins):
        inside = [x[k][b] for k in range(items)]
        cqm.add_constraint(_sum(size, inside) - 150 * used[b] <= 0, label=f"room[{b}]")
    return cqm


def facility_location(random: np.random.Generator, customers: int, sites: int) -> Cqm:
    """With room for so much demand at each site that is open."""
    cqm, used = Cqm(), _bits("open", sites)
    x = [_bits(f"x[{k}]", sites) for k in range(customers)]
    cost, demand = random.integers(1, 99, (customers, sites)), random.integers(1, 10, customers)
    room = max(9, math.ceil(2 * demand.sum() / sites))
    cqm.set_objective(
        _sum(random.integers(50, 150, sites), used)
        + dimod.quicksum(_sum(cost[k], x[k]) for k in range(customers))
    )
    for k in range(customers):
        cqm.add_constraint(dimod.quicksum(x[k]) == 1, label=f"served[{k}]")
    for s in range(sites):
        here = [x[k][s] for k in range(customers)]
        cqm.add_constraint(_sum(demand, here) - room * used[s] <= 0, label=f"room[{s}]")
    return cqm


PACKING: dict[str, tuple[Callable[..., Cqm], list[tuple[int, ...]]]] = {
    "knapsack": (knapsack, [(20,), (50,), (100,), (200,)]),
    "generalized-assignment": (generalized_assignment, [(10, 3), (20, 4), (30, 5), (50, 6)]),
    "graph-colouring": (graph_colouring, [(8, 4), (12, 4), (20, 5), (30, 6)]),
    "bin-packing": (bin_packing, [(6, 4), (10, 7), (16, 11), (24, 16)]),
    "facility-location": (facility_location, [(8, 3), (12, 5), (20, 6), (40, 8)]),
}


def packing(names: Sequence[str] | None = None) -> Iterator[Case]:
    """All, or those of these names, as knapsack-20-s1."""
    for kind, (make, sizes) in PACKING.items():
        for size in sizes:
            for seed in SEEDS:
                name = "-".join([kind, *map(str, size), f"s{seed}"])
                if names is None or name in names:
                    problem = Generated(make(np.random.default_rng([seed, *size]), *size))
                    yield Case(name, kind, problem.cqm(), "min", None, problem.score)


# ---- without rows --------------------------------------------------------------------------------


def dense_integers(n: int = 1000) -> Qubo:
    random = np.random.default_rng(n)
    row, col = np.triu_indices(n, 1)
    weight = random.integers(-100, 101, len(row)).astype(float)
    return Qubo.from_arrays(random.integers(-100, 101, n).astype(float), row, col, weight)


def max_cut(n: int = 800, edges: int = 19176) -> Qubo:
    random = np.random.default_rng(n)
    chosen = random.choice(n * (n - 1) // 2, edges, replace=False)
    row, col = (ends[chosen] for ends in np.triu_indices(n, 1))
    return _glass(n, row, col, random.choice([-1.0, 1.0], edges))


def torus(side: int = 100) -> Qubo:
    place = np.arange(side * side).reshape(side, side)
    row = np.r_[place.ravel(), place.ravel()]
    col = np.r_[np.roll(place, -1, axis=0).ravel(), np.roll(place, -1, axis=1).ravel()]
    random = np.random.default_rng(side)
    return _glass(side * side, row, col, random.choice([-1.0, 1.0], len(row)))


def mean_field(n: int = 500) -> Qubo:
    """Sherrington and Kirkpatrick's spin glass."""
    row, col = np.triu_indices(n, 1)
    return _glass(n, row, col, np.random.default_rng(n).standard_normal(len(row)))


def three_regular(n: int = 2000) -> Qubo:
    """Three matchings at random, with real weights."""
    random = np.random.default_rng(n)
    ends = np.concatenate([random.permutation(n).reshape(-1, 2) for _ in range(3)])
    return _glass(n, ends[:, 0], ends[:, 1], random.standard_normal(len(ends)))


PLAIN: dict[str, Callable[[], Qubo]] = {
    "dense-1000": dense_integers,
    "max-cut-800": max_cut,
    "torus-100": torus,
    "mean-field-500": mean_field,
    "three-regular-2000": three_regular,
}
PUBLISHED = ("bqp2500_01", "G1", "G22")


# ---- large ---------------------------------------------------------------------------------------


def large_tour(count: int) -> Qubo:
    """Of 82 cities for a million couplings, and of more or fewer for others."""
    return _hidden(TravellingSalesman.random(math.ceil((0.55 * count) ** (1 / 3))).cqm())


def large_bins(count: int) -> Qubo:
    """With bins enough: two hold at least three items."""
    bins = max(3, round((count / 2.3) ** (1 / 3)))
    return _hidden(bin_packing(np.random.default_rng(count), 5 * bins // 3, bins))


def large_knapsack(count: int) -> Qubo:
    return _hidden(knapsack(np.random.default_rng(count), max(3, round((2 * count) ** 0.5))))


def large_sparse(count: int) -> Qubo:
    n = count // 4
    row, col, _ = couplings(n, count, seed=1)
    weight = np.random.default_rng(count).integers(-9, 10, count).astype(float)
    return Qubo.from_arrays(np.zeros(n), row, col, weight)


LARGE: dict[str, Callable[[int], Qubo]] = {
    "tour": large_tour,
    "bins": large_bins,
    "knapsack": large_knapsack,
    "sparse": large_sparse,
}


def _hidden(cqm: Cqm) -> Qubo:
    return Hidden.of(Case("", "", cqm, "min", None, Generated(cqm).score), 10.0).qubo


def _glass(n: int, row: Any, col: Any, weight: Any) -> Qubo:
    return Qubo.from_arrays(np.zeros(n), row, col, weight, vartype="SPIN")


def _bits(name: str, count: int) -> list[Any]:
    return [dimod.Binary(f"{name}[{k}]") for k in range(count)]


def _sum(coefficients: Any, variables: list[Any]) -> Any:
    return dimod.quicksum(
        int(c) * variable for c, variable in zip(coefficients, variables, strict=True)
    )
