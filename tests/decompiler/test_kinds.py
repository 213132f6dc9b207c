"""Rows that are no equalities of ones, nor have slack bits: each kind as people write it down."""

from __future__ import annotations

import itertools
import time
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import QoptError, Qubo
from qopt.decompiler import Decompiled, decompile, rows_of


def qubo_of(energy: Any) -> Qubo:
    vectors = energy.to_numpy_vectors(return_labels=True)
    row, col, quad = vectors[1]
    return Qubo.from_arrays(vectors[0], row, col, quad, vectors[2], labels=list(vectors[3]))


def said(found: Decompiled) -> set[tuple[tuple[tuple[Any, float], ...], str, float]]:
    """Each constraint: its terms in order, its sense and its right side."""
    constraints = found.meant.constraints.values()
    return {(tuple(sorted(c.lhs.linear.items())), c.sense.value, float(c.rhs)) for c in constraints}


def edges(nodes: int, count: int, seed: int, *, triangles: bool = True) -> list[tuple[int, int]]:
    pairs = list(itertools.combinations(range(nodes), 2))
    if not triangles:
        pairs = [(i, j) for i, j in pairs if i < nodes // 2 <= j]
    chosen = np.random.default_rng(seed).choice(len(pairs), count, replace=False)
    return [pairs[k] for k in chosen]


def bits(n: int, name: str = "x") -> list[Any]:
    return [dimod.Binary(f"{name}{k:02}") for k in range(n)]


def no_more_than_one(found: Decompiled) -> set[tuple[str, str]]:
    """Pairs of bits that some row excludes from being ones together."""
    excluded = set[tuple[str, str]]()
    for terms, sense, right in said(found):
        if sense == "<=" and right == 1 and all(value == 1 for _, value in terms):
            excluded |= set(itertools.combinations([label for label, _ in terms], 2))
    return excluded


@pytest.mark.parametrize("seed", range(3))
def test_neighbours_that_exclude_each_other(seed: int) -> None:
    """The most nodes of which no two are neighbours: -sum x + 3 sum x y.

    Three that exclude each other, beside no others, would be "just one of three": of these an
    optimum has one anyway.
    """
    x, joined = bits(20), edges(20, 45, seed, triangles=False)
    found = decompile(
        qubo_of(dimod.quicksum(-b for b in x) + dimod.quicksum(3 * x[i] * x[j] for i, j in joined))
    )
    assert no_more_than_one(found) == {(f"x{i:02}", f"x{j:02}") for i, j in joined}
    assert found.proved.all()
    assert found.left.matrix.nnz == 0
    np.testing.assert_allclose(found.left.linear, -1.0)


def test_a_cover_takes_one_of_each_pair() -> None:
    x, joined = bits(16), edges(16, 40, 1, triangles=False)
    missing = dimod.quicksum(4 * (1 - x[i]) * (1 - x[j]) for i, j in joined)
    found = decompile(qubo_of(dimod.quicksum(x) + missing))
    expected = {(((f"x{i:02}", 1.0), (f"x{j:02}", 1.0)), ">=", 1.0) for i, j in joined}
    assert said(found) == expected
    assert found.proved.all()


def test_sites_that_must_be_open_are_told_from_who_needs_them() -> None:
    """`at <= open` as 50 at (1 - open), each customer at one of four sites."""
    random, sites, customers = np.random.default_rng(1), 4, 7
    opened = bits(sites, "open")
    energy = dimod.quicksum(int(random.integers(5, 20)) * o for o in opened)
    expected = set()
    for c in range(customers):
        at = [dimod.Binary(f"at{c}{s}") for s in range(sites)]
        energy += dimod.quicksum(int(random.integers(1, 9)) * b for b in at)
        energy += 40 * (dimod.quicksum(at) - 1) ** 2
        energy += dimod.quicksum(50 * at[s] * (1 - opened[s]) for s in range(sites))
        expected.add((tuple((f"at{c}{s}", 1.0) for s in range(sites)), "==", 1.0))
        for s in range(sites):
            expected.add((((f"at{c}{s}", 1.0), (f"open{s:02}", -1.0)), "<=", 0.0))
    assert said(decompile(qubo_of(energy))) == expected


@pytest.mark.parametrize("number", [2, 3, 4])
def test_just_so_many_of_bits_whose_pairs_cost_something(number: int) -> None:
    """Groups that cross: so many a line and a column of a grid, and costs of neighbours."""
    size = 6
    x = [[dimod.Binary(f"x{i}{j}") for j in range(size)] for i in range(size)]
    lines = x + [list(column) for column in zip(*x, strict=True)]
    energy = dimod.quicksum(60 * (dimod.quicksum(line) - number) ** 2 for line in lines)
    random = np.random.default_rng(number)
    energy += dimod.quicksum(
        int(random.integers(1, 9)) * x[i][j] * x[(i + 1) % size][(j + 2) % size]
        for i in range(size)
        for j in range(size)
    )
    found = decompile(qubo_of(energy))
    expected = {
        (tuple(sorted((b.variables[0], 1.0) for b in line)), "==", float(number)) for line in lines
    }
    assert said(found) == expected


def test_a_budget_beside_risks_that_couple_all_bits() -> None:
    random, n = np.random.default_rng(3), 14
    x, price = bits(n), random.integers(1, 4, 14) * np.tile([1, 2], 7)
    returns = random.normal(size=(40, n))
    risk = returns.T @ returns / 40
    energy = 200 * (dimod.quicksum(int(p) * b for p, b in zip(price, x, strict=True)) - 20) ** 2
    energy += dimod.quicksum(
        float(risk[i, j]) * x[i] * x[j] for i, j in itertools.combinations(range(n), 2)
    )
    found = decompile(qubo_of(energy))
    assert said(found) == {(tuple((f"x{k:02}", float(price[k])) for k in range(n)), "==", 20.0)}
    assert found.proof <= 1e-9 * np.abs(found.qubo.quad).max()


def test_slack_that_is_a_wall_of_ones() -> None:
    """x . a + s = 9 with s in 0..9 as the number of ones of a wall, d_1 >= d_2 >= ..."""
    x, wall = bits(6), bits(9, "wall")
    sizes = [2, 3, 4, 5, 6, 7]
    total = dimod.quicksum(a * b for a, b in zip(sizes, x, strict=True))
    energy = 10 * (total + dimod.quicksum(wall) - 9) ** 2
    energy += dimod.quicksum(35 * wall[k + 1] * (1 - wall[k]) for k in range(8))
    energy += dimod.quicksum(-a * b for a, b in zip(sizes, x, strict=True))
    found = decompile(qubo_of(energy))
    orders = {(((f"wall{k:02}", -1.0), (f"wall{k + 1:02}", 1.0)), "<=", 0.0) for k in range(8)}
    terms = [(f"x{k:02}", float(a)) for k, a in enumerate(sizes)]
    terms += [(f"wall{k:02}", 1.0) for k in range(9)]
    assert said(found) == orders | {(tuple(sorted(terms)), "==", 9.0)}


def test_rows_that_contradict_give_up_the_lightest() -> None:
    """An amount that is wanted, beside a row that forbids it."""
    x = bits(5)
    total = dimod.quicksum(x)
    heavy = 100 * (total + dimod.Binary("s1") + 2 * dimod.Binary("s2") - 3) ** 2
    number = [dimod.Binary(f"n{k}") for k in range(3)]
    whole = number[0] + 2 * number[1] + 4 * number[2]
    found = decompile(qubo_of(heavy + 1.0 * (whole - 9) ** 2))
    assert not found.contradictory
    assert {row.weight for row in found.rows} == {100.0}
    ground = min(
        found.qubo.energies(np.array([state]))[0]
        for state in itertools.product((0, 1), repeat=found.qubo.num_variables)
    )
    assert ground == pytest.approx(4.0)  # 7 is the nearest to 9


def test_reading_ends_when_time_is_up() -> None:
    i, j = np.triu_indices(700, 1)
    random = np.random.default_rng(1)
    dense = Qubo.from_arrays(random.integers(-9, 10, 700), i, j, random.integers(-9, 10, len(i)))
    began = time.perf_counter()
    rows, left = rows_of(dense, began)
    assert rows == []
    assert left.matrix.nnz == 2 * len(dense.quad)
    for wrong in (0, -1.0, "soon"):
        with pytest.raises(QoptError, match="time_limit"):
            qopt.decompile(dense, time_limit=wrong)  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_in_glasses_and_sparse_functions(seed: int) -> None:
    random = np.random.default_rng(seed)
    joined = np.array(edges(200, 300, seed))
    for quad, vartype in (
        (random.choice([-1.0, 1.0], 300), "SPIN"),
        (random.normal(size=300), "SPIN"),
        (random.integers(-100, 101, 300).astype(float), "BINARY"),
    ):
        linear = np.zeros(200) if vartype == "SPIN" else random.integers(-100, 101, 200)
        qubo = Qubo.from_arrays(linear, joined[:, 0], joined[:, 1], quad, vartype=vartype)
        assert rows_of(qubo)[0] == []
