"""Simulated annealing of nonlinear models, one state at a time."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .decision import Decision

Floats = npt.NDArray[np.float64]
Values = list[Any]  # one a decision

TRIALS = 200  # moves from which temperatures and weights are guessed
PERIOD = 100  # moves between two looks at the weights
RISE, FALL = 1.25, 0.95  # of the weight of a constraint that is broken, that holds
FIRST_ROUND = 0.06  # of the time; each following round is twice as long
COLD = 1e-3  # last temperature over the first, at the least
ASK = 0.02  # seconds between two questions whether to stop


class State(NamedTuple):
    """Values of all decisions, with their objective and by how much they break each constraint."""

    values: Values
    objective: float
    broken: Floats

    @property
    def feasible(self) -> bool:
        return not self.broken.any()

    def key(self) -> tuple[float, float]:
        """Smaller is better: feasible ones first, then by how much is broken, then by objective."""
        return float(self.broken.sum()), self.objective


class Evaluation:
    """Evaluates values in state 0 of a locked model, setting only the symbols that differ."""

    def __init__(self, decisions: Sequence[Decision[Any]], objective: Any, broken: Any) -> None:
        self.decisions, self.objective, self.broken = decisions, objective, broken
        self.count = 0
        self._there: Values = [None] * len(decisions)
        self._none = np.zeros(0)

    def __call__(self, values: Values) -> State | None:
        """None where a symbol does not take its value, or a number is not finite."""
        for k, value in enumerate(values):
            if value is not self._there[k]:
                self._there[k] = None
                try:
                    self.decisions[k].set(0, value)
                except ValueError:
                    return None
                self._there[k] = value
        self.count += 1
        objective = 0.0 if self.objective is None else float(self.objective.state(0))
        if not math.isfinite(objective):
            return None
        if self.broken is None:
            return State(values, objective, self._none)
        broken = self.broken.state(0)
        return State(values, objective, broken) if math.isfinite(broken.sum()) else None


@dataclass(frozen=True)
class Found:
    """The best states, best first; how many were looked at, and in how many rounds."""

    states: list[State]
    evaluations: int
    rounds: int


class Search:
    """Anneals in rounds until `deadline` of `time.perf_counter()`, each twice as long as the one
    before: from the best state so far, less hot, and from a new one in turn.

    What breaks a constraint is charged by a weight that rises while it is broken and falls while it
    holds. `most` evaluations end it earlier, for a run that can be repeated.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        *,
        seed: int,
        deadline: float,
        interrupt: Callable[[], bool],
        keep: int,
        most: int | None = None,
    ) -> None:
        self.evaluate, self.decisions = evaluation, evaluation.decisions
        self.draw = random.Random(seed)
        self.deadline, self.interrupt, self.keep, self.most = deadline, interrupt, keep, most
        self.best: list[State] = []
        self._sizes = np.cumsum([decision.size for decision in self.decisions]).tolist()
        self._asked = 0.0
        self._over = False

    def run(self, starts: Sequence[Values]) -> Found:
        """`starts`, at least one that all symbols take; the result is not worse than they are."""
        begun = time.perf_counter()
        first: list[State] = []
        for values in starts:
            if first and self._ended():
                break
            if (state := self.evaluate(values)) is not None:
                first.append(state)
                self._note(state)
        rounds, length = 0, FIRST_ROUND * (self.deadline - begun)
        while self.decisions and not self._ended():
            start = self._start(rounds, first)
            if start is None:
                break
            left = self.deadline - time.perf_counter()
            span = left if left < 2 * length else length
            self._round(start, span, heat=1.0 if rounds % 2 == 0 else 0.2)
            rounds, length = rounds + 1, 2 * length
        return Found(sorted(self.best, key=State.key), self.evaluate.count, rounds)

    def _start(self, rounds: int, first: list[State]) -> State | None:
        """The best state so far, or one by chance; that fails where symbols take few of them."""
        if rounds == 0 and first:
            return min(first, key=State.key)
        if rounds % 2 and self.best:
            return self.best[0]
        for _ in range(20):
            state = self.evaluate([decision.drawn(self.draw) for decision in self.decisions])
            if state is not None:
                self._note(state)
                return state
        return self.best[0] if self.best else None

    def _round(self, now: State, span: float, heat: float) -> None:
        begun = time.perf_counter()
        weights, hot, cold = self._guessed(now)
        hot *= heat
        cold = min(cold, hot)
        paid = self._paid(now, weights)
        held = now.broken * 0.0  # by constraint, whether it was broken in this period
        temperature, moves = hot, 0
        while not self._ended():
            moves += 1
            if moves % 16 == 0:
                share = (time.perf_counter() - begun) / span
                if self.most is not None:
                    share = max(share, self.evaluate.count / self.most)
                if share >= 1:
                    return
                temperature = hot * (cold / hot) ** share
            new = self._moved(now)
            if new is not None:
                cost = self._paid(new, weights)
                if cost <= paid or self.draw.random() < math.exp((paid - cost) / temperature):
                    now, paid = new, cost
                    self._note(now)
            if len(held):
                held += now.broken
                if moves % PERIOD == 0:
                    always = now.broken > 0
                    weights = np.where(always, RISE, np.where(held > 0, 1.0, FALL)) * weights
                    held[:] = 0
                    paid = self._paid(now, weights)

    def _moved(self, now: State) -> State | None:
        """One decision changes, in proportion to its size."""
        k, total = 0, self._sizes[-1]
        if len(self._sizes) > 1:
            place = self.draw.random() * total
            while self._sizes[k] <= place:
                k += 1
        value = self.decisions[k].moved(now.values[k], self.draw)
        if value is None:
            return None
        values = now.values.copy()
        values[k] = value
        return self.evaluate(values)

    def _guessed(self, start: State) -> tuple[Floats, float, float]:
        """Weights of the constraints, and the first and the last temperature, from what moves of a
        random walk change.
        """
        now, changes, breaks = start, [], []
        for _ in range(TRIALS):
            if self._ended():
                break
            new = self._moved(now)
            if new is not None:
                changes.append(abs(new.objective - now.objective))
                breaks.append(np.abs(new.broken - now.broken))
                now = new
                self._note(now)
        steps = np.array([change for change in changes if change > 0])
        hot = float(np.quantile(steps, 0.5)) if len(steps) else 1.0
        small = float(np.quantile(steps, 0.05)) if len(steps) else hot
        per = np.ones(len(start.broken))
        if breaks and len(per):
            table = np.array(breaks)
            counts = (table > 0).sum(axis=0)
            per = np.where(counts > 0, table.sum(axis=0) / np.maximum(counts, 1), 1.0)
        return 2 * hot / per, hot, max(COLD * hot, 0.1 * small)

    def _paid(self, state: State, weights: Floats) -> float:
        return state.objective + float(weights @ state.broken) if len(weights) else state.objective

    def _note(self, state: State) -> None:
        """Keep it if it is better than all before."""
        if not self.best or state.key() < self.best[0].key():
            self.best.insert(0, state)
            del self.best[self.keep :]

    def _ended(self) -> bool:
        now = time.perf_counter()
        if now >= self.deadline or (self.most is not None and self.evaluate.count >= self.most):
            self._over = True
        elif now - self._asked > ASK:
            self._asked = now
            self._over = self._over or self.interrupt()
        return self._over
