"""By how much a call outlasts its `time_limit`, which counts from the call and leaves out what
numba compiles.

    python -m tests.benchmarks.deadlines [--most 1000000] [--limits 0.2 1 3] [--degree 6] [--threads
    1] [--repeats 1]

Random couplings of +-1 of 10, 100, ... spins, through `sample_arrays` and, up to 20,000 spins,
`sample`. A negative number is time left over.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from qopt.compiler import Qubo
from qopt.samplers import QuboAnnealer

from .instances import couplings
from .tables import Table

SPINS = (10, 100, 1000, 10_000, 100_000, 1_000_000)
MOST_THROUGH_DIMOD = 20_000


def overrun(sample: Callable[..., Any], limit: float, **options: Any) -> float:
    began = time.perf_counter()
    found = sample(time_limit=limit, **options)
    return time.perf_counter() - began - found.info["timing"]["jit"] - limit


def ways(n: int, degree: int) -> dict[str, Callable[..., Any]]:
    """The calls that sample a model of n spins, by their names."""
    qubo = Qubo.from_arrays(np.zeros(n), *couplings(n, n * degree // 2, n), vartype="SPIN")
    annealer = QuboAnnealer()
    found: dict[str, Callable[..., Any]] = {
        "sample_arrays": lambda **options: annealer.sample_arrays(qubo, **options)
    }
    if n <= MOST_THROUGH_DIMOD:
        bqm = qubo.bqm()
        found["sample"] = lambda **options: annealer.sample(bqm, **options)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=SPINS[-1], help="spins")
    parser.add_argument("--limits", type=float, nargs="+", default=[0.2, 1.0, 3.0], help="seconds")
    parser.add_argument("--degree", type=int, default=6, help="couplings of a spin")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--repeats", type=int, default=1, help="runs of each, of which the worst counts"
    )
    parser.add_argument("--output", help="JSON file; the table goes beside it as .md")
    chosen = parser.parse_args(arguments)
    table = Table(
        {"spins": 9, "through": 13} | {f"over {limit:g} s by": 12 for limit in chosen.limits},
        texts=0,
    )
    rows = []
    for n in (size for size in SPINS if size <= chosen.most):
        for name, sample in ways(n, chosen.degree).items():
            worst = [
                max(
                    overrun(sample, limit, seed=seed, num_threads=chosen.threads)
                    for seed in range(chosen.repeats)
                )
                for limit in chosen.limits
            ]
            table.row(f"{n:,}", name, *(f"{seconds:+.4f}" for seconds in worst))
            rows += [
                (seconds, n, name, limit)
                for seconds, limit in zip(worst, chosen.limits, strict=True)
            ]
    seconds, n, name, limit = max(rows)
    table.write()
    table.write(
        f"worst: {seconds:+.4f} s, at {n:,} spins through {name} with a limit of {limit:g} s"
    )
    keys = ("over", "spins", "through", "limit")
    table.save(
        chosen.output, vars(chosen) | {"rows": [dict(zip(keys, row, strict=True)) for row in rows]}
    )


if __name__ == "__main__":
    main()
