"""Portfolios by solver `annealer` beside SCIP's, on OR-Library's assets: the efficient frontier,
and index tracking.

    python -m tests.benchmarks.portfolios --instances DIR [--names port1 indtrack1 ...] [--seeds 1 2
    3] [--threads 2] python -m tests.benchmarks.portfolios --names random-20 --points 3
    without instances

Of portN the points are those of `EfficientFrontier`, exactly ten assets (`--assets`) of at least 1
% in lots of 1 %, each point solved afresh. Of indtrackN five and ten of the stocks follow the index
over all 290 weeks. The bar is 0.5 % on every point of every seed after 5 seconds, and 3 % after 10
seconds of index tracking, above SCIP's answer to the same model after 60 and 120 seconds: "gap %"
is that of the worst seed, in percent of the size of SCIP's objective, below 0 where SCIP is beaten.
"proved %" is how far SCIP's own bound is below its answer.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import qopt
from problems.portfolio import EfficientFrontier, IndexTracking, MeanVariance

from .instances import NotAtHand
from .tables import Table, shown

NAMES = ["port1", "port2", "port4", "indtrack1"]
TRACKED = (5, 10)


@dataclass(frozen=True)
class Case:
    """A problem, with the seconds each solver has and the percent allowed."""

    name: str
    label: str
    problem: Any
    seconds: float
    scip_seconds: float
    within: float


@dataclass(frozen=True)
class Row:
    """SCIP's answer and bound, and the annealer's by seed; None where there is none.

    Gaps are in percent.
    """

    case: str
    label: str
    scip: float | None
    bound: float | None
    found: list[float | None]
    gap: float
    met: bool

    def cells(self) -> list[str]:
        below = None
        if self.scip and self.bound is not None:
            below = 100 * (self.scip - self.bound) / abs(self.scip)
        values = [shown(value, ".6g") for value in self.found]
        answers = shown(self.scip, ".6g"), shown(below, ".2f")
        return [
            self.case,
            self.label,
            *answers,
            *values,
            f"{self.gap:.4f}",
            "yes" if self.met else "no",
        ]


def cases(chosen: argparse.Namespace) -> Iterator[Case]:
    for name in chosen.names:
        if name.startswith("indtrack"):
            for k in TRACKED:
                problem = IndexTracking.read(_path(name, chosen), max_assets=k, min_assets=k)
                yield Case(
                    name, f"K={k}", problem, chosen.seconds or 10, chosen.scip_seconds or 120, 3.0
                )
            continue
        limits = {
            "max_assets": chosen.assets,
            "min_assets": chosen.assets,
            "min_holding": 0.01,
            "lot": 0.01,
        }
        if name.startswith("random-"):
            drawn = MeanVariance.generate(assets=int(name.removeprefix("random-")), seed=1)
            whole = MeanVariance(
                drawn.mean, drawn.covariance, risk_aversion=1, formulation="counted", **limits
            )
        else:
            whole = MeanVariance.read(_path(name, chosen), risk_aversion=1, **limits)
        for problem in EfficientFrontier(whole, points=chosen.points).problems():
            label = f"{problem.risk_aversion:.4g}"
            yield Case(name, label, problem, chosen.seconds or 5, chosen.scip_seconds or 60, 0.5)


def measure(case: Case, seeds: Sequence[int], threads: int) -> Row:
    exact = qopt.solve(case.problem, solver="scip", time_limit=case.scip_seconds, seed=1)
    found = [
        qopt.solve(case.problem, time_limit=case.seconds, seed=seed, num_threads=threads).objective
        for seed in seeds
    ]
    gap = (
        math.inf
        if None in found
        else max(100 * (value - exact.objective) / abs(exact.objective) for value in found)
    )
    return Row(case.name, case.label, exact.objective, exact.bound, found, gap, gap <= case.within)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--instances", help="folder with portfolio/port1.txt, ...; default QOPT_INSTANCES"
    )
    parser.add_argument(
        "--names",
        nargs="+",
        default=NAMES,
        help="portN, indtrackN, or random-20 for 20 random assets",
    )
    parser.add_argument("--points", type=int, default=10, help="of each frontier")
    parser.add_argument("--assets", type=int, default=10, help="held, of each point of a frontier")
    parser.add_argument(
        "--seconds", type=float, help="of the annealer; default 5, and 10 of index tracking"
    )
    parser.add_argument("--scip-seconds", type=float, help="default 60, and 120 of index tracking")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", help="file for every run; the table goes beside it as .md")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parse(arguments)
    if (lacking := qopt.missing_package("pyscipopt", "baselines")) is not None:
        sys.stderr.write(f"{lacking}\n")
        return 2
    try:
        every = list(cases(chosen))
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        return 2
    qopt.solve(every[0].problem, num_sweeps=1, time_limit=None, seed=1)  # compiles the kernels
    values = {f"seed {seed}": 12 for seed in chosen.seeds}
    columns = {"case": 9, "point": 8, "scip": 12, "proved %": 8} | values | {"gap %": 9, "met": 4}
    table, rows = Table(columns, texts=2), list[Row]()
    for case in every:
        rows.append(measure(case, chosen.seeds, chosen.threads))
        table.row(*rows[-1].cells())
    table.write()
    for name in chosen.names:
        mine = [row for row in rows if row.case == name]
        met, worst = sum(row.met for row in mine), max(row.gap for row in mine)
        table.write(
            f"{name}: {'met' if met == len(mine) else 'not met'}, {met} of {len(mine)}, worst gap "
            f"{worst:.4f} %"
        )
    table.save(chosen.json, vars(chosen) | {"rows": [asdict(row) for row in rows]})
    return 0


def _path(name: str, chosen: argparse.Namespace) -> Path:
    folder = chosen.instances or os.environ.get("QOPT_INSTANCES")
    if folder is None:
        raise NotAtHand(
            "no instances: give --instances DIR, set QOPT_INSTANCES, or take random assets with "
            "--names random-20"
        )
    path = Path(folder) / "portfolio" / f"{name}.txt"
    if not path.exists():
        raise NotAtHand(f"no file {path}; give a folder that has it to --instances")
    return path


if __name__ == "__main__":
    sys.exit(main())
