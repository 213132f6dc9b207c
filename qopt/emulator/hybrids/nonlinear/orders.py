"""Moves of lists: orders of distinct numbers."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import numpy.typing as npt

from .decision import Decision, below, two

Ints = npt.NDArray[np.int64]
Parts = tuple[Ints, ...]

SEGMENT = 4  # the longest piece that moves as a whole


class ListDecision(Decision[Ints]):
    """Values int64[k], different numbers below n in an order; k is fixed or between two sizes."""

    def __init__(self, symbol: Any) -> None:
        info = symbol.info()
        self.n = int(info.max) + 1
        self.least, self.most = sizes(symbol, info, self.n)
        super().__init__(symbol, max(1, self.n))

    def read(self, index: int) -> Ints:
        return np.asarray(self.symbol.state(index), dtype=np.int64)

    def drawn(self, draw: random.Random) -> Ints:
        order = list(range(self.n))
        draw.shuffle(order)
        return np.array(order[: draw.randint(self.least, self.most)], dtype=np.int64)

    def moved(self, value: Ints, draw: random.Random) -> Ints | None:
        chance = draw.random()
        resizes = self.least < self.most
        if resizes and chance < 0.3:
            return self._resized(value, draw)
        if self.n > len(value) > 0 and chance < 0.5:
            new = value.copy()
            new[below(draw, len(value))] = _absent(value, self.n, draw)
            return new
        return reordered(value, draw)

    def _resized(self, value: Ints, draw: random.Random) -> Ints | None:
        k = len(value)
        if draw.random() < 0.5:
            if k == self.most:
                return None
            new = _absent(value, self.n, draw)
            return np.insert(value, below(draw, k + 1), new)
        return None if k == self.least else _without(value, below(draw, k))


class DisjointListsDecision(Decision[Parts]):
    """Values: a tuple of int64[k], in which each number below n is once."""

    def __init__(self, symbol: Any) -> None:
        self.n = int(symbol.primary_set_size())
        self.count = int(symbol.num_disjoint_lists())
        super().__init__(symbol, max(1, self.n))

    def read(self, index: int) -> Parts:
        parts = sorted(self.symbol.iter_successors(), key=lambda part: part.list_index())
        return tuple(np.asarray(part.state(index), dtype=np.int64) for part in parts)

    def drawn(self, draw: random.Random) -> Parts:
        order = list(range(self.n))
        draw.shuffle(order)
        cuts = sorted(below(draw, self.n + 1) for _ in range(self.count - 1))
        return tuple(
            np.array(order[a:b], dtype=np.int64)
            for a, b in zip([0, *cuts], [*cuts, self.n], strict=True)
        )

    def moved(self, value: Parts, draw: random.Random) -> Parts | None:
        a = self._of_item(value, draw)
        if a is None:
            return None
        chance = draw.random()
        if self.count == 1 or chance < 0.35:
            return _with(value, {a: reordered(value[a], draw)})
        b = below(draw, self.count - 1)
        b += b >= a
        if chance < 0.65:
            return _given(value, a, b, draw)
        if chance < 0.85:
            return _swapped(value, a, b, draw)
        i, j = below(draw, len(value[a]) + 1), below(draw, len(value[b]) + 1)
        one = np.concatenate([value[a][:i], value[b][j:]])
        other = np.concatenate([value[b][:j], value[a][i:]])
        return _with(value, {a: one, b: other})  # their tails changed hands

    def _of_item(self, value: Parts, draw: random.Random) -> int | None:
        """A list in proportion to its length."""
        if not self.n:
            return None
        k = below(draw, self.n)
        for number, part in enumerate(value):
            k -= len(part)
            if k < 0:
                return number
        return None


def sizes(symbol: Any, info: Any, n: int) -> tuple[int, int]:
    """The least and the most elements of a list or set of numbers below n."""
    (length,) = symbol.shape()
    if length >= 0:
        return length, length
    least, most = info.size.min, info.size.max
    return int(least or 0), n if most is None else int(most)


def reordered(value: Ints, draw: random.Random) -> Ints | None:
    """Two change places, a short piece moves, or a piece is turned round."""
    k = len(value)
    if k < 2:
        return None
    chance = draw.random()
    if chance < 0.3:
        i, j = two(draw, k)
        new = value.copy()
        new[i], new[j] = value[j], value[i]
        return new
    if chance < 0.65 or k < 4:
        length = 1 + below(draw, min(SEGMENT, k - 1))
        i = below(draw, k - length + 1)
        piece, rest = value[i : i + length], _without(value, i, length)
        j = below(draw, k - length + 1)
        turned = piece[::-1] if draw.random() < 0.5 else piece
        return np.concatenate([rest[:j], turned, rest[j:]])
    i, j = sorted(two(draw, k))
    new = value.copy()
    new[i : j + 1] = value[i : j + 1][::-1]
    return new


def _without(value: Ints, start: int, length: int = 1) -> Ints:
    """Faster than `np.delete`."""
    return np.concatenate([value[:start], value[start + length :]])


def _absent(value: Ints, n: int, draw: random.Random) -> int:
    """A number below n that is not in `value`, which has fewer than n."""
    there = set(value.tolist())
    if 2 * len(there) < n:
        while (new := below(draw, n)) in there:
            pass
        return new
    absent = [k for k in range(n) if k not in there]
    return absent[below(draw, len(absent))]


def _with(value: Parts, parts: dict[int, Ints | None]) -> Parts | None:
    if any(part is None for part in parts.values()):
        return None
    return tuple(parts.get(k, part) for k, part in enumerate(value))  # type: ignore[misc]  # none is None


def _given(value: Parts, a: int, b: int, draw: random.Random) -> Parts | None:
    """A short piece of one list goes into another."""
    source, target = value[a], value[b]
    length = 1 + below(draw, min(SEGMENT, len(source))) if draw.random() < 0.4 else 1
    i, j = below(draw, len(source) - length + 1), below(draw, len(target) + 1)
    piece = source[i : i + length]
    grown = np.concatenate([target[:j], piece, target[j:]])
    return _with(value, {a: _without(source, i, length), b: grown})


def _swapped(value: Parts, a: int, b: int, draw: random.Random) -> Parts | None:
    """An item of one list changes places with one of another."""
    if not len(value[b]):
        return None
    one, other = value[a].copy(), value[b].copy()
    i, j = below(draw, len(one)), below(draw, len(other))
    one[i], other[j] = other[j], one[i]
    return _with(value, {a: one, b: other})
