from __future__ import annotations

import os
import re
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from qopt.plugins import problem_class, problem_kinds, solver_class, solver_names
from qopt.provenance import fingerprint

ROOT = Path(__file__).parent.parent


BUNDLED = [kind for kind in problem_kinds() if hasattr(problem_class(kind), "bundled")]


def test_each_domain_has_an_instance_to_begin_with() -> None:
    assert {"vehicle-routing", "job-shop", "mean-variance"} <= set(BUNDLED)


@pytest.mark.parametrize("kind", BUNDLED)
def test_every_kind_reads_its_bundled_instances(kind: str) -> None:
    chosen = problem_class(kind)
    assert chosen.instances()
    for name in chosen.instances():
        problem = chosen.bundled(name)
        assert problem.name == name
        assert problem.best_known is not None


@pytest.mark.parametrize("kind", problem_kinds())
def test_every_kind_generates_the_same_from_the_same_seed(kind: str) -> None:
    chosen = problem_class(kind)
    one, same, other = (chosen.generate(seed=seed) for seed in (1, 1, 2))
    assert fingerprint(one) == fingerprint(same) != fingerprint(other)
    assert one.evaluate(one.greedy()).objective == same.evaluate(same.greedy()).objective


@pytest.mark.parametrize("name", solver_names())
def test_every_solver_says_what_it_is_and_needs(name: str) -> None:
    solver = solver_class(name)
    assert solver.summary
    assert solver.needs
    assert "\n" not in (solver().missing() or "")


def test_two_packages_may_not_offer_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    import qopt
    from qopt import plugins

    twice = [
        EntryPoint("annealer", f"{package}:Annealer", "qopt.solvers")
        for package in ("one", "another")
    ]
    monkeypatch.setattr(plugins, "entry_points", lambda group: twice)
    with pytest.raises(qopt.QoptError, match="two packages offer 'annealer'"):
        plugins._registered.__wrapped__("qopt.solvers")


def test_the_console_script_is_installed() -> None:
    (script,) = entry_points(group="console_scripts", name="qopt")
    assert script.value == "qopt.cli:main"


@pytest.mark.skipif(
    not (ROOT / "constraints.txt").exists(),
    reason="the tests run away from the project's own files",
)
def test_constraints_are_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


@pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(),
    reason="the tests run away from the project's own files",
)
def test_the_wheel_has_what_pages_are_made_of(tmp_path: Path) -> None:
    """Templates, styles and the script are no Python files, and are in it all the same."""
    builder = pytest.importorskip(
        "hatchling.build", reason="hatchling, which builds the wheel, is not installed here"
    )
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        name = builder.build_wheel(str(tmp_path))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(tmp_path / name) as wheel:
        inside = set(wheel.namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for room in ("qopt/report/templates", "qopt/figures")
        for path in (ROOT / room).iterdir()
        if path.suffix in (".jinja", ".css", ".js")
    }
    assert len(wanted) == 4
    assert wanted <= inside


@pytest.mark.parametrize("name", solver_names())
def test_each_solver_says_which_version_its_algorithm_is(name: str) -> None:
    """A study trusts the number: who forgets it would never be solved again."""
    assert isinstance(vars(solver_class(name)).get("algorithm_version"), int)
