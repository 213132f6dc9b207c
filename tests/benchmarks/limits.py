"""By how much `qopt.solve` outlasts its `time_limit`, for every solver of this machine that takes
the model.

    python -m tests.benchmarks.limits [--models knapsack-50 ...] [--solvers annealer ...] [--limits
    0.05 0.2 1]

The seconds beyond the limit are those of the whole call without what `Result.timing` counts as
compile and jit, so a negative number is time left over. Every solver is warm: it has solved the
smallest model of the same class before. "refused" is a solver that says before it starts that it
needs longer, "-" one that does not take the model at all. On a machine that is busy otherwise
everything takes longer, the end of a solve too.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import dimod
import numpy as np

import qopt
from problems.graphs import MaxCut
from problems.logistics import VehicleRouting
from problems.scheduling import JobShop
from qopt.plugins import solver_class

from .instances import couplings
from .tables import Table

SOLVERS = (
    "annealer",
    "qubo-annealer",
    "hybrid",
    "neal",
    "exact",
    "greedy",
    "cp-sat",
    "scip",
    "cp-sat-intervals",
    "pyvrp",
)
LIMITS = (0.05, 0.2, 1.0)
ALLOWED = 0.2  # seconds beyond the limit
REFUSED, NOT_TAKEN = "refused", "-"


def knapsack(items: int) -> dimod.ConstrainedQuadraticModel:
    """One row: whole weights and values of 1 to 99, and room for half of the weight."""
    random = np.random.default_rng(items)
    weights, values = random.integers(1, 100, (2, items)).tolist()
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variables("BINARY", items)
    labels = list(cqm.variables)
    cqm.set_objective([(label, -value) for label, value in zip(labels, values, strict=True)])
    row = list(zip(labels, weights, strict=True))
    cqm.add_constraint_from_iterable(row, "<=", rhs=sum(weights) // 2, label="weight")
    return cqm


def max_cut(nodes: int) -> MaxCut:
    """Six edges a node."""
    row, col, _ = couplings(nodes, 3 * nodes, nodes)
    names = [str(k + 1) for k in range(nodes)]
    return MaxCut([(names[i], names[j]) for i, j in zip(row, col, strict=True)], nodes=names)


def qubo(bits: int) -> dimod.BinaryQuadraticModel:
    """Forty couplings of +-1 a bit."""
    row, col, value = couplings(bits, min(20 * bits, bits * (bits - 1) // 4), bits)
    return dimod.BinaryQuadraticModel.from_numpy_vectors(
        np.zeros(bits), (row, col, value), 0.0, "BINARY"
    )


@dataclass(frozen=True)
class Family:
    """Models of one class by size, smallest first."""

    make: Callable[[int], Any]
    sizes: tuple[int, ...]


FAMILIES = {
    "knapsack": Family(knapsack, (16, 50, 5000, 100_000)),
    "routing": Family(lambda n: VehicleRouting.generate(customers=n, seed=1), (10, 100, 400)),
    "shop": Family(lambda n: JobShop.generate(jobs=n, machines=6 if n < 10 else 10), (6, 20, 50)),
    "cut": Family(max_cut, (50, 2000, 20_000)),
    "qubo": Family(qubo, (50, 37_436)),
}
NAMES = [f"{family}-{size}" for family, kind in FAMILIES.items() for size in kind.sizes]


@cache
def model(name: str) -> Any:
    family, size = name.split("-")
    return FAMILIES[family].make(int(size))


@dataclass(frozen=True)
class Outcome:
    """Seconds `over` the limit, None where the solver refused; the result's `status`; why it
    refused; seconds `apart`.
    """

    over: float | None
    status: str
    text: str = ""
    apart: float = 0.0

    @property
    def kept(self) -> bool:
        return self.over is None or self.over <= ALLOWED


def outcome(given: Any, solver: str, limit: float, **options: Any) -> Outcome:
    """One solve."""
    began = time.perf_counter()
    try:
        result = qopt.solve(given, solver=solver, time_limit=limit, seed=1, **options)
    except qopt.TimeTooShort as error:
        return Outcome(None, REFUSED, str(error), time.perf_counter() - began)
    except qopt.QoptError as error:
        return Outcome(None, NOT_TAKEN, str(error))
    seconds = time.perf_counter() - began
    apart = result.timing.get("compile", 0.0) + result.timing.get("jit", 0.0)
    return Outcome(seconds - apart - limit, result.status.value, apart=apart)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=NAMES, choices=NAMES, metavar="NAME")
    parser.add_argument("--solvers", nargs="+", default=list(SOLVERS), choices=SOLVERS)
    parser.add_argument("--limits", type=float, nargs="+", default=LIMITS, help="seconds")
    parser.add_argument("--output", help="JSON file; the table goes beside it as .md")
    chosen = parser.parse_args(arguments)
    columns = {"model": 15, "solver": 16, "apart, s": 8}
    table = Table(columns | {f"over {limit:g} s by": 22 for limit in chosen.limits}, texts=2)
    warnings.simplefilter("ignore")
    rows = []
    for name in chosen.models:
        smallest = f"{name.split('-')[0]}-{FAMILIES[name.split('-')[0]].sizes[0]}"
        for solver in chosen.solvers:
            if solver_class(solver)().missing() is not None:
                continue
            outcome(model(smallest), solver, 0.2)
            found = [outcome(model(name), solver, limit) for limit in chosen.limits]
            table.row(name, solver, f"{max(each.apart for each in found):.1f}", *map(_cell, found))
            rows += [
                {"model": name, "solver": solver, "limit": limit, **vars(each), "kept": each.kept}
                for limit, each in zip(chosen.limits, found, strict=True)
            ]
    table.write()
    taken = [row for row in rows if row["status"] != NOT_TAKEN]
    late = sum(not row["kept"] for row in taken)
    table.write(f"{late} of {len(taken)} ended later than {ALLOWED:g} s after their limit")
    for text in sorted({row["text"] for row in rows if row["text"]}):
        table.write(f"refused: {text}")
    table.save(chosen.output, vars(chosen) | {"rows": rows})


def _cell(found: Outcome) -> str:
    return found.status if found.over is None else f"{found.over:+.3f} {found.status}"


if __name__ == "__main__":
    main()
