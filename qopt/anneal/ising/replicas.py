"""Replicas of one model, side by side, each remembering the lowest minimum it has been brought down
to.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from ..core.ising import Floats, Ints, Ising, Spins
from ..core.pacing import Pace
from ..core.vectors import aligned
from . import clusters, kernel
from .layout import Layout
from .schedule import Ladder

SAMPLED_FLIPS = 32768


class Replicas:
    """As many replicas as the model's form has.

    A seed fixes every random bit from one `restart` to the next.
    """

    def __init__(self, ising: Ising, layout: Layout) -> None:
        self.ising, self.layout = ising, layout
        self.count = layout.form.replicas
        self.spins, self.fields = layout.blank()
        self._descended = layout.blank()
        self._partial = aligned(
            (max(layout.form.lanes, 1),), np.int32 if layout.form.whole else np.float64
        )
        self._energies = np.empty(self.count)
        self.generators = aligned(
            (2 * self.count if layout.form.dense else 2, layout.form.lanes), np.uint32
        )
        self.dice = np.zeros(1, dtype=np.uint64)
        # the spins of each replica's lowest minimum, and its energy
        self.minima, _ = layout.blank()
        self.lowest = np.full(self.count, np.inf)
        self._estimate = np.full(self.count, np.inf)
        self.quench_seconds = 0.0
        self.pace = Pace()
        self._lock = threading.Lock()
        self._scratch: tuple[Any, Any] | None = None

    def restart(self, seed: list[int]) -> None:
        """Random states and fresh generators; the minima stay."""
        random = np.random.default_rng(seed)
        self.generators[...] = random.integers(1, 2**32, self.generators.shape, dtype=np.uint32)
        self.dice[...] = random.integers(0, 2**63, 1, dtype=np.uint64)
        self.spins[...] = np.frombuffer(
            random.bytes(self.spins.nbytes), dtype=self.spins.dtype
        ).reshape(self.spins.shape)
        if self.layout.form.dense:
            self.spins &= self.layout.couplings[1][:, None]
        self.refresh()

    def put(self, states: Spins, replicas: Ints) -> None:
        """Set some replicas to states int8[len(replicas), n]."""
        self.layout.put(self.spins, replicas, states)
        self.refresh()

    def refresh(self) -> None:
        kernel.refresh_fields(self.layout.couplings, self.layout.base, self.spins, self.fields)

    def anneal(self, scales: Any, first: int) -> None:
        """A sweep at each of `scales` float32[sweeps]; `first` is the number of the first in the
        whole anneal.
        """
        layout = self.layout
        every = aligned((len(scales), self.count), np.float32)
        every[...] = np.asarray(scales)[:, None]
        kernel.anneal(
            layout.couplings, layout.base, self.spins, self.fields, self.generators, every, first
        )

    def gibbs(self, scale: Any, first: int, count: int) -> None:
        """Sweeps `first` to `first + count` of Gibbs sampling at `scale` float32[replicas]."""
        layout = self.layout
        kernel.gibbs(
            layout.couplings,
            layout.base,
            self.spins,
            self.fields,
            self.generators,
            scale,
            first,
            count,
        )

    def temper(self, ladder: Ladder, first: int, count: int, every: int) -> None:
        """Sweeps `first` to `first + count` of parallel tempering; modifies `ladder`."""
        layout = self.layout
        kernel.temper(
            layout.couplings,
            layout.base,
            layout.linear,
            self.spins,
            self.fields,
            self.generators,
            ladder.kernel_betas,
            ladder.holder,
            ladder.scale,
            self.dice,
            self._partial,
            self._energies,
            ladder.proposed,
            ladder.accepted,
            first,
            count,
            every,
        )

    def move_clusters(self, holder: Ints) -> float:
        """Isoenergetic cluster moves between ladders at equal temperature; returns what
        `clusters.move` does.
        """
        if self._scratch is None:
            n = self.layout.num_variables
            self._scratch = np.empty(n, dtype=np.int64), np.zeros(n, dtype=np.bool_)
        return float(
            clusters.move(
                self.layout.couplings, self.spins, self.fields, holder, self.dice, *self._scratch
            )
        )

    def energies(self) -> Floats:
        """float64[count] of the present states, in the model's units; to float32's rounding of the
        fields.
        """
        return np.asarray(
            self._totals(self.spins, self.fields) / self.layout.unit + self.layout.offset
        )

    def quench(self) -> float:
        """Bring copies of the replicas down to local minima, and keep those lower than what each
        had.

        Returns the lowest of these minima's energies, in the model's units but for its offset.
        """
        started = time.perf_counter()
        spins, fields = self._descended
        spins[...] = self.spins
        layout = self.layout
        if layout.form.whole:
            fields[...] = self.fields
        else:
            kernel.refresh_fields(layout.couplings, layout.base, spins, fields)
        kernel.descend(layout.couplings, spins, fields)
        energies = self._totals(spins, fields)
        self._keep(spins, energies)
        # the longest of late, so that one stall does not count for ever
        self.quench_seconds = max(0.8 * self.quench_seconds, time.perf_counter() - started)
        return float(energies.min()) / layout.unit

    def keep_states(self, states: Spins) -> None:
        """Offer states int8[k, n] with k at most `count` as minima of the first k replicas,
        descended or not.
        """
        replicas = np.arange(len(states))
        energies = self.ising.energies(states)
        better = energies < self.lowest[: len(states)]
        if better.any():
            self.layout.put(self.minima, replicas[better], states[better])
            self.lowest[: len(states)][better] = energies[better]
            # the next minimum is compared in float64
            self._estimate[: len(states)][better] = np.inf

    def kept(self) -> tuple[Floats, Any]:
        """Copies of `lowest` and of the spins it belongs to, safe while another thread anneals."""
        with self._lock:
            return self.lowest.copy(), self.minima.copy()

    def flip_costs(self) -> Floats:
        """What each flip costs at local minima reached downhill from random states, at least 0; of
        up to 32768 such flips.
        """
        self.quench()
        _, fields = self._descended
        spins = slice(
            0,
            self.layout.num_variables,
            max(1, self.layout.num_variables * self.count // SAMPLED_FLIPS),
        )
        costs = fields[:, spins] if self.layout.form.dense else fields[spins]
        return np.asarray(np.abs(2.0 * costs.astype(np.float64)).ravel() / self.layout.unit)

    def _totals(self, spins: Any, fields: Any) -> Floats:
        kernel.total_energies(
            self.layout.couplings, self.layout.linear, spins, fields, self._partial, self._energies
        )
        return self._energies

    def _keep(self, spins: Any, energies: Floats) -> None:
        better = np.flatnonzero(energies < self._estimate)
        if not len(better):
            return
        self._estimate[better] = energies[better]
        if self.layout.fit.whole:
            exact = energies[better] / self.layout.unit + self.layout.offset
        else:  # fields rounded to float32 find the candidates; float64 decides
            exact = self.ising.energies(self.layout.states(spins, better))
        lower = exact < self.lowest[better]
        better = better[lower]
        with self._lock:
            self.lowest[better] = exact[lower]
            if self.layout.form.dense:
                self.minima[:, better] = spins[:, better]
            else:
                lanes = self.spins.dtype.type(sum(1 << int(replica) for replica in better))
                self.minima ^= (self.minima ^ spins) & lanes
