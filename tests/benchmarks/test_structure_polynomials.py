"""Polynomials as QUBOs: the energy of each state whose products hold is the polynomial's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from .structure_polynomials import Term, autocorrelation, clauses, cubic, reduced


@pytest.mark.parametrize(
    "terms", [autocorrelation(6), cubic(7), clauses(7)], ids=["sequence", "cubic", "clauses"]
)
def test_the_least_over_products_is_the_polynomial(terms: dict[Term, float]) -> None:
    n, qubo = 1 + max(max(term) for term in terms if term), reduced(terms)
    rest = np.array(list(itertools.product((0, 1), repeat=qubo.num_variables - n)))
    for state in itertools.product((0, 1), repeat=n):
        bits = np.hstack([np.tile(state, (len(rest), 1)), rest])
        wanted = sum(bias * all(state[k] for k in term) for term, bias in terms.items())
        assert qubo.energies(bits).min() == pytest.approx(wanted)


def test_energies_of_sequences_are_sums_of_squared_autocorrelations() -> None:
    n, terms = 7, autocorrelation(7)
    for state in itertools.product((0, 1), repeat=n):
        spins = 1 - 2 * np.array(state)
        wanted = sum(float(spins[:-k] @ spins[k:]) ** 2 for k in range(1, n))
        told = sum(bias * all(state[j] for j in term) for term, bias in terms.items())
        assert told == wanted


def test_clauses_are_counted_where_they_are_broken() -> None:
    """No state breaks a negative number, and all states break an eighth on average."""
    terms = clauses(7)
    values = [
        sum(bias * all(state[j] for j in term) for term, bias in terms.items())
        for state in itertools.product((0, 1), repeat=7)
    ]
    assert min(values) >= 0
    assert np.mean(values) == pytest.approx(round(4.2 * 7) / 8)
