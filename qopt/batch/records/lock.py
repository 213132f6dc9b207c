"""One writer a folder: a lock that is gone with its process, however that ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from ...errors import FileError, QoptError


class FolderLock:
    """Held from `take` to `release`; who else wants it is refused, with the number of the process
    that has it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises QoptError where another process has it, FileError where it cannot be written."""
        try:
            file = self.path.open("a+")
        except OSError as error:
            raise FileError(self.path, f"cannot be written: {error.strerror or error}") from None
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "another one"
            file.close()
            folder = self.path.parent
            raise QoptError(
                f"{folder}: process {holder} is running this study; wait for it, or end it first"
            ) from None
        self._file = file
        try:
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()))
            file.flush()
        except OSError:  # a full disk: the lock holds without the number
            pass

    def release(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what a full disk did not take
                self._file.close()
            self._file = None


def _lock(file: IO[str]) -> None:
    """Raises OSError where another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows, where the byte after the number is locked
        import msvcrt

        file.seek(64)
        windows: Any = msvcrt  # which has these names there only
        windows.locking(file.fileno(), windows.LK_NBLCK, 1)
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
