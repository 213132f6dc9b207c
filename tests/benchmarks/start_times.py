"""Schedules with whole start times as CQMs: the annealer beside CP-SAT on the same model, and
beside a plain heuristic.

    python -m tests.benchmarks.start_times [--sizes small large] [--seeds 1 2 3] [--seconds 5]
    [--threads 2] [--proof 30]

A model is drawn from each seed; `--names` are parts of the names of those to be run. "best" is what
CP-SAT has after `--proof` seconds, with a "*" where that is proved; "feasible" is the share of
samples that are. Of job shops the annealer is to be no worse than the heuristic, and, of small
ones, within 3 % of the best of CP-SAT, of large ones within 10 %: "met".
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import qopt
from qopt.samplers import CqmAnnealer

from .start_time_models import FORMS, Schedule, job_shop, open_shop, project, round_trip, tardiness
from .tables import Table, shown

SIZES: dict[str, list[Callable[[int], Schedule]]] = {
    "tiny": [partial(job_shop, 2, 2, "products"), partial(tardiness, 3, "big-M")],
    "small": [
        *(partial(job_shop, 5, 5, form) for form in FORMS),
        *(partial(open_shop, 5, 5, form) for form in ("big-M", "products")),
        *(partial(tardiness, 15, form) for form in ("big-M", "products")),
        *(partial(project, 25, form) for form in ("big-M", "products")),
        partial(round_trip, 8),
        partial(round_trip, 14),
    ],
    "large": [
        *(partial(job_shop, 10, machines, "big-M") for machines in (5, 10)),
        partial(job_shop, 10, 10, "products"),
        partial(job_shop, 15, 15, "big-M"),
        partial(tardiness, 30, "big-M"),
        partial(project, 60, "big-M"),
        partial(round_trip, 25),
    ],
}
WITHIN = {"tiny": 3.0, "small": 3.0, "large": 10.0}  # percent


@dataclass(frozen=True)
class Run:
    """What the annealer found for one model, and what there is to compare it with."""

    name: str
    seed: int
    variables: int
    best: float | None
    proved: bool
    greedy: float | None
    value: float | None
    feasible: float
    seconds: float
    sweeps: int

    @property
    def gap(self) -> float | None:
        """Percent above the best of CP-SAT."""
        if self.value is None or self.best is None:
            return None
        return 100 * (self.value - self.best) / max(abs(self.best), 1.0)

    def met(self, within: float) -> bool:
        if self.value is None or (self.greedy is not None and self.value > self.greedy):
            return False
        return self.gap is None or self.gap <= within + 1e-9


def measure(schedule: Schedule, seed: int, seconds: float, threads: int, proof: float) -> Run:
    known = qopt.solve(schedule.cqm, solver="cp-sat", time_limit=proof, seed=seed)
    began = time.perf_counter()
    found = CqmAnnealer().sample_cqm(
        schedule.cqm, time_limit=seconds, seed=seed, num_threads=threads
    )
    wall = time.perf_counter() - began - found.info["timing"]["jit"]
    record = found.record
    values = record.energy[record.is_feasible]
    return Run(
        name=schedule.name,
        seed=seed,
        variables=len(schedule.cqm.variables),
        best=known.objective,
        proved=known.stopped_by == "done",
        greedy=schedule.greedy,
        value=float(values.min()) if len(values) else None,
        feasible=float(record.is_feasible.mean()),
        seconds=wall,
        sweeps=found.info["sweeps"],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["small", "large"])
    parser.add_argument("--names", nargs="+", default=[""])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--proof", type=float, default=30.0, help="seconds for CP-SAT")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", help="JSON file; the table goes beside it as .md")
    chosen = parser.parse_args(arguments)
    columns = ("variables", "best", "heuristic", "annealer", "gap %", "feasible", "s", "sweeps")
    table = Table({"model": 26, "seed": 4} | dict.fromkeys((*columns, "met"), 6))
    runs, met = [], []
    for size in chosen.sizes:
        for make in SIZES[size]:
            for seed in chosen.seeds:
                schedule = make(seed)
                if not any(part in schedule.name for part in chosen.names):
                    continue
                run = measure(schedule, seed, chosen.seconds, chosen.threads, chosen.proof)
                runs.append(run)
                met.append(run.met(WITHIN[size]))
                table.row(*_cells(run), "yes" if met[-1] else "no")
    table.write()
    table.write(f"met: {sum(met)} of {len(met)}")
    table.save(chosen.output, vars(chosen) | {"runs": [vars(run) for run in runs]})


def _cells(run: Run) -> list[str]:
    return [
        run.name,
        str(run.seed),
        str(run.variables),
        shown(run.best) + ("*" if run.proved else ""),
        shown(run.greedy),
        shown(run.value),
        shown(run.gap, ".1f"),
        f"{run.feasible:.2f}",
        f"{run.seconds:.2f}",
        str(run.sweeps),
    ]


if __name__ == "__main__":
    main()
