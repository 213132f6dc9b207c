"""Batches of work on threads, under one budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

StoppedBy = Literal["sweeps", "time", "target", "interrupt", "presolve"]
FoundT = TypeVar("FoundT")
BatchT = TypeVar("BatchT", bound="Batch")

POLL_SECONDS = 0.005  # between looks at `interrupt`
PROGRESS_SECONDS = 0.1  # between calls of `on_progress`, at least
SHOWN = 2  # of the states so far are shown to `on_progress`, the best
FINISHED = -1


@dataclass(frozen=True)
class Budget:
    """When to stop: at `deadline` (of `time.perf_counter()`), at the energy `target`, or when
    `interrupt()` says so.
    """

    deadline: float | None = None
    target: float | None = None
    interrupt: Callable[[], bool] | None = None


class Batch(Protocol):
    """Rounds of work that depend on the batch's number and on nothing that another batch does;
    `rounds` are those completed.
    """

    number: int
    rounds: list[int]
    sweeps: int

    def round(self, length: Any) -> None: ...

    def lengths(self) -> Iterator[Any]:
        """Rounds until the budget ends; None: one that ends by itself."""
        ...


class Crew(Generic[FoundT, BatchT]):
    """Threads that share batches out among themselves; `rounds` is what each does, None: as much as
    the budget allows.
    """

    batches: Sequence[BatchT]

    def __init__(
        self,
        num_threads: int,
        budget: Budget | None,
        rounds: Sequence[Sequence[int]] | None,
        on_progress: Callable[[FoundT], None] | None,
    ) -> None:
        self.budget = Budget() if budget is None else budget
        self.stopped = threading.Event()
        self.reason: StoppedBy = "sweeps" if rounds is not None else "time"
        self._rounds, self.num_threads, self._on_progress = rounds, num_threads, on_progress

    @property
    def open_ended(self) -> bool:
        """Whether there are as many rounds as the budget allows."""
        return self._rounds is None

    def found(self, num_reads: int) -> FoundT:
        """The `num_reads` best states so far."""
        raise NotImplementedError

    def run(self, num_reads: int) -> FoundT:
        """Returns the `num_reads` best states.

        An exception in a callback ends every thread and is raised; after Ctrl-C the best states so
        far are returned.
        """
        with ThreadPoolExecutor(self.num_threads, thread_name_prefix="qopt-anneal") as pool:
            hands = [pool.submit(self._work, hand) for hand in range(self.num_threads)]
            try:
                self._watch(hands)
            except KeyboardInterrupt:
                self.stop("interrupt")
            finally:
                self.stopped.set()
        return self.found(num_reads)

    def stop(self, reason: StoppedBy) -> None:
        """End every batch at its next look; the first reason given is the one that counts."""
        if not self.stopped.is_set():
            self.reason = reason
            self.stopped.set()

    def over(self, lowest: float, reserve: float) -> bool:
        """Whether the budget has ended, for a batch whose best is `lowest` and that needs `reserve`
        seconds to finish.
        """
        if self.budget.target is not None and lowest <= self.budget.target:
            self.stop("target")
        elif (
            self.budget.deadline is not None
            and time.perf_counter() >= self.budget.deadline - reserve
        ):
            self.stop("time")
        return self.stopped.is_set()

    def _watch(self, hands: list[Future[None]]) -> None:
        """Until the work is done, look at `interrupt` and report progress, both from the thread
        that called.
        """
        due, took = time.perf_counter() + PROGRESS_SECONDS, PROGRESS_SECONDS / 2
        while wait(hands, timeout=POLL_SECONDS, return_when=FIRST_EXCEPTION).not_done:
            if any(hand.done() and hand.exception() for hand in hands):
                break
            if self.budget.interrupt is not None and self.budget.interrupt():
                self.stop("interrupt")
            began, deadline = time.perf_counter(), self.budget.deadline
            hurried = deadline is not None and began + 2 * took > deadline
            if self._on_progress is not None and began >= due and not hurried:
                self._on_progress(self.found(SHOWN))
                # of a large model that takes a while: no more than a tenth of the time goes to it
                took = time.perf_counter() - began
                due = time.perf_counter() + max(PROGRESS_SECONDS, 9 * took)
        self.stopped.set()
        for hand in hands:
            hand.result()

    def _work(self, hand: int) -> None:
        """One thread's batches: a round of each in turn, until all are done or the budget ends."""
        waiting = [
            (batch, batch.lengths() if self._rounds is None else iter(self._rounds[batch.number]))
            for batch in self.batches[hand :: self.num_threads]
        ]
        while waiting and not self.stopped.is_set():
            for batch, lengths in list(waiting):
                length = next(lengths, FINISHED)
                if length is FINISHED:
                    waiting.remove((batch, lengths))
                elif not self.stopped.is_set():
                    batch.round(length)
