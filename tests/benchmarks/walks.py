"""Seconds of so many sweeps of the constrained annealer, and what they find: one thread.

    python -m tests.benchmarks.walks [--sweeps 600] [--repeats 4]

Run it in two checkouts in turn to see whether a change of the kernels costs time, or changes what
they do: "energies" is a sum of all reads' energies, which are the same where the moves are. The
seconds are the least of the repeats.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from problems.logistics import MultiKnapsack, TravellingSalesman, VehicleRouting
from problems.scheduling import JobShop
from qopt.samplers import CqmAnnealer

from .tables import Table

MODELS: dict[str, Callable[[], Any]] = {
    "tour": lambda: TravellingSalesman.generate(cities=52, seed=1).model(),
    "routes": lambda: VehicleRouting.generate(customers=25, seed=1).model(),
    "items": lambda: MultiKnapsack.generate(items=250, seed=1).model(),
    "shop": lambda: JobShop.generate(jobs=8, machines=6, seed=1).model(),
}


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sweeps", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=4)
    options = parser.parse_args(arguments)
    table = Table({"model": 8, "seconds": 8, "lowest": 10, "energies": 14})
    for name, model in MODELS.items():
        cqm = model()
        runs = [
            CqmAnnealer().sample_cqm(
                cqm, num_reads=8, num_sweeps=options.sweeps, seed=3, num_threads=1
            )
            for _ in range(options.repeats)
        ]
        seconds = min(run.info["timing"]["sample"] for run in runs)
        energies = runs[0].record.energy
        table.row(name, f"{seconds:.3f}", f"{energies.min():g}", f"{energies.sum():g}")
    return table.lines


if __name__ == "__main__":
    main()
