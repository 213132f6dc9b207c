"""Dicts, matrices, Ising pairs and polynomials: each worth, on every state, what it says."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import networkx
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import qopt
from qopt import QoptError
from qopt.assignment import Assignment, Model


def _values(model: Any, values: tuple[int, int] = (0, 1)) -> dict[tuple[int, ...], float]:
    """The objective of every assignment, by the labels in order."""
    problem = Model.of(model)
    view = problem.source.view
    labels = list(problem.source.cqm.variables if view is None else view.variables)
    return {
        state: problem.evaluate(Assignment(dict(zip(labels, state, strict=True)))).objective
        for state in itertools.product(values, repeat=len(labels))
    }


Q = np.array([[1.0, 2.0, 0.0], [-5.0, 3.0, 0.5], [0.0, 0.0, -2.0]])


def _form(matrix: Any) -> dict[tuple[int, ...], float]:
    return {
        x: float(np.array(x) @ matrix @ np.array(x))
        for x in itertools.product((0, 1), repeat=len(matrix))
    }


@pytest.mark.parametrize(
    "given",
    [
        Q,
        Q.tolist(),
        tuple(map(tuple, Q.tolist())),
        sparse.csr_matrix(Q),
        sparse.coo_array(Q),
        pd.DataFrame(Q),
        pl.DataFrame(Q, schema=["u", "v", "w"]),
        np.matrix(Q),
    ],
    ids=lambda given: type(given).__name__,
)
def test_a_square_matrix_counts_every_entry(given: Any) -> None:
    assert _values(given) == pytest.approx(_form(Q))
    assert Model.of(given).notes[1].startswith("entries (i, j) and (j, i) add up")


def test_integers_stay_exact_and_one_triangle_is_said() -> None:
    upper = np.triu(np.arange(9).reshape(3, 3))
    assert _values(upper) == _form(upper)
    assert Model.of(upper).notes == (
        "a matrix stands for x'Qx, every entry as it stands, and is minimised",
        "all entries off the diagonal are in one triangle, and count once",
    )


def test_labels_of_a_frame_are_kept_and_put_in_order() -> None:
    frame = pd.DataFrame(Q, index=list("abc"), columns=list("abc"))
    result = qopt.solve(frame.loc[["c", "a", "b"]], time_limit=None, num_sweeps=50, seed=1)
    assert result.objective == min(_form(Q).values())
    assert result.best is not None
    assert set(result.best.values) == set("abc")
    assert _values(frame.loc[["c", "a", "b"]]) == pytest.approx(_form(Q))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Q[:2], r"a matrix of shape \(2, 3\); that of a QUBO is square"),
        (np.zeros((0, 0)), "that of a QUBO is square"),
        (np.where(Q == 0.5, np.nan, Q), r"the matrix has nan at \[1, 2\]; give finite numbers"),
        (np.full((2, 2), np.inf), r"the matrix has inf at \[0, 0\]; give finite numbers"),
        ([[1, 2], [3]], "not a number, or rows of different lengths"),
        ([["a", "b"], ["c", "d"]], "which is not a number|holds something that is not a number"),
        (sparse.csr_matrix(Q[:2]), "square"),
        (sparse.csr_matrix(Q * 1j), "give real numbers"),
        (pd.DataFrame(Q, index=list("abc"), columns=list("abd")), "give both the same labels"),
        ({}, "a dict without terms"),
        ({("a", "b"): "much"}, "the coefficient of a b is 'much'; give a finite number"),
        ({("a",): float("inf")}, "the coefficient of a is inf"),
        (({"a": 1}, {"ab": 2}), "J has 'ab'; give pairs of two different spins"),
        (({"a": 1}, {("a", "a"): 2}), "give pairs of two different spins"),
        ((3, {("a", "b"): 2}), "h=3: give the biases of spins"),
        (networkx.path_graph(3), r"MaxCut\.from_graph\(graph\).*GraphColouring\.from_graph"),
        (networkx.DiGraph(), r"a graph \(DiGraph\) says no objective"),
        ({(): 3.0}, "no variable"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_function_is_refused_in_a_line(given: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        qopt.solve(given)
    assert len(str(caught.value).splitlines()) == 1


def test_a_dict_is_a_sum_of_products_of_bits() -> None:
    terms = {("a", "b", "c"): 4.0, ("b", "a"): 1.0, ("a", "b"): -3.0, "c": -2, ("b", "b"): 1, (): 3}
    expected = {
        (a, b, c): 4 * a * b * c - 2 * a * b - 2 * c + b + 3
        for a, b, c in itertools.product((0, 1), repeat=3)
    }
    assert _values(terms) == expected
    assert _values({frozenset("ab"): 1, ("c", 7): 2}) == {
        (a, b, c, d): a * b + 2 * c * d for a, b, c, d in itertools.product((0, 1), repeat=4)
    }


def test_a_pair_of_dicts_is_an_ising_model() -> None:
    h, couplings = {"s": 1.0, "t": -2.0}, {("s", "t"): 3.0}
    expected = {(s, t): s - 2 * t + 3 * s * t for s, t in itertools.product((-1, 1), repeat=2)}
    assert _values((h, couplings), (-1, 1)) == expected
    assert _values(([1.0, -2.0], {(0, 1): 3.0}), (-1, 1)) == expected


@pytest.mark.parametrize("vartype", ["BINARY", "SPIN"])
def test_a_polynomial_of_dimod_is_solved_in_its_own_variables(vartype: str) -> None:
    random = np.random.default_rng(7)
    terms: dict[Any, float] = {}
    for _ in range(14):
        term = tuple(random.choice(6, random.integers(1, 6), replace=False).tolist())
        terms[term] = float(random.integers(-9, 10))
    polynomial = dimod.BinaryPolynomial(terms, vartype)
    values = (0, 1) if vartype == "BINARY" else (-1, 1)
    least = min(
        polynomial.energy(dict(enumerate(state))) for state in itertools.product(values, repeat=6)
    )
    result = qopt.solve(polynomial, time_limit=None, num_sweeps=300, seed=1)
    assert result.objective == pytest.approx(least)
    for ranked in result.plans:
        assert set(ranked.plan.values.values()) <= set(map(float, values))
        assert ranked.evaluation.objective == pytest.approx(polynomial.energy(ranked.plan.values))
