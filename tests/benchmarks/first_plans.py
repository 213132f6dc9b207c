"""How far the annealer's plans of the bundled problems are from the optimum, and how long the first
feasible one takes.

python -m tests.benchmarks.first_plans [--seconds 10] [--seeds 1 2 3] [--solvers annealer neal]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import qopt
from problems.logistics import VehicleRouting
from problems.portfolio import MeanVariance
from problems.scheduling import JobShop

PROBLEMS: list[Any] = [VehicleRouting, JobShop, MeanVariance]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--solvers", nargs="+", default=["annealer", "neal"])
    chosen = parser.parse_args(arguments)
    sys.stdout.write(
        f"{'instance':14} {'solver':10} {'seed':>4} {'objective':>11} {'gap':>8} "
        f"{'first feasible after':>21}\n"
    )
    for problem in (kind.bundled() for kind in PROBLEMS):
        for solver in chosen.solvers:
            for seed in chosen.seeds:
                result = qopt.solve(problem, solver=solver, time_limit=chosen.seconds, seed=seed)
                if result.objective is None:
                    sys.stdout.write(f"{result.instance:14} {solver:10} {seed:4} none found\n")
                    continue
                first = f"{result.trace[0].seconds:.2f} s"
                sys.stdout.write(
                    f"{result.instance:14} {solver:10} {seed:4} {result.objective:11.6g} "
                    f"{result.gap:+8.2%} {first:>21}\n"
                )


if __name__ == "__main__":
    main()
