"""Simulated annealing of an Ising model: batches of 16 replicas, restarts of many lengths, one deadline."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np

from .ising import Floats, Ising, Spins
from .kernel import descend, local_fields, metropolis
from .lanes import LANES
from .schedule import beta_range_of, geometric

OnRound = Callable[["Annealed", Spins, Floats], None]  # all found so far, and the round's own states and energies
StoppedBy = Literal["sweeps", "time", "target", "interrupt"]

CHUNK_SECONDS = 0.004  # a kernel cannot be interrupted: this is how long one call may keep the clock out of sight
REFRESH_SWEEPS = 512  # the fields are recomputed this often, which ends the rounding errors of their float32 updates
SHORTEST_ROUND = 16, 0.01  # sweeps and, once the pace is known, seconds: below that the set-up of a round outweighs it


@dataclass(frozen=True)
class Budget:
    """When to stop: at `deadline` (of `time.perf_counter()`), at the energy `target`, or when `interrupt()` says so."""

    deadline: float | None = None
    target: float | None = None
    interrupt: Callable[[], bool] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def spent(self) -> StoppedBy | None:
        if self._stop.is_set() or (self.interrupt is not None and self.interrupt()):
            return "interrupt"
        if self.deadline is not None and time.perf_counter() >= self.deadline:
            return "time"
        return None

    def stop(self) -> None:
        """End every batch at its next look at the budget."""
        self._stop.set()


@dataclass
class Annealed:
    """`states` int8[num_reads, n] in {-1, +1} and `energies` float64[num_reads]: the best each read has seen.

    `rounds` are the sweeps of the completed rounds, in order: annealing again with them and the same seed gives the same
    bytes. `sweeps` also counts a round that was cut short, whose states count only where no round was completed.
    """

    states: Spins
    energies: Floats
    rounds: list[int] = field(default_factory=list)
    sweeps: int = 0
    stopped_by: StoppedBy = "sweeps"

    def keep_better(self, states: Spins, energies: Floats) -> None:
        better = energies < self.energies
        self.states[better], self.energies[better] = states[better], energies[better]


def anneal(
    ising: Ising,
    *,
    num_reads: int,
    rounds: Sequence[int] | None,
    beta_range: tuple[float, float],
    seed: int,
    num_threads: int,
    budget: Budget,
    initial: Spins | None = None,
    on_round: OnRound | None = None,
) -> Annealed:
    """Anneal `num_reads` replicas in `rounds` of so many sweeps each, or, with None, in restarts until `budget` ends.

    Read r depends on the model, `seed`, `beta_range`, `rounds` and r alone: not on `num_threads`, nor on `num_reads`.
    `initial` int8[num_reads, n] are states the result may not be worse than.
    """
    model = _LaneModel(ising)
    batches = [Batch(model, seed, number) for number in range(-(-num_reads // LANES))]
    found = Annealed(np.ones((num_reads, ising.num_variables), dtype=np.int8), np.full(num_reads, np.inf))
    if initial is not None:
        found.keep_better(initial, ising.energies(initial))
    with ThreadPoolExecutor(num_threads) as pool:
        try:
            found.stopped_by = _anneal_rounds(pool, batches, ising, found, rounds, beta_range, budget, on_round)
        except KeyboardInterrupt:
            budget.stop()
            found.stopped_by = "interrupt"
    if found.stopped_by == "interrupt":  # it may have struck anywhere: between a state and its energy, or before any round
        if not found.rounds:
            states = _states(batches, num_reads)
            found.keep_better(states, ising.energies(states))
        found.energies = ising.energies(found.states)
    return found


def _anneal_rounds(
    pool: ThreadPoolExecutor,
    batches: list[Batch],
    ising: Ising,
    found: Annealed,
    rounds: Sequence[int] | None,
    beta_range: tuple[float, float],
    budget: Budget,
    on_round: OnRound | None,
) -> StoppedBy:
    """Round after round, all batches side by side, each read keeping its best in `found`; returns what ended it."""
    for number, length in enumerate(rounds if rounds is not None else _restarts(budget)):
        betas = geometric(beta_range, length)
        done = min(pool.map(lambda batch, b=betas, k=number: batch.anneal(b, k, budget), batches))
        found.sweeps += done
        if done == length or not found.rounds:
            states = _states(batches, len(found.states))
            energies = ising.energies(states)
            found.keep_better(states, energies)
            if done == length:
                found.rounds.append(length)
            if on_round is not None:
                on_round(found, states, energies)
        if budget.target is not None and found.energies.min() <= budget.target:
            return "target"
        if reason := budget.spent():
            return reason
    return "sweeps" if rounds is not None else "time"


def _states(batches: list[Batch], num_reads: int) -> Spins:
    return np.concatenate([batch.states() for batch in batches])[:num_reads]


def _restarts(budget: Budget) -> Iterator[int]:
    """Round lengths 1, 1, 2, 1, 1, 2, 4, ... times the shortest: every scale of length gets the same share of the time.

    How long an anneal should be differs by orders of magnitude between models, and this is within a logarithm of the best
    choice for each (Luby, Sinclair and Zuckerman 1993). Small penalty models want many short anneals, G22 long ones.
    """
    (shortest, seconds), pace = SHORTEST_ROUND, 0.0
    for number in itertools.count(1):
        length = shortest * _luby(number)
        if budget.deadline is not None and pace > 0:
            # a round that the deadline cuts is lost, so none is begun that nine tenths of what is left would not hold
            length = min(length, int(0.9 * (budget.deadline - time.perf_counter()) / pace))
            if length < 1:
                return
        started = time.perf_counter()
        yield length
        pace = (time.perf_counter() - started) / length
        shortest = max(shortest, int(seconds / pace)) if number == 1 else shortest


def _luby(number: int) -> int:
    """1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8, ... for number = 1, 2, ..."""
    power = 1 << (number.bit_length() - 1)
    return power if number == 2 * power - 1 else _luby(number - power + 1)


class _LaneModel:
    """The model as the kernels want it: float32, scaled by a power of two so that no bias over- or underflows."""

    def __init__(self, ising: Ising) -> None:
        biases = np.abs(np.concatenate([ising.linear, ising.quad]))
        largest = float(biases.max()) if len(biases) else 0.0
        self.scale = 2.0 ** -np.floor(np.log2(largest)) if largest > 0 else 1.0
        self.num_variables = ising.num_variables
        self.linear = (ising.linear * self.scale).astype(np.float32)
        self.neighbours = ising.neighbours(self.scale)


class Batch:
    """Sixteen replicas of one model. The seed and its number fix every random bit of every round."""

    def __init__(self, model: _LaneModel, seed: int, number: int) -> None:
        self._model, self._seed, self._number = model, seed, number
        self._spins = np.ones((model.num_variables, LANES), dtype=np.float32)
        self._fields = np.empty_like(self._spins)

    def states(self) -> Spins:
        return np.ascontiguousarray(self._spins.T.astype(np.int8))

    def anneal(self, betas: Floats, round_number: int, budget: Budget) -> int:
        """Anneal from random states along `betas`, then descend; returns the sweeps done, fewer where the budget ended."""
        random = np.random.default_rng([self._seed, self._number, round_number])
        self._randomise(random)
        generators = random.integers(1, 2**32, (1, LANES), dtype=np.uint32)
        temperatures = (self._model.scale / betas).astype(np.float32)
        done, chunk = 0, 1
        while done < len(temperatures):
            if done % REFRESH_SWEEPS == 0:
                self._refresh()
            stop = min(done + chunk, len(temperatures), (done // REFRESH_SWEEPS + 1) * REFRESH_SWEEPS)
            started = time.perf_counter()
            metropolis(*self._model.neighbours, self._spins, self._fields, generators, temperatures[done:stop])
            seconds = (time.perf_counter() - started) / (stop - done)
            chunk = max(1, min(4 * chunk, int(CHUNK_SECONDS / max(seconds, 1e-9))))
            done = stop
            if budget.spent():
                break
        self._descend()
        return done

    def flip_costs(self) -> Floats:
        """What each flip costs at local minima reached downhill from random states: float64[16 n], at least 0."""
        self._randomise(np.random.default_rng([self._seed, self._number]))
        self._descend()
        return np.maximum(-2.0 * (self._spins * self._fields).ravel() / self._model.scale, 0.0)

    def _randomise(self, random: np.random.Generator) -> None:
        self._spins[:] = 2 * random.integers(0, 2, self._spins.shape, dtype=np.int8) - 1

    def _descend(self) -> None:
        self._refresh()
        for _ in range(REFRESH_SWEEPS):
            if not descend(*self._model.neighbours, self._spins, self._fields):
                break

    def _refresh(self) -> None:
        local_fields(self._model.linear, *self._model.neighbours, self._spins, self._fields)


def default_beta_range(ising: Ising) -> tuple[float, float]:
    """(hot, cold) from what flips cost at local minima of the model itself; always the same for the same model."""
    return beta_range_of(Batch(_LaneModel(ising), 0, 0).flip_costs())


def warm_up() -> float:
    """Compile the kernels, or load them from numba's cache on disk; returns the seconds that took, 0 when already done."""
    started = time.perf_counter()
    _compile_kernels()
    return time.perf_counter() - started


@cache
def _compile_kernels() -> None:
    pair = Ising.from_arrays([0.0, 0.0], [0], [1], [1.0])
    anneal(pair, num_reads=1, rounds=[1], beta_range=(1.0, 1.0), seed=0, num_threads=1, budget=Budget())
