"""The examples of the page on policies, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qopt.ocean.policy import read_policy

PAGE = Path(__file__).parents[3] / "docs" / "policy.md"


def _blocks(language: str) -> list[str]:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_examples_do_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in _blocks("python"):
        exec(block, names)
    assert names["refused"] in " ".join(PAGE.read_text().split())
    assert set(names["hidden"].model.variables) == {0, 1}
    assert names["found"].first.sample == {"Ann": 1, "Bob": 1}
    assert names["found"].first.energy == 6
    assert [said.split(" changed")[0] for said in names["changes"]] == [
        "The number of qubits",
        "The number of couplers",
    ]
    assert len(names["reference"].cells) == 12
    assert names["judged"].dropped
    told = "solved by annealer instead, as the device gave no answer: no D-Wave token"
    assert names["why"].startswith(told)


def test_the_file_on_the_page_is_a_policy(tmp_path: Path) -> None:
    (text,) = _blocks("yaml")
    (tmp_path / "policy.yaml").write_text(text)
    policy = read_policy(tmp_path / "policy.yaml")
    assert policy.anonymous
    assert policy.budgets["july"] == {"seconds": 60, "money": 100}
