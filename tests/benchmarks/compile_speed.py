"""How long compiling takes: a tour beside dimod, and how it grows with the number of rows.

    python -m tests.benchmarks.compile_speed [--cities 100] [--rows 25000 50000 100000 200000]
    [--repeats 3]

The tour has cities^2 variables and is compiled to a QUBO in one process and by turns, by
`qopt.compiler.compile_cqm` with its default weights and by `dimod.cqm_to_bqm` with one weight. The
peak is of what Python and numpy allocate meanwhile, in a run that is not timed, over the bytes of
the QUBO's own arrays.

The rows are of `--terms` whole numbers over as many binaries as there are rows, knapsacks and
equalities in turn. Building the models is not counted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import dimod
import numpy as np

from qopt.compiler import Qubo, compile_cqm

from .constrained_models import TravellingSalesman
from .tables import Table

# the bars: times faster than dimod, times the QUBO's arrays, seconds for MOST_ROWS
RATIO, PEAK, MOST = 6.0, 3.0, 10.0
MOST_ROWS = 200_000
LINEAR = 1.5  # a row may take so many times what it takes in the smallest model


def seconds_of(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def bytes_of(qubo: Qubo) -> int:
    return sum(array.nbytes for array in (qubo.linear, qubo.row, qubo.col, qubo.quad))


def peak_of(cqm: dimod.ConstrainedQuadraticModel) -> tuple[int, int]:
    """Bytes that compiling allocates at most, and those of the QUBO's arrays."""
    tracemalloc.start()
    compiled = compile_cqm(cqm)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, bytes_of(compiled.qubo)


def random_rows(count: int, terms: int, seed: int) -> dimod.ConstrainedQuadraticModel:
    """Rows of weights 1..9 over as many binaries, in turn `<=` and `==`, all of which one
    assignment keeps.
    """
    random = np.random.default_rng(seed)
    places = random.integers(0, count, (count, terms))
    weights = random.integers(1, 10, (count, terms))
    limits = (weights * random.integers(0, 2, count)[places]).sum(axis=1)
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(
        dimod.BinaryQuadraticModel.from_numpy_vectors(
            random.integers(-9, 10, count), ((), (), ()), 0.0, "BINARY"
        )
    )
    for k, (row, weight, limit) in enumerate(
        zip(places.tolist(), weights.tolist(), limits.tolist(), strict=True)
    ):
        cqm.add_constraint_from_iterable(
            list(zip(row, weight, strict=True)), "==" if k % 2 else "<=", rhs=limit, label=k
        )
    return cqm


def race(cities: int, repeats: int, table: Table) -> bool:
    cqm = TravellingSalesman.random(cities).cqm()
    weight = 2.0 * max(cqm.objective.quadratic.values())
    compile_cqm(TravellingSalesman.random(4).cqm())  # imports
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(seconds_of(partial(compile_cqm, cqm)))
        theirs.append(seconds_of(partial(dimod.cqm_to_bqm, cqm, weight)))
    peak, kept = peak_of(cqm)
    ratio = statistics.median(theirs) / statistics.median(ours)
    cells = [f"{statistics.median(seconds):.3g}" for seconds in (ours, theirs)]
    table.row(
        str(cities),
        f"{cities**2:,}",
        *cells,
        f"{ratio:.3g}",
        f"{peak / 1e6:.0f}",
        f"{kept / 1e6:.0f}",
        f"{peak / kept:.2f}",
    )
    return ratio >= RATIO and peak < PEAK * kept


def growth(counts: Sequence[int], terms: int, repeats: int, table: Table) -> bool:
    """Whether the largest is compiled in time, and a row takes about as long in each."""
    pace: list[float] = []
    for count in counts:
        cqm = random_rows(count, terms, seed=count)
        seconds = statistics.median(seconds_of(partial(compile_cqm, cqm)) for _ in range(repeats))
        pace.append(seconds / count)
        table.row(f"{count:,}", f"{seconds:.3g}", f"{1e6 * pace[-1]:.3g}")
    return pace[-1] * MOST_ROWS < MOST and max(pace) < LINEAR * pace[0]


def told(met: bool) -> str:
    return "met" if met else "not met"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cities", type=int, default=100)
    parser.add_argument("--rows", type=int, nargs="+", default=[25_000, 50_000, 100_000, MOST_ROWS])
    parser.add_argument("--terms", type=int, default=10, help="of a row")
    parser.add_argument("--repeats", type=int, default=3, help="of which the median counts")
    chosen = parser.parse_args(arguments)
    tour = Table(
        {
            "cities": 6,
            "variables": 9,
            "qopt s": 7,
            "dimod s": 7,
            "ratio": 5,
            "peak MB": 7,
            "QUBO MB": 7,
            "times": 5,
        },
        texts=0,
    )
    met = race(chosen.cities, chosen.repeats, tour)
    tour.write(
        f"\n{told(met)}: {RATIO:g} times faster, and a peak below {PEAK:g} times the QUBO's "
        "arrays\n"
    )
    rows = Table({"rows": 9, "qopt s": 7, "us a row": 8}, texts=0)
    met = growth(sorted(chosen.rows), chosen.terms, chosen.repeats, rows)
    rows.write(
        f"\n{told(met)}: below {MOST:g} s for {MOST_ROWS:,} rows, and a row at most {LINEAR:g} "
        "times what the first takes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
