"""Models that are written to files are read back as they were: by qopt, SCIP and OR-tools."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import FileError, QoptError
from qopt.assignment import Model
from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model_files.writing import names_of, write_model

from ...fuzz import examples
from .written import optimum, scip_optimum

LABELS: list[list[Any]] = [
    [0, 1, 2, 3, 4, 5],
    ["x[1,2]", "x[1 2]", "x(1;2)", "X_1_2", ("x", 1), "x\n1"],
    ["st", "End", "e1", "inf", "free", "obj"],
    ["ä", "3x", "", "<=", ".a", "x" * 300],
]


def _random(random: np.random.Generator, *, linear: bool) -> dimod.ConstrainedQuadraticModel:
    """Six binaries, the last of them nowhere; rows of every sense; products and a constant."""
    labels = LABELS[int(random.integers(len(LABELS)))]
    x = [dimod.Binary(label) for label in labels]
    cqm = dimod.ConstrainedQuadraticModel()
    for label in labels:
        cqm.add_variable("BINARY", label)
    costs = random.choice([0.0, -3.0, 1.0, 2.5, 1e-7, 1 / 3, 123456.0], 5)
    objective = sum(c * v for c, v in zip(costs.tolist(), x, strict=False))
    if not linear:
        for i, j in itertools.combinations(range(5), 2):
            if random.random() < 0.4:
                objective = objective + float(random.integers(-3, 4)) * x[i] * x[j]
    cqm.set_objective(objective + float(random.choice([0.0, 7.0, -0.25])))
    for row in range(int(random.integers(0, 4))):
        sizes = random.integers(-4, 5, 5).astype(float)
        sizes[sizes == 0] = 1.0
        total = sum(a * v for a, v in zip(sizes.tolist(), x, strict=False))
        right = float(sizes[: int(random.integers(1, 5))].sum())
        sense = ["<=", ">=", "=="][int(random.integers(3))]
        label = f"row[{row}]{sense}" if random.random() < 0.5 else row
        cqm.add_constraint_from_model(total, sense, rhs=right, label=label)
    return cqm


def _enumerated(cqm: dimod.ConstrainedQuadraticModel) -> float | None:
    """By dimod's own arithmetic."""
    points = itertools.product((0, 1), repeat=len(cqm.variables))
    states = [dict(zip(cqm.variables, point, strict=True)) for point in points]
    found = dimod.SampleSet.from_samples_cqm(states, cqm, atol=1e-9)
    kept = found.filter(lambda row: row.is_feasible)
    return float(kept.first.energy) if len(kept) else None


@pytest.mark.parametrize("suffix", ["lp", "mps"])
def test_files_have_the_optimum_of_the_model(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("pyscipopt")
    path, feasible = tmp_path / f"model.{suffix}", 0
    for seed in range(examples(40)):
        cqm = _random(np.random.default_rng(seed), linear=seed % 2 == 0)
        said = ["a comment", "and \\ * more"]
        assert write_model(path, ModelArrays.from_cqm(cqm), said) == path
        best = _enumerated(cqm)
        expected = best if best is None else pytest.approx(best, abs=1e-6)
        assert optimum(path) == expected, seed
        assert scip_optimum(path) == expected, seed
        feasible += best is not None
    assert examples(40) // 3 < feasible


@pytest.mark.parametrize("suffix", ["lp", "mps"])
def test_every_assignment_costs_and_breaks_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model.{suffix}"
    for seed in range(examples(40)):
        cqm = _random(np.random.default_rng(seed), linear=False)
        write_model(path, ModelArrays.from_cqm(cqm))
        back = Model.of(path).model()
        assert len(back.variables) == 6
        names = names_of(cqm.variables, "x")
        for point in itertools.product((0, 1), repeat=6):
            state = dict(zip(cqm.variables, point, strict=True))
            renamed = dict(zip(names, point, strict=True))
            energy = cqm.objective.energy(state)
            assert back.objective.energy(renamed) == pytest.approx(energy, abs=1e-9), seed
            assert back.check_feasible(renamed) == cqm.check_feasible(state), seed


def test_ortools_reads_a_linear_model(tmp_path: Path) -> None:
    builder = pytest.importorskip("ortools.linear_solver.python.model_builder")
    for seed in range(0, 20, 2):
        cqm = _random(np.random.default_rng(seed), linear=True)
        path = write_model(tmp_path / "model.mps", ModelArrays.from_cqm(cqm))
        model, solver = builder.Model(), builder.Solver("sat")
        assert model.import_from_mps_string(path.read_text())
        solver.solve(model)
        best = _enumerated(cqm)
        if best is not None:
            assert solver.objective_value == pytest.approx(best, abs=1e-6), seed


@pytest.mark.parametrize("labels", LABELS)
def test_names_are_different_and_plain(labels: list[Any]) -> None:
    names = names_of(labels, "x")
    assert len({name.lower() for name in names}) == len(labels)
    for name in names:
        assert all(letter.isascii() and (letter.isalnum() or letter in "_.") for letter in name)
        assert name[0].isalpha() or name[0] == "_"
        assert len(name) <= 255


def test_what_was_renamed_is_said(tmp_path: Path) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Binary("lot [1]") + dimod.Binary("y"))
    text = write_model(tmp_path / "a.lp", ModelArrays.from_cqm(cqm)).read_text()
    assert "\\ lot_1 is lot [1]\n" in text
    assert "y is" not in text


def test_lines_are_short(tmp_path: Path) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(k) for k in range(300)]
    cqm.set_objective(dimod.quicksum(x))
    cqm.add_constraint(dimod.quicksum(x) >= 3)
    text = write_model(tmp_path / "a.lp", ModelArrays.from_cqm(cqm)).read_text()
    assert max(map(len, text.splitlines())) <= 100


def test_what_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Integer("i", upper_bound=5))
    with pytest.raises(QoptError, match="of binaries and hard linear constraints alone"):
        write_model(tmp_path / "a.lp", ModelArrays.from_cqm(cqm))
    with pytest.raises(QoptError, match=r"give a name that ends in \.lp or \.mps"):
        write_model(tmp_path / "a.txt", ModelArrays.from_cqm(cqm))
    soft, x = dimod.ConstrainedQuadraticModel(), dimod.Binary("x")
    soft.add_constraint(x >= 1, weight=2.0)
    with pytest.raises(QoptError, match="hard"):
        write_model(tmp_path / "a.lp", ModelArrays.from_cqm(soft))
    products = dimod.ConstrainedQuadraticModel()
    products.add_constraint(x * dimod.Binary("y") == 0)
    with pytest.raises(QoptError, match="linear"):
        write_model(tmp_path / "a.lp", ModelArrays.from_cqm(products))
    (tmp_path / "folder.lp").mkdir()
    plain = dimod.ConstrainedQuadraticModel()
    plain.set_objective(x)
    with pytest.raises(FileError, match="cannot be written"):
        write_model(tmp_path / "folder.lp", ModelArrays.from_cqm(plain))
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.lp"]
