"""The measurements behind `solver="auto"` (qopt/solvers/auto.py): whole models annealed, plans
improved in parts, or the QUBO.

    python -m tests.benchmarks.whole_or_parts [--kinds job-shop ...] [--seconds 5] [--seeds 1 2]

Generated problems of growing size. Gaps are how much worse a solver's plan is than the best of the
three, in percent, the mean of the seeds; "none" where a seed ended without a feasible plan. "auto"
is what it takes; the last line counts where that is the best, or as good.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

import qopt
from qopt.plugins import problem_class
from qopt.solver import Task
from qopt.solvers.auto import ranking

from .tables import Table

SIZES: dict[str, list[dict[str, int]]] = {
    "vehicle-routing": [{"customers": n} for n in (10, 25, 60, 200)],
    "travelling-salesman": [{"cities": n} for n in (20, 50, 100, 250)],
    "quadratic-assignment": [{"facilities": n} for n in (12, 25, 60)],
    "bin-packing": [{"items": n} for n in (30, 100, 400)],
    "generalized-assignment": [
        {"jobs": jobs, "agents": agents} for jobs, agents in ((24, 4), (100, 10), (400, 20))
    ],
    "facility-location": [
        {"sites": sites, "customers": customers}
        for sites, customers in ((10, 30), (30, 100), (60, 300))
    ],
    "multi-knapsack": [{"items": n} for n in (50, 300, 2000)],
    "job-shop": [
        {"jobs": jobs, "machines": machines}
        for jobs, machines in ((6, 6), (10, 10), (20, 10), (40, 15))
    ],
    "flexible-job-shop": [
        {"jobs": jobs, "machines": machines, "steps": steps}
        for jobs, machines, steps in ((6, 5, 5), (15, 8, 8), (30, 10, 10))
    ],
    "project-scheduling": [{"activities": n} for n in (20, 60, 150)],
    "parallel-machines": [
        {"jobs": jobs, "machines": machines} for jobs, machines in ((12, 3), (40, 5), (150, 10))
    ],
    "rostering": [{"staff": staff, "weeks": weeks} for staff, weeks in ((8, 2), (20, 4), (60, 4))],
    "timetabling": [
        {"events": events, "rooms": rooms} for events, rooms in ((30, 3), (100, 8), (300, 20))
    ],
    "graph-colouring": [{"nodes": n} for n in (20, 100, 400)],
    "max-cut": [{"nodes": n} for n in (50, 800, 5000)],
    "mean-variance": [{"assets": n} for n in (20, 100, 300)],
    "index-tracking": [{"assets": n} for n in (20, 100)],
    "rebalancing": [
        {"assets": assets, "periods": periods} for assets, periods in ((8, 4), (30, 6))
    ],
    "conditional-value-at-risk": [
        {"assets": assets, "scenarios": scenarios} for assets, scenarios in ((12, 60), (60, 250))
    ],
    "qubo-file": [{"variables": n} for n in (50, 500, 3000)],
}
SOLVERS = ("annealer", "hybrid", "qubo-annealer")


def problems(kinds: Sequence[str]) -> Iterator[tuple[str, Any]]:
    for kind in kinds:
        for size in SIZES[kind]:
            name = f"{kind} {' '.join(str(number) for number in size.values())}"
            generated: Any = problem_class(kind)
            yield name, generated.generate(**size, seed=1)


def objectives(problem: Any, solver: str, seconds: float, seeds: Sequence[int]) -> list[float]:
    """Of each seed's plan, infinite where it is not feasible; empty where the solver does not take
    the problem.
    """
    found = []
    for seed in seeds:
        try:
            result = qopt.solve(problem, solver=solver, time_limit=seconds, seed=seed)
        except qopt.QoptError:
            return []
        value = float("inf") if result.objective is None else result.objective
        found.append(-value if problem.sense == "max" and value < float("inf") else value)
    return found


def has_constraints(problem: Any) -> bool:
    return bool(problem.model_size().constraints)


def gap(found: Sequence[float], best: float) -> str:
    if not found:
        return "-"
    mean = sum(found) / len(found)
    return "none" if mean == float("inf") else f"{100 * (mean - best) / max(abs(best), 1e-9):.2f}"


def main(arguments: Sequence[str] | None = None) -> list[str]:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kinds", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    options = parser.parse_args(arguments)
    table = Table({"problem": 34, "variables": 9} | dict.fromkeys((*SOLVERS, "auto"), 13))
    rows, good = 0, 0
    for name, problem in problems(options.kinds):
        found = {
            solver: []
            if solver == "qubo-annealer" and has_constraints(problem)
            else objectives(problem, solver, options.seconds, options.seeds)
            for solver in SOLVERS
        }
        taken = next(ranking(Task(problem)))[0]
        best = min((value for values in found.values() for value in values), default=0.0)
        table.row(
            name,
            str(problem.model_size().variables),
            *(gap(found[solver], best) for solver in SOLVERS),
            taken,
        )
        means = {solver: sum(values) / len(values) for solver, values in found.items() if values}
        rows += 1
        good += taken in means and means[taken] <= min(means.values()) + 1e-9 * abs(best)
    table.write()
    table.write(f"auto took the best, or one as good, {good} times of {rows}")
    return table.lines


if __name__ == "__main__":
    main()
