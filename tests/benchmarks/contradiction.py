"""A contradiction planted among rows that can all be kept: does `qopt.diagnose` find it, no more
and no less, and how fast?

    python -m tests.benchmarks.contradiction [--constraints 200] [--seeds 1 2 3] [--time-limit 10]
    [--kinds chain ...]

| kind | planted |
|---|---|
| chain | three steps, each before the next and the last before the first: 3 rows |
| capacity | five orders of size 2 in four trucks of 3: 5 one-hot rows, 4 capacities |
| permutation | five jobs on five places, three of them allowed on two only: 3 one-hot, 3 that forbid, 2 places |
| budget | four quantities that need to be bought, and a budget a cent too small: 5 rows with fractional prices |
| bounds | one row against a bound of each of its two integers |

The other rows, to make `--constraints` in all, are met by a hidden assignment: equalities,
inequalities, one-hot rows. Half of them take in variables of the contradiction, too, but each has a
switch of its own that lets it be met whatever those are.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import dimod
import numpy as np

import qopt

from .tables import Table, width_of

Planted = tuple[
    list[str], list[str]
]  # the labels of the rows that contradict each other, and bounds as text


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--constraints", type=int, default=200)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--time-limit", type=float, default=10.0)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    chosen = parser.parse_args(arguments)
    columns = {
        "kind": width_of(chosen.kinds),
        "seed": 4,
        "rows": 5,
        "planted": 7,
        "found": 7,
        "the same": 8,
        "minimal": 7,
    }
    table = Table(columns | {"relaxed by": 10, "seconds": 7})
    for kind in chosen.kinds:
        for seed in chosen.seeds:
            cqm, planted = model(kind, chosen.constraints, seed)
            diagnosis = qopt.diagnose(cqm, time_limit=chosen.time_limit, seed=seed)
            conflict, relaxation = diagnosis.conflict, diagnosis.relaxation
            found = (
                ([], [])
                if conflict is None
                else (sorted(conflict.constraints), sorted(map(str, conflict.bounds)))
            )
            least = relaxation is not None and relaxation.least
            table.row(
                *(
                    kind,
                    str(seed),
                    str(len(cqm.constraints)),
                    str(sum(map(len, planted))),
                    str(sum(map(len, found))),
                ),
                *(
                    "yes" if found == planted else "NO",
                    "proved" if conflict is not None and conflict.minimal else "NO",
                ),
                "NO" if relaxation is None else f"{relaxation.total:.3g}{'' if least else '?'}",
                f"{diagnosis.seconds:.2f}",
            )


def model(
    kind: str, constraints: int, seed: int
) -> tuple[dimod.ConstrainedQuadraticModel, Planted]:
    """A model of so many constraints in random order, and what contradicts itself in it."""
    random = np.random.default_rng(seed)
    planted = dimod.ConstrainedQuadraticModel()
    rows, bounds = KINDS[kind](planted)
    everything = [(label, planted.constraints[label]) for label in planted.constraints]
    cqm = dimod.ConstrainedQuadraticModel()
    for label in planted.variables:
        ends = {} if planted.vartype(label) is dimod.BINARY else _bounds(planted, label)
        cqm.add_variable(planted.vartype(label), label, **ends)
    own = [cqm.add_variable("BINARY", f"y{k}") for k in range(constraints)]
    hidden = dict(zip(own, random.integers(0, 2, constraints).tolist(), strict=True))
    extra = [
        _decoy(cqm, k, hidden, list(planted.variables), random)
        for k in range(constraints - len(everything))
    ]
    rows_of_all = [(label, c.lhs, c.sense.value, c.rhs) for label, c in everything] + extra
    for k in random.permutation(len(rows_of_all)):
        label, left, sense, right = rows_of_all[k]
        cqm.add_constraint_from_iterable([*left.iter_linear()], sense, rhs=right, label=label)
    return cqm, (sorted(rows), sorted(bounds))


def _decoy(
    cqm: dimod.ConstrainedQuadraticModel,
    k: int,
    hidden: dict[Any, int],
    guests: list[Any],
    random: np.random.Generator,
) -> tuple[str, dimod.QuadraticModel, str, float]:
    """A row that the hidden assignment keeps, or, with a guest in it, its switch."""
    left, members = (
        dimod.QuadraticModel(),
        random.choice(list(hidden), random.integers(3, 9), replace=False).tolist(),
    )
    ones = [y for y in members if hidden[y]]
    one_hot = random.random() < 0.2 and len(ones) == 1
    for y in members:
        left.add_linear_from(
            [(left.add_variable("BINARY", y), 1.0 if one_hot else float(random.integers(1, 10)))]
        )
    activity = sum(left.get_linear(y) for y in ones)
    if one_hot or random.random() < 0.5:
        return f"decoy[{k}]", left, "==" if one_hot or random.random() < 0.5 else "<=", activity
    most = 0.0
    for guest in random.choice(guests, min(2, len(guests)), replace=False).tolist():
        binary = cqm.vartype(guest) is dimod.BINARY
        ends = {} if binary else _bounds(cqm, guest)
        left.add_linear_from([(left.add_variable(cqm.vartype(guest), guest, **ends), 1.0)])
        most += 1.0 if binary else ends["upper_bound"]
    switch = left.add_variable("BINARY", cqm.add_variable("BINARY", f"switch{k}"))
    left.add_linear(switch, -most)
    return f"decoy[{k}]", left, "<=", activity


def _bounds(cqm: dimod.ConstrainedQuadraticModel, label: Any) -> dict[str, float]:
    return {"lower_bound": cqm.lower_bound(label), "upper_bound": cqm.upper_bound(label)}


def chain(cqm: dimod.ConstrainedQuadraticModel) -> Planted:
    start = {name: dimod.Integer(f"start[{name}]", upper_bound=100) for name in "abc"}
    pairs = [("a", "b"), ("b", "c"), ("c", "a")]
    return [
        cqm.add_constraint(start[p] - start[q] <= -5, label=f"before[{p},{q}]") for p, q in pairs
    ], []


def capacity(cqm: dimod.ConstrainedQuadraticModel) -> Planted:
    load = np.array([[dimod.Binary(f"order {k} in truck {t}") for t in range(4)] for k in range(5)])
    served = [cqm.add_constraint(sum(row) == 1, label=f"served[{k}]") for k, row in enumerate(load)]
    return served + [
        cqm.add_constraint(2 * sum(row) <= 3, label=f"capacity[{t}]")
        for t, row in enumerate(load.T)
    ], []


def permutation(cqm: dimod.ConstrainedQuadraticModel) -> Planted:
    at = np.array([[dimod.Binary(f"job {j} at {p}") for p in range(5)] for j in range(5)])
    jobs = [cqm.add_constraint(sum(row) == 1, label=f"job[{j}]") for j, row in enumerate(at)]
    places = [cqm.add_constraint(sum(row) <= 1, label=f"place[{p}]") for p, row in enumerate(at.T)]
    only = [cqm.add_constraint(sum(at[j, 2:]) == 0, label=f"only first two[{j}]") for j in range(3)]
    return jobs[:3] + places[:2] + only, []


def budget(cqm: dimod.ConstrainedQuadraticModel) -> Planted:
    prices = [1.25, 2.5, 3.75, 0.5]
    bought = [dimod.Integer(f"bought[{k}]", upper_bound=9) for k in range(4)]
    needed = [cqm.add_constraint(2 * q >= 5, label=f"needed[{k}]") for k, q in enumerate(bought)]
    total = sum(price * q for price, q in zip(prices, bought, strict=True))
    return [*needed, cqm.add_constraint(total <= 23.99, label="budget")], []


def bounds(cqm: dimod.ConstrainedQuadraticModel) -> Planted:
    first, second = (
        dimod.Integer("first", upper_bound=5),
        dimod.Integer("second", lower_bound=3, upper_bound=9),
    )
    return [cqm.add_constraint(first - second >= 3, label="gap")], ["first <= 5", "second >= 3"]


KINDS: dict[str, Callable[[dimod.ConstrainedQuadraticModel], Planted]] = {
    kind.__name__: kind for kind in (chain, capacity, permutation, budget, bounds)
}


if __name__ == "__main__":
    main()
