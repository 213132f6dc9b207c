"""The examples of the page on devices, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from . import account

NAMES = (
    "DWAVE_API_ENDPOINT",
    "DWAVE_API_TOKEN",
    "DWAVE_API_SOLVER",
    "DWAVE_API_REGION",
    "DWAVE_API_CLIENT",
    "DWAVE_API_PROXY",
    "DWAVE_PROFILE",
    "DWAVE_CONFIG_FILE",
    "DWAVE_CACHE_ENABLED",
    "NO_PROXY",
    "no_proxy",
)
PAGE = Path(__file__).parents[2] / "docs" / "devices.md"


def test_the_examples_do_what_the_page_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    account.forget(monkeypatch, tmp_path)
    monkeypatch.setenv("QOPT_JOURNAL", str(tmp_path / "jobs.sqlite"))
    monkeypatch.setenv("QOPT_EMBEDDINGS", str(tmp_path / "embeddings"))
    first, parts = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name in NAMES:  # which the examples set, and monkeypatch puts back
        monkeypatch.setenv(name, "")
    names: dict[str, Any] = {}
    exec(first, names)
    assert names["result"].best is not None
    assert names["account"]["device_seconds"] == pytest.approx(names["charged"])
    assert names["again"].provenance["solver"]["device_seconds"] == 0.0
    assert "nothing was charged" in names["again"].notes[0]
    exec(parts, names)
    assert names["parts"].best is not None
    assert names["submissions"] <= 2


def test_every_parameter_that_the_page_names_is_one() -> None:
    from dataclasses import fields

    from qopt.ocean.qpu import Qpu

    known = {field.name for field in fields(Qpu)} | {"time_limit"}
    table = re.findall(r"^\| [^|]+ \| ([^|]*) \| [^|]+ \|$", PAGE.read_text(), re.MULTILINE)
    named = {name for cell in table[2:] for name in re.findall(r"`(\w+)`", cell)}
    assert named
    assert named <= known
