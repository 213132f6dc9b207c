"""Tuned weights beside one weight for all, on the penalty road: the same anneals of the same
models, only the weights differ.

    python -m tests.benchmarks.tuned [--names packing multi-knapsack:20] [--seeds 1 2 3] [--reads
    256] [--sweeps 500]

Share of reads that keep all constraints, and the best objective among them, over all seeds; and the
seconds of the tuning.

* one weight for all constraints: the most that a step of any variable can be worth, for any
  assignment (Verma and Lewis 2020).
* best of five: of that times 4, 1, 1/4, 1/16 and 1/64 the one with the most feasible reads.
* bounds: qopt's default, a weight a constraint.
* tuned: penalties="tuned".

Models: the bundled E-n13-k4 (as route sets), hang-seng-10 and ft06; portfolio, shop, assignment,
facilities and packing are generated here from fixed seeds; any other name is a spec of
tests.benchmarks.constrained_models.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dimod
import numpy as np

from problems.logistics import FacilityLocation, GeneralizedAssignment, VehicleRouting
from problems.portfolio import MeanVariance
from problems.scheduling import JobShop
from qopt.compiler import Compiled, compile_cqm
from qopt.compiler.weights.reach import Reach
from qopt.compiler.weights.tuning import Tuner
from qopt.samplers import QuboAnnealer

from . import constrained_models
from .tables import Table, shown, width_of

NAMES = [
    "E-n13-k4",
    "hang-seng-10",
    "portfolio",
    "shop",
    "assignment",
    "facilities",
    "packing",
    "multi-knapsack:20",
]
MULTIPLES = (1, 4, 1 / 4, 1 / 16, 1 / 64)


def shop(jobs: int = 3, machines: int = 3) -> dimod.ConstrainedQuadraticModel:
    """Steps of 1 to 3."""
    random = np.random.default_rng(1)
    steps = (
        (random.permutation(machines).tolist(), random.integers(1, 4, machines).tolist())
        for _ in range(jobs)
    )
    return JobShop(tuple(tuple(zip(*step, strict=True)) for step in steps)).model()


def assignment(jobs: int = 12, agents: int = 3) -> dimod.ConstrainedQuadraticModel:
    """Loads 5 to 25, profits 10 to 50, capacities of four fifths of what jobs load on average."""
    random = np.random.default_rng(1)
    load, profit = random.integers(5, 26, (jobs, agents)), random.integers(10, 51, (jobs, agents))
    capacity = np.floor(0.8 * load.sum(axis=0) / agents)
    return GeneralizedAssignment(profit.astype(float), load.astype(float), capacity).model()


def facilities(customers: int = 20, warehouses: int = 6) -> dimod.ConstrainedQuadraticModel:
    """On a square of side 100: distances for serving, and 60 to 120 for a warehouse."""
    random = np.random.default_rng(2)
    there, here = random.uniform(0, 100, (customers, 1, 2)), random.uniform(0, 100, (warehouses, 2))
    cost = np.rint(np.linalg.norm(there - here, axis=2))
    return FacilityLocation(random.integers(60, 121, warehouses).astype(float), cost).model()


def packing(items: int = 8, bins: int = 4, capacity: int = 20) -> dimod.ConstrainedQuadraticModel:
    """Things of 4 to 11 into as few bins as can be."""
    size = np.random.default_rng(3).integers(4, 12, items).tolist()
    names = [[f"x[{i},{k}]" for k in range(bins)] for i in range(items)]
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variables("BINARY", [*np.ravel(names).tolist(), *(f"open[{k}]" for k in range(bins))])
    cqm.set_objective(sum(dimod.Binary(f"open[{k}]") for k in range(bins)))
    for i, places in enumerate(names):
        cqm.add_constraint_from_iterable(
            [(name, 1.0) for name in places], "==", rhs=1.0, label=f"packed[{i}]"
        )
    for k in range(bins):
        load = [(names[i][k], float(size[i])) for i in range(items)]
        cqm.add_constraint_from_iterable(
            [*load, (f"open[{k}]", -float(capacity))], "<=", rhs=0.0, label=f"capacity[{k}]"
        )
    return cqm


MODELS: dict[str, Callable[[], dimod.ConstrainedQuadraticModel]] = {
    "E-n13-k4": lambda: VehicleRouting.bundled().model(),
    "hang-seng-10": lambda: MeanVariance.bundled().model(),
    "ft06": lambda: JobShop.bundled().model(),
    "portfolio": lambda: MeanVariance.generate(assets=20, seed=1).model(),
    "shop": shop,
    "assignment": assignment,
    "facilities": facilities,
    "packing": packing,
}


@dataclass(frozen=True)
class Outcome:
    """Share of feasible reads, and the least objective of these, None where there are none."""

    feasible: float
    best: float | None

    @classmethod
    def of(cls, compiled: Compiled, seeds: Sequence[int], reads: int, sweeps: int) -> Outcome:
        kept, energies = [], []
        for seed in seeds:
            options = {
                "num_reads": reads,
                "num_sweeps": sweeps,
                "seed": seed,
                "method": "annealing",
            }
            found = compiled.decode_bits(
                QuboAnnealer().sample_arrays(compiled.qubo, **options).states
            ).record
            kept.append(found.is_feasible)
            energies.append(found.energy[found.is_feasible])
        every = np.concatenate(energies)
        return cls(float(np.mean(kept)), float(every.min()) if len(every) else None)


def one_weight(cqm: dimod.ConstrainedQuadraticModel) -> float:
    """The most that a step of any variable can be worth, for any assignment."""
    compiled = compile_cqm(cqm)
    none_kept = np.zeros(compiled.model.num_constraints, dtype=bool)
    return float(Reach(compiled.model, compiled.rows).where(none_kept).reach.max())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", nargs="+", default=NAMES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--reads", type=int, default=256)
    parser.add_argument("--sweeps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=Tuner().rounds, help="trials of the tuning")
    chosen = parser.parse_args(arguments)
    ways = ("one weight", "best of five", "bounds", "tuned")
    table = Table(
        {"model": width_of(chosen.names), "bits": 4} | dict.fromkeys(ways, 17) | {"tuning": 7}
    )
    for name in chosen.names:
        cqm = MODELS[name]() if name in MODELS else constrained_models.load(name).cqm
        single, bounds = one_weight(cqm), compile_cqm(cqm)
        began = time.perf_counter()
        tuned = compile_cqm(cqm, penalties=Tuner(rounds=chosen.rounds))
        seconds = time.perf_counter() - began
        budget = (chosen.seeds, chosen.reads, chosen.sweeps)
        single_ones = [
            Outcome.of(compile_cqm(cqm, penalties=single * times), *budget) for times in MULTIPLES
        ]
        best = max(single_ones, key=lambda outcome: outcome.feasible)
        found = [single_ones[0], best, Outcome.of(bounds, *budget), Outcome.of(tuned, *budget)]
        cells = [f"{outcome.feasible:.3f} {shown(outcome.best, '.6g'):>11}" for outcome in found]
        table.row(name, str(bounds.qubo.num_variables), *cells, f"{seconds:.1f} s")


if __name__ == "__main__":
    main()
