"""What a model can come as: each says the same of every assignment as what it was made from."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import FileError, QoptError
from qopt.compiler import compile_cqm

LP = """\\ a knapsack
Maximize
 value: 3 a + 2 b + 4 c
Subject To
 weight: 2 a + b + 3 c + i <= 4
 both: a + b >= 1
Bounds
 i <= 2
Binary
 a b c
General
 i
End
"""


def write(tmp_path: Path, text: str, name: str = "knapsack.lp") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_an_lp_file_is_compiled_and_solved_with_its_labels(tmp_path: Path) -> None:
    path = write(tmp_path, LP)
    compiled = compile_cqm(str(path))
    assert list(compiled.cqm.constraints) == ["weight", "both"]
    ground = dimod.ExactSolver().sample(compiled.bqm()).first
    assert ground.energy == pytest.approx(-6)
    best = compiled.decode(ground.sample).first
    assert (best.sample["a"], best.sample["c"], best.energy) == (0, 1, -6)
    result = qopt.solve(path, solver="exact")
    assert (result.instance, result.objective) == ("knapsack", pytest.approx(6))


@pytest.mark.parametrize(
    ("text", "name", "complaint"),
    [
        (
            LP.replace("both:", "weight:"),
            "a.lp",
            r"a\.lp:6: two rows are called 'weight'; give each its own label",
        ),
        (LP.replace("value:", "weight:"), "a.lp", r"a\.lp:5: two rows are called 'weight'"),
        ("not an LP file", "a.lp", "a.lp:1:1: 'not' is not expected here; an LP file begins with"),
        (LP.replace("+ i <=", "+ <="), "a.lp", r"a.lp:5:24: '\+' is not expected here"),
        ("NAME\nROWS\n N o\n", "a.mps", "a.mps: no columns in it"),
        (
            LP.replace(" i <= 2", " i <= 1.5 \n i >= 1.25"),
            "a.lp",
            "variable 'i' has no whole number between its bounds",
        ),
        (
            LP.replace("General\n i", "")
            .replace("i <= 2", "i <= 2\n j <= 1")
            .replace("+ i", "+ i + j"),
            "a.lp",
            r"a\.lp:8: variable 'i' is REAL; "
            r"say in which steps it may move, as reals=\{'i': 0.01\}",
        ),
    ],
    ids=["repeated", "as the objective", "prose", "broken", "suffix", "empty range", "real"],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, text: str, name: str, complaint: str
) -> None:
    with pytest.raises(QoptError, match=complaint):
        compile_cqm(write(tmp_path, text, name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        compile_cqm(tmp_path / "none.lp")


def test_labels_repeated_in_a_cqm_are_refused_by_dimod() -> None:
    cqm, x = dimod.ConstrainedQuadraticModel(), dimod.Binary("x")
    cqm.add_constraint(x <= 1, label="one")
    with pytest.raises(ValueError, match="already exists"):
        cqm.add_constraint(x >= 1, label="one")


def test_a_dqm_has_a_group_a_variable() -> None:
    random = np.random.default_rng(3)
    dqm = dimod.DiscreteQuadraticModel()
    cases = {"colour": 3, "size": 3, "shape": 4}
    for label, count in cases.items():
        dqm.add_variable(count, label)
        dqm.set_linear(label, random.normal(size=count))
    for u, v in itertools.combinations(cases, 2):
        for a, b in itertools.product(range(cases[u]), range(cases[v])):
            dqm.set_quadratic_case(u, a, v, b, float(random.normal()))
    dqm.offset = 1.5
    compiled = compile_cqm(dqm)
    assert compiled.rows.kind.tolist() == ["one-hot"] * 3
    for chosen in itertools.product(*map(range, cases.values())):
        sample = dict(zip(cases, chosen, strict=True))
        binaries = {(u, k): float(sample[u] == k) for u in cases for k in range(cases[u])}
        bits = compiled.encode(binaries)
        assert compiled.bqm().energy((bits, compiled.qubo.labels)) == pytest.approx(
            dqm.energy(sample)
        )
        assert compiled.decode_bits(bits[None, :]).first.is_feasible
    best = min(
        dqm.energy(dict(zip(cases, chosen, strict=True)))
        for chosen in itertools.product(*map(range, cases.values()))
    )
    assert qopt.solve(dqm, solver="exact").objective == pytest.approx(best)
    result = qopt.solve(dqm, time_limit=None, num_sweeps=50, seed=1)
    assert result.objective == pytest.approx(best)


@pytest.mark.parametrize("vartype", ["BINARY", "SPIN"])
def test_a_bqm_is_a_model_without_constraints(vartype: str) -> None:
    bqm = dimod.generators.gnp_random_bqm(6, 0.7, vartype, random_state=1)
    compiled = compile_cqm(bqm)
    for values in itertools.product([0, 1] if vartype == "BINARY" else [-1, 1], repeat=6):
        sample = dict(zip(bqm.variables, values, strict=True))
        bits = compiled.encode(sample)
        assert compiled.bqm().energy((bits, compiled.qubo.labels)) == pytest.approx(
            bqm.energy(sample)
        )
        assert compiled.assignment(bits) == sample


@pytest.mark.parametrize("model", [3, None, [1, 2], {1, 2}, object], ids=repr)
def test_anything_else_is_refused_with_what_is_taken(model: Any) -> None:
    with pytest.raises(
        QoptError, match=r"give a Problem, a dimod CQM, .* a square matrix, or a file's path"
    ):
        compile_cqm(model)
    with pytest.raises(QoptError, match="cannot solve a"):
        qopt.solve(model)


def test_parameters_are_for_pyqubo() -> None:
    with pytest.raises(QoptError, match="placeholders of PyQUBO"):
        compile_cqm(dimod.BinaryQuadraticModel("BINARY"), parameters={"A": 1.0})
