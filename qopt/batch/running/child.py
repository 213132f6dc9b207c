"""The process that solves trials, one after the other: `python -m qopt.batch.running.child`.

It reads jobs from its standard input and answers on its standard output, both as pickles between
parent and child of one program. Where its parent is gone it ends at once.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...solver import Progress
    from ..job import Job

TELLING = 0.2  # seconds between two reports of progress
KEPT = 8  # problems that are remembered, as trials of one instance follow each other


class Child:
    """`jobs` waits for jobs; `asked` is set where the present one is to end."""

    def __init__(self, inbox: IO[bytes], outbox: IO[bytes]) -> None:
        self.inbox, self.outbox = inbox, outbox
        self.jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self.asked = threading.Event()
        self.problems: dict[str, Any] = {}
        self.told = 0.0

    def listen(self) -> None:
        """In a thread of its own, so that it hears also while a trial runs."""
        while True:
            try:
                word, *rest = pickle.load(self.inbox)
            except (EOFError, OSError, pickle.UnpicklingError):
                os._exit(0)  # whatever runs: nobody waits for it
            if word == "stop":
                self.asked.set()
            else:
                self.asked.clear()  # what it was asked was meant for the job before
                self.jobs.put(rest[0])

    def serve(self) -> None:
        from dataclasses import replace

        from .solving import solve_job

        while True:
            job = self.jobs.get()
            if job.problem is None:
                job = replace(job, problem=self.problems[job.content])
            else:
                self._remember(job.content, job.problem)
            if job.memory is not None:
                limit_memory(job.memory)
            self.answer("begun", None)
            self.answer("done", solve_job(job, self.progress, self.asked.is_set))

    def _remember(self, content: str, problem: Any) -> None:
        while len(self.problems) >= KEPT:
            del self.problems[next(iter(self.problems))]
        self.problems[content] = problem

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self.told >= TELLING:
            self.told = now
            self.answer("progress", progress)

    def answer(self, word: str, thing: Any) -> None:
        try:
            pickle.dump((word, thing), self.outbox)
            self.outbox.flush()
        except OSError:
            os._exit(0)


def limit_memory(gigabytes: float) -> None:
    """What it takes beyond that is refused to it, where the system can; a MemoryError tells."""
    try:
        import resource
    except ImportError:
        return
    most = int(gigabytes * 1e9)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which asks for the end
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what solvers print goes where errors go
    child = Child(sys.stdin.buffer, outbox)
    threading.Thread(target=child.listen, daemon=True).start()
    child.serve()


if __name__ == "__main__":
    main()
