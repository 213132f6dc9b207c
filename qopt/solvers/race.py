"""Solver `race`: several solvers on one problem side by side, which share their best plan.

Python runs one thread at a time, and most of what solvers do between their kernels is Python: so
each runs in a process of its own, on its own share of the cores.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError
from ..kit.threads import available_cores, available_threads
from ..solver import Answer, StoppedBy, Task

if TYPE_CHECKING:
    from .racing.course import Course
    from .racing.entries import Entry
    from .racing.racer import Racer

# of the time limit, at most a quarter of it: what solvers leave for their last plan to come over
RESERVE = 0.05


@dataclass(frozen=True)
class Race:
    """Solvers side by side until the deadline; the best plan is the answer, whoever found it.

    Each solver has its share of the cores, the whole time, and the same seed; of two with one name
    the second has the next. `hybrid` goes on from a better plan of another as soon as there is one;
    of the others each starts from `initial` if it takes one. A solver that comes to its own end is
    not started again. The race ends early where all have ended, or one has proved that the best
    plan is optimal, or that there is none.

    The answer's `info` names the solver whose plan it is as "chosen", which of the racers it was as
    "winner", and has under "racers" what each found, when, and why it ended. When plans are shared
    depends on the clock: a seed does not give the same answer again.

    Parameters
    ----------
    solvers
        Two or more: names, or mappings of `name` and `parameters`. Without a number of threads in
        its parameters a solver has its share of the cores. Default: the one that `auto` takes, and
        those made for the kind of problem (`pyvrp`, `cp-sat-intervals`), else `cp-sat`, as far as
        they are installed.

    Raises
    ------
    QoptError
        For a solver that costs money, a race within a race, a problem that cannot be sent to
        another process, and where every solver refuses or fails. One that does is in the account,
        and the others go on.
    """

    solvers: Sequence[str | Mapping[str, Any]] | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = "several solvers side by side, which share their best plan"
    needs: ClassVar = "what its solvers need"

    def __post_init__(self) -> None:
        from .racing.entries import entries_of

        if self.solvers is not None:
            entries_of(self.solvers)

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        from .racing.course import Course

        inbox: SimpleQueue[Any] = SimpleQueue()
        with task.timing("compile", less=("compile",)):  # a model that is built counts itself
            _require_sendable(task)
            racers = self._racers(task, inbox)
        course = Course(task, racers, inbox)
        return _answer(course, course.run())

    def _racers(self, task: Task, inbox: SimpleQueue[Any]) -> list[Racer]:
        from ..workers import shares
        from .racing.entries import entries_of, usual
        from .racing.racer import Racer

        entries = usual(task) if self.solvers is None else entries_of(self.solvers)
        threads = max(1, available_threads() // len(entries))
        cores = shares(len(entries), threads, available_cores())
        return [
            Racer(entry, _order(task, entry), threads, share, inbox)
            for entry, share in zip(
                (entry.with_threads(threads) for entry in entries), cores, strict=True
            )
        ]


def _order(task: Task, entry: Entry) -> Any:
    from .racing.running import Order

    limit = task.time_limit
    if limit is not None:
        limit -= min(RESERVE, limit / 4)
    return Order(
        task.problem, entry.name, entry.parameters, limit, task.seed + entry.copy, task.initial
    )


def _require_sendable(task: Task) -> None:
    """Raise QoptError where the problem, or the plan to start from, cannot go to a process."""
    kind = type(task.problem)
    remedy = "take one solver, such as 'auto'"
    if kind.__module__ == "__main__":
        raise QoptError(
            f"solver 'race' runs solvers in processes of their own, which cannot import "
            f"{kind.__name__} from a script: move the class to a module, or {remedy}"
        )
    try:
        pickle.dumps((task.problem, task.initial))
    except Exception as error:  # a pickle raises whatever the parts of a problem do
        why = " ".join(str(error).split())
        raise QoptError(
            f"solver 'race' cannot send this {kind.__name__} to other processes ({why}): {remedy}"
        ) from None


def _answer(course: Course, stopped_by: StoppedBy) -> Answer:
    from .racing.account import account, ran_by, sentence

    best, winner = course.task.incumbents.best, course.winner
    errors = [f"{r.label}: {r.finish.error}" for r in course.racers if r.finish and r.finish.error]
    if best is None and len(errors) == len(course.racers):
        raise QoptError(f"solver 'race': every solver refused or failed: {'; '.join(errors)}")
    info: dict[str, Any] = {
        "racers": [account(racer) for racer in course.racers],
        "notes": [sentence(course)],
    }
    if winner is not None:
        info |= {"chosen": ran_by(winner), "winner": winner.label, "why": "its plan is the best"}
    least_bad = [end.plan for end in course.ends if end.plan is not None]
    return Answer(
        plans=least_bad if best is None else [best[0]],
        stopped_by=stopped_by,
        bound=course.bound,
        infeasible=any(course.proves_none(end) for end in course.ends),
        direct=True,
        info=info,
    )
