"""Whole numbers as bits: x = base + B b.

A number of r + 1 values, lower, lower + step, ... lower + r step, in bits:

| encoding | bits | what they are worth, in steps | what it is for |
|---|---|---|---|
| log | about log2(r) | 1, 2, 4, ..., and a last one that makes the sum r | the fewest bits |
| bounded | log2(largest) + r / largest | the same, none above `largest` | few bits, none heavy |
| unary | r | 1, 1, ... 1 | a step is one flip |
| domain-wall | r | 1, 1, ... 1, ones first: penalty b_k+1 (1 - b_k) | the same, each number once |
| one-hot | r + 1 | 0, 1, ... r, exactly one of them: penalty (sum b - 1)^2 | a bit a value |

"log" and "bounded" are Karimi and Rosenberg's (2017, "Practical integer-to-binary mapping for
quantum annealers"), "domain-wall" is Chancellor's (2019, "Domain wall encoding of discrete
variables for quantum annealing"). A number of two values is one bit in all of them. Every
assignment to the bits, of the last two every valid one, is a number of the range, and every number
of the range has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..model.arrays import Bools, Floats, Ints

ENCODINGS = ("log", "bounded", "unary", "one-hot", "domain-wall")
Names = npt.NDArray[np.str_]


def log_coefficients(ranges: Ints, largest: Ints) -> tuple[Ints, Ints]:
    """Bits for numbers 0..r, for each r >= 0 of `ranges`: (owner, coefficient), r = 0 getting none.

    The coefficients of one number are 1, 2, 4, ... while the sum stays below r and they are at most
    `largest`, then `largest` again and again, and a last one that caps the sum at exactly r.
    """
    powers, again, rest = _parts(ranges, largest)
    bits = powers + again + (rest > 0)
    owner = np.repeat(np.arange(len(ranges)), bits)
    place = _places(bits)
    power = np.left_shift(1, np.minimum(place, powers[owner]))
    coefficient = np.where(place < powers[owner], power, largest[owner])
    last = place == (powers + again)[owner]
    coefficient[last] = rest[owner[last]]
    return owner, coefficient


def num_bits(code: str, ranges: Ints, largest: Ints) -> Ints:
    """How many bits numbers 0..r take in an encoding."""
    if code == "one-hot":
        return np.where(ranges > 1, ranges + 1, ranges)
    powers, again, rest = _parts(ranges, _largest(code, ranges, largest))
    return powers + again + (rest > 0)


def _largest(code: str | Names, ranges: Ints, largest: Ints) -> Ints:
    """The largest coefficient that an encoding, one or one each, allows."""
    most = np.maximum(ranges, 1)
    allowed: Ints = np.where(
        np.equal(code, "log"),
        most,
        np.where(np.equal(code, "bounded"), np.clip(largest, 1, most), 1),
    )
    return allowed


def _parts(ranges: Ints, largest: Ints) -> tuple[Ints, Ints, Ints]:
    """(how many powers of two, how many times `largest`, and what is left) make up each range."""
    powers = np.where(ranges > 0, np.minimum(_log2(ranges), _log2(largest) + 1), 0)
    again, rest = np.divmod(ranges - (np.left_shift(1, powers) - 1), largest)
    return powers, again, rest


@dataclass(frozen=True, eq=False)
class Encoding:
    """n numbers as bits: `values = base + matrix @ bits`.

    Attributes
    ----------
    base, upper, step
        float64[n]: the least and the greatest value, and the distance of two.
    code
        str[n]: the names above.
    matrix
        Sparse float64[n, num_bits]; a zero is stored for the bit "is the least value" of a one-hot
        number.
    """

    base: Floats
    upper: Floats
    step: Floats
    code: Names
    matrix: sparse.csr_array

    @classmethod
    def of_ranges(
        cls,
        lower: Floats,
        upper: Floats,
        step: Floats,
        code: Names | None = None,
        largest: Ints | None = None,
    ) -> Encoding:
        """`largest` int64[n] are the steps that "bounded" may put on one bit."""
        ranges = np.rint((upper - lower) / step).astype(np.int64)
        code = np.full(len(ranges), "log") if code is None else code
        hot = (code == "one-hot") & (ranges > 1)
        most = _largest(code, ranges, np.maximum(ranges, 1) if largest is None else largest)
        owner, coefficient = log_coefficients(np.where(hot, 0, ranges), most)
        values = np.where(hot, ranges + 1, 0)
        owner = np.concatenate([owner, np.repeat(np.arange(len(ranges)), values)])
        coefficient = np.concatenate([coefficient, _places(values)])
        order = np.argsort(owner, kind="stable")
        owner, coefficient = owner[order], coefficient[order]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(ranges)))])
        entries = (coefficient * step[owner], np.arange(len(owner)), indptr)
        return cls(
            lower, upper, step, code, sparse.csr_array(entries, shape=(len(ranges), len(owner)))
        )

    @property
    def num_bits(self) -> int:
        return int(self.matrix.shape[1])

    @property
    def bits(self) -> Ints:
        """int64[n]: how many bits each number has."""
        bits: Ints = np.diff(self.matrix.indptr).astype(np.int64)
        return bits

    @property
    def owner(self) -> Ints:
        """int64[num_bits]: the number each bit is of; a number's bits are neighbours."""
        owner: Ints = np.repeat(np.arange(len(self.base)), self.bits)
        return owner

    @property
    def one_hot(self) -> Bools:
        """bool[n]: the numbers of which exactly one bit must be 1."""
        variables: Bools = (self.code == "one-hot") & (self.bits > 1)
        return variables

    @property
    def domain_wall(self) -> Bools:
        """bool[n]: the numbers whose ones must come before the zeros."""
        variables: Bools = (self.code == "domain-wall") & (self.bits > 1)
        return variables

    def walls(self) -> tuple[Ints, Ints]:
        """The neighbouring bits of domain-wall numbers: where the second is 1 the first must be."""
        owner = self.owner
        first = np.flatnonzero(self.domain_wall[owner[:-1]] & (owner[1:] == owner[:-1]))
        return first, first + 1

    def decode(self, bits: Floats) -> Floats:
        """Numbers float64[k, n] of `bits` [k, num_bits], also where these are not valid."""
        values: Floats = self.base + (self.matrix @ bits.T).T
        return np.clip(values, self.base, self.upper) if self.one_hot.any() else values

    def labels(self, names: Sequence[Any]) -> list[Any]:
        """A label for each bit: the number's name where it is one bit, else `name#place`."""
        owner, bits = self.owner, self.bits
        single = bits[owner] == 1
        if single.all():
            return [names[k] for k in owner.tolist()]
        of_bits: Iterable[tuple[int, int, bool]] = zip(
            owner.tolist(), _places(bits).tolist(), single.tolist(), strict=True
        )
        return [names[k] if alone else f"{names[k]}#{place}" for k, place, alone in of_bits]

    def encode(self, values: Floats) -> Floats:
        """Bits float64[num_bits] of `values` float64[n], each rounded and cut to its range."""
        rest = np.clip(
            np.rint((values - self.base) / self.step),
            0,
            np.rint((self.upper - self.base) / self.step),
        )
        owner, size = self.owner, np.rint(self.matrix.data / self.step[self.owner])
        states = np.where(self.one_hot[owner], size == rest[owner], 0.0)
        # largest first: what is left is never more than the smaller ones together, so that they can
        # make it up
        order = np.lexsort((np.arange(len(owner)), -size, owner))
        order = order[~self.one_hot[owner[order]]]
        turn = _places(np.bincount(owner[order], minlength=len(values)))
        for bits in _by_turn(order, turn):
            use = rest[owner[bits]] >= size[bits]
            states[bits[use]] = 1.0
            rest[owner[bits[use]]] -= size[bits[use]]
        return states


def _by_turn(order: Ints, turn: Ints) -> Iterable[Ints]:
    """`order`, those of turn 0 first, then those of turn 1, ..."""
    again = order[np.argsort(turn, kind="stable")]
    return np.split(again, np.cumsum(np.bincount(turn))[:-1])


def _places(counts: Ints) -> Ints:
    """0, 1, ... count - 1 for each of `counts`, one after the other."""
    places: Ints = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return places


def _log2(numbers: Ints) -> Ints:
    """Rounded down; of 0, -1. Exact below 2^53, which no number here exceeds."""
    _, exponent = np.frexp(numbers.astype(np.float64))
    return exponent.astype(np.int64) - 1
