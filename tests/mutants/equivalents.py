"""Mutants that no test can notice, each with the reason: `equivalent.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from .planting import Mutant

LISTED = Path(__file__).with_name("equivalent.toml")


class Equivalents:
    """The listed changes, by file and by the line before and after."""

    def __init__(self, listed: Path = LISTED) -> None:
        told = tomllib.loads(listed.read_text()) if listed.exists() else {}
        self._reasons = {
            (path, one["was"], one["now"]): one["why"]
            for path, found in told.items()
            for one in found
        }

    @property
    def listed(self) -> list[tuple[str, str]]:
        """The file and the line before, of each."""
        return [(path, was) for path, was, _ in self._reasons]

    def reason(self, mutant: Mutant) -> str | None:
        """Why this mutant changes nothing that is promised; None where it is not listed."""
        return self._reasons.get((mutant.path, *mutant.shown()))
