"""Reduction to quadratic terms: the least over the helper bits is the polynomial's value."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from qopt import QoptError
from qopt.compiler import compile_cqm
from qopt.compiler.sources.polynomials import Polynomial, Reduced
from qopt.compiler.sources.sources import Source

from ...fuzz import examples


@st.composite
def _polynomials(draw: st.DrawFn, most: int = 6) -> Polynomial:
    n = draw(st.integers(1, most))
    factors = st.lists(st.integers(0, n - 1), max_size=6)
    value = st.integers(-20, 20).map(lambda k: k / 4)
    terms = draw(st.lists(st.tuples(factors, value), max_size=10))
    return Polynomial.of(terms, spins=draw(st.booleans()), variables=range(n))


def _states(n: int, spins: bool = False) -> Any:
    return np.array(list(itertools.product((-1.0, 1.0) if spins else (0.0, 1.0), repeat=n)))


def _by_hand(polynomial: Polynomial, state: Any) -> float:
    return sum(
        value * math.prod(state[k] for k in term) for term, value in polynomial.terms.items()
    )


@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(_polynomials())
def test_values_are_those_of_the_terms(polynomial: Polynomial) -> None:
    states = _states(len(polynomial.variables), polynomial.spins)
    expected = [_by_hand(polynomial, state) for state in states]
    assert polynomial.energies(states).tolist() == pytest.approx(expected)
    bits = polynomial.in_bits()
    assert bits.energies(_states(len(polynomial.variables))).tolist() == pytest.approx(expected)


@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(_polynomials())
def test_the_least_over_the_helpers_is_the_value(polynomial: Polynomial) -> None:
    """And right helpers have just that value: nothing that a wrong one gains is left uncharged."""
    reduced = polynomial.reduced()
    n, helpers = len(polynomial.variables), len(reduced.pairs)
    if helpers > 7:
        return
    bqm = reduced.bqm()
    assert all(len(term) <= 2 for term in reduced.terms)
    states = _states(n, polynomial.spins)
    expected = polynomial.energies(states)
    encoded = reduced.encoded(states)
    order = list(bqm.variables)
    np.testing.assert_allclose(bqm.energies((encoded, order)), expected, atol=1e-9)
    np.testing.assert_array_equal(reduced.shown(encoded), states)
    every = _states(helpers)
    for row, value in zip(encoded, expected, strict=True):
        samples = np.hstack([np.tile(row[:n], (len(every), 1)), every])
        assert bqm.energies((samples, order)).min() == pytest.approx(value, abs=1e-9)


@settings(deadline=None, max_examples=examples(40), derandomize=True)
@given(_polynomials(4))
def test_the_optimum_and_every_plan_are_the_polynomial_s_own(polynomial: Polynomial) -> None:
    states = _states(len(polynomial.variables), polynomial.spins)
    reduced = polynomial.reduced()
    terms = {tuple(term): value for term, value in polynomial.terms.items()}
    model = qopt.compiler.sources.sources.Source._of_energy(polynomial)
    result = qopt.solve(model, time_limit=None, num_sweeps=100, seed=1)
    assert result.objective == pytest.approx(min(polynomial.energies(states)), abs=1e-9)
    for ranked in result.plans:
        state = [ranked.plan.values[label] for label in reduced.variables]
        assert ranked.evaluation.objective == pytest.approx(
            sum(value * math.prod(state[k] for k in term) for term, value in terms.items()),
            abs=1e-9,
        )


def test_a_pair_that_only_lowers_needs_no_coupling_of_its_own() -> None:
    """-x y z = min over p of p (2 - x - y) - p z: the charge is linear in x and y."""
    reduced = Polynomial.of([("xyz", -1.0)]).reduced()
    assert reduced.terms == {(2, 3): -1.0, (0, 3): -1.0, (1, 3): -1.0, (3,): 2.0}


def test_weights_are_as_small_as_the_terms_allow() -> None:
    reduced = Polynomial.of([("xyz", 3.0), ("xyw", -1.0), ("z", 1000.0)]).reduced()
    assert reduced.pairs == [(0, 1)]
    assert reduced.terms[(0, 1)] == 3
    assert reduced.terms[(0, 4)] == -4


def test_helpers_have_names_that_nobody_has() -> None:
    reduced = Polynomial.of([("abc", 1.0), (("a*b",), 1.0)]).reduced()
    assert list(reduced.bqm().variables) == ["a", "b", "c", "a*b", "a*b'"]


def test_long_products_and_many_terms_are_reduced() -> None:
    long = Polynomial.of([(range(200), 2.0), (range(100, 300), -1.0)])
    reduced = long.reduced()
    assert max(map(len, reduced.terms)) == 2
    random = np.random.default_rng(3)
    states = np.ones((3, 300))
    states[1, 150], states[2, 250] = 0, 0
    energies = reduced.bqm().energies((reduced.encoded(states), list(reduced.bqm().variables)))
    assert energies.tolist() == long.energies(states).tolist() == [1.0, 0.0, 2.0]
    dense = Polynomial.of((random.choice(60, 4, replace=False).tolist(), 1.0) for _ in range(5000))
    assert max(map(len, dense.reduced().terms)) == 2


def test_spins_in_endless_products_are_refused() -> None:
    with pytest.raises(QoptError, match="products of up to 40 spins would become"):
        Polynomial.of([(range(40), 1.0)], spins=True).reduced()


@pytest.mark.parametrize("value", [float("nan"), "1", None, 1j, 10**400])
def test_coefficients_are_finite_numbers(value: Any) -> None:
    with pytest.raises(QoptError, match=r"the coefficient of a b is .*; give a finite number"):
        Polynomial.of([("ab", value)])
    with pytest.raises(QoptError, match="add up to more than a float64 holds"):
        Polynomial.of([("ab", 1.7e308), ("ba", 1.7e308)])


def test_a_reduced_model_is_compiled_and_decoded() -> None:
    source = Source.of({("a", "b", "c"): 50.0, ("a",): -4.0, ("b",): -3.0, ("c",): -2.0})
    assert isinstance(source.view, Reduced)
    compiled = compile_cqm({("a", "b", "c"): 50.0, ("a",): -4.0, ("b",): -3.0, ("c",): -2.0})
    states = _states(compiled.qubo.num_variables)
    assert compiled.qubo.energies(states.astype(bool)).min() == -7
    assert any("proved to be enough" in note for note in source.notes)
