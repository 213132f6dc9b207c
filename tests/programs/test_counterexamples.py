"""The lowest energy of an infeasible assignment, by CP-SAT and by enumeration."""

from __future__ import annotations

import dimod
import numpy as np
import pytest

from qopt import QoptError
from qopt.compiler import Compiled, compile_cqm

from .. import tiny

pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")

from qopt.programs import counterexamples
from qopt.programs.counterexamples import infeasible_below

SECONDS = 20.0


def random_compiled(seed: int, presolve: bool = True) -> Compiled:
    """Of a random model with fractional weights and a soft constraint, in which something can be
    broken.
    """
    random = np.random.default_rng(seed)
    while True:
        cqm = tiny.random_cqm(random)
        binaries = [label for label in cqm.variables if cqm.vartype(label) is dimod.BINARY]
        terms = [(label, 1) for label in binaries[:2]]
        cqm.add_constraint(terms, "<=", rhs=0, label="soft", weight=1.25, penalty="quadratic")
        try:
            compiled = compile_cqm(
                cqm,
                penalties={label: float(random.uniform(0.2, 9)) for label in cqm.constraints},
                presolve=presolve,
            )
        except QoptError:  # a contradiction
            continue
        if (
            compiled.qubo.num_variables > 1
            and (compiled.rows.kind[compiled.model.hard] != "free").any()
        ):
            return compiled


@pytest.mark.parametrize("presolve", [True, False])
@pytest.mark.parametrize("seed", range(25))
def test_the_lowest_is_found_and_nothing_below(seed: int, presolve: bool) -> None:
    compiled = random_compiled(seed, presolve)
    states = dimod.ExactSolver().sample(compiled.bqm())
    infeasible = ~compiled.decode(states).record.is_feasible
    lowest = float(states.record.energy[infeasible].min(initial=np.inf))
    if not np.isfinite(lowest):
        assert infeasible_below(compiled, 1e6, time_limit=SECONDS) == (None, True)
        return
    values, settled = infeasible_below(compiled, lowest + 1e-6, time_limit=SECONDS)
    assert settled
    assert values is not None
    assert not compiled.cqm.check_feasible(values)
    assert compiled.bqm().energy((compiled.encode(values), compiled.qubo.labels)) == pytest.approx(
        lowest, abs=1e-5
    )
    assert infeasible_below(compiled, lowest - 1e-6, time_limit=SECONDS) == (None, True)


@pytest.mark.parametrize("parameters", [{"encodings": "one-hot"}, {"inequalities": "unbalanced"}])
def test_what_is_not_exact_is_not_settled(parameters: dict[str, str]) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    i = dimod.Integer("i", upper_bound=4)
    cqm.set_objective(-1 * i)
    cqm.add_constraint(2 * i + dimod.Binary("x") <= 5, label="most")
    compiled = compile_cqm(cqm, presolve=False, **parameters)
    assert infeasible_below(compiled, 0.0, time_limit=SECONDS) == (None, False)


def test_what_cp_sat_did_not_search_to_the_end_is_not_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None is found below the lowest there is: a proof where the search ended by itself, and none
    where it was cut.
    """
    compiled = random_compiled(0)
    states = dimod.ExactSolver().sample(compiled.bqm())
    ceiling = float(states.record.energy.min()) - 1.0
    assert infeasible_below(compiled, ceiling, time_limit=SECONDS) == (None, True)
    monkeypatch.setattr(counterexamples, "run", lambda *_, **__: ("UNKNOWN", None))
    assert infeasible_below(compiled, ceiling, time_limit=SECONDS) == (None, False)
