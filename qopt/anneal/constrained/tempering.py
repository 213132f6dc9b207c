"""Parallel tempering of walkers, on a ladder measured on the model itself, and plain annealing."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.ising import Floats, Ints
from ..core.temperatures import course, even, exchange_length, geometric, thermodynamic_length
from .walkers import Walkers

SCOUTS = 4  # walkers that measure
SETTLE = 4  # sweeps at each temperature before the first of two states that are compared
APART = 8  # sweeps between the two
SCANNED = 28  # temperatures of the scan
COOLING = 500.0  # the first of them over the last
FORGOTTEN = 0.1  # how alike states APART sweeps apart are at the hottest rung
KNOWN = 0.7  # and at the coldest
# the hottest rung over the coldest, at most: moves that cost nothing never let some models freeze
RANGE = 30.0
SPACING = 1.2  # between rungs
FEWEST = 8  # rungs
# sweeps of the ladder after which it is spaced anew by the exchanges seen between its rungs
REMEASURE = 64, 256, 1024, 4096
REFRESH = 2048  # sweeps between which rounding errors of fields and activities may add up
# by this every other run of a batch, and every other batch, is: what suits a model is a matter of
# luck within that. Trials of 3 s: OR10x250 0.4 % above the best at T = 60 to 10 and 0.8 at 150 to
# 38, where berlin52 had 2.9 and 1.9
COLDER = 2.5
# an open-ended run ends this many sweeps after its own last improvement, or 4 times as late as that
# came
STALE = 2000


@dataclass
class Ladder:
    """Inverse temperatures `betas` float64[rungs], hot to cold, and `holder` int64[rungs], the
    walker at each.
    """

    betas: Floats
    holder: Ints
    energies: Floats = field(init=False)
    proposed: Ints = field(init=False)
    accepted: Ints = field(init=False)

    def __post_init__(self) -> None:
        rungs = len(self.betas)
        self.energies = np.zeros(rungs)
        self.proposed = np.zeros(rungs - 1, dtype=np.int64)
        self.accepted = np.zeros(rungs - 1, dtype=np.int64)

    @property
    def exchange_rates(self) -> Floats:
        """float64[rungs - 1]: the share of the exchanges between neighbouring rungs that were
        accepted.
        """
        return np.asarray(self.accepted / np.maximum(self.proposed, 1))


def start(walkers: Walkers, seed: Sequence[int], initial: Floats | None) -> float:
    """Restart, and set prices to what a move is worth; returns what one costs that breaks nothing
    twice: a hot temperature.

    Violations are in units of a row's mean step, so a row that one move breaks costs about what
    another can gain by it.
    """
    walkers.restart(seed, initial)
    changes, _ = walkers.survey()
    walkers.charge(float(changes[changes > 0].mean()) if (changes > 0).any() else 1.0)
    walkers.settle(SETTLE)
    _, costs = walkers.survey()
    return float(np.median(costs[costs > 0])) if (costs > 0).any() else 1.0


def anneal(
    walkers: Walkers,
    num_sweeps: int,
    seed: Sequence[int],
    initial: Floats | None,
    temperatures: tuple[float, float] | None,
) -> Generator[int, None, None]:
    """Every walker an anneal of its own of `num_sweeps` sweeps; yields those of each part done."""
    hot = start(walkers, seed, initial)
    falling = course(temperatures or (hot / 2, hot / COOLING), num_sweeps)
    done = 0
    for part in walkers.pace.parts(num_sweeps):
        walkers.anneal(falling(done, done + part))
        done += part
        yield part


@dataclass
class Tempering:
    """One run. What its first sweeps find does not depend on how many there are to be."""

    walkers: Walkers
    seed: Sequence[int]
    initial: Floats | None = None
    temperatures: tuple[float, float] | None = None  # (hot, cold) instead of what the scan finds
    colder: bool = False
    ladder: Ladder | None = None

    def run(self, num_sweeps: int | None) -> Generator[int, None, None]:
        """Yields the sweeps of each part done. None: until nothing has improved for long."""
        self._left = math.inf if num_sweeps is None else num_sweeps
        hot = start(self.walkers, self.seed, self.initial)
        yield from self._scan(self.temperatures or (hot, hot / COOLING))
        if self._left > 0:
            yield from self._temper()

    def _part(self, sweeps: int) -> Generator[int, None, None]:
        """Sweeps in parts of a few milliseconds, no more than are left."""
        for part in self.walkers.pace.parts(int(min(sweeps, self._left))):
            self._left -= part
            yield part

    def _scan(self, temperatures: tuple[float, float]) -> Generator[int, None, None]:
        """An anneal of a few walkers that measures mean energies and how fast states are forgotten;
        then the ladder.
        """
        walkers = self.walkers
        falling = 1 / geometric((1 / temperatures[0], 1 / temperatures[1]), SCANNED)
        energies: list[float] = []
        overlaps: list[float] = []
        for temperature in falling:
            for part in self._part(SETTLE):
                walkers.anneal(np.full(part, temperature), SCOUTS)
                yield part
            before = walkers.state.x[:SCOUTS].copy()
            for part in self._part(APART):
                walkers.anneal(np.full(part, temperature), SCOUTS)
                yield part
            if self._left <= 0:
                return
            energies.append(float(walkers.energies(SCOUTS).mean()))
            overlaps.append(_overlap(before, walkers.state.x[:SCOUTS]))
            if self.temperatures is None and overlaps[-1] >= KNOWN:
                break
        walkers.share_prices(SCOUTS)
        self.ladder = self._ladder(
            1 / falling[: len(energies)], np.array(energies), np.array(overlaps)
        )

    def _ladder(self, betas: Floats, energies: Floats, overlaps: Floats) -> Ladder:
        """Evenly spaced rungs from where states are just forgotten to where most of them stays."""
        lengths = thermodynamic_length(betas, energies)
        hot, cold = 0, len(betas) - 1
        if self.temperatures is None:
            forgotten = np.flatnonzero(overlaps <= FORGOTTEN)
            hot = min(int(forgotten[-1]) if len(forgotten) else 0, cold - 1)
            cold = min(max(hot + 1, int(np.argmax(betas >= betas[hot] * RANGE)) or cold), cold)
        lengths = lengths[hot : cold + 1] - lengths[hot]
        rungs = min(max(math.ceil(lengths[-1] / SPACING) + 1, FEWEST), self.walkers.count)
        shift = COLDER if self.colder and self.temperatures is None else 1.0
        # the scouts are cold by now, so they hold the coldest rungs
        return Ladder(
            shift * even(betas[hot : cold + 1], lengths, rungs), np.arange(rungs)[::-1].copy()
        )

    def _temper(self) -> Generator[int, None, None]:
        assert self.ladder is not None
        walkers, done, improved, best = self.walkers, 0, 0, (math.inf, math.inf)
        walkers.put(self.initial)
        while self._left > 0:
            stop = next(
                (sweeps for sweeps in REMEASURE if sweeps > done), done + REFRESH - done % REFRESH
            )
            for part in self._part(stop - done):
                walkers.temper(self.ladder, done, part)
                done += part
                yield part
            if done in REMEASURE:
                betas = even(
                    self.ladder.betas,
                    exchange_length(self.ladder.exchange_rates),
                    len(self.ladder.betas),
                )
                self.ladder = Ladder(betas, self.ladder.holder)
            if done % REFRESH == 0:
                walkers.refresh()
            if (now := walkers.lowest()) < best:
                best, improved = now, done
            if self._left == math.inf and done - improved > max(STALE, 4 * improved):
                return


def _overlap(before: Floats, after: Floats) -> float:
    """How alike walkers [k, n] are to themselves `before`: 1 where nothing changed, 0 where each is
    as any other was.

    Squared differences, over those of different walkers: what all always agree on counts for
    nothing.
    """
    own = ((before - after) ** 2).mean()
    others = np.mean(
        [((before - np.roll(after, shift, axis=0)) ** 2).mean() for shift in range(1, len(before))]
    )
    return float(1 - own / others) if others > 0 else 1.0
