"""Solver `qubo-annealer`: what it offers on the way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dimod
import numpy as np

from qopt import Task
from qopt.assignment import Assignment, Model
from qopt.compiler import compile_cqm
from qopt.solvers import penalty_annealer


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
