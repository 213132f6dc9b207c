"""The rooms whose code is changed and the tests beside each, as pyproject.toml lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Room:
    """One room: its source files and its mirror tests, relative to the root of the project."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Configuration:
    """What to change (operators of cosmic-ray) and where."""

    operators: tuple[str, ...]
    rooms: tuple[Room, ...]


def configuration(root: Path = ROOT) -> Configuration:
    """What pyproject.toml says."""
    given = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["cosmic-ray"]
    rooms = []
    for name, told in given["rooms"].items():
        files = [
            path.relative_to(root).as_posix() for one in told["files"] for path in root.glob(one)
        ]
        left_out = told.get("without", [])
        kept = sorted(path for path in files if not any(fnmatch(path, one) for one in left_out))
        rooms.append(Room(name, tuple(kept), tuple(told["tests"])))
    return Configuration(tuple(given["operators"]), tuple(rooms))
