"""Every solver on every tiny problem, beside the optimum by enumerating plans."""

from __future__ import annotations

from typing import Any, ClassVar

import dimod
import pytest
from dwave.samplers import SteepestDescentSampler
from dwave.system.testing import MockDWaveSampler

import qopt
from qopt import Status

from . import tiny


class FakeBqmService:
    """What qopt asks of LeapHybridSampler, answered by enumeration."""

    properties: ClassVar = {"version": "fake 1"}

    def min_time_limit(self, bqm: Any) -> float:
        return 1.0

    def sample(self, bqm: Any, time_limit: float, label: str) -> dimod.SampleSet:
        return dimod.ExactSolver().sample(bqm).truncate(10)


class FakeCqmService:
    """What qopt asks of LeapHybridCQMSampler, answered by enumeration."""

    properties: ClassVar = {"version": "fake 1"}

    def min_time_limit(self, cqm: Any) -> float:
        return 1.0

    def sample_cqm(self, cqm: Any, time_limit: float, label: str) -> dimod.SampleSet:
        return dimod.ExactCQMSolver().sample_cqm(cqm)


def mock_qpu() -> MockDWaveSampler:
    return MockDWaveSampler(
        topology_type="zephyr",
        topology_shape=[3, 4],
        exact_solver_cutoff=0,
        substitute_sampler=SteepestDescentSampler(),
        substitute_kwargs={"seed": 1},
    )


# name, parameters, and whether it must find the optimum of a tiny problem (else: a plan that is
# feasible or none)
SOLVERS = [
    ("auto", {"num_sweeps": 300}, True),
    ("annealer", {"num_sweeps": 300}, True),
    ("qubo-annealer", {"num_sweeps": 300}, True),
    ("hybrid", {"num_rounds": 10}, False),
    ("neal", {"num_reads": 60, "num_sweeps": 300}, True),
    ("sampler", {"sampler": "dimod:SimulatedAnnealingSampler"}, False),
    ("exact", {}, True),
    ("cp-sat", {"num_workers": 1}, True),
    ("scip", {}, True),
    ("greedy", {}, False),
    ("race", {"solvers": ["exact", "greedy"]}, True),
    ("qpu", {"device": mock_qpu, "num_reads": 300}, False),
    ("leap-bqm", {"service": FakeBqmService}, True),
    ("leap-cqm", {"service": FakeCqmService}, True),
]


@pytest.mark.parametrize(
    ("solver", "parameters", "optimal"), SOLVERS, ids=[name for name, _, _ in SOLVERS]
)
@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_the_plan_is_scored_by_the_domain(
    name: str, solver: str, parameters: dict[str, Any], optimal: bool
) -> None:
    if solver in ("cp-sat", "pyvrp"):
        pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    if solver == "scip":
        pytest.importorskip("pyscipopt", reason="the extra 'baselines' is not installed")
    problem = tiny.PROBLEMS[name]
    if solver == "hybrid" and not isinstance(problem, qopt.Neighbourhoods):
        with pytest.raises(qopt.QoptError, match="has no neighbourhoods; take solver 'annealer'"):
            qopt.solve(problem, solver=solver, seed=1)
        return
    built = {key: value() if callable(value) else value for key, value in parameters.items()}
    result = qopt.solve(problem, solver=solver, time_limit=5, seed=1, **built)
    best, sign = tiny.optimum(problem), 1 if problem.sense == "min" else -1
    if optimal:
        assert result.objective == pytest.approx(best)
    if result.best is not None:
        score = problem.evaluate(result.best)
        assert score.feasible
        assert score.objective == result.objective
        assert sign * (result.objective - best) >= -1e-12
        assert result.trace[-1].objective == result.objective
    if result.bound is not None:
        assert sign * (result.bound - best) <= 1e-9
    assert result.status is (Status.FEASIBLE if result.best is not None else Status.NONE_FOUND)


def test_pyvrp_routes_optimally() -> None:
    pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")
    result = qopt.solve(tiny.routing(), solver="pyvrp", time_limit=None, num_iterations=50, seed=1)
    assert result.objective == tiny.optimum(tiny.routing())
    assert result.stopped_by == "sweeps"


@pytest.mark.parametrize("solver", ["exact", "cp-sat"])
def test_a_proof_is_carried_as_the_bound(solver: str) -> None:
    result = qopt.solve(tiny.shop(), solver=solver, seed=1)
    assert result.bound == pytest.approx(result.objective)


@pytest.mark.parametrize("solver", ["exact", "cp-sat"])
def test_a_model_without_a_feasible_assignment_is_proved_infeasible(solver: str) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(a + b)
    cqm.add_constraint(a + b == 1, label="one")
    cqm.add_constraint(a - b == 0, label="same")
    result = qopt.solve(cqm, solver=solver)
    assert result.status is Status.INFEASIBLE_PROVED
    assert result.best is None
