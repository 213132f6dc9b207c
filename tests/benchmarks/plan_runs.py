"""One run of a solver on a published instance, here or in another process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from textwrap import shorten
from typing import Any

import numpy as np

import qopt
from problems.logistics import TravellingSalesman, VehicleRouting
from qopt import ModelTooLarge, Progress, QoptError
from qopt.plugins import solver_class

from .plan_scores import disagreement
from .plan_sets import PlanInstance

ROUNDING = 1e-7  # relative: sums of decimals in another order
NOTE = 60  # characters of an error in a table


@dataclass(frozen=True)
class Job:
    """One run to be made, here or in another process."""

    instance: PlanInstance
    solver: str
    seconds: float
    seed: int
    threads: int


@dataclass(frozen=True)
class Run:
    """What a run found; None where it found nothing feasible, and then `note` may say why.

    `seconds` until its best plan.
    """

    seed: int
    objective: float | None = None
    seconds: float | None = None
    gains: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    wrong: str | None = None  # what the second scoring says against it


def measure(job: Job) -> Run:
    problem = job.instance.problem()
    if job.solver == "pyvrp" and isinstance(problem, TravellingSalesman):
        problem = one_truck(problem)
    reached = False

    def progress(tick: Progress) -> None:
        nonlocal reached
        reached = (
            tick.objective is not None
            and worse(tick.objective, job.instance.best_known, problem.sense) <= 0
        )

    solver = solver_class(job.solver)
    taken = [f.name for f in fields(solver)] if is_dataclass(solver) else []
    threads = {name: job.threads for name in ("num_threads", "num_workers") if name in taken}
    try:
        result = qopt.solve(
            problem,
            solver=job.solver,
            time_limit=job.seconds,
            seed=job.seed,
            on_progress=progress,
            interrupt=lambda: reached,
            **threads,
        )
    except ModelTooLarge:
        return Run(job.seed, note="too large")
    except QoptError as error:
        return Run(job.seed, note=shorten(str(error).replace("|", "/"), NOTE))
    if result.objective is None:
        return Run(job.seed)
    return Run(
        job.seed,
        result.objective,
        result.trace[-1].seconds,
        result.provenance["solver"].get("gains", {}),
        wrong=disagreement(problem, result.best, result.objective),
    )


def worse(objective: float, best_known: float, sense: str) -> float:
    """By how much, in units of the objective; not at all where it is but rounding."""
    gap = objective - best_known if sense == "min" else best_known - objective
    return 0.0 if abs(gap) <= ROUNDING * abs(best_known) else gap


def one_truck(problem: TravellingSalesman) -> VehicleRouting:
    """The tour of a truck with room for a parcel for every city but the first, its start."""
    n = len(problem.cities)
    return VehicleRouting(
        problem.distance, np.minimum(np.arange(n), 1.0), float(n), 1, name=problem.name
    )


@contextmanager
def workers(count: int) -> Iterator[Any]:
    """`map` over so many processes, in order; with one, over this one."""
    if count == 1:
        yield map
        return
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.map
