"""The line before each solver: jobs wait, run one after another, and end."""

from __future__ import annotations

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor

from .account import Account
from .backends import Backend, Broke, Reply, Work
from .faults import Fault
from .jobs import JobBook, Status

# a chip runs one job at a time; a hybrid service several
PLACES = {"qpu": 1, "bqm": 2, "cqm": 2, "nl": 2}


class Line:
    """The jobs of one solver, in the order in which they came."""

    def __init__(
        self, backend: Backend, book: JobBook, account: Account, queue_delay: float
    ) -> None:
        self._backend, self._book, self._account = backend, book, account
        self._delay = queue_delay
        places = PLACES[backend.kind]
        self._places = asyncio.Semaphore(places)
        self._threads = ThreadPoolExecutor(places, thread_name_prefix=backend.name)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asked = 0

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def load(self) -> float:
        """How full the line is, from 0 (empty) to 1."""
        return 1.0 - math.exp(-len(self._tasks) / 20)

    def number(self) -> int:
        """One for each job that asks to join, from 0."""
        self._asked += 1
        return self._asked - 1

    def join(self, work: Work, fault: Fault | None) -> None:
        """Let a job wait for its turn."""
        task = asyncio.get_running_loop().create_task(self._pass(work, fault))
        self._tasks[work.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(work.id, None))

    def cancel(self, id: str) -> None:
        """One that waits is gone at once; one that runs is interrupted, and ends soon."""
        self._book.interrupt(id)
        job = self._book.get(id)
        if job is not None and job.status is Status.PENDING:
            self._tasks[id].cancel()
            self._book.change(id, Status.CANCELLED)

    async def close(self) -> None:
        """Give up what waits, interrupt what runs, and wait for its threads."""
        for id, task in list(self._tasks.items()):
            self._book.interrupt(id)
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    async def _pass(self, work: Work, fault: Fault | None) -> None:
        await asyncio.sleep(self._delay)
        async with self._places:
            what = "" if fault is None else fault.what
            if what in ("cancelled", "lost"):
                self._book.change(work.id, Status(what.upper()))
            elif what == "offline" or not self._account.online:
                self._book.change(work.id, Status.FAILED, message="solver is offline")
            elif fault is not None and what == "failed":
                told = fault.message or "the job failed, as it was asked to"
                self._book.change(work.id, Status.FAILED, message=told)
            else:
                self._book.change(work.id, Status.IN_PROGRESS)
                await asyncio.sleep(0.0 if fault is None else fault.seconds)
                await self._run(work)

    async def _run(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        try:
            reply = await loop.run_in_executor(self._threads, self._backend.answer, work)
        except Broke as error:
            self._book.change(work.id, Status.FAILED, message=str(error))
        except Exception as error:  # a defect of ours must not leave the client waiting for good
            told = f"the emulator failed: {type(error).__name__}: {error}"
            self._book.change(work.id, Status.FAILED, message=" ".join(told.split()))
        else:
            self._end(work, reply)

    def _end(self, work: Work, reply: Reply) -> None:
        self._account.charge(self._backend.name, reply.charged)
        if work.interrupt() and self._backend.kind != "qpu":  # a chip's job is too short for that
            self._book.change(work.id, Status.CANCELLED, charged=reply.charged)
            return
        charged, answered = reply.charged, reply.answered
        self._book.change(work.id, Status.COMPLETED, reply, charged=charged, answered=answered)
