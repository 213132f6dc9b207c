"""A race beside each of its solvers alone: is it as good as the better of the two at twice the
cores?

    python -m tests.benchmarks.race [--instances A-n53-k7 la21 ...] [--seconds 10] [--seeds 1 2 3]

Published instances of vehicle routing, `hybrid` beside `pyvrp`, and job shops, `hybrid` beside
`cp-sat-intervals`. Each solver has one core alone, and the race one for each of the two, for the
same seconds. The two run alone at the same time: what else the machine does slows all down alike.
Gaps are to the best known objective, in percent, the median of the seeds; "none"
where half of the seeds or more ended without a feasible plan. "late" is by how many seconds the
worst of the races outlasted its time limit.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import qopt

from .instances import NotAtHand
from .plan_sets import PlanInstance, load
from .race_runs import Pair, gap
from .tables import Table, width_of

PAIRS = {"cvrp": ("hybrid", "pyvrp"), "jobshop": ("hybrid", "cp-sat-intervals")}
SETS = ("cvrp-80", "cvrp-x", "shop-small", "shop")
USUAL = ("A-n53-k7", "X-n115-k10", "la21", "orb01")
EQUAL = 1e-9  # percent


def raced(instance: PlanInstance, seconds: float, seed: int) -> tuple[float, str, float]:
    """The gap of the race on two cores, who won, and by how much it was late."""
    began = time.perf_counter()
    result = qopt.solve(
        instance.problem(),
        solver="race",
        solvers=list(PAIRS[instance.family]),
        time_limit=seconds,
        seed=seed,
    )
    late = time.perf_counter() - began - result.timing["compile"] - seconds
    return gap(result, instance), result.ran_by, late


def shown(percent: float) -> str:
    return "none" if percent == math.inf else f"{percent:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", help="of the index of instances; default QOPT_INSTANCES")
    parser.add_argument("--instances", nargs="+", default=list(USUAL))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--json", help="file of all numbers; the table goes beside it as .md")
    chosen = parser.parse_args(arguments)
    try:
        found, _ = load(SETS, chosen.instances, chosen.folder)
    except NotAtHand as error:
        sys.stderr.write(f"{error}\n")
        return 2
    os.environ["QOPT_NUM_THREADS"] = "2"  # what the race shares out
    _measure([one for instances in found.values() for one in instances], chosen)
    return 0


def _measure(instances: Sequence[PlanInstance], chosen: Any) -> None:
    names = width_of([instance.name for instance in instances])
    columns = {"instance": names, "solvers": 24, "first": 7, "second": 7, "race": 7}
    table = Table(columns | {"won by": 24, "late": 6, "as good": 7}, texts=2)
    rows, good, worst = [], 0, -math.inf
    for instance in instances:
        pair = Pair(PAIRS[instance.family])
        try:
            runs = [
                (
                    *pair.gaps(instance, chosen.seconds, seed),
                    *raced(instance, chosen.seconds, seed),
                )
                for seed in chosen.seeds
            ]
        finally:
            pair.close()
        one, other, race = (median(run[k] for run in runs) for k in range(3))
        winners = ", ".join(dict.fromkeys(run[3] for run in runs))
        late, is_good = max(run[4] for run in runs), race <= min(one, other) + EQUAL
        good, worst = good + is_good, max(worst, late)
        table.row(
            instance.name,
            ", ".join(pair.solvers),
            *(shown(value) for value in (one, other, race)),
            winners,
            f"{late:+.2f}",
            "yes" if is_good else "no",
        )
        rows.append({"instance": instance.name, "solvers": pair.solvers, "runs": runs})
    table.write()
    table.write(
        f"as good as the better of the two, or better: {good} of {len(rows)}; "
        f"latest {worst:+.2f} s after the time limit"
    )
    table.save(chosen.json, vars(chosen) | {"rows": rows})


if __name__ == "__main__":
    sys.exit(main())
