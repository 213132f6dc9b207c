"""Files written whole or not at all, whatever ends the writing."""

from __future__ import annotations

import glob
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO

from ...errors import FileError

_numbers = count()  # one a file, so that threads that write to one path do not meet


@contextmanager
def replacing(path: str | Path, *, clear: bool = True) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when the block ends well; otherwise
    nothing is left of it.

    It lies beside `path` under a hidden name until then, so that a reader sees the old file or the
    new one and never half of one. What processes of this machine that were killed have left in the
    folder is cleared away, unless `clear` is False: to look for it in a folder of many files takes
    longer than to write one. Raises FileError.
    """
    path = require_writable(path)
    partial = path.with_name(f".{path.name}.{_mark()}-{os.getpid()}-{next(_numbers)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if clear:
            _clear(path.parent)
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise FileError(path, f"cannot be written: {error.strerror or error}") from None
    finally:  # after a KeyboardInterrupt, too
        with suppress(OSError):
            partial.unlink()


def require_writable(path: str | Path) -> Path:
    """The path, where a file may be written to it; asked before long work whose answer is to be
    saved there.

    Raises FileError for a folder, for a name that no file can have, and for a folder that cannot be
    written to.
    """
    path = Path(path)
    if not path.name or path.is_dir() or "\0" in str(path):
        raise FileError(
            path, "cannot be written: a folder or no name of a file; give the name of a file"
        )
    there = path.parent
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise FileError(path, f"cannot be written: {there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise FileError(path, f"cannot be written: Permission denied in {there}")
    return path


def _mark() -> str:
    """This machine's name, as it can stand in a file's."""
    return "".join(letter if letter.isalnum() else "_" for letter in socket.gethostname())


def _clear(folder: Path) -> None:
    """Remove the partial files of processes of this machine that are no more."""
    for partial in folder.glob(f".*.{glob.escape(_mark())}-*.partial"):
        process = partial.name.removesuffix(".partial").rsplit("-", 2)[1]
        if process.isdigit() and not _alive(int(process)):
            with suppress(OSError):
                partial.unlink()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
