"""CP-SAT with an interval for each operation: the classical answer to compare with.

Solver `cp-sat` has the model that annealers get, in time buckets. This one has what CP-SAT is made
for: machines are no-overlap rows, resources cumulative ones, and starts are whole numbers of time
units.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from qopt import Answer, QoptError, Task, missing_package
from qopt.kit.checks import require_count

from .projects.plan import Execution, ProjectPlan
from .projects.problem import ProjectScheduling
from .shops.plan import Operation, Schedule
from .shops.shop import Shop

Value = Callable[[Any], int]  # of a variable in a solution


@dataclass(frozen=True)
class CpSatIntervals:
    """Constraint programming by OR-tools' CP-SAT, from the problem's greedy plan.

    `num_workers` threads, default all cores; with more than one, or a time limit, answers can
    differ from run to run.
    """

    num_workers: int | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = (
        "CP-SAT with interval variables, for job shops and projects only: with proofs"
    )
    needs: ClassVar = "the extra 'baselines' (ortools)"

    def __post_init__(self) -> None:
        require_count("num_workers", self.num_workers, optional=True)

    def missing(self) -> str | None:
        return missing_package("ortools", "baselines")

    @staticmethod
    def made_for(problem: Any) -> bool:
        return isinstance(problem, Shop | ProjectScheduling)

    def solve(self, task: Task) -> Answer:
        problem: Any = task.problem
        if not self.made_for(problem):
            raise QoptError(
                "solver 'cp-sat-intervals' schedules job shops and projects, "
                f"not a {type(problem).__name__}"
            )
        from ortools.sat.python import cp_model

        with task.timing("compile"):
            first: Any = problem.greedy() if task.initial is None else task.initial
            program = (
                _Jobs(problem, first) if isinstance(problem, Shop) else _Activities(problem, first)
            )
        solver = cp_model.CpSolver()
        solver.parameters.random_seed = task.seed % 2**31
        if self.num_workers is not None:
            solver.parameters.num_workers = self.num_workers
        started = task.start()
        with task.timing("sample", less=("evaluate",)):
            if task.deadline is not None:
                solver.parameters.max_time_in_seconds = max(
                    0.01, task.deadline - time.perf_counter()
                )
            status = solver.solve(program.model, _watcher(task, program))
        proved = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        interrupted = task.interrupt is not None and task.interrupt()
        answer = Answer(
            stopped_by="done" if proved else "interrupt" if interrupted else "time",
            infeasible=status == cp_model.INFEASIBLE,
            direct=True,
            info={"status": solver.status_name(status), "seconds": time.perf_counter() - started},
        )
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            answer.plans = [program.plan(solver.value)]
            answer.bound = solver.best_objective_bound
        return answer


class _Jobs:
    """A shop: of an operation that can choose, each choice is an interval that may be absent."""

    def __init__(self, problem: Shop, first: Schedule) -> None:
        from ortools.sat.python import cp_model

        self.model = model = cp_model.CpModel()
        choices = problem._choices
        latest = sum(max(duration for _, duration in options) for options in choices.values())
        makespan = model.new_int_var(0, latest, "")
        queues: dict[int, list[Any]] = {}
        self.start: dict[tuple[int, int], Any] = {}
        self.taken: dict[tuple[int, int], list[tuple[Any, int, int]]] = {}
        before = dict[int, Any]()  # by job, the end of its last step so far
        hints = {(o.job, o.step): o for o in first.operations}
        for (job, step), options in sorted(choices.items()):
            start, hint = model.new_int_var(0, latest, ""), hints.get((job, step))
            if hint is not None:
                model.add_hint(start, hint.start)
            model.add(start >= before.get(job, 0))
            alternatives = [
                (model.new_bool_var("") if len(options) > 1 else 1, *option) for option in options
            ]
            for present, machine, duration in alternatives:
                queues.setdefault(machine, []).append(
                    model.new_optional_fixed_size_interval_var(start, duration, present, "")
                )
                if hint is not None and len(options) > 1:
                    model.add_hint(present, (machine, duration) == (hint.machine, hint.duration))
            if len(options) > 1:
                model.add_exactly_one(present for present, _, _ in alternatives)
            before[job] = start + sum(present * duration for present, _, duration in alternatives)
            self.start[job, step], self.taken[job, step] = start, alternatives
        for queue in queues.values():
            model.add_no_overlap(queue)
        for end in before.values():
            model.add(makespan >= end)
        model.minimize(makespan)

    def plan(self, value: Value) -> Schedule:
        chosen = {
            at: next((m, d) for present, m, d in alternatives if value(present))
            for at, alternatives in self.taken.items()
        }
        return Schedule.of(
            Operation(machine, value(self.start[job, step]), duration, job, step)
            for (job, step), (machine, duration) in chosen.items()
        )


class _Activities:
    """A project: what runs at a time needs no more of a resource than there is."""

    def __init__(self, problem: ProjectScheduling, first: ProjectPlan) -> None:
        from ortools.sat.python import cp_model

        self.problem, self.model = problem, cp_model.CpModel()
        model, activities = self.model, problem.activities
        latest = sum(activity.duration for activity in activities)
        self.start = {activity.name: model.new_int_var(0, latest, "") for activity in activities}
        for execution in first.executions:
            model.add_hint(self.start[execution.activity], execution.start)
        runs = {
            a.name: model.new_fixed_size_interval_var(self.start[a.name], a.duration, "")
            for a in activities
        }
        end = {a.name: self.start[a.name] + a.duration for a in activities}
        for activity in activities:
            for earlier in activity.after:
                model.add(self.start[activity.name] >= end[earlier])
        for resource, there in problem.capacity.items():
            needing = [a for a in activities if a.needs.get(resource, 0)]
            model.add_cumulative(
                [runs[a.name] for a in needing], [a.needs[resource] for a in needing], there
            )
        makespan = model.new_int_var(0, latest, "")
        model.add_max_equality(makespan, list(end.values()))
        model.minimize(makespan)

    def plan(self, value: Value) -> ProjectPlan:
        return ProjectPlan.of(
            Execution(a.name, value(self.start[a.name]), a.duration)
            for a in self.problem.activities
        )


def _watcher(task: Task, program: _Jobs | _Activities) -> Any:
    from ortools.sat.python import cp_model

    class Watcher(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            task.offer(program.plan(self.value))
            if task.interrupt is not None and task.interrupt():
                self.stop_search()

    return Watcher()
