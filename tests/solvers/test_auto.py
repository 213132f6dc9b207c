"""Solver `auto`, the default: which solver it takes, why, and what it does when one refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.graphs import GraphColouring, MaxCut
from problems.logistics import BinPacking, MultiKnapsack, VehicleRouting
from qopt import ModelTooLarge, QoptError, Result, TimeTooShort
from qopt.solver import Task
from qopt.solvers import auto
from qopt.solvers.annealer import Annealer
from qopt.solvers.auto import Auto
from qopt.solvers.neighbourhood_search import NeighbourhoodSearch


def knapsack() -> dimod.ConstrainedQuadraticModel:
    x = dimod.BinaryArray("abcd")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-(3 * x[0] + 5 * x[1] + 4 * x[2] + x[3]))
    cqm.add_constraint(2 * x[0] + 4 * x[1] + 3 * x[2] + x[3] <= 5, label="weight")
    return cqm


def numbers() -> dimod.ConstrainedQuadraticModel:
    """No constraints, but a whole number, which no QUBO annealer takes without an encoding."""
    i = dimod.Integer("i", upper_bound=9)
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(i * i - 7 * i)
    return cqm


def impossible() -> dimod.ConstrainedQuadraticModel:
    """At least three of three pairs of neighbours on a ring of five, two of which exclude: none."""
    x = dimod.BinaryArray(range(5))
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(dimod.quicksum(x) == 3, label="three")
    for k in range(5):
        cqm.add_constraint(x[k] * x[(k + 1) % 5] == 0, label=f"apart[{k}]")
    return cqm


def taken(model: Any, **options: Any) -> tuple[str, str]:
    budget = {"time_limit": 0.3} if not options else {"time_limit": None}
    info = qopt.solve(model, seed=1, **budget, **options).provenance["solver"]
    return info["chosen"], info["why"]


@pytest.mark.parametrize(
    ("model", "chosen", "why"),
    [
        (MaxCut.generate(nodes=12, seed=1), "qubo-annealer", "no constraints"),
        (dimod.BQM({"a": 1.0}, {"ab": -2.0}, 0.0, "SPIN"), "qubo-annealer", "no constraints"),
        (knapsack(), "annealer", "4 variables"),
        (numbers(), "annealer", "1 variables"),
        (BinPacking.generate(items=10, seed=1), "annealer", "small enough"),
        (MultiKnapsack.generate(items=20, resources=2, seed=1), "annealer", "20 variables"),
        (VehicleRouting.generate(customers=8, seed=1), "hybrid", "problems of its kind"),
        (GraphColouring.generate(nodes=60, seed=1), "hybrid", "better solved in parts"),
    ],
    ids=["cut", "spins", "model", "numbers", "bins", "items", "routes", "colours"],
)
def test_what_it_takes_is_said(model: Any, chosen: str, why: str) -> None:
    name, reason = taken(model)
    assert name == chosen
    assert why in reason


def test_beyond_what_is_annealed_whole_it_goes_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = BinPacking.generate(items=10, seed=1)
    size = problem.model_size().variables
    monkeypatch.setattr(auto, "WHOLE", size)
    assert taken(problem)[0] == "annealer"
    monkeypatch.setattr(auto, "WHOLE", size - 1)
    assert taken(problem) == ("hybrid", f"a model of {size} variables is better solved in parts")


def test_parameters_narrow_the_choice() -> None:
    routes = VehicleRouting.generate(customers=6, seed=1)
    chosen, why = taken(routes, num_sweeps=50)
    assert (chosen, why) == ("annealer", "hybrid has no num_sweeps; the whole model is annealed")
    assert taken(routes, num_rounds=2)[0] == "hybrid"
    chosen, why = taken(knapsack(), num_sweeps=50, penalties="bounds")
    assert chosen == "qubo-annealer"
    assert why == "annealer has no penalties; hybrid has no num_sweeps and no penalties"


def test_the_answer_is_the_chosen_solver_s() -> None:
    problem = BinPacking.generate(items=12, seed=2)
    options: dict[str, Any] = {"time_limit": None, "num_sweeps": 60, "seed": 5}
    ours, theirs = qopt.solve(problem, **options), qopt.solve(problem, solver="annealer", **options)
    assert ours.plans == theirs.plans
    assert (ours.solver, ours.ran_by) == ("auto", "annealer")
    assert theirs.ran_by == "annealer"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"num_sweeps": 9, "num_rounds": 2}, r"takes num_sweeps= and num_rounds= together"),
        ({"num_sweeps": -1}, r"num_sweeps=-1"),
        ({"num_rounds": 0}, r"num_rounds=0"),
        ({"sweeps": 9}, r"num_sweeps"),
    ],
)
def test_wrong_parameters_are_refused_at_once(parameters: dict[str, Any], complaint: str) -> None:
    with pytest.raises(QoptError, match=complaint):
        qopt.solve(knapsack(), time_limit=1, **parameters)


def refuse(error: QoptError) -> Any:
    def solve(self: Any, task: Task) -> Any:
        raise error

    return solve


@pytest.mark.parametrize(
    "error", [TimeTooShort("annealer", 0.1, 3.0, "wait"), ModelTooLarge("x", "variables", 9, 5, "")]
)
def test_where_the_first_refuses_the_next_is_taken(
    error: QoptError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Annealer, "solve", refuse(error))
    chosen, why = taken(BinPacking.generate(items=10, seed=1))
    assert chosen == "hybrid"
    assert why == f"annealer refused: {error}; a plan is improved in parts"
    second = ModelTooLarge("y", "bits", 7, 6, "less")
    monkeypatch.setattr(NeighbourhoodSearch, "solve", refuse(second))
    with pytest.raises(type(error)) as refused:
        taken(BinPacking.generate(items=10, seed=1))
    assert refused.value is error


def test_an_error_that_is_no_refusal_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Annealer, "solve", refuse(QoptError("broken")))
    with pytest.raises(QoptError, match="broken"):
        taken(knapsack())


def test_a_printed_and_a_saved_result_say_what_was_taken(tmp_path: Path) -> None:
    result = qopt.solve(knapsack(), time_limit=0.2, seed=1)
    line = "auto took annealer: its model of 4 variables is small enough to be annealed whole"
    for shown in (result, Result.load(result.save(tmp_path / "result.json"))):
        assert line in str(shown)
        assert "auto took annealer" in shown._repr_html_()
        assert shown.ran_by == "annealer"


@pytest.mark.parametrize(
    ("solver", "next_step"),
    [
        ("auto", "take another solver (cp-sat can prove that there is no plan)"),
        ("qubo-annealer", "take another solver (annealer keeps constraints by its moves"),
    ],
)
def test_where_no_plan_is_found_the_next_step_is_said(solver: str, next_step: str) -> None:
    result = qopt.solve(impossible(), solver=solver, time_limit=0.3, seed=1)
    assert result.status is qopt.Status.NONE_FOUND
    last = str(result).splitlines()[-1]
    assert last.startswith("next: give it more time than 0.3 s")
    assert next_step in last
    assert last.endswith("qopt.diagnose says what stands in the way")


def test_its_defaults_are_everybody_s() -> None:
    assert Auto()._given() == {}


def test_without_a_limit_it_says_what_it_needs() -> None:
    with pytest.raises(QoptError, match="'auto' needs a time_limit or num_sweeps or num_rounds"):
        qopt.solve(knapsack(), time_limit=None)


def test_beyond_what_can_be_built_it_goes_by_parts() -> None:
    """Ten million variables are never built."""
    routes = VehicleRouting.generate(customers=600, seed=1)
    result = qopt.solve(routes, time_limit=None, num_rounds=1, seed=1)
    assert result.ran_by == "hybrid"
    assert result.best is not None


class Undivided:
    """A problem that offers a model, and no neighbourhoods."""

    def __init__(self, problem: Any) -> None:
        self._problem = problem

    def __getattr__(self, name: str) -> Any:
        if name in ("neighbourhood", "kinds") or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._problem, name)


def test_rounds_of_a_problem_without_neighbourhoods_are_refused_by_their_name() -> None:
    problem: Any = Undivided(BinPacking.generate(items=6, seed=1))
    with pytest.raises(QoptError, match="none left for this problem: annealer has no num_rounds"):
        qopt.solve(problem, time_limit=None, num_rounds=3, seed=1)


def test_that_no_plan_is_feasible_is_proved_where_parts_would_prove_nothing() -> None:
    """Three customers of six each, two trucks that hold ten."""
    distance = np.ones((4, 4)) - np.eye(4)
    trucks = VehicleRouting(distance, np.array([0, 6, 6, 6]), capacity=10, vehicles=2)
    result = qopt.solve(trucks, time_limit=0.3, seed=1)
    assert result.status is qopt.Status.INFEASIBLE_PROVED
    assert result.ran_by == "annealer"
    assert "presolve of its model proves" in str(result)
    enough = VehicleRouting(distance, np.array([0, 6, 6, 6]), capacity=10, vehicles=3)
    assert qopt.solve(enough, time_limit=0.3, seed=1).objective == 6
