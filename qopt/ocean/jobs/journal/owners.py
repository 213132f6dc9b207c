"""Which process is at a job, and whether that process is still alive.

Each process that works on a journal holds a lock on a file of its own for as long as it lives. The
operating system gives the lock up with the process, however that ends, so that nobody is taken for
alive by a number that another process has got meanwhile.
"""

from __future__ import annotations

import os
import secrets
import threading
import weakref
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from ....errors import FileError


class Owners:
    """The claims of processes on the jobs of one journal, as files in a folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        self._numbers = count()
        self._file: int | None = None  # a descriptor, open as long as this process lives
        self._process, self._name = 0, ""
        self._claims: set[str] = set()

    def claim(self) -> str:
        """A new claim, which is alive until it is given up or this process has ended."""
        with self._guard:
            if self._file is None or self._process != os.getpid():  # the second: after a fork
                self._enter()
            claim = f"{self._name}:{next(self._numbers)}"
            self._claims.add(claim)
        return claim

    def give_up(self, claim: str) -> None:
        with self._guard:
            self._claims.discard(claim)

    def alive(self, claim: str | None) -> bool:
        """Whether who made a claim may still be at work on it."""
        if claim is None:
            return False
        name = claim.partition(":")[0]
        with self._guard:
            if name == self._name and self._process == os.getpid():
                return claim in self._claims
        try:
            return not self._clear(self.folder / name)
        except OSError as error:
            what = error.strerror or str(error)
            raise FileError(self.folder / name, f"cannot be read: {what}") from None

    def close(self) -> None:
        """Give all up; claims made later are of another name."""
        with self._guard:
            if self._file is not None and self._process == os.getpid() and not self._claims:
                with suppress(OSError):
                    (self.folder / self._name).unlink()
                self._let_go()

    def _enter(self) -> None:
        """Make and lock a file of our own, and clear away those of processes that are no more."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file, self._name = self._locked()
            for path in list(self.folder.iterdir()):
                with suppress(OSError):  # of somebody else's
                    self._clear(path)
        except OSError as error:
            what = error.strerror or str(error)
            raise FileError(self.folder, f"cannot be written: {what}") from None
        self._process, self._claims = os.getpid(), set()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_Forked(self))

    def _locked(self) -> tuple[int, str]:
        for _ in range(20):
            name = secrets.token_hex(8)
            path = self.folder / name
            file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)
            # unless another process took it for one that was left, before it was locked
            if _lock(file, shared=False) and path.exists():
                return file, name
            os.close(file)
        raise FileError(path, "cannot be locked: give QOPT_JOURNAL a file on a local disk")

    def _clear(self, path: Path) -> bool:
        """Remove a file that nobody holds; whether nobody does."""
        try:
            with path.open("rb") as file:
                if not _lock(file.fileno(), shared=True):
                    return False
                with suppress(OSError):  # another one clears it away at the same moment
                    path.unlink()
        except FileNotFoundError:
            pass
        return True

    def _let_go(self) -> None:
        """In a child that was forked: the lock is its parent's, and ends with that one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _Forked:
    """What a child does first with what its parent held."""

    def __init__(self, owners: Owners) -> None:
        self._owners = weakref.ref(owners)

    def __call__(self) -> None:
        if (owners := self._owners()) is not None:
            owners._let_go()


def _lock(file: int, *, shared: bool) -> bool:
    """Whether it could be locked; it is not waited for."""
    try:
        import fcntl
    except ImportError:  # Windows, where the first byte is locked, for one process alone
        import msvcrt

        windows: Any = msvcrt  # which has these names there only
        try:
            windows.locking(file, windows.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
