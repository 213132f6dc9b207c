"""The race itself, on one page: all are made ready, start together, share plans, and are ended."""

from __future__ import annotations

import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any

from ...problem import Approximate, better
from ...solver import Progress, StoppedBy, Task
from .racer import Racer
from .running import Finish, Found, Go, Known, Listening, Ready

LOOK = 0.02  # seconds between two looks at the clock and at the interrupt
WAIT = 60.0  # seconds that those who are ready wait for the rest, who start late then
LATE = 0.1  # seconds after the deadline at which a process is ended
LAST = 0.5  # seconds after an interrupt, or a proof, at which it is
EXACT = 1e-9  # of the objective: a bound that close proves it


class Course:
    """The state of one race; `inbox` is where its racers put what they tell."""

    def __init__(self, task: Task, racers: Sequence[Racer], inbox: SimpleQueue[Any]) -> None:
        self.task, self.racers = task, racers
        self.winner: Racer | None = None
        self._inbox = inbox
        self._start_time: float | None = None
        self._over: tuple[StoppedBy, float] | None = None  # why all were asked to end, and when

    def run(self) -> StoppedBy:
        """Returns why it ended. Whatever happens, no process is left."""
        try:
            for racer in self.racers:
                racer.begin()
            with self.task.timing("compile"):
                self._gather()
            self._start()
            with self.task.timing("sample", less=("evaluate",)):
                return self._watch()
        finally:
            for racer in self.racers:
                racer.end()
            for racer in self.racers:
                racer.close()

    def _gather(self) -> None:
        """Until all are ready to start, or ended before."""
        first: float | None = None
        while any(not racer.ready and racer.finish is None for racer in self.racers):
            self._hear()
            self._look_at_interrupt()
            if first is None and any(racer.ready for racer in self.racers):
                first = time.perf_counter()
            if first is not None and time.perf_counter() - first > WAIT:
                return
            if self._over is not None and time.perf_counter() - self._over[1] > LAST:
                return

    def _start(self) -> None:
        self._start_time = self.task.start()
        for racer in self.racers:
            if racer.ready:
                racer.say(Go(0.0))

    def _watch(self) -> StoppedBy:
        deadline = self.task.deadline
        while any(racer.finish is None for racer in self.racers):
            self._hear()
            self._look_at_interrupt()
            now = time.perf_counter()
            if self._over is not None and now > self._over[1] + LAST:
                break
            if deadline is not None and now > deadline + LATE:
                break
        self._hear(seconds=0.0)
        if self._over is not None:
            return self._over[0]
        if len(self.ends) < len(self.racers) or any(e.stopped_by == "time" for e in self.ends):
            return "time"
        first = None if self.winner is None else self.winner.finish
        return next((e.stopped_by for e in (first, *self.ends) if e and e.stopped_by), "done")

    def _look_at_interrupt(self) -> None:
        if self.task.interrupt is not None and self.task.interrupt():
            self._end_all("interrupt")

    def _end_all(self, why: StoppedBy) -> None:
        if self._over is None:
            self._over = why, time.perf_counter()
            for racer in self.racers:
                racer.stop()

    def _hear(self, seconds: float = LOOK) -> None:
        """Take what was told; of all plans the best is scored here, and shared."""
        candidate: tuple[Racer, Found] | None = None
        for racer, thing in self._told(seconds):
            if isinstance(thing, Finish):
                racer.finish = thing
            elif isinstance(thing, Ready):
                racer.ready = True
                if self._start_time is not None:
                    racer.say(Go(time.perf_counter() - self._start_time))
            elif isinstance(thing, Listening):
                racer.listening = True
                self._share(racer)
            elif isinstance(thing, Progress):
                racer.sweeps = max(racer.sweeps, thing.sweeps)
                self.task.tick(sweeps=self._sweeps)
            elif isinstance(thing, Found):
                racer.best, racer.sweeps = thing, max(racer.sweeps, thing.sweeps)
                if candidate is None or self._beats(thing.objective, candidate[1].objective):
                    candidate = racer, thing
        if candidate is not None:
            self._score(*candidate)
        if any(self.proves_none(end) or self.proves_best(end) for end in self.ends):
            self._end_all("done")

    def _told(self, seconds: float) -> list[tuple[Racer, Any]]:
        told = []
        try:
            told.append(self._inbox.get(timeout=seconds) if seconds else self._inbox.get_nowait())
            while True:
                told.append(self._inbox.get_nowait())
        except Empty:
            return told

    def _score(self, racer: Racer, found: Found) -> None:
        before = self.task.incumbents.best
        self.task.offer(found.plan, sweeps=self._sweeps)
        best = self.task.incumbents.best
        if best is not None and best is not before:
            self.winner = racer
            for other in self.racers:
                self._share(other)

    def _share(self, racer: Racer) -> None:
        """Tell it of the best plan, where that is another's and it wants to know."""
        best = self.task.incumbents.best
        if racer.listening and self.winner not in (None, racer) and best is not None:
            racer.say(Known(*best))

    def proves_none(self, finish: Finish) -> bool:
        """Whether it is proved that no plan is feasible."""
        return finish.infeasible and self._is_sound(finish)

    def proves_best(self, finish: Finish) -> bool:
        """Whether it is proved that no plan is better than the best of all."""
        objective = self.task.incumbents.objective
        if objective is None or finish.bound is None or not self._is_sound(finish):
            return False
        value = objective if self.task.problem.sense == "min" else -objective
        return value <= finish.bound + EXACT * max(1.0, abs(finish.bound))

    @property
    def bound(self) -> float | None:
        """The best of those proved, on the minimised objective."""
        sound = [end.bound for end in self.ends if end.bound is not None and self._is_sound(end)]
        return max(sound, default=None)

    @property
    def ends(self) -> list[Finish]:
        """Of those who have ended."""
        return [racer.finish for racer in self.racers if racer.finish is not None]

    def _is_sound(self, finish: Finish) -> bool:
        """Whether what it proves is proved of the problem, and not of a coarser model alone."""
        problem = self.task.problem
        return finish.direct or not isinstance(problem, Approximate) or problem.model_is_exact

    @property
    def _sweeps(self) -> int:
        """Sweeps and rounds of all together."""
        return sum(racer.sweeps for racer in self.racers)

    def _beats(self, a: float, b: float) -> bool:
        return better(self.task.problem.sense, a, b)
