"""`qopt decompile`: what it prints of a QUBO's file, and the model's file that it writes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path

import dimod
import numpy as np
import pytest
from typer.testing import CliRunner

import qopt
from qopt import Qubo, cli
from qopt.compiler.model_files.writing import names_of

from .compiler.model_files.written import optimum, scip_optimum

needs_scip = pytest.mark.skipif(
    util.find_spec("pyscipopt") is None, reason="the extra 'baselines' is not installed"
)


def choice(weight: float = 1000.0) -> dimod.BinaryQuadraticModel:
    """One of three lots, and lots and extras of a size of at most 7, at the least cost."""
    cqm = dimod.ConstrainedQuadraticModel()
    lots = [dimod.Binary(f"lot[{k}]") for k in range(3)]
    extras = [dimod.Binary(f"extra {k}") for k in range(3)]
    prices = zip((5, 4, 7, -3, -4, -6), lots + extras, strict=True)
    cqm.set_objective(dimod.quicksum(price * x for price, x in prices) + 2 * lots[0] * extras[2])
    cqm.add_constraint(dimod.quicksum(lots) == 1, label="lot")
    sizes = zip((3, 2, 1, 2, 3, 4), lots + extras, strict=True)
    cqm.add_constraint(dimod.quicksum(size * x for size, x in sizes) <= 7, label="room")
    return dimod.cqm_to_bqm(cqm, lagrange_multiplier=weight)[0]


def save(bqm: dimod.BinaryQuadraticModel, path: Path) -> Path:
    labels = list(bqm.variables)
    linear, (row, col, quad), offset = bqm.to_numpy_vectors(variable_order=labels)
    return Qubo.from_arrays(linear, row, col, quad, offset, labels=labels).save(path)


def least(bqm: dimod.BinaryQuadraticModel) -> float:
    """By dimod's enumeration."""
    return float(dimod.ExactSolver().sample(bqm).first.energy)


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner(env={"COLUMNS": "300"}).invoke(
        cli.app, ["decompile", *arguments], catch_exceptions=False
    )
    assert outcome.exit_code == code, outcome.output
    return outcome.stdout


def test_it_prints_the_report(tmp_path: Path) -> None:
    bqm = choice()
    shown = run(str(save(bqm, tmp_path / "choice.npz")))
    assert str(qopt.decompile(bqm).report()).splitlines()[0] in shown
    one_hot = next(line for line in shown.splitlines() if line.startswith("one-hot["))
    assert "lot[0] + lot[1] + lot[2] = 1" in one_hot
    assert one_hot.split()[-4:] == ["3", "0", "1000", "yes"]
    assert "note: what Qubo.save writes (.npz) is minimised" in shown


@needs_scip
@pytest.mark.parametrize("suffix", ["lp", "mps"])
@pytest.mark.parametrize(("way", "weight"), [("--meant", 1000.0), ("--proved", 20.0)])
def test_the_file_has_the_optimum_of_the_qubo(
    way: str, weight: float, suffix: str, tmp_path: Path
) -> None:
    """Of weights that are too small the rows are penalties with `--proved`."""
    bqm, path = choice(weight), tmp_path / f"model.{suffix}"
    shown = run(str(save(bqm, tmp_path / "choice.npz")), "--to", str(path), way)
    found = qopt.decompile(bqm)
    rows, proved = len(found.rows), int(found.proved.sum())
    said = (
        f"all {rows} rows are constraints, {proved} of them proved"
        if way == "--meant"
        else f"{proved} of {rows} rows are proved and constraints, the others penalties"
    )
    assert rows == 2
    assert proved == (rows if weight == 1000 else 0)
    assert f"saved to {path}: {said}\n" in shown
    assert said in path.read_text().splitlines()[0]
    assert optimum(path) == pytest.approx(least(bqm), abs=1e-6)
    assert scip_optimum(path) == pytest.approx(least(bqm), abs=1e-6)


def test_as_meant_is_the_default(tmp_path: Path) -> None:
    source = str(save(choice(20.0), tmp_path / "choice.npz"))
    assert "all 2 rows are constraints, 0 of them proved" in run(
        source, "--to", str(tmp_path / "a.lp")
    )
    back = qopt.solve(tmp_path / "a.lp", solver="exact")
    assert back.best is not None
    assert set(back.best.values) == {
        *(f"lot_{k}" for k in range(3)),
        *(f"extra_{k}" for k in range(3)),
    }


@needs_scip
def test_what_a_file_maximises_is_turned_over(tmp_path: Path) -> None:
    bqm = choice()
    bqm.relabel_variables({label: k for k, label in enumerate(bqm.variables)})
    half = {(min(i, j), max(i, j)): -value / 2 for (i, j), value in bqm.quadratic.items()}
    half |= {(k, k): -value for k, value in bqm.linear.items()}
    lines = "".join(f"{i + 1} {j + 1} {value:g}\n" for (i, j), value in half.items())
    source, path = tmp_path / "choice.bqp", tmp_path / "choice.lp"
    source.write_text(f"{bqm.num_variables} {len(half)}\n{lines}")
    run(str(source), "--to", str(path))
    assert f"what {source} maximises is negated here" in path.read_text()
    assert optimum(path) == pytest.approx(least(bqm) - bqm.offset, abs=1e-6)


def test_a_format_may_stand_before_the_file(tmp_path: Path) -> None:
    source = tmp_path / "model.txt"
    source.write_text("3 6\n1 1 -9\n2 2 -9\n3 3 -9\n1 2 10\n1 3 10\n2 3 10\n")
    assert "one-hot" in run("qs", str(source)) or "at-most-one" in run("qs", str(source))


def test_without_rows_it_ends_with_1(tmp_path: Path) -> None:
    bqm = dimod.generators.gnp_random_bqm(12, 0.5, "BINARY", random_state=1)
    source = save(bqm, tmp_path / "noise.npz")
    path = tmp_path / "noise.lp"
    assert "no rows were found" in run(str(source), "--to", str(path), code=1)
    assert optimum(path) == pytest.approx(least(bqm), abs=1e-6)


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.lp"
    path.write_text("old")
    run(str(save(choice(), tmp_path / "choice.npz")), "--to", str(path))
    assert path.read_text().startswith("\\ read back from the QUBO")


@pytest.fixture
def complaint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """The one line of standard error of a command that must exit with 2 and print nothing else."""

    def told(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["qopt", "decompile", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert ended.value.code == 2
        assert printed.out == ""
        assert len(printed.err.splitlines()) == 1, printed.err
        return printed.err.rstrip("\n")

    return told


def test_mistakes_are_one_line(
    tmp_path: Path, complaint: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save(choice(), Path("choice.npz"))
    Path("folder.lp").mkdir()
    Path("rows.lp").write_text("Minimize\n o: x\nSubject To\n c: x + y >= 1\nBinary\n x y\nEnd\n")
    Path("wide.lp").write_text("Minimize\n o: i\nBounds\n 0 <= i <= 5\nGeneral\n i\nEnd\n")
    Path("broken.qubo").write_text("p qubo 0 2 2 1\n0 0 1\n1 1 x\n0 1 3\n")
    assert complaint("nowhere.qubo") == "nowhere.qubo: No such file or directory"
    nothing = "a model with constraints is no QUBO; there is nothing to read back"
    assert complaint("rows.lp") == f"rows.lp: {nothing}"
    assert complaint("job-shop", "ft06") == f"ft06: {nothing}"
    assert (
        complaint("wide.lp") == "wide.lp: a model with variables of more than two values is no QUBO"
    )
    assert complaint("broken.qubo").startswith("broken.qubo:3: ")
    wrong = "give a name that ends in .lp or .mps"
    assert complaint("choice.npz", "--to", "model.txt") == f"--to model.txt: {wrong}"
    assert "cannot be written" in complaint("choice.npz", "--to", "folder.lp")
    assert complaint("choice.npz", "--set", "x").startswith("'x' is not KEY=VALUE")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["choice.npz", "folder.lp", "rows.lp", "wide.lp", "broken.qubo"]
    )


def test_energies_of_the_file_are_those_of_the_qubo(tmp_path: Path) -> None:
    """As an LP file that is proved, bit by bit: nothing but squares of proved rows goes away."""
    bqm, path = choice(20.0), tmp_path / "a.lp"
    run(str(save(bqm, tmp_path / "choice.npz")), "--to", str(path), "--proved")
    back = qopt.assignment.Model.of(path).model()
    assert len(back.variables) == bqm.num_variables
    names = dict(zip(bqm.variables, names_of(bqm.variables, "x"), strict=True))
    states = np.random.default_rng(0).integers(0, 2, (50, bqm.num_variables))
    for state in states.tolist():
        sample = dict(zip(bqm.variables, state, strict=True))
        energy = back.objective.energy({names[label]: value for label, value in sample.items()})
        assert energy == pytest.approx(bqm.energy(sample), abs=1e-6)
