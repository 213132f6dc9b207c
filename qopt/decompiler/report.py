"""What was read back, for people: a line a kind of rows, the first rows, what is left, devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ..compiler.check.precision import Fit, Precision
from ..compiler.compiled import Compiled
from ..compiler.model.families import numbered
from ..compiler.qubos.qubo import Qubo
from ..pages import Column, Page, Section
from ..pages.content import numbers, words
from .constrained import kind_of, sides
from .couplings import Couplings, Floats, Row
from .integers import Integer
from .slack import Bools, Slack

FIRST = 20  # rows that are shown one by one
TERMS = 3  # of a row that are shown
TARGET = "advantage2"
ALIKE = 0.01  # what is finer by less is not worth a line
BETWEEN, ALWAYS = "between", "always holds"


@dataclass(frozen=True, eq=False)
class Findings:
    """What is told: the QUBO, its rows, each with a slack number, `integers` and what is `left`.

    `proved` bool[rows]; `needed` float64[rows] are the weights above which all rows are proved;
    `agreeing` says whether an assignment that keeps all rows is known, without which nothing is
    proved. `error` is the largest error of a bias. `again` is what the model compiles to, or why it
    does not.
    """

    qubo: Qubo
    rows: Sequence[Row]
    slack: Sequence[Slack]
    integers: Sequence[Integer]
    left: Couplings
    proved: Bools
    needed: Floats
    agreeing: bool
    error: float
    again: Compiled | str


def report(found: Findings) -> Page:
    """Rows by kind, the first rows, what is left, and how well a device can tell the objective."""
    bits, couplings = found.qubo.num_variables, len(found.qubo.quad)
    slack = sum(len(number.bits) for number in found.slack)
    read = f"{_counted(len(found.rows), 'row')} and {_counted(slack, 'slack bit')}"
    title = f"{bits:,} bits and {couplings:,} couplings: {read} read back"
    sections = [Section(lines=["no rows were found"])]
    if found.rows:
        sections = [_kinds(found), _first(found)]
    if found.integers:
        sections.append(_numbers(found))
    return Page(title, [*sections, _left(found), _ranges(found)])


def _kinds(found: Findings) -> Section:
    said = [_sides(row, slack) for row, slack in zip(found.rows, found.slack, strict=True)]
    kinds = [kind_of(row, slack) for row, slack in zip(found.rows, found.slack, strict=True)]
    place, families = numbered((k, sense) for k, (sense, _) in zip(kinds, said, strict=True))
    weights = np.array([row.weight for row in found.rows])
    rows: list[list[Any]] = []
    for k, (kind, sense) in enumerate(families):
        mine = np.flatnonzero(place == k)
        proved = int(found.proved[mine].sum())
        ends = np.array([right for at in mine.tolist() for right in said[at][1]])
        rows.append(
            [
                kind,
                sense,
                _range(ends) if len(ends) else "",
                len(mine),
                sum(len(found.slack[at].bits) for at in mine.tolist()),
                _range(weights[mine]),
                "all" if proved == len(mine) else f"{proved:,} of {len(mine):,}",
                f"{found.needed[mine].max():.4g}",
            ]
        )
    columns = words("kind", "sense") + numbers("right side", "number", "slack bits", "weight")
    columns += words("proved") + numbers("enough")
    lines = [
        "proved: no state that breaks the row has the lowest energy",
        "enough: the weight above which all rows are proved, if each has that of its line",
    ]
    if priced := sum(number.price != 0 for number in found.slack):
        lines.append(
            f"{_counted(priced, 'slack number')} had a price, which the other bits of the row pay"
        )
    if not found.agreeing:
        lines.append("no assignment that keeps all rows was found in time, so nothing is proved")
    return Section("Rows by kind", columns, rows, lines=lines)


def _first(found: Findings) -> Section:
    rows: list[list[Any]] = []
    for k, (row, slack) in enumerate(zip(found.rows[:FIRST], found.slack, strict=False)):
        rows.append(
            [
                f"{kind_of(row, slack)}[{k}]",
                says(row, slack, found.qubo.labels),
                len(row.bits) - len(slack.bits),
                len(slack.bits),
                f"{row.weight:.4g}",
                "yes" if found.proved[k] else "no",
            ]
        )
    columns = [Column("row", whole=True), *words("what it says")]
    columns += numbers("bits", "slack bits", "weight") + words("proved")
    more = len(found.rows) - FIRST
    lines = [f"and {more:,} more"] if more > 0 else []
    return Section("Rows" if more <= 0 else f"The first {FIRST} rows", columns, rows, lines=lines)


def _numbers(found: Findings) -> Section:
    """The first whole numbers, their values and what their bits are called."""
    rows: list[list[Any]] = []
    for number in found.integers[:FIRST]:
        names = [str(found.qubo.labels[bit]) for bit in number.bits.tolist()]
        terms = [
            name if worth == 1 else f"{worth:g} {name}"
            for worth, name in zip(number.worth.tolist(), names, strict=True)
        ]
        rows.append([str(number.label), f"0..{number.most:g}", " + ".join(terms), len(names)])
    columns = [Column("number", whole=True), *words("values"), *words("what it is")]
    more = len(found.integers) - FIRST
    lines = ["bits that are in one proportion in all that they do, one variable in the models"]
    lines += [f"and {more:,} more"] if more > 0 else []
    title = f"{_counted(len(found.integers), 'whole number')} in bits"
    return Section(title, columns + numbers("bits"), rows, lines=lines)


def says(row: Row, slack: Slack, labels: Sequence[Any]) -> str:
    """The row as a constraint of the bits that are no slack, the first of its terms."""
    if row.product is not None:
        x, y, z = (str(labels[bit]) for bit in row.product)
        return f"{z} = {x} * {y}"
    inside = np.flatnonzero(~np.isin(row.bits, slack.bits))
    terms = ""
    for at in inside[:TERMS].tolist():
        size, name = abs(row.coefficients[at]), str(labels[int(row.bits[at])])
        sign = "-" if row.coefficients[at] < 0 else "+"
        terms += f" {sign} {name if size == 1 else f'{size:g} {name}'}"
    terms = ("-" if terms[1] == "-" else "") + terms[3:]
    terms += " + ..." if len(inside) > TERMS else ""
    sense, ends = _sides(row, slack)
    if sense == BETWEEN:
        return f"{ends[0]:g} <= {terms} <= {ends[1]:g}"
    return f"{terms} {sense} {ends[0]:g}" if ends else f"{terms} is free"


def _sides(row: Row, slack: Slack) -> tuple[str, list[float]]:
    """The sense of a row and its right sides, ascending."""
    if row.product is not None:
        return "=", []
    said = sides(row, slack)
    if len(said) > 1:
        return BETWEEN, sorted(right for _, right in said)
    if not said:
        return ALWAYS, []
    return said[0][0].replace("==", "="), [said[0][1]]


def _left(found: Findings) -> Section:
    left, pairs = found.left, found.left.matrix.nnz // 2
    biased = np.abs(left.linear) > 4 * left.error
    covered = np.zeros(found.qubo.num_variables, dtype=bool)
    for row in found.rows:
        covered[row.bits] = True
    largest = max(np.abs(left.linear).max(initial=0.0), np.abs(left.matrix.data).max(initial=0.0))
    share = 1 - pairs / max(len(found.qubo.quad), 1)
    alone = int((~covered).sum())
    lines = [
        f"{_counted(pairs, 'coupling')} and {_counted(int(biased.sum()), 'linear bias', 'es')} "
        f"are left, the objective: {share:.1%} of the couplings went away with the rows",
        f"the largest bias that is left is {largest:.4g}",
        f"bits in no row: {alone:,}" if alone else "every bit is in a row",
        "the QUBO is what is left plus the squares of the rows: "
        f"no bias differs by more than {found.error:.3g}",
    ]
    return Section("What is left", lines=lines)


def _ranges(found: Findings) -> Section:
    """How far a device can tell the objective, of the QUBO as it is and of one made again."""
    again, objective = found.again, objective_of(found.qubo, found.left)
    before = Fit.of(found.qubo, objective, TARGET)
    rows = [_fits("as given", found.qubo, before)]
    if isinstance(again, Compiled):
        after = again.precision(TARGET)
        rows.append(_fits("compiled again", again.qubo, after))
        proven = np.r_[again.weighed.proven, again.validity_weighed.proven]
        lines = [
            "compiled again: by qopt.compile, as Decompiled.recompiled() does it; "
            f"{int(proven.sum()):,} of its {len(proven):,} weights are proved",
        ]
        finer = before.resolution / after.resolution
        if finer > 1 + ALIKE:
            lines.append(f"what can be told apart is then {finer:.3g} times as fine")
    else:
        lines = [f"not compiled again: {again}"]
    lines += [
        "largest and smallest: biases of the Ising model; "
        f"told apart: the smallest difference of energies that {TARGET} can tell",
        "lost: the share of the objective's biases that are smaller than that",
    ]
    columns = words("QUBO")
    columns += numbers("bits", "couplings", "largest / smallest", "told apart", "lost")
    return Section("Dynamic range", columns, rows, lines=lines)


def _fits(name: str, qubo: Qubo, fit: Fit | Precision) -> list[Any]:
    sizes = [qubo.num_variables, len(qubo.quad)]
    return [name, *sizes, f"{fit.dynamic_range:.3g}", f"{fit.resolution:.3g}", f"{fit.lost:.0%}"]


def objective_of(qubo: Qubo, left: Couplings) -> Qubo:
    """What is left, as a QUBO of the same bits; without what rounding has left."""
    upper = sparse.triu(left.matrix, k=1, format="coo")
    linear = np.where(np.abs(left.linear) > 4 * left.error, left.linear, 0.0)
    row, col = upper.row.astype(np.int64), upper.col.astype(np.int64)
    return Qubo(linear, row, col, np.array(upper.data), left.offset, qubo.labels)


def _range(values: Floats) -> str:
    low, high = values.min(), values.max()
    return f"{low:.4g}" if low == high else f"{low:.4g}..{high:.4g}"


def _counted(count: int, what: str, plural: str = "s") -> str:
    return f"{count:,} {what}{'' if count == 1 else plural}"
