"""Running a study: what is missing is solved, and everything is kept as it comes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...errors import FileError
from ...kit.saving import replacing
from ...plugins import make_solver
from ..job import Job, Reply
from ..records.cache import Cache, copy_file
from ..records.record import Record
from ..records.store import Store
from ..studies.entries import LimitsEntry, RunEntry
from ..trial import Trial
from . import fallbacks
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
    stopped: str | None = None  # why no further trial was begun
    _broke: str | None = None  # why nothing more is paid for
    _free: deque[Trial] = field(default_factory=deque)  # waiting, and those that cost money
    _paid: deque[Trial] = field(default_factory=deque)
    _asked: dict[str, Trial] = field(default_factory=dict)
    _attempts: dict[str, int] = field(default_factory=dict)
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict)  # by fallen trials
    _held: dict[str, tuple[float, float]] = field(default_factory=dict)  # for those under way
    _instead: dict[str, str] = field(default_factory=dict)  # why a fallback solves a trial
    _lost: list[Record] = field(default_factory=list)  # not written yet
    _ending: float | None = None  # when the end was asked for

    def solve(self, trials: Sequence[Trial]) -> None:
        """All of them, or until something ends it; raises FileError for records that are lost."""
        self._asked |= {trial.label: trial for trial in trials}
        for trial in trials:
            self._wait(trial)
        flying: dict[Future[Reply], Trial] = {}
        till = Inline(self.run.submissions)
        started = time.monotonic()
        try:
            while self._free or self._paid or flying:
                if self.interrupt():
                    self._end("interrupted")
                if self.limits.wall and time.monotonic() - started >= self.limits.wall:
                    self.stopped = self.stopped or f"the limit of {self.limits.wall:g} s is over"
                if self.stopped:
                    self._free.clear()
                    self._paid.clear()
                    if self._ending is not None:
                        self._press(till)
                self._fill(flying, self._paid, till, till.workers)
                self._fill(flying, self._free, self.executor, self.in_flight)
                done, _ = wait(flying, LOOK, FIRST_COMPLETED)
                for future in done:
                    trial = flying.pop(future)
                    self._came(trial, _priced(trial, _reply_of(future)))
                if self._ending is not None and time.monotonic() - self._ending > LAST + 1:
                    break
        finally:
            till.close()
            self.stopped = self.stopped or self._broke
            self._write_lost()

    def _wait(self, trial: Trial) -> None:
        (self._paid if trial.paid else self._free).append(trial)

    def _fill(
        self,
        flying: dict[Future[Reply], Trial],
        waiting: deque[Trial],
        executor: Executor,
        most: int,
    ) -> None:
        paid = waiting is self._paid
        while waiting:
            under_way = [trial for trial in flying.values() if trial.paid == paid]
            alone = paid and not all(t.resumable for t in (waiting[0], *under_way))
            if len(under_way) >= (1 if alone else most):
                return
            trial = waiting.popleft()
            if (why := self._worse(trial)) is not None:
                self._fall_back(trial, why)
                continue
            if paid and (why := self._too_dear(trial)) is not None:
                if self._held:  # what is under way may cost less than it might
                    waiting.appendleft(trial)
                    return
                if trial.fallback is not None and "budget" in trial.fallback.on:
                    self._fall_back(trial, why)
                    continue
                self._broke = why
                waiting.clear()  # what costs nothing goes on
                return
            self.watch.begun(trial)
            if paid:
                self.store.note_begun(self._asked[trial.label])
                self._held[trial.label] = _at_most(trial)
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
        """Why a trial is not begun that costs money; what is under way counts at its most."""
        price, seconds = _at_most(trial)
        money = self.money + sum(held for held, _ in self._held.values())
        if self.limits.money is not None and money + price > self.limits.money:
            spent = f"{money:g} is spent, and {trial.label} may cost {price:g}"
            return f"the limit of money is {self.limits.money:g}: {spent}"
        most = self.limits.device_seconds
        used = self.device_seconds + sum(held for _, held in self._held.values())
        if most is not None and (used >= most or used + seconds > most):
            might = f", and {trial.label} may take {seconds:g} s" if seconds else ""
            return f"the limit of device time is {most:g} s: {used:g} s are used{might}"
        return None

    def _worse(self, trial: Trial) -> str | None:
        """Why a trial goes to its fallback at once."""
        if trial.fallback is None or "worse" not in trial.fallback.on:
            return None
        return fallbacks.worse(self.store.records(), trial.solver_name, trial.fallback)

    def _fall_back(self, trial: Trial, why: str) -> None:
        assert trial.fallback is not None
        self._instead[trial.label] = told = f"solved by {trial.fallback.name} instead: {why}"
        self.watch.said(f"{trial.label}: {told}")
        self._wait(trial.instead())

    def _came(self, trial: Trial, reply: Reply) -> None:
        held = self._held.pop(trial.label, (0.0, 0.0))
        attempts = self._attempts[trial.label] = self._attempts.get(trial.label, 0) + 1
        money, seconds = reply.facts.get("money"), reply.facts.get("device_seconds")
        # what a device still has of it may be charged yet, at most as much as was held for it
        self.money += max(money or 0.0, held[0] if reply.pending else 0.0)
        self.device_seconds += max(seconds or 0.0, held[1] if reply.pending else 0.0)
        again = reply.retryable and reply.outcome != "interrupted" and not trial.paid
        if again and attempts <= self.run.retries and not self.stopped:
            self.watch.said(f"{trial.label}: {reply.error}; it is tried again")
            self._wait(trial)
            return
        if not self.stopped and (why := fallbacks.fails(trial, reply)) is not None:
            self._spent[trial.label] = money or 0.0, seconds or 0.0
            self._fall_back(trial, why)
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
        record = self._with_fallback(
            Record.of(self._asked[trial.label], reply, attempts, file), trial
        )
        self._keep(record)
        if file is not None or reply.document is None:
            self.cache.put(record, path if file is not None else None)
        self.watch.ended(record)
        if record.failed and self.fail_fast:
            self._end(f"{trial.label} failed, and --fail-fast was asked for")

    def _with_fallback(self, record: Record, trial: Trial) -> Record:
        """What a trial cost before it fell back is in its record, too."""
        if trial.label not in self._instead:
            return record
        money, seconds = self._spent.get(trial.label, (0.0, 0.0))
        return replace(
            record,
            instead=self._instead[trial.label],
            money=None if record.money is None and not money else (record.money or 0.0) + money,
            device_seconds=None
            if record.device_seconds is None and not seconds
            else (record.device_seconds or 0.0) + seconds,
        )

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


def _at_most(trial: Trial) -> tuple[float, float]:
    """The money and the device seconds that a trial may cost, as far as they are known before."""
    solver = make_solver(trial.solver, dict(trial.parameters), ready=False)
    asked = getattr(solver, "device_seconds_at_most", None)
    seconds = 0.0 if asked is None else float(asked(trial.time_limit))
    return trial.money_at_most() or 0.0, seconds


def _reply_of(future: Future[Reply]) -> Reply:
    """What came, or what the executor itself failed with."""
    try:
        return future.result()
    except CancelledError:
        return Reply("interrupted", error="the executor was closed", retryable=True)
    except Exception as error:  # a cluster fails in ways of its own, and the study goes on
        text = f"the executor failed: {type(error).__name__}: {' '.join(str(error).split())}"
        return Reply("killed", error=text, retryable=True)


def _priced(trial: Trial, reply: Reply) -> Reply:
    """With the price that the study states, where the solver does not know what it cost."""
    if trial.price is None or reply.facts.get("money") is not None:
        return reply
    return replace(reply, facts={**reply.facts, "money": trial.price})


def take_over(
    trials: Iterable[Trial], store: Store, cache: Cache
) -> tuple[list[Trial], list[Record]]:
    """The trials that are still to be solved, and the records that others had in the cache."""
    there, known, begun = cache.keys(), store.all_records(), store.begun()
    missing, copied = [], []
    for trial in trials:
        record = known.get(trial.label)
        same = record is not None and record.key == trial.key and record.finished
        if same and record is not None and record.is_whole(store.folder):
            continue
        found = cache.get(trial.key) if trial.key in there else None
        taken = None if found is None else _copied(trial, *found, store.folder)
        lost = record is None and (trial.label, trial.key) in begun
        if taken is None and lost and not trial.resumable:
            taken = _maybe_paid(trial, begun[trial.label, trial.key])
        if taken is None:
            missing.append(trial)
        else:
            copied.append(taken)
    store.keep_all(copied)
    return missing, copied


def _maybe_paid(trial: Trial, at: str) -> Record:
    """Of a trial whose process was lost after it was begun."""
    error = (
        f"begun at {at}, and lost with its process: it may have been paid for, and is not begun "
        "again unasked; run with --fresh to do it"
    )
    return Record.of(trial, Reply("failed", {"money": trial.price}, error=error), 1, None)


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
        tuned=None if trial.tuned is None else asdict(trial.tuned),
        copied=True,
        file=file,
    )
