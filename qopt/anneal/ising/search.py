"""Batches of replicas of an Ising model."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..core.crew import Budget, Crew, StoppedBy
from ..core.ising import Floats, Ising, Spins
from ..core.restarts import luby
from .annealing import anneal, descend
from .layout import LARGE_FROM, Layout
from .replicas import Replicas
from .schedule import Ladder, beta_range_of
from .tempering import SCAN, Tempering

Method = Literal["annealing", "tempering", "descent"]

# spins and, below so many, sweeps of the first round of a timed run, which tells the pace, and
# after which the easiest models are solved
FIRST_ROUNDS = ((10_000, 256), (LARGE_FROM, 64), (math.inf, 8))
# a spin and coupling, at all and for each read: what energies and copies take after the last sweep
FINISH_SECONDS = 1e-8, 1.5e-9
# of timed anneals: sweeps and, once the pace is known, seconds; below that set-up outweighs them
SHORTEST_ROUND = 16, 0.01


@dataclass(frozen=True)
class Found:
    """`states` int8[k, n] in {-1, +1} and `energies` float64[k], lowest first: the best that k
    replicas have seen.

    `rounds` are the completed rounds of each batch: the same seed and these rounds give the same
    bytes. `sweeps` and `spin_updates` are of all batches together and count those that the budget
    cut short, too.
    """

    states: Spins
    energies: Floats
    rounds: list[list[int]]
    sweeps: int
    spin_updates: int
    stopped_by: StoppedBy


class Search(Crew[Found, "_Batch"]):
    """Batches of replicas of one model, annealed by one method until a budget ends.

    Batch b depends on the model, `method`, `beta_range`, `seed`, `initial`, its rounds and b alone,
    so `num_threads` changes nothing.

    Parameters
    ----------
    rounds
        What each batch does, one run of the method after another; None: as many as the budget
        allows.
    beta_range
        (hot, cold) in 1 / energy; None: from the model, and tempering may narrow it.
    num_reads
        How many states will be asked for, about: what time is left for them.
    initial
        int8[k, n] of states that the result may not be worse than.
    on_progress
        Called with the best states so far, from the thread that called `run`, at most every 0.1 s.
    """

    def __init__(
        self,
        ising: Ising,
        *,
        method: Method = "tempering",
        rounds: Sequence[Sequence[int]] | None = None,
        num_batches: int = 1,
        num_threads: int = 1,
        beta_range: tuple[float, float] | None = None,
        seed: int = 0,
        initial: Spins | None = None,
        budget: Budget | None = None,
        on_progress: Callable[[Found], None] | None = None,
        layout: Layout | None = None,
        num_reads: int = 1,
    ) -> None:
        super().__init__(min(num_threads, num_batches), budget, rounds, on_progress)
        self.ising, self.method, self.seed = ising, method, seed
        self.layout = Layout(ising) if layout is None else layout
        self.num_reads = num_reads
        self.narrow = beta_range is None
        timed = self.budget.deadline is not None
        if beta_range is None or timed or not all(map(len, rounds or [[]])):
            self.first, measured = first_minima(ising, self.layout)
        self.beta_range = measured if beta_range is None else beta_range
        self.batches = [_Batch(self, number, initial) for number in range(num_batches)]

    @property
    def ladder(self) -> Ladder | None:
        """The temperatures that the first batch tempered at last, if it did."""
        return self.batches[0].ladder

    def found(self, num_reads: int) -> Found:
        """The lowest states so far."""
        kept = [self._kept(batch) for batch in self.batches]
        energies = np.concatenate([lowest for lowest, _ in kept])
        chosen = np.argsort(energies, kind="stable")[:num_reads]
        batch, replica = np.divmod(chosen, self.layout.form.replicas)
        states = np.empty((len(chosen), self.ising.num_variables), dtype=np.int8)
        for number, (_, minima) in enumerate(kept):
            states[batch == number] = self.layout.states(minima, replica[batch == number])
        exact = self.ising.energies(states)
        # float32's rounding may have ranked two that hardly differ the other way
        order = np.argsort(exact, kind="stable")
        sweeps = sum(batch.sweeps for batch in self.batches)
        updates = sweeps * self.ising.num_variables * self.layout.form.replicas
        rounds = [list(batch.rounds) for batch in self.batches]
        return Found(states[order], exact[order], rounds, sweeps, updates, self.reason)

    def expects_no_sweep(self, reserve: float) -> bool:
        """Whether to begin a round and to do a sweep, about as long as the first descents, takes
        longer than there is time.
        """
        deadline = self.budget.deadline
        if deadline is None:
            return False
        return deadline - reserve - time.perf_counter() < self.first.quench_seconds

    def _kept(self, batch: _Batch) -> tuple[Floats, Any]:
        """The lowest minima of a batch; of replicas that have none, those that the temperatures
        were measured at.
        """
        lowest, minima = batch.replicas.kept()
        none = np.flatnonzero(np.isinf(lowest))
        if len(none):
            first, states = self.first.kept()
            lowest[none] = first[none]
            self.layout.put(minima, none, self.layout.states(states, none))
        return lowest, minima

    def _work(self, hand: int) -> None:
        if self.ising.num_variables:
            super()._work(hand)
        else:  # there is one state, and nothing to find
            self.reason = "presolve"


class _Batch:
    """One batch of replicas and the rounds it has completed."""

    def __init__(self, search: Search, number: int, initial: Spins | None) -> None:
        self.search, self.number = search, number
        self.replicas = Replicas(search.ising, search.layout)
        self.rounds: list[int] = []
        self.sweeps = 0
        self.ladder: Ladder | None = None
        self._begun, self._temperable = 0, True
        # seconds a sweep, over the last round: hot sweeps take longer than cold ones
        self._pace = 1e-9
        size = self.replicas.count
        self._initial = None if initial is None else initial[number * size : (number + 1) * size]
        if self._initial is not None and len(self._initial):
            self.replicas.keep_states(self._initial)

    def round(self, length: int | None) -> None:
        """One run of the method.

        One that the budget cuts counts only where its beginning is a run of its own.
        """
        search, replicas = self.search, self.replicas
        replicas.restart([search.seed, self.number, self._begun])
        self._begun += 1
        run, done, whole, started = self._run(length), 0, True, time.perf_counter()
        for part in run:
            done += part
            self.sweeps += part
            if self._over():
                whole = done == length
                run.close()
                break
        if done:
            self._pace = (time.perf_counter() - started) / done
        tempering = self._tempering
        dropped = search.open_ended and search.reason == "time"
        if search.method == "descent" or (
            tempering is not None and (tempering.ladder is not None or done == SCAN)
        ):
            whole = True  # what was done is what a shorter run does
        if whole or not (dropped or np.isfinite(replicas.lowest).all()):
            # of a round that the deadline cuts nothing is kept: no replay would find it
            replicas.quench()
        if whole:
            self.rounds.append(done)
        if tempering is not None and tempering.ladder is not None:
            self.ladder = tempering.ladder
        elif tempering is not None and done >= SCAN:
            self._temperable = False
        self._over()

    def _run(self, length: int | None) -> Generator[int, None, None]:
        search, replicas = self.search, self.replicas
        self._tempering: Tempering | None = None
        if search.method == "descent":
            return descend(replicas, length, [search.seed, self.number, self._begun])
        if self._initial is not None and len(self._initial):
            replicas.put(self._initial, np.arange(len(self._initial)))
        if search.method == "annealing" or (length is not None and length <= SCAN):
            assert length is not None
            return anneal(replicas, length, search.beta_range)
        self._tempering = Tempering(replicas, search.beta_range, search.narrow, self._initial)
        return self._tempering.run(length)

    def _over(self) -> bool:
        """Whether the budget has ended.

        Time is left for a last descent and for the energies of the result.
        """
        return self.search.over(float(self.replicas.lowest.min()), self._reserve())

    def _reserve(self) -> float:
        model = self.search.ising
        quench = 1.3 * self.replicas.quench_seconds or 12 * self.replicas.pace.seconds
        once, a_read = FINISH_SECONDS
        finish = once + a_read * self.search.num_reads
        return quench + (model.num_variables + len(model.quad)) * finish

    def _left(self) -> float:
        """Sweeps there is time for."""
        budget = self.search.budget
        if budget.deadline is None:
            return np.inf
        return (budget.deadline - self._reserve() - time.perf_counter()) / self._pace

    def lengths(self) -> Iterator[int | None]:
        """Rounds until the budget ends; None: a run that ends by itself."""
        if self.search.method == "descent":
            while True:
                yield None
        spins = self.search.ising.num_variables
        if self.search.expects_no_sweep(self._reserve()):
            return
        yield next(sweeps for most, sweeps in FIRST_ROUNDS if spins < most)
        sweeps, seconds = SHORTEST_ROUND
        shortest = max(sweeps, int(seconds / self._pace))
        restarts = itertools.count(1)
        while True:
            left = self._left()
            if self.search.method == "tempering" and self._temperable and left > 4 * SCAN:
                yield None
                continue
            # a round that the deadline cuts is lost, so none is begun that nine tenths of what is
            # left would not hold; where few sweeps are left at all, one long anneal is worth more
            # than many short ones
            length = (
                0.9 * left if left < 4 * SCAN else min(shortest * luby(next(restarts)), 0.9 * left)
            )
            if length < 1:
                return
            yield int(length)


def first_minima(ising: Ising, layout: Layout) -> tuple[Replicas, tuple[float, float]]:
    """Replicas at local minima, and (hot, cold) from what flips cost there; always the same for the
    same model.
    """
    replicas = Replicas(ising, layout)
    replicas.restart([0])
    return replicas, beta_range_of(replicas.flip_costs())


def default_beta_range(ising: Ising, layout: Layout) -> tuple[float, float]:
    """(hot, cold) of `first_minima`."""
    return first_minima(ising, layout)[1]
