"""Embeddings kept on disk: what was found once is not searched for again."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import FileError
from ...kit.saving import cache_folder, replacing

VERSION = 1  # of what the files hold, and of how embeddings are searched for


@dataclass(frozen=True)
class Store:
    """A folder of small JSON files, one for what was found under a key; None keeps nothing.

    Any number of processes may share it: files are written whole or not at all, and one that
    cannot be read is as if it were not there.
    """

    folder: Path | None

    @classmethod
    def of_user(cls) -> Store:
        """`QOPT_EMBEDDINGS` names its folder, or says `off`.

        Else it is `embeddings` among the user's other caches, as `QOPT_CACHE` has it.
        """
        return cls(cache_folder("embeddings", "QOPT_EMBEDDINGS"))

    def get(self, *key: Any) -> dict[str, Any] | None:
        """What was put there; None where it cannot be read, or was put under another key."""
        if self.folder is None:
            return None
        try:
            document = json.loads(self._path(key).read_bytes())
        except (OSError, ValueError):
            return None
        right = isinstance(document, dict) and document.get("key") == _told(key)
        found = document.get("found") if right else None
        return found if isinstance(found, dict) else None

    def put(self, found: dict[str, Any], *key: Any) -> None:
        """Keep it; that it cannot be kept is no harm."""
        if self.folder is None:
            return
        with suppress(OSError, FileError), replacing(self._path(key), clear=False) as file:
            document = {"key": _told(key), "found": found}
            file.write(json.dumps(document, separators=(",", ":")).encode())

    def _path(self, key: tuple[Any, ...]) -> Path:
        assert self.folder is not None
        name = hashlib.sha256(json.dumps(_told(key)).encode()).hexdigest()[:40]
        return self.folder / name[:2] / f"{name}.json"


def _told(key: tuple[Any, ...]) -> list[Any]:
    return [VERSION, *key]
