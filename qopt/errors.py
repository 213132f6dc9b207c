"""What qopt raises for a person's mistake: one line that names the value and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# of a value among what was given: ("demand", 5) is the sixth of the demands
Place = tuple[str | int, ...]


class QoptError(ValueError):
    """A mistake in what qopt was given. Its text is one line, fit to be printed alone.

    `place` says which value is wrong, where that is known: ("demand", 5) is the sixth of the
    demands. A reader turns it into the line of the file that the value stands on
    (`qopt.kit.files`).
    """

    def __init__(self, message: str, place: Place = ()) -> None:
        self.place = place
        super().__init__(message)


class FileError(QoptError):
    """A file that cannot be read for what it should be; `line` and `column` count from 1."""

    def __init__(
        self, path: str | Path, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        self.path, self.line, self.column = Path(path), line, column
        at = "".join(f":{number}" for number in (line, column if line else None) if number)
        super().__init__(f"{path}{at}: {_on_one_line(message)}")


def _on_one_line(message: str) -> str:
    """With escapes for what would break the line, as words of a file may."""
    if message.isprintable():
        return message
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)


class UnknownName(QoptError):
    """A name that is not among those known; `nearest` are the likely ones."""

    def __init__(
        self, kind: str, name: str, known: Iterable[str], hint: str = "", place: Place = ()
    ) -> None:
        known = sorted(known)
        self.nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        likely = (
            f"did you mean {' or '.join(self.nearest)}?"
            if self.nearest
            else f"known: {_listed(known)}"
        )
        super().__init__(f"no {kind} named {name!r}; {likely}{hint}", place)


def _listed(names: list[str], most: int = 40) -> str:
    more = f", and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


class NotReady(QoptError):
    """A solver that lacks a package or a token; the text says how to get it."""


class Stopped(QoptError):
    """It was asked to stop before there was anything to give back."""


class ModelTooLarge(QoptError):
    """A model too large to build, known from its size formula."""

    def __init__(self, name: str, of: str, size: int, limit: int, remedy: str) -> None:
        self.size, self.limit = size, limit
        super().__init__(
            f"{name}: the model has {size:,} {of}, above the limit of {limit:,}; {remedy}"
        )


class TimeTooShort(QoptError):
    """A time limit that a solver cannot keep on a model, known before it starts.

    It needs about `least` seconds.
    """

    def __init__(self, solver: str, limit: float, least: float, remedy: str) -> None:
        self.limit, self.least = limit, least
        super().__init__(
            f"{solver} needs at least about {least:.2g} s on this model, more than "
            f"time_limit={limit:g}: {remedy}"
        )


class Infeasible(QoptError):
    """No assignment keeps all constraints; `labels` contradict each other or the bounds."""

    def __init__(self, message: str, labels: tuple[Any, ...], place: Place = ()) -> None:
        self.labels = labels
        super().__init__(message, place)


class NotEmbedded(QoptError):
    """A model too dense for the device it was to be embedded on."""


class InputWarning(UserWarning):
    """What was read is not all that was given, or was guessed, so that the plan may change."""


class PrecisionWarning(UserWarning):
    """Biases so far apart that the smaller are lost on a device or in single precision."""
