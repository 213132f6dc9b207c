"""A child process, as its parent sees it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STARTING = 120.0  # seconds that a process may take until it begins
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


class Ended(Exception):
    """The process ended before the function did.

    `why` is what `Worker.end` was told, "timeout" where its time was over, or None where it ended
    by itself; the text says it in words.
    """

    def __init__(self, why: str | None, text: str) -> None:
        self.why = why
        super().__init__(text)


class Failed(Exception):
    """The function raised, or could not be read there: the text is one line."""


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
    """One child process, begun when it is first needed and again after it was ended.

    `threads` are those that its libraries take, `cores` those that it may use. What it prints goes
    to the file `log`; without one nowhere, or where this process prints its errors if it is
    `heard`.
    """

    threads: int
    cores: Sequence[int] = ()
    log: Path | None = None
    heard: bool = False
    starts: int = 0  # processes so far: what an earlier one remembered is forgotten
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    _why: str | None = None
    _number: int = 0  # of the present call
    _busy: bool = False  # with a call, which closes the pipes when it ends
    _closed: bool = False

    def run(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        limit: float | None = None,
        on_told: Callable[[Any], None] = lambda thing: None,
    ) -> Any:
        """What `function(line, *arguments)` returns there; `line` is a `qopt.workers.Line`.

        `limit` seconds after it was begun the process is ended. `on_told` is called here for what
        the function tells. Raises Ended, and Failed for what the function raises.
        """
        self._busy = True
        try:
            return self._run((function, arguments), limit, on_told)
        finally:
            self._busy = False

    def _run(self, call: Any, limit: float | None, on_told: Callable[[Any], None]) -> Any:
        process = self.begin()
        number = self._number = self._number + 1
        clock = Clock(lambda: self.end("timeout", number))
        try:
            clock.start(STARTING)
            self._send("run", call)
            assert process.stdout is not None
            while True:
                word, thing = pickle.load(process.stdout)
                if word == "done":
                    return thing
                if word == "failed":
                    raise Failed(thing)
                if word == "told":
                    on_told(thing)
                elif limit is None:
                    clock.stop()
                else:
                    clock.start(limit)
        except (EOFError, OSError, pickle.UnpicklingError):
            why, self._why = self._why, None
            text = _ending(self._gone(process))
        finally:
            clock.stop()
            self._number += 1
        if why == "timeout":
            late = STARTING if limit is None else limit
            text = f"it had not ended {late:.1f} s after its start, and its process was ended"
        raise Ended(why, text)

    def begin(self) -> subprocess.Popen[bytes]:
        """The process, begun where there is none. Raises Ended once the worker was closed."""
        with self._lock:
            if self._closed:
                raise Ended("closed", "its worker was closed before it began")
            if self._process is None or self._process.poll() is not None:
                self._process, self._why = self._begun(), None
                self.starts += 1
            return self._process

    def say(self, thing: Any) -> None:
        """To the function that runs; waits where the process does not listen."""
        self._send("say", thing)

    def stop(self) -> None:
        """Ask the present function to end with what it has."""
        self._send("stop", None)

    def end(self, why: str = "ended", number: int | None = None) -> None:
        """End the process at once; for one call only where its number is given."""
        with self._lock:
            if self._process is not None and number in (None, self._number):
                self._why = why
                self._process.kill()

    def close(self) -> None:
        """End the process for good; from another thread than that of a call, which raises Ended."""
        with self._lock:
            process, self._process, self._closed = self._process, None, True
        if process is not None:
            process.kill()
            process.wait()
            if not self._busy:
                _close_pipes(process)

    def _begun(self) -> subprocess.Popen[bytes]:
        environment = os.environ | dict.fromkeys(THREADS, str(self.threads))
        environment |= {
            "QOPT_NUM_THREADS": str(self.threads),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        errors: Any = None if self.heard else subprocess.DEVNULL
        if self.log is not None:
            errors = self.log.open("ab")
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "qopt.workers.child"],
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

    def _send(self, word: str, thing: Any) -> None:
        data = pickle.dumps((word, pickle.dumps(thing)))
        process = self._process
        if process is not None and process.stdin is not None:
            with self._writing:
                process.stdin.write(data)
                process.stdin.flush()

    def _gone(self, process: subprocess.Popen[bytes]) -> int:
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.kill()
        code = process.wait()
        _close_pipes(process)
        with self._lock:
            if self._process is process:
                self._process = None
        return code


def shares(workers: int, threads: int, cores: Sequence[int]) -> list[Sequence[int]]:
    """The cores of each worker: so many of its own where there are enough, else all (none named).

    >>> shares(2, 1, [4, 6])
    [[4], [6]]
    """
    if workers * threads > len(cores):
        return [()] * workers
    return [cores[k * threads : (k + 1) * threads] for k in range(workers)]


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
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
