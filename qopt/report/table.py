"""Trials as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from ..batch import TrialRecord
from ..plugins import kind_of
from ..problem import better, name_of
from ..result import Result, gap


def trial_table(records: Sequence[TrialRecord], title: str = "") -> Table:
    """A row a trial. The gap is to the best known objective, or, marked with *, to the best of these trials."""
    caption = "gap to the best known objective; * to the best found here"
    table = Table(
        title=title,
        caption=caption,
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    several = len({record.trial.seed for record in records}) > 1
    columns = [
        "problem",
        "instance",
        "solver",
        *["seed"] * several,
        "feasible",
        "objective",
        "gap",
        "seconds",
    ]
    for column in columns:
        right = column in ("seed", "objective", "gap", "seconds")
        table.add_column(column, justify="right" if right else "left", no_wrap=column != "feasible")
    instance = None
    for record in records:
        if instance not in (None, _instance(record)):
            table.add_section()
        instance = _instance(record)
        seed = [str(record.trial.seed)] * several
        table.add_row(
            *map(escape, [*instance, record.trial.solver]),
            *seed,
            *_outcome(record, _best_found(records, instance)),
        )
    return table


def _outcome(record: TrialRecord, best_found: float | None) -> tuple[str, str, str, str]:
    """Feasible, objective, gap and seconds of a trial."""
    result, seconds = record.result, f"{record.seconds:.1f}"
    if result is None:
        return f"[red]failed: {escape(record.error or '')}", "", "", seconds
    if result.objective is None:
        return f"[red]no ({result.status.value})", "", "", seconds
    return "[green]yes", f"{result.objective:.6g}", _gap(result, best_found), seconds


def _gap(result: Result[Any], best_found: float | None) -> str:
    if result.gap is not None:
        return f"{result.gap:+.2%}"
    found = None if result.objective is None else gap(result.sense, result.objective, best_found)
    return "" if found is None else f"{found:+.2%}*"


def _instance(record: TrialRecord) -> tuple[str, str]:
    return kind_of(record.trial.problem), name_of(record.trial.problem)


def _best_found(records: Sequence[TrialRecord], instance: tuple[str, str]) -> float | None:
    best: float | None = None
    for record in records:
        result = record.result
        if result is not None and result.objective is not None and _instance(record) == instance:
            best = (
                result.objective
                if best is None or better(result.sense, result.objective, best)
                else best
            )
    return best
