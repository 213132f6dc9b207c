"""A search in a process of its own, ended at its deadline whatever it is doing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ...workers import Worker

LOOK = 0.05  # seconds between looks at the interrupt


def bounded(
    function: Callable[..., Any],
    *arguments: Any,
    seconds: float,
    interrupt: Callable[[], bool] | None = None,
    on_told: Callable[[Any], None] = lambda thing: None,
) -> Any:
    """What `function(line, *arguments)` returns in a child process.

    The process is killed `seconds` after the function began, when `interrupt` says so, and when
    this process leaves, by an exception, too. Raises `qopt.workers.Ended`, whose `why` is "timeout"
    or "interrupt", and `qopt.workers.Failed` for what the function raises.
    """
    worker, done = Worker(threads=1), threading.Event()
    watch = threading.Thread(target=_watch, args=(worker, done, interrupt), daemon=True)
    try:
        if interrupt is not None:
            watch.start()
        return worker.run(function, *arguments, limit=seconds, on_told=on_told)
    finally:
        done.set()
        worker.close()


def _watch(worker: Worker, done: threading.Event, interrupt: Callable[[], bool] | None) -> None:
    while interrupt is not None and not done.wait(LOOK):
        if interrupt():
            worker.end("interrupt")
            return
