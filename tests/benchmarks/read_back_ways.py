"""Ways of making a QUBO of a constrained model, each with the rows that it was made of."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import inf
from typing import Any

import dimod
import numpy as np

from qopt.compiler import Compiled, Qubo
from qopt.compiler.compiled import compile_cqm, model_size
from qopt.compiler.encoding.encoding import Encoding

from .read_back_models import Linear, Products, Whole
from .read_back_rows import Interval, Pair, Truth, conflict, truth_of

MOST_BITS, MOST_COUPLINGS = 3_000, 100_000
Code = list[tuple[Any, int]]  # the bits of a number from 0 on, and what they are worth


class TooLarge(ValueError):
    """A QUBO that is not made, as it would be beyond what this benchmark reads."""


@dataclass(frozen=True, eq=False)
class Planted:
    """A QUBO, the constraints it was made of, and all rows over all its bits.

    `slack` are the bits that stand in one row each and for no variable.
    """

    qubo: Qubo
    truths: list[Truth]
    rows: list[Interval]
    slack: set[Any]


@dataclass(frozen=True, eq=False)
class Planting:
    """What is gathered while a QUBO is made of a model whose numbers have these bits."""

    whole: Whole
    codes: Sequence[Code]
    truths: list[Truth]
    rows: list[Interval]
    slack: set[Any]

    @classmethod
    def of(cls, whole: Whole, codes: Sequence[Code]) -> Planting:
        planting = cls(whole, codes, [], [], set())
        for sums in whole.products:
            planting.products(sums)
        return planting

    def over_bits(self, row: Linear) -> dict[Any, int]:
        return {label: c * worth for k, c in row.terms.items() for label, worth in self.codes[k]}

    def linear(self, row: Linear, slack: Mapping[Any, int] | None = None) -> None:
        """With the slack bits' coefficients in the equality it became, if it has any."""
        terms = self.over_bits(row)
        interval = Interval.of(terms, row.low, row.high)
        self.rows.append(interval)
        if not interval.always and len(interval.terms) > 1:
            self.truths.append(truth_of(row.label, interval))
        if slack:
            self.equality(row, slack, row.high if row.high < inf else row.low)

    def equality(self, row: Linear, slack: Mapping[Any, int], right: float) -> None:
        """What a row is with its slack bits."""
        self.rows.append(Interval.of({**self.over_bits(row), **slack}, right, right))
        self.slack.update(slack)

    def products(self, sums: Products) -> None:
        pairs = list(pairs_of(sums, self.codes))
        self.rows.extend(map(conflict, pairs))
        if pairs:
            self.truths.append(Truth(sums.label, None, frozenset(pairs)))

    def own(self, label: str, interval: Interval) -> None:
        """A constraint that the bits of a number have."""
        self.rows.append(interval)
        self.truths.append(truth_of(label, interval))

    def planted(self, bqm: dimod.BinaryQuadraticModel) -> Planted:
        vectors = bqm.change_vartype("BINARY", inplace=False).to_numpy_vectors(return_labels=True)
        (row, col, quad), labels = vectors[1], list(vectors[3])
        qubo = Qubo.from_arrays(vectors[0], row, col, quad, vectors[2], labels=labels)
        return self.of_qubo(qubo)

    def of_qubo(self, qubo: Qubo) -> Planted:
        if len(qubo.linear) > MOST_BITS or len(qubo.quad) > MOST_COUPLINGS:
            raise TooLarge(f"{len(qubo.linear):,} bits, {len(qubo.quad):,} couplings")
        return Planted(qubo, self.truths, self.rows, self.slack)


def pairs_of(sums: Products, codes: Any) -> Iterator[Pair]:
    """Of a sum of products, the pairs of bits that are not both 1, or not 1 and 0.

    Bits that are worth nothing, as that of a one-hot number's least value, are in none.
    """
    for i, j, value in sums.pairs:
        first, second = (i, j) if value > 0 or sums.linear.get(i, 0.0) > 0 else (j, i)
        for one, worth in codes[first]:
            for other, its in codes[second]:
                if worth and its:
                    yield frozenset([(one, True), (other, value > 0)])


def by_qopt(cqm: dimod.ConstrainedQuadraticModel, **options: Any) -> Planted:
    sized = {name: value for name, value in options.items() if name != "penalties"}
    if (size := model_size(cqm, **sized)).num_couplings > 2 * MOST_COUPLINGS:
        raise TooLarge(f"{size.num_couplings:,} couplings")
    made = compile_cqm(cqm, **options)
    codes = _codes(made.encoding, made.encoding.labels(made.model.variables))
    names = made.slack.labels([f"slack[{label}]" for label in made.model.labels])
    slack = _codes(made.slack, names)
    planting = Planting.of(Whole.of_arrays(made.model, made.rows), codes)
    place = {str(label): c for c, label in enumerate(made.model.labels)}
    for row in planting.whole.rows:
        sign = 1 if row.high < inf else -1
        planting.linear(row, {label: sign * worth for label, worth in slack[place[row.label]]})
    _validity(planting, made, [label for code in (*codes, *slack) for label, _ in code])
    planting.slack.update(names)
    return planting.of_qubo(made.qubo)


def _validity(planting: Planting, made: Compiled, labels: list[Any]) -> None:
    own, first = made.validity, len(made.encoding.labels(made.model.variables))
    for k in np.flatnonzero(own.one_hot).tolist():
        bits = own.ones.indices[own.ones.indptr[k] : own.ones.indptr[k + 1]]
        row = Interval.of(dict.fromkeys([labels[bit] for bit in bits], 1), 1, 1)
        if bits[0] < first:
            planting.own(own.labels[k], row)
        else:
            planting.rows.append(row)
    walls = zip(own.first.tolist(), own.second.tolist(), own.owner.tolist(), strict=True)
    for before, after, k in walls:
        row = conflict(frozenset([(labels[after], True), (labels[before], False)]))
        if before < first:
            planting.own(own.labels[k], row)
        else:
            planting.rows.append(row)


def _codes(encoding: Encoding, labels: Sequence[Any]) -> list[Code]:
    worth = np.rint(encoding.matrix.data / encoding.step[encoding.owner]).astype(int).tolist()
    ends = encoding.matrix.indptr.tolist()
    return [
        list(zip(labels[start:stop], worth[start:stop], strict=True))
        for start, stop in pairwise(ends)
    ]


def largest_bias(whole: Whole) -> float:
    values = [*whole.linear, *(value for _, _, value in whole.pairs)]
    return max((abs(value) for value in values), default=1.0) or 1.0


def by_dimod(cqm: dimod.ConstrainedQuadraticModel, times: float | None = None) -> Planted:
    """Weights are dimod's own, or the objective's largest bias so many times."""
    whole = Whole.of(cqm).in_linear_rows()
    require_few(whole)
    linear = _as_dimod_has_it(whole)
    weight = None if times is None else times * largest_bias(whole)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rows that always hold
        bqm = dimod.cqm_to_bqm(linear, lagrange_multiplier=weight)[0]
    codes = [
        [] if not most else [(name, 1)] if most == 1 else _as_dimod_codes(name, most)
        for name, most in zip(whole.names, whole.ranges, strict=True)
    ]
    planting = Planting.of(whole, codes)
    slack = (label for label in bqm.variables if str(label).startswith("slack_v"))
    groups = groupby(slack, lambda label: label.rsplit("_", 1)[0])
    for row in whole.rows:
        terms = planting.over_bits(row).values()
        least, most = sum(c for c in terms if c < 0), sum(c for c in terms if c > 0)
        low, high = max(least, row.low), min(most, row.high)
        slacks = dict[Any, int]()
        if (low, high) != (least, most) and low != high:
            worth = [w for _, w in powers("", int(high - low))]
            slacks = dict(zip(next(groups)[1], worth, strict=True))
        planting.linear(row)
        if slacks:
            planting.equality(row, slacks, high)
    return planting.planted(bqm)


def _as_dimod_codes(name: str, most: int) -> Code:
    bits = dimod.generators.binary_encoding(name, most)
    return [(label, int(worth)) for label, worth in bits.linear.items()]


def _as_dimod_has_it(whole: Whole) -> dimod.ConstrainedQuadraticModel:
    cqm, objective = dimod.ConstrainedQuadraticModel(), dimod.QuadraticModel()
    for name, most in zip(whole.names, whole.ranges, strict=True):
        if most == 1:
            objective.add_variable("BINARY", name)
        elif most:
            objective.add_variable("INTEGER", name, upper_bound=most)
    for k, value in enumerate(whole.linear):
        if whole.ranges[k]:
            objective.add_linear(whole.names[k], value)
    for i, j, value in whole.pairs:
        if whole.ranges[i] and whole.ranges[j]:
            objective.add_quadratic(whole.names[i], whole.names[j], value)
    cqm.set_objective(objective)
    for row in whole.rows:
        sense = "==" if row.low == row.high else "<=" if row.high < inf else ">="
        terms = [(whole.names[k], c) for k, c in row.terms.items()]
        right = row.high if row.high < inf else row.low
        if terms:
            cqm.add_constraint_from_iterable(terms, sense, rhs=right, label=row.label)
    return cqm


def powers(name: Any, most: int, form: str = "{}[{}]") -> Code:
    """Bits 1, 2, 4, ... and what is left of a number 0..most."""
    if most <= 0:
        return []
    power = most.bit_length() - 1
    worth = [1 << k for k in range(power)] + [most - (1 << power) + 1]
    return [(form.format(name, k), w) for k, w in enumerate(worth)]


def by_pyqubo(cqm: dimod.ConstrainedQuadraticModel, times: float = 10.0) -> Planted:
    """At most one as pairs, other inequalities with a `LogEncInteger`, products as they are."""
    import pyqubo

    whole = Whole.of(cqm)
    require_few(whole)
    numbers, codes = list[Any](), list[Code]()
    for name, most in zip(whole.names, whole.ranges, strict=True):
        numbers.append(pyqubo.LogEncInteger(name, (0, most)) if most > 1 else pyqubo.Binary(name))
        codes.append(powers(name, most) if most > 1 else [(name, 1)] if most else [])
    planting, weight = Planting.of(whole, codes), times * largest_bias(whole)
    energy = pyqubo.Num(0.0)
    for k, value in enumerate(whole.linear):
        if value and whole.ranges[k]:
            energy += value * numbers[k]
    for i, j, value in whole.pairs:
        if whole.ranges[i] and whole.ranges[j]:
            energy += value * numbers[i] * numbers[j]
    for row in whole.rows:
        if (penalty := _penalty(pyqubo, planting, row, numbers)) is not None:
            energy += weight * pyqubo.Constraint(penalty, row.label)
    for sums in whole.products:
        total = pyqubo.Num(0.0)
        for k, value in sums.linear.items():
            total += value * numbers[k]
        for i, j, value in sums.pairs:
            total += value * numbers[i] * numbers[j]
        energy += weight * pyqubo.Constraint(total, sums.label)
    return planting.planted(energy.compile().to_bqm())


def _penalty(pyqubo: Any, planting: Planting, row: Linear, numbers: list[Any]) -> Any:
    ranges, terms = planting.whole.ranges, row.terms
    binary = all(ranges[k] == 1 for k in terms)
    if binary and set(terms.values()) == {1} and (row.low, row.high) == (-inf, 1.0):
        planting.linear(row)
        places, total = list(terms), pyqubo.Num(0.0)
        for at, i in enumerate(places):
            for j in places[at + 1 :]:
                total += numbers[i] * numbers[j]
        return total if len(places) > 1 else None
    least = sum(c * ranges[k] for k, c in terms.items() if c < 0)
    most = sum(c * ranges[k] for k, c in terms.items() if c > 0)
    if row.low <= least and most <= row.high:
        return None
    total = pyqubo.Num(0.0)
    for k, c in terms.items():
        total += float(c) * numbers[k]
    if row.low == row.high:
        planting.linear(row)
        return (total - row.high) ** 2
    upper = row.high < inf
    room = int(row.high - least if upper else most - row.low)
    name, sign = f"slack({row.label})", 1 if upper else -1
    planting.linear(row, {label: sign * worth for label, worth in powers(name, room)})
    if room == 0:
        return (total - (row.high if upper else row.low)) ** 2
    number = pyqubo.LogEncInteger(name, (0, room))
    return (total + float(sign) * number - (row.high if upper else row.low)) ** 2


def require_few(whole: Whole) -> None:
    rows = [row for row in whole.rows if row.low != row.high]
    if len(whole.names) + len(rows) > MOST_BITS:
        raise TooLarge(f"{len(whole.names):,} numbers, {len(rows):,} rows with slack")


Way = Callable[[dimod.ConstrainedQuadraticModel], Planted]
