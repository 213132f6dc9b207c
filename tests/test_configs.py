"""The studies that are shipped, each made small and run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from qopt.batch import read_study, run
from qopt.emulator import serve
from qopt.report import report, verify

from .ocean import account

CONFIGS = Path(__file__).parents[1] / "configs"
NAMES = [
    "annealer_rehearsal", "library", "penalty_sweep", "portfolio_frontier", "quickstart",
    "routing_ab", "scheduling_ab",
]  # fmt: skip
pytestmark = pytest.mark.skipif(
    not CONFIGS.is_dir(), reason="configs/ is not beside the tests: they run from a package"
)


@pytest.fixture(autouse=True)
def _baselines() -> None:
    for package in ("ortools", "pyvrp", "pyscipopt"):
        pytest.importorskip(package, reason="the extra 'baselines' is not installed")


@pytest.fixture
def at_a_service(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """A service on this machine, for the study that needs one."""
    if request.node.callspec.params["name"] != "annealer_rehearsal":
        yield
        return
    with serve(device="advantage2-small", seed=1) as service:
        account.forget(monkeypatch, tmp_path)
        account.use(monkeypatch, tmp_path, service)
        yield


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _small(name: str, folder: Path) -> Path:
    """One problem of each entry and two of each sweep, one seed, a moment for each trial."""
    study = YAML(typ="safe").load((CONFIGS / f"{name}.yaml").read_text())
    study |= {"time_limit": 0.5, "seeds": [1], "output": str(folder / "out")}
    for solver in study["solvers"]:
        solver.pop("time_limit", None)
    for problem in study["problems"]:
        if "generate" in problem:
            problem["generate"] = {k: _first(v) for k, v in problem["generate"].items()}
    for values in study.get("sweep", {}).get("grid", {}).values():
        del values[2:]
    if name == "library":
        del study["problems"][3:]
    path = folder / f"{name}.yaml"
    with path.open("w") as file:
        YAML().dump(study, file)
    return path


def test_all_are_here() -> None:
    assert sorted(path.stem for path in CONFIGS.glob("*.yaml")) == NAMES


@pytest.mark.usefixtures("at_a_service")
@pytest.mark.parametrize("name", NAMES)
def test_it_is_right_as_it_is(name: str) -> None:
    study = read_study(CONFIGS / f"{name}.yaml")
    assert study.name == name
    assert study.trials


@pytest.mark.slow
@pytest.mark.usefixtures("at_a_service")
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_at_a_small_size(name: str, tmp_path: Path) -> None:
    study = read_study(_small(name, tmp_path))
    done = run(study)
    assert not done.missing
    refused = [record for record in done.failed if "needs at least about" not in record.error]
    assert refused == []
    page = report(done, tmp_path / "report.html")
    assert verify(page).ok
    if study.compare is not None:
        compared = done.compare()
        others = {trial.solver_name for trial in study.trials} - {study.compare.baseline}
        assert {found.solver for found in compared.differences} == others
