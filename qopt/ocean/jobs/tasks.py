"""The jobs of one call, as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import QoptError
from .answers import Answered
from .journal import Begun
from .submission import Submission

Outcome = Answered | QoptError


@dataclass(frozen=True)
class Progress:
    """Of a call: how many jobs wait, are answered, and have ended otherwise, after `seconds`."""

    waiting: int
    answered: int
    ended: int
    seconds: float


@dataclass
class Task:
    """One job of the call, as far as it has come."""

    place: int
    asked: Submission | None
    begun: Begun | None = None
    id: str | None = None
    outcome: Outcome | None = None
    state: str = "new"  # then busy, queued, sending, waiting, fetching, done
    misses: int = 0
    tries: int = 0
    gone: int = 0
    due: float = 0.0  # when it is looked at again
    said: str = ""  # why it could not be asked for, or its answer fetched
    left: bool = False  # the call is over, and the thread that sends it has it still
    back: bool = False  # that thread has given it back
