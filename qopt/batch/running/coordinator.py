"""Running a study: what is missing is solved, and everything is kept as it comes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import FileError
from ...kit.saving import replacing
from ..job import Job, Reply
from ..records.cache import Cache, copy_file
from ..records.record import Record
from ..records.store import Store
from ..studies.entries import LimitsEntry, RunEntry
from ..trial import Trial
from .inline import Inline

if TYPE_CHECKING:
    from ...solver import Progress

LOOK = 0.1  # seconds between two looks at the clock and at the interrupt
LAST = 1.2  # seconds after an interrupt until trials that have not ended are ended


class Executor(Protocol):
    """Where trials run; `workers` at a time, `here` in this process. `stop` asks them to end, `end`
    ends them.
    """

    workers: int
    here: bool

    def submit(
        self, job: Job, limit: float, on_progress: Callable[[Progress], None]
    ) -> Future[Reply]: ...
    def stop(self) -> None: ...
    def end(self) -> None: ...
    def close(self) -> None: ...


@dataclass
class Watch:
    """Who wants to know: called for what the names say, from the thread that runs the study.

    Progress comes from other threads.
    """

    begun: Callable[[Trial], None] = lambda trial: None
    progress: Callable[[Trial, Progress], None] = lambda trial, progress: None
    ended: Callable[[Record], None] = lambda record: None
    said: Callable[[str], None] = lambda text: None


@dataclass
class Coordinator:
    """Runs trials on an executor and keeps what comes; the only one that writes.

    `in_flight` trials are with the executor at a time. What costs money is solved in this process,
    so that no executor begins it twice.
    """

    store: Store
    cache: Cache
    executor: Executor
    in_flight: int
    run: RunEntry
    limits: LimitsEntry
    watch: Watch = field(default_factory=Watch)
    interrupt: Callable[[], bool] = lambda: False
    fail_fast: bool = False
    money: float = 0.0  # spent so far
    device_seconds: float = 0.0
    _attempts: dict[str, int] = field(default_factory=dict)
    _lost: list[Record] = field(default_factory=list)  # not written yet
    _ending: float | None = None  # when the end was asked for
    stopped: str | None = None  # why no further trial was begun

    def solve(self, trials: Sequence[Trial]) -> None:
        """All of them, or until something ends it; raises FileError for records that are lost."""
        free = deque(trial for trial in trials if not trial.paid)
        paid = deque(trial for trial in trials if trial.paid)
        flying: dict[Future[Reply], Trial] = {}
        till = Inline()
        started = time.monotonic()
        try:
            while free or paid or flying:
                if self.interrupt():
                    self._end("interrupted")
                if self.limits.wall and time.monotonic() - started >= self.limits.wall:
                    self.stopped = self.stopped or f"the limit of {self.limits.wall:g} s is over"
                if self.stopped:
                    free.clear()
                    paid.clear()
                    if self._ending is not None:
                        self._press(till)
                self._fill(flying, free, self.executor, self.in_flight)
                self._fill(flying, paid, till, 1)
                done, _ = wait(flying, LOOK, FIRST_COMPLETED)
                for future in done:
                    trial = flying.pop(future)
                    self._came(trial, _reply_of(future), paid if trial.paid else free)
                if self._ending is not None and time.monotonic() - self._ending > LAST + 1:
                    break
        finally:
            till.close()
            self._write_lost()

    def _fill(
        self,
        flying: dict[Future[Reply], Trial],
        waiting: deque[Trial],
        executor: Executor,
        most: int,
    ) -> None:
        paid = executor is not self.executor
        while waiting and sum(trial.paid == paid for trial in flying.values()) < most:
            trial = waiting.popleft()
            if paid and (why := self._too_dear(trial)) is not None:
                self.stopped = why
                return
            self.watch.begun(trial)
            limit = trial.time_limit + self.limits.grace
            job = Job(
                trial.instance.problem if executor.here else trial.instance.sent,
                trial.instance.content,
                trial.solver,
                trial.parameters,
                trial.time_limit,
                trial.seed,
                self.run.threads,
                self.limits.memory,
            )
            tell = self._teller(trial)
            flying[executor.submit(job, limit, tell)] = trial

    def _teller(self, trial: Trial) -> Callable[[Progress], None]:
        return lambda progress: self.watch.progress(trial, progress)

    def _too_dear(self, trial: Trial) -> str | None:
        """Why a trial is not begun that costs money."""
        if self.limits.money is not None and self.money + (trial.price or 0.0) > self.limits.money:
            spent = f"{self.money:g} is spent, and {trial.label} costs {trial.price or 0:g}"
            return f"the limit of money is {self.limits.money:g}: {spent}"
        most = self.limits.device_seconds
        if most is not None and self.device_seconds >= most:
            return f"the limit of device time is {most:g} s: {self.device_seconds:g} s are used"
        return None

    def _came(self, trial: Trial, reply: Reply, waiting: deque[Trial]) -> None:
        attempts = self._attempts[trial.label] = self._attempts.get(trial.label, 0) + 1
        again = reply.retryable and reply.outcome != "interrupted" and not trial.paid
        if again and attempts <= self.run.retries and not self.stopped:
            self.watch.said(f"{trial.label}: {reply.error}; it is tried again")
            waiting.append(trial)
            return
        path = trial.file(self.store.folder)
        file = str(path.relative_to(self.store.folder)) if reply.document is not None else None
        if reply.document is not None:
            try:
                with replacing(path, clear=False) as out:
                    out.write(reply.document)
            except FileError as error:  # what is full now may not be when the next trial ends
                told = f"solved, and not saved: {error}"
                reply, file = replace(reply, outcome="failed", error=told, retryable=True), None
        record = Record.of(trial, reply, attempts, file)
        self.money += record.money or 0.0
        self.device_seconds += record.device_seconds or 0.0
        self._keep(record)
        if file is not None or reply.document is None:
            self.cache.put(record, path if file is not None else None)
        self.watch.ended(record)
        if record.failed and self.fail_fast:
            self._end(f"{trial.label} failed, and --fail-fast was asked for")

    def _keep(self, record: Record) -> None:
        """In the store; where that cannot be written, in memory, and no further trial is begun."""
        self._lost.append(record)
        try:
            self.store.keep_all(self._lost)
            self._lost.clear()
        except FileError as error:
            self.stopped = self.stopped or f"no further trial is begun: {error}"

    def _write_lost(self) -> None:
        if self._lost:
            labels = ", ".join(record.label for record in self._lost)
            try:
                self.store.keep_all(self._lost)
            except FileError as error:
                raise FileError(
                    self.store.path,
                    f"{len(self._lost)} records could not be written ({labels}): {error}; their "
                    "results are saved beside it, and the next run solves them again",
                ) from None
            self._lost.clear()

    def _end(self, why: str) -> None:
        """Begin nothing more, and ask what runs to end."""
        if self._ending is None:
            self._ending, self.stopped = time.monotonic(), self.stopped or why
            self.executor.stop()

    def _press(self, till: Inline) -> None:
        till.stop()
        if self._ending is not None and time.monotonic() - self._ending > LAST:
            self.executor.end()


def _reply_of(future: Future[Reply]) -> Reply:
    """What came, or what the executor itself failed with."""
    try:
        return future.result()
    except CancelledError:
        return Reply("interrupted", error="the executor was closed", retryable=True)
    except Exception as error:
        text = f"the executor failed: {type(error).__name__}: {' '.join(str(error).split())}"
        return Reply("killed", error=text, retryable=True)


def take_over(
    trials: Iterable[Trial], store: Store, cache: Cache
) -> tuple[list[Trial], list[Record]]:
    """The trials that are still to be solved, and the records that others had in the cache."""
    there, known = cache.keys(), store.all_records()
    missing, copied = [], []
    for trial in trials:
        record = known.get(trial.label)
        if record is not None and record.key == trial.key and record.finished:
            continue
        found = cache.get(trial.key) if trial.key in there else None
        taken = None if found is None else _copied(trial, *found, store.folder)
        if taken is None:
            missing.append(trial)
        else:
            copied.append(taken)
    store.keep_all(copied)
    return missing, copied


def _copied(trial: Trial, record: Record, document: Path | None, folder: Path) -> Record | None:
    """A record of another study as one of this; None where its result cannot be copied."""
    file = None
    if document is not None:
        path = trial.file(folder)
        try:
            copy_file(document, path)
        except (OSError, FileError):
            return None
        file = str(path.relative_to(folder))
    return replace(
        record,
        label=trial.label,
        instance=trial.instance.name,
        solver=trial.solver_name,
        source=dict(trial.instance.source),
        copied=True,
        file=file,
    )
