"""A study's records as the statistics take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from .records.record import Record

if TYPE_CHECKING:
    from ..compare import Comparison, Run

# a trial counts as disturbed where others had a larger share of its cores, or it was stolen
DISTURBED = 0.1


def runs_of(records: Iterable[Record]) -> list[Run]:
    """A run for each record that ended; one that was interrupted is none."""
    from ..compare import Run

    records = list(records)
    shares = _shares(records)
    return [
        Run(
            instance=f"{record.kind}: {record.instance}",
            solver=record.solver,
            seed=record.seed,
            sense=record.sense,
            objective=record.objective if record.outcome == "feasible" else None,
            outcome=record.outcome,
            seconds=record.seconds,
            deadline=record.time_limit,
            trace=record.trace,
            best_known=record.best_known,
            cost=(record.money or 0.0) + shares.get(record.solver, 0.0),
            disturbed=disturbed(record),
            snapshot=record.snapshot,
        )
        for record in records
        if record.outcome != "interrupted"
    ]


def compared(records: Sequence[Record], asked: Mapping[str, Any]) -> Comparison:
    """Each solver against the baseline. `asked` is a question as a study registers it: with the
    `looks` that its risk is split among, and objectives of service, which are none of it.

    Raises QoptError.
    """
    from ..compare import Question, compare

    known = {each.name for each in fields(Question)}
    given = {name: value for name, value in asked.items() if name in known}
    given.setdefault("margin", 1.0)
    given["alpha"] = given.get("alpha", 0.05) / asked.get("looks", 1)
    found = compare(runs_of(records), Question(**given))
    told = notes_on_tuning(records, found.question.baseline)
    return replace(found, notes=(*found.notes, *told))


def _shares(records: Sequence[Record]) -> dict[str, float]:
    """What tuning a solver cost, for each of its trials."""
    tuned = {record.solver: record.tuned for record in records if record.tuned is not None}
    counts = Counter(record.solver for record in records)
    return {solver: found["money"] / counts[solver] for solver, found in tuned.items()}


def notes_on_tuning(records: Sequence[Record], baseline: str) -> tuple[str, ...]:
    """Which solvers were tuned, and what that took; and that the baseline was not, if so."""
    tuned = {record.solver: record.tuned for record in records if record.tuned is not None}
    notes = [
        f"{solver} was tuned: {found['trials']} trials on other instances, {found['seconds']:.0f} "
        f"seconds, {found['money']:g} of money; the money is part of what it costs here."
        for solver, found in tuned.items()
    ]
    if tuned and baseline not in tuned:
        notes.append(f"{baseline}, the baseline, was NOT tuned.")
    return tuple(notes)


def disturbed(record: Record) -> bool:
    """Whether other work on the machine may have slowed a trial."""
    shares = (record.machine.get("others"), record.machine.get("steal"))
    return any(share is not None and share > DISTURBED for share in shares)
