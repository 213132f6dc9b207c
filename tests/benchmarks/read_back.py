"""How much of a model is read back from its QUBO: `qopt.decompiler` beside what is known.

    python -m tests.benchmarks.read_back [--kinds bin-packing ...] [--ways qopt dimod ...] [--wrong]

QUBOs of small problems of all kinds, made by several tools. A constraint is read back where a row
over the same bits says the same, and pairs where rows that were found forbid them. A row that was
found is wrong where an assignment that keeps the model breaks it, and nothing is read back by that
one; "?" are those that CP-SAT did not decide in five seconds each, of 200 at most. The QUBOs of two
ways that are the same count once.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import dimod
import numpy as np

from qopt.compiler import Qubo
from qopt.decompiler import Decompiled, decompile
from qopt.errors import QoptError

from .read_back_models import KINDS, Products, model
from .read_back_rows import Found, Implied, Interval, Truth, conflict
from .read_back_rules import by_rules
from .read_back_ways import Planted, TooLarge, Way, by_dimod, by_pyqubo, by_qopt, pairs_of
from .tables import Table

WAYS: dict[str, Way] = {
    "qopt": by_qopt,
    "qopt bounded": partial(by_qopt, encodings="bounded"),
    "qopt unary": partial(by_qopt, encodings="unary"),
    "qopt one-hot": partial(by_qopt, encodings="one-hot"),
    "qopt domain-wall": partial(by_qopt, encodings="domain-wall"),
    "qopt slack": partial(by_qopt, inequalities="slack"),
    "qopt unpresolved": partial(by_qopt, presolve=False),
    "qopt proven": partial(by_qopt, penalties="proven"),
    "dimod": by_dimod,
    "dimod heavy": partial(by_dimod, times=1000.0),
    "pyqubo": by_pyqubo,
    "qiskit rules": by_rules,
}
NEVER = Interval((), 1, 0)


@dataclass(frozen=True, eq=False)
class Reading:
    """What became of one QUBO: constraints that were not read back, and rows that are wrong."""

    planted: Planted
    found: Decompiled
    missed: list[Truth]
    wrong: list[tuple[str, Interval, float]]
    undecided: int
    impossible: bool
    seconds: float


def read(planted: Planted) -> Reading:
    started = time.perf_counter()
    found = decompile(planted.qubo)
    seconds = time.perf_counter() - started
    rows = list(rows_of(of_bits(found)))
    labels = found.qubo.labels
    slack = {labels[bit] for number in found.slack for bit in number.bits.tolist()}
    implied = Implied(planted.rows)
    follows = [implied(row) for _, row in rows]
    wrong = [
        (*rows[k], _weight(found, rows[k][0])) for k, true in enumerate(follows) if true is False
    ]
    told = Found([rows[k] for k, true in enumerate(follows) if true], slack, planted.slack)
    missed = [truth for truth in planted.truths if not told.says(truth)]
    return Reading(
        planted, found, missed, wrong, follows.count(None), bool(implied(NEVER)), seconds
    )


def of_bits(found: Decompiled) -> dimod.ConstrainedQuadraticModel:
    """All rows as constraints; numbers are their bits, of which the planted rows are."""
    return replace(found, integers=()).meant


def rows_of(cqm: dimod.ConstrainedQuadraticModel) -> Iterator[tuple[str, Interval]]:
    """Names and rows; the two sides of a row have one name and are one row, too."""
    sides = defaultdict[str, list[Interval]](list)
    for label, constraint in cqm.constraints.items():
        left, right = constraint.lhs, constraint.rhs - constraint.lhs.offset
        name = str(label).removesuffix("<=").removesuffix(">=")
        if left.num_interactions:
            pairs = [(i, j, value) for (i, j), value in left.quadratic.items()]
            sums = Products(name, dict(left.linear), pairs)
            for pair in pairs_of(sums, {v: [(v, 1)] for v in left.variables}):
                yield name, conflict(pair)
            continue
        low = -np.inf if constraint.sense is dimod.sym.Sense.Le else right
        high = np.inf if constraint.sense is dimod.sym.Sense.Ge else right
        sides[name].append(Interval.of(left.linear, low, high))
    for name, rows in sides.items():
        terms, low = rows[0].terms, max(row.low for row in rows)
        yield name, Interval(terms, low, min(row.high for row in rows))


def _weight(found: Decompiled, name: str) -> float:
    number = name.partition("[")[2].partition("]")[0]
    return found.rows[int(number)].weight if number.isdigit() else np.nan


def planted(kind: str, seed: int, ways: Sequence[str]) -> Iterator[tuple[str, Planted | str]]:
    """By way, what was made, or why there is nothing."""
    cqm, seen = model(kind, seed), list[Qubo]()
    for way in ways:
        try:
            made = WAYS[way](cqm)
        except (TooLarge, ValueError, QoptError) as error:
            yield way, str(error)
            continue
        if not any(_same(made.qubo, other) for other in seen):
            seen.append(made.qubo)
            yield way, made


def _same(one: Qubo, other: Qubo) -> bool:
    return (
        list(one.labels) == list(other.labels)
        and np.array_equal(one.linear, other.linear)
        and np.array_equal(one.quad, other.quad)
    )


def shown(row: Interval, most: int = 12) -> str:
    terms = [f"{c:+d} {label}" for label, c in row.terms]
    dots = [f"... ({len(terms)} bits)"] if len(terms) > most else []
    return f"{row.low} <= {' '.join(terms[:most] + dots)} <= {row.high}"


def tell(table: Table, reading: Reading, most: int = 3) -> None:
    """The first constraints of each form that were not read back, and the first wrong rows."""
    by_form = defaultdict[str, list[Truth]](list)
    for truth in reading.missed:
        by_form[truth.form].append(truth)
    told = Implied([row for _, row in rows_of(of_bits(reading.found))], tries=20)
    if told(NEVER):
        table.write("    what was found contradicts itself")
    for form, missed in by_form.items():
        follow = sum(_follows(told, truth) for truth in missed)
        table.write(
            f"    {len(missed)} not read back, {form}, {follow} of which follow all the same:"
        )
        for truth in missed[:most]:
            pairs = "" if truth.pairs is None else f" ({len(truth.pairs)} pairs)"
            row = "" if truth.interval is None else shown(truth.interval)
            table.write(f"        {truth.label}: {row}{pairs}")
    if reading.wrong:
        table.write(f"    {len(reading.wrong)} wrong:")
    for name, wrong, weight in reading.wrong[:most]:
        table.write(f"        {name}: {shown(wrong)}, weight {weight:.6g}")


def _follows(told: Implied, truth: Truth) -> bool:
    if truth.interval is not None:
        return bool(told(truth.interval))
    return all(told(conflict(pair)) for pair in truth.pairs or ())


class Totals:
    def __init__(self) -> None:
        self.qubos, self.whole, self.wrong = Counter[str](), Counter[str](), Counter[str]()
        self.truths, self.missed = Counter[tuple[str, str]](), Counter[tuple[str, str]]()

    def add(self, way: str, reading: Reading) -> None:
        self.qubos[way] += 1
        self.whole[way] += not reading.missed
        self.wrong[way] += len(reading.wrong)
        self.truths.update((way, truth.form) for truth in reading.planted.truths)
        self.missed.update((way, truth.form) for truth in reading.missed)

    def write(self) -> list[str]:
        forms = sorted({form for _, form in self.truths})
        table = Table({"way": 16, "QUBOs": 6, "all rows": 8, "wrong": 6} | dict.fromkeys(forms, 11))
        for way in [*self.qubos, "all"]:
            ways = list(self.qubos) if way == "all" else [way]
            cells = [str(sum(count[w] for w in ways)) for count in (self.qubos, self.whole)]
            cells.append(str(sum(self.wrong[w] for w in ways)))
            for form in forms:
                truths = sum(self.truths[w, form] for w in ways)
                missed = sum(self.missed[w, form] for w in ways)
                cells.append(f"{truths - missed}/{truths}" if truths else "")
            table.row(way, *cells)
        table.write()
        truths, missed = sum(self.truths.values()), sum(self.missed.values())
        table.write(
            f"all rows of {sum(self.whole.values())} of {sum(self.qubos.values())} QUBOs, "
            f"{truths - missed:,} of {truths:,} rows ({1 - missed / max(truths, 1):.1%}), "
            f"{sum(self.wrong.values())} wrong"
        )
        return table.lines


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seeds", type=int, default=1, help="instances of each kind")
    parser.add_argument(
        "--wrong", action="store_true", help="list what is missed and what is wrong"
    )
    options = parser.parse_args(arguments)
    columns = ["bits", "couplings", "rows", "read back", "found", "wrong", "?", "seconds"]
    table, totals = Table({"kind": 20, "way": 16} | dict.fromkeys(columns, 6), texts=2), Totals()
    for kind in options.kinds:
        for seed in range(1, options.seeds + 1):
            for way, made in planted(kind, seed, options.ways):
                if isinstance(made, str):
                    table.write(f"    {kind}, {way}: {made}")
                    continue
                reading = read(made)
                totals.add(way, reading)
                if reading.impossible:
                    table.write("    no assignment keeps this model, so that no row is wrong:")
                table.row(kind, way, *_cells(reading))
                if options.wrong:
                    tell(table, reading)
    table.write()
    return table.lines + totals.write()


def _cells(reading: Reading) -> list[str]:
    qubo, truths = reading.planted.qubo, len(reading.planted.truths)
    counts: list[Any] = [len(qubo.linear), len(qubo.quad), truths, truths - len(reading.missed)]
    counts += [len(reading.found.rows), len(reading.wrong), reading.undecided]
    return [*map(str, counts), f"{reading.seconds:.2f}"]


if __name__ == "__main__":
    main()
