"""Moves of arrays of binary and of integer variables."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import numpy.typing as npt

from .decision import Decision, below, two

Ints = npt.NDArray[np.int64]

NARROW = 32  # of a narrower range, most steps go anywhere: it may be a choice of things
WIDE = 1_000_000  # of a wider range, large values are as likely as their logarithm


class NumbersDecision(Decision[Ints]):
    """Values int64[n], flat, within the symbol's bounds.

    Where the symbol has sums to keep, values also change places: within a slice of an axis, and
    at the corners of a rectangle, which keeps the sums of rows and of columns.
    """

    def __init__(self, symbol: Any) -> None:
        super().__init__(symbol, max(1, math.prod(symbol.shape())))
        self.shape = tuple(symbol.shape())
        self.lower = self._bound(symbol.lower_bound(), np.ceil)
        self.upper = self._bound(symbol.upper_bound(), np.floor)
        self.free = np.flatnonzero(self.lower < self.upper).tolist()
        self.binary = bool((self.upper - self.lower).max(initial=0) <= 1)
        self.sums = bool(symbol.sum_constraints())

    def _bound(self, bound: Any, rounded: Any) -> Ints:
        whole = rounded(np.broadcast_to(bound, self.shape)).ravel()
        return np.asarray(whole, dtype=np.int64)

    def read(self, index: int) -> Ints:
        return np.asarray(self.symbol.state(index), dtype=np.int64).ravel()

    def drawn(self, draw: random.Random) -> Ints:
        if self.sums:
            value = self.read(0)
            for _ in range(4 * self.size):
                value = self._exchanged(value, draw)
            return value
        few = self.upper - self.lower <= WIDE
        uniform = np.array([draw.random() for _ in range(self.size)])
        reach = np.where(few, self.upper - self.lower, WIDE)
        above: Ints = np.minimum((uniform * (reach + 1)).astype(np.int64), reach)
        return self.lower + above

    def moved(self, value: Ints, draw: random.Random) -> Ints | None:
        if not self.free:
            return None
        chance = draw.random()
        if self.sums and chance < 0.7:
            return self._exchanged(value, draw)
        if len(self.free) > 1 and chance < 0.3:
            return self._two_moved(value, draw)
        k = self.free[below(draw, len(self.free))]
        new = value.copy()
        new[k] = self._stepped(int(value[k]), k, draw)
        return new

    def _two_moved(self, value: Ints, draw: random.Random) -> Ints | None:
        """Two values change places, or one gives to another."""
        i, j = (self.free[k] for k in two(draw, len(self.free)))
        new = value.copy()
        if self.binary or draw.random() < 0.5:
            if value[i] == value[j]:
                return None
            new[i], new[j] = value[j], value[i]
        else:
            new[i] = self._stepped(int(value[i]), i, draw)
            new[j] = value[j] - (new[i] - value[i])
        for k in (i, j):
            if not self.lower[k] <= new[k] <= self.upper[k]:
                return None
        return new

    def _stepped(self, now: int, k: int, draw: random.Random) -> int:
        low, high = int(self.lower[k]), int(self.upper[k])
        if high - low == 1:
            return low + high - now
        chance = draw.random()
        if high - low <= NARROW and chance < 0.8:
            other = low + below(draw, high - low)
            return other + (other >= now)
        if chance < 0.4:
            step = 1
        elif chance < 0.75 or high - low > WIDE:
            step = int(math.exp(draw.random() * math.log(min(high - low, WIDE)))) or 1
        else:
            other = low + below(draw, high - low)
            return other + (other >= now)
        new = now + (step if draw.random() < 0.5 else -step)
        return min(max(new, low), high)

    def _exchanged(self, value: Ints, draw: random.Random) -> Ints:
        """Values that change places, in a slice or at the corners of a rectangle."""
        grid = value.reshape(self.shape).copy()
        place = [below(draw, length) for length in self.shape]
        long = [axis for axis, length in enumerate(self.shape) if length > 1]
        if not long:
            return value
        first = long[below(draw, len(long))]
        other = list(place)
        other[first] = (place[first] + 1 + below(draw, self.shape[first] - 1)) % self.shape[first]
        a, b = tuple(place), tuple(other)
        if len(long) > 1 and draw.random() < 0.5:
            second = next(axis for axis in long if axis != first)
            shift = 1 + below(draw, self.shape[second] - 1)
            far = list(place)
            far[second] = (place[second] + shift) % self.shape[second]
            corner = list(other)
            corner[second] = far[second]
            c, d = tuple(far), tuple(corner)
            grid[a], grid[c], grid[b], grid[d] = grid[b], grid[d], grid[a], grid[c]
        else:
            grid[a], grid[b] = grid[b], grid[a]
        return np.asarray(grid.ravel())
