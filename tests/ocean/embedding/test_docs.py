"""The examples of `docs/embedding.md` run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "embedding.md"


def test_the_examples_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not PAGE.exists():
        pytest.skip("the docs are not beside the tests: they run from an installed package")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(re.sub(r"time_limit=\d+", "time_limit=20", block), names)
    assert len(blocks) == 4
    told = capsys.readouterr().out
    assert "The problem fits on advantage2-small" in told
    assert names["found"].longest >= 1
    assert names["samples"].record.chain_break_fraction.tolist() == [0.0]
    assert len(names["bqms"]) == 7
