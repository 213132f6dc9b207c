"""Results that studies share: what one has solved, another takes over."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from ...errors import FileError
from ...kit.saving import cache_folder, replacing
from .record import Record

SHARED = frozenset({"feasible", "infeasible", "none-found"})


class Cache:
    """By the key of a trial, a record and its result; None for no folder: nothing is shared."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    @classmethod
    def of_user(cls) -> Cache:
        """`QOPT_CACHE` names its folder, or says `off`; else it is where caches belong."""
        return cls(cache_folder("trials"))

    def keys(self) -> frozenset[str]:
        """Of all that is there."""
        if self.folder is None:
            return frozenset()
        try:
            shelves = [entry.path for entry in os.scandir(self.folder) if entry.is_dir()]
        except OSError:
            return frozenset()
        names = (name for shelf in shelves for name in os.listdir(shelf))
        return frozenset(name.removesuffix(".json") for name in names if len(name) == 69)

    def get(self, key: str) -> tuple[Record, Path | None] | None:
        """The record, and its result's file; None where it cannot be read, as if it were not
        there.
        """
        if self.folder is None:
            return None
        try:
            record = Record.from_dict(json.loads(self._path(key).read_text()))
        except (OSError, ValueError, TypeError):
            return None
        document = self._path(key, ".result.json")
        if record.key != key or (record.file is not None and not document.is_file()):
            return None
        return record, document if record.file is not None else None

    def put(self, record: Record, document: Path | None) -> None:
        """Keep it for others; that it cannot be kept is no harm."""
        if self.folder is None or record.outcome not in SHARED or record.copied:
            return
        target = self._path(record.key)
        with suppress(OSError, FileError):
            target.parent.mkdir(parents=True, exist_ok=True)
            if document is not None:
                copy_file(document, self._path(record.key, ".result.json"))
            with replacing(target, clear=False) as file:
                file.write(json.dumps(record.to_dict()).encode())

    def _path(self, key: str, suffix: str = ".json") -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / f"{key}{suffix}"


def copy_file(source: Path, target: Path) -> None:
    """The same content under a second name. Raises FileError, or OSError."""
    with suppress(OSError):
        target.unlink()
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        with replacing(target, clear=False) as file:
            file.write(source.read_bytes())
