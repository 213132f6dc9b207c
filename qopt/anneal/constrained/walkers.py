"""Walkers side by side: assignments that move, their prices, and the best each has seen."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.ising import Floats
from ..core.pacing import Pace
from ..core.structures import addresses, row_addresses
from . import walk
from .model import Constrained
from .state import State
from .tables import Tables

CHANGES = 4  # of one move, at most, indicators and followers apart
SWEEP = 100, 2048  # proposals of a walker's sweep, at least and at most: it cannot be interrupted
TOUCHES = 50_000  # rows that followers touch in a sweep, about
FEWEST = 8  # proposals of a sweep, at least, where that makes them few
PRICE_RATE = 0.02  # by what share prices change in a sweep, at most
SURVEYED = 1024  # moves


class Walkers:
    """`count` walkers on one model. A seed fixes every random bit from one `restart` to the next.

    `proposals` is what a sweep is to one walker: as many as there are variables, within the limits
    of `SWEEP`, and fewer where many followers wait for each other.
    """

    def __init__(self, model: Constrained, tables: Tables, count: int) -> None:
        n = model.num_variables
        rows = len(model.rows.rhs)
        columns = tables.num_columns
        groups = tables.num_groups
        indicators = len(np.unique(model.rows.indicator))
        followers = tables.num_followers

        def blank(size: int, number: Any = np.float64) -> Any:
            return np.zeros((count, size), dtype=number)

        self.model, self.tables, self.count = model, tables, count
        self.proposals = _proposals(tables)
        whole = max(n, self.proposals)
        # without an objective there is nothing that prices could be too low for, and temperatures
        # are in their units
        self.price_rate = PRICE_RATE * self.proposals / whole if self._has_objective() else 0.0
        self.hurry = whole / self.proposals
        self.state = State(
            x=blank(n),
            best=blank(n),
            record=np.full((count, 2), np.inf),
            field=blank(n),
            clash=blank(n),
            activity=blank(rows),
            needs=blank(n, np.int64),
            one=blank(groups, np.int64),
            one_of_column=blank(columns, np.int64),
            price=np.ones((count, rows + 1)),
            unit=np.ones((count, 1)),
            totals=blank(5),
            dice=blank(1, np.uint64),
            moved=blank(CHANGES + indicators + followers, np.int64),
            by=blank(CHANGES + indicators + followers),
            touched=blank(rows, np.int64),
            mark=blank(rows, np.int8),
            change=blank(rows),
            wanting=blank(indicators, np.int64),
            want=blank(n, np.int64),
            queue=blank(groups + 1, np.int64),
            via=blank(columns, np.int64),
            place=blank(n, np.int64),
            line=blank(followers + 1, np.int64),
            queued=blank(n, np.int8),
        )
        self.blocks = addresses(tables), row_addresses(self.state)  # as the kernels take them
        self._lock = threading.Lock()
        self._best = np.full((count, 2), np.inf), np.zeros((count, n))
        self.pace = Pace()

    def restart(self, seed: Sequence[int], initial: Floats | None = None) -> bool:
        """Fresh generators, and random assignments; the first walkers start near `initial`
        float64[k, n] where there is such.

        What was kept stays. False where no assignment keeps the groups and columns.
        """
        state = self.state
        state.record[...] = np.inf
        state.dice[:, 0] = np.random.default_rng(list(seed)).integers(
            0, 2**63, self.count, dtype=np.uint64
        )
        for walker in range(self.count):
            if not walk.begin(*self.blocks, walker, False):
                return False
        self.put(initial)
        return True

    def put(self, initial: Floats | None) -> None:
        """Set the first walkers to `initial` float64[k, n], as near as the groups allow; nothing
        for None.
        """
        given = () if initial is None else initial[: self.count]
        for walker, values in enumerate(given):
            self.state.x[walker] = values
            walk.begin(*self.blocks, walker, True)
        self.note()

    def refresh(self) -> None:
        """All that follows from the assignments from scratch, which ends the rounding errors of
        their updates.
        """
        walk.refresh_all(*self.blocks)

    def anneal(self, temperatures: Floats, count: int | None = None) -> None:
        """A sweep at each temperature, every one of the first `count` walkers with prices of its
        own.
        """
        walk.anneal(
            *self.blocks,
            temperatures,
            self.proposals,
            self.price_rate,
            self.hurry,
            count or self.count,
        )
        self.note()

    def settle(self, sweeps: int) -> None:
        """Sweeps downhill from a random start.

        It may be so far up that rounding errors blur all below: only the end counts.
        """
        walk.anneal(
            *self.blocks,
            np.full(sweeps, 1e-300),
            self.proposals,
            self.price_rate,
            self.hurry,
            self.count,
        )
        self.state.record[...] = np.inf
        self.refresh()
        self.note()

    def temper(self, ladder: Any, first: int, count: int) -> None:
        """Sweeps `first` to `first + count` of parallel tempering, with shared prices."""
        walk.temper(
            *self.blocks,
            ladder.betas,
            ladder.holder,
            ladder.energies,
            ladder.proposed,
            ladder.accepted,
            first,
            count,
            self.proposals,
            self.price_rate,
            self.hurry,
        )
        self.note()

    def survey(self) -> tuple[Floats, Floats]:
        """Of random moves of the first walker: sizes of what they change in the objective, and what
        they would cost.
        """
        # where followers make moves dear, no more of them than a few sweeps have
        count = min(SURVEYED, 4 * self.proposals) if self.tables.num_followers else SURVEYED
        added, costs = np.zeros(count), np.zeros(count)
        settled = walk.survey(*self.blocks, 0, added, costs)
        return np.abs(added[:settled]), costs[:settled]

    def energies(self, count: int) -> Floats:
        """float64[count] of the first walkers: objective plus priced violations."""
        return np.array([walk.priced(*self.blocks, walker) for walker in range(count)])

    def charge(self, price: float) -> None:
        """Every walker pays this for a unit of violation of anything, to begin with."""
        self.state.price[...] = self.state.unit[...] = price

    def share_prices(self, count: int) -> None:
        """Every walker pays the mean, on a logarithmic scale, of what the first `count` paid."""
        self.state.price[...] = np.exp(np.log(self.state.price[:count]).mean(axis=0))

    def lowest(self) -> tuple[float, float]:
        """Violation and objective of the best assignment since the last restart."""
        violation, objective = min(map(tuple, self.state.record.tolist()))
        return violation, objective

    def best(self) -> tuple[float, float]:
        """Violation and objective of the best assignment kept."""
        violation, objective = min(map(tuple, self._best[0].tolist()))
        return violation, objective

    def note(self) -> None:
        """Keep the best assignments where another thread may read them while this one goes on."""
        record, best = self.state.record, self._best[0]
        lower = record[:, 0] < best[:, 0]
        better = np.flatnonzero(
            lower | ((record[:, 0] == best[:, 0]) & (record[:, 1] < best[:, 1]))
        )
        if len(better):
            with self._lock:
                self._best[0][better] = record[better]
                self._best[1][better] = self.state.best[better]

    def best_states(self) -> tuple[Floats, Floats]:
        """Copies: float64[count, 2] of violations and objectives, and the assignments
        float64[count, n] they belong to.
        """
        with self._lock:
            return self._best[0].copy(), self._best[1].copy()

    def forget(self, best: tuple[Floats, Floats]) -> None:
        """Go back to what was `best_states()` before."""
        with self._lock:
            self._best = best

    def _has_objective(self) -> bool:
        model = self.model
        soft = np.isfinite(model.rows.weight).any()
        return bool(soft or model.linear.any() or model.square.any() or model.pairs.value.any())


def _proposals(tables: Tables) -> int:
    proposals = min(max(tables.num_variables, SWEEP[0]), SWEEP[1])
    # a move changes a third of the followers of a job shop, and what they share rows with
    # (measured: 500 rows of 1000)
    entries = np.diff(tables.entry_ptr)[tables.followers].sum() / 4
    return int(min(proposals, max(TOUCHES / max(entries, 1), FEWEST)))
