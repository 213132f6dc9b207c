"""Whether the question was settled before the first trial, and what was changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from ...batch import Record
from ...batch.records.store import Registered


@dataclass(frozen=True)
class Registration:
    """`sound` where the question that is answered was there before the first trial, unchanged."""

    sound: bool
    lines: tuple[str, ...]


def registration(
    registered: Sequence[Registered], records: Sequence[Record], *, asked_late: bool
) -> Registration:
    """What is known of when the question was asked, a sentence each."""
    asked = [each for each in registered if each.question]
    own = sorted(_time(r.started) for r in records if r.started and not r.copied)
    if not asked:
        lines = ["The study registers no question."]
        if asked_late:
            lines.append("The one that is answered here was asked after the trials.")
        return Registration(False, tuple(lines))
    lines, sound = [_first(asked[0], own)], _before(asked[0], own) == 0 and not asked_late
    for change in _changes(asked, own):
        lines.append(change)
        sound = False
    if len(lines) == 1:
        lines.append("It was not changed since.")
    if asked_late:
        lines.append("What is answered here is another question, asked after the trials.")
    copied = sum(record.copied for record in records)
    if copied:
        lines.append(
            f"{copied:,} of {len(records):,} trials were taken over from another study, and had "
            "been solved before the question was registered."
        )
        sound = False
    return Registration(sound, tuple(lines))


def _first(asked: Registered, own: Sequence[datetime]) -> str:
    when = _said(_time(asked.made))
    begun = _before(asked, own)
    if begun:
        return (
            f"The question was registered on {when}, after {begun:,} of {len(own):,} trials had "
            "begun."
        )
    if not own:
        return f"The question was registered on {when}."
    return (
        f"The question was registered on {when}, before the first trial, which began on "
        f"{_said(own[0])}."
    )


def _changes(asked: Sequence[Registered], own: Sequence[datetime]) -> Iterator[str]:
    for before, after in pairwise(asked):
        if before.question == after.question:
            continue
        begun = _before(after, own)
        yield (
            f"It was changed on {_said(_time(after.made))}, after {begun:,} of {len(own):,} trials "
            f"had begun: {_difference(before.question, after.question)}."
        )


def _before(asked: Registered, own: Sequence[datetime]) -> int:
    """How many trials had begun when it was asked."""
    made = _time(asked.made)
    return sum(started < made for started in own)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return ", ".join(f"{key} was {before.get(key)!r} and is {after.get(key)!r}" for key in changed)


def _time(stamp: str | None) -> datetime:
    return datetime.fromisoformat(str(stamp))


def _said(time: datetime) -> str:
    return time.strftime("%Y-%m-%d at %H:%M:%S UTC")
