"""The emulated hybrid solvers: how fast the nonlinear search looks at states, what it finds, and by
how much jobs outlast their time limits.

    python -m tests.benchmarks.hybrids [--seconds 2] [--seeds 1 2 3] [--spins 3000]

Nonlinear models of D-Wave's own generators, with random data. "bare" are states a second that are
set and read one after another, without a search; "in 64" the same where 64 states are set and then
read; "search" are those of the whole search. "median" and "worst" are of the objectives that it
finds. Problems of ours follow as nonlinear models, as `leap-nl` sends them, with each binary
variable a bit and with groups of which one is 1 as choices, beside what `annealer` finds in the
same time. A job of each kind then runs with each of the time limits; the first loads compiled
kernels.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import dimod
import numpy as np
from dwave.optimization import Model, generators

import qopt
from problems.logistics import GeneralizedAssignment, QuadraticAssignment, TravellingSalesman
from qopt.emulator.backends import Work
from qopt.emulator.hybrids.bqm import HybridBqm
from qopt.emulator.hybrids.cqm import HybridCqm
from qopt.emulator.hybrids.nl import HybridNl, solve_nl
from qopt.emulator.hybrids.nonlinear.kinds import decisions
from qopt.ocean.nonlinear import Nonlinear

from .tables import Table

BATCH = 64


def models() -> Iterator[tuple[str, Model]]:
    draw = np.random.default_rng(1)
    at = draw.random((61, 2)) * 100
    far = np.linalg.norm(at[:, None] - at[None], axis=-1)
    yield "tour of 60", generators.traveling_salesperson(far[1:, 1:])
    yield "knapsack of 100", generators.knapsack(*draw.integers(1, 50, (2, 100)), 800)
    yield "assignment of 20", generators.quadratic_assignment(*draw.integers(0, 9, (2, 20, 20)))
    yield "flow shop 20 x 5", generators.flow_shop_scheduling(draw.integers(1, 100, (5, 20)))
    orders = np.array([draw.permutation(5) for _ in range(10)])
    yield "job shop 10 x 5", generators.job_shop_scheduling(draw.integers(1, 50, (10, 5)), orders)
    yield "bins of 24", generators.bin_packing(draw.integers(2, 10, 24), 20)
    yield (
        "routes of 30",
        generators.capacitated_vehicle_routing(
            demand=[0, *draw.integers(1, 9, 30)],
            number_of_vehicles=6,
            vehicle_capacity=30,
            locations_x=at[:31, 0],
            locations_y=at[:31, 1],
        ),
    )


def bare(model: Model, states: int, seconds: float) -> float:
    """States a second that are set and read, `states` at a time."""
    with model.lock():
        model.states.resize(states)
        model.states.initialize()
        (decision,) = decisions(model)
        value, constraints = decision.read(0), list(model.iter_constraints())
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            for k in range(states):
                decision.set(k, value)
            for k in range(states):
                for constraint in constraints:
                    constraint.state(k)
                model.objective.state(k)
            count += states
        rate = count / (time.perf_counter() - begun)
    model.states.resize(0)
    return rate


def searches(seconds: float, seeds: Sequence[int]) -> None:
    table = Table(
        {"model": 17, "nodes": 6, "bare /s": 8, "in 64 /s": 8, "search /s": 9, "median": 9,
         "worst": 9, "feasible": 8}
    )  # fmt: skip
    for name, model in models():
        rates = [bare(model, states, min(seconds, 0.5)) for states in (1, BATCH)]
        found = []
        for seed in seeds:
            model.states.resize(0)
            found.append(solve_nl(model, time_limit=seconds, seed=seed))
        worth = [searched.objective for searched in found]
        table.row(
            name,
            str(model.num_nodes()),
            *(f"{rate:,.0f}" for rate in rates),
            f"{sum(searched.evaluations for searched in found) / seconds / len(found):,.0f}",
            f"{np.median(worth):g}",
            f"{max(worth):g}",
            f"{sum(searched.feasible for searched in found)} of {len(found)}",
        )


def problems() -> Iterator[tuple[str, Any]]:
    draw = np.random.default_rng(3)
    at = draw.random((16, 2)) * 100
    yield "tour of 16", TravellingSalesman(np.linalg.norm(at[:, None] - at[None], axis=-1))
    flow, far = draw.integers(0, 9, (2, 12, 12)).astype(float)
    yield "assignment of 12", QuadraticAssignment(flow, far)
    profit, load = draw.integers(5, 50, (2, 40, 5)).astype(float)
    yield "40 jobs, 5 agents", GeneralizedAssignment(profit, load, np.full(5, 150.0))


def conversions(seconds: float) -> None:
    table = Table(
        {"problem": 17, "variables": 9, "bits": 9, "nodes": 5, "choices": 9, "nodes ": 5,
         "annealer": 9}
    )  # fmt: skip
    for name, problem in problems():
        cqm, cells = problem.model(), list[str]()
        for groups in (False, True):
            nonlinear = Nonlinear.of(cqm, groups=groups)
            solve_nl(nonlinear.model, time_limit=seconds, seed=1)
            with nonlinear.model.lock():
                found = nonlinear.sampleset()
            kept = found.filter(lambda sample: sample.is_feasible)
            plan = problem.decode(kept.first.sample) if len(kept) else None
            worth = "none" if plan is None else f"{problem.evaluate(plan).objective:g}"
            cells += [worth, str(nonlinear.model.num_nodes())]
        ours = qopt.solve(problem, solver="annealer", time_limit=seconds, seed=1).objective
        table.row(name, str(len(cqm.variables)), *cells, "none" if ours is None else f"{ours:g}")


def jobs(spins: int) -> Iterator[tuple[Any, bytes]]:
    bqm = dimod.generators.gnm_random_bqm(spins, 3 * spins, "SPIN", random_state=1)
    with bqm.to_file(version=2) as file:
        yield HybridBqm(least=0.01), file.read()
    with dimod.generators.random_knapsack(spins, seed=1).to_file() as file:
        yield HybridCqm(least=0.01), file.read()
    with next(model for _, model in models()).to_file() as file:
        yield HybridNl(least=0.01), file.read()


def overruns(seconds: Sequence[float], spins: int) -> None:
    table = Table({"job": 4, "bytes": 10, "limit, s": 8, "over, s": 8})
    for solver, data in jobs(spins):
        for limit in (min(seconds), *seconds):
            work = Work("a", 0, solver.kind, {"time_limit": limit}, data)
            begun = time.perf_counter()
            try:
                solver.check(work)
                solver.answer(work)
            except Exception as error:  # a model too large for its limit is a row, not an end
                table.row(solver.kind, f"{len(data):,}", f"{limit:g}", str(error)[:40])
                continue
            over = time.perf_counter() - begun - limit
            table.row(solver.kind, f"{len(data):,}", f"{limit:g}", f"{over:.3f}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="of each search")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--limits", type=float, nargs="+", default=[1.0, 3.0], help="of the jobs")
    parser.add_argument("--spins", type=int, default=3000, help="of the jobs, and items")
    options = parser.parse_args(arguments)
    searches(options.seconds, options.seeds)
    sys.stdout.write("\n")
    conversions(options.seconds)
    sys.stdout.write("\n")
    overruns(options.limits, options.spins)


if __name__ == "__main__":
    main()
