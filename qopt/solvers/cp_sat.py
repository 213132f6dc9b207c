"""Solver `cp-sat`: the model as it stands, given to OR-tools' CP-SAT."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..kit.checks import require_count, require_positive
from ..solver import Answer, StoppedBy, Task, missing_package, require_time

if TYPE_CHECKING:
    from ..compiler.model.arrays import ModelArrays
    from ..programs.integer_program import IntegerProgram

# for each variable: in less time than that CP-SAT starts without its presolve, which looks at no
# clock, and on one thread, for several begin with what looks at none either. Of a knapsack of
# 100,000 presolve took five seconds, and of a maximum cut with 80,000 half a second beyond the
# limit; without it two threads ended 0.6 s late on a knapsack of 5,000, one in time
PRESOLVE_SECONDS = 5e-5
# for each variable and constraint: how long it works without a look at the clock even so. With
# three million of them it ended 2 to 5 s late, with 260,000 up to 0.4 s
BLIND = 2e-6


@dataclass(frozen=True)
class CpSat:
    """CP-SAT on the constrained model. What broken soft constraints cost is part of the objective.

    `num_workers` threads, default all cores; with more than one, or a time limit, answers can
    differ from run to run. Where there is little time for many variables CP-SAT works without its
    presolve, and on one thread unless told otherwise; and where it finds nothing, an assignment
    that is feasible without a search is the answer, if there is one.

    `build_limit` are the seconds that building CP-SAT's model may take, which no time limit counts;
    beyond, a QoptError.
    """

    num_workers: int | None = None
    build_limit: float | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = "OR-tools' CP-SAT on the constrained model: classical, with proofs"
    needs: ClassVar = "the extra 'baselines' (ortools)"

    def __post_init__(self) -> None:
        require_count("num_workers", self.num_workers, optional=True)
        wanted = "a number of seconds above 0"
        require_positive("build_limit", self.build_limit, wanted=wanted, optional=True)

    def missing(self) -> str | None:
        return missing_package("ortools", "baselines")

    def solve(self, task: Task) -> Answer:
        import numpy as np

        from ..compiler.model.arrays import ModelArrays
        from ..compiler.model.scoring import sampleset, without_search
        from ..programs.integer_program import run

        cqm = task.cqm
        with task.timing("compile"):
            limit = self.build_limit
            deadline = None if limit is None else time.perf_counter() + limit
            arrays = ModelArrays.from_cqm(cqm)
            require_time("cp-sat", task.time_limit, _least_seconds(arrays), "give it more time")
            program = _program(arrays, deadline)
        if task.initial is not None:
            hint = task.problem.encode(task.initial)
            for label, variable in zip(program.arrays.variables, program.variables, strict=True):
                program.model.add_hint(variable, round(hint[label]))
        options: dict[str, Any] = (
            {} if self.num_workers is None else {"num_workers": self.num_workers}
        )
        size = len(program.model.proto.variables)
        if task.time_limit is not None and task.time_limit < PRESOLVE_SECONDS * size:
            options = {"num_workers": 1} | options | {"cp_model_presolve": False}
        with task.timing("compile"):
            easy, _ = without_search(program.arrays)
        started = task.start()
        with task.timing("sample", less=("decode", "evaluate")):
            seconds = None if task.deadline is None else task.deadline - time.perf_counter()
            status, solver = run(
                program, seconds=seconds, seed=task.seed, watcher=_watcher(task, program), **options
            )
        ended: StoppedBy = (
            "interrupt" if task.interrupt is not None and task.interrupt() else "time"
        )
        answer = Answer(
            stopped_by="done" if status in ("OPTIMAL", "INFEASIBLE") else ended,
            infeasible=status == "INFEASIBLE",
            info={"status": status, "seconds": time.perf_counter() - started}
            | ({"presolve": False} if "cp_model_presolve" in options else {}),
        )
        if status == "UNKNOWN" and len(easy):
            answer.samples = sampleset(easy, program.arrays)
        if status in ("OPTIMAL", "FEASIBLE"):
            values = np.array([program.values(solver)])
            answer.samples = sampleset(values, program.arrays)
            answer.bound = (
                solver.best_objective_bound / program.scale + program.offset - program.error
            )
        return answer


def _least_seconds(arrays: ModelArrays) -> float:
    """Of two factors CP-SAT has a variable and three constraints in the objective."""
    products = 4 * len(arrays.quadratic.value) + len(arrays.row_quadratic.value)
    return BLIND * (arrays.num_variables + arrays.num_constraints + products)


def _program(arrays: ModelArrays, deadline: float | None = None) -> IntegerProgram:
    from ..programs.integer_program import IntegerProgram

    program = IntegerProgram(arrays, deadline=deadline)
    for c, hard in enumerate(program.arrays.hard):
        if hard:
            program.require(c)
        else:
            program.charge(c)
    program.add_objective()
    program.minimise()
    return program


def _watcher(task: Task, program: IntegerProgram) -> Any:
    from ortools.sat.python import cp_model

    labels = program.arrays.variables

    class Watcher(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            task.offer(task.decode(dict(zip(labels, program.values(self), strict=True))))
            if task.interrupt is not None and task.interrupt():
                self.stop_search()

    return Watcher()
