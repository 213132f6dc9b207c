from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qopt import plugins


@pytest.fixture(autouse=True)
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The solvers of `racers`, installed as a package of somebody's."""
    installed = tmp_path / "packages" / "racers-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: racers\nVersion: 1\n")
    lines = [
        "scripted = tests.solvers.racing.racers:Scripted",
        "dear = tests.solvers.racing.racers:Dear",
    ]
    (installed / "entry_points.txt").write_text("[qopt.solvers]\n" + "\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(installed.parent))
    plugins._registered.cache_clear()
    yield
    plugins._registered.cache_clear()
