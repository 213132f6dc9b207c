"""Reading constraints back: rows that agree with each other, with the slack that they have."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dimod
import numpy as np

from ..compiler.model.arrays import ModelArrays
from ..compiler.qubos.qubo import Qubo
from ..compiler.sources.sources import Source
from ..errors import QoptError
from ..kit.checks import require_positive
from .agreement import ROUNDS, heavier, still_told
from .couplings import Couplings, Row
from .decompiled import Decompiled
from .integers import Integer, integers_of
from .rows import rows_of
from .slack import any_slack_of, slack_of, upright


def read_rows(qubo: Qubo, until: float) -> Decompiled:
    """What is found `until` then, of `time.perf_counter()`, whether it agrees or not."""
    rows, left = rows_of(qubo, until)
    return Decompiled(qubo, rows, slack_of(rows, left), left)


def decompile(model: Any, time_limit: float | None = None) -> Decompiled:
    """Read constraints back from a QUBO, from its numbers alone.

    Who makes a QUBO of a model adds a square for each of its constraints,
    `weight * (coefficients . bits - right side)**2`, often with slack bits. This finds such rows,
    and what is left without their squares. The sum of the two is the QUBO, bias by bias; that a row
    was meant as a constraint cannot be proved, only that no state of lowest energy breaks it.

    Parameters
    ----------
    model
        A `Qubo`; a dimod BQM of bits or spins, or a CQM without constraints; a dict of terms
        `{(i, j): bias}`; a square matrix float[n, n] of 0s and 1s x, x'Qx; an Ising model's (h, J);
        a PyQUBO expression or model; or the path of a file in one of the formats of `Qubo.read`.
        Energies are minimised: of a file whose format maximises, minus its value.
    time_limit
        Seconds, above 0, after which no more rows are looked for. Making a `Qubo` of the model, and
        asking whether its rows agree, which takes a second at most, are not counted.

    Returns
    -------
    Decompiled
        Of n bits: `rows`, each of some of them; `left`, a symmetric matrix [n, n] of couplings and
        n linear biases; `meant` and `cqm`, the models for dimod.

    Raises
    ------
    FileError
        For a file that is not there or cannot be read; names the line.
    QoptError
        For a model that has constraints already, as a DQM has, or variables of more than two
        values.

    Examples
    --------
    Of three bits one is to be chosen, at the least price; the constraint weighs 10:

    >>> import dimod, qopt
    >>> cqm = dimod.ConstrainedQuadraticModel()
    >>> a, b, c = dimod.Binaries("abc")
    >>> cqm.set_objective(2 * a + 3 * b + 4 * c)
    >>> label = cqm.add_constraint(a + b + c == 1, label="one of three")
    >>> bqm, _ = dimod.cqm_to_bqm(cqm, lagrange_multiplier=10)
    >>> found = qopt.decompile(bqm)
    >>> for constraint in found.cqm.constraints.values():
    ...     print(constraint)
    a + b + c == 1.0
    >>> found.proved.tolist(), found.share
    ([True], 1.0)
    """
    qubo = model if isinstance(model, Qubo) else _qubo_of(model)
    require_positive("time_limit", time_limit, wanted="seconds above 0", optional=True)
    found = read_rows(qubo, math.inf if time_limit is None else time.perf_counter() + time_limit)
    count = len(found.rows)
    for _ in range(ROUNDS):
        if not found.rows or not found.contradictory:
            break
        found = _of(qubo, heavier(found.rows))
    if len(found.rows) < count:
        found = _of(qubo, still_told(found.rows, found.heavy))
    return _with_integers(_with_any_slack(found))


def _with_integers(found: Decompiled) -> Decompiled:
    """With whole numbers, and without rows of their bits that are not proved and not in proportion.

    What numbers cost, alone or two together, are couplings of their bits, some of which look like
    rows. Where all that is left is in proportion without these, they are none.
    """
    whole = Couplings.of(found.qubo)  # rows, too, keep the proportion: what takes longer may wait
    if not integers_of((), whole, found.kept, found.qubo.labels):
        return found
    numbers = _integers_of(found.without(~found.heavy) if len(found.rows) else found)
    if not numbers:
        return found
    odd = [
        not heavy and not all(number.fits(row) for number in numbers)
        for row, heavy in zip(found.rows, found.heavy, strict=True)
    ]
    if any(odd):
        rows = [row for row, none in zip(found.rows, odd, strict=True) if not none]
        found = _with_any_slack(_of(found.qubo, rows))
    return replace(found, integers=_integers_of(found))


def _integers_of(found: Decompiled) -> list[Integer]:
    return integers_of(found.rows, found.left, found.kept, found.qubo.labels)


def _with_any_slack(found: Decompiled) -> Decompiled:
    """With slack that has a price where its row is proved, without which no row says what the
    slack is; and with that of small rows.
    """
    rows = upright(found.rows, any_slack_of(found.rows, found.left))
    plain, slack = (way(rows, found.left) for way in (slack_of, any_slack_of))
    found = replace(found, rows=rows)
    while True:
        found = replace(found, slack=slack)
        priced = np.array([number.price != 0 for number in slack], dtype=bool)
        unsure = priced & ~found.proved if priced.any() else priced
        if not unsure.any():
            return found
        slack = [
            number if sure else other
            for number, other, sure in zip(slack, plain, ~unsure, strict=True)
        ]


def _of(qubo: Qubo, rows: Sequence[Row]) -> Decompiled:
    left = Couplings.of(qubo).less(rows)
    return Decompiled(qubo, rows, slack_of(rows, left), left)


def _qubo_of(model: Any) -> Qubo:
    cqm = Source.of(model).cqm
    if len(cqm.constraints):
        raise QoptError("a model with constraints is no QUBO; there is nothing to read back")
    if any(cqm.vartype(v) not in (dimod.BINARY, dimod.SPIN) for v in cqm.variables):
        raise QoptError("a model with variables of more than two values is no QUBO")
    model = ModelArrays.from_cqm(cqm)  # of which each variable is low + step * bit
    low, step, q = model.lower, model.step, model.quadratic
    linear, n = model.linear.copy(), model.num_variables
    linear += np.bincount(q.row, q.value * low[q.col], n)
    linear += np.bincount(q.col, q.value * low[q.row], n)
    offset = model.offset + model.linear @ low + q.value @ (low[q.row] * low[q.col])
    quad = q.value * step[q.row] * step[q.col]
    return Qubo.from_arrays(linear * step, q.row, q.col, quad, offset, labels=model.variables)
