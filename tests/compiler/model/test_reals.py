"""Variables that are not whole: fixed ones are constants, others move in steps or are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import QoptError
from qopt.assignment import Assignment, Model
from qopt.compiler import compile_cqm
from qopt.diagnosis.reading import check_reading

BLEND = """Maximize
 profit: 2.5 x + 4 y - 3 b + [ 2 x * y - x^2 ] / 2
Subject To
 mix: x + 2 y <= 3.1
 open: x - 2 b <= 0
Bounds
 0.5 <= x <= 2
 y <= 1.25
Binary
 b
End
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "blend.lp"
    path.write_text(text)
    return path


def best_of_blend() -> float:
    values = [
        2.5 * x + 4 * y - 3 * b + x * y - x * x / 2
        for x in 0.5 + 0.25 * np.arange(7)
        for y in 0.5 * np.arange(3)
        for b in range(2)
        if x + 2 * y <= 3.1 and x - 2 * b <= 0
    ]
    return float(max(values))


def test_in_steps_the_objective_is_that_of_the_values_themselves(tmp_path: Path) -> None:
    path = write(tmp_path, BLEND)
    found = qopt.solve(path, reals={"x": 0.25, "y": 0.5}, solver="exact")
    assert found.objective == pytest.approx(best_of_blend())
    values = found.best.values
    by_hand = 2.5 * values["x"] + 4 * values["y"] - 3 * values["b"]
    by_hand += values["x"] * values["y"] - values["x"] ** 2 / 2
    assert found.objective == pytest.approx(by_hand)
    annealed = qopt.solve(
        path, reals={"x": 0.25, "y": 0.5}, time_limit=None, num_sweeps=200, seed=1
    )
    assert annealed.objective == pytest.approx(best_of_blend())
    assert check_reading(path, reals={"x": 0.25, "y": 0.5}).ok


def test_a_bound_between_two_steps_is_said(tmp_path: Path) -> None:
    notes = Model.of(write(tmp_path, BLEND), reals={"x": 0.25, "y": 0.5}).notes
    assert "the largest step of 'y' is 1, below its bound 1.25" in notes
    assert any("in steps of 0.25: 'x'; as asked" in note for note in notes)


def test_plans_speak_of_values_and_are_taken_back(tmp_path: Path) -> None:
    problem = Model.of(write(tmp_path, BLEND), reals={"x": 0.25, "y": 0.5})
    plan = Assignment({"x": 1.75, "y": 0.5, "b": 1.0})
    assert problem.decode(problem.encode(plan)) == plan
    assert problem.evaluate(plan).objective == pytest.approx(
        2.5 * 1.75 + 4 * 0.5 - 3 + 1.75 * 0.5 - 1.75**2 / 2
    )
    with pytest.raises(
        QoptError, match=r"'x' is 1\.6, between two of its steps; the nearest is 1\.5"
    ):
        problem.evaluate(Assignment({"x": 1.6, "y": 0.5, "b": 1.0}))


def test_without_steps_the_way_out_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, BLEND)
    with pytest.raises(
        QoptError,
        match=r"blend.lp:7: variable 'x' is REAL; say in which steps .* reals={'x': 0.01}",
    ):
        qopt.solve(path)
    for wrong, complaint in (
        ({"x": 0}, r"reals\['x'\]=0: give a step above 0"),
        ({"z": 0.1}, "no REAL variable named 'z'"),
        ({"b": 0.1}, "no REAL variable named 'b'"),
        (-1, "reals=-1: give steps above 0"),
    ):
        with pytest.raises(QoptError, match=complaint):
            qopt.solve(path, reals=wrong)  # type: ignore[arg-type]


def test_steps_of_whole_variables_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "min\n x\nst\n c: x + y >= 1\nbin\n x y\nend\n")
    with pytest.raises(QoptError, match=r"reals={'x': 0.1}: 'x' is whole, and needs no steps"):
        qopt.solve(path, reals={"x": 0.1})
    for model in (dimod.BinaryQuadraticModel("BINARY"), dimod.ConstrainedQuadraticModel()):
        with pytest.raises(QoptError, match=r"reals=0\.1: give steps of REAL variables only"):
            qopt.solve(model, reals=0.1)


@pytest.mark.parametrize("fixed", ["one = 1", "1 <= one <= 1"])
def test_constants_are_constants(tmp_path: Path, fixed: str) -> None:
    text = f"min\n 2 x + 7.5 one\nst\n c: x + y >= 1\nbounds\n {fixed}\nbin\n x y\nend\n"
    found = qopt.solve(write(tmp_path, text), solver="exact")
    assert (found.objective, found.best.values["one"]) == (7.5, 1.0)
    assert "fixed by their bounds or rows: one = 1" in found.provenance["input"]["notes"]


def test_a_row_alone_fixes_one_too(tmp_path: Path) -> None:
    """As Pyomo writes constants."""
    text = "min\n 2 x + 7.5 ONE\nst\n c: x + y >= 1\n k: 2 ONE = 3\nbin\n x y\nend\n"
    found = qopt.solve(write(tmp_path, text), solver="exact")
    assert (found.objective, found.best.values["ONE"]) == (11.25, 1.5)


def test_steps_that_lose_nothing_are_found(tmp_path: Path) -> None:
    """The end of a schedule, which is at least some whole number."""
    text = "min\n end\nst\n a: end - 3 x >= 2\n b: end + 4 x >= 5\nbin\n x\nEnd\n"
    path = write(tmp_path, text.replace("end\nst", "last\nst").replace("end ", "last "))
    found = qopt.solve(path, solver="exact")
    assert found.objective == 5.0
    assert any(
        "for an optimum suffice 0 <= last <= 5" in n for n in found.provenance["input"]["notes"]
    )


def real_cqm(weight: float | None = None) -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y, b = dimod.Real("x", upper_bound=2), dimod.Real("y", lower_bound=0.5), dimod.Binary("b")
    cqm.set_objective(-3 * x + y + b)
    cqm.add_constraint(x + y - 2 * b <= 2, label="cap")
    soft: dict[str, Any] = {} if weight is None else {"weight": weight, "penalty": "linear"}
    cqm.add_constraint(x - y <= 0.5, label="near", **soft)
    return cqm


@pytest.mark.parametrize("weight", [None, 2.0])
def test_real_variables_of_dimod_are_solved_in_steps(weight: float | None) -> None:
    cqm = real_cqm(weight)
    found = qopt.solve(cqm, reals=0.25, solver="exact")
    every = [
        (-3 * x + y + b + (weight or 0) * max(0.0, x - y - 0.5))
        for x in 0.25 * np.arange(9)
        for y in 0.5 + 0.25 * np.arange(15)
        for b in range(2)
        if x + y - 2 * b <= 2 and (weight is not None or x - y <= 0.5)
    ]
    assert found.objective == pytest.approx(min(every))
    assert found.best.values["y"] % 0.25 == 0


def test_compiled_they_count_steps() -> None:
    compiled = compile_cqm(real_cqm(), reals={"x": 0.5, "y": 0.5})
    assert compiled.verify().ok
    assert compiled.cqm.upper_bound("x") == 4
