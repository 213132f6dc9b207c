"""The examples of the emulator's page, run as they stand, print what the page says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from qopt.emulator import parse_fault
from qopt.emulator.faults import PLACES

PAGE = Path(__file__).parents[2] / "docs" / "emulator.md"


@pytest.fixture
def page() -> str:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    return PAGE.read_text().split("## Using it")[1].split("\n## ")[0]


def test_the_examples_print_what_the_page_shows(
    page: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = re.findall(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    monkeypatch.setattr(os, "environ", os.environ.copy())
    names: dict[str, Any] = {}
    for code, expected in shown:
        exec(code, names)
        assert capfd.readouterr().out == expected


def test_the_faults_of_the_page_are_those_that_there_are(page: str) -> None:
    (line,) = re.findall(r"\$ qopt emulator (--fault submit.*)", page)
    for text in re.findall(r'--fault "?([^" ]*(?: warm)?)', line):
        parse_fault(text)
    places = page.split("| WHERE |")[1].split("\n\n")[0]
    for where, things in PLACES.items():
        assert f"`{where}`" in places
        assert all(what in page for what in things)
