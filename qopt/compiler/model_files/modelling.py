"""A CQM of a model in arrays."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import dimod
import numpy as np

from ..model.arrays import Floats, ModelArrays, Quadratic


def cqm_of(model: ModelArrays) -> dimod.ConstrainedQuadraticModel:
    """The CQM that `ModelArrays.from_cqm` makes this model of; a whole variable from 0 to 1 becomes
    a BINARY.

    A variable of step 0 becomes a REAL.
    """
    cqm = dimod.ConstrainedQuadraticModel()
    kinds = _kinds(model)
    domains = zip(kinds, model.lower.tolist(), model.upper.tolist(), model.variables, strict=True)
    for (kind, low, high), run in groupby(domains, key=lambda domain: domain[:3]):
        bounds = {"lower_bound": low, "upper_bound": high} if kind in ("INTEGER", "REAL") else {}
        cqm.add_variables(kind, [label for *_, label in run], **bounds)
    binary = np.array([kind == "BINARY" for kind in kinds], dtype=np.bool_)
    _set_objective(cqm, model, binary)
    _add_constraints(cqm, model, binary)
    return cqm


def _kinds(model: ModelArrays) -> list[str]:
    binary = (model.step == 1) & (model.lower == 0) & (model.upper == 1)
    chosen = np.select([binary, model.step == 2, model.step == 0], [0, 1, 2], 3)
    return [("BINARY", "SPIN", "REAL", "INTEGER")[k] for k in chosen]


def _set_objective(
    cqm: dimod.ConstrainedQuadraticModel, model: ModelArrays, binary: np.ndarray[Any, Any]
) -> None:
    """Products of binaries go in as arrays, which is three times as fast as one by one."""
    q, labels = model.quadratic, model.variables
    linear = model.linear + _squares(q, binary, model.num_variables)
    fast = binary[q.row] & binary[q.col]
    if fast.any():
        used, place = np.unique(np.concatenate([q.row[fast], q.col[fast]]), return_inverse=True)
        row, col = place.reshape(2, -1)
        apart = row != col
        products = (row[apart], col[apart], q.value[fast][apart])
        bqm = dimod.BinaryQuadraticModel.from_numpy_vectors(
            np.zeros(len(used)), products, 0.0, "BINARY"
        )
        bqm.relabel_variables({k: labels[v] for k, v in enumerate(used.tolist())})
        cqm.set_objective(bqm)
    objective = cqm.objective
    for u, v, value in _listed(q, ~fast):
        objective.add_quadratic(labels[u], labels[v], value)
    for v in np.flatnonzero(linear).tolist():
        objective.add_linear(labels[v], float(linear[v]))
    objective.offset += model.offset


def _add_constraints(
    cqm: dimod.ConstrainedQuadraticModel, model: ModelArrays, binary: np.ndarray[Any, Any]
) -> None:
    labels, rows = model.variables, model.rows
    sign = np.where(model.negated, -1.0, 1.0)
    start, column = rows.indptr.tolist(), rows.indices.tolist()
    value = (rows.data * np.repeat(sign, np.diff(rows.indptr))).tolist()
    q, rhs = model.row_quadratic, (sign * model.rhs).tolist()
    senses = np.where(model.sense == "=", "==", np.where(model.negated, ">=", "<=")).tolist()
    for c, label in enumerate(model.labels):
        mine = slice(start[c], start[c + 1])
        terms: list[tuple[Any, ...]] = [
            (labels[v], one) for v, one in zip(column[mine], value[mine], strict=True)
        ]
        if len(q.owner):
            own = q.of(c)
            scaled = Quadratic(own.row, own.col, own.value * sign[c], own.owner)
            terms += [
                (labels[u], one) if u == v and binary[u] else (labels[u], labels[v], one)
                for u, v, one in _listed(scaled, np.ones(len(own.row), dtype=np.bool_))
            ]
        soft = {}
        if not model.hard[c]:
            penalty = "linear" if model.soft_linear[c] else "quadratic"
            soft = {"weight": float(model.weight[c]), "penalty": penalty}
        cqm.add_constraint_from_iterable(terms, senses[c], rhs[c], label=label, **soft)


def _listed(q: Quadratic, chosen: np.ndarray[Any, Any]) -> list[tuple[int, int, float]]:
    return list(
        zip(q.row[chosen].tolist(), q.col[chosen].tolist(), q.value[chosen].tolist(), strict=True)
    )


def _squares(q: Quadratic, binary: np.ndarray[Any, Any], n: int) -> Floats:
    """float64[n]: what the squares of binaries add to their linear terms, being the same."""
    mine = binary[q.row] & (q.row == q.col)
    return np.bincount(q.row[mine], weights=q.value[mine], minlength=n).astype(np.float64)
