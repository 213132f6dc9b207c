"""The journal: what was asked, sent, answered and charged, on disk before anything is sent."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ....errors import FileError, UnknownName
from ...money import Budget, Cost
from ..submission import Submission
from . import budgets
from .database import UNSENT, Database
from .entry import (
    AMBIGUOUS,
    ANSWERED,
    COLUMNS,
    INTENDED,
    LOST,
    OPEN,
    SENDING,
    SUBMITTED,
    Entry,
    packed,
    unpacked,
)
from .owners import Owners

# what is to be done with a job: send it, ask for it by its label, wait for it; or nothing, as it is
# answered, another process is at it, or the service has lost it
Step = Literal["send", "settle", "wait", "answered", "busy", "lost"]
STEPS: Mapping[str, Step] = {INTENDED: "send", SUBMITTED: "wait"}


@dataclass(frozen=True)
class Begun:
    """A job, what is to be done with it, and, where that is something, the claim to do it."""

    entry: Entry
    step: Step
    claim: str | None = None
    fresh: bool = False


class Journal:
    """Open on a file, which is made where it is not there; close it, or use it as a context.

    Threads and processes may have it open at a time. Raises FileError where it is damaged, or
    locked by another program for longer than `patience` seconds.
    """

    def __init__(self, path: str | Path, *, patience: float = 10.0) -> None:
        self.path = Path(path)
        self._base = Database(self.path, patience=patience)
        self._owners = Owners(self.path.with_name(f"{self.path.name}.owners"))

    @classmethod
    def of_user(cls) -> Journal:
        """At `QOPT_JOURNAL`, or where a user's programs keep their state."""
        return cls(journal_path())

    def __repr__(self) -> str:
        return f"Journal({str(self.path)!r})"

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._base.close()
        self._owners.close()

    # a job from its beginning to its end

    def begin(self, asked: Submission, endpoint: str, *, reuse: bool = True) -> Begun:
        """What is to be done about what is asked; it is noted, and its cost reserved.

        Raises OverBudget, or UnknownName for a budget that is not there; nothing is noted then.
        """
        with self._base.changing(UNSENT) as base:
            row = base.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE question = ? AND endpoint = ? "
                f"AND state IN ({_marks(OPEN)})",
                (asked.question, endpoint, *OPEN),
            ).fetchone()
            if row is not None:
                return self._claimed(base, Entry(*row))
            if reuse:
                row = base.execute(
                    f"SELECT {COLUMNS} FROM jobs WHERE key = ? AND endpoint = ? AND (state = ? OR "
                    "(state = ? AND job IN (SELECT job FROM papers WHERE answer IS NOT NULL))) "
                    "ORDER BY changed DESC, state LIMIT 1",
                    (asked.key, endpoint, LOST, ANSWERED),
                ).fetchone()
                if row is not None:
                    entry = Entry(*row)
                    return Begun(entry, "answered" if entry.state == ANSWERED else "lost")
            cost = asked.reserved
            if asked.budget is not None:
                budgets.found(base, asked.budget).require_room(cost)
            job, claim = _number(base), self._owners.claim()
            solver = json.dumps(dict(asked.solver), sort_keys=True)
            try:
                base.execute(
                    "INSERT INTO jobs (job, label, key, question, state, kind, type, name, solver, "
                    "endpoint, budget, estimate, per_second, per_job, held_seconds, held_money, "
                    f"created, changed, owner) VALUES ({_marks(range(19))})",
                    (
                        job, asked.label(job), asked.key, asked.question, INTENDED, asked.kind,
                        asked.type, asked.name, solver, endpoint,
                        asked.budget, asked.estimate, asked.price.per_second, asked.price.per_job,
                        cost.seconds, cost.money, now(), now(), claim,
                    ),
                )  # fmt: skip
                base.execute(
                    "INSERT INTO papers (job, payload) VALUES (?, ?)", (job, packed(asked.payload))
                )
            except BaseException:
                self._owners.give_up(claim)
                raise
            return Begun(_entry(base, job), "send", claim, fresh=True)

    def claim(self, job: str) -> Begun:
        """What is to be done about a job that is there. Raises UnknownName."""
        with self._base.changing() as base:
            entry = _entry(base, job)
            if not entry.open:
                step: Step = "answered" if entry.state == ANSWERED else "lost"
                return Begun(entry, step)
            return self._claimed(base, entry)

    def _claimed(self, base: sqlite3.Connection, entry: Entry) -> Begun:
        if self._owners.alive(entry.owner):
            return Begun(entry, "busy")
        claim = self._owners.claim()
        base.execute("UPDATE jobs SET owner = ? WHERE job = ?", (claim, entry.job))
        return Begun(entry, STEPS.get(entry.state, "settle"), claim)

    def is_claimed(self, entry: Entry) -> bool:
        """Whether somebody who may still be at work is at a job."""
        return entry.open and self._owners.alive(entry.owner)

    def give_up(self, begun: Begun) -> None:
        """Let others go on with a job, other processes too."""
        if begun.claim is None:
            return
        mine = "SELECT 1 FROM jobs WHERE job = ? AND owner = ?"
        with suppress(FileError):  # then it is ours until this process ends
            with self._base.reading() as base:
                held = base.execute(mine, (begun.entry.job, begun.claim)).fetchone()
            if held is not None:
                with self._base.changing() as base:
                    base.execute(
                        "UPDATE jobs SET owner = NULL WHERE job = ? AND owner = ?",
                        (begun.entry.job, begun.claim),
                    )
        self._owners.give_up(begun.claim)

    def note_sending(self, job: str) -> None:
        """Before each attempt: from here on the service may have it."""
        self._move(job, SENDING, "", "attempts = attempts + 1")

    def note_not_sent(self, job: str, note: str) -> None:
        """The service surely does not have it, and it may be sent again."""
        self._move(job, INTENDED, note)

    def note_ambiguous(self, job: str, note: str) -> None:
        self._move(job, AMBIGUOUS, note)

    def note_submitted(self, job: str, problem_id: str) -> None:
        self._move(job, SUBMITTED, "", "problem_id = ?", (problem_id,))

    def note_answered(
        self,
        job: str,
        answer: Mapping[str, Any],
        seconds: float | None,
        binary: bytes | None = None,
        twice: Sequence[tuple[str, float]] = (),
    ) -> Entry:
        """The answer and the charge, and the rest of the reservation is free again.

        `seconds` are None where the service did not tell: the estimate is counted then. `twice` are
        ids and charges of other jobs that the service has made of this one.
        """
        with self._base.changing() as base:
            entry = _entry(base, job)
            if entry.open:
                note = "" if seconds is not None else "no charge was told: the estimate is counted"
                charged = entry.estimate if seconds is None else seconds
                for id, more in twice:
                    note += f"; the service took it a second time as {id}, and charged {more:g} s"
                    charged += more
                _close(base, entry, ANSWERED, note.removeprefix("; "), charged)
                base.execute(
                    "UPDATE papers SET answer = ?, binary = ? WHERE job = ?",
                    (packed(answer), None if binary is None else packed(binary), job),
                )
            return _entry(base, job)

    def note_closed(
        self, job: str, state: str, note: str = "", seconds: float | None = None
    ) -> Entry:
        """An end without an answer, and what was charged for it nevertheless, None for nothing."""
        with self._base.changing() as base:
            entry = _entry(base, job)
            if entry.open:
                _close(base, entry, state, note, seconds)
            return _entry(base, job)

    def _move(
        self, job: str, state: str, note: str, more: str = "", values: tuple[Any, ...] = ()
    ) -> None:
        more = f", {more}" if more else ""
        with self._base.changing() as base:
            base.execute(
                f"UPDATE jobs SET state = ?, note = ?, changed = ?{more} "
                f"WHERE job = ? AND state IN ({_marks(OPEN)})",
                (state, note, now(), *values, job, *OPEN),
            )

    def forget(self, before: datetime) -> int:
        """Drop the answers, and what they were to be decoded with, of jobs that ended before; how
        many. What they were charged stays; their questions are asked anew, and paid for.
        """
        when = before.astimezone(UTC).isoformat(timespec="milliseconds")
        with self._base.changing() as base:
            return base.execute(
                "DELETE FROM papers WHERE job IN "
                f"(SELECT job FROM jobs WHERE changed < ? AND state NOT IN ({_marks(OPEN)}))",
                (when, *OPEN),
            ).rowcount

    # what is there

    def entry(self, job: str) -> Entry:
        """Raises UnknownName."""
        with self._base.reading() as base:
            return _entry(base, job)

    def entries(self, states: Sequence[str] = ()) -> list[Entry]:
        """All, or those of some states, the first first."""
        where = f"WHERE state IN ({_marks(states)}) " if states else ""
        with self._base.reading() as base:
            rows = base.execute(
                f"SELECT {COLUMNS} FROM jobs {where}ORDER BY created, rowid", tuple(states)
            )
            return [Entry(*row) for row in rows]

    def waiting_for(self, question: str, endpoint: str) -> Entry | None:
        """The job under way for a question (`Submission.question`), if there is one."""
        with self._base.reading() as base:
            row = base.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE question = ? AND endpoint = ? "
                f"AND state IN ({_marks(OPEN)})",
                (question, endpoint, *OPEN),
            ).fetchone()
        return None if row is None else Entry(*row)

    def payload(self, job: str) -> dict[str, Any]:
        """What was given to decode the answer with."""
        return dict(self._paper(job, "payload") or {})

    def answer(self, job: str) -> tuple[dict[str, Any], bytes | None]:
        """The answer as the service gave it, and its file, where it has one."""
        import zlib

        with self._base.reading() as base:
            row = base.execute("SELECT answer, binary FROM papers WHERE job = ?", (job,)).fetchone()
        answer, binary = row if row is not None else (None, None)
        if answer is None:
            raise UnknownName("answer of a job", job, [])
        return unpacked(answer), None if binary is None else zlib.decompress(binary)

    def _paper(self, job: str, which: str) -> Any:
        with self._base.reading() as base:
            row = base.execute(f"SELECT {which} FROM papers WHERE job = ?", (job,)).fetchone()
        return None if row is None or row[0] is None else unpacked(row[0])

    # budgets

    def budget(self, name: str) -> Budget:
        """With what is spent and reserved. Raises UnknownName."""
        with self._base.reading() as base:
            return budgets.found(base, name)

    def budgets(self) -> list[Budget]:
        with self._base.reading() as base:
            return budgets.all_of(base)

    def set_budget(
        self, name: str, *, seconds: float | None = None, money: float | None = None
    ) -> Budget:
        """Make a budget, or change a limit of it; a limit of None stays as it is, or none."""
        Budget(name, seconds, money)  # its complaints
        with self._base.changing() as base:
            return budgets.changed(base, name, seconds, money)

    def spent(self, name: str) -> Cost:
        return self.budget(name).spent


def journal_path() -> Path:
    """`QOPT_JOURNAL` names the file; else it is where a user's programs keep their state."""
    named = os.environ.get("QOPT_JOURNAL")
    if named:
        return Path(named)
    home = Path.home()
    places = {
        "win32": Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")),
        "darwin": home / "Library" / "Application Support",
    }
    base = os.environ.get("XDG_STATE_HOME") or home / ".local" / "state"
    return places.get(sys.platform, Path(base)) / "qopt" / "jobs.sqlite"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _close(
    base: sqlite3.Connection, entry: Entry, state: str, note: str, seconds: float | None
) -> None:
    charged = Cost() if seconds is None else entry.price.cost(seconds)
    base.execute(
        "UPDATE jobs SET state = ?, note = ?, changed = ?, owner = NULL, held_seconds = 0, "
        "held_money = 0, charged_seconds = ?, charged_money = ? WHERE job = ?",
        (state, note, now(), charged.seconds, charged.money, entry.job),
    )


def _entry(base: sqlite3.Connection, job: str) -> Entry:
    row = base.execute(f"SELECT {COLUMNS} FROM jobs WHERE job = ?", (job,)).fetchone()
    if row is None:
        known = [each for (each,) in base.execute("SELECT job FROM jobs")]
        raise UnknownName("job", job, known or ["none"], "; `qopt jobs --all` lists them")
    return Entry(*row)


def _number(base: sqlite3.Connection) -> str:
    while True:
        number = secrets.token_hex(4)
        if not base.execute("SELECT 1 FROM jobs WHERE job = ?", (number,)).fetchone():
            return number


def _marks(values: Sequence[Any] | range) -> str:
    return ", ".join("?" * len(values))
