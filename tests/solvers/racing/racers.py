"""Solvers that do what a script says; tests register them as entry points and let them race."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from problems.logistics.routing.plan import Routes
from qopt import QoptError
from qopt.solver import Answer, StoppedBy, Task


class Held(Routes):
    """A plan that cannot be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("it is\nheld")


Orders = Sequence[Sequence[Sequence[int]]]  # of plans, the customers of each truck in turn


@dataclass(frozen=True)
class Scripted:
    """Offers the plans of some routes, one after the other, and then ends as `how` says.

    "end", "prove", "bound", which proves less than its plan, "impossible", "refuse", "break",
    "exit", "kill", "hang", "busy", which hears no interrupt and holds the interpreter, "deadline"
    or "interrupt", which wait for it. With `after` it first waits for a plan of another solver, and
    keeps what it heard. `held` plans are of a kind that cannot be pickled.
    It is ready once there is a file `when`, if that is given.
    """

    plans: Orders = ()
    how: str = "end"
    after: bool = False
    held: bool = False
    when: str = ""
    num_threads: int | None = None

    summary: ClassVar[str] = "does what it is told"
    needs: ClassVar[str] = "nothing"

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        problem: Any = task.problem
        if self.how == "refuse":
            raise QoptError("this problem is not for me")
        while self.when and not Path(self.when).exists():
            time.sleep(0.005)
        task.start()
        heard = []
        while self.after and not heard:
            if (known := task.better_elsewhere()) is not None:
                heard.append(known[1].objective)
            time.sleep(0.005)
        plans = [problem.routes(routes) for routes in self.plans]
        if self.held:
            plans = [Held(plan.routes) for plan in plans]
        for plan in plans:
            task.offer(plan, sweeps=1)
        stopped_by = self._end(task)
        below = {"prove": 0.0, "bound": 1.0}.get(self.how)
        objective = task.incumbents.objective
        return Answer(
            plans=plans,
            stopped_by=stopped_by,
            bound=None if below is None or objective is None else objective - below,
            infeasible=self.how == "impossible",
            info={"heard": heard, "threads": self.num_threads, "process": os.getpid()},
        )

    def _end(self, task: Task) -> StoppedBy:
        if self.how == "break":
            raise RuntimeError("something\nbroke")
        if self.how == "exit":
            os._exit(3)
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        while self.how in ("hang", "busy"):
            time.sleep(600 if self.how == "hang" else 0)
        while self.how in ("deadline", "interrupt"):
            if task.interrupt is not None and task.interrupt():
                return "interrupt"
            if self.how == "deadline" and time.perf_counter() >= (task.deadline or 0.0):
                return "time"
            time.sleep(0.005)
        return "done"


@dataclass(frozen=True)
class Dear:
    """Costs money."""

    summary: ClassVar[str] = "costs money"
    needs: ClassVar[str] = "money"
    paid: ClassVar[bool] = True

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        raise AssertionError("it was to be asked for no plan")
