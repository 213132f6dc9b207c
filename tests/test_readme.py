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
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    assert ran.stdout == expected
    assert (tmp_path / "runs" / "plan.json").exists()


def test_the_annealers_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    if not README.exists():
        pytest.skip("the README is not beside the tests: they run from an installed package")
    import dimod

    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    alone = [block for block in blocks if "QuboAnnealer" in block]
    assert len(alone) == 2
    names = {"bqm": dimod.generators.gnp_random_bqm(60, 0.2, "SPIN", random_state=1)}
    names |= {"linear": [0.0, 1.0, -1.0], "row": [0, 1], "col": [1, 2], "quad": [1.0, -2.0]}
    for block in alone:
        exec(re.sub(r"time_limit=\d+", "time_limit=1", block), names)
    assert names["found"].record.sample.tobytes() == names["again"].record.sample.tobytes()
    assert names["warm"].first.energy <= names["found"].first.energy
    assert len(names["thermal"]) == 10_000
    assert names["best"].energies[0] == names["qubo"].energies(names["best"].states[:1])[0] == -3.0
