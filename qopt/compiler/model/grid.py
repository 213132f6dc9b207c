"""REAL variables in steps: x = low + step * k, with k a whole number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from ...errors import QoptError, UnknownName
from ...kit.checks import require_positive
from .affine import products
from .arrays import Bools, Floats, Ints, ModelArrays

UNBOUNDED = 1e30  # dimod's bound of a REAL variable that was given none
PLACES = 2.0**31  # more steps than this between its bounds are too many for a variable
SLACK = 1e-9  # of a step, by which a bound may miss the last one
DIGITS = 12  # of a bias that are looked at for a common step

Reals = Mapping[Any, float] | float | None


@dataclass(frozen=True, eq=False)
class Grid:
    """`low`, `step`, `last` float64[n] and `real` bool[n]: k is 0 to `last` of a REAL variable, any
    other is its own k.

    `notes` say which steps were taken, and why.
    """

    low: Floats
    step: Floats
    last: Floats
    real: Bools
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: ModelArrays, reals: Reals = None) -> Grid:
        """With the steps that `reals` gives, by variable or for all; of the others, steps that lose
        nothing.

        Raises QoptError for a step that is not above 0 or not of a REAL variable, for a REAL
        variable without bounds, and for one that has no step: none was given and none is known to
        lose nothing.
        """
        real = model.step == 0
        fixed = real & (model.lower == model.upper)
        _require_bounds(model, real)
        asked = _asked(model, real, reals)
        step = np.where(real, np.where(fixed, 1.0, asked), 1.0)
        low = np.where(real, model.lower, 0.0)
        open_ = np.isnan(step)
        if open_.any():
            known = _moved(model, np.where(open_, 0.0, low), np.where(open_, 1.0, step))
            step[open_] = _lossless(known, open_)[open_]
        _require_steps(model, step, open_)
        last = np.floor((model.upper - low) / step + SLACK)
        notes = _notes(model, step, open_, real & ~open_ & ~fixed)
        return cls(low, step, last, real, tuple(notes))

    def whole(self, model: ModelArrays) -> ModelArrays:
        """The model of k: all its variables are whole numbers."""
        if not self.real.any():
            return model
        return replace(
            _moved(model, self.low, self.step),
            lower=np.where(self.real, 0.0, model.lower),
            upper=np.where(self.real, self.last, model.upper),
            step=np.where(self.real, 1.0, model.step),
        )

    def values(self, places: Floats) -> Floats:
        """float64[k, n] of the model, of the same of k."""
        return self.low + self.step * places if self.real.any() else places

    def places(self, values: Floats) -> Floats:
        """float64[k, n] of k, of the same of the model: a REAL value takes the nearest step."""
        nearest = np.clip(np.rint((values - self.low) / self.step), 0, self.last)
        return np.where(self.real, nearest, values)


def _moved(model: ModelArrays, low: Floats, step: Floats) -> ModelArrays:
    """The same model of k in place of x, with the bounds of x."""
    matrix = sparse.csr_array(sparse.diags_array(step))
    m, q = model.num_constraints, model.row_quadratic
    objective = products(model.quadratic, model.quadratic.value, low, matrix, 1)
    moved = products(q, q.value, low, matrix, m)
    rows = sparse.csr_array(model.rows @ matrix + moved.linear)
    rows.eliminate_zeros()
    rows.sort_indices()
    return replace(
        model,
        linear=model.linear * step + objective.linear.toarray().ravel(),
        quadratic=objective.terms,
        offset=model.offset + float(model.linear @ low) + float(objective.constant[0]),
        rows=rows,
        row_quadratic=moved.terms,
        rhs=model.rhs - model.rows @ low - moved.constant,
    )


def _require_bounds(model: ModelArrays, real: Bools) -> None:
    open_ = (np.abs(model.lower) >= UNBOUNDED) | (np.abs(model.upper) >= UNBOUNDED)
    for k in np.flatnonzero(real & open_)[:1]:
        raise QoptError(
            f"variable {model.variables[k]!r} is REAL and has no bounds; "
            "give it a lower and an upper one"
        )


def _asked(model: ModelArrays, real: Bools, reals: Reals) -> Floats:
    """float64[n]: the steps that `reals` gives, NaN where it gives none."""
    if not isinstance(reals, Mapping):
        require_positive("reals", reals, wanted="steps above 0, by variable", optional=True)
        return np.full(len(real), np.nan if reals is None else float(reals))
    place = {model.variables[k]: k for k in np.flatnonzero(real)}
    steps = np.full(len(real), np.nan)
    for label, step in reals.items():
        if label not in place:
            raise UnknownName(
                "REAL variable", str(label), map(str, place), place=("reals", str(label))
            )
        require_positive(f"reals[{label!r}]", step, wanted="a step above 0")
        steps[place[label]] = float(step)
    return steps


def _lossless(model: ModelArrays, real: Bools) -> Floats:
    """float64[n]: a step of each `real` variable with which no better assignment is missed; 0 where
    none is known.

    REAL variables that stand alone or as the difference of two in every row, with whole numbers
    beside them, are potentials of a network: once the other variables are chosen, what is left is a
    linear program with a totally unimodular matrix (Hoffman and Kruskal, 1956), and an optimum of
    it is at multiples of the common step of the right-hand sides. A row's right-hand side is what
    its whole variables add up to, over the coefficient of its REAL ones.
    """
    entries = model.rows.tocoo()
    mine = real[entries.col]
    row, col, bias = entries.row[mine], entries.col[mine], entries.data[mine]
    m, n = model.rows.shape
    first = np.zeros(m)
    first[row] = bias  # of each row, the coefficient of one REAL variable in it
    count = np.bincount(row, minlength=m)
    total = np.bincount(row, weights=bias, minlength=m)
    difference = (count == 1) | ((count == 2) & (total == 0))
    bent = ~model.hard & ~model.soft_linear  # the optimum of a quadratic price is anywhere
    wrong = (count > 0) & (~difference | bent)
    outside = np.zeros(n, dtype=bool)
    outside[col[wrong[row]]] = True
    for terms in (model.quadratic, model.row_quadratic):
        outside[terms.row] = outside[terms.col] = True  # only that of a REAL one is looked at
    link = sparse.coo_array((np.ones(len(row)), (row, m + col)), shape=(m + n, m + n))
    _, part = csgraph.connected_components(link, directed=False)
    lost = set(part[m + np.flatnonzero(outside & real)].tolist())
    amounts = _amounts(model, real, first, count, part)
    steps = {k: 0.0 if k in lost else float(_common(values)) for k, values in amounts.items()}
    return np.array([steps.get(int(k), 0.0) for k in part[m:]])


def _amounts(
    model: ModelArrays, real: Bools, first: Floats, count: Ints, part: Ints
) -> dict[int, set[tuple[float, float]]]:
    """By part of the network, what its step must divide: pairs of a number and what it is over."""
    m = len(first)
    entries, q = model.rows.tocoo(), model.row_quadratic
    other = ~real[entries.col]
    owner = np.concatenate([entries.row[other], q.owner, np.arange(m)])
    value = np.concatenate([entries.data[other], q.value, model.rhs])
    use = count[owner] > 0
    ends = m + np.flatnonzero(real)
    bounds = np.concatenate([model.lower[real], model.upper[real]])
    of = np.concatenate([part[owner[use]], part[ends], part[ends]])
    over = np.concatenate([first[owner[use]], np.ones(len(bounds))])
    number = np.concatenate([value[use], bounds])
    amounts: dict[int, set[tuple[float, float]]] = defaultdict(set)
    for k, a, b in np.unique(np.column_stack([of, abs(number), abs(over)]), axis=0).tolist():
        amounts[int(k)].add((a, b))
    return amounts


def _common(values: set[tuple[float, float]]) -> Fraction:
    """The largest number that each of these quotients is a multiple of; 0 where all are 0."""
    parts = [_exact(a) / _exact(b) for a, b in values if a]
    if not parts:
        return Fraction(0)
    scale = lcm(*(part.denominator for part in parts))
    return Fraction(gcd(*(int(part * scale) for part in parts)), scale)


def _exact(value: float) -> Fraction:
    return Fraction(f"{value:.{DIGITS}g}")


def _require_steps(model: ModelArrays, step: Floats, open_: Bools) -> None:
    with np.errstate(divide="ignore"):
        wide = (model.upper - model.lower) / step > PLACES
    for k in np.flatnonzero(wide & open_)[:1]:
        raise QoptError(
            f"variable {model.variables[k]!r} is REAL; say in which steps it may move, "
            f"as reals={{{model.variables[k]!r}: {_coarse(model.upper[k] - model.lower[k]):g}}}",
            (model.variables[k],),
        )
    for k in np.flatnonzero(wide & (model.step == 0))[:1]:
        raise QoptError(
            f"reals: {model.variables[k]!r} ranges over {model.lower[k]:g}..{model.upper[k]:g}, "
            f"more than 2**31 steps of {step[k]:g}; give a larger one",
            ("reals", model.variables[k]),
        )


def _coarse(room: float) -> float:
    """A round number, of which 100 to 1000 fill the room."""
    return float(10.0 ** (np.floor(np.log10(room)) - 2))


def _notes(model: ModelArrays, step: Floats, lossless: Bools, asked: Bools) -> list[str]:
    reasons = (
        (lossless, "nothing better lies between: rows compare them with multiples of that only"),
        (asked, "as asked; what lies between is not looked at"),
    )
    notes = []
    for chosen, reason in reasons:
        for size in np.unique(step[chosen]):
            mine = [model.variables[k] for k in np.flatnonzero(chosen & (step == size))]
            more = f" and {len(mine) - 2} more" if len(mine) > 2 else ""
            few = ", ".join(repr(label) for label in mine[:2])
            notes.append(f"REAL variables in steps of {size:g}: {few}{more}; {reason}")
    return notes
