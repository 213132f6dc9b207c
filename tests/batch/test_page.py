"""The examples of the page on studies, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qopt.batch import read_study, run
from qopt.batch.run import Run

PAGE = Path(__file__).parents[2] / "docs" / "studies.md"
pytestmark = pytest.mark.skipif(
    not PAGE.is_file(), reason="docs/ is not beside the tests: they run from an installed package"
)


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _studies() -> dict[str, str]:
    texts = _blocks("yaml") if PAGE.is_file() else []
    return {text.split("\n")[0].removeprefix("name: "): text for text in texts}


@pytest.mark.parametrize("name", _studies())
def test_each_study_is_right(name: str, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(_studies()[name])
    assert read_study(path).name == name


def test_the_numbers_of_trials_are_those_that_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "trucks.yaml").write_text(_studies()["trucks"])
    assert len(read_study("trucks.yaml").trials) == 28
    assert "7 \u00d7 2 \u00d7 2 = 28" in PAGE.read_text()


@pytest.mark.parametrize("name", ["until-decided", "careful", "watched", "tuned"])
def test_each_study_runs(name: str, tmp_path: Path) -> None:
    text = _studies()[name]
    path = tmp_path / "study.yaml"
    # nobody listens where the page says that a server is
    text = re.sub(r"^  (mlflow|opentelemetry):.*\n", "", text, flags=re.MULTILINE)
    path.write_text(text)
    done = run(path)
    assert not done.missing
    assert not done.failed


def test_the_python_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = _studies()["trucks"].replace("[20, 40], seed: [1, 2, 3]", "20, seed: 1")
    (tmp_path / "trucks.yaml").write_text(text.replace("seeds: [1, 2]", "seeds: [1]"))
    names: dict[str, object] = {}
    (code,) = _blocks("python")
    exec(compile(code, str(PAGE), "exec"), names)
    assert isinstance(names["again"], Run)
    assert "hybrid" in capsys.readouterr().out
    assert names["plan"] is not None
