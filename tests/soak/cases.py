"""A check that failed, as a small file that makes it fail again."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class Broken(AssertionError):
    """What a check found wrong; `data`, JSON-ready, is what it takes to see it again."""

    def __init__(self, message: str, data: Any = None) -> None:
        self.data = data
        super().__init__(message)


@dataclass(frozen=True)
class Case:
    """One check with one seed."""

    check: str
    seed: int

    def save(self, folder: Path, error: BaseException) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.check}-{self.seed}.json"
        document = {
            "check": self.check,
            "seed": self.seed,
            "error": f"{type(error).__name__}: {error}",
            "data": getattr(error, "data", None),
            "traceback": traceback.format_exception(error),
        }
        path.write_text(json.dumps(document, indent=1, default=str))
        return path

    @classmethod
    def load(cls, path: Path) -> Case:
        document = json.loads(path.read_text())
        return cls(document["check"], document["seed"])
