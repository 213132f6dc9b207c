"""Spin updates a second: QuboAnnealer and dwave-samplers' simulated annealing, in turn, in one process, one thread each.

    python -m tests.benchmarks.spin_updates [--instances DIR] [--graphs G1 G22 G55] [--reads 16] [--sweeps 1000] [--repeats 5]

Both anneal the same model with the same reads, sweeps and range of beta; the time is that of the whole call to `sample`, less
what numba compiles once. Ratios are pairwise, their median is what counts.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence

import dimod
from dwave.samplers import SimulatedAnnealingSampler

from qopt.samplers import QuboAnnealer

from .instances import maxcut


def measure(bqm: dimod.BinaryQuadraticModel, reads: int, sweeps: int, repeats: int) -> list[tuple[float, float, float, float]]:
    """(seconds, mean energy) of QuboAnnealer and of dwave-samplers, for each repeat."""
    ours, theirs = QuboAnnealer(), SimulatedAnnealingSampler()
    beta_range = ours.sample(bqm, num_reads=1, num_sweeps=1, num_threads=1).info["beta_range"]  # compiles, too
    runs = []
    for seed in range(repeats):
        shared = {"num_reads": reads, "num_sweeps": sweeps, "beta_range": beta_range, "seed": seed}
        began = time.perf_counter()
        a = ours.sample(bqm, num_threads=1, **shared)
        between = time.perf_counter()
        b = theirs.sample(bqm, **shared)
        ended = time.perf_counter()
        runs.append((between - began, float(a.record.energy.mean()), ended - between, float(b.record.energy.mean())))
    return runs


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", help="folder of benchmark instances; default QOPT_INSTANCES")
    parser.add_argument("--graphs", nargs="+", default=["G1", "G22", "G55"])
    parser.add_argument("--reads", type=int, default=16)
    parser.add_argument("--sweeps", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args(arguments)
    head = f"{'graph':32} {'qopt M/s':>9} {'dwave M/s':>9} {'ratio':>6} {'(range)':>14} {'mean energy':>12} {'dwave':>10}"
    sys.stdout.write(f"{chosen.reads} reads, {chosen.sweeps} sweeps, one thread, median of {chosen.repeats}\n{head}\n")
    for graph in chosen.graphs:
        name, bqm = maxcut(graph, chosen.instances)
        runs = measure(bqm, chosen.reads, chosen.sweeps, chosen.repeats)
        updates = bqm.num_variables * chosen.reads * chosen.sweeps / 1e6
        ratios = [theirs / ours for ours, _, theirs, _ in runs]
        ours, mean, theirs, their_mean = (statistics.median(column) for column in zip(*runs, strict=True))
        spread = f"({min(ratios):.1f}..{max(ratios):.1f})"
        sys.stdout.write(
            f"{name:32} {updates / ours:9.0f} {updates / theirs:9.0f} {statistics.median(ratios):6.1f} {spread:>14} "
            f"{mean:12.1f} {their_mean:10.1f}\n"
        )


if __name__ == "__main__":
    main()
