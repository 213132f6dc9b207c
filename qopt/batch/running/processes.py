"""Processes of this machine, each of which can be ended without the others noticing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from ...kit.threads import available_cores
from ...workers import Ended, Failed, Worker, shares
from ..job import Job, Reply
from .solving import KEPT, serve_job

if TYPE_CHECKING:
    from ...solver import Progress


class TrialWorker:
    """One child process, which solves trials one after the other and remembers their problems.

    It is begun when the first job comes and again after each that ended it.
    """

    def __init__(self, threads: int, cores: Sequence[int] = (), log: Path | None = None) -> None:
        self._worker = Worker(threads, cores, log)
        self._sent: list[str] = []  # contents of the problems that it remembers
        self._starts = 0

    def run(self, job: Job, limit: float, on_progress: Callable[[Progress], None]) -> Reply:
        """Solve a job there; `limit` seconds after it was begun the process is ended."""
        started, stamp = time.perf_counter(), datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            sent = self._without_what_it_has(job)
            reply: Reply = self._worker.run(serve_job, sent, limit=limit, on_told=on_progress)
            return reply
        except (Ended, Failed) as ended:
            facts = {
                "seconds": time.perf_counter() - started,
                "started": stamp,
                "threads": job.threads,
            }
            return _what_ended(ended, facts)

    def stop(self) -> None:
        """Ask the present job to end with what it has."""
        self._worker.stop()

    def end(self) -> None:
        """End the process at once."""
        self._worker.end("interrupt")

    def close(self) -> None:
        self._worker.close()

    def _without_what_it_has(self, job: Job) -> Job:
        self._worker.begin()
        if self._starts != self._worker.starts:
            self._starts, self._sent = self._worker.starts, []
        if job.content in self._sent:
            return replace(job, problem=None)
        self._sent = [*self._sent, job.content][-KEPT:]
        return job


def _what_ended(ended: Ended | Failed, facts: dict[str, object]) -> Reply:
    if isinstance(ended, Failed):
        return Reply("failed", facts, error=str(ended))
    if ended.why == "timeout":
        return Reply("timeout", facts, error=str(ended), retryable=True)
    if ended.why == "interrupt":
        return Reply("interrupted", facts, error="ended by an interrupt", retryable=True)
    return Reply("killed", facts, error=str(ended), retryable=True)


class Processes:
    """So many workers, each with `threads` cores of its own where the system can give them."""

    here = False

    def __init__(self, workers: int | None, threads: int, log: Path | None = None) -> None:
        there = available_cores()
        self.workers = workers or max(1, len(there) // threads)
        self._all = [
            TrialWorker(threads, cores, log) for cores in shares(self.workers, threads, there)
        ]
        self._free: SimpleQueue[TrialWorker] = SimpleQueue()
        for worker in self._all:
            self._free.put(worker)
        self._pool = ThreadPoolExecutor(self.workers, "qopt-trial")
        self._stopped = False

    def submit(
        self, job: Job, limit: float, on_progress: Callable[[Progress], None]
    ) -> Future[Reply]:
        return self._pool.submit(self._run, job, limit, on_progress)

    def _run(self, job: Job, limit: float, on_progress: Callable[[Progress], None]) -> Reply:
        if self._stopped:
            return Reply("interrupted", {}, error="not begun")
        worker = self._free.get()
        try:
            return worker.run(job, limit, on_progress)
        finally:
            self._free.put(worker)

    def stop(self) -> None:
        self._stopped = True
        for worker in self._all:
            with suppress(OSError):
                worker.stop()

    def end(self) -> None:
        self._stopped = True
        for worker in self._all:
            worker.end()

    def close(self) -> None:
        self._stopped = True
        for worker in self._all:
            worker.end()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.close()
