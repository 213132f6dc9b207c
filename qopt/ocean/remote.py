"""What all solvers at D-Wave's service share: where they go, what they may cost, how they wait."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError, Stopped
from ..kit.checks import require, require_name, require_positive
from ..plugins import is_paid, make_solver
from ..solver import Answer, Solver, Task
from .account import missing_token
from .fallback import Fallback

if TYPE_CHECKING:
    from .jobs import Answered, Submission
    from .session import Session


CONNECTING = 30.0  # seconds until a service that does not answer is away


@dataclass(frozen=True, kw_only=True)
class Remote(ABC):
    """A solver at D-Wave's service.

    Parameters
    ----------
    profile
        Of Ocean's configuration file; default Ocean's own choice of file and environment.
    policy
        The file of a policy, which says where models may go; default the one that `QOPT_POLICY`
        names, and without one everything is allowed.
    budget
        The name of a budget, as `qopt budget` sets it. Nothing is sent that it has no room for.
    wait
        Seconds that answers are waited for beyond the time limit, in the queue of the device. What
        is not answered then stays at the service: the same call again takes its answer, and does
        not pay for it again.
    reuse
        Whether the stored answer of an equal earlier call, with the same model, parameters and
        seed, is taken instead of paying for another.
    fallback
        The name of a solver that is asked instead where the device is away, or where there is no
        room in the budget; or a mapping with `to` and `on`, the reasons: "away", "budget". The
        result says that it was, and why.
    """

    profile: str | None = None
    policy: str | Path | None = None
    budget: str | None = None
    wait: float = 60.0
    reuse: bool = True
    fallback: Any = None

    kind: ClassVar[str]  # of models or devices, as tables of prices name it
    paid: ClassVar = True
    resumable: ClassVar = True
    needs: ClassVar = "a D-Wave token"

    def __post_init__(self) -> None:
        require_positive("wait", self.wait, wanted="seconds above 0")
        if self.budget is not None:
            require_name("budget", self.budget)
        named = self.profile is None or isinstance(self.profile, str)
        require(named, "profile", self.profile, "the name of one in Ocean's configuration")
        require(isinstance(self.reuse, bool), "reuse", self.reuse, "True or False")
        other = Fallback.of(self.fallback)
        if other is not None:
            require(not is_paid(other.to), "fallback", other.to, "a solver that costs nothing")

    def missing(self) -> str | None:
        from .jobs.wire.hiding import hide_tokens

        hide_tokens()  # Ocean logs the configuration that it reads
        other = Fallback.of(self.fallback)
        # without a token the fallback solves it, and says why
        return None if other is not None and "away" in other.on else missing_token(self.profile)

    def solve(self, task: Task) -> Answer:
        """What is at the service still when the call ends is no failure: the answer says so."""
        try:
            return self.ask(task)
        except QoptError as error:
            answer = self.otherwise(task, error)
            if answer is None:
                raise
            return answer

    def otherwise(
        self,
        task: Task,
        error: QoptError,
        make: Callable[[str], Solver] = lambda name: make_solver(name, {}),
    ) -> Answer | None:
        """Of the other solver where there is one for this error, or of what the service still has,
        or of an interrupt; None where the error is what is to be told. `make` gives the other
        solver by its name.
        """
        other = Fallback.of(self.fallback)
        why = None if other is None else other.after(error)
        if other is not None and why is not None:
            return _instead(task, other.to, why, error, make(other.to))
        return still_waiting(error)

    @abstractmethod
    def device_seconds_at_most(self, time_limit: float) -> float:
        """What a call may be charged."""

    @abstractmethod
    def asked_at_most(self) -> tuple[str | None, int]:
        """The name of what a call asks, where that is known before, and in how many jobs."""

    def money_at_most(self, time_limit: float) -> float | None:
        """What a call may cost by the policy's prices, or the user's; None where they do not say.

        Where the name of the device is known only when it is asked, the dearest of its kind counts.
        """
        from .policy import policy_of
        from .session import prices_of

        prices, seconds = prices_of(policy_of(self.policy)), self.device_seconds_at_most(time_limit)
        name, jobs = self.asked_at_most()
        return prices.at_most(self.kind, seconds, jobs=jobs, solver=name)

    @abstractmethod
    def ask(self, task: Task) -> Answer:
        """Compile, submit, decode."""

    def session(self, interrupt: Callable[[], bool] | None = None) -> Session:
        """Opened for one run."""
        from .session import Session

        return Session.open(
            self.profile, policy=self.policy, deadline=CONNECTING, interrupt=interrupt
        )

    def answers(
        self, session: Session, task: Task, asked: Sequence[Submission]
    ) -> list[Answered | QoptError]:
        """What came of each, within the time limit and `wait`; counted as time in the queue but for
        the seconds that were charged.
        """
        from .jobs import Answered

        began = time.perf_counter()
        left = 0.0 if task.deadline is None else max(0.0, task.deadline - began)
        found = session.ask(
            asked,
            deadline=left + self.wait,
            interrupt=task.interrupt,
            on_progress=lambda progress: task.tick(sweeps=progress.answered),
            reuse=self.reuse,
        )
        waited = time.perf_counter() - began
        charged = sum(
            each.entry.charged_seconds
            for each in found
            if isinstance(each, Answered) and each.how != "reused"
        )
        task.timing.add("sample", min(waited, charged))
        task.timing.add("queue", max(0.0, waited - charged))
        return found

    def answer(self, session: Session, task: Task, asked: Submission) -> Answered:
        """Of one job. Raises what kept it from being answered."""
        (found,) = self.answers(session, task, [asked])
        if isinstance(found, QoptError):
            raise found
        return found


def _instead(task: Task, name: str, why: str, error: QoptError, other: Solver) -> Answer:
    """By the other solver, within what is left of the time, and a second at least. What was charged
    before the error stands in the answer.
    """
    if task.deadline is not None:
        task.time_limit = max(1.0, task.deadline - time.perf_counter())
    answer = other.solve(task)
    answer.info = {
        "instead": {"solver": name, "why": why, "job": getattr(error, "job", None)},
        **getattr(error, "charged", {}),
        **answer.info,
        "notes": [why, *answer.info.get("notes", [])],
    }
    return answer


def still_waiting(error: QoptError) -> Answer | None:
    """The answer of a call none of whose jobs was answered, where some of them still wait, or where
    the call was interrupted; None where neither is so.
    """
    from .jobs import Waiting

    errors: Sequence[QoptError] = getattr(error, "errors", (error,))
    waiting = [each for each in errors if isinstance(each, Waiting)]
    stopped = any(isinstance(each, Stopped) for each in errors)
    if not waiting and not stopped:
        return None
    info: dict[str, Any] = {"notes": [str(each) for each in errors]}
    if waiting:
        info["pending"] = [each.job for each in waiting]
    info |= getattr(error, "charged", {})
    return Answer(stopped_by="interrupt" if stopped else "time", info=info)


def account(session: Session, solver: Any, answered: Sequence[Answered]) -> dict[str, Any]:
    """What a run at the service was asked, where, in which state of it, and what it cost.

    JSON-ready. `device_seconds` and `money` are what this run was charged, 0 for an answer that was
    paid for before; `money` is None where no table of prices has the solver.
    """
    infos = [each.info for each in answered]
    kind = answered[0].entry.kind if answered else "qpu"
    graphs = {info["graph_id"] for info in infos}
    return {
        "device": solver.name,
        "graph_id": graphs.pop() if len(graphs) == 1 else sorted(map(str, graphs)),
        "endpoint": session.connection.endpoint,
        "emulated": bool(solver.properties.get("emulated")),
        "policy": session.policy.facts(),
        "jobs": [_job(info, session) for info in infos],
        "estimated_seconds": sum(info["estimated_seconds"] for info in infos),
        "device_seconds": sum(info["charged_seconds"] for info in infos),
        "money": sum(info["charged_money"] for info in infos)
        if session.priced(solver.name, kind)
        else None,
        "queue_seconds": sum(map(_queued, answered)),
        "timing_us": _summed([info["timing_us"] for info in infos]),
        "notes": [note for info in infos for note in _notes(info)],
    }


def require_seconds(task: Task, least: float) -> float:
    """The task's time limit, which is charged: it must be known, and no less than the service's."""
    if task.time_limit is None or task.time_limit < least:
        raise QoptError(
            f"time_limit={task.time_limit!r}: the service charges at least {least:g} s for this "
            "model; none was submitted"
        )
    return task.time_limit


def file_of(model: Any, **options: Any) -> bytes:
    """The bytes that a model's `to_file` writes."""
    with model.to_file(**options) as file:
        return bytes(file.read())


def _job(info: dict[str, Any], session: Session) -> dict[str, Any]:
    """Of one job, without what stands in the account of all."""
    shared = ("device", "endpoint", "timing_us")
    told = {name: value for name, value in info.items() if name not in shared}
    receipt = session.receipts.get(info["job"])
    if receipt is not None:
        told["audit"] = {"line": receipt.number, "hash": receipt.hash}
    return told


def _queued(answered: Answered) -> float:
    """Seconds from when it was asked to when its answer was there, less those that it ran."""
    from datetime import datetime

    if answered.how == "reused":
        return 0.0
    entry = answered.entry
    whole = datetime.fromisoformat(entry.changed) - datetime.fromisoformat(entry.created)
    return max(0.0, whole.total_seconds() - entry.charged_seconds)


def _summed(timings: Sequence[dict[str, float]]) -> dict[str, float]:
    """Microseconds of several jobs; what is of a sample stays as it is."""
    total: dict[str, float] = {}
    for timing in timings:
        for name, value in timing.items():
            total[name] = value if name.endswith("per_sample") else total.get(name, 0.0) + value
    return total


def _notes(info: dict[str, Any]) -> list[str]:
    """What a person should know of how an answer came."""
    if info["how"] == "reused":
        when = info["answered"][:19].replace("T", " ")
        return [
            f"job {info['job']} had answered the same question at {when} UTC, and nothing was "
            "charged; reuse=False asks anew"
        ]
    if info["how"] == "resumed":
        return [f"job {info['job']} was asked before, and is paid for once"]
    return []
