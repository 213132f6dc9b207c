"""Files with a line of JSON for each thing that happened, which several processes may add to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from ...errors import FileError


class Written(Protocol):
    """What a line can be made of, and be read back as."""

    def to_dict(self) -> dict[str, Any]:
        """In JSON's values."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Any:
        """As `to_dict` wrote it."""


WrittenT = TypeVar("WrittenT", bound=Written)


class JsonLines(Generic[WrittenT]):
    """A file of such lines; `what` is said of a line that is none.

    >>> history = JsonLines(path, Success, "a run of a reference problem")  # doctest: +SKIP
    """

    def __init__(self, path: str | Path, kind: type[WrittenT], what: str) -> None:
        self.path, self._kind, self._what = Path(path), kind, what

    def append(self, thing: WrittenT) -> None:
        """Add a line. Raises FileError where that cannot be done."""
        line = (json.dumps(thing.to_dict(), separators=(",", ":")) + "\n").encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # in one piece, at the end as it is then; after what a killed process left of a line
            with self.path.open("ab", buffering=0) as file:
                file.write(line if self._ends_a_line() else b"\n" + line)
        except OSError as error:
            raise FileError(self.path, f"cannot be written: {error.strerror or error}") from None

    def read(self) -> list[WrittenT]:
        """All of them, in their order; a line that a process was killed over is passed over.

        Raises FileError where the file cannot be read, and for a line that is something else.
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
                found.append(self._kind.from_dict(json.loads(line)))
            except (ValueError, TypeError, KeyError):
                complaint = f"the line is not {self._what}; remove it"
                raise FileError(self.path, complaint, number) from None
        return found

    def _ends_a_line(self) -> bool:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
