from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qopt import plugins
from qopt.batch import Study, read_study

STUDY = """name: tiny
problems:
  - {kind: job-shop, generate: {jobs: 3, machines: 3, seed: [1, 2]}}
solvers:
  - {name: annealer, parameters: {num_sweeps: 200, num_reads: 4}}
  - {name: greedy}
seeds: [1, 2]
time_limit: 20
"""


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., Study]:
    """A study of eight trials by budgets of sweeps, with changes, in a folder of its own.

    Run in this process where it says nothing else.
    """

    def read(*changes: tuple[str, str], more: str = "", name: str = "study.yaml") -> Study:
        more = more if "run:" in more else f"{more}run: {{executor: inline}}\n"
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(f"{text}output: {tmp_path / 'out'}\n{more}")
        return read_study(path)

    return read


@pytest.fixture
def odd_solvers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What `kinds` has, installed as a package of somebody's: solvers `failing`, `dear` and
    `journalled`, and problems of kind `held-shop`.
    """
    installed = tmp_path / "packages" / "odd_solvers-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-solvers\nVersion: 1\n")
    lines = ["failing = tests.batch.kinds:Failing", "dear = tests.batch.kinds:Dear"]
    lines += ["journalled = tests.batch.kinds:Journalled"]
    lines += ["[qopt.problems]", "held-shop = tests.batch.kinds:HeldShop"]
    (installed / "entry_points.txt").write_text("[qopt.solvers]\n" + "\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(installed.parent))
    plugins._registered.cache_clear()
    yield
    plugins._registered.cache_clear()
