"""The page says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "emulator.md"


# Ocean's client leaves the file that it uploads open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_example_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    pytest.importorskip("starlette", reason="the extra 'emulator' is not installed")
    section = PAGE.read_text().split("## Hybrids\n")[1].split("\n## ")[0]
    shown = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", section, re.DOTALL)
    assert shown is not None
    code, printed = shown.groups()
    exec(code, {})
    assert capsys.readouterr().out == printed
