"""Whole numbers that are written in bits: bits that do all that they do in one proportion.

A number n = sum w_k x_k with w = 1, 2, 4, ... stands in rows with coefficients a w_k, is coupled
to another bit by c w_k, and costs b n + c n**2: the coupling of two of its bits is 2 c w_k w_l, and
the linear bias of each b w_k + c w_k**2. So the bits' coefficients and couplings to all else are in
the proportion of their worth, and one number b and one number c explain the rest. Their sum takes
every value from 0 to the sum of w, so no state is lost where they become one variable.

Two items of a knapsack may be in proportion by chance. So the worth must be that of a code, and
there must be many signs, unless the bits are called alike and no other bit is. Bits of equal worth
alone, as of numbers in unary, are left as they are: equal items are just so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..compiler.model.arrays import ModelArrays, Quadratic
from .couplings import Couplings, Floats, Ints, Row
from .slack import in_bits

FEW, MANY = 2, 8  # signs, at least: of bits that are called alike, and of others,
FEWEST = 3  # of which there are so many at least
MOST = 64  # bits, at most, that are compared with each other
ONES = 2  # bits of worth 1, at most: one of them is the rest
EXACT = 1e-9  # relative
NUMBERED = re.compile(r"(.*?)[\[#_. ]?\d+\]?")


@dataclass(frozen=True)
class Integer:
    """A number `worth . bits` from 0 to the sum of `worth`, and what it is called."""

    bits: Ints
    worth: Floats
    label: Any

    @property
    def most(self) -> float:
        return float(self.worth.sum())

    def fits(self, row: Row) -> bool:
        """Whether the row's coefficients of these bits are in the proportion of their worth."""
        sizes = dict(zip(row.bits.tolist(), row.coefficients.tolist(), strict=True))
        each = np.array([sizes.get(bit, 0.0) for bit in self.bits.tolist()]) / self.worth
        return bool(np.ptp(each) <= EXACT * np.abs(each).max())

    def bits_of(self, value: float) -> npt.NDArray[np.int8]:
        """0s and 1s int8[bits] of a whole value from 0 to `most`."""
        digits: npt.NDArray[np.int8] = in_bits(self.worth, np.array([float(value)]))[0]
        return digits


def integers_of(
    rows: Sequence[Row], left: Couplings, kept: Ints, labels: Sequence[Any]
) -> list[Integer]:
    """Numbers without a bit in common, of the bits `kept` and of rows that are no pairs."""
    effects = _Effects.of(rows, left)
    allowed = np.zeros(len(labels), dtype=bool)
    allowed[kept] = True
    for row in rows:
        if row.halfway:
            allowed[row.bits] = False
    alike = _called_alike(labels, kept)
    found, used, names = list[Integer](), set[int](), {labels[bit] for bit in kept.tolist()}
    for stem, bits, fewest in [
        *((stem, bits, FEW) for stem, bits in alike),
        *(
            (None, bits, MANY)
            for bits in effects.in_proportion(np.flatnonzero(allowed))
            if len(bits) >= FEWEST
        ),
    ]:
        if used.intersection(bits.tolist()) or not allowed[bits].all():
            continue
        worth = effects.worth(bits, fewest)
        if worth is None:
            continue
        label = stem if stem is not None and stem not in names else f"number[{len(found)}]"
        if label in names:
            continue
        order = np.argsort(worth, kind="stable")
        found.append(Integer(bits[order], worth[order], label))
        used.update(bits.tolist())
        names.add(label)
    return found


def _called_alike(labels: Sequence[Any], kept: Ints) -> list[tuple[Any, Ints]]:
    """What bits are called but for a number at the end, with all that are called so."""
    stems = defaultdict[Any, list[int]](list)
    for bit in kept.tolist():
        label, stem = labels[bit], None
        if isinstance(label, tuple) and len(label) > 1:
            stem = label[0]
        elif isinstance(label, str) and (match := NUMBERED.fullmatch(label)):
            stem = match[1]
        if stem:
            stems[stem].append(bit)
    return [(stem, np.array(bits)) for stem, bits in stems.items() if len(bits) > 1]


@dataclass(frozen=True, eq=False)
class _Effects:
    """What each bit does: `matrix` float64[n, n + rows] are its couplings and its coefficients, and
    `linear` float64[n] its price."""

    matrix: sparse.csr_array
    linear: Floats
    error: float

    @classmethod
    def of(cls, rows: Sequence[Row], left: Couplings) -> _Effects:
        n = len(left.linear)
        of_row = np.repeat(np.arange(len(rows)), [len(row.bits) for row in rows])
        nothing = np.zeros(0, dtype=np.int64)
        bits = np.concatenate([nothing, *(row.bits for row in rows)])
        sizes = np.concatenate([np.zeros(0), *(row.coefficients for row in rows)])
        inside = sparse.csr_array((sizes, (bits, of_row)), shape=(n, len(rows)))
        matrix = sparse.csr_array(sparse.hstack([left.matrix, inside]))
        matrix.sort_indices()
        return cls(matrix, left.linear, left.error)

    def in_proportion(self, bits: Ints) -> Iterator[Ints]:
        """Bits all that are in proportion to each other, of those with the same neighbours, told by
        a sum of random numbers."""
        random, (n, width) = np.random.default_rng(0), self.matrix.shape
        names = random.integers(0, 2**63, width, dtype=np.uint64)
        before = np.r_[np.zeros(1, dtype=np.uint64), np.cumsum(names[self.matrix.indices])]
        around = before[self.matrix.indptr[1:]] - before[self.matrix.indptr[:-1]]
        bits = bits[np.diff(self.matrix.indptr)[bits] > 0]
        for closed in (True, False):  # coupled to each other, or not
            keys = (around + names[:n] if closed else around)[bits]
            order = np.argsort(keys, kind="stable")
            ends = np.flatnonzero(np.diff(keys[order])) + 1
            sizes = np.diff(np.r_[0, ends, len(order)])
            starts = np.r_[0, ends][sizes > 1]
            for start, size in zip(starts.tolist(), sizes[sizes > 1].tolist(), strict=True):
                members = bits[order[start : start + size]].tolist()
                while 1 < len(members) <= MOST:
                    first, *others = members
                    alike = [k for k in others if self._ratio(first, k) is not None]
                    if alike:
                        yield np.array([first, *alike])
                    members = [k for k in others if k not in alike]

    def _ratio(self, one: int, other: int) -> float | None:
        """What `other` does over what `one` does, None where that is not one number."""
        (here, mine), (there, its) = self._of_bit(one, other), self._of_bit(other, one)
        if not len(here) or not np.array_equal(here, there):
            return None
        ratio = float(its[0] / mine[0])
        off = np.abs(its - ratio * mine)
        exact = (off <= 2 * self.error * (1 + abs(ratio)) + EXACT * np.abs(its)).all()
        return ratio if exact and ratio > 0 else None

    def _of_bit(self, bit: int, without: int) -> tuple[Ints, Floats]:
        mine = slice(self.matrix.indptr[bit], self.matrix.indptr[bit + 1])
        where, what = self.matrix.indices[mine], self.matrix.data[mine]
        apart = where != without
        return where[apart].astype(np.int64), what[apart]

    def worth(self, bits: Ints, fewest: int) -> Floats | None:
        """float64[k]: what each bit of a number is worth, None where they are not one number, or
        where there are too few signs of it."""
        if len(bits) > MOST:
            return None
        ratios = [1.0, *(self._ratio(int(bits[0]), bit) or 0.0 for bit in bits[1:].tolist())]
        worth = np.array(ratios) / max(min(ratios), 1e-300)
        if min(ratios) <= 0 or not _is_code(worth):
            return None
        worth = np.rint(worth)
        among, others = self.matrix[bits][:, bits].toarray(), len(bits) - 1
        i, j = np.triu_indices(len(bits), 1)
        curved = among[i, j] / (worth[i] * worth[j])  # twice the coefficient of the square
        if np.abs(curved - curved[0]).max() > 4 * self.error + EXACT * abs(curved[0]):
            return None
        each = self.linear[bits] / worth - curved[0] / 2 * worth
        size = np.abs(self.linear[bits]).max() + np.abs(among).max()
        if np.ptp(each) > 8 * self.error + EXACT * size:
            return None
        outside = len(self._of_bit(int(bits[0]), -1)[0]) - others * bool(curved[0])
        signs = others * (outside + bool(each.any())) + (len(i) - 1) * bool(curved[0])
        return worth if outside > 0 and signs >= fewest else None


def _is_code(worth: Floats) -> bool:
    """Whether these are 1, 2, 4, ..., and a rest or several of the largest: without a gap in the
    sums, and not of equal bits alone."""
    ordered = np.sort(np.rint(worth))
    whole = np.abs(worth - np.rint(worth)).max() <= 1e-6
    reach = np.r_[0.0, np.cumsum(ordered)[:-1]]
    ones = int((ordered == 1).sum())
    return bool(whole and (ordered <= reach + 1).all() and 2 in ordered and ones <= ONES)


def merged(model: ModelArrays, numbers: Sequence[Integer], place: Ints) -> ModelArrays:
    """The model of bits with one variable for each of the numbers; `place` int64[bits of the QUBO]
    says which variable a bit is."""
    if not numbers:
        return model
    n, q = model.num_variables, model.quadratic
    linear, upper, gone = model.linear.copy(), model.upper.copy(), np.zeros(n, dtype=bool)
    variables, first, square = list(model.variables), list[int](), list[float]()
    pairs = sparse.csr_array(
        (q.value, (np.minimum(q.row, q.col), np.maximum(q.row, q.col))), (n, n)
    )
    for number in numbers:
        mine = place[number.bits]
        one, other = sorted(mine[:2].tolist())
        curved = float(pairs[one, other]) / float(number.worth[0] * number.worth[1]) / 2
        head = int(mine[0])
        linear[head] -= curved
        upper[head], variables[head] = number.most, number.label
        gone[mine[1:]] = True
        first.append(head)
        square.append(curved)
    kept = np.flatnonzero(~gone)
    now = np.cumsum(~gone) - 1
    inside = ~gone[q.row] & ~gone[q.col]
    curved_ones = [(now[head], value) for head, value in zip(first, square, strict=True) if value]
    heads = np.array([head for head, _ in curved_ones], dtype=np.int64)
    return replace(
        model,
        variables=[variables[k] for k in kept.tolist()],
        lower=model.lower[kept],
        upper=upper[kept],
        step=model.step[kept],
        linear=linear[kept],
        quadratic=Quadratic(
            np.r_[now[q.row[inside]], heads],
            np.r_[now[q.col[inside]], heads],
            np.r_[q.value[inside], [value for _, value in curved_ones]],
            np.zeros(int(inside.sum()) + len(heads), dtype=np.int64),
        ),
        rows=sparse.csr_array(model.rows[:, kept]),
    )
