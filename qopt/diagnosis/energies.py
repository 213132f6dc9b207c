"""What the energy of a QUBO's state is made of: the objective, and the cost of each constraint."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..compiler import Compiled
from ..compiler.model.arrays import Floats
from ..compiler.weights.proofs import least_penalty

TINY = 1e-9  # how far a whole number may be off

Bits = np.ndarray[Any, np.dtype[Any]]


def labels(compiled: Compiled) -> list[Any]:
    """Of the charged constraints: those that presolve left, then the encodings' own."""
    return [*compiled.model.labels, *compiled.validity.labels]


def weights(compiled: Compiled) -> Floats:
    """float64[m' + v]: the penalty weights of `labels`."""
    return np.concatenate([compiled.weights, compiled.validity_weighed.value])


def unit_costs(compiled: Compiled, bits: Bits) -> Floats:
    """float64[m' + v]: what each of `labels` costs at weight 1, in a state `bits` [num_bits].

    With the objective f, the energy is f + weights @ unit_costs, by the table of
    `qopt.compiler.encoding.treatments`. The costs of approximate penalties count as 0.
    """
    model, rows, treatments = compiled.model, compiled.rows, compiled.treatments
    own, slack = bits[: compiled.encoding.num_bits], bits[compiled.encoding.num_bits :]
    x = compiled.encoding.base + compiled.encoding.matrix @ own
    q, m = model.row_quadratic, model.num_constraints
    activity = model.rows @ x + np.bincount(
        q.owner, weights=q.value * x[q.row] * x[q.col], minlength=m
    )
    off = activity * rows.scale + compiled.slack.base + compiled.slack.matrix @ slack - rows.rhs
    entries = model.rows.tocoo()
    top = 2 * x > model.lower + model.upper
    true = np.where(top[entries.col], 1, -1) == treatments.literals
    count = np.bincount(entries.row, weights=true & (treatments.literals != 0), minlength=m)
    pair = np.where(model.hard, least_penalty(rows), treatments.overrun**2)
    squared, pairs = np.isin(treatments.name, ["square", "slack"]), treatments.name == "pairs"
    costs = [(off / rows.scale) ** 2, pair * count * (count - 1) / 2, activity]
    cost = np.select([squared, pairs, treatments.name == "product"], costs, 0.0)
    return np.concatenate([cost, _validity_costs(compiled, bits)])


def _validity_costs(compiled: Compiled, bits: Bits) -> Floats:
    validity = compiled.validity
    ones = np.where(np.diff(validity.ones.indptr) > 0, (validity.ones @ bits - 1) ** 2, 0.0)
    walls = bits[validity.second] * (1 - bits[validity.first])
    return ones + np.bincount(validity.owner, weights=walls, minlength=len(ones))


def least_unit_costs(compiled: Compiled) -> Floats:
    """float64[m' + v]: what the least violation costs at weight 1; 0 where it may be anything."""
    model, rows, treatments = compiled.model, compiled.rows, compiled.treatments
    entries, q, m = model.rows.tocoo(), model.row_quadratic, model.num_constraints
    owner, value = np.concatenate([entries.row, q.owner]), np.concatenate([entries.data, q.value])
    steps = value * rows.scale[owner]
    whole = np.bincount(owner, weights=np.abs(steps - np.rint(steps)) > TINY, minlength=m) == 0
    squared, pairs = np.isin(treatments.name, ["square", "slack"]), treatments.name == "pairs"
    kinds = [squared & whole, pairs, (treatments.name == "product") & whole]
    least = np.select(kinds, [rows.scale**-2, least_penalty(rows), 1 / rows.scale], 0.0)
    return np.concatenate([least, np.ones(len(compiled.validity.labels))])


def breakable(compiled: Compiled) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """bool[m' + v]: which of `labels` are hard and can be broken at all."""
    own = compiled.model.hard & (compiled.rows.kind != "free")
    return np.concatenate([own, np.ones(len(compiled.validity.labels), dtype=bool)])


def least_objective(compiled: Compiled) -> float:
    """A bound that the objective is not below: each of its terms at its least."""
    model, q = compiled.model, compiled.model.quadratic
    ends = np.stack([model.lower, model.upper])
    corners = q.value * (ends[:, None, q.row] * ends[None, :, q.col]).reshape(4, -1)
    return float(model.offset + (model.linear * ends).min(axis=0).sum() + corners.min(axis=0).sum())
