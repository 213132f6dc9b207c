"""What kind of constraint a row is, and whole-number coefficients for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import QoptError
from .arrays import Floats, Ints, ModelArrays

DECIMALS = 6  # a coefficient with more decimals than this has no common step with the rest


@dataclass(frozen=True, eq=False)
class Rows:
    """The linear constraints with whole-number coefficients, and what each constraint is.

    `kind` of each constraint: "one-hot", "equality", "at-most-one", "inequality", "product" (a sum of products that must
    vanish), "free" (an inequality that always holds). `scale` float64[m] multiplies a row to whole numbers without a common
    divisor, or the smallest product of a row of products to 1. `least` and `most` float64[m] bound its scaled activity; `rhs`
    float64[m] is scaled too.
    """

    kind: npt.NDArray[np.str_]
    scale: Floats
    rhs: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, model: ModelArrays) -> Rows:
        """Raises QoptError for an inequality without a common step and for a quadratic row that is not a sum of products."""
        m = len(model.labels)
        entries = model.rows.tocoo()
        scale = _whole_number_scale(m, entries.row, entries.data)
        quadratic = np.bincount(model.row_quadratic.owner, minlength=m) > 0
        _require_step(model, scale, (model.sense == "<") & ~quadratic)
        scale = np.where(np.isnan(scale), 1.0, scale)
        values = entries.data * scale[entries.row]
        ends = np.stack([values * model.lower[entries.col], values * model.upper[entries.col]])
        least = _sums(m, entries.row, ends.min(axis=0))
        most = _sums(m, entries.row, ends.max(axis=0))
        rhs = model.rhs * scale
        # with whole coefficients the activity stops at the whole number below the right-hand side
        rhs = np.where(model.sense == "<", np.floor(rhs + 1e-9), rhs)
        unit_binaries = _all_of(
            m, entries.row, (values == 1) & (model.lower[entries.col] == 0) & (model.upper[entries.col] == 1)
        )
        is_one = unit_binaries & (rhs == 1) & (np.diff(model.rows.indptr) > 0)
        kind = np.where(
            model.sense == "=", np.where(is_one, "one-hot", "equality"), np.where(is_one, "at-most-one", "inequality")
        ).astype("<U11")
        kind[(model.sense == "<") & (most <= rhs)] = "free"
        kind[quadratic] = "product"
        for row in np.flatnonzero(quadratic):
            _require_product(model, int(row))
            scale[row] = 1.0 / np.abs(model.row_quadratic.of(int(row)).value).min()
        return cls(kind, scale, rhs, least, most)


def _all_of(m: int, owner: Ints, holds: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.equal(_sums(m, owner, ~holds), 0)


def _sums(m: int, owner: Ints, values: npt.ArrayLike) -> Floats:
    """The sum of the values of each of m owners."""
    return np.bincount(owner, weights=values, minlength=m).astype(np.float64)


def _whole_number_scale(m: int, owner: Ints, values: Floats) -> Floats:
    """The smallest factor that makes each row's coefficients whole, NaN where `DECIMALS` decimals do not."""
    scale = np.full(m, np.nan)
    for decimals in range(DECIMALS, -1, -1):
        tried = values * 10.0**decimals
        whole = _all_of(m, owner, np.abs(tried - np.rint(tried)) <= 1e-9 * np.maximum(1.0, np.abs(tried)))
        scale[whole] = 10.0**decimals
    whole_values = np.where(np.isnan(scale[owner]), 1, np.rint(values * np.nan_to_num(scale[owner], nan=1.0))).astype(np.int64)
    divisor = np.zeros(m, dtype=np.int64)
    np.gcd.at(divisor, owner, whole_values)
    return scale / np.maximum(divisor, 1)


def _require_step(model: ModelArrays, scale: Floats, inequality: npt.NDArray[np.bool_]) -> None:
    stuck = np.flatnonzero(inequality & np.isnan(scale))
    if len(stuck):
        raise QoptError(
            f"constraint {model.labels[stuck[0]]!r} has coefficients without a common step of 1e-{DECIMALS} or more; "
            "round them, or scale the row to whole numbers"
        )


def _require_product(model: ModelArrays, row: int) -> None:
    """A quadratic row is taken as it stands when it cannot be negative and must be 0; each product then costs by itself.

    That holds when every negative product x_i x_j is covered by a positive linear term of one of the two: x_i - x_i x_j.
    """
    label, q = model.labels[row], model.row_quadratic.of(row)
    needed = np.zeros(model.num_variables)
    linear = np.asarray(model.rows[[row]].todense()).ravel()
    negative = q.value < 0
    cover = np.where(linear[q.row[negative]] > 0, q.row[negative], q.col[negative])
    other = np.where(linear[q.row[negative]] > 0, q.col[negative], q.row[negative])
    np.add.at(needed, cover, -q.value[negative] * model.upper[other])
    involved = np.concatenate([np.flatnonzero(linear), q.row, q.col])
    if (linear < needed - 1e-9).any() or (model.lower[involved] < 0).any() or model.rhs[row] != 0:
        raise QoptError(
            f"constraint {label!r} is quadratic; a QUBO takes only sums of products that are never negative and must be 0: "
            "write it with linear terms, or as products of variables that exclude each other"
        )
