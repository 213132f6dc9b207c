"""A machine on which Ocean was never set up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


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
