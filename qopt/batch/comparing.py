"""A study's records as the statistics take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .records.record import Record

if TYPE_CHECKING:
    from ..compare import Run

# a trial counts as disturbed where others had a larger share of its cores, or it was stolen
DISTURBED = 0.1


def runs_of(records: Iterable[Record]) -> list[Run]:
    """A run for each record that ended; one that was interrupted is none."""
    from ..compare import Run

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
            cost=record.money or 0.0,
            disturbed=disturbed(record),
        )
        for record in records
        if record.outcome != "interrupted"
    ]


def disturbed(record: Record) -> bool:
    """Whether other work on the machine may have slowed a trial."""
    shares = (record.machine.get("others"), record.machine.get("steal"))
    return any(share is not None and share > DISTURBED for share in shares)
