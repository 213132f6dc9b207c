"""Trials in this process: one at a time for a debugger, and those that cost money."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..job import Job, Reply
from .solving import solve_job

if TYPE_CHECKING:
    from ...solver import Progress


class Inline:
    """A solver that does not end by itself is not ended here: `limit` is not kept."""

    here = True

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, "qopt-trial")
        self._asked = threading.Event()

    def submit(
        self, job: Job, limit: float, on_progress: Callable[[Progress], None]
    ) -> Future[Reply]:
        return self._pool.submit(self._run, job, on_progress)

    def _run(self, job: Job, on_progress: Callable[[Progress], None]) -> Reply:
        if self._asked.is_set():
            return Reply("interrupted", {}, error="not begun")
        return solve_job(job, on_progress, self._asked.is_set)

    def stop(self) -> None:
        self._asked.set()

    def end(self) -> None:
        self._asked.set()

    def close(self) -> None:
        self._asked.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
