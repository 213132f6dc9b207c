"""Lines added to an audit, before what they tell of is sent."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ....errors import FileError
from ....kit.saving import replacing
from .chain import Entry, Receipt, sealed
from .verifying import START, Walked, head_of, read_head, steps

PATIENCE = 10.0  # seconds that another process may take to add its line
LOOKS = 0.01  # seconds between two looks whether it has


class Trail:
    """An audit that lines are added to, by this process and by others at the same time."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._known = START  # as far as this process has seen that the lines fit each other

    def append(self, entry: Entry) -> Receipt:
        """Add a line, and return when it is on the disk, so that what it tells of may be sent.

        All lines that this process has not seen yet are verified first. Raises FileError, of one
        line, where the audit was changed, cannot be written, or is locked for longer than ten
        seconds; then nothing was added that counts, and nothing must be sent.
        """
        try:
            return self._append(entry)
        except OSError as error:
            reason = error.strerror or str(error)
            raise self._error(f"the audit cannot be written: {reason}") from None

    def _append(self, entry: Entry) -> Receipt:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file, self._locked(file):
            walked = self._walked(file)
            line, receipt = sealed(entry, walked.last)
            line += b"\n"
            file.truncate(walked.end)  # a line that is not whole, for which nothing was sent
            file.seek(walked.end)
            try:
                if file.write(line) != len(line):
                    raise OSError("the disk took only a part of the line")
                os.fsync(file.fileno())
                self._note(receipt)
            except BaseException:  # a KeyboardInterrupt, too: nothing will be sent
                file.truncate(walked.end)
                raise
            self._known = Walked(receipt, walked.end + len(line))
        return receipt

    def _note(self, receipt: Receipt) -> None:
        """How many lines there are, and the hash of the last, beside the audit."""
        said = {"lines": receipt.number, "hash": receipt.hash}
        try:
            with replacing(head_of(self.path), clear=False) as head:
                head.write(json.dumps(said).encode())
        except FileError as error:
            raise self._error(str(error)) from None

    def _walked(self, file: Any) -> Walked:
        """Where the next line comes. Raises FileError where the audit is not as it was written."""
        size = os.fstat(file.fileno()).st_size
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise self._error("no plain file, as an audit is to be")
        head = head_of(self.path)
        if size == 0 and not head.exists() and self._known == START:
            self._note(START.last)
            _sync_folder(self.path.parent)
            return START
        if size < self._known.end:
            raise self._error("lines were removed from the end of the audit")
        walked = START
        try:
            noted, seen = read_head(self.path), False
        except FileError as error:
            raise self._error(str(error)) from None
        with open(file.fileno(), "rb", closefd=False) as lines:
            for walked in steps(lines, self._known):
                seen = seen or walked.last == noted
        if walked.fault:
            raise self._error(f"line {walked.last.number + 1} of the audit: {walked.fault}")
        if not seen:
            raise self._error(
                f"the audit does not end as {head.name} says: lines were changed or removed"
            )
        return walked

    @contextmanager
    def _locked(self, file: Any) -> Iterator[None]:
        """Held by one process at a time; gone with it, however it ends."""
        deadline = time.monotonic() + PATIENCE
        while not _lock(file):
            if time.monotonic() > deadline:
                raise self._error(f"another process has locked the audit for {PATIENCE:g} s")
            time.sleep(LOOKS)
        try:
            yield
        finally:
            _unlock(file)

    def _error(self, what: str) -> FileError:
        return FileError(self.path, f"{what}; nothing was sent")


def _lock(file: Any) -> bool:
    """Whether this process has it now."""
    try:
        import fcntl
    except ImportError:  # Windows, where a byte far beyond the end is locked
        import msvcrt

        file.seek(2**40)
        windows: Any = msvcrt  # which has these names there only
        try:
            windows.locking(file.fileno(), windows.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _unlock(file: Any) -> None:
    """As closing the file does; Windows wants to be told."""
    try:
        import fcntl
    except ImportError:
        import msvcrt

        file.seek(2**40)
        windows: Any = msvcrt
        windows.locking(file.fileno(), windows.LK_UNLCK, 1)
        return
    fcntl.flock(file, fcntl.LOCK_UN)


def _sync_folder(folder: Path) -> None:
    """That a new file is in it after the power fails; where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
