"""Polynomials of any degree in bits or spins, and the same with quadratic terms alone.

A product of three variables and more has no place in a quadratic model. `Polynomial.reduced` puts a
helper bit p for a pair of variables x y, in all terms that have both, until no term has more than
two factors (Rosenberg 1975), and charges what p may gain where it is not x y. With the coefficients
of these terms adding up to +P where they are positive and to -N where they are negative, p = 1
gains at most N where x y = 0, and p = 0 at most P where x y = 1, whatever the rest. So

    P (x y - x p - y p + p) + N (2 p - x p - y p)

is enough: it is 0 for p = x y, at least N for a wrong 1, and P for a wrong 0. For every assignment
to the other variables, the least over the helpers is then just the polynomial's value. That is
proved pair by pair, the last first: what the others charge does not depend on the last helper, and
without it they are those of the polynomial before.

A weight for each pair and each direction is as small as can be proved from the coefficients; one
for all pairs, as usual elsewhere (PyQUBO's `strength` is 5 whatever the terms), is too small for
some, and drowns the others.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import combinations
from typing import Any

import dimod
import numpy as np

from ...errors import QoptError
from ...kit.checks import shown
from ..model.arrays import Floats, Ints

Term = tuple[int, ...]  # different variables, ascending

LONG = 12  # factors: of longer terms not all pairs are looked at
MOST_TERMS = 2_000_000  # that spins may expand to
AT_ONCE = 2**22  # factors looked up together when values are computed


@dataclass(frozen=True, eq=False)
class Polynomial:
    """A sum of products of different variables, each times a finite number.

    `terms` are the products, by the places of their factors among the `variables`; () is the
    constant. Variables are bits, or with `spins` -1 and 1.
    """

    variables: tuple[Any, ...]
    terms: Mapping[Term, float]
    spins: bool = False

    @classmethod
    def of(
        cls,
        terms: Iterable[tuple[Sequence[Any], float]],
        *,
        spins: bool = False,
        variables: Iterable[Any] = (),
    ) -> Polynomial:
        """From products by their factors' labels. Equal products add up; x x = x for bits and 1 for
        spins.

        `variables` come first, also those in no term. Raises QoptError for a coefficient that is no
        finite number.
        """
        place = {label: k for k, label in enumerate(variables)}
        sums: defaultdict[Term, float] = defaultdict(float)
        for factors, value in terms:
            coefficient = _coefficient(factors, value)
            places = Counter(place.setdefault(label, len(place)) for label in factors)
            term = tuple(sorted(k for k, times in places.items() if not spins or times % 2))
            sums[term] += coefficient
        kept = {term: value for term, value in sums.items() if value != 0}
        if not all(map(math.isfinite, kept.values())):
            raise QoptError("coefficients add up to more than a float64 holds; scale them down")
        return cls(tuple(place), kept, spins)

    @property
    def degree(self) -> int:
        return max(map(len, self.terms), default=0)

    def energies(self, values: Floats) -> Floats:
        """float64[k] of assignments [k, n]: term by term, as written."""
        energies = np.zeros(len(values))
        for places, coefficients in self._by_degree:
            step = max(1, AT_ONCE // (places.size + 1))
            for start in range(0, len(values), step):
                part = values[start : start + step]
                energies[start : start + step] += part[:, places].prod(axis=2) @ coefficients
        return energies

    def bqm(self) -> dimod.BinaryQuadraticModel:
        """The same as dimod has it, where the degree is at most 2."""
        pairs = [term for term in self.terms if len(term) == 2]
        linear = np.zeros(len(self.variables))
        for term, value in self.terms.items():
            if len(term) == 1:
                linear[term[0]] = value
        row, col = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        quad = np.array([self.terms[pair] for pair in pairs], dtype=np.float64)
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear,
            (row, col, quad),
            self.terms.get((), 0.0),
            "SPIN" if self.spins else "BINARY",
            variable_order=list(self.variables),
        )

    def in_bits(self) -> Polynomial:
        """The same of bits x with s = 2 x - 1. Raises QoptError for too many terms."""
        if not self.spins:
            return self
        count = sum(2 ** len(term) for term in self.terms)
        if count > MOST_TERMS:
            raise QoptError(
                f"products of up to {self.degree} spins would become {count:.3g} terms of bits, "
                f"above {MOST_TERMS:,}; "
                "write the model with bits, or split long products by variables of their own"
            )
        sums: defaultdict[Term, float] = defaultdict(float)
        for term, value in self.terms.items():
            for size in range(len(term) + 1):
                sign = -1.0 if (len(term) - size) % 2 else 1.0
                for part in combinations(term, size):
                    sums[part] += sign * 2.0**size * value
        kept = {term: value for term, value in sums.items() if value != 0}
        return Polynomial(self.variables, kept)

    def reduced(self) -> Reduced:
        """Raises QoptError for spins in products so long that they cannot be written with bits."""
        bits = self.in_bits()
        terms, pairs = dict(bits.terms), list[tuple[int, int]]()
        charges: defaultdict[Term, float] = defaultdict(float)
        shared = _Shared(terms)
        while (pair := shared.most()) is not None:
            helper = len(self.variables) + len(pairs)
            more, less = shared.replace(pair, helper)
            pairs.append(pair)
            for term, value in _charge(*pair, helper, more, less):
                charges[term] += value
        for term, value in charges.items():
            terms[term] = terms.get(term, 0.0) + value
        return Reduced(self, {term: value for term, value in terms.items() if value != 0}, pairs)

    @cached_property
    def _by_degree(self) -> list[tuple[Ints, Floats]]:
        """For each degree the places of the factors, [terms, degree], and coefficients [terms]."""
        degrees = []
        for degree in sorted(set(map(len, self.terms))):
            terms = [term for term in self.terms if len(term) == degree]
            places = np.array(terms, dtype=np.int64).reshape(len(terms), degree)
            degrees.append((places, np.array([self.terms[term] for term in terms])))
        return degrees


def _coefficient(factors: Sequence[Any], value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, str) or not math.isfinite(number):
        product = " ".join(map(str, factors)) or "the constant"
        raise QoptError(
            f"the coefficient of {product:.60} is {shown(value, 40)}; give a finite number"
        )
    return number


def _charge(x: int, y: int, p: int, more: float, less: float) -> Iterable[tuple[Term, float]]:
    """What is charged where p is not x y, by the sums of p's coefficients of either sign."""
    yield (x, y), more
    yield (x, p), -more - less
    yield (y, p), -more - less
    yield (p,), more + 2 * less


class _Shared:
    """Terms of a polynomial, and the pairs that those of more than two factors have in common."""

    def __init__(self, terms: dict[Term, float]) -> None:
        self.terms = terms
        self.having: defaultdict[tuple[int, int], set[Term]] = defaultdict(set)
        for term in terms:
            for pair in _pairs(term):
                self.having[pair].add(term)
        self.order = [(-len(having), pair) for pair, having in self.having.items()]
        heapify(self.order)

    def most(self) -> tuple[int, int] | None:
        """The first pair that most terms have; None where no term has more than two factors."""
        while self.order:
            count, pair = heappop(self.order)
            now = len(self.having[pair])
            if now == -count:
                return pair
            if now:  # fewer than when it was put there
                heappush(self.order, (-now, pair))
        return None

    def replace(self, pair: tuple[int, int], helper: int) -> tuple[float, float]:
        """Put the helper for the pair; the sums of these terms' coefficients of either sign."""
        more = less = 0.0
        for term in sorted(self.having[pair]):
            value = self.terms.pop(term)
            more, less = more + max(value, 0.0), less + max(-value, 0.0)
            for other in _pairs(term):
                self.having[other].discard(term)
            shorter = (*(k for k in term if k not in pair), helper)
            self.terms[shorter] = value
            for other in _pairs(shorter):
                self.having[other].add(shorter)
                heappush(self.order, (-len(self.having[other]), other))
        return more, less


def _pairs(term: Term) -> Iterable[tuple[int, int]]:
    """Those of its factors that a helper may stand for."""
    if len(term) < 3:
        return ()
    if len(term) > LONG:
        return zip(term[::2], term[1::2], strict=False)
    return combinations(term, 2)


@dataclass(frozen=True, eq=False)
class Reduced:
    """A polynomial in quadratic terms of bits: its own variables, and a helper for each of `pairs`.

    A `qopt.compiler.model.views.View`: helpers are not shown, and the objective is the polynomial's
    own.
    """

    polynomial: Polynomial
    terms: Mapping[Term, float]
    pairs: Sequence[tuple[int, int]]

    @property
    def variables(self) -> Sequence[Any]:
        return self.polynomial.variables

    def bqm(self) -> dimod.BinaryQuadraticModel:
        return Polynomial(self._labels, self.terms).bqm()

    def shown(self, values: Floats) -> Floats:
        own = values[:, : len(self.variables)]
        return 2 * own - 1 if self.polynomial.spins else own

    def encoded(self, values: Floats) -> Floats:
        n = len(self.variables)
        encoded = np.empty((len(values), n + len(self.pairs)))
        encoded[:, :n] = (values + 1) / 2 if self.polynomial.spins else values
        for helper, (x, y) in enumerate(self.pairs, n):
            encoded[:, helper] = encoded[:, x] * encoded[:, y]
        return encoded

    def objective(self, values: Floats) -> Floats:
        return self.polynomial.energies(values)

    @property
    def note(self) -> str:
        """What was done, for the result."""
        terms = sum(len(term) > 2 for term in self.polynomial.terms)
        return (
            "terms of more than two variables "
            f"({terms}, of degree {self.polynomial.degree} at most) were made quadratic "
            f"by helper bits ({len(self.pairs)}) whose weights are proved to be enough; "
            "objectives are the terms' own"
        )

    @cached_property
    def _labels(self) -> tuple[Any, ...]:
        """Those of the variables, and for a helper what it stands for."""
        labels, used = list(self.variables), set(self.variables)
        for x, y in self.pairs:
            label = f"{labels[x]}*{labels[y]}"
            while label in used:
                label += "'"
            labels.append(label)
            used.add(label)
        return tuple(labels)
