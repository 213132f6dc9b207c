"""Runs of reference problems, kept in a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ...errors import FileError
from .success import Success


class History:
    """A file with a line of JSON for each run, which several processes may add to."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def append(self, found: Success) -> None:
        """Add a run. Raises FileError where that cannot be done."""
        line = (json.dumps(found.to_dict(), separators=(",", ":")) + "\n").encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # in one piece, at the end as it is then; after what a killed process left of a line
            with self.path.open("ab", buffering=0) as file:
                file.write(line if self._ends_a_line() else b"\n" + line)
        except OSError as error:
            raise FileError(self.path, f"cannot be written: {error.strerror or error}") from None

    def read(self) -> list[Success]:
        """All runs, in their order; a line that a process was killed over is passed over.

        Raises FileError where the file cannot be read, and for a line that is no run.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise FileError(self.path, f"cannot be read: {error}") from None
        found = []
        for number, line in enumerate(lines, 1):
            if not line.endswith("}"):
                continue
            try:
                found.append(Success.from_dict(json.loads(line)))
            except (ValueError, TypeError, KeyError):
                raise FileError(
                    self.path, "is no run of a reference problem; remove the line", number
                ) from None
        return found

    def _ends_a_line(self) -> bool:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
