"""Trials as a table."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ..batch import Record
from ..pages import Cell, Column, Page, Section, Toned
from ..pages.content import numbers
from ..problem import better
from ..result import gap
from .sections.fallbacks import fallback_notes

LONGEST = 100  # rows that are shown one by one
SHORTEST = 0.1  # seconds for kernels, below which nothing is told
CAPTION = "gap to the best known objective; * to the best found here"


def trial_table(records: Sequence[Record], title: str = "") -> Page:
    """A row a trial, those of each instance together, in the order of the first of each.

    The gap is to the best known objective, or, marked with *, to the best of these trials.
    """
    several = len({record.seed for record in records}) > 1
    places: dict[tuple[str, str], int] = {}
    for record in records:
        places.setdefault((record.kind, record.instance), len(places))
    records = sorted(records, key=lambda record: places[record.kind, record.instance])
    columns = [
        *(Column(name, whole=True) for name in ("problem", "instance", "solver")),
        *(numbers("seed") if several else []),
        Column("feasible"),
        *numbers("objective", "gap", "seconds"),
    ]
    best = _best_found(records)
    instances = [(record.kind, record.instance) for record in records]
    rows = [
        [
            *instance,
            record.solver,
            *([str(record.seed)] if several else []),
            *_outcome(record, best.get(instance)),
        ]
        for record, instance in zip(records, instances, strict=True)
    ]
    apart = {k for k in range(1, len(rows)) if instances[k] != instances[k - 1]}
    return Page(
        title, [Section("", columns, rows, frozenset(apart), lines=_told(CAPTION, records))]
    )


def solver_table(records: Sequence[Record], title: str = "") -> Page:
    """A row a solver: how many trials it had and solved, its mean gap, and its seconds.

    Gaps are over the trials with a plan; the number of these stands beside it.
    """
    best = _best_found(records)
    columns = [
        Column("solver", whole=True),
        *numbers("trials", "feasible", "failed", "gap", "seconds"),
    ]
    rows: list[list[Cell]] = []
    for solver in dict.fromkeys(record.solver for record in records):
        mine = [record for record in records if record.solver == solver]
        gaps = [
            found
            for record in mine
            if record.objective is not None
            and (found := _fraction(record, best.get((record.kind, record.instance)))) is not None
        ]
        rows.append(
            [
                solver,
                str(len(mine)),
                str(sum(record.outcome == "feasible" for record in mine)),
                str(sum(record.failed for record in mine)),
                f"{fmean(gaps):+.2%}" if gaps else "",
                f"{fmean(record.seconds for record in mine):.1f}",
            ]
        )
    told = "mean gap to the best known objective, or else to the best found here"
    return Page(title, [Section("", columns, rows, lines=_told(told, records))])


def _told(caption: str, records: Sequence[Record]) -> list[str]:
    """What stands below a table; also that time limits do not count all of the seconds."""
    lines = [caption]
    kernels = sum(record.timing.get("jit", 0.0) for record in records if not record.copied)
    if kernels >= SHORTEST:
        why = "which are compiled once on a machine; no time limit counts these"
        lines.append(f"{kernels:.1f} of the seconds were for the annealer's kernels, {why}")
    return lines + fallback_notes(records)


def _fraction(record: Record, best_found: float | None) -> float | None:
    if record.gap is not None or record.objective is None:
        return record.gap
    return gap(record.sense, record.objective, best_found)


def _outcome(record: Record, best_found: float | None) -> tuple[Cell, str, str, str]:
    """Feasible, objective, gap and seconds of a trial."""
    seconds = f"{record.seconds:.1f}"
    if record.failed or record.outcome == "interrupted":
        why = f": {record.error}" if record.error else ""
        return Toned(f"{record.outcome}{why}", "bad"), "", "", seconds
    if record.objective is None:
        said = "infeasible-proved" if record.outcome == "infeasible" else record.outcome
        return Toned(f"no ({said})", "bad"), "", "", seconds
    return Toned("yes", "good"), f"{record.objective:.6g}", _gap(record, best_found), seconds


def _gap(record: Record, best_found: float | None) -> str:
    if record.gap is not None:
        return f"{record.gap:+.2%}"
    worse = None if record.objective is None else gap(record.sense, record.objective, best_found)
    return "" if worse is None else f"{worse:+.2%}*"


def _best_found(records: Sequence[Record]) -> dict[tuple[str, str], float]:
    """The best objective of each instance."""
    best: dict[tuple[str, str], float] = {}
    for record in records:
        instance, objective = (record.kind, record.instance), record.objective
        if objective is None:
            continue
        if instance not in best or better(record.sense, objective, best[instance]):
            best[instance] = objective
    return best
