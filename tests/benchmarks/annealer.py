"""QuboAnnealer beside other samplers on published max-cut graphs and QUBOs: one process, one
thread, the same seconds each.

    python -m tests.benchmarks.annealer --instances DIR [--names G1 ...] [--seconds 10] [--seeds 1 2
    3] [--samplers ...] python -m tests.benchmarks.annealer --instances DIR --tts [--cap 10]
    time to within 0.1 % of the best known value python -m tests.benchmarks.annealer --names
    random-800-4                  without instances: on a random graph

Objectives are the instance's own, the cut or the QUBO's value, counted anew from the file for the
best sample of each run. Seconds are those of the whole call, less what numba compiles once; M/s are
million spin updates in one of these. "hits" counts the seeds that found the best known value.
`--output FILE.json` keeps every run, and the table in FILE.md. How each peer is run is told in
peers.py, and how times to a target are taken in tts.py.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dimod

from . import tts
from .instances import FAMILIES, Instance, NotAtHand, load
from .peers import SAMPLERS
from .tables import Table, shown, width_of

PACKAGES = (
    "qopt-annealing",
    "dwave-samplers",
    "dimod",
    "numba",
    "numpy",
    "openjij",
    "simulated-bifurcation",
)
ALONE = 1.25  # cores: above that, a run did not keep to one thread


@dataclass(frozen=True)
class Run:
    """One run of one sampler: what its best sample is worth, wall seconds, and the processor's
    seconds in one of these.
    """

    seed: int
    value: float
    seconds: float
    cores: float
    updates: float | None


@dataclass(frozen=True)
class Row:
    """The runs of one sampler on one instance; none where the model is too large for it."""

    instance: str
    family: str
    variables: int
    couplings: int
    sampler: str
    best_known: float | None
    runs: list[Run]
    best: float | None = None
    mean: float | None = None
    gap_of_best: float | None = None
    gap_of_mean: float | None = None
    hits: int | None = None
    updates_per_second: float | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, instance: Instance, sampler: str, runs: list[Run]) -> Row:
        qubo, known = instance.qubo, instance.best_known
        head = (
            instance.name,
            instance.family,
            qubo.num_variables,
            len(qubo.quad),
            sampler,
            known,
            runs,
        )
        if not runs:
            return cls(*head)
        values = [run.value for run in runs]
        best, mean = min(values, key=instance.energy), statistics.fmean(values)
        hits = (
            None
            if known is None
            else sum(instance.energy(value) <= instance.energy(known) for value in values)
        )
        rates = [run.updates / run.seconds for run in runs if run.updates is not None]
        return cls(
            *head,
            best=best,
            mean=mean,
            gap_of_best=instance.gap(best),
            gap_of_mean=instance.gap(mean),
            hits=hits,
            updates_per_second=statistics.median(rates) if rates else None,
            seconds=statistics.fmean(run.seconds for run in runs),
        )

    def cells(self) -> list[str]:
        return [
            self.instance,
            self.sampler,
            shown(self.best),
            shown(self.mean, ".1f"),
            shown(self.best_known),
            shown(self.gap_of_best, ".3f"),
            shown(self.gap_of_mean, ".3f"),
            "-" if self.hits is None else f"{self.hits}/{len(self.runs)}",
            shown(
                None if self.updates_per_second is None else self.updates_per_second / 1e6, ".0f"
            ),
            shown(self.seconds, ".2f"),
        ]


def measure(
    name: str,
    instance: Instance,
    bqm: dimod.BinaryQuadraticModel,
    seconds: float,
    seed: int,
    sweeps: int,
) -> Run:
    wall, processor = time.perf_counter(), time.process_time()
    attempt = SAMPLERS[name].run(bqm, seconds, seed, sweeps)
    wall, processor = (
        then() - began - attempt.compiling
        for then, began in ((time.perf_counter, wall), (time.process_time, processor))
    )
    return Run(seed, instance.value(attempt.bits), wall, processor / wall, attempt.updates)


def compare(
    instances: Sequence[Instance], samplers: Sequence[str], chosen: argparse.Namespace
) -> tuple[Table, list[Row]]:
    """Every sampler on every instance, for the same seconds."""
    columns = {
        "instance": width_of([instance.name for instance in instances]),
        "sampler": width_of(samplers),
    }
    table = Table(
        columns
        | {"best": 8, "mean": 10, "known": 8, "gap %": 6, "mean %": 6, "hits": 4, "M/s": 4, "s": 5},
        texts=len(columns),
    )
    rows = []
    for instance in instances:
        bqm = instance.qubo.bqm()
        for name in samplers:
            fits = bqm.num_variables <= SAMPLERS[name].most
            seeds = chosen.seeds if fits else ()
            rows.append(
                Row.of(
                    instance,
                    name,
                    [
                        measure(name, instance, bqm, chosen.seconds, seed, chosen.sweeps)
                        for seed in seeds
                    ],
                )
            )
            table.row(*rows[-1].cells())
    table.write()
    for name in samplers:
        for line in summary(name, [row for row in rows if row.sampler == name]):
            table.write(line)
    return table, rows


def summary(name: str, rows: Sequence[Row]) -> list[str]:
    lines = []
    for family in FAMILIES:
        known = [row for row in rows if row.family == family and row.gap_of_mean is not None]
        if known:
            hit, gap = (
                sum(bool(row.hits) for row in known),
                statistics.fmean(row.gap_of_mean or 0.0 for row in known),
            )
            lines.append(
                f"{name}: best known of {family} on {hit} of {len(known)}, mean gap {gap:.4f} %"
            )
    if left := [row.instance for row in rows if not row.runs]:
        lines.append(f"{name}: not run on {', '.join(left)}, too large for a dense matrix")
    cores = max((run.cores for row in rows for run in row.runs), default=0.0)
    if cores > ALONE:
        lines.append(
            f"{name}: used {cores:.1f} cores; set OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1 for "
            "a fair comparison"
        )
    return lines


def installed(names: Sequence[str]) -> list[str]:
    """Those that can be run here; a line for each that cannot."""
    found = [name for name in names if SAMPLERS[name].installed()]
    for name in names:
        if name not in found:
            sys.stdout.write(f"{name} is not installed (pip install {name}): left out\n")
    return found


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--instances", help="folder with an index.json and its files; default QOPT_INSTANCES"
    )
    parser.add_argument(
        "--names",
        nargs="+",
        help="instances of the index, or random-NODES-DEGREE; default all of the families",
    )
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    parser.add_argument("--seconds", type=float, default=10.0, help="a run")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--samplers", nargs="+", default=list(SAMPLERS), choices=list(SAMPLERS))
    parser.add_argument("--sweeps", type=int, default=1000, help="a read of dwave-sa and openjij")
    parser.add_argument("--output", help="JSON file; the table goes beside it as .md")
    parser.add_argument(
        "--tts",
        action="store_true",
        help="time to target, of qopt and of dwave-sa at its best number of sweeps",
    )
    parser.add_argument(
        "--cap",
        type=float,
        default=10.0,
        help="seconds after which a run to the target is given up",
    )
    parser.add_argument(
        "--within",
        type=float,
        default=0.1,
        help="percent of the best known value that the target is short of it",
    )
    parser.add_argument(
        "--reads-of",
        type=int,
        nargs="+",
        default=[100, 1000, 10000, 100000],
        help="numbers of sweeps dwave-sa tries",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parse(arguments)
    try:
        instances = load(chosen.names, chosen.instances, chosen.families)
        if chosen.tts:
            tts.check(instances)
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        return 2
    report: dict[str, Any] = {
        "versions": versions(),
        "machine": platform.machine(),
        "seeds": chosen.seeds,
    }
    if chosen.tts:
        installed(["qopt"])
        table, races = tts.race(instances, chosen.seeds, chosen.cap, chosen.within, chosen.reads_of)
        table.save(
            chosen.output,
            report
            | {
                "cap": chosen.cap,
                "within": chosen.within,
                "rows": [asdict(found) for found in races],
            },
        )
        return 0
    table, rows = compare(instances, installed(chosen.samplers), chosen)
    table.save(
        chosen.output,
        report
        | {
            "seconds": chosen.seconds,
            "sweeps": chosen.sweeps,
            "rows": [asdict(found) for found in rows],
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
