"""A model's arrays as the constrained annealer wants them: what its structure keeps, and what is
left to be priced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..anneal.constrained.model import NONE, Constrained, Pairs, PricedRows
from ..compiler.model.arrays import Floats, Ints, ModelArrays
from ..compiler.model.cases import by_cases
from ..compiler.model.rows import Rows, sums
from ..compiler.model.structure import Structure, comparable
from ..compiler.presolve.presolve import Presolved, presolve
from ..errors import Infeasible, QoptError

WIDEST = 2.0**31  # between a variable's bounds: moves would be lost in more


@dataclass(frozen=True, eq=False)
class AnnealerModel:
    """A model as it is annealed, with what leads back to its arrays.

    `model` has the variables of the arrays first, `num_variables` of them, then stand-ins for what
    at-most-one rows leave empty. `structure` says what moves keep, and `labels` name the rows.
    """

    model: Constrained
    num_variables: int
    structure: Structure
    labels: list[Any]

    @classmethod
    def of(cls, arrays: ModelArrays, *, columns: bool = True) -> AnnealerModel:
        """Without `columns`, what crosses the groups is priced."""
        arrays = by_cases(arrays)
        rows = Rows.of(arrays)
        structure = Structure.of(arrays, rows)
        if not columns:
            structure = replace(
                structure, column=np.full(arrays.num_variables, NONE, dtype=np.int64)
            )
        n, terms = arrays.num_variables, arrays.quadratic
        sign = np.sign(sums(arrays.num_constraints, arrays.rows.tocoo().row, arrays.rows.data))
        # a kept row's coefficients are all 1, or all -1
        group, total = _numbered(structure.group, sign * rows.rhs)
        column, _ = _numbered(structure.column, sign * rows.rhs)
        # a stand-in is 1 where its row has no variable that is: of a group it is in no column, of a
        # column in no group
        rest = [
            _stand_ins(structure.group, structure.kind),
            _stand_ins(structure.column, structure.kind),
        ]
        more = len(rest[0]) + len(rest[1])
        none = [np.full(len(part), NONE) for part in rest]
        square = terms.row == terms.col
        squares = np.bincount(terms.row[square], weights=terms.value[square], minlength=n)
        first, second, clash = _conflicts(arrays, structure)
        bits = np.zeros(more)
        model = Constrained(
            lower=np.r_[arrays.lower, bits],
            upper=np.r_[arrays.upper, bits + 1],
            step=np.r_[arrays.step, bits + 1],
            linear=np.r_[arrays.linear, bits],
            square=np.r_[squares, bits],
            pairs=Pairs(terms.row[~square], terms.col[~square], terms.value[~square]),
            offset=arrays.offset,
            group=np.r_[group, rest[0], none[1]].astype(np.int64),
            total=total,
            column=np.r_[column, none[0], rest[1]].astype(np.int64),
            partner=np.r_[_partners(arrays, structure), np.full(more, NONE)].astype(np.int64),
            conflicts=(first, second),
            rows=_priced(arrays, rows, structure, clash),
        )
        return cls(model, n, structure, arrays.labels)

    def extended(self, values: Floats) -> Floats:
        """float64[k, n + stand-ins] of assignments float64[k, n]."""
        model, n = self.model, self.num_variables
        states = np.hstack([values, np.zeros((len(values), model.num_variables - n))])
        for label in (model.group, model.column):
            within, rest = label[:n] != NONE, n + np.flatnonzero(label[n:] != NONE)
            for state in states:
                ones = sums(int(label.max(initial=NONE)) + 1, label[:n][within], state[:n][within])
                state[rest] = np.maximum(1.0 - ones[label[rest]], 0.0)
        return states

    def counts(self) -> dict[str, int]:
        """How many constraints moves keep, how many are pairs that exclude each other, and how many
        are priced.
        """
        rows, m = self.model.rows, len(self.labels)
        kept, priced = len(self.structure.kept_rows()), len(rows.rhs)
        return {
            "kept": kept,
            "conflicts": m - kept - priced - int((self.structure.kind == "free").sum()),
            "priced": priced,
        }

    def unmatched(self) -> str:
        """Why no walk can start: said where that has been found."""
        groups = np.unique(self.structure.group[self.structure.column != NONE])
        columns = np.unique(self.structure.column[self.structure.column != NONE])
        return (
            f"no assignment keeps {_some(self.labels, groups)} and {_some(self.labels, columns)} "
            "together: "
            "they cannot be matched, each with one of its variables"
        )


def prepared(arrays: ModelArrays) -> tuple[Presolved, str | None]:
    """The model presolved; or as it is, with what contradicts what, so that the least bad
    assignment can be looked for.

    Raises QoptError for a variable that has no bounds, nor gets any from the constraints.
    """
    try:
        presolved, impossible = presolve(arrays), None
    except Infeasible as error:
        presolved, impossible = Presolved.unchanged(arrays), str(error)
    model = presolved.model
    for k in np.flatnonzero(model.upper - model.lower >= WIDEST)[:1]:
        ends = f"{model.lower[k]:g}..{model.upper[k]:g}"
        raise QoptError(
            f"variable {model.variables[k]!r} ranges over {ends}; give it bounds closer than 2**31"
        )
    return presolved, impossible


def _some(labels: list[Any], rows: Ints) -> str:
    shown = ", ".join(repr(labels[row]) for row in rows[:3])
    return shown + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")


def _numbered(row: Ints, rhs: Floats) -> tuple[Ints, Floats]:
    """Constraint numbers as numbers from 0 on, -1 staying, and what the constraints add up to."""
    used = np.unique(row[row != NONE])
    number = np.searchsorted(used, row)
    return np.where(row == NONE, NONE, number), rhs[used]


def _stand_ins(row: Ints, kind: npt.NDArray[np.str_]) -> Ints:
    """Of the constraints in `row`, by their number from 0 on, those that may stay empty."""
    used = np.unique(row[row != NONE])
    return np.flatnonzero(kind[used] == "at-most-one")


def _conflicts(
    arrays: ModelArrays, structure: Structure
) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Pairs of binaries that exclude each other, and which constraints say no more than that."""
    q, m = arrays.row_quadratic, len(arrays.labels)
    binary = (arrays.lower == 0) & (arrays.upper == 1)
    plain = np.diff(arrays.rows.indptr) == 0
    unfit = (q.value <= 0) | ~binary[q.row] | ~binary[q.col] | (q.row == q.col)
    products = (
        np.isin(structure.kind, ["product", "conflict"])
        & plain
        & (np.bincount(q.owner, unfit, m) == 0)
    )
    couples = (structure.kind == "conflict") & ~plain
    clash = (
        (products | couples)
        & np.isinf(arrays.weight)
        & ~np.isin(np.arange(m), structure.kept_rows())
    )
    members = arrays.rows.indices[np.repeat(couples & clash, np.diff(arrays.rows.indptr))].reshape(
        -1, 2
    )
    chosen = clash[q.owner]
    first = np.r_[members[:, 0], q.row[chosen]].astype(np.int64)
    second = np.r_[members[:, 1], q.col[chosen]].astype(np.int64)
    apart = (structure.group[first] != structure.group[second]) | (structure.group[first] == NONE)
    apart |= ~np.isin(structure.kind_of(structure.group[first]), ["one-hot", "at-most-one"])
    low, high = np.minimum(first, second)[apart], np.maximum(first, second)[apart]
    low, high = np.unique(np.stack([low, high]), axis=1) if len(low) else (low, high)
    return low, high, clash


def _partners(arrays: ModelArrays, structure: Structure) -> Ints:
    """For members of one-hot groups without columns, the largest priced row that meets every group
    once at most.
    """
    n = arrays.num_variables
    partner = np.full(n, NONE, dtype=np.int64)
    single = (structure.group != NONE) & np.isin(
        structure.kind_of(structure.group), ["one-hot", "at-most-one"]
    )
    open_ = single & (structure.column == NONE)
    sizes, entries = np.diff(arrays.rows.indptr), arrays.rows.tocoo()
    open_members = sums(len(sizes), entries.row, open_[entries.col])
    fit = (sizes > 2) & (open_members > 1) & (arrays.sense == "<")
    priced = np.setdiff1d(np.flatnonzero(fit), structure.kept_rows())
    for row in priced[np.argsort(-sizes[priced], kind="stable")]:
        members = arrays.rows.indices[arrays.rows.indptr[row] : arrays.rows.indptr[row + 1]]
        members = members[open_[members]]
        alone = len(np.unique(structure.group[members])) == len(members)
        if alone and (partner[members] == NONE).all():
            partner[members] = row
    return partner


def _priced(
    arrays: ModelArrays, rows: Rows, structure: Structure, clash: npt.NDArray[np.bool_]
) -> PricedRows:
    m, kept = len(arrays.labels), np.zeros(len(arrays.labels), dtype=np.bool_)
    kept[structure.kept_rows()] = True
    chosen = np.flatnonzero(~kept & ~clash & (rows.kind != "free"))
    number = np.full(m, NONE, dtype=np.int64)
    number[chosen] = np.arange(len(chosen))
    entries, q = arrays.rows.tocoo(), arrays.row_quadratic
    value, product, rhs = comparable(arrays, rows)
    mine, products = number[entries.row] != NONE, number[q.owner] != NONE
    return PricedRows(
        row=number[entries.row[mine]],
        col=entries.col[mine].astype(np.int64),
        value=value[mine],
        owner=number[q.owner[products]],
        first=q.row[products],
        second=q.col[products],
        product=product[products],
        rhs=rhs[chosen],
        equality=arrays.sense[chosen] == "=",
        weight=arrays.weight[chosen],
        squared=~arrays.soft_linear[chosen],
        indicator=structure.indicator[chosen],
        follower=structure.follower[chosen],
    )
