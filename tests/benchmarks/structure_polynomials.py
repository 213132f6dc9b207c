"""Polynomials of bits as QUBOs: products of two bits written as further bits, with penalties."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

import numpy as np

from qopt.compiler import Qubo

Term = frozenset[int]

STRENGTH = 2.0  # times the largest coefficient: the penalty of a product


def autocorrelation(n: int) -> dict[Term, float]:
    """The energy of a sequence of n spins 1 - 2 x: the sum of its autocorrelations, squared."""
    spins = Counter[Term]()
    for k in range(1, n):
        for i, j in itertools.product(range(n - k), repeat=2):
            spins[frozenset({i}) ^ {i + k} ^ {j} ^ {j + k}] += 1
    terms = Counter[Term]()
    for term, bias in spins.items():
        for size in range(len(term) + 1):
            for part in itertools.combinations(sorted(term), size):
                terms[frozenset(part)] += bias * (-2) ** size
    return {term: float(bias) for term, bias in terms.items() if bias}


def cubic(n: int) -> dict[Term, float]:
    """Five random terms of two or three bits for each bit, and a price of each."""
    random, terms = np.random.default_rng(n), Counter[Term]()
    for bit in range(n):
        terms[frozenset({bit})] = int(random.integers(-5, 6))
    for _ in range(5 * n):
        chosen = random.choice(n, int(random.integers(2, 4)), replace=False)
        terms[frozenset(chosen.tolist())] += int(random.integers(-5, 6))
    return {term: float(bias) for term, bias in terms.items() if bias}


def clauses(n: int) -> dict[Term, float]:
    """How many of 4.2 n random clauses of three bits each are broken."""
    random, terms = np.random.default_rng(n), Counter[Term]()
    for _ in range(round(4.2 * n)):
        bits = random.choice(n, 3, replace=False).tolist()
        wanted = random.integers(0, 2, 3).tolist()
        negated = [bit for bit, want in zip(bits, wanted, strict=True) if want]
        plain = frozenset(bits).difference(negated)  # of which all are ones where it is broken
        for size in range(len(negated) + 1):
            for part in itertools.combinations(negated, size):
                terms[plain.union(part)] += (-1) ** size
    return {term: float(bias) for term, bias in terms.items() if bias}


POLYNOMIALS: dict[str, Callable[[], dict[Term, float]]] = {
    "autocorrelation:20": lambda: autocorrelation(20),
    "autocorrelation:30": lambda: autocorrelation(30),
    "autocorrelation:40": lambda: autocorrelation(40),
    "cubic:60": lambda: cubic(60),
    "cubic:200": lambda: cubic(200),
    "clauses:50": lambda: clauses(50),
    "clauses:100": lambda: clauses(100),
}
# published optima: T. Packebusch and S. Mertens 2016, "Low autocorrelation binary sequences"
BEST_KNOWN = {"autocorrelation:20": 26.0, "autocorrelation:30": 59.0, "autocorrelation:40": 108.0}


def reduced(terms: dict[Term, float]) -> Qubo:
    """With the most frequent pair of bits as one more bit, again and again, and its penalty."""
    left, penalty = Counter(terms), STRENGTH * max(map(abs, terms.values()))
    bits = 1 + max(max(term) for term in terms if term)
    while long := [term for term in left if len(term) > 2]:
        pairs = Counter(pair for term in long for pair in itertools.combinations(sorted(term), 2))
        x, y = min(pairs, key=lambda pair: (-pairs[pair], pair))
        for term in long:
            if {x, y} <= term:
                left[term - {x, y} | {bits}] += left.pop(term)
        for term, bias in (((bits,), 3), ((x, y), 1), ((x, bits), -2), ((y, bits), -2)):
            left[frozenset(term)] += penalty * bias
        bits += 1
    linear = np.zeros(bits)
    for term, bias in left.items():
        if len(term) == 1:
            linear[min(term)] = bias
    pair_terms = sorted(
        (min(term), max(term), bias) for term, bias in left.items() if len(term) == 2
    )
    row, col, quad = (np.array(part) for part in zip(*pair_terms, strict=True))
    return Qubo.from_arrays(linear, row, col, quad, left[frozenset()])
