from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where embeddings are kept during the test."""
    monkeypatch.setenv("QOPT_EMBEDDINGS", str(tmp_path / "kept"))
    return tmp_path / "kept"
