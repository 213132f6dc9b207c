"""What qopt raises for a person's mistake: one line that names the value and the remedy."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any


class QoptError(ValueError):
    """A mistake in what qopt was given. Its text is one line, fit to be printed alone."""


def require(holds: bool, name: str, value: object, wanted: str) -> None:
    """Raise a QoptError that names an argument, its value and what to give, unless it `holds`."""
    if not holds:
        raise QoptError(f"{name}={value!r}: give {wanted}")


def require_count(name: str, value: object, *, least: int = 1, optional: bool = False) -> None:
    """Raise a QoptError unless `value` is a whole number of at least `least`, or None where it is `optional`."""
    whole = isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
    require(whole or (optional and value is None), name, value, f"a whole number, {least} or more")


def require_positive(name: str, value: object, *, wanted: str, optional: bool = False) -> None:
    """Raise a QoptError unless `value` is a finite number above 0, or None where it is `optional`."""
    positive = isinstance(value, Real) and 0 < float(value) < math.inf
    require(positive or (optional and value is None), name, value, wanted)


class FileError(QoptError):
    """A file that cannot be read for what it should be."""

    def __init__(self, path: str | Path, message: str, line: int | None = None) -> None:
        self.path, self.line = Path(path), line
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")


class UnknownName(QoptError):
    """A name that is not among those known; `nearest` are the likely ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        known = sorted(known)
        self.nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        likely = (
            f"did you mean {' or '.join(self.nearest)}?"
            if self.nearest
            else f"known: {', '.join(known)}"
        )
        super().__init__(f"no {kind} named {name!r}; {likely}{hint}")


class NotReady(QoptError):
    """A solver that lacks a package or a token; the text says how to get it."""


class ModelTooLarge(QoptError):
    """A model too large to build, known from its size formula."""

    def __init__(self, name: str, of: str, size: int, limit: int, remedy: str) -> None:
        self.size, self.limit = size, limit
        super().__init__(
            f"{name}: the model has {size:,} {of}, above the limit of {limit:,}; {remedy}"
        )


class Infeasible(QoptError):
    """No assignment can keep all constraints; `labels` are those that contradict each other or the variables' bounds."""

    def __init__(self, message: str, labels: tuple[Any, ...]) -> None:
        self.labels = labels
        super().__init__(message)


class NotEmbedded(QoptError):
    """A model too dense for the device it was to be embedded on."""


class PrecisionWarning(UserWarning):
    """Biases so far apart that the smaller are lost beside the larger where they go: on a device, or in single precision."""
