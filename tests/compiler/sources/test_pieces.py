"""A CQM as plain values and back: nothing of it is lost, and it can go to another process."""

from __future__ import annotations

import pickle
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import QoptError
from qopt.assignment import Model
from qopt.compiler.sources.pieces import Pieces
from qopt.compiler.sources.sources import Source
from qopt.provenance import fingerprint

from ... import tiny


def sent(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def everything() -> dimod.ConstrainedQuadraticModel:
    """All that a CQM can have: types, bounds, soft constraints, a discrete one, odd labels."""
    cqm = dimod.ConstrainedQuadraticModel()
    bits = [frozenset([1]), 2.5, ("a", ("b", 3))]
    for bit in bits:
        cqm.add_variable("BINARY", bit)
    cqm.add_variable("SPIN", ("s", 1))
    cqm.add_variable("INTEGER", "i", lower_bound=-3, upper_bound=9)
    cqm.add_variable("REAL", "r", lower_bound=-1.5, upper_bound=2.5)
    cqm.set_objective([("r", 0.1), ("i", "i", 2.0), ("i", bits[0], -1 / 3), (3.0,)])
    cqm.add_constraint([("i", 0.0), ("r", 2.0), (1.0,)], ">=", rhs=-3.5, label=("row", 1))
    soft = [(bits[1], 1.0), (bits[0], bits[2], 0.5)]
    cqm.add_constraint(soft, "<=", rhs=1, label="s2", weight=2.0, penalty="quadratic")
    cqm.add_constraint(soft, "==", rhs=1, label="s1", weight=0.5, penalty="linear")
    cqm.add_discrete(bits[:2], label="one")
    return cqm


def parts(cqm: dimod.ConstrainedQuadraticModel) -> Any:
    """All of it, in its order, by dimod's public methods."""

    def terms(left: Any) -> Any:
        linear = [(v, left.get_linear(v)) for v in left.variables]
        return linear, sorted(left.iter_quadratic(), key=repr), left.offset

    variables = [(v, cqm.vartype(v), cqm.lower_bound(v), cqm.upper_bound(v)) for v in cqm.variables]
    rows = [
        (
            label,
            terms(row.lhs),
            row.sense,
            row.rhs,
            row.lhs.is_soft(),
            row.lhs.weight(),
            row.lhs.penalty(),
            row.lhs.is_discrete(),
        )
        for label, row in cqm.constraints.items()
    ]
    return variables, terms(cqm.objective), rows


@pytest.mark.parametrize("seed", range(10))
def test_random_models_come_back_as_they_were(seed: int) -> None:
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    assert parts(sent(Pieces.of(cqm)).cqm()) == parts(cqm)


@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_the_models_of_problems_come_back_as_they_were(name: str) -> None:
    cqm = tiny.PROBLEMS[name].model()
    assert parts(Pieces.of(cqm).cqm()) == parts(cqm)


def test_all_that_a_model_can_have_comes_back() -> None:
    assert parts(sent(Pieces.of(everything())).cqm()) == parts(everything())


@pytest.mark.parametrize("scored", [False, True])
def test_a_bare_model_is_sent_with_all_that_it_says(scored: bool) -> None:
    """Scored before or not: what is made for that is no part of the model."""
    model = Model(Source.of(everything(), reals=0.5))
    plan = model.decode(dict.fromkeys(model.model().variables, 0.0))
    if scored:
        model.evaluate(plan)
        model.prepare_neighbourhoods()
    there = sent(model)
    assert (there.name, there.sense, there.notes) == (model.name, model.sense, model.notes)
    assert there.decode(there.encode(plan)) == plan
    assert there.evaluate(plan) == model.evaluate(plan)
    assert fingerprint(there) == fingerprint(model)


def test_of_pyqubo_s_constraints_it_is_refused() -> None:
    import pyqubo

    a, b = pyqubo.Binary("a"), pyqubo.Binary("b")
    assert fingerprint(sent(Model.of(a * b - a))) == fingerprint(Model.of(a * b - a))
    with pytest.raises(QoptError, match="with their condition=, do not pickle"):
        pickle.dumps(Model.of(a * b + pyqubo.Constraint(a * b, "apart")))
