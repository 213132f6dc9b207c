"""What each constraint becomes: a penalty `square * h^2 + linear * h` of one linear function h of
the bits.

| treatment | for | h | penalty |
|---|---|---|---|
| square | equalities | a x - b | W h^2 |
| slack | inequalities a x <= b | a x + s - b, with s in 0..b - min(a x) | W h^2 |
| pairs | "at most one of these literals is true" | how many are | W h (h - 1) / 2 |
| unbalanced | inequalities, where asked for | a x - b | l2 h^2 + l1 h, approximate |
| product | sums of products that are never negative and must be 0 | | W times the sum itself |
| none | what always holds | | |

A literal is a variable of two values or its opposite, so "pairs" is not only for `sum x <= 1`, but
also for conflicts (x + y <= 1: x y), covers of two (x + y >= 1: (1 - x)(1 - y)), orders (x <= y: x
(1 - y)), x_1 + ... + x_n <= y, and knapsacks of which no two things fit. It needs no slack bits. A
soft constraint is charged for what it is broken by, squared, which "pairs" is for two literals
only.

"auto" takes "pairs" where it applies and "slack" elsewhere. "unbalanced" (Montanez-Barrera et al.
2022, "Unbalanced penalization") needs no slack bits either, but is approximate: it charges
assignments that keep the constraint with room to spare, and rewards some. It is never taken
unasked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import QoptError, UnknownName
from ...kit.checks import require_positive
from ..model.arrays import Bools, Floats, Ints, ModelArrays
from ..model.rows import Rows, sums
from ..presolve.presolve import Presolved

INEQUALITIES = ("auto", "slack", "unbalanced")


@dataclass(frozen=True)
class Unbalanced:
    """The approximate penalty `quadratic * h^2 - linear * h` of an inequality with room h = b - a
    x, as the user wrote it.

    "unbalanced" alone means the expansion of exp(-h) to second order in whole-number rows, W (h^2 /
    2 - h). The paper fits both factors to the instances at hand: `linear / quadratic` should be
    about the room that good assignments leave.
    """

    linear: float
    quadratic: float

    def __post_init__(self) -> None:
        require_positive("linear", self.linear, wanted="a number above 0")
        require_positive("quadratic", self.quadratic, wanted="a number above 0")


Treatment = str | Unbalanced


@dataclass(frozen=True, eq=False)
class Treatments:
    """The treatment of each of m constraints.

    Attributes
    ----------
    name
        str[m]: as in the table above.
    literals
        int64[nnz] for `model.rows`: in rows treated as "pairs", 1 where the variable's upper value
        makes its literal true, -1 where the lower one does, and 0 elsewhere.
    overrun
        float64[m]: by how much two true literals, the smallest, break a row treated as "pairs", as
        the user wrote it.
    factors
        float64[2, m]: of an `Unbalanced`, its `quadratic` and `linear`; NaN elsewhere.
    """

    name: npt.NDArray[np.str_]
    literals: Ints
    overrun: Floats
    factors: Floats

    @classmethod
    def of(
        cls, presolved: Presolved, rows: Rows, asked: Treatment | Mapping[Any, Treatment]
    ) -> Treatments:
        """`asked` for all inequalities, or by the full model's labels.

        Raises UnknownName for a treatment or a label, QoptError for a treatment of an equality.
        """
        model = presolved.model
        wanted, factors = _asked(presolved.full, asked)
        wanted, factors = wanted[presolved.constraints], factors[:, presolved.constraints]
        inequality = np.isin(rows.kind, ["inequality", "at-most-one"])
        literals, overrun = _literals(model, rows, inequality & (wanted == "auto"))
        of_inequality = np.where(
            wanted == "unbalanced", wanted, np.where(overrun > 0, "pairs", "slack")
        )
        special = np.where(
            rows.kind == "product", "product", np.where(rows.kind == "free", "none", "square")
        )
        return cls(np.where(inequality, of_inequality, special), literals, overrun, factors)


def _asked(
    full: ModelArrays, asked: Treatment | Mapping[Any, Treatment]
) -> tuple[npt.NDArray[np.str_], Floats]:
    """What is asked for each of the full model's constraints, and an `Unbalanced`'s factors."""
    wanted = np.full(full.num_constraints, "auto", dtype="<U10")
    factors = np.full((2, full.num_constraints), np.nan)
    if not isinstance(asked, Mapping):
        wanted[:] = _name(asked)
        if isinstance(asked, Unbalanced):
            factors.T[:] = asked.quadratic, asked.linear
        return wanted, factors
    number = {label: c for c, label in enumerate(full.labels)}
    for label, treatment in asked.items():
        if label not in number:
            raise UnknownName(
                "constraint", str(label), map(str, full.labels), hint="; inequalities name it"
            )
        c = number[label]
        wanted[c] = _name(treatment)
        if full.sense[c] == "=":
            raise QoptError(
                f"inequalities[{label!r}]: constraint {label!r} is an equality; "
                "name inequalities only"
            )
        if isinstance(treatment, Unbalanced):
            factors[:, c] = treatment.quadratic, treatment.linear
    return wanted, factors


def _name(treatment: Treatment) -> str:
    if isinstance(treatment, Unbalanced):
        return "unbalanced"
    if treatment not in INEQUALITIES:
        raise UnknownName("treatment of inequalities", str(treatment), INEQUALITIES)
    return treatment


def _literals(model: ModelArrays, rows: Rows, candidate: Bools) -> tuple[Ints, Floats]:
    """`literals` and `overrun` as above; `overrun` is 0 for a row that is not about pairs.

    With c_i > 0 for what a true literal takes of the room r, at most one may be true when max c <=
    r < c_1 + c_2, the smallest.
    """
    m, entries = model.num_constraints, model.rows.tocoo()
    width = model.upper - model.lower
    free = width[entries.col] > 0
    take = entries.data * rows.scale[entries.row] * width[entries.col]
    room, largest = rows.rhs - rows.least, np.zeros(m)
    np.maximum.at(largest, entries.row, np.abs(take))
    wide = sums(m, entries.row, width[entries.col] > model.step[entries.col]) > 0
    # only what passes this is sorted
    fits = candidate & ~wide & (largest <= room) & (room < 2 * largest)
    mine = np.flatnonzero(fits[entries.row] & free)
    order = mine[np.lexsort((np.abs(take[mine]), entries.row[mine]))]
    row, size = entries.row[order], np.abs(take[order])
    second = np.flatnonzero((row[1:] == row[:-1]) & (np.diff(row, prepend=-1)[:-1] != 0)) + 1
    overrun, members = np.zeros(m), np.bincount(row, minlength=m)
    overrun[row[second]] = size[second] + size[second - 1] - room[row[second]]
    pairs = fits & (overrun > 1e-9 * largest) & (model.hard | (members == 2))
    literals = np.where(pairs[entries.row] & free, np.sign(take), 0.0).astype(np.int64)
    return literals, np.where(pairs, overrun / rows.scale, 0.0)
