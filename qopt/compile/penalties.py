"""How hard each constraint must push back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import QoptError, UnknownName, require_positive
from .arrays import Floats, Ints, ModelArrays
from .rows import Rows

MARGIN = 1.1  # a tie between breaking a constraint and keeping it would be left to chance


def step_reach(model: ModelArrays, shares: Shares) -> Floats:
    """An upper bound on |f(.., x_i + step, ..) - f(x)| for each variable i: what one step of it can be worth.

    The bound is for any x that keeps the rows of `shares`: the couplings q_j from i into a row sum a_j x_j <= b of positive
    terms are worth at most b max_j q_j / a_j together, which for "at most one" is the largest of them. (Verma and Lewis 2020
    sum them all, for any x.)
    """
    q = model.quadratic
    square = q.row == q.col
    curvature = np.bincount(q.row[square], weights=q.value[square], minlength=model.num_variables)
    # x_i -> x_i + d changes the square by d (2 x_i + d), with x_i from lower to upper - d
    swing = np.stack([curvature * (2 * model.lower + model.step), curvature * (2 * model.upper - model.step)])
    low, high = model.linear + swing.min(axis=0), model.linear + swing.max(axis=0)
    here = np.concatenate([q.row[~square], q.col[~square]])
    there = np.concatenate([q.col[~square], q.row[~square]])
    value = np.concatenate([q.value[~square]] * 2)
    order = np.lexsort((shares.row[there], here))
    here, there, value = here[order], there[order], value[order]
    if len(here):
        row = shares.row[there]
        starts = np.flatnonzero(np.r_[True, (here[1:] != here[:-1]) | (row[1:] != row[:-1])])
        ends = np.stack([value * model.lower[there], value * model.upper[there]])
        rate = value / shares.coefficient[there]
        budget = shares.budget[row[starts]]
        bounded = np.isfinite(budget)
        budget = np.where(bounded, budget, 0.0)
        least, most = np.add.reduceat(ends.min(axis=0), starts), np.add.reduceat(ends.max(axis=0), starts)
        shared_least = budget * np.minimum(np.minimum.reduceat(rate, starts), 0)
        shared_most = budget * np.maximum(np.maximum.reduceat(rate, starts), 0)
        least = np.where(bounded, np.maximum(least, shared_least), least)
        most = np.where(bounded, np.minimum(most, shared_most), most)
        np.add.at(low, here[starts], least)
        np.add.at(high, here[starts], most)
    return np.where(model.upper > model.lower, model.step * np.maximum(np.abs(low), np.abs(high)), 0.0)


@dataclass(frozen=True, eq=False)
class Shares:
    """For each variable one row `sum a x <= b` (or =) of positive terms that it shares: int64[n], the last row being none.

    `coefficient` float64[n] is its a, `budget` float64[m + 1] the rows' b, infinite for none.
    """

    row: Ints
    coefficient: Floats
    budget: Floats

    @classmethod
    def families(cls, model: ModelArrays, rows: Rows) -> list[Shares]:
        """Two choices where a variable is in several such rows: its first and its last."""
        m, entries = len(model.labels), model.rows.tocoo()
        unfit = (entries.data <= 0) | (model.lower[entries.col] < 0)
        shared = (np.bincount(entries.row, weights=unfit, minlength=m) == 0) & (rows.kind != "product")
        use = shared[entries.row]
        row, col, coefficient = entries.row[use].astype(np.int64), entries.col[use], entries.data[use]
        chosen = []
        for direction in (slice(None, None, -1), slice(None)):  # the last assignment to a variable is the one that stays
            share, a = np.full(model.num_variables, m), np.ones(model.num_variables)
            share[col[direction]], a[col[direction]] = row[direction], coefficient[direction]
            chosen.append(cls(share, a, np.append(model.rhs, np.inf)))
        return chosen


def weights_from_bounds(model: ModelArrays, rows: Rows) -> Floats:
    """A weight for each constraint: the most that one step of any of its variables can gain in the objective.

    From an assignment that breaks only this constraint, a step that mends it then lowers the energy. An equality with whole
    numbers in it is mended by them, in steps of one, so only theirs count there. A constraint that the objective does not
    touch gets the largest of the others' weights: what is gained by breaking it is gained elsewhere.
    The weights are for rows as the user wrote them: a step of the whole-number row is 1 / scale there.
    """
    reach = np.min([step_reach(model, shares) for shares in Shares.families(model, rows)], axis=0)
    involved, entries, m = model.incidence(), model.rows.tocoo(), len(model.labels)
    weights, fine = np.zeros(m), np.zeros(m)
    np.maximum.at(weights, involved.row, reach[involved.col])
    unit = (np.abs(entries.data) * rows.scale[entries.row] == 1) & (model.upper - model.lower > model.step)[entries.col]
    np.maximum.at(fine, entries.row[unit], reach[entries.col[unit]])
    weights = np.where((rows.kind == "equality") & (fine > 0), fine, weights)
    fallback = weights.max(initial=0.0) or reach.max(initial=0.0) or 1.0
    return MARGIN * np.where(weights > 0, weights, fallback) * rows.scale ** np.where(rows.kind == "product", 1, 2)


def weights_for(model: ModelArrays, rows: Rows, penalties: str | float | Mapping[Any, float]) -> Floats:
    """Weights float64[m]: "bounds", one multiplier for all as `dimod.cqm_to_bqm` has it, or a mapping by label.

    A mapping overrides the bounds of the constraints it names. A soft constraint keeps the weight it came with.
    Raises QoptError for an unknown word or label and for a weight that is not positive and finite.
    """
    if isinstance(penalties, str):
        if penalties != "bounds":
            raise QoptError(f"penalties={penalties!r} is not known; give 'bounds', a number, or a mapping by constraint")
        weights = weights_from_bounds(model, rows)
    elif isinstance(penalties, Mapping):
        weights = weights_from_bounds(model, rows)
        number = {label: k for k, label in enumerate(model.labels)}
        for label, weight in penalties.items():
            if label not in number:
                raise UnknownName("constraint", str(label), map(str, model.labels))
            require_positive(f"penalties[{label!r}]", weight, wanted="a number above 0")
            weights[number[label]] = weight
    else:
        require_positive("penalties", penalties, wanted="'bounds', a number above 0, or a mapping by constraint")
        weights = np.full(len(model.labels), float(penalties))
    return np.where(np.isinf(model.weight), weights, model.weight)
