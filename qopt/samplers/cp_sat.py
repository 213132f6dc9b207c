"""Solver `cp-sat`: the model as it stands, given to OR-tools' CP-SAT."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..kit.checks import require_count
from ..solver import Answer, StoppedBy, Task, missing_package

if TYPE_CHECKING:
    from .integer_program import IntegerProgram


@dataclass(frozen=True)
class CpSat:
    """CP-SAT on the constrained model. What broken soft constraints cost is part of the objective.

    `num_workers` threads, default all cores; with more than one, or a time limit, answers can differ from run to run.
    """

    num_workers: int | None = None

    summary: ClassVar = "OR-tools' CP-SAT on the constrained model: classical, with proofs"
    needs: ClassVar = "the extra 'baselines' (ortools)"

    def __post_init__(self) -> None:
        require_count("num_workers", self.num_workers, optional=True)

    def missing(self) -> str | None:
        return missing_package("ortools", "baselines")

    def solve(self, task: Task) -> Answer:
        from .integer_program import run

        cqm = task.cqm
        with task.timing("compile"):
            program = _program(cqm)
        if task.initial is not None:
            hint = task.problem.encode(task.initial)
            for label, variable in zip(program.arrays.variables, program.variables, strict=True):
                program.model.add_hint(variable, round(hint[label]))
        threads = {} if self.num_workers is None else {"num_workers": self.num_workers}
        started = task.start()
        with task.timing("sample", less=("decode", "evaluate")):
            left = None if task.deadline is None else task.deadline - time.perf_counter()
            status, solver = run(
                program, seconds=left, seed=task.seed, watcher=_watcher(task, program), **threads
            )
        ended: StoppedBy = (
            "interrupt" if task.interrupt is not None and task.interrupt() else "time"
        )
        answer = Answer(
            stopped_by="done" if status in ("OPTIMAL", "INFEASIBLE") else ended,
            infeasible=status == "INFEASIBLE",
            info={"status": status, "seconds": time.perf_counter() - started},
        )
        if status in ("OPTIMAL", "FEASIBLE"):
            import dimod
            import numpy as np

            values = np.array([program.values(solver)])
            answer.samples = dimod.SampleSet.from_samples_cqm(
                (values, program.arrays.variables), cqm
            )
            answer.bound = (
                solver.best_objective_bound / program.scale + program.offset - program.error
            )
        return answer


def _program(cqm: Any) -> IntegerProgram:
    from ..compile import ModelArrays
    from .integer_program import IntegerProgram

    program = IntegerProgram(ModelArrays.from_cqm(cqm))
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
