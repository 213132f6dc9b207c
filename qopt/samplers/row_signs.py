"""Signs of rows in a QUBO: a look at a few couplings, in some thousandths of a second.

In a row `A (a . x - right)**2` the coupling of bits i and j is 2 A a_i a_j. So bits k that are
coupled to two bits i and j of a row tell the same number Q_ij Q_ik / Q_jk = 2 A a_i**2 where they
are of the row, too, and the couplings among these k follow from those to i. By chance that is rare:
couplings are drawn one by one and looked at for it. Rows of three or four bits leave little to
compare. They are told by couplings that are all alike, 2 A, where a linear bias is between -A and
-3 A, about, as that of a bit in few groups of which one bit is 1, or two are. That may well be
there by chance, and counts for little.

Where an objective couples most bits of a row, few of its couplings are so. But two bits of its own,
as those of a slack number, are coupled to the same bits, each to all of them in one proportion.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..anneal.core.ising import Floats, Ints, Ising

LOOKS = 128  # couplings that are looked at
TWINS = 32  # pairs of bits with the same neighbours that are looked at
MANY = 10_000  # couplings: of more one may be drawn twice
ENOUGH = 3  # of them, signs of rows
SMALL = 0.25  # of a sign, what that of a small row counts
FEWEST = 3  # bits that twins are coupled to, each other among them
ALIKE = 1e-6  # of two numbers, relative
MEMBERS = 24  # bits, at most, whose couplings to each other are compared
# bits; and of the couplings among fewer and among as many, the least share that is as in a row:
# where rows cross, some are of two
SOME, CONSISTENT = 6, (0.9, 0.65)
NEAR = 0.5, 3.5  # times -A: what the smallest linear bias of a small row's bits may be


def has_signs_of_rows(ising: Ising) -> bool:
    """Whether some couplings look as if rows had been squared and added up; the same answer
    always for the same model.
    """
    m, found = len(ising.quad), 0.0
    if m < FEWEST:
        return False
    look, random = _Look(ising), np.random.default_rng(0)
    for k in random.choice(m, min(m, LOOKS), replace=m > MANY).tolist():
        found += look.sign(int(ising.row[k]), int(ising.col[k]))
        if found >= ENOUGH:
            return True
    pairs = look.alike_in_neighbours()
    some = random.permutation(len(pairs))[:TWINS]
    return found + sum(look.are_twins(i, j) for i, j in pairs[some].tolist()) >= ENOUGH


class _Look:
    """A model's couplings and linear biases over bits, by bit."""

    def __init__(self, ising: Ising) -> None:
        self.starts, self.bits, quad = ising.neighbours()
        self.quad = 4 * quad
        self.linear = 2 * (ising.linear - ising.row_sums(ising.quad))

    def sign(self, i: int, j: int) -> float:
        """What their coupling is worth as a sign of a row, by the bits that both are coupled to."""
        (mine, its), (other, theirs) = self._of_bit(i), self._of_bit(j)
        here = float(its[np.searchsorted(mine, j)])
        both, at, there = np.intersect1d(mine, other, assume_unique=True, return_indices=True)
        if not len(both):
            return 0.0
        its, theirs = its[at], theirs[there]
        told = here * its / theirs
        chosen = _most_alike(told)
        if len(chosen) >= FEWEST:
            chosen = chosen[:MEMBERS]
            if self._are_consistent(both[chosen], its[chosen], float(told[chosen[0]])):
                return 1.0
        apart = np.maximum(np.abs(its - here), np.abs(theirs - here))
        third = both[apart <= ALIKE * here][: FEWEST - 1]
        few = len(third) > 0 and self._are_of_small_rows(np.r_[i, j, third], here)
        return SMALL if few else 0.0

    def alike_in_neighbours(self) -> Ints:
        """int64[k, 2]: pairs of bits, coupled to each other and both to all that one of them is,
        told by a sum of random numbers; of many such bits those alike in one proportion.
        """
        names = np.random.default_rng(1).integers(0, 2**63, len(self.linear), dtype=np.uint64)
        before = np.r_[np.zeros(1, dtype=np.uint64), np.cumsum(names[self.bits])]
        sums = names + before[self.starts[1:]] - before[self.starts[:-1]]
        order = np.argsort(sums, kind="stable")
        order = order[np.diff(self.starts)[order] >= FEWEST]
        ends = np.r_[0, np.flatnonzero(np.diff(sums[order])) + 1, len(order)]
        sizes = np.diff(ends)
        two = ends[:-1][sizes == 2]
        pairs = (
            self._in_proportion(np.sort(order[ends[k] : ends[k + 1]]))
            for k in np.flatnonzero(sizes > 2)[:TWINS].tolist()
        )
        both = np.concatenate([np.stack([order[two], order[two + 1]], axis=1), *pairs])
        return both.astype(np.int64)

    def _in_proportion(self, bits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """int64[k, 2]: of three or more bits with the same neighbours the pairs that are coupled
        to two of these in one proportion.
        """
        marks = np.union1d(self._of_bit(int(bits[0]))[0], bits)[:2]
        rest = np.setdiff1d(bits, marks)
        one, two = (
            couplings[np.searchsorted(mine, rest)] for mine, couplings in map(self._of_bit, marks)
        )
        ratio = one / two
        order = np.argsort(ratio, kind="stable")
        near = np.flatnonzero(np.diff(ratio[order]) <= ALIKE * np.abs(ratio[order][1:]))
        return np.stack([rest[order[near]], rest[order[near + 1]]], axis=1)

    def are_twins(self, i: int, j: int) -> bool:
        """Whether two bits with the same neighbours are coupled to all of them in one proportion,
        and to each other as two bits of a row.
        """
        (mine, its), (other, theirs) = self._of_bit(i), self._of_bit(j)
        here = float(its[np.searchsorted(mine, j)])
        told = here * its[mine != j] / theirs[other != i]
        return bool(told[0] > 0 and (np.abs(told - told[0]) <= ALIKE * told[0]).all())

    def _of_bit(self, bit: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """What it is coupled to, in order, and by how much."""
        mine = slice(self.starts[bit], self.starts[bit + 1])
        return self.bits[mine], self.quad[mine]

    def _pairs_of(self, bits: npt.NDArray[Any]) -> Floats:
        """The couplings of all pairs of these bits, row by row of the upper triangle."""
        block = np.zeros((len(bits), len(bits)))
        for k, bit in enumerate(bits.tolist()):
            mine, couplings = self._of_bit(bit)
            place = np.minimum(np.searchsorted(mine, bits), len(mine) - 1)
            block[k] = np.where(mine[place] == bits, couplings[place], 0.0)
        return np.asarray(block[_upper(len(bits))])

    def _are_consistent(self, members: npt.NDArray[Any], couplings: Floats, number: float) -> bool:
        """Whether most of the couplings among them are what those to one more bit of a row say."""
        expected = (couplings[:, None] * couplings / number)[_upper(len(members))]
        off = np.abs(self._pairs_of(members) - expected)
        least = CONSISTENT[len(members) >= SOME]
        return bool((off <= ALIKE * np.abs(expected)).mean() >= least)

    def _are_of_small_rows(self, bits: npt.NDArray[Any], number: float) -> bool:
        alike = np.abs(self._pairs_of(bits) - number) <= ALIKE * number
        times = -self.linear[bits] / (number / 2)
        return bool(alike.all() and (times >= NEAR[0]).all() and times.min() <= NEAR[1])


@lru_cache(MEMBERS + 1)
def _upper(n: int) -> tuple[Ints, Ints]:
    """The places of all pairs of n bits, row by row, kept from look to look."""
    row, col = np.triu_indices(n, 1)
    return row, col


def _most_alike(told: Floats) -> Ints:
    """Places, in order, of the positive number that occurs most often; of none, none."""
    order = np.argsort(told, kind="stable")
    order = order[told[order] > 0]
    value = told[order]
    ends = np.r_[0, np.flatnonzero(np.diff(value) > ALIKE * value[1:]) + 1, len(value)]
    longest = int(np.argmax(np.diff(ends)))
    return np.sort(order[ends[longest] : ends[longest + 1]])
