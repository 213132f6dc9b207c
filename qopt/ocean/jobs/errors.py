"""What can become of a job but an answer, sorted by what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...errors import QoptError, Stopped


class JobError(QoptError):
    """A job without an answer. `job` is its id in the journal, where it has one.

    `status` is one word of what became of it. Where it is `resumable`, the same call again, or
    `qopt jobs resume`, goes on with it, and it is not paid for twice.
    """

    status: str = "unknown"
    resumable: bool = False

    def __init__(self, message: str, job: str | None = None) -> None:
        self.job = job
        super().__init__(" ".join(message.split()))


class Unanswered(JobError):
    """Several jobs, none of which was answered. It is as the first of them that may be answered
    still, or else as the first.

    `errors` are those of all, and `charged` is what jobs before them were charged that their answer
    would have told of.
    """

    def __init__(
        self, errors: Sequence[QoptError], charged: Mapping[str, float | None] | None = None
    ) -> None:
        self.errors, self.charged = tuple(errors), dict(charged or {})
        first = next((e for e in errors if getattr(e, "resumable", False)), errors[0])
        self.status = getattr(first, "status", self.status)
        self.resumable = getattr(first, "resumable", False)
        super().__init__(str(first), getattr(first, "job", None))


class NotSent(JobError):
    """The service surely does not have it: nothing is charged, and it may be asked for again."""

    status = "not-sent"


class Withdrawn(NotSent, Stopped):
    """It was asked to stop before it was sent."""


class Ambiguous(JobError):
    """It is not known whether the service has it: the reply was lost, and the service could not be
    asked for it by its label. The reservation in its budget stays.
    """

    status, resumable = "ambiguous", True


class Waiting(JobError):
    """The service has it, or another process is at it, and this call no longer waits for it."""

    status, resumable = "waiting", True


class TooLate(Waiting):
    """Our deadline passed."""

    status = "too-late"


class Interrupted(Waiting, Stopped):
    """It was asked to stop."""

    status = "interrupted"


class Unreachable(Waiting):
    """The service does not let us ask for it any more: the token has run out, for example."""

    status = "unreachable"


class Terminal(JobError):
    """It has ended, and there will be no answer."""

    status = "ended"


class Refused(Terminal):
    """The service did not take it: wrong token, unknown solver, parameters out of range."""

    status = "refused"


class Failed(Terminal):
    """The service took it and failed, as where the solver is offline."""

    status = "failed"


class Cancelled(Terminal):
    """It was cancelled at the service before it had run."""

    status = "cancelled"


class Lost(Terminal):
    """The service had taken it, and does not know it any more. It may have been charged, so that
    it is sent again only where `reuse=False` asks for it.
    """

    status = "lost"
