"""Moves of sets: which numbers are in one, and in which of several each is."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import numpy.typing as npt

from .decision import Decision, below, two
from .orders import sizes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class SetDecision(Decision[Ints]):
    """Values int64[k], different numbers below n, of which the order does not count."""

    def __init__(self, symbol: Any) -> None:
        info = symbol.info()
        self.n = int(info.max) + 1
        self.least, self.most = sizes(symbol, info, self.n)
        super().__init__(symbol, max(1, self.n))

    def read(self, index: int) -> Ints:
        return np.asarray(self.symbol.state(index), dtype=np.int64)

    def drawn(self, draw: random.Random) -> Ints:
        count = draw.randint(self.least, self.most)
        return np.array(sorted(draw.sample(range(self.n), count)), dtype=np.int64)

    def moved(self, value: Ints, draw: random.Random) -> Ints | None:
        """A number goes in or out, or one takes the place of another."""
        if not self.n:
            return None
        number, k = below(draw, self.n), len(value)
        place = np.flatnonzero(value == number)
        there, fixed = len(place) > 0, self.least == self.most
        if not fixed and draw.random() < 0.6:
            if there:
                return np.delete(value, place[0]) if k > self.least else None
            return np.append(value, number) if k < self.most else None
        if there or not k:
            return None
        new = value.copy()
        new[below(draw, k)] = number
        return new


class DisjointSetsDecision(Decision[Ints]):
    """Values int64[n]: in which of the sets each number below n is."""

    def __init__(self, symbol: Any) -> None:
        parts = list(symbol.iter_successors())
        self.count = int(symbol.num_disjoint_sets())
        self.n = int(parts[0].shape()[0]) if parts else 0
        super().__init__(symbol, max(1, self.n))

    def read(self, index: int) -> Ints:
        parts = sorted(self.symbol.iter_successors(), key=lambda part: part.set_index())
        inside = [np.asarray(part.state(index)) for part in parts]
        return np.asarray(np.argmax(inside, axis=0), dtype=np.int64)

    def drawn(self, draw: random.Random) -> Ints:
        return np.array([below(draw, self.count) for _ in range(self.n)], dtype=np.int64)

    def moved(self, value: Ints, draw: random.Random) -> Ints | None:
        """A number goes to another set, two change sets, or a whole set joins another."""
        if not self.n or self.count < 2:
            return None
        chance, new = draw.random(), value.copy()
        if chance < 0.3 and self.n > 1:
            i, j = two(draw, self.n)
            if value[i] == value[j]:
                return None
            new[i], new[j] = value[j], value[i]
            return new
        k, other = below(draw, self.n), below(draw, self.count - 1)
        if chance < 0.65 and self.n > 1:
            other = int(value[below(draw, self.n)])  # a set that is not empty
            if other == value[k]:
                return None
        else:
            other += other >= value[k]
        if chance > 0.97:
            new[value == value[k]] = other
        else:
            new[k] = other
        return new

    def state(self, value: Ints) -> Bools:
        return np.asarray(value == np.arange(self.count)[:, None])
