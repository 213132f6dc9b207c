"""The models of which QUBOs are made to be read back: small problems of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import dimod
import numpy as np

from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.rows import Rows
from qopt.plugins import problem_class

SIZES: dict[str, dict[str, int]] = {
    "vehicle-routing": {"customers": 6},
    "travelling-salesman": {"cities": 10},
    "quadratic-assignment": {"facilities": 8},
    "bin-packing": {"items": 12},
    "generalized-assignment": {"jobs": 15, "agents": 4},
    "facility-location": {"sites": 5, "customers": 12},
    "multi-knapsack": {"items": 30},
    "job-shop": {"jobs": 3, "machines": 2},
    "flexible-job-shop": {"jobs": 3, "machines": 3, "steps": 2},
    "project-scheduling": {"activities": 10},
    "parallel-machines": {"jobs": 9, "machines": 3},
    "rostering": {"staff": 4, "weeks": 1},
    "timetabling": {"events": 8, "rooms": 2},
    "graph-colouring": {"nodes": 15},
    "max-cut": {"nodes": 60},
    "mean-variance": {"assets": 7},
    "index-tracking": {"assets": 7},
    "rebalancing": {"assets": 4, "periods": 3},
    "qubo-file": {"variables": 60},
}


def knapsack(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    cqm, x = _binaries(25)
    needs = random.integers(5, 60, 25).tolist()
    cqm.set_objective(_sum(-random.integers(5, 60, 25), x))
    cqm.add_constraint(_sum(needs, x) <= sum(needs) // 3, label="room")
    return cqm


def independent_set(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    cqm, x = _binaries(30)
    cqm.set_objective(_sum(-random.integers(1, 9, 30), x))
    for i, j in _edges(random, 30, 70):
        cqm.add_constraint(x[i] + x[j] <= 1, label=f"edge[{i},{j}]")
    return cqm


def vertex_cover(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    cqm, x = _binaries(30)
    cqm.set_objective(_sum(random.integers(1, 9, 30), x))
    for i, j in _edges(random, 30, 70):
        cqm.add_constraint(x[i] + x[j] >= 1, label=f"edge[{i},{j}]")
    return cqm


def graph_partitioning(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    cqm, x = _binaries(24)
    cut = [x[i] + x[j] - 2 * x[i] * x[j] for i, j in _edges(random, 24, 60)]
    cqm.set_objective(dimod.quicksum(cut))
    cqm.add_constraint(dimod.quicksum(x) == 12, label="half")
    return cqm


def set_packing(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    cqm, x = _binaries(30)
    cqm.set_objective(_sum(-random.integers(1, 9, 30), x))
    for k in range(12):
        sets = random.choice(30, int(random.integers(3, 8)), replace=False).tolist()
        cqm.add_constraint(dimod.quicksum(x[i] for i in sets) <= 1, label=f"element[{k}]")
    return cqm


def set_cover(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    cqm, x = _binaries(30)
    cqm.set_objective(_sum(random.integers(1, 9, 30), x))
    for k in range(14):
        sets = random.choice(30, int(random.integers(3, 8)), replace=False).tolist()
        cqm.add_constraint(dimod.quicksum(x[i] for i in sets) >= 1, label=f"element[{k}]")
    return cqm


def open_sites(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """Three sites are open, and each customer is at one that is."""
    sites, customers = 6, 10
    cqm, y = _binaries(sites, "open")
    x = [[dimod.Binary(f"at[{c},{s}]") for s in range(sites)] for c in range(customers)]
    cost = random.integers(1, 99, (customers, sites))
    cqm.set_objective(dimod.quicksum(_sum(cost[c], x[c]) for c in range(customers)))
    cqm.add_constraint(dimod.quicksum(y) == 3, label="open")
    for c in range(customers):
        cqm.add_constraint(dimod.quicksum(x[c]) == 1, label=f"served[{c}]")
        for s in range(sites):
            cqm.add_constraint(x[c][s] - y[s] <= 0, label=f"open[{c},{s}]")
    return cqm


def integer_rows(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """Eight whole numbers 0..11 in an equality and three inequalities."""
    cqm = dimod.ConstrainedQuadraticModel()
    n = [dimod.Integer(f"n[{k}]", upper_bound=11) for k in range(8)]
    target = random.integers(0, 12, 8).tolist()
    cqm.set_objective(dimod.quicksum((v - t) ** 2 for v, t in zip(n, target, strict=True)))
    cqm.add_constraint(dimod.quicksum(n) == 28, label="total")
    for k in range(3):
        needs = random.integers(1, 6, 8).tolist()
        cqm.add_constraint(_sum(needs, n) <= 4 * sum(needs), label=f"room[{k}]")
    return cqm


PLAIN: dict[str, Callable[[np.random.Generator], dimod.ConstrainedQuadraticModel]] = {
    "knapsack": knapsack,
    "independent-set": independent_set,
    "vertex-cover": vertex_cover,
    "graph-partitioning": graph_partitioning,
    "set-packing": set_packing,
    "set-cover": set_cover,
    "open-sites": open_sites,
    "integer-rows": integer_rows,
}
KINDS = (*SIZES, *PLAIN)


def model(kind: str, seed: int) -> dimod.ConstrainedQuadraticModel:
    if kind in PLAIN:
        return PLAIN[kind](np.random.default_rng(seed))
    generated: Any = problem_class(kind)
    cqm: dimod.ConstrainedQuadraticModel = generated.generate(**SIZES[kind], seed=seed).model()
    return cqm


@dataclass(frozen=True)
class Linear:
    """`low <= sum of coefficients times numbers <= high`; numbers by their places."""

    label: str
    terms: dict[int, int]
    low: float
    high: float


@dataclass(frozen=True)
class Products:
    """A sum of products that is never negative, and must be 0."""

    label: str
    linear: dict[int, float]
    pairs: list[tuple[int, int, float]]


@dataclass(frozen=True, eq=False)
class Whole:
    """A model of numbers 0..range in whole-number rows, as all tools take it."""

    names: list[str]
    ranges: list[int]
    linear: list[float]
    pairs: list[tuple[int, int, float]]
    rows: list[Linear]
    products: list[Products]

    @classmethod
    def of(cls, cqm: dimod.ConstrainedQuadraticModel) -> Whole:
        arrays = ModelArrays.from_cqm(cqm)
        return cls.of_arrays(arrays, Rows.of(arrays))

    @classmethod
    def of_arrays(cls, arrays: ModelArrays, rows: Rows) -> Whole:
        """Raises ValueError for rows without a common step and quadratic ones of other kinds."""
        base = arrays.lower
        if rows.stepless.any() or (rows.kind == "quadratic").any() or (arrays.step != 1).any():
            raise ValueError("rows that not all ways can take")
        linear, q = arrays.linear.copy(), arrays.quadratic
        np.add.at(linear, q.row, q.value * base[q.col])
        np.add.at(linear, q.col, q.value * base[q.row])
        return cls(
            [str(name) for name in arrays.variables],
            np.rint(arrays.upper - base).astype(int).tolist(),
            linear.tolist(),
            list(zip(q.row.tolist(), q.col.tolist(), q.value.tolist(), strict=True)),
            [_linear(arrays, rows, c) for c in np.flatnonzero(rows.kind != "product").tolist()],
            [_products(arrays, c) for c in np.flatnonzero(rows.kind == "product").tolist()],
        )

    def in_linear_rows(self) -> Whole:
        """Products as rows: `x y == 0` as `x + y <= 1`, `x - x y == 0` as `x <= y`."""
        rows = [row for sums in self.products for row in self._rows_of(sums)]
        return replace(self, rows=self.rows + rows, products=[])

    def _rows_of(self, sums: Products) -> Iterator[Linear]:
        for k, (i, j, value) in enumerate(sums.pairs):
            label = f"{sums.label}.{k}"
            if value < 0:
                x, y = (i, j) if sums.linear.get(i, 0.0) > 0 else (j, i)
                u, v = self.ranges[x], self.ranges[y]
                if min(u, v) > 1:
                    raise ValueError("products of two numbers of many values")
                yield Linear(label, {x: v, y: -u}, -inf, 0.0)
            else:
                u, v = self.ranges[i], self.ranges[j]
                if min(u, v) > 1:
                    raise ValueError("products of two numbers of many values")
                yield Linear(label, {i: v, j: u}, -inf, float(max(u, v)))


def _linear(arrays: ModelArrays, rows: Rows, c: int) -> Linear:
    mine = slice(arrays.rows.indptr[c], arrays.rows.indptr[c + 1])
    at, values = arrays.rows.indices[mine], np.rint(arrays.rows.data[mine] * rows.scale[c])
    right = float(np.rint(rows.rhs[c] - values @ arrays.lower[at]))
    if arrays.negated[c]:
        values, low, high = -values, -right, inf
    else:
        low, high = (right if arrays.sense[c] == "=" else -inf), right
    wide = arrays.upper[at] > arrays.lower[at]
    terms = dict(zip(at[wide].tolist(), values[wide].astype(int).tolist(), strict=True))
    return Linear(str(arrays.labels[c]), terms, low, high)


def _products(arrays: ModelArrays, c: int) -> Products:
    mine, q = slice(arrays.rows.indptr[c], arrays.rows.indptr[c + 1]), arrays.row_quadratic.of(c)
    if arrays.lower[q.row].any() or arrays.lower[q.col].any():
        raise ValueError("products of numbers that do not start at 0")
    linear = zip(arrays.rows.indices[mine].tolist(), arrays.rows.data[mine].tolist(), strict=True)
    pairs = zip(q.row.tolist(), q.col.tolist(), q.value.tolist(), strict=True)
    return Products(str(arrays.labels[c]), dict(linear), list(pairs))


def _binaries(n: int, name: str = "x") -> tuple[dimod.ConstrainedQuadraticModel, list[Any]]:
    return dimod.ConstrainedQuadraticModel(), [dimod.Binary(f"{name}[{k}]") for k in range(n)]


def _sum(coefficients: Any, variables: list[Any]) -> Any:
    return dimod.quicksum(
        int(c) * variable for c, variable in zip(coefficients, variables, strict=True)
    )


def _edges(random: np.random.Generator, nodes: int, count: int) -> list[tuple[int, int]]:
    first, second = np.triu_indices(nodes, 1)
    chosen = np.sort(random.choice(len(first), count, replace=False))
    return list(zip(first[chosen].tolist(), second[chosen].tolist(), strict=True))
