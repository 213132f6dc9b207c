"""Getting one job to the service, once: what may have been received is looked for by its label and
never sent again blindly.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import QoptError
from .errors import Ambiguous, NotSent, Refused, Withdrawn
from .journal import Begun, Journal
from .journal.entry import REFUSED, WITHDRAWN, Entry
from .submission import Submission
from .wire import CallFailed, Sorted, Standing, Wire

TRIES = 6  # of one job, where the service says each time that it has not taken it
FIRST, LONGEST = 0.2, 10.0  # seconds between two tries, which double


@dataclass(frozen=True)
class Sender:
    """Sends jobs of one call. `over` is whether that call waits no longer, and `till` its end on
    the monotonic clock. `announce` is called before a job's data are sent; what it raises keeps
    them here.
    """

    wire: Wire
    journal: Journal
    till: float
    over: Callable[[], bool]
    announce: Callable[[Submission, Entry], None] | None = None

    def send(self, asked: Submission | None, begun: Begun) -> Standing:
        """The job at the service; what was noted in the journal of it agrees with what is raised.

        Without what is asked, a job that the service surely does not have is given up. Raises
        NotSent, Ambiguous or Refused.
        """
        job, settle = begun.entry.job, begun.step == "settle"
        if settle:
            self.journal.note_ambiguous(job, begun.entry.note or "the process that sent it is gone")
            if (found := self._look_up(begun)) is not None:
                return self._noted(job, found)
            self.journal.note_not_sent(job, "the service surely does not have it")
        if asked is None:
            self.journal.note_closed(job, WITHDRAWN, "the service surely does not have it")
            raise NotSent(f"job {job} was never received; its reservation is refunded", job)
        self._announced(asked, begun)
        last = Sorted("not-sent", "")
        data: Mapping[str, Any] | None = None
        for attempt in range(TRIES):
            if attempt:
                self._pause(_delay(attempt, last.again))
            self._require_time(job, last)
            try:
                data = self._data(asked) if data is None else data
            except CallFailed as error:
                last = error.what
                if last.sort in ("refused", "gone"):
                    raise self._refused(job, last) from None
                continue
            try:
                return self._noted(job, self._submitted(asked, begun, data))
            except CallFailed as error:
                last = error.what
            if last.sort in ("refused", "gone"):
                raise self._refused(job, last)
            if last.sort == "ambiguous":
                self.journal.note_ambiguous(job, last.text)
                found = self._look_up(begun)
            else:
                found = self._glance(begun) if last.reached else None
            if found is not None:
                return self._noted(job, found)
            self.journal.note_not_sent(job, last.text)
        self.journal.note_closed(job, WITHDRAWN, last.text)
        raise NotSent(
            f"{self.wire.endpoint}: job {job} was not taken ({last.text}); nothing is charged, and "
            "it may be asked for again",
            job,
        )

    def _announced(self, asked: Submission, begun: Begun) -> None:
        if self.announce is None:
            return
        try:
            self.announce(asked, begun.entry)
        except QoptError as error:
            self.journal.note_closed(begun.entry.job, WITHDRAWN, str(error))
            raise

    def _submitted(self, asked: Submission, begun: Begun, data: Mapping[str, Any]) -> Standing:
        self.journal.note_sending(begun.entry.job)
        return self.wire.submit(
            {
                "data": dict(data),
                "params": dict(asked.params),
                "solver": dict(asked.solver),
                "type": asked.type,
                "label": begun.entry.label,
            }
        )

    def _data(self, asked: Submission) -> Mapping[str, Any]:
        if asked.kind == "qpu":
            found: Mapping[str, Any] = json.loads(asked.problem)
            return found
        return {"format": "ref", "data": self.wire.upload(asked.problem)}

    def _look_up(self, begun: Begun) -> Standing | None:
        """The job by its label; None where the service surely does not have it: it was asked, and
        that long after the last moment at which the job may have been on its way.
        """
        job, label, note = begun.entry.job, begun.entry.label, ""
        sure = time.monotonic() + self.wire.settling
        attempt, waits = 0, True
        while waits:
            asked_at = time.monotonic()
            try:
                if found := self.wire.labelled(label):
                    return found[0]
                if asked_at >= sure:
                    return None
                attempt, wait = 0, min(0.5, max(0.01, sure - asked_at))
            except CallFailed as error:
                note, attempt = f" ({error.what.text})", attempt + 1
                if error.what.unauthorised:
                    break
                wait = _delay(attempt, error.what.again)
            waits = self._pause(wait)
        raise Ambiguous(
            f"{self.wire.endpoint}: it is not known whether job {job} ({label}) was "
            f"received{note}; `qopt jobs resume {job}`, or the same call again, asks the service, "
            "and does not pay twice",
            job,
        )

    def _glance(self, begun: Begun) -> Standing | None:
        """The job by its label, where the service has just said that it did not take it."""
        try:
            return next(iter(self.wire.labelled(begun.entry.label)), None)
        except CallFailed:
            return None

    def _noted(self, job: str, found: Standing) -> Standing:
        self.journal.note_submitted(job, found.id)
        return found

    def _refused(self, job: str, what: Sorted) -> Refused:
        self.journal.note_closed(job, REFUSED, what.text)
        remedy = "; run `dwave setup`, or set DWAVE_API_TOKEN" if what.unauthorised else ""
        return Refused(
            f"{self.wire.endpoint} refused job {job}: {what.text}; nothing is charged{remedy}", job
        )

    def _require_time(self, job: str, last: Sorted) -> None:
        """Nothing is sent any more once the call is over. Raises NotSent."""
        if not self.over() and time.monotonic() < self.till:
            return
        self.journal.note_closed(job, WITHDRAWN, last.text or "the call was over before")
        stopped = self.over() and time.monotonic() < self.till
        what, kind = ("interrupted", Withdrawn) if stopped else ("too late", NotSent)
        said = f" ({last.text})" if last.text else ""
        raise kind(f"{what}: job {job} was not sent{said}; nothing is charged", job)

    def _pause(self, seconds: float) -> bool:
        """Whether the call still waits afterwards; one that would not is told so at once."""
        end = time.monotonic() + seconds
        while not self.over() and time.monotonic() < min(end, self.till):
            if end > self.till:
                return False
            time.sleep(min(0.05, max(0.0, end - time.monotonic())))
        return not self.over() and time.monotonic() < self.till


def _delay(attempt: int, again: float | None) -> float:
    """Seconds before the next try: what the service asks for, or longer each time."""
    own = min(LONGEST, FIRST * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.25)
    return own if again is None else max(again, own)
