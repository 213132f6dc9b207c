"""Batches of walkers on a constrained model."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..core.crew import Budget, Crew, StoppedBy
from ..core.ising import Floats
from ..core.restarts import luby
from .model import Constrained
from .tables import Tables, tables
from .tempering import Tempering, anneal
from .walkers import Walkers

Method = Literal["annealing", "tempering"]

# variables and, below so many, walkers a batch: it is sweeps that large models lack
WALKERS = ((20_000, 16), (60_000, 8), (math.inf, 4))
FIRST = 8  # sweeps of a timed run's first anneal, which tells the pace
SHORTEST = 64  # sweeps of the shortest after it
# of the objective, relative to itself and to the largest bias: what moves may add up to between two
# refreshes
ROUNDING = 1e-11
FINISH_SECONDS = 5e-7  # a variable, coupling and entry: what the result takes after the last sweep


@dataclass(frozen=True)
class Found:
    """The best that k walkers have seen: `states` float64[k, n], feasible ones first, better ones
    first.

    `violations` float64[k] are in mean steps of the broken rows, 0 where feasible; `objectives`
    float64[k] include what soft rows charge. `rounds` are the sweeps of each batch's rounds: the
    same seed and these give the same bytes. `sweeps` are of all batches together.
    """

    states: Floats
    violations: Floats
    objectives: Floats
    rounds: list[list[int]]
    sweeps: int
    stopped_by: StoppedBy


class ConstrainedSearch(Crew[Found, "_Batch"]):
    """Batches of walkers on one model until a budget ends; see `qopt.anneal.ising.search.Search`.

    `temperatures` are (hot, cold), None: measured. `initial` float64[k, n] are states that the
    result may not be worse than, as far as they keep the groups. `shared` are the model's tables,
    made here where not given.
    """

    def __init__(
        self,
        model: Constrained,
        *,
        method: Method = "tempering",
        rounds: Sequence[Sequence[int]] | None = None,
        num_batches: int = 1,
        walkers: int | None = None,
        num_threads: int = 1,
        temperatures: tuple[float, float] | None = None,
        seed: int = 0,
        initial: Floats | None = None,
        budget: Budget | None = None,
        on_progress: Callable[[Found], None] | None = None,
        shared: Tables | None = None,
    ) -> None:
        super().__init__(min(num_threads, num_batches), budget, rounds, on_progress)
        self.model, self.method, self.seed, self.temperatures = model, method, seed, temperatures
        shared = tables(model) if shared is None else shared
        self.goal = (
            -math.inf if self.budget.target is None else _goal(model, float(self.budget.target))
        )
        count = walkers or walkers_a_batch(model.num_variables)
        self.batches = [
            _Batch(self, number, Walkers(model, shared, count), initial)
            for number in range(num_batches)
        ]

    @property
    def startable(self) -> bool:
        """Whether the groups and columns can be kept at all: where not, the model has no feasible
        assignment, proved.
        """
        return self.batches[0].walkers.restart([0])

    @property
    def ladder(self) -> list[float] | None:
        """The temperatures that the first batch tempered at last, if it did."""
        ladder = self.batches[0].ladder
        return None if ladder is None else (1 / ladder).tolist()

    def found(self, num_reads: int) -> Found:
        best = [batch.walkers.best_states() for batch in self.batches]
        record = np.concatenate([part for part, _ in best])
        chosen = np.lexsort((record[:, 1], record[:, 0]))[:num_reads]
        chosen = chosen[np.isfinite(record[chosen, 0])]
        batch, walker = np.divmod(chosen, self.batches[0].walkers.count)
        states = np.empty((len(chosen), self.model.num_variables))
        for k, (b, w) in enumerate(zip(batch, walker, strict=True)):
            states[k] = best[b][1][w]
        sweeps = sum(part.sweeps for part in self.batches)
        rounds = [list(part.rounds) for part in self.batches]
        # objectives from the states: what moves added up may be off by rounding errors, and so may
        # the order
        violations, objectives = record[chosen, 0], self.model.objective(states)
        order = np.lexsort((objectives, violations))
        return Found(
            states[order], violations[order], objectives[order], rounds, sweeps, self.reason
        )

    def _work(self, hand: int) -> None:
        if self.model.num_variables:
            super()._work(hand)
            return
        # there is one state, and nothing to find
        for batch in self.batches[hand :: self.num_threads]:
            batch.walkers.restart([0])
        self.reason = "presolve"


class _Batch:
    """One batch of walkers and the rounds it has completed."""

    def __init__(
        self, search: ConstrainedSearch, number: int, walkers: Walkers, initial: Floats | None
    ) -> None:
        self.search, self.number, self.walkers = search, number, walkers
        self.rounds: list[int] = []
        self.sweeps = 0
        self.ladder: Floats | None = None
        size = walkers.count
        self._initial = None if initial is None else initial[number * size : (number + 1) * size]
        self._pace = 1e-6  # seconds a sweep

    def round(self, length: int | None) -> None:
        """One run of the method, until it ends or the budget does."""
        done, started, turn = 0, time.perf_counter(), self._turn()
        before = self.walkers.best_states()
        for part in self._run(length, len(self.rounds)):
            done += part
            self.sweeps += part
            if self._over() or (length is None and time.perf_counter() - started > turn):
                break
        if done:
            self._pace = (time.perf_counter() - started) / done
        self._account(done, length, before)
        self._over()

    def _account(self, done: int, length: int | None, before: tuple[Floats, Floats]) -> None:
        """Count a round of `done` sweeps, or drop what it found: a replay does the rounds that
        count, and is to find the same.

        - A tempering that was cut counts, as a shorter one begins in the same way. An anneal that
          was cut does not: after others, what it found by the deadline is dropped.
        - A first round that was open-ended is dropped, too: a run without any round gives the
          assignments that it began with.
        - A first round that was asked for keeps what it found: there is nothing else to give.
        """
        if done and (self.search.method == "tempering" or done == length):
            self.rounds.append(done)
        elif self.search.reason == "time" and (self.rounds or self.search.open_ended):
            self.walkers.forget(before)

    def lengths(self) -> Iterator[int | None]:
        if self.search.method == "tempering":
            while True:
                yield None
        yield FIRST
        for restart in itertools.count(1):
            yield int(max(1, min(SHORTEST * luby(restart), 0.9 * self._left())))

    def _run(self, length: int | None, begun: int) -> Generator[int, None, None]:
        search, seed = self.search, [self.search.seed, self.number, begun]
        if search.method == "annealing":
            assert length is not None
            yield from anneal(self.walkers, length, seed, self._initial, search.temperatures)
            return
        colder = (self.number + begun) % 2 == 1
        tempering = Tempering(self.walkers, seed, self._initial, search.temperatures, colder)
        for part in tempering.run(length):
            self.ladder = None if tempering.ladder is None else tempering.ladder.betas
            yield part

    def _turn(self) -> float:
        """Seconds that a batch's first run may take where others wait for its thread: they are to
        have one, too.
        """
        search, deadline = self.search, self.search.budget.deadline
        waiting = len(range(self.number, len(search.batches), search.num_threads))
        return (
            math.inf
            if deadline is None or self.rounds
            else max(0.0, deadline - time.perf_counter()) / waiting
        )

    def _over(self) -> bool:
        violation, objective = self.walkers.best()
        reached = violation == 0 and objective <= self.search.goal
        return self.search.over(-math.inf if reached else math.inf, self._reserve())

    def _reserve(self) -> float:
        model = self.search.model
        finish = (
            model.num_variables + len(model.pairs.value) + len(model.rows.value)
        ) * FINISH_SECONDS
        return finish + self.walkers.pace.seconds / 2

    def _left(self) -> float:
        """Sweeps there is time for."""
        deadline = self.search.budget.deadline
        return math.inf if deadline is None else (deadline - time.perf_counter()) / self._pace


def _goal(model: Constrained, target: float) -> float:
    """The objective without its offset, as moves add it up, that is `target` but for rounding
    errors.
    """
    if not math.isfinite(target):
        return target
    unit = float(
        np.abs(np.concatenate([model.linear, model.square, model.pairs.value])).max(initial=0.0)
    )
    goal = target - model.offset
    return goal + ROUNDING * (abs(goal) + unit) + math.ulp(target)


def walkers_a_batch(num_variables: int) -> int:
    """How many walkers a batch has: as many reads can it give."""
    return next(count for most, count in WALKERS if num_variables < most)
