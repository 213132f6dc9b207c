"""CqmAnnealer on constrained models with published answers, and beside the penalty QUBO on dimod's
generators.

    python -m tests.benchmarks.constrained --instances DIR [--bar qap5 tour ...] [--seeds 1 2 3]
    [--threads 2] python -m tests.benchmarks.constrained --names nug12 queen8_8:9 tour:30 --seconds
    5       any specs of constrained_models.py python -m tests.benchmarks.constrained --bar
    generators                                  without instances

Values are the instance's own, of the best of a run's samples, scored from the file's numbers alone;
"-" where none is a plan. A bar is met on a case where the best of every seed is feasible and within
so many percent of the best known, "(no)" where it is only a goal; of some bars the mean over all
runs is asked. A run stops at the best known value, unless `--no-target`.

"feasible" is the share of samples that are, "first s" the seconds until a feasible one was shown,
which is looked at some ten times a second, and "most s" those of the whole call, both of the
slowest seed and without what numba compiles.

A generated model's "best known" is what dwave-samplers' simulated annealing finds on one thread
with the same seed in the same seconds, on the penalty QUBO of `qopt.compile`: reads of 1000 sweeps
until the time is up. Compiling and decoding are not charged to it.
"""

from __future__ import annotations

import argparse
import functools
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import dimod

from qopt.compiler import compile_cqm
from qopt.samplers import CqmAnnealer

from .constrained_models import Case, load
from .instances import NotAtHand
from .peers import dwave_reads
from .tables import Table, shown, width_of

# percent: sums in another order, and best known values that are published with three decimals
ROUNDING = 1e-7
PEER_SWEEPS = 1000


@dataclass(frozen=True)
class Bar:
    """Cases with the percent of the best known that each may be worse, and seconds a run; `goals`
    are reported, not required.

    Of a bar `on_average` the mean over all runs is asked for, not each run.
    """

    seconds: float
    within: dict[str, float]
    on_average: bool = False
    goals: tuple[str, ...] = ()


def _each(names: str, within: float) -> dict[str, float]:
    return dict.fromkeys(names.split(), within)


SIZES = {
    "bin-packing": (
        8,
        10,
        12,
        14,
        16,
        18,
        20,
        22,
        25,
        30,
    ),  # with fewer items, some are larger than a bin
    "knapsack": (10, 20, 30, 50, 75, 100, 150, 200, 300, 500),
    "multi-knapsack": (10, 15, 20, 25, 30, 40, 50, 60, 80, 100),
    "quadratic-assignment": (4, 5, 6, 7, 8, 9, 10, 12, 14, 16),
    "mimo": (10, 20, 30, 40, 50, 60, 70, 80, 90, 100),
}
BARS = {
    "qap5": Bar(5, _each("nug12 had12 esc16a rou15", 0)),
    "qap20": Bar(20, _each("nug20 tai20a bur26a nug30", 0.5)),
    "tour": Bar(10, _each("berlin52", 2)),
    "gap": Bar(
        5,
        {
            f"{file}_{problem}": 0.1
            for file in ("gap1", "gap5", "gap8", "gap12")
            for problem in range(1, 6)
        },
        True,
    ),
    "knapsack": Bar(5, _each("hp2 weing1 pet6 sento1 weish01 weish20 weish30 pb7", 0.1), True),
    "knapsack20": Bar(20, _each("OR5x100-0.25_1 gk01", 0.2) | _each("OR10x250-0.25_1", 0.5)),
    "colouring": Bar(
        20, _each("queen8_8:9 le450_15a:16 myciel5:6 le450_5a:5", 0), goals=("le450_5a:5",)
    ),
    "facility": Bar(20, _each("cap71 cap101 cap131", 0.5)),
    "generators": Bar(2, {f"{kind}:{size}": 0 for kind, sizes in SIZES.items() for size in sizes}),
}


@dataclass(frozen=True)
class Run:
    """The best of one run's samples: its value and its gap in percent; None where there is none.

    Seconds without compiling.
    """

    seed: int
    value: float | None
    best_known: float | None
    gap: float | None
    feasible: bool
    feasible_share: float
    first: float | None
    seconds: float
    info: dict[str, Any]

    def within(self, percent: float) -> bool:
        return self.feasible and (self.gap is None or self.gap <= percent + ROUNDING)


@dataclass(frozen=True)
class Row:
    """The runs of one case; `met` where each is within what the bar asks."""

    bar: str
    case: str
    variables: int
    constraints: int
    runs: list[Run]
    met: bool
    required: bool

    def cells(self) -> list[str]:
        known = [run.best_known for run in self.runs if run.best_known is not None]
        gaps = [run.gap for run in self.runs if run.gap is not None]
        firsts = [run.first for run in self.runs]
        return [
            self.bar,
            self.case,
            shown(min(known, default=None), ".9g"),
            *(shown(run.value, ".9g") for run in self.runs),
            shown(statistics.fmean(gaps) if gaps else None, ".3f"),
            f"{statistics.fmean(run.feasible_share for run in self.runs):.2f}",
            "-" if None in firsts else f"{max(first for first in firsts if first is not None):.2f}",
            f"{max(run.seconds for run in self.runs):.2f}",
            ("yes" if self.met else "no") if self.required else ("(yes)" if self.met else "(no)"),
        ]


def measure(case: Case, seconds: float, seed: int, threads: int, *, to_target: bool) -> Run:
    target = None
    if to_target and case.best_known is not None:
        target = case.energy(case.best_known)
        target += 1e-9 * abs(target)
    shown_at: list[float] = []

    def progress(found: Any) -> None:
        if not shown_at and found.violations[0] == 0:
            shown_at.append(time.perf_counter())

    began = time.perf_counter()
    found = CqmAnnealer().sample_cqm(
        case.cqm,
        time_limit=seconds,
        seed=seed,
        num_threads=threads,
        target=target,
        on_progress=progress,
    )
    compiling = found.info["timing"]["jit"]
    wall = time.perf_counter() - began - compiling
    values = [case.score(sample) for sample in samples(found)]
    scored = [value for value in values if value is not None]
    best = min(scored, key=case.energy, default=None)
    return Run(
        seed=seed,
        value=best,
        best_known=case.best_known,
        gap=None if best is None else case.gap(best),
        feasible=feasible(case, best),
        feasible_share=statistics.fmean(feasible(case, value) for value in values),
        first=shown_at[0] - began - compiling
        if shown_at
        else wall
        if feasible(case, best)
        else None,
        seconds=wall,
        info={name: found.info.get(name) for name in ("stopped_by", "sweeps", "timing")},
    )


def feasible(case: Case, value: float | None) -> bool:
    """A colouring's value is its number of conflicts."""
    return value is not None and (case.family != "graph_colouring" or value == 0)


def samples(found: dimod.SampleSet) -> Iterator[dict[Any, float]]:
    for row in found.record.sample:
        yield dict(zip(found.variables, row.tolist(), strict=True))


def penalised(case: Case, seconds: float, seed: int) -> float | None:
    """The best feasible objective that simulated annealing finds on the penalty QUBO; None where it
    finds none.
    """
    compiled = compile_cqm(case.cqm)
    bqm, best = compiled.bqm(), None
    reads = list(dwave_reads(bqm, PEER_SWEEPS, seed, time.perf_counter() + seconds))
    for read in reads:
        decoded = compiled.decode(read.change_vartype("BINARY", inplace=False).aggregate()).record
        for energy in decoded.energy[decoded.is_feasible]:
            best = float(energy) if best is None else min(best, float(energy))
    return best


def table_of(names: Sequence[str], bars: Sequence[str], seeds: Sequence[int]) -> Table:
    values = {f"seed {seed}": 9 for seed in seeds}
    columns = {"bar": width_of(bars), "case": width_of(names), "best known": 10} | values
    return Table(
        columns | {"gap %": 7, "feasible": 8, "first s": 7, "most s": 6, "met": 5}, texts=2
    )


def row_of(case: Case, label: str, bar: Bar, chosen: argparse.Namespace) -> Row:
    seconds, runs = chosen.seconds or bar.seconds, []
    for seed in chosen.seeds:
        compared = (
            replace(case, best_known=penalised(case, seconds, seed))
            if label == "generators"
            else case
        )
        to_target = chosen.target and label != "generators"
        runs.append(measure(compared, seconds, seed, chosen.threads, to_target=to_target))
    met = all(run.within(bar.within[case.name]) for run in runs)
    return Row(
        label,
        case.name,
        len(case.cqm.variables),
        len(case.cqm.constraints),
        runs,
        met,
        case.name not in bar.goals,
    )


def verdict(label: str, bar: Bar, rows: Sequence[Row]) -> str:
    required = [row for row in rows if row.required]
    runs = [run for row in required for run in row.runs]
    held = f"feasible {sum(run.feasible for run in runs)} of {len(runs)}"
    if bar.on_average:
        gaps = [run.gap for run in runs if run.gap is not None]
        mean, most = statistics.fmean(gaps) if gaps else float("inf"), max(bar.within.values())
        met = all(run.feasible for run in runs) and mean <= most + ROUNDING
        return (
            f"{label}: {'met' if met else 'not met'}, mean gap {mean:.4f} % of {most:g} %, {held}"
        )
    count = sum(row.met for row in required)
    return f"{label}: {'met' if count == len(required) else 'not met'}, {count} of {len(required)} cases, {held}"


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--instances", help="folder with an index.json and its files; default QOPT_INSTANCES"
    )
    parser.add_argument("--bar", nargs="+", default=["all"], choices=[*BARS, "all"])
    parser.add_argument("--names", nargs="+", help="these cases only, of the bars or any spec")
    parser.add_argument(
        "--seconds", type=float, help="a run; default what the bar gives, 10 without a bar"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--no-target",
        dest="target",
        action="store_false",
        help="use all seconds where the best known value is reached, too",
    )
    parser.add_argument("--json", help="file for every run; the table goes beside it as .md")
    return parser.parse_args(arguments)


def selected(chosen: argparse.Namespace) -> dict[str, tuple[Bar, list[str]]]:
    """Bars and their cases; names of no bar are in one of their own."""
    labels = list(BARS) if "all" in chosen.bar else chosen.bar
    if not chosen.names:
        return {label: (BARS[label], list(BARS[label].within)) for label in labels}
    found = {
        label: (BARS[label], [name for name in chosen.names if name in BARS[label].within])
        for label in labels
    }
    if rest := [
        name for name in chosen.names if not any(name in names for _, names in found.values())
    ]:
        found["named"] = Bar(10, _each(" ".join(rest), 0)), rest
    return {label: (bar, names) for label, (bar, names) in found.items() if names}


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parse(arguments)
    bars = selected(chosen)
    every = [name for _, names in bars.values() for name in names]
    try:
        cases = {name: load(name, chosen.instances) for name in every}
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        return 2
    warm_up()
    table, verdicts, rows = table_of(every, list(bars), chosen.seeds), [], []
    for label, (bar, names) in bars.items():
        mine = []
        for name in names:
            mine.append(row_of(cases[name], label, bar, chosen))
            table.row(*mine[-1].cells())
        rows += mine
        verdicts.append(verdict(label, bar, mine))
    table.write()
    for line in verdicts:
        table.write(line)
    table.save(
        chosen.json, vars(chosen) | {"verdicts": verdicts, "rows": [asdict(row) for row in rows]}
    )
    return 0


@functools.cache
def warm_up() -> None:
    """Compiles the kernels, which is charged to no run."""
    CqmAnnealer().sample_cqm(load("quadratic-assignment:3").cqm, num_reads=1, num_sweeps=1, seed=1)


if __name__ == "__main__":
    sys.exit(main())
