"""`qopt verify` compares a model with its file: whatever a reader loses is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from qopt import QoptError
from qopt.assignment import Model
from qopt.cli import app
from qopt.compiler.model_files import lp, mps
from qopt.compiler.model_files import reading as model_files
from qopt.compiler.model_files.program import Program
from qopt.compiler.sources.sources import Source
from qopt.diagnosis.reading import check_reading
from qopt.kit.files import Text

LP = """Maximize
 profit: 3 x + 2 y - z + [ 2 x * y ] / 2 + 4
Subject To
 wood: 2 x + y <= 7
 range: 1 <= x + y - 2 z <= 5
 even: x - w = 0
 when: z = 1 -> x <= 2
Lazy Constraints
 late: x + w <= 5
Bounds
 x <= 3
 1 <= y <= 4
 w <= 3
General
 x y w
Binary
 z v
SOS
 pick: S1:: z:1 v:2
End
"""
MPS = """NAME
OBJSENSE
  MAX
ROWS
 N cost
 L wood
 G range
COLUMNS
 M 'MARKER' 'INTORG'
 x cost 3 wood 2
 x range 1
 y cost 2 wood 1
 y range 1
 z cost -1
 M 'MARKER' 'INTEND'
RHS
 R wood 7 range 2
 R cost -4
RANGES
 R range 3
BOUNDS
 UP B x 3
 LO B y 1
 UP B y 4
QUADOBJ
 x y 1
ENDATA
"""


def write(tmp_path: Path, text: str, name: str) -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def drop(at: int) -> Callable[[Program], Any]:
    def drop_row(program: Program) -> None:
        program.rows.pop(at)

    return drop_row


def flip_row(program: Program) -> None:
    program.rows[0].sense = ">"


def flip_sense(program: Program) -> None:
    program.sense = "min"


def lose_objective(program: Program) -> None:
    program.objective = type(program.objective)()


def lose_products(program: Program) -> None:
    program.objective.first, program.objective.second, program.objective.product = [], [], []


def double_products(program: Program) -> None:
    program.objective.product = [2 * value for value in program.objective.product]


def lose_constant(program: Program) -> None:
    program.objective.constant = 0.0


def lose_sign(program: Program) -> None:
    program.objective.value = [abs(value) for value in program.objective.value]


def lose_term(program: Program) -> None:
    program.rows[0].sum.column.pop()
    program.rows[0].sum.value.pop()


def shift_rhs(program: Program) -> None:
    program.rows[0].rhs += 1


def shift_down(program: Program) -> None:
    program.rows[0].rhs = 11.0


def lose_bounds(program: Program) -> None:
    program.lower.clear()


def widen(program: Program) -> None:
    program.upper[program.names["x"]] = 4.0


def lose_condition(program: Program) -> None:
    next(row for row in program.rows if row.when).when = None


def turn_condition(program: Program) -> None:
    row = next(row for row in program.rows if row.when)
    assert row.when
    row.when = (row.when[0], 1 - row.when[1])


def lose_set(program: Program) -> None:
    program.sets.clear()


def relabel(program: Program) -> None:
    program.rows[0].label = "iron"


def rename(program: Program) -> None:
    names = {("u" if name == "x" else name): v for name, v in program.names.items()}
    program.names.clear()
    program.names.update(names)


FAULTS: dict[str, list[Callable[[Program], Any]]] = {
    "lp": [
        lose_objective, flip_sense, flip_row, lose_products, double_products, lose_constant,
        lose_sign, lose_term, shift_rhs, lose_bounds, widen, lose_condition, turn_condition,
        lose_set, relabel, rename, *(drop(k) for k in range(6)),
    ],
    "mps": [
        lose_objective, flip_sense, flip_row, lose_products, double_products, lose_constant,
        lose_sign, lose_term, shift_rhs, lose_bounds, widen, relabel, rename,
        *(drop(k) for k in range(3)),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [("a.lp", LP), ("a.mps", MPS)])
def test_a_model_that_is_read_right_is_what_its_file_says(
    tmp_path: Path, name: str, text: str
) -> None:
    found = check_reading(write(tmp_path, text, name))
    assert found.ok, str(found)
    assert str(found).startswith("The model is what ")


@pytest.mark.parametrize(
    ("form", "fault"),
    [(form, fault) for form, faults in FAULTS.items() for fault in faults],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_planted_fault_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, fault: Callable[[Program], Any]
) -> None:
    path = write(tmp_path, {"lp": LP, "mps": MPS}[form], f"a.{form}")
    read = {"lp": lp.read, "mps": mps.read}[form]

    def wrong(text: Text) -> Program:
        program = read(text)
        fault(program)
        return program

    monkeypatch.setattr(model_files, "READERS", {**model_files.READERS, form: wrong})
    found = check_reading(path)
    assert not found.ok
    assert found.difference
    shown = CliRunner().invoke(app, ["verify", str(path)])
    assert shown.exit_code == 1
    assert "The model is not what" in shown.stdout


def test_a_model_solved_in_the_wrong_sense_is_noticed(tmp_path: Path) -> None:
    source = Source.of(write(tmp_path, LP, "a.lp"))
    found = check_reading(Model(replace(source, sense="min")))
    assert found.difference == "the file says maximise, and the model minimises"


def test_the_assignment_that_shows_a_difference_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, LP, "a.lp")

    def found(fault: Callable[[Program], Any]) -> str:
        def wrong(text: Text) -> Program:
            program = lp.read(text)
            fault(program)
            return program

        monkeypatch.setattr(model_files, "READERS", {**model_files.READERS, "lp": wrong})
        return str(check_reading(path).difference)

    assert found(lose_constant).endswith("where y = 1")
    many = "min\n 2\nst\n c: " + " + ".join(f"x{k}" for k in range(12)) + " <= 20\nbin\n "
    path.write_text(many + " ".join(f"x{k}" for k in range(12)) + "\nend\n")
    assert (
        found(lose_constant) == "the objective is 0 in the model and 2 in the file, where all are 0"
    )
    shown = ", ".join(f"x{k} = 1" for k in range(8))
    assert found(shift_down) == (
        f"row 'c' is off by 1 in the model and by 0 in the file, where {shown}, "
        "4 more that are not 0"
    )


def test_a_variable_may_be_called_free(tmp_path: Path) -> None:
    bounds = " 0 <= x\n free <= 3\n y free\n z >= -2\n z <= 4\n"
    rows = " c: x + free <= 5\n d: x + y >= 1\n e: y <= 3\n"
    text = f"max\n o: x + y + free - z\nst\n{rows}bounds\n{bounds}general\n x y free z\nend\n"
    path = write(tmp_path, text, "a.lp")
    problem = Model.of(path)
    assert problem.source.cqm.upper_bound("free") == 3
    assert problem.source.cqm.lower_bound("y") < 0
    assert check_reading(path).ok


def test_the_command_says_both(tmp_path: Path) -> None:
    path = write(tmp_path, "max\n 3 x + y\nst\n c: x + y <= 1\nbin\n x y\nend\n", "a.lp")
    shown = CliRunner().invoke(app, ["verify", str(path)])
    assert shown.exit_code == 0
    assert "The model is what" in shown.stdout
    assert "2 variables, 1 rows" in shown.stdout
    assert "The encoding law holds" in shown.stdout


def test_a_model_without_such_a_file_is_refused() -> None:
    import dimod

    with pytest.raises(QoptError, match="a second reading is there for lp and mps files"):
        check_reading(Model.of(dimod.ConstrainedQuadraticModel()))


@pytest.mark.skipif("QOPT_INSTANCES" not in os.environ, reason="QOPT_INSTANCES is not set")
@pytest.mark.parametrize(
    "name",
    [
        "birkhoff/bhD-03-001", "network/network05", "sports/Addition_025_Tiny",
        "steiner/stp_s003_l1_t2_h3_rs24098", "independent_set_model/binary_linear-C125-9",
        "independent_set_model/binary_unconstrained-C125-9",
        "topology/seidel_quadratic-topology_15_3",
    ],
)  # fmt: skip
def test_published_models_are_what_their_files_say(name: str) -> None:
    path = Path(os.environ["QOPT_INSTANCES"]) / "qoblib" / f"{name}.lp.xz"
    found = check_reading(path, samples=10)
    assert found.ok, str(found)
