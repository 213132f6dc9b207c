"""Faults on demand: what goes wrong, where, and how often."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..errors import QoptError, UnknownName
from ..kit.checks import require, require_count

REQUESTS = ("solvers", "submit", "poll", "answer", "cancel", "upload", "part", "combine", "data")
_OF_REQUESTS = ("status", "drop", "drop-after", "late", "slow", "cut", "html", "corrupt")
_OF_JOBS = ("failed", "cancelled", "offline", "lost", "slow")
# where a fault may strike -> what may happen there
PLACES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(REQUESTS, _OF_REQUESTS),
    "poll": (*_OF_REQUESTS, "without-id"),
    "job": _OF_JOBS,
    "token": ("expired",),
    "graph": ("change",),
}


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong on purpose.

    `where` is a kind of request ("solvers", "submit", "poll", "answer", "cancel", "upload", "part",
    "combine", "data"), or "job", "token" or "graph"; `PLACES` lists `what` may happen there:

    * status: the reply is this HTTP `status`, with `retry_after` in seconds where given;
    * drop: the connection is closed without a reply, before the request is looked at;
    * drop-after: the request is carried out, and the connection closed without a reply;
    * late: the request is carried out `seconds` later, though its client may have gone by then;
    * slow: the request is carried out, and the reply comes `seconds` later; of a job: it runs so
      much longer;
    * cut: the request is carried out, and the connection closed in the middle of the reply;
    * html: the reply is a page, as a gateway sends it;
    * corrupt: the reply is complete for HTTP, and half a text;
    * without-id: the reply to a poll leaves the jobs out;
    * failed, cancelled, offline, lost: how a job ends, with `message` for the first;
    * expired: the token is refused;
    * change: the chip is calibrated anew before the submission is looked at.

    It strikes `times` times (None: always), after it let `after` chances pass, and only where a
    job's label matches `label`, in which * stands for anything.
    """

    where: str
    what: str
    status: int = 503
    retry_after: float | None = None
    seconds: float = 1.0
    message: str | None = None
    times: int | None = 1
    label: str | None = None
    after: int = 0

    def __post_init__(self) -> None:
        if self.where not in PLACES:
            raise UnknownName("place of a fault", self.where, PLACES)
        if self.what not in PLACES[self.where]:
            raise UnknownName(f"fault of {self.where!r}", self.what, PLACES[self.where])
        good = isinstance(self.status, int) and 400 <= self.status <= 599
        require(good, "status", self.status, "a whole number from 400 to 599")
        for name in ("retry_after", "seconds"):
            value = getattr(self, name)
            fits = isinstance(value, int | float) and 0 <= value < math.inf
            require(fits or value is None, name, value, "seconds, 0 or more")
        require_count("times", self.times, optional=True)
        require_count("after", self.after, least=0)

    def concerns(self, labels: Sequence[str | None]) -> bool:
        """Whether it hits a request about jobs of these labels."""
        return self.label is None or any(fnmatchcase(label or "", self.label) for label in labels)


class Faults:
    """The faults that are still to strike. Threads may add and ask at any time."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._left: list[list[int]] = []  # of each: strikes left (-1: no end), chances to let pass
        self._faults: list[Fault] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)
            self._left.append([-1 if fault.times is None else fault.times, fault.after])

    def clear(self) -> None:
        """None any more."""
        with self._lock:
            self._faults.clear()
            self._left.clear()

    def strike(self, where: str, labels: Sequence[str | None] = ()) -> Fault | None:
        """The fault that strikes now, if any; it is counted."""
        with self._lock:
            for fault, left in zip(self._faults, self._left, strict=True):
                if fault.where != where or left[0] == 0 or not fault.concerns(labels):
                    continue
                if left[1] > 0:
                    left[1] -= 1
                    continue
                left[0] -= left[0] > 0
                return fault
        return None


def parse_fault(text: str) -> Fault:
    """A fault as the command line has it: ``WHERE=WHAT[,NAME=VALUE ...][:TIMES]``.

    WHAT is one of the words of `Fault`, or a number for a status; NAME is retry, seconds, message,
    label or after; TIMES is a count, or "always", and 1 where it is not given.

    >>> parse_fault("submit=503:2")
    Fault(where='submit', what='status', status=503, ..., times=2, label=None, after=0)

    Raises QoptError for what cannot be read.
    """
    where, equals, rest = text.partition("=")
    if not equals or not rest:
        raise QoptError(f"fault {text!r}: give WHERE=WHAT, such as submit=503:2")
    head, colon, tail = rest.rpartition(":")
    times: int | None = 1
    if colon and (tail == "always" or tail.isdecimal()):
        rest, times = head, None if tail == "always" else int(tail)
    what, *options = rest.split(",")
    status = int(what) if what.isdecimal() else 503
    try:
        fields = dict(_option(option) for option in options)
        return Fault(
            where.strip(), "status" if what.isdecimal() else what, status, times=times, **fields
        )
    except QoptError as error:
        raise QoptError(f"fault {text!r}: {error}") from None


_OPTIONS = {"retry": "retry_after", "seconds": "seconds", "message": "message"}
_OPTIONS |= {"label": "label", "after": "after"}


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if name not in _OPTIONS:
        raise UnknownName("option", name, _OPTIONS)
    if not equals:
        raise QoptError(f"option {name}: give {name}=VALUE")
    if name in ("message", "label"):
        return _OPTIONS[name], value
    try:
        return _OPTIONS[name], int(value) if name == "after" else float(value)
    except ValueError:
        raise QoptError(f"{text}: {value!r} is no number") from None
