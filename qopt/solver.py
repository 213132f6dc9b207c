"""What a solver is to qopt: it takes a Task and gives an Answer, which is scored again."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from .errors import ModelTooLarge, TimeTooShort
from .incumbents import Incumbent, Incumbents
from .problem import Evaluation, Plan, Problem, better, name_of

if TYPE_CHECKING:
    import dimod

# "done": searched to the end; "presolve": there was nothing to search, as presolve left one
# assignment; "failure": what it needs, as a device, failed on the way
StoppedBy = Literal[
    "time", "sweeps", "target", "interrupt", "budget", "done", "presolve", "failure"
]
LATE = 0.1  # seconds by which a solver may expect to outlast its limit, and starts nevertheless
# of a model that is built whole: it takes some gigabytes then
VARIABLE_LIMIT = 200_000
COUPLING_LIMIT = 20_000_000


@dataclass(frozen=True)
class Progress:
    """A tick: `seconds` since sampling began, `sweeps` done, the best feasible `objective`.

    That is None before one is found.
    """

    seconds: float
    sweeps: int
    objective: float | None


@dataclass
class Timing:
    """Seconds by phase: compile, jit, queue, sample, decode, evaluate."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, phase: str, *, less: tuple[str, ...] = ()) -> Iterator[None]:
        """Count the seconds of a block to `phase`, without those counted to `less` meanwhile."""
        started, before = time.perf_counter(), sum(self.seconds.get(other, 0.0) for other in less)
        try:
            yield
        finally:
            elsewhere = sum(self.seconds.get(other, 0.0) for other in less) - before
            self.add(phase, time.perf_counter() - started - elsewhere)

    def add(self, phase: str, seconds: float) -> None:
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds


@dataclass
class Task:
    """One solve: the problem, its budget, and the incumbents found on the way.

    `elsewhere`, where there is one, gives the best plan that other solvers of the same problem know
    at the moment, with its evaluation: `better_elsewhere` asks it.
    """

    problem: Problem[Any]
    time_limit: float | None = None
    seed: int = 0
    initial: Plan | None = None
    on_progress: Callable[[Progress], None] | None = None
    interrupt: Callable[[], bool] | None = None
    timing: Timing = field(default_factory=Timing)
    elsewhere: Callable[[], tuple[Plan, Evaluation] | None] | None = None
    incumbents: Incumbents = field(init=False)
    _started: float = field(default_factory=time.perf_counter)
    _sweeps: int = 0

    def __post_init__(self) -> None:
        self.incumbents = Incumbents(self.problem.sense)

    @cached_property
    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        """The model, built once. Raises ModelTooLarge before building one that would not fit."""
        size = self.problem.model_size()
        remedy = "solve it in parts with the solver 'hybrid', or give a coarser model"
        if size.variables > VARIABLE_LIMIT:
            raise ModelTooLarge(
                name_of(self.problem), "variables", size.variables, VARIABLE_LIMIT, remedy
            )
        if size.couplings > COUPLING_LIMIT:
            raise ModelTooLarge(
                name_of(self.problem), "couplings", size.couplings, COUPLING_LIMIT, remedy
            )
        with self.timing("compile"):
            return self.problem.model()

    def start(self) -> float:
        """Start the clock: from here the time limit counts. Returns `time.perf_counter()`."""
        self._started = time.perf_counter()
        return self._started

    @property
    def deadline(self) -> float | None:
        return None if self.time_limit is None else self._started + self.time_limit

    def decode(self, sample: Mapping[Any, float]) -> Plan:
        with self.timing("decode"):
            plan: Plan = self.problem.decode(sample)
        return plan

    def evaluate(self, plan: Plan) -> Evaluation:
        with self.timing("evaluate"):
            return self.problem.evaluate(plan)

    def offer(self, plan: Plan, *, sweeps: int = 0) -> None:
        """Score a plan found on the way; the best feasible one is kept, traced and reported."""
        self._keep(plan, self.evaluate(plan), sweeps)

    def better_elsewhere(self) -> tuple[Plan, Evaluation] | None:
        """A plan of another solver that beats all that were offered here, which is told once.

        Whoever asks goes on from it: it counts as one of this task's. None where there is none, as
        always where nobody else solves the problem.
        """
        known = None if self.elsewhere is None else self.elsewhere()
        if known is None or not known[1].feasible:
            return None
        mine = self.incumbents.objective
        if mine is not None and not better(self.problem.sense, known[1].objective, mine):
            return None
        self.incumbents.keep(*known, self._seconds, self._sweeps)
        return known

    def tick(self, *, sweeps: int) -> None:
        """Report that so many sweeps, or rounds, are done, where nothing better was found."""
        self._sweeps = max(self._sweeps, sweeps)
        self._report()

    def reached(self, objective: float, *, sweeps: int = 0) -> None:
        """An incumbent whose objective alone is told, as it counts; traced and reported."""
        self._sweeps = max(self._sweeps, sweeps)
        incumbent = Incumbent(self._seconds, self._sweeps, objective)
        if self.incumbents.trace_better(incumbent):
            self._tell(Progress(incumbent.seconds, incumbent.sweeps, objective))

    def conclude(self, plan: Plan, evaluation: Evaluation) -> None:
        """The feasible plan that is the result; what has no part in it leaves the trace."""
        self.incumbents.drop_better(evaluation.objective)
        self._keep(plan, evaluation, self._sweeps)

    @property
    def _seconds(self) -> float:
        """Since the clock was started."""
        return time.perf_counter() - self._started

    def _keep(self, plan: Plan, evaluation: Evaluation, sweeps: int) -> None:
        seconds = self._seconds
        self._sweeps = max(self._sweeps, sweeps)
        if evaluation.feasible:
            self.incumbents.keep(plan, evaluation, seconds, self._sweeps)
        self._report()

    def _report(self) -> None:
        """Tell whoever wants to know how far the solve is."""
        self._tell(Progress(self._seconds, self._sweeps, self.incumbents.objective))

    def _tell(self, progress: Progress) -> None:
        """What a person's own function raises ends its calls, and not the solve."""
        if self.on_progress is None:
            return
        try:
            self.on_progress(progress)
        except Exception as error:
            self.on_progress = None
            warnings.warn(
                f"on_progress raised {type(error).__name__}: {error}; "
                "it is not called again, and the solve goes on "
                "(interrupt= ends one)",
                RuntimeWarning,
                stacklevel=2,
            )


@dataclass
class Answer:
    """What a solver brings back: samples over the model's variables, or plans, or both; all are
    scored again.

    `bound` is a proved lower bound on the model's objective; `infeasible` that the model has no
    feasible assignment, proved. Where the model is not exact neither says anything of the problem,
    unless `direct`: they are proved of its own data. `info` is JSON-ready and goes to the result's
    provenance.

    `replayable` promises that the same seed and sweeps, or rounds, give the same answer. The result
    is then made of the answer alone: a plan that was offered on the way, when the clock happened to
    ask for one, might not be offered again. Without it, plans that were offered count, too.
    """

    samples: dimod.SampleSet | None = None
    plans: list[Plan] = field(default_factory=list)
    stopped_by: StoppedBy = "done"
    bound: float | None = None
    infeasible: bool = False
    direct: bool = False
    replayable: bool = False
    info: dict[str, Any] = field(default_factory=dict)


class Solver(Protocol):
    """A frozen dataclass of parameters with a `solve`; registered under `qopt.solvers`.

    `summary` says in a line what it is, `needs` what it takes to run it. One that costs money says
    `paid: ClassVar = True`; if it pays for the same call once, however often that is begun, it
    says `resumable: ClassVar = True`, too, and its methods `device_seconds_at_most(time_limit)` and
    `money_at_most(time_limit)` tell what a call may take of a device's time, and cost. One that
    only takes small models has a method `capacity() -> int`, the most variables that it takes for
    certain; one that cannot be given parts of a plan by `hybrid`, as each call costs seconds, says
    `takes_parts: ClassVar = False`; and one that is made for some kinds of problems has a static
    method `made_for(problem) -> bool`.

    `algorithm_version: ClassVar[int]` is raised by hand where the same problem, parameters and seed
    give another answer than before, by this solver or by one that it calls: studies then solve
    again what they have of it. Without it the version is 1.
    """

    summary: ClassVar[str]
    needs: ClassVar[str]

    def missing(self) -> str | None:
        """None where it can run here, else what is missing and how to get it, in one line."""
        ...

    def solve(self, task: Task) -> Answer:
        """Solve `task.problem` within `task.time_limit` seconds of `task.start()`."""
        ...


def require_time(solver: str, limit: float | None, least: float, remedy: str) -> None:
    """Raise TimeTooShort where about `least` seconds are clearly more than the limit."""
    if limit is not None and least > limit + LATE:
        raise TimeTooShort(solver, limit, least, remedy)


def missing_package(package: str, extra: str) -> str | None:
    """None where `package` can be imported, else how to install it."""
    from importlib.util import find_spec

    try:
        installed = find_spec(package) is not None
    except ModuleNotFoundError:
        installed = False
    return (
        None if installed else f"{package} is not installed: pip install 'qopt-annealing[{extra}]'"
    )
