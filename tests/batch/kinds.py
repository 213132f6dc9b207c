"""Solvers that fail in the ways that solvers fail in, and a problem that cannot be sent; tests
register them as entry points.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from problems.scheduling import JobShop
from qopt import QoptError
from qopt.solver import Answer, Task


@dataclass(frozen=True)
class Failing:
    """`how`: "raise", "refuse", "hang", "exit", "kill", "memory"; `once` fails only where the file
    of that name is not there, and makes it.
    """

    how: str = "raise"
    once: str = ""
    summary: ClassVar[str] = "fails"
    needs: ClassVar[str] = "nothing"

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        task.start()
        if self.once and Path(self.once).exists():
            shop: Any = task.problem
            return Answer(plans=[shop.greedy()])
        if self.once:
            Path(self.once).touch()
        if self.how == "hang":
            time.sleep(600)
        if self.how == "exit":
            os._exit(3)
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "memory":
            hoard = bytearray(4_000_000_000)
            hoard[:: 1 << 12] = b"x" * len(hoard[:: 1 << 12])
        if self.how == "refuse":
            raise QoptError("this instance is not for me")
        raise RuntimeError("something\nbroke")


@dataclass(frozen=True)
class Dear:
    """Costs one a call, and notes each call in a file; on a device in the state `snapshot`."""

    calls: str = ""
    snapshot: str | None = None
    summary: ClassVar[str] = "costs money"
    needs: ClassVar[str] = "money"
    paid: ClassVar[bool] = True

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        task.start()
        with Path(self.calls).open("a") as file:
            file.write(f"{os.getpid()}\n")
        shop: Any = task.problem
        info: dict[str, Any] = {"money": 1.0, "device_seconds": 0.5}
        if self.snapshot is not None:
            info["snapshot"] = {"key": self.snapshot}
        return Answer(plans=[shop.greedy()], info=info)


@dataclass(frozen=True)
class Journalled:
    """Costs up to a second a call, and keeps a journal, as it says; ends when its `door` is open.

    Notes in the file `calls` that it began.
    """

    calls: str = ""
    door: int = 1
    summary: ClassVar[str] = "costs seconds of a device"
    needs: ClassVar[str] = "a device"
    paid: ClassVar[bool] = True
    resumable: ClassVar[bool] = True
    FACTS: ClassVar[dict[str, Any]] = {
        "estimated_seconds": 0.3,
        "queue_seconds": 1.5,
        "qubits": 40,
        "longest_chain": 3,
        "chain_break_fraction": 0.125,
        "jobs": ["7f"],
    }

    def missing(self) -> str | None:
        return None

    def device_seconds_at_most(self, time_limit: float) -> float:
        return 1.0

    def solve(self, task: Task) -> Answer:
        task.start()
        path = Path(self.calls)
        with path.open("a") as file:
            file.write("begun\n")
        while path.read_text().count("begun") < self.door:
            time.sleep(0.005)
        shop: Any = task.problem
        told = {"device": "far-away", "device_seconds": 0.25, **self.FACTS}
        return Answer(plans=[shop.greedy()], info=told)


class HeldShop(JobShop):
    """A job shop that cannot be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("it is held")
