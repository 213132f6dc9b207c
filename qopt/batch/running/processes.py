"""Processes of this machine, each of which can be ended without the others noticing."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from ...kit.threads import available_cores
from ..job import Job, Reply

if TYPE_CHECKING:
    from ...solver import Progress

STARTING = 120.0  # seconds that a process may take until it begins a job
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


class Clock:
    """Calls `late` in a thread of its own, so many seconds after it was last started."""

    def __init__(self, late: Callable[[], None]) -> None:
        self._late = late
        self._timer: threading.Timer | None = None

    def start(self, seconds: float) -> None:
        self.stop()
        self._timer = threading.Timer(seconds, self._late)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


@dataclass(eq=False)
class Worker:
    """One child process, begun when the first job comes and again after each that ended it.

    `cores` are those that it may use; what it prints goes to `log`.
    """

    threads: int
    cores: Sequence[int] = ()
    log: Path | None = None
    _process: subprocess.Popen[bytes] | None = None
    _sent: list[str] = field(default_factory=list)  # contents of problems that it remembers
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _why: str | None = None
    _number: int = 0  # of the present job

    def run(self, job: Job, limit: float, on_progress: Callable[[Progress], None]) -> Reply:
        """Solve a job there; `limit` seconds after it was begun the process is ended."""
        started, stamp = time.perf_counter(), datetime.now(UTC).isoformat(timespec="milliseconds")
        process = self._ready()
        number = self._number = self._number + 1
        clock = Clock(lambda: self.end("timeout", number))
        try:
            clock.start(STARTING)
            return self._asked(process, job, on_progress, lambda: clock.start(limit))
        except (EOFError, OSError, pickle.UnpicklingError):
            why, self._why = self._why, None
            code = self._gone(process)
        finally:
            clock.stop()
            self._number += 1
        facts = {
            "seconds": time.perf_counter() - started,
            "started": stamp,
            "threads": job.threads,
        }
        if why == "timeout":
            text = f"it had not ended {limit:.1f} s after its start, and its process was ended"
            return Reply("timeout", facts, error=text, retryable=True)
        if why == "interrupt":
            return Reply("interrupted", facts, error="ended by an interrupt", retryable=True)
        return Reply("killed", facts, error=_ending(code), retryable=True)

    def stop(self) -> None:
        """Ask the present job to end with what it has."""
        self._send(("stop",))

    def end(self, why: str = "interrupt", number: int | None = None) -> None:
        """End the process at once; for one job only where its number is given."""
        with self._lock:
            if self._process is not None and number in (None, self._number):
                self._why = why
                self._process.kill()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            _closed(process)

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            with self._lock:
                self._process, self._sent, self._why = self._begin(), [], None
        return self._process

    def _begin(self) -> subprocess.Popen[bytes]:
        environment = os.environ | dict.fromkeys(THREADS, str(self.threads))
        environment |= {
            "QOPT_NUM_THREADS": str(self.threads),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        errors: Any = subprocess.DEVNULL if self.log is None else self.log.open("ab")
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "qopt.batch.running.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
            )
        finally:
            if self.log is not None:
                errors.close()
        if self.cores and hasattr(os, "sched_setaffinity"):
            with suppress(OSError):
                os.sched_setaffinity(process.pid, self.cores)
        return process

    def _asked(
        self,
        process: subprocess.Popen[bytes],
        job: Job,
        on_progress: Callable[[Progress], None],
        on_begun: Callable[[], None],
    ) -> Reply:
        known = job.content in self._sent
        self._send(("solve", replace(job, problem=None) if known else job))
        if not known:
            from .child import KEPT

            self._sent = [*self._sent, job.content][-KEPT:]
        assert process.stdout is not None
        while True:
            word, thing = pickle.load(process.stdout)
            if word == "done":
                reply: Reply = thing
                return reply
            if word == "begun":
                on_begun()
            else:
                on_progress(thing)

    def _send(self, message: Any) -> None:
        data = pickle.dumps(message)
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(data)
                self._process.stdin.flush()

    def _gone(self, process: subprocess.Popen[bytes]) -> int:
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.kill()
        code = process.wait()
        _closed(process)
        with self._lock:
            self._process = None
        return code


def _closed(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _ending(code: int) -> str:
    """Why a process ended that was not asked to."""
    if code == -9:
        return "its process was killed (signal 9): by somebody, or as the memory was used up"
    if code < 0:
        return f"its process was ended by signal {-code}"
    return f"its process ended by itself with exit code {code}"


class Processes:
    """So many workers, each with `threads` cores of its own where the system can give them."""

    here = False

    def __init__(self, workers: int | None, threads: int, log: Path | None = None) -> None:
        there = available_cores()
        self.workers = workers or max(1, len(there) // threads)
        shares: list[Sequence[int]] = [()] * self.workers
        if self.workers * threads <= len(there):
            shares = [there[k * threads : (k + 1) * threads] for k in range(self.workers)]
        self._all = [Worker(threads, share, log) for share in shares]
        self._free: SimpleQueue[Worker] = SimpleQueue()
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
