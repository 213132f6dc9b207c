"""The examples of docs/jobs.md run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qopt.emulator import serve
from qopt.ocean.jobs import Answered
from qopt.ocean.money import Prices

PAGE = Path(__file__).parents[3] / "docs" / "jobs.md"


def _blocks(language: str) -> list[str]:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.slow  # the emulated device's kernels may have to be compiled
def test_the_examples_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking, quoting = _blocks("python")
    monkeypatch.setenv("QOPT_JOURNAL", str(tmp_path / "jobs.sqlite"))
    names: dict[str, Any] = {}
    with serve(device="advantage2-small") as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        exec(asking, names)
        (job,) = service.jobs
    assert isinstance(names["found"], Answered)
    assert names["again"].how == "reused"
    assert names["left"] == pytest.approx(2.0 - job.charged)
    exec(quoting, names)
    assert capsys.readouterr().out.splitlines()[-1].endswith(" EUR")


def test_the_prices_are_a_table(tmp_path: Path) -> None:
    (text,) = _blocks("yaml")
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    prices = Prices.read(path)
    price = prices.price("Advantage2_system1.7", "qpu")
    assert price is not None
    assert price.per_second == 0.55
