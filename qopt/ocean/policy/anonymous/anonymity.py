"""Any model that Ocean's services take, made anonymous."""

from __future__ import annotations

import hashlib
from typing import Any

from ....errors import QoptError
from ....kit.checks import require_count, shown
from .models import Anonymous


def anonymous(model: Any, *, shuffle: int | None = None) -> Anonymous:
    """A model whose names are the numbers from 0 on, without constants.

    Of a BQM and a CQM of dimod, variables and constraints are numbered; the constant of the
    objective is left out, and constants of constraints move to their right sides. `back` takes a
    `SampleSet` of the anonymous model and gives the one that the model itself would have given:
    with its variables in its order, its energies, and its labels in `info`. With `shuffle`, a seed
    that is not to be sent, variables and constraints are numbered in an order that it draws, so
    that positions tell nothing of how they were made; the same seed gives the same order again.

    A `Model` of dwave.optimization has no names; it is copied without its states, which may hold a
    plan, and without constants added to its objective. Its order stays. `back` takes the copy, once
    it has states, and gives the model itself with these.

    The number of variables, their ranges, the biases and the structure are sent as they are.

    >>> bqm = dimod.BinaryQuadraticModel({"Ann": 1}, {("Ann", "Bob"): -2}, 7, "BINARY")
    >>> hidden = anonymous(bqm)
    >>> hidden.model
    BinaryQuadraticModel({0: 1.0, 1: 0.0}, {(1, 0): -2.0}, 0.0, 'BINARY')
    >>> found = hidden.back(dimod.ExactSolver().sample(hidden.model))
    >>> found.first.sample, found.first.energy
    ({'Ann': 1, 'Bob': 1}, 6.0)

    Raises QoptError for a model of another kind.
    """
    require_count("shuffle", shuffle, least=0, optional=True)
    import dimod

    if isinstance(model, dimod.BinaryQuadraticModel):
        from .binary import hidden

        return hidden(model, shuffle)
    if isinstance(model, dimod.ConstrainedQuadraticModel):
        from .constrained import hidden as hidden_cqm

        return hidden_cqm(model, shuffle)
    import dwave.optimization

    if isinstance(model, dwave.optimization.Model):
        from .nonlinear import hidden as hidden_nl

        return hidden_nl(model)
    raise QoptError(
        f"model={shown(model, 60)}: give a BQM or a CQM of dimod, or a Model of dwave.optimization"
    )


def neutral_label(key: str) -> str:
    """A job's label that names nothing: the same for the same key, and found by it again."""
    return f"qopt {hashlib.sha256(key.encode()).hexdigest()[:24]}"
