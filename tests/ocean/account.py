"""A machine on which Ocean was never set up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qopt.emulator import Service


def forget(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let Ocean find neither a token in the environment nor a configuration file: not in HOME, not
    in the working directory.
    """
    for name in os.environ:
        if name.startswith("DWAVE_"):
            monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(home)


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, service: Service) -> None:
    """Let Ocean find a service, and qopt a journal and embeddings in a folder."""
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QOPT_JOURNAL", str(folder / "jobs.sqlite"))
    monkeypatch.setenv("QOPT_EMBEDDINGS", str(folder / "embeddings"))
    for name in ("QOPT_POLICY", "QOPT_PRICES"):
        monkeypatch.delenv(name, raising=False)
