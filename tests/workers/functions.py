"""Functions that children run in tests."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from qopt.workers import Line


class Elsewhere:
    """What can be pickled here and not be read there."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


def double(line: Line, number: int) -> int:
    return 2 * number


def echo(line: Line, count: int) -> list[Any]:
    """Tells back the first things that the parent says, and returns them."""
    line.tell("ready")
    heard: list[Any] = []
    while len(heard) < count:
        heard += line.said(0.05)
    line.tell(heard)
    return heard


def until_stopped(line: Line) -> str:
    line.tell("ready")
    while not line.stopped():
        time.sleep(0.01)
    return "stopped"


def heard_so_far(line: Line) -> tuple[list[Any], bool]:
    return line.said(), line.stopped()


def raising(line: Line) -> None:
    raise RuntimeError("two\nlines")


def unsendable(line: Line) -> Any:
    return lambda: None


def printing(line: Line) -> str:
    print("a word")  # noqa: T201  # where it goes is what is tested
    return "done"


def ended(line: Line, how: str) -> None:
    line.tell(os.getpid())
    if how == "exit":
        os._exit(3)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(600)


def environment(line: Line) -> tuple[str, list[int]]:
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return os.environ["QOPT_NUM_THREADS"], cores
