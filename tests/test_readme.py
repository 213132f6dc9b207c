"""The README's example, run as it stands, prints what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_the_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    if not README.exists():
        pytest.skip("the README is not beside the tests: they run from an installed package")
    text = README.read_text()
    found = re.search(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", text, re.DOTALL)
    assert found is not None
    code, expected = found.groups()
    assert len(code.splitlines()) <= 15
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    assert ran.stdout == expected
    assert (tmp_path / "runs" / "plan.json").exists()
