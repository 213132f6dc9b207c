"""Runs of reference problems, kept in a file."""

from __future__ import annotations

from pathlib import Path

from ...kit.saving import JsonLines
from .success import Success


class History(JsonLines[Success]):
    """A file with a line of JSON for each run, which several processes may add to."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path, Success, "a run of a reference problem")
