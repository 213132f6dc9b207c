"""Signs of rows in a QUBO: a look at a few couplings, in some thousandths of a second.

In a row `A (a . x - right)**2` the coupling of bits i and j is 2 A a_i a_j. So bits k that are
coupled to two bits i and j of a row tell the same number Q_ij Q_ik / Q_jk = 2 A a_i**2 where they
are of the row, too, and the couplings among these k follow from those to i. By chance that is rare:
couplings are drawn one by one and looked at for it. Rows of three or four bits leave little to
compare. They are told by couplings that are all alike, 2 A, where the linear biases are near -A or
-2 A, as those of bits that are in one or in two groups of which just one bit is 1.

Where an objective couples most bits of a row, few of its couplings are so. But two bits of its own,
as those of a slack number, are coupled to the same bits, each to all of them in one proportion.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..anneal.core.ising import Floats, Ints, Ising

LOOKS = 128  # couplings that are looked at
TWINS = 32  # pairs of bits with the same neighbours that are looked at
MANY = 10_000  # couplings: of more one may be drawn twice
ENOUGH = 3  # of them, signs of rows
FEWEST = 3  # bits that twins are coupled to, each other among them
ALIKE = 1e-6  # of two numbers, relative
MEMBERS = 24  # bits, at most, whose couplings to each other are compared
CONSISTENT = 0.9  # of these couplings, at least, are what a row has
NEAR = 0.5, 2.5  # times -A: what linear biases may be, of bits of one small row, or of two


def has_signs_of_rows(ising: Ising) -> bool:
    """Whether some couplings look as if rows had been squared and added up; the same answer
    always for the same model.
    """
    m, found = len(ising.quad), 0
    if m < ENOUGH:
        return False
    look, random = _Look(ising), np.random.default_rng(0)
    for k in random.choice(m, min(m, LOOKS), replace=m > MANY).tolist():
        found += look.is_sign(int(ising.row[k]), int(ising.col[k]))
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

    def is_sign(self, i: int, j: int) -> bool:
        """Whether their coupling is one of a row, by the bits that both are coupled to."""
        (mine, its), (other, theirs) = self._of_bit(i), self._of_bit(j)
        here = float(its[np.searchsorted(mine, j)])
        both, at, there = np.intersect1d(mine, other, assume_unique=True, return_indices=True)
        if not len(both):
            return False
        its = its[at]
        told = here * its / theirs[there]
        chosen = _most_alike(told)
        if chosen is None:
            return False
        members, couplings = both[chosen][:MEMBERS], its[chosen][:MEMBERS]
        number = float(told[chosen][0])
        if len(members) >= 3:
            return self._are_consistent(members, couplings, number)
        alike = np.abs(np.r_[here, couplings] - number) <= ALIKE * number
        return bool(alike.all()) and self._are_of_small_rows(np.r_[i, j, members], number)

    def alike_in_neighbours(self) -> npt.NDArray[np.int64]:
        """int64[k, 2]: pairs of bits, coupled to each other and both to all that one of them is,
        told by a sum of random numbers.
        """
        names = np.random.default_rng(1).integers(0, 2**63, len(self.linear), dtype=np.uint64)
        before = np.r_[np.zeros(1, dtype=np.uint64), np.cumsum(names[self.bits])]
        sums = names + before[self.starts[1:]] - before[self.starts[:-1]]
        order = np.argsort(sums, kind="stable")
        order = order[np.diff(self.starts)[order] >= FEWEST]
        same = np.flatnonzero(sums[order[1:]] == sums[order[:-1]])
        return np.stack([order[same], order[same + 1]], axis=1).astype(np.int64)

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
        return np.asarray(block[np.triu_indices(len(bits), 1)])

    def _are_consistent(self, members: npt.NDArray[Any], couplings: Floats, number: float) -> bool:
        """Whether most of the couplings among them are what those to one more bit of a row say."""
        expected = (couplings[:, None] * couplings / number)[np.triu_indices(len(members), 1)]
        off = np.abs(self._pairs_of(members) - expected)
        return bool((off <= ALIKE * np.abs(expected)).mean() >= CONSISTENT)

    def _are_of_small_rows(self, bits: npt.NDArray[Any], number: float) -> bool:
        alike = np.abs(self._pairs_of(bits) - number) <= ALIKE * number
        times = -self.linear[bits] / (number / 2)
        return bool(alike.all() and ((times >= NEAR[0]) & (times <= NEAR[1])).all())


def _most_alike(told: Floats) -> Ints | None:
    """Places, in order, of the positive number that occurs most often; None: there is none."""
    order = np.argsort(told, kind="stable")
    order = order[told[order] > 0]
    if not len(order):
        return None
    value = told[order]
    ends = np.r_[0, np.flatnonzero(np.diff(value) > ALIKE * value[1:]) + 1, len(value)]
    longest = int(np.argmax(np.diff(ends)))
    return np.sort(order[ends[longest] : ends[longest + 1]])
