"""Solver `qubo-annealer`: what it offers on the way."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.logistics import BinPacking, TravellingSalesman
from problems.plain import QuboFile
from qopt import QoptError, Task
from qopt.assignment import Assignment, Model
from qopt.compiler import compile_cqm
from qopt.solvers import penalty_annealer
from qopt.solvers.penalty_annealer import PenaltyAnnealer


def test_a_state_on_the_way_is_offered_as_the_plan_that_it_is() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(3 * a - 2 * b - c)
    cqm.add_constraint(a + b + c <= 2, label="room")
    compiled, problem = compile_cqm(cqm, presolve=False), Model.of(cqm)
    plan = Assignment({"a": 0.0, "b": 1.0, "c": 0.0})
    state = 2 * compiled.encode(problem.encode(plan)) - 1
    task = Task(problem)
    found: Any = SimpleNamespace(states=np.array([state], dtype=np.int8), sweeps=7)
    penalty_annealer._offer(task, compiled, found)
    assert task.incumbents.best is not None
    assert task.incumbents.best[0] == plan
    assert [seen.objective for seen in task.incumbents.trace] == [-2.0]


def written(problem: Any, path: Path) -> Path:
    """A file of the problem's QUBO, with penalties, as somebody else may have made it."""
    bqm = dimod.cqm_to_bqm(problem.model())[0]
    vectors = bqm.to_numpy_vectors(list(bqm.variables))
    row, col, quad = vectors.quadratic
    qubo = qopt.Qubo.from_arrays(vectors.linear_biases, row, col, quad, float(vectors.offset))
    return qubo.save(path)


@pytest.mark.parametrize(
    "problem",
    [TravellingSalesman.generate(cities=14, seed=2), BinPacking.generate(items=12, seed=1)],
    ids=["tour", "bins"],
)
def test_a_file_that_was_made_of_constraints_is_solved_with_them(
    problem: Any, tmp_path: Path
) -> None:
    path = written(problem, tmp_path / "model.npz")
    budget: dict[str, Any] = {"time_limit": None, "num_sweeps": 150, "seed": 1}
    auto = qopt.solve(path, **budget)
    off = qopt.solve(path, structure="off", **budget)
    assert (auto.ran_by, off.ran_by) == ("qubo-annealer", "qubo-annealer")
    assert auto.objective is not None
    assert off.objective is not None
    assert auto.objective < off.objective
    told = auto.provenance["solver"]["structure"]
    assert told["rows"]["one-hot"] >= 12
    assert told["road"] == "rows"
    assert off.provenance["solver"]["structure"] is None


def test_a_tour_in_a_file_is_replayed_from_its_provenance(tmp_path: Path) -> None:
    path = written(TravellingSalesman.generate(cities=9, seed=2), tmp_path / "model.npz")
    timed = qopt.solve(QuboFile.read(path), time_limit=0.8, seed=3)
    record = json.loads(json.dumps(timed.to_dict()))["provenance"]["solver"]
    assert set(record["num_sweeps"]) == {"rows", "qubo"}
    for solver in ("auto", "qubo-annealer"):
        again = qopt.solve(
            QuboFile.read(path),
            solver=solver,
            time_limit=None,
            seed=3,
            num_sweeps=record["num_sweeps"],
        )
        assert again.plans == timed.plans


def test_what_is_compiled_here_is_annealed_as_it_is() -> None:
    problem = TravellingSalesman.generate(cities=7, seed=2)
    result = qopt.solve(problem, solver="qubo-annealer", time_limit=None, num_sweeps=30, seed=1)
    assert result.provenance["solver"]["structure"] is None
    assert result.provenance["solver"]["num_sweeps"] == [30]


def test_stages_of_two_roads_are_refused_where_there_is_one() -> None:
    stages = {"rows": [[5]], "qubo": [[5]]}
    problem = TravellingSalesman.generate(cities=7, seed=2)
    with pytest.raises(QoptError, match="a mapping replays a run with structure='auto'"):
        qopt.solve(problem, solver="qubo-annealer", time_limit=None, num_sweeps=stages)
    with pytest.raises(QoptError, match="structure='on': give 'auto' or 'off'"):
        PenaltyAnnealer(structure="on")


def test_parts_are_annealed_as_they_are() -> None:
    parts: Any = PenaltyAnnealer().for_parts(as_given=False, cleaned=False)
    assert parts.solver.structure == "off"
