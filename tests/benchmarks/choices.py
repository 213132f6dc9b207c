"""The measurements behind two choices: the default temperatures (qopt/anneal/ising/schedule.py) and
the formulation of routing.

    python -m tests.benchmarks.choices [--instances DIR] [--sweeps 1000]

Temperatures: mean cut of 64 reads on a graph, and the share of feasible reads (and their mean gap)
on bundled problems, for first temperatures of 1/2, 1/3 and 1/6 median flip costs and first over
last of 10, 50 and 200. Formulations: E-n13-k4 as route sets and as slots, at the weights that
"bounds" gives.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

import qopt
from problems.logistics import VehicleRouting
from problems.portfolio import MeanVariance
from qopt.anneal.core.ising import Ising
from qopt.anneal.ising.layout import Layout
from qopt.anneal.ising.schedule import HOT
from qopt.anneal.ising.search import default_beta_range
from qopt.samplers import QuboAnnealer

from .instances import maxcut

RANGES = [(hot, cooling) for hot in (1 / 2, 1 / 3, 1 / 6) for cooling in (10, 50, 200)]


def beta_range(bqm: Any, hot: float, cooling: float) -> tuple[float, float]:
    vectors = bqm.to_numpy_vectors(list(bqm.variables))
    row, col, quad = vectors.quadratic
    build = Ising.from_arrays if bqm.vartype.name == "SPIN" else Ising.from_qubo
    ising = build(vectors.linear_biases, row, col, quad)
    first = default_beta_range(ising, Layout(ising))[0] * HOT / hot
    return first, first * cooling


def feasible(problem: Any, found: Any) -> tuple[float, float]:
    """The share of feasible reads, and the mean gap of those."""
    compiled = qopt.compile(problem.model())
    samples = compiled.decode(found).samples(sorted_by=None)
    scores = [problem.evaluate(problem.decode(sample)) for sample in samples]
    gaps = [score.objective / problem.best_known - 1 for score in scores if score.feasible]
    return len(gaps) / len(scores), float(np.mean(gaps)) if gaps else float("nan")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--instances", help="folder of benchmark instances; default QOPT_INSTANCES")
    parser.add_argument("--sweeps", type=int, default=1000)
    chosen = parser.parse_args(arguments)
    anneal = {"num_sweeps": chosen.sweeps, "seed": 1, "method": "annealing"}
    for graph in ("G22", "G55"):
        name, bqm = maxcut(graph, chosen.instances)
        total = sum(bqm.quadratic.values())
        for hot, cooling in RANGES:
            found = QuboAnnealer().sample(
                bqm, num_reads=64, beta_range=beta_range(bqm, hot, cooling), **anneal
            )
            cut = (total - found.record.energy.mean()) / 2
            sys.stdout.write(f"{name:32} hot {hot:.2f} cooling {cooling:3}: mean cut {cut:.1f}\n")
    for problem in (VehicleRouting.bundled(), MeanVariance.bundled()):
        bqm = qopt.compile(problem.model()).bqm()
        for hot, cooling in RANGES:
            found = QuboAnnealer().sample(
                bqm, num_reads=160, beta_range=beta_range(bqm, hot, cooling), **anneal
            )
            share, gap = feasible(problem, found)
            sys.stdout.write(
                f"{problem.name:32} hot {hot:.2f} cooling {cooling:3}: feasible {share:.2f}, mean "
                f"gap {gap:.1%}\n"
            )
    for formulation in ("routes", "slots"):
        problem = VehicleRouting.bundled(formulation=formulation)
        bqm = qopt.compile(problem.model()).bqm()
        share, gap = feasible(
            problem, QuboAnnealer().sample(bqm, num_reads=160, structure="off", **anneal)
        )
        size = f"{bqm.num_variables} bits, {bqm.num_interactions} couplings"
        sys.stdout.write(
            f"E-n13-k4 as {formulation:20} {size}: feasible {share:.2f}, mean gap {gap:.1%}\n"
        )


if __name__ == "__main__":
    main()
