"""One solver of a race, in its own process: `run` is what its worker runs."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import Infeasible, QoptError
from ...plugins import make_solver
from ...problem import Evaluation, Plan, Problem
from ...solver import Answer, Progress, StoppedBy, Task
from ..neighbourhoods.parts import best_first
from ..neighbourhoods.position import rank

if TYPE_CHECKING:
    from ...workers import Line

TELLING = 0.2  # seconds between two reports of progress without a better plan
PATIENCE = 0.05  # seconds that a wait for the start takes until the parent's interrupt is looked at


@dataclass(frozen=True)
class Ready:
    """The solver is about to start its clock, and waits for `Go`."""


@dataclass(frozen=True)
class Listening:
    """The solver goes on from plans of others, which most do not: from now on it wants to hear."""


@dataclass(frozen=True)
class Go:
    """The clock of all was started so many seconds ago."""

    seconds: float


@dataclass(frozen=True)
class Known:
    """The best plan of another solver."""

    plan: Plan
    evaluation: Evaluation


@dataclass(frozen=True)
class Found:
    """A better plan than all that this solver had, `seconds` after the start.

    `shared` says that it was made from a plan of another solver.
    """

    plan: Plan
    objective: float
    seconds: float
    sweeps: int
    shared: bool


@dataclass(frozen=True)
class Order:
    """What a racer is sent."""

    problem: Problem[Any]
    solver: str
    parameters: Mapping[str, Any]
    time_limit: float | None
    seed: int
    initial: Plan | None


@dataclass(frozen=True)
class Finish:
    """How a racer ended: `error` where it refused or failed; `plan` the least bad that it has where
    none is feasible; the rest as in `Answer`.
    """

    stopped_by: StoppedBy | None = None
    error: str | None = None
    plan: Plan | None = None
    bound: float | None = None
    infeasible: bool = False
    direct: bool = False
    taken_over: int = 0
    sweeps: int = 0
    info: Mapping[str, Any] = field(default_factory=dict)
    timing: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Running(Task):
    """A task whose clock starts with that of the others, and which tells them of better plans."""

    def __init__(self, order: Order, line: Line) -> None:
        super().__init__(
            order.problem,
            order.time_limit,
            order.seed,
            order.initial,
            on_progress=self._tell,
            interrupt=line.stopped,
            elsewhere=self._known_elsewhere,
        )
        self._line = line
        self._gone, self._listening = False, False
        self._known: tuple[Plan, Evaluation] | None = None
        self._told: object = None
        self._told_at = 0.0
        self.taken_over = 0
        self.unsent: str | None = None  # why a plan could not be told

    def start(self) -> float:
        if not self._gone:
            self._line.tell(Ready())
        while not self._gone and not self._line.stopped():
            self._listen(PATIENCE)
        self._gone = True
        return self._started

    def better_elsewhere(self) -> tuple[Plan, Evaluation] | None:
        known = super().better_elsewhere()
        if known is not None:
            self.taken_over += 1
            self._told = self.incumbents.best  # the others know it
        return known

    @property
    def sweeps(self) -> int:
        return self._sweeps

    def _known_elsewhere(self) -> tuple[Plan, Evaluation] | None:
        if not self._listening:
            self._listening = True
            self._line.tell(Listening())
        self._listen()
        known, self._known = self._known, None
        return known

    def _listen(self, seconds: float = 0.0) -> None:
        for word in self._line.said(seconds):
            if isinstance(word, Go):
                self._started, self._gone = time.perf_counter() - word.seconds, True
            elif isinstance(word, Known):
                self._known = word.plan, word.evaluation

    def _tell(self, progress: Progress) -> None:
        best = self.incumbents.best
        if best is not None and best is not self._told:
            self._told = best
            plan, evaluation = best
            shared = self.taken_over > 0
            found = Found(plan, evaluation.objective, progress.seconds, progress.sweeps, shared)
            try:
                self._line.tell(found)
            except Exception as error:  # a pickle raises whatever the plan's own parts do
                self.unsent = f"its plans cannot be sent: {' '.join(str(error).split())}"
        elif progress.seconds - self._told_at >= TELLING:
            self._told_at = progress.seconds
            self._line.tell(progress)


def run(line: Line, order: Order) -> Finish:
    """Solve it, and tell the parent of all on the way. What the solver raises is told, too."""
    task = Running(order, line)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        try:
            answer = make_solver(order.solver, dict(order.parameters)).solve(task)
        except Infeasible as error:
            answer = Answer(infeasible=True, info={"infeasible": str(error)})
        except QoptError as error:
            return Finish(error=str(error), timing=task.timing.seconds)
        except Exception as error:  # one racer's fault ends one racer
            text = " ".join(str(error).split())
            return Finish(error=f"{type(error).__name__}: {text}", timing=task.timing.seconds)
        least_bad = _offered(task, answer)
    return Finish(
        stopped_by=answer.stopped_by,
        error=task.unsent,
        plan=least_bad if task.incumbents.best is None else None,
        bound=answer.bound,
        infeasible=answer.infeasible,
        direct=answer.direct,
        taken_over=task.taken_over,
        sweeps=task.sweeps,
        info=answer.info,
        timing=task.timing.seconds,
        warnings=tuple(f"{type(w.message).__name__}: {w.message}" for w in heard),
    )


def _offered(task: Task, answer: Answer) -> Plan | None:
    """The least bad of the answer's plans, all of which are offered: what is better is told.

    Samples are looked at as long as there is time, and some in any case.
    """
    least: tuple[tuple[float, float], Plan] | None = None
    for plan in _plans(task, answer):
        if task.incumbents.best is None:
            this = rank(task.evaluate(plan), task.problem.sense)
            least = (this, plan) if least is None or this < least[0] else least
        task.offer(plan, sweeps=0)
    return None if least is None else least[1]


def _plans(task: Task, answer: Answer) -> Iterator[Plan]:
    yield from answer.plans
    if answer.samples is None:
        return
    labels, rows = list(answer.samples.variables), answer.samples.record.sample
    for k in best_first(answer.samples):
        yield task.decode(dict(zip(labels, rows[k].tolist(), strict=True)))
