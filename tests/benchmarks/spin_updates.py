"""Spin updates a second: QuboAnnealer and dwave-samplers' simulated annealing, in turn, in one
process, one thread each.

    python -m tests.benchmarks.spin_updates [--instances DIR] [--names G1 G22 G55 bqp2500_01]
    [--reads 64] [--sweeps 5000]
                                            [--repeats 5]

Both anneal the same model with the same reads, sweeps and range of beta, once in the range that
qopt takes by default and once in dwave-samplers' own, which is hotter; the time is that of the
whole call to `sample`, less what numba compiles once. Ratios are pairwise, their median is what
counts. "threads" is QuboAnnealer's time with one thread over that with two, on four batches.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import dimod
from dwave.samplers import SimulatedAnnealingSampler

from qopt.samplers import QuboAnnealer

from .instances import FAMILIES, NotAtHand, load
from .tables import Table

NAMES = ("G1", "G22", "G55", "bqp2500_01")


def ranges(bqm: dimod.BinaryQuadraticModel) -> dict[str, Any]:
    """The default ranges of beta of both, by whose they are; compiles, too."""
    ours = (
        QuboAnnealer()
        .sample(bqm, num_reads=1, num_sweeps=1, num_threads=1, method="annealing")
        .info["beta_range"]
    )
    return {
        "qopt": ours,
        "dwave": SimulatedAnnealingSampler()
        .sample(bqm, num_reads=1, num_sweeps=1)
        .info["beta_range"],
    }


def measure(
    bqm: dimod.BinaryQuadraticModel, shared: dict[str, Any], repeats: int
) -> list[tuple[float, float, float, float]]:
    """(seconds, mean energy) of QuboAnnealer and of dwave-samplers, for each repeat."""
    runs = []
    for seed in range(repeats):
        began = time.perf_counter()
        a = QuboAnnealer().sample(bqm, num_threads=1, method="annealing", seed=seed, **shared)
        between = time.perf_counter()
        b = SimulatedAnnealingSampler().sample(bqm, seed=seed, **shared)
        ended = time.perf_counter()
        runs.append(
            (
                between - began,
                float(a.record.energy.mean()),
                ended - between,
                float(b.record.energy.mean()),
            )
        )
    return runs


def speed_up(bqm: dimod.BinaryQuadraticModel, sweeps: int, repeats: int) -> list[float]:
    """Seconds with one thread over seconds with two, of four batches of replicas."""
    lanes = QuboAnnealer().sample(bqm, num_reads=1, num_sweeps=1).info["num_replicas"]
    ratios = []
    for seed in range(repeats):
        seconds = []
        for threads in (1, 2):
            options = {
                "num_reads": 4 * lanes,
                "num_sweeps": sweeps,
                "method": "annealing",
                "seed": seed,
            }
            began = time.perf_counter()
            QuboAnnealer().sample(bqm, num_threads=threads, **options)
            seconds.append(time.perf_counter() - began)
        ratios.append(seconds[0] / seconds[1])
    return ratios


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", help="folder of benchmark instances; default QOPT_INSTANCES")
    parser.add_argument(
        "--names",
        nargs="+",
        default=NAMES,
        help="of instances; random-2000-20 is a random graph of degree 20",
    )
    parser.add_argument("--reads", type=int, default=64)
    parser.add_argument("--sweeps", type=int, default=5000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args(arguments)
    try:
        instances = load(chosen.names, chosen.instances, FAMILIES)
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    sys.stdout.write(
        f"{chosen.reads} reads, {chosen.sweeps} sweeps, one thread, median of {chosen.repeats}\n\n"
    )
    columns = {
        "instance": 12,
        "betas": 5,
        "qopt M/s": 8,
        "dwave M/s": 9,
        "ratio": 6,
        "range": 12,
        "mean energy": 12,
    }
    table = Table(columns | {"dwave's": 12, "threads": 7}, texts=2)
    for instance in instances:
        bqm = instance.qubo.bqm()
        threads = statistics.median(speed_up(bqm, chosen.sweeps, chosen.repeats))
        for whose, beta_range in ranges(bqm).items():
            shared = {
                "num_reads": chosen.reads,
                "num_sweeps": chosen.sweeps,
                "beta_range": beta_range,
            }
            runs = measure(bqm, shared, chosen.repeats)
            updates = bqm.num_variables * chosen.reads * chosen.sweeps / 1e6
            ratios = [theirs / ours for ours, _, theirs, _ in runs]
            ours, mean, theirs, their_mean = (
                statistics.median(column) for column in zip(*runs, strict=True)
            )
            speeds = f"{updates / ours:.0f}", f"{updates / theirs:.0f}"
            spread = f"{statistics.median(ratios):.1f}", f"{min(ratios):.1f}..{max(ratios):.1f}"
            means = f"{mean:.1f}", f"{their_mean:.1f}", f"{threads:.2f}"
            table.row(instance.name, whose, *speeds, *spread, *means)


if __name__ == "__main__":
    main()
