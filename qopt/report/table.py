"""Trials as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..batch import TrialRecord
from ..pages import Cell, Column, Page, Section, Toned
from ..pages.content import numbers
from ..plugins import kind_of
from ..problem import better, name_of
from ..result import Result, gap

CAPTION = "gap to the best known objective; * to the best found here"


def trial_table(records: Sequence[TrialRecord], title: str = "") -> Page:
    """A row a trial, those of each instance apart from those of others.

    The gap is to the best known objective, or, marked with *, to the best of these trials.
    """
    several = len({record.trial.seed for record in records}) > 1
    columns = [
        *(Column(name, whole=True) for name in ("problem", "instance", "solver")),
        *(numbers("seed") if several else []),
        Column("feasible"),
        *numbers("objective", "gap", "seconds"),
    ]
    instances = [_instance(record) for record in records]
    rows = [
        [
            *instance,
            record.trial.solver,
            *([str(record.trial.seed)] if several else []),
            *_outcome(record, _best_found(records, instance)),
        ]
        for record, instance in zip(records, instances, strict=True)
    ]
    apart = {k for k in range(1, len(rows)) if instances[k] != instances[k - 1]}
    return Page(title, [Section("", columns, rows, frozenset(apart), lines=[CAPTION])])


def _outcome(record: TrialRecord, best_found: float | None) -> tuple[Cell, str, str, str]:
    """Feasible, objective, gap and seconds of a trial."""
    result, seconds = record.result, f"{record.seconds:.1f}"
    if result is None:
        return Toned(f"failed: {record.error or ''}", "bad"), "", "", seconds
    if result.objective is None:
        return Toned(f"no ({result.status.value})", "bad"), "", "", seconds
    return Toned("yes", "good"), f"{result.objective:.6g}", _gap(result, best_found), seconds


def _gap(result: Result[Any], best_found: float | None) -> str:
    if result.gap is not None:
        return f"{result.gap:+.2%}"
    worse = None if result.objective is None else gap(result.sense, result.objective, best_found)
    return "" if worse is None else f"{worse:+.2%}*"


def _instance(record: TrialRecord) -> tuple[str, str]:
    return kind_of(record.trial.problem), name_of(record.trial.problem)


def _best_found(records: Sequence[TrialRecord], instance: tuple[str, str]) -> float | None:
    best: float | None = None
    for record in records:
        result = record.result
        if result is None or result.objective is None or _instance(record) != instance:
            continue
        if best is None or better(result.sense, result.objective, best):
            best = result.objective
    return best
