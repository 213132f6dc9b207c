"""A package of someone else's, as `docs/your-own-problem.md` builds it, plugs in."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "your-own-problem.md"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page in a folder, and what `pip install -e` writes of them."""
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    folder = tmp_path_factory.mktemp("crew")
    for name, text in re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    installed = folder / f"{project['name']}-{project['version']}.dist-info"
    installed.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (installed / "METADATA").write_text(head)
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in points.items())]
    (installed / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def run(crew: Path) -> Run:
    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        paths = [str(crew), os.environ.get("PYTHONPATH", "")]
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=crew,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            capture_output=True,
            text=True,
            check=False,
        )

    return ran


QOPT = ["-c", "from qopt.cli import main; main()"]


def test_it_keeps_the_laws(run: Run) -> None:
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_crew.py")
    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout


def test_it_is_listed_and_runs_in_a_study(run: Run) -> None:
    listed = run(*QOPT, "problems")
    assert "crew-pairing" in listed.stdout
    assert "ruin-and-recreate" in run(*QOPT, "solvers").stdout
    study = run(*QOPT, "run", "study.yaml")
    assert study.returncode == 0, study.stdout + study.stderr
    assert "6 results saved" in study.stdout


def test_its_files_are_read_or_refused_by_line(crew: Path, run: Run) -> None:
    path = crew / "monday.json"
    days = [
        {"name": "early", "cost": 5, "flights": ["1", "2"]},
        {"name": "late", "cost": 3, "flights": ["3"]},
    ]
    path.write_text(json.dumps({"pairings": days}, indent=1))
    solved = run(*QOPT, "solve", "crew-pairing", str(path), "--solver", "exact")
    assert solved.returncode == 0, solved.stderr
    assert "objective 8" in solved.stdout
    assert "fly early\nfly late" in solved.stdout
    path.write_text(json.dumps({"pairings": [*days[:1], days[1] | {"cost": -3}]}, indent=1))
    refused = run(*QOPT, "solve", "crew-pairing", str(path))
    assert refused.returncode == 2
    line = next(k for k, text in enumerate(path.read_text().split("\n"), 1) if "-3" in text)
    assert refused.stderr.startswith(f"{path}:{line}: cost of late=-3")
    path.write_text('{"pairings": [{"name": "early", "cost": 5, "flights": "1"}]}')
    refused = run(*QOPT, "solve", "crew-pairing", str(path))
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
