"""The constraints that one-hot and domain-wall encodings have of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ..model.affine import products
from ..model.arrays import Bools, Floats, Ints, ModelArrays, Quadratic
from .encoding import Encoding


@dataclass(frozen=True, eq=False)
class Validity:
    """v constraints over the bits of variables and slacks, labelled `one value[name]`.

    Attributes
    ----------
    labels
        v labels.
    variable
        int64[v]: the variable that each is about, -1 for a slack.
    ones
        Sparse float64[v, num_bits]: the bits of which exactly one must be 1; rows of domain-wall
        numbers are empty.
    first, second, owner
        int64[p]: where bit `second` is 1, bit `first` must be; each pair of the domain-wall number
        `owner`, in 0..v-1.
    """

    labels: list[str]
    variable: Ints
    ones: sparse.csr_array
    first: Ints
    second: Ints
    owner: Ints

    @classmethod
    def of(cls, model: ModelArrays, encoding: Encoding, slack: Encoding) -> Validity:
        names, variables, rows, walls = list[str](), list[Any](), list[Any](), list[Any]()
        shift, seen = 0, 0
        for numbers, labels, form in (
            (encoding, model.variables, "one value[{}]"),
            (slack, model.labels, "one value[slack[{}]]"),
        ):
            mine = np.flatnonzero(numbers.one_hot | numbers.domain_wall)
            place = np.full(len(numbers.base), -1)
            place[mine] = seen + np.arange(len(mine))
            names += [form.format(labels[k]) for k in mine]
            hot = np.flatnonzero(numbers.one_hot[numbers.owner])
            rows.append((place[numbers.owner[hot]], hot + shift))
            before, after = numbers.walls()
            walls.append((before + shift, after + shift, place[numbers.owner[before]]))
            variables.append(mine if numbers is encoding else np.full(len(mine), -1))
            shift, seen = shift + numbers.num_bits, seen + len(mine)
        row, col = (np.concatenate([pair[k] for pair in rows]) for k in (0, 1))
        ones = sparse.csr_array((np.ones(len(row)), (row, col)), shape=(seen, shift))
        first, second, owner = (np.concatenate([part[k] for part in walls]) for k in (0, 1, 2))
        return cls(names, np.concatenate(variables), ones, first, second, owner)

    @property
    def one_hot(self) -> Bools:
        """bool[v]: "exactly one"; the rest are domain walls."""
        return np.asarray(np.diff(self.ones.indptr) > 0)

    def broken(self, bits: Floats) -> Bools:
        """bool[k, v]: which constraints the bits [k, num_bits] break."""
        ones = (self.ones @ bits.T).T
        walls = np.zeros_like(ones)
        np.add.at(walls.T, self.owner, (bits[:, self.second] > bits[:, self.first]).T)
        broken: Bools = np.where(self.one_hot, ones != 1, walls > 0)
        return broken

    def sizes(self) -> tuple[Ints, Ints]:
        """Of each constraint the bits and the couplings, int64[v] each."""
        ones, walls = np.diff(self.ones.indptr), np.bincount(self.owner, minlength=len(self.labels))
        return np.where(ones > 0, ones, walls + 1).astype(np.int64), ones * (ones - 1) // 2 + walls

    def worth(self, model: ModelArrays, unit: Floats, encoding: Encoding) -> Floats:
        """float64[v]: what a number beyond its range can gain in the constraints it is in, a unit
        of which is worth `unit`.

        k bits of a one-hot number make up at most k - 1 ranges beyond its own, and cost (k - 1)^2.
        A domain wall out of order makes a number of the range, and a slack beyond its range mends
        nothing.
        """
        entries, dearest = model.rows.tocoo(), np.zeros(model.num_variables)
        np.maximum.at(dearest, entries.col, np.abs(entries.data) * unit[entries.row])
        worth = dearest * (encoding.upper - encoding.base)
        return np.where(
            self.one_hot & (self.variable >= 0), worth[self.variable] if len(worth) else 0.0, 0.0
        )

    def imposed(self, model: ModelArrays, encoding: Encoding) -> ModelArrays:
        """The objective over the bits under these constraints alone: what their weights are worked
        out from.

        They are "exactly one" of bits, and products b_k+1 (1 - b_k) that must vanish.
        """
        v, bits = self.ones.shape
        matrix = sparse.csr_array(
            sparse.hstack(
                [encoding.matrix, sparse.csr_array((len(model.lower), bits - encoding.num_bits))]
            )
        )
        terms = model.quadratic if v else model.quadratic.of(-1)
        objective = products(terms, terms.value, encoding.base, matrix, 1)
        walls = sparse.csr_array(
            (np.ones(len(self.owner)), (self.owner, self.second)), shape=(v, bits)
        )
        return ModelArrays(
            variables=list(range(bits)),
            lower=np.zeros(bits),
            upper=np.ones(bits),
            step=np.ones(bits),
            linear=matrix.T @ model.linear + objective.linear.toarray().ravel(),
            quadratic=objective.terms,
            offset=0.0,
            labels=list(self.labels),
            rows=sparse.csr_array(self.ones + walls),
            row_quadratic=Quadratic(self.first, self.second, -np.ones(len(self.owner)), self.owner),
            sense=np.full(v, "="),
            rhs=np.where(self.one_hot, 1.0, 0.0),
            weight=np.full(v, np.inf),
            soft_linear=np.zeros(v, dtype=bool),
            negated=np.zeros(v, dtype=bool),
        )
