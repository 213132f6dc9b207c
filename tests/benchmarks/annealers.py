"""Planners' problems on an emulated annealer: whole by `qpu`, in parts by `hybrid` with `qpu` as
its subsolver, beside the local annealer.

    python -m tests.benchmarks.annealers [--noise typical] [--seeds 1 2 3] [--rounds 6]

"found" counts the seeds with a feasible plan, and the objective is the median of these. "qubits"
and "chain" are of the last submission, the longest chain; "access" is what the device charged a
run, in milliseconds. Of `hybrid`, "device" is the share of what was gained over the first plan that
the parts brought, and the rest is the problem's own local search's; "first" is that plan.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

import qopt
from problems.logistics import VehicleRouting
from problems.portfolio import MeanVariance
from problems.scheduling import JobShop, Timetabling
from qopt.emulator import serve

from .tables import Table

COLUMNS = {
    "problem": 22,
    "solver": 12,
    "found": 6,
    "objective": 10,
    "annealer": 10,
    "qubits": 6,
    "chain": 5,
    "access": 8,
    "device": 7,
    "first": 10,
}
SHOP = (((0, 2), (1, 3), (2, 2)), ((1, 2), (0, 1), (2, 3)), ((2, 2), (1, 1), (0, 2)))


def whole() -> Iterator[tuple[str, Any]]:
    """Small enough for the chip."""
    yield "routing, 4 customers", VehicleRouting.generate(customers=4, seed=1)
    yield "portfolio, 5 assets", MeanVariance.generate(assets=5, seed=1)
    yield "shop, 3 jobs", JobShop(SHOP, horizon=9)


def in_parts() -> Iterator[tuple[str, Any]]:
    yield "routing, 20 customers", VehicleRouting.generate(customers=20, seed=1)
    yield "portfolio, 40 assets", MeanVariance.generate(assets=40, seed=1)
    yield "timetable, 20 events", Timetabling.generate(events=20, seed=1)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """With these variables, and afterwards as it was."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _row(
    name: str, problem: Any, solver: str, seeds: Sequence[int], options: Any, seconds: float
) -> list[str]:
    found, facts = [], dict[str, Any]()
    access, shares, first = [], [], ""
    for seed in seeds:
        result = qopt.solve(problem, solver=solver, seed=seed, **options)
        facts = result.provenance["solver"]
        if result.best is not None:
            found.append(result.objective)
        access.append(facts.get("device_seconds") or 0.0)
        if "gains" in facts:
            first = f"{facts['start']:.6g}"
            gained = sum(facts["gains"].values())
            own = sum(v for by, v in facts["gains"].items() if "local search" not in by)
            shares.append(own / gained if gained else 0.0)
    local = [
        qopt.solve(problem, solver="annealer", seed=seed, time_limit=seconds).objective
        for seed in seeds
    ]
    return [
        name,
        solver,
        f"{len(found)} of {len(seeds)}",
        f"{median(found):.6g}" if found else "none",
        f"{median(local):.6g}",
        str(facts.get("qubits", "")),
        str(facts.get("longest_chain", "")),
        f"{1000 * median(access):.1f}",
        f"{100 * median(shares):.0f} %" if shares else "",
        first,
    ]


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--noise", default="typical", choices=["none", "typical", "early"])
    parser.add_argument("--device", default="advantage2")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--reads", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of the local annealer")
    parser.add_argument("--only", choices=["whole", "parts"])
    asked = parser.parse_args(sys.argv[1:] if arguments is None else arguments)
    table = Table(COLUMNS, texts=2)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(device=asked.device, noise=asked.noise, seed=1) as service,
        _environment({**service.environment, "QOPT_JOURNAL": f"{folder}/jobs.sqlite"}),
    ):
        device = {"num_reads": asked.reads, "max_access_seconds": 10.0, "wait": 300.0}
        for name, problem in whole() if asked.only != "parts" else ():
            options = {**device, "time_limit": 60}
            table.row(*_row(name, problem, "qpu", asked.seeds, options, asked.seconds))
        parts = {
            "subsolver": "qpu",
            "subparameters": device,
            "num_rounds": asked.rounds,
            "size": 60,
            "time_limit": 600,
        }
        for name, problem in in_parts() if asked.only != "whole" else ():
            table.row(*_row(name, problem, "hybrid", asked.seeds, parts, asked.seconds))
    return table.lines


if __name__ == "__main__":
    main()
