"""Parallel tempering, its ladder measured on the model, and cluster moves where they pay."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np

from ..core.ising import Floats, Spins
from ..core.temperatures import even, exchange_length, geometric, thermodynamic_length
from .annealing import anneal
from .replicas import Replicas
from .schedule import Ladder

# sweeps of the anneal that the ladder is measured on; a run of no more than that is an anneal
SCAN = 512
STEP = 8  # sweeps of it between measurements
# of two states 2 * STEP sweeps apart: the hottest rung is where replicas are no more alike
FORGOTTEN = 0.35
RESIDUE = 1.0  # thermodynamic length left below the coldest rung: what one exchange bridges
SPACING = 1.4  # between rungs, at most; exchange rates are then about 0.3 and more
# spacing from which nothing is ever exchanged (a rate of 0.005): annealing does better
WIDEST = 4.0
EXCHANGE = 2  # sweeps between exchanges
QUENCH = 64  # sweeps between descents
CLUSTER = 32  # sweeps between cluster moves
# sweeps after which the ladder is spaced anew by the exchanges seen between its rungs
REMEASURE = 512, 2048, 8192
# share of the spins in hot clusters, above which cluster moves hardly do more than exchange whole
# replicas
PERCOLATED = 0.43
TRIALS = 10  # cluster moves, after which they end where that share is larger
# an open-ended run ends this many sweeps after its own last improvement, or 4 times as late as that
# came
STALE = 20_000


@dataclass
class Tempering:
    """One run. Nothing but the replicas' seed, `beta_range`, `initial` and the number of sweeps
    decides what it finds.
    """

    replicas: Replicas
    beta_range: tuple[float, float]
    narrow: bool  # whether the ends of the ladder may be brought nearer than `beta_range`
    initial: Spins | None = None
    ladder: Ladder | None = None
    _shares: list[float] = field(default_factory=list)

    def run(self, num_sweeps: int | None) -> Generator[int, None, None]:
        """More than SCAN sweeps; yields those of each part done.

        None: until nothing has improved for long, or for ever.
        """
        replicas = self.replicas
        yield from self._scan()
        replicas.quench()
        yield 0
        if self.ladder is None:
            if num_sweeps is not None:
                yield from anneal(replicas, num_sweeps - SCAN, self.beta_range)
            return
        yield from self._temper(None if num_sweeps is None else num_sweeps - SCAN)

    def _temper(self, num_sweeps: int | None) -> Generator[int, None, None]:
        assert self.ladder is not None
        replicas, done, improved, best = self.replicas, 0, 0, np.inf
        self._start_from(self.ladder)
        # of a small model many sweeps go between looks, so that Python takes no time to speak of
        pace = max(1, 1024 // max(replicas.layout.num_variables, 1))
        clusters = self._may_cluster() and len(self.ladder.holder) > 1
        while num_sweeps is None or done < num_sweeps:
            stop = done + CLUSTER * pace - done % (CLUSTER * pace)
            if num_sweeps is not None:
                stop = min(stop, num_sweeps)
            for part in replicas.pace.parts(stop - done):
                replicas.temper(self.ladder, done, part, EXCHANGE)
                done += part
                yield part
            if done % (CLUSTER * pace) or done == num_sweeps:
                continue  # a run that is cut here and one that ends here are to be the same
            if clusters:
                clusters = self._move_clusters()
            if done in [sweeps * pace for sweeps in REMEASURE]:
                self._space_anew()
            if done % (QUENCH * pace) == 0:
                lowest = replicas.quench()
                if lowest < best:
                    best, improved = lowest, done
                if num_sweeps is None and done - improved > max(STALE * pace, 4 * improved):
                    return

    def _scan(self) -> Generator[int, None, None]:
        """An anneal that measures mean energies and how fast states are forgotten, and from them
        makes the ladder.
        """
        replicas, layout = self.replicas, self.replicas.layout
        betas = geometric(self.beta_range, SCAN)
        scales, energies, overlaps = layout.scale(betas), [], []
        before = earlier = replicas.spins.copy()
        for first in range(0, SCAN, STEP):
            done = first
            for part in replicas.pace.parts(STEP):
                replicas.anneal(scales[done : done + part], done)
                done += part
                yield part
            energies.append(float(replicas.energies().mean()))
            overlaps.append(layout.overlap(replicas.spins, earlier))
            earlier, before = before, replicas.spins.copy()
        self.ladder = self._ladder(betas[STEP - 1 :: STEP], np.array(energies), np.array(overlaps))

    def _ladder(self, betas: Floats, energies: Floats, overlaps: Floats) -> Ladder | None:
        """Evenly spaced rungs from where states are just forgotten to where one exchange from the
        coldest is the ground.
        """
        lengths = thermodynamic_length(betas, energies)
        hot, cold = 0, len(betas) - 1
        if self.narrow:
            forgotten = np.flatnonzero(overlaps <= FORGOTTEN)
            hot = int(forgotten[-1]) if len(forgotten) else 0
            cold = max(hot + 1, int(np.argmax(lengths >= lengths[-1] - RESIDUE)))
            cold = min(cold, len(betas) - 1)
            hot = min(hot, cold - 1)
        chosen = slice(hot, cold + 1)
        lengths = lengths[chosen] - lengths[hot]
        replicas = self.replicas.count
        # two ladders at least where cluster moves are to exchange between them
        most = replicas // 2 if self._may_cluster() else replicas
        fitting = [
            rungs
            for rungs in (8, 16, 32, 64)
            if rungs <= most and lengths[-1] <= SPACING * (rungs - 1)
        ]
        rungs = fitting[0] if fitting else most
        if lengths[-1] > WIDEST * (rungs - 1):
            return None
        return Ladder.of(even(betas[chosen], lengths, rungs), self.replicas.layout)

    def _space_anew(self) -> None:
        """The same ends, and between them rungs even by the exchanges seen, nearer to equilibrium
        than the scan was.
        """
        old = self.ladder
        assert old is not None
        betas = even(old.betas, exchange_length(old.exchange_rates), len(old.betas))
        self.ladder = Ladder.of(betas, self.replicas.layout, old.holder)

    def _move_clusters(self) -> bool:
        """A cluster move at every rung; returns whether to go on with them."""
        assert self.ladder is not None
        self._shares.append(self.replicas.move_clusters(self.ladder.holder))
        return len(self._shares) < TRIALS or float(np.mean(self._shares[:TRIALS])) < PERCOLATED

    def _start_from(self, ladder: Ladder) -> None:
        """Put the initial states, if any, on the coldest rungs, one ladder after another."""
        if self.initial is not None:
            states = self.initial[: self.replicas.count // 2]
            self.replicas.put(states, ladder.holder[:, ::-1].T.ravel()[: len(states)])

    def _may_cluster(self) -> bool:
        layout = self.replicas.layout
        return not layout.form.dense and layout.degree < 8 and self.replicas.count >= 32
