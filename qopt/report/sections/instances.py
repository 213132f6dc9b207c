"""Each instance with what every solver reached there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from ...batch import Record
from ...compare import Reference
from ...compare.sentences import amount
from ...pages import Cell, Column, Section, Toned
from ...pages.content import numbers

MOST = 60  # rows; a page of more is slow, and nobody reads it


def instance_table(records: Sequence[Record], references: Sequence[Reference]) -> Section:
    """A row an instance and solver: plans, the best and the mean objective, and what the gaps are
    measured from; of the first instances, where there are many.
    """
    known = {each.instance: each for each in references}
    groups = defaultdict[tuple[str, str], list[Record]](list)
    for record in records:
        groups[f"{record.kind}: {record.instance}", record.solver].append(record)
    rows: list[list[Cell]] = []
    apart, before = set(), ""
    for (instance, solver), own in groups.items():
        if len(rows) == MOST:
            break
        if before and instance != before:
            apart.add(len(rows))
        rows.append(
            [
                Toned(instance, "strong") if instance != before else "",
                solver,
                *_figures(own),
                _told(known.get(instance)),
            ]
        )
        before = instance
    columns = [
        Column("instance", whole=True),
        Column("solver", whole=True),
        *numbers("plans", "best objective", "mean objective", "seconds"),
        Column("gaps are measured from"),
    ]
    left = len(groups) - len(rows)
    lines = [f"{left:,} more rows are left out; the list of all trials has them."] if left else ()
    return Section(columns=columns, rows=rows, apart=frozenset(apart), lines=lines)


def _told(reference: Reference | None) -> str:
    if reference is None or reference.objective is None:
        return "none"
    return f"{reference.objective:.6g}, {reference.source}"


def _figures(records: Sequence[Record]) -> list[Cell]:
    known = [record.objective for record in records if record.objective is not None]
    seconds = amount(fmean(record.seconds for record in records))
    plans = f"{len(known)} of {len(records)}"
    if not known:
        return [Toned(plans, "bad"), "", "", seconds]
    best = min(known) if records[0].sense == "min" else max(known)
    return [plans, f"{best:.6g}", f"{fmean(known):.6g}", seconds]
