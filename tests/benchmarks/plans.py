"""Plans beside the best known: sets of published instances, solved for some seconds a seed.

    python -m tests.benchmarks.plans [--set tsp-76 ...] [--solver hybrid] [--seconds S] [--seeds 1 2
    3] [--threads 2] python -m tests.benchmarks.plans --set shop --instances ft10 --classical
    with a second table, of a classical solver python -m tests.benchmarks.plans --compile
    what compiling the models to QUBOs takes

Files are those that the index.json in QOPT_INSTANCES lists; the best known objectives hold by its
conventions, and a run ends early when it has one, if its solver tells of plans on the way; PyVRP
does not. Gaps are how much worse a plan is, in percent of the best known, of bin packing in bins.
"s" is when a run's best plan was found, the mean of its seeds; seconds that numba compiles are not
counted. "parts" is the share of the gain, from the greedy plan to the best one, that annealed parts
brought, "both" what they brought together with the problem's own local search; the rest is the
local search's alone. What led to worse plans that were gone on with counts against it. Every plan
is scored once more (plan_scores.py).

A set is met where the mean gap of all its runs is within the bar, that of each instance with a bar
of its own within that, and every run has a feasible plan; of bin packing every run has to be within
the bar.

The classical solver has the same seconds and seeds: PyVRP for tours and routes, CP-SAT with
interval variables for shops and projects, elsewhere CP-SAT on the problem's constrained model,
which is not built where it would be too large.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from qopt.solvers.neighbourhoods.search import LOCAL

from .annealer import versions
from .instances import NotAtHand
from .plan_compile import compiled_all
from .plan_runs import ROUNDING, Job, Run, measure, workers, worse
from .plan_sets import SETS, PlanInstance, PlanSet, load
from .tables import Table, save, shown, width_of

CLASSICAL = dict.fromkeys(("tsp", "cvrp", "vrptw"), "pyvrp")  # elsewhere CP-SAT on the model
CLASSICAL |= dict.fromkeys(("jobshop", "flexible_jobshop", "rcpsp"), "cp-sat-intervals")


@dataclass(frozen=True)
class Row:
    """The runs of one solver on one instance."""

    label: str
    instance: str
    best_known: float
    solver: str
    runs: list[Run]

    @property
    def gaps(self) -> list[float]:
        """Of the feasible runs, in the unit of the set."""
        asked = SETS[self.label]
        per = 1.0 if asked.bins else self.best_known / 100
        found = [run.objective for run in self.runs if run.objective is not None]
        return [worse(objective, self.best_known, asked.sense) / per for objective in found]

    @property
    def gap(self) -> float | None:
        return statistics.fmean(self.gaps) if self.gaps else None

    @property
    def shares(self) -> tuple[float, float] | None:
        """Of the gains of all runs: what annealed parts brought alone, and what they did with the
        local search.
        """
        gains = [(by, gain) for run in self.runs for by, gain in run.gains.items()]
        total = sum(gain for _, gain in gains)
        if total <= 0:
            return None
        alone = sum(gain for by, gain in gains if LOCAL not in by)
        both = sum(gain for by, gain in gains if LOCAL in by and by != LOCAL)
        return 100 * alone / total, 100 * both / total

    def cells(self) -> list[str]:
        found = [run.seconds for run in self.runs if run.seconds is not None]
        return [
            self.label,
            self.instance,
            shown(self.best_known),
            *(
                shown(run.objective) if run.objective is not None else run.note or "-"
                for run in self.runs
            ),
            shown(self.gap, ".2f"),
            shown(statistics.fmean(found) if found else None, ".1f"),
            *(["-", "-"] if self.shares is None else [str(round(share)) for share in self.shares]),
        ]


def solved(
    sets: Mapping[str, list[PlanInstance]], solver: str | None, chosen: argparse.Namespace
) -> tuple[Table, list[Row]]:
    """Every instance by `solver`, or by the classical one of its family."""
    each = [(label, instance) for label, instances in sets.items() for instance in instances]
    used = [solver or CLASSICAL.get(instance.family, "cp-sat") for _, instance in each]
    jobs = [
        Job(instance, by, chosen.seconds or SETS[label].seconds, seed, chosen.threads)
        for (label, instance), by in zip(each, used, strict=True)
        for seed in chosen.seeds
    ]
    columns = {
        "set": width_of(list(sets)),
        "instance": width_of([instance.name for _, instance in each]),
        "best known": 10,
    }
    columns |= {f"seed {seed}": 9 for seed in chosen.seeds}
    table, rows = Table(columns | {"gap": 6, "s": 5, "parts %": 7, "both %": 6}, texts=2), []
    with workers(chosen.jobs) as over:
        runs = iter(over(measure, jobs))
        for (label, instance), by in zip(each, used, strict=True):
            mine = [next(runs) for _ in chosen.seeds]
            rows.append(Row(label, instance.name, instance.best_known, by, mine))
            table.row(*rows[-1].cells())
    table.write()
    return table, rows


@dataclass(frozen=True)
class Verdict:
    """What a set's runs come to; `gap` is the mean of all feasible ones, `infeasible` the instances
    with a run without plan.
    """

    label: str
    solvers: str
    instances: int
    gap: float | None
    bar: float
    worst: tuple[float, str] | None
    met: bool
    infeasible: list[str]

    @classmethod
    def of(cls, label: str, asked: PlanSet, rows: Sequence[Row]) -> Verdict:
        gaps = [gap for row in rows for gap in row.gaps]
        infeasible = [row.instance for row in rows if len(row.gaps) < len(row.runs)]
        means = {row.instance: row.gap for row in rows if row.gap is not None}
        held = [means[name] <= bar + ROUNDING for name, bar in asked.own.items() if name in means]
        held.append(
            not gaps
            or (max(gaps) if asked.bins else statistics.fmean(gaps)) <= asked.bar + ROUNDING
        )
        return cls(
            label=label,
            solvers=", ".join(sorted({row.solver for row in rows})),
            instances=len(rows),
            gap=statistics.fmean(gaps) if gaps else None,
            bar=asked.bar,
            worst=max(((gap, name) for name, gap in means.items()), default=None),
            met=all(held) and not infeasible,
            infeasible=infeasible,
        )

    def cells(self) -> list[str]:
        asked = SETS[self.label]
        own = "".join(f", {name} {bar:g}" for name, bar in asked.own.items() if bar != asked.bar)
        return [
            self.label,
            self.solvers,
            str(self.instances),
            shown(self.gap, ".3f"),
            f"{self.bar:g} {asked.unit}{own}",
            "-" if self.worst is None else f"{self.worst[0]:.2f} {self.worst[1]}",
            "yes" if self.met else "no",
            ", ".join(self.infeasible) or "none",
        ]


def judged(rows: Sequence[Row]) -> tuple[Table, list[Verdict]]:
    labels = list(dict.fromkeys(row.label for row in rows))
    columns = {
        "set": width_of(labels),
        "solver": width_of([row.solver for row in rows]),
        "instances": 9,
        "mean gap": 8,
    }
    columns |= {"bar": 12, "worst mean": 16, "met": 3}
    table, found = Table(columns | {"without a plan": 14}, texts=2), []
    for label in labels:
        found.append(Verdict.of(label, SETS[label], [row for row in rows if row.label == label]))
        table.row(*found[-1].cells())
    table.write()
    return table, found


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", help="where the index.json is; default QOPT_INSTANCES")
    parser.add_argument("--set", nargs="+", default=list(SETS), choices=list(SETS), dest="sets")
    parser.add_argument("--instances", nargs="+", help="these of the sets only, by name")
    parser.add_argument("--solver", default="hybrid")
    parser.add_argument("--seconds", type=float, help="a run; default what the set gives")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument(
        "--threads", type=int, default=2, help="of a run, where its solver takes so many"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, help="runs side by side, each in a process of its own"
    )
    parser.add_argument(
        "--classical", action="store_true", help="the same by a classical solver, in a second table"
    )
    parser.add_argument(
        "--compile", action="store_true", help="compile the models instead of solving the problems"
    )
    parser.add_argument(
        "--markdown",
        action="store_true",
        help="as a page: with headings, the command and the versions",
    )
    parser.add_argument("--json", help="file for every run; what is printed goes beside it as .md")
    return parser.parse_args(arguments)


def head(arguments: Sequence[str], jobs: int) -> list[str]:
    """What a page says before its tables."""
    command = " ".join(
        ["python -m tests.benchmarks.plans", *(word for word in arguments if word != "--markdown")]
    )
    installed = ", ".join(f"{package} {version}" for package, version in versions().items())
    return [
        f"`{command}`",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, {jobs} runs at a time; {installed}",
        "",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    chosen = parse(arguments)
    try:
        sets, left_out = load(chosen.sets, chosen.instances, chosen.folder)
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        return 2
    printed: list[str] = []

    def say(*lines: str) -> None:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
        printed.extend(lines)

    say(*(head(arguments, chosen.jobs) if chosen.markdown else []), *left_out)
    if chosen.compile:
        table, models = compiled_all(sets)
        save(
            chosen.json,
            vars(chosen) | {"compiled": [asdict(row) for row in models]},
            printed + table.lines,
        )
        return 0
    rows: list[Row] = []
    verdicts: list[Verdict] = []
    for solver in [chosen.solver, None] if chosen.classical else [chosen.solver]:
        if chosen.markdown:
            say(f"## {'Classical solvers' if solver is None else f'Solver {solver}'}", "")
        table, mine = solved(sets, solver, chosen)
        summary, found = judged(mine)
        printed += table.lines + summary.lines
        rows, verdicts = rows + mine, verdicts + found
    wrong = [
        f"{row.instance}, {row.solver}, seed {run.seed}: {run.wrong}"
        for row in rows
        for run in row.runs
        if run.wrong
    ]
    say(*wrong)
    report = {
        "rows": [asdict(row) for row in rows],
        "verdicts": [asdict(verdict) for verdict in verdicts],
    }
    save(chosen.json, vars(chosen) | report, printed)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
