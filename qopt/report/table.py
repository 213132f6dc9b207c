"""Trials as a table on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table

from ..batch import TrialRecord
from ..problem import better
from ..result import Result, gap


def trial_table(records: Sequence[TrialRecord], title: str = "") -> Table:
    """A row a trial. The gap is to the best known objective, or, marked with *, to the best of these trials."""
    table = Table(title=title, caption="gap: to the best known objective; * to the best of these trials, where none is known")
    for column in ("problem", "instance", "solver", "seed", "feasible", "objective", "gap", "seconds"):
        table.add_column(column, justify="right" if column in ("seed", "objective", "gap", "seconds") else "left")
    instance = None
    for record in records:
        if instance not in (None, _instance(record)):
            table.add_section()
        instance = _instance(record)
        table.add_row(*_cells(record, _best_found(records, instance)))
    return table


def _cells(record: TrialRecord, best_found: float | None) -> Iterable[str]:
    trial, result = record.trial, record.result
    if result is None:
        return (
            *_instance(record),
            trial.solver,
            str(trial.seed),
            f"[red]failed: {record.error}",
            "",
            "",
            f"{record.seconds:.1f}",
        )
    feasible = "[green]yes" if result.objective is not None else f"[red]no ({result.status.value})"
    objective = "" if result.objective is None else f"{result.objective:.6g}"
    return (
        *_instance(record),
        trial.solver,
        str(trial.seed),
        feasible,
        objective,
        _gap(result, best_found),
        f"{record.seconds:.1f}",
    )


def _gap(result: Result[Any], best_found: float | None) -> str:
    if result.gap is not None:
        return f"{result.gap:+.2%}"
    found = None if result.objective is None else gap(result.sense, result.objective, best_found)
    return "" if found is None else f"{found:+.2%}*"


def _instance(record: TrialRecord) -> tuple[str, str]:
    from ..problem import kind_of, name_of

    return kind_of(record.trial.problem), name_of(record.trial.problem)


def _best_found(records: Sequence[TrialRecord], instance: tuple[str, str]) -> float | None:
    best: float | None = None
    for record in records:
        result = record.result
        if result is not None and result.objective is not None and _instance(record) == instance:
            best = result.objective if best is None or better(result.sense, result.objective, best) else best
    return best
