"""A model of a million spins on one thread: what a timed run takes, and that the cost of a sweep is
linear in the spins.

    python -m tests.benchmarks.large [--spins 1000000] [--couplings 3000000] [--seconds 30]
    [--gaussian]

Random couplings of +-1, or gaussian, through `Qubo.from_arrays` ("arrays") and
`QuboAnnealer.sample_arrays`, at a quarter, half and all of the size, with a quarter, half and all
of the seconds. "first" is when the first incumbent is shown, counted from the call; "a sweep" has
its share in descents and in the result, which weigh in a short run; energies are counted anew from
the couplings; "over" is by how much the call outlasts its time limit; "peak" is of the process so
far. Seconds that numba compiles are not counted.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qopt.compiler import Qubo
from qopt.samplers import QuboAnnealer

from .instances import couplings
from .tables import Table, shown

SHARES = (4, 2, 1)  # of the size: smallest first, for the peak of memory is that of the process
KIB = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in


@dataclass(frozen=True)
class Measured:
    """One timed run; seconds, but for `energy` a spin and `peak` in bytes."""

    spins: int
    couplings: int
    building: float
    setup: float
    first: float | None
    sweeps: int
    sweep: float
    updates_per_second: float
    energy: float
    over: float
    peak: int

    def cells(self) -> list[str]:
        return [
            f"{self.spins:,}",
            f"{self.couplings:,}",
            f"{self.building:.2f}",
            f"{self.setup:.2f}",
            shown(self.first, ".2f"),
            str(self.sweeps),
            f"{1000 * self.sweep:.4g}",
            f"{self.updates_per_second / 1e6:.0f}",
            f"{self.energy:.4f}",
            f"{self.over:+.3f}",
            f"{self.peak / 1e6:,.0f}",
        ]


def measure(
    n: int, count: int, seconds: float, seed: int, *, gaussian: bool, reads: int
) -> Measured:
    row, col, weight = couplings(n, count, seed, gaussian=gaussian)
    began = time.perf_counter()
    qubo = Qubo.from_arrays(np.zeros(n), row, col, weight, vartype="SPIN")
    building = time.perf_counter() - began
    shown_at: list[float] = []

    def progress(found: Any) -> None:
        shown_at.append(time.perf_counter())

    began = time.perf_counter()
    found = QuboAnnealer().sample_arrays(
        qubo, num_reads=reads, seed=seed, num_threads=1, time_limit=seconds, on_progress=progress
    )
    wall = time.perf_counter() - began
    timing = found.info["timing"]
    spins = 2 * found.states[0].astype(np.int8) - 1
    return Measured(
        spins=n,
        couplings=len(qubo.quad),
        building=building,
        setup=timing["setup"],
        first=shown_at[0] - began - timing["jit"] if shown_at else None,
        sweeps=found.info["sweeps"],
        sweep=timing["sample"] / max(found.info["sweeps"], 1),
        updates_per_second=found.info["spin_updates_per_second"],
        energy=float(weight @ (spins[row] * spins[col])) / n,
        over=wall - timing["jit"] - seconds,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spins", type=int, default=1_000_000)
    parser.add_argument("--couplings", type=int, default=3_000_000)
    parser.add_argument("--seconds", type=float, default=30.0, help="time limit at the whole size")
    parser.add_argument(
        "--gaussian", action="store_true", help="weights from a normal distribution, not +-1"
    )
    parser.add_argument("--reads", type=int, default=16, help="states returned")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", help="JSON file; the table goes beside it as .md")
    chosen = parser.parse_args(arguments)
    columns = {
        "spins": 9,
        "couplings": 9,
        "arrays s": 8,
        "set-up s": 8,
        "first s": 7,
        "sweeps": 6,
        "ms a sweep": 10,
        "M/s": 5,
    }
    table = Table(columns | {"energy/n": 8, "over s": 6, "peak MB": 7}, texts=0)
    rows = []
    for share in SHARES:
        n, count = chosen.spins // share, chosen.couplings // share
        rows.append(
            measure(
                n,
                count,
                chosen.seconds / share,
                chosen.seed,
                gaussian=chosen.gaussian,
                reads=chosen.reads,
            )
        )
        table.row(*rows[-1].cells())
    table.write()
    table.write(
        f"a sweep of {rows[-1].spins:,} spins takes {rows[-1].sweep / rows[0].sweep:.2f} times one "
        f"of {rows[0].spins:,}"
    )
    table.save(chosen.output, vars(chosen) | {"rows": [vars(row) for row in rows]})


if __name__ == "__main__":
    main()
