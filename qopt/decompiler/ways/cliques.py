"""Cliques of a graph of couplings: bits all of which are joined to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..couplings import Floats, Ints

Bools = npt.NDArray[np.bool_]

FEWEST = 3  # bits of a clique
TRY = 5000  # pairs, that looking at some bits takes as long as, besides


@dataclass(frozen=True, eq=False)
class Pairs:
    """Couplings, each from both of its bits: those of bit i are at the places
    `starts[i]:starts[i + 1]`, to the bits `other`, ascending, of values `data`; `owner` is i.

    `place` int64[n] is -1 everywhere but for a moment.
    """

    starts: Ints
    other: Ints
    owner: Ints
    data: Floats
    place: Ints

    @property
    def size(self) -> int:
        """Bits."""
        return len(self.starts) - 1

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> Pairs:
        n, starts = matrix.shape[0], matrix.indptr.astype(np.int64)
        owner = np.repeat(np.arange(n), np.diff(starts))
        other = matrix.indices.astype(np.int64)
        return cls(starts, other, owner, matrix.data.copy(), np.full(n, -1))

    def around(self, bit: int) -> slice:
        return slice(self.starts[bit], self.starts[bit + 1])

    def among(self, bits: Ints) -> tuple[Ints, Ints, Ints]:
        """The places of all couplings among these bits, and the numbers of both bits in these."""
        counts = self.starts[bits + 1] - self.starts[bits]
        ends = np.cumsum(counts)
        places = np.arange(ends[-1]) + np.repeat(self.starts[bits] - ends + counts, counts)
        self.place[bits] = np.arange(len(bits))
        second = self.place[self.other[places]]
        self.place[bits] = -1
        inside = second >= 0
        first = np.repeat(np.arange(len(bits)), counts)[inside]
        return places[inside], first, second[inside]


def each_clique(
    pairs: Pairs,
    joined: Bools,
    order: Ints,
    take: Callable[[Ints, Ints], bool],
    work: int,
    late: Callable[[], bool],
) -> Ints:
    """Offer cliques of at least three bits among the couplings `joined`, no pair of bits twice.

    They are looked for from one bit after the other in `order`, and `take` is told the bits,
    ascending, and the places of their couplings, and says whether they are taken; `work` is how
    many pairs may be looked at in vain, and `late` says when time is up. Changes `joined`.
    Returns the places of what was taken.
    """
    taken = [np.zeros(0, dtype=np.int64)]
    for bit in order.tolist():
        while work > 0 and not late():
            mine = pairs.around(bit)
            around = pairs.other[mine][joined[mine]]
            if len(around) < FEWEST - 1:
                break
            bits = np.sort(np.append(around, bit))
            places, first, second = pairs.among(bits)
            known = joined[places]
            adjacent = np.zeros((len(bits), len(bits)), dtype=bool)
            adjacent[first[known], second[known]] = True
            chosen = _clique(adjacent)
            inside = chosen[first] & chosen[second]
            if chosen.sum() < FEWEST or not take(bits[chosen], places[inside]):
                work -= len(bits) ** 2 + TRY
                break
            joined[places[inside]] = False
            taken.append(places[inside])
    return np.concatenate(taken)


def _clique(adjacent: Bools) -> Bools:
    """Those of a clique: who has the fewest neighbours goes away, until all have one another."""
    there, degree = np.ones(len(adjacent), dtype=bool), adjacent.sum(axis=0)
    for count in range(len(adjacent), 0, -1):
        worst = int(degree.argmin())
        if degree[worst] >= count - 1:
            break
        there[worst] = False
        degree -= adjacent[worst]
        degree[worst] = len(adjacent)
    return there
