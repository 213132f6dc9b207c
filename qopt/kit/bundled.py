"""Instances that come with a package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ..errors import UnknownName


@dataclass(frozen=True)
class Bundled:
    """The files in the folder `instances` of a package with one ending, named without it.

    `of` is what they are instances of, as "job-shop".
    """

    of: str
    package: str
    ending: str

    @property
    def names(self) -> list[str]:
        folder = resources.files(self.package) / "instances"
        files = (Path(file.name) for file in folder.iterdir())
        return sorted(file.stem for file in files if file.suffix == self.ending)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """One of them, to be read. Raises UnknownName for a name that none has."""
        if name not in self.names:
            raise UnknownName(f"bundled {self.of} instance", name, self.names)
        file = resources.files(self.package) / "instances" / f"{name}{self.ending}"
        with resources.as_file(file) as path:
            yield path
