"""The README's example, run as it stands, prints what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dimod
import pytest

import qopt
from qopt.anneal.warm import warm_up_constrained

README = Path(__file__).parent.parent / "README.md"


def test_the_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    if not README.exists():
        pytest.skip("the README is not beside the tests: they run from an installed package")
    text = README.read_text()
    found = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", text, re.DOTALL)
    assert found is not None
    code, expected = found.groups()
    assert len(code.splitlines()) <= 15
    warm_up_constrained()  # compiling is announced on standard error, once on a machine
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    assert ran.stdout == expected
    assert (tmp_path / "runs" / "plan.json").exists()


def _blocks(page: str) -> list[str]:
    """The Python examples of a page, with short time limits."""
    path = README.parent / "docs" / page
    if not path.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    found = re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)
    return [re.sub(r"time_limit=\d+", "time_limit=1", block) for block in found]


def _knapsack() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(6)]
    cqm.set_objective(-dimod.quicksum((k + 2) * v for k, v in enumerate(x)))
    cqm.add_constraint(dimod.quicksum((k + 1) * v for k, v in enumerate(x)) <= 9, label="room")
    return cqm


def test_the_samplers_examples_run() -> None:
    constrained, plain, hidden, arrays = _blocks("samplers.md")
    names: dict[str, Any] = {"cqm": _knapsack()}
    exec(constrained, names)
    assert names["found"].record.sample.tobytes() == names["again"].record.sample.tobytes()
    assert names["best"].energy == -12
    assert names["warm"].filter(lambda row: row.is_feasible).first.energy == -12
    names = {"bqm": dimod.generators.gnp_random_bqm(60, 0.2, "SPIN", random_state=1)}
    exec(plain, names)
    assert names["found"].record.sample.tobytes() == names["again"].record.sample.tobytes()
    assert names["warm"].first.energy <= names["found"].first.energy
    assert len(names["thermal"]) == 10_000
    exec(hidden, names)
    assert names["seen"].info["structure"]["rows"] == {"one-hot": 22}
    assert names["seen"].record.sample.tobytes() == names["replayed"].record.sample.tobytes()
    assert names["seen"].first.energy <= names["as_it_is"].first.energy
    names |= {"linear": [0.0, 1.0, -1.0], "row": [0, 1], "col": [1, 2], "quad": [1.0, -2.0]}
    exec(arrays, names)
    assert names["best"].energies[0] == names["qubo"].energies(names["best"].states[:1])[0] == -3.0


def test_the_qubo_s_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    compiled, diagnosed = _blocks("qubos.md")
    names: dict[str, Any] = {"cqm": _knapsack(), "qopt": qopt, "dimod": dimod}
    exec(compiled, names)
    assert names["samples"].filter(lambda row: row.is_feasible).first.energy == -12
    assert "holds" in capsys.readouterr().out
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    exec(diagnosed, names)
    assert capsys.readouterr().out.startswith("hang-seng-10: penalty: an infeasible assignment")


def test_the_examples_of_reading_back_run(capsys: pytest.CaptureFixture[str]) -> None:
    read, used = _blocks("decompile.md")
    names: dict[str, Any] = {}
    exec(read, names)
    page = (README.parent / "docs" / "decompile.md").read_text()
    shown = re.search(r"prints, with more below,\n\n```\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    assert capsys.readouterr().out.startswith(shown.group(1))
    exec(used, names)
    assert len(names["meant"].constraints) == len(names["careful"].constraints) == 14
    assert not any(names["plan"].values())
    before, after = (
        max(abs(bias) for part in bqm.to_ising()[:2] for bias in part.values())
        for bqm in (names["bqm"], names["again"].bqm())
    )
    assert before == pytest.approx(4e10, rel=0.1)
    assert after == pytest.approx(2e5, rel=0.2)
    assert before / after == pytest.approx(2e5, rel=0.2)


def test_the_example_of_comparing_prints_what_the_page_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (code,) = _blocks("comparison.md")
    exec(code, {})
    page = (README.parent / "docs" / "comparison.md").read_text()
    shown = re.search(r"prints\n\n```\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    assert capsys.readouterr().out == shown.group(1)


def test_every_page_that_a_page_names_is_there() -> None:
    if not README.exists():
        pytest.skip("the README is not beside the tests: they run from an installed package")
    for page in [README, *README.parent.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name} names {link}"


def test_the_study_of_the_readme_runs(tmp_path: Path) -> None:
    if not README.exists():
        pytest.skip("the README is not beside the tests: they run from an installed package")
    found = re.search(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    spec = tmp_path / "trucks.yaml"
    spec.write_text(found.group(1).replace("time_limit: 5", "time_limit: 0.2"))
    ran = subprocess.run(
        [sys.executable, "-c", "from qopt.cli import main; main()", "run", str(spec)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "12 results saved" in ran.stdout


def test_the_readme_is_one_that_is_read_to_its_end() -> None:
    if not README.exists():
        pytest.skip("the README is not beside the tests: they run from an installed package")
    assert len(README.read_text().splitlines()) <= 130
