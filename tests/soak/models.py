"""Random models: every solver's flags, energies, bounds and proofs against enumeration."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np

import qopt
from qopt import Status

from .. import tiny
from .cases import Broken

SOLVERS: dict[str, dict[str, Any]] = {
    "annealer": {"num_sweeps": 200, "num_reads": 8},
    "qubo-annealer": {"num_sweeps": 200, "num_reads": 8},
    "hybrid": {"num_rounds": 4, "size": 4},
    "cp-sat": {"num_workers": 1},
    "scip": {},
    "exact": {},
}


def check(random: np.random.Generator) -> str:
    """One model by one solver; returns what was checked."""
    cqm = _model(random)
    solver = str(random.choice(list(SOLVERS)))
    seed = int(random.integers(2**31))
    data = {"model": str(cqm), "solver": solver, "seed": seed}
    optimum = _optimum(cqm)
    try:
        result = qopt.solve(cqm, solver=solver, time_limit=None, seed=seed, **SOLVERS[solver])
    except qopt.NotReady:
        return f"{solver}: not installed"
    except qopt.QoptError as error:
        if _may_refuse(solver, str(error)):
            return f"{solver}: refused"
        raise Broken(f"refused: {error}", data) from None
    wrong = _faults(cqm, result, optimum)
    if wrong:
        raise Broken(wrong, data | {"result": result.to_dict(), "optimum": optimum})
    found = result.objective is not None and optimum is not None
    best = found and abs(result.objective - optimum) <= 1e-6 * max(1.0, abs(optimum))
    return f"{solver}: {'optimum' if best else 'feasible' if found else result.status.value}"


def _model(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """All kinds of variables and rows, some of these left out, and now and then a soft one."""
    cqm = tiny.random_cqm(random)
    for label in list(cqm.constraints):
        if random.random() < 0.4:
            cqm.remove_constraint(label)
    if random.random() < 0.3:
        left = sum(int(random.integers(1, 4)) * dimod.Binary(f"b{k}") for k in range(3))
        side = float(random.integers(0, 13)) / 4
        cqm.add_constraint(left <= side, label="wish", weight=1.5, penalty="quadratic")
    return cqm


def _optimum(cqm: dimod.ConstrainedQuadraticModel) -> float | None:
    """Of all assignments, scored by dimod."""
    values = [_values(cqm, label) for label in cqm.variables]
    points = [dict(zip(cqm.variables, point, strict=True)) for point in itertools.product(*values)]
    scored = dimod.SampleSet.from_samples_cqm(points, cqm).record
    feasible = scored.energy[scored.is_feasible]
    return float(feasible.min()) if len(feasible) else None


def _values(cqm: dimod.ConstrainedQuadraticModel, label: Any) -> list[int]:
    if cqm.vartype(label) is dimod.SPIN:
        return [-1, 1]
    return list(range(int(cqm.lower_bound(label)), int(cqm.upper_bound(label)) + 1))


def _faults(
    cqm: dimod.ConstrainedQuadraticModel, result: qopt.Result[Any], optimum: float | None
) -> str:
    """What the result says that is not so; "" where there is nothing."""
    near = 1e-6 * max(1.0, abs(optimum or 0.0))
    if result.best is not None:
        sample = dict(result.best.values)
        energy = float(dimod.SampleSet.from_samples_cqm([sample], cqm).record.energy[0])
        if not _kept(cqm, sample):
            return "the best plan breaks a constraint"
        if result.objective is None or abs(energy - result.objective) > near:
            return f"the objective is {result.objective}, and dimod says {energy}"
        if optimum is None or result.objective < optimum - near:
            return f"the objective {result.objective} is below the optimum {optimum}"
    if result.status is Status.INFEASIBLE_PROVED and optimum is not None:
        return f"proved infeasible, and {optimum} is the optimum"
    if result.bound is not None and optimum is not None and result.bound > optimum + near:
        return f"the bound {result.bound} is above the optimum {optimum}"
    if result.samples is not None and "is_feasible" in result.samples.record.dtype.names:
        for row, said in zip(
            result.samples.record.sample.tolist(), result.samples.record.is_feasible, strict=True
        ):
            sample = dict(zip(result.samples.variables, row, strict=True))
            if set(sample) == set(cqm.variables) and _kept(cqm, sample) != bool(said):
                return f"is_feasible is {bool(said)} of {sample}"
    return ""


def _kept(cqm: dimod.ConstrainedQuadraticModel, sample: dict[Any, float]) -> bool:
    """Whether all hard constraints are."""
    return all(
        amount <= 1e-6 or cqm.constraints[label].lhs.is_soft()
        for label, amount in cqm.iter_violations(sample)
    )


def _may_refuse(solver: str, said: str) -> bool:
    """A QUBO takes no quadratic rows, a solver of whole numbers no charges that are squared."""
    return (solver == "qubo-annealer" and "is quadratic" in said) or (
        solver in ("cp-sat", "scip") and "penalt" in said
    )
