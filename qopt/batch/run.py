"""Running the trials of a spec, one after the other."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import FileError, QoptError
from ..problem import Problem, name_of
from ..result import Result
from ..solve import solve
from ..solver import Progress


@dataclass(frozen=True)
class Trial:
    """One solve to do."""

    problem: Problem[Any]
    solver: str
    parameters: Mapping[str, Any]
    time_limit: float
    seed: int

    copy: int = 1

    @property
    def label(self) -> str:
        """Fit for a file name; unique among trials that were `numbered`."""
        label = re.sub(
            r"[^\w.-]+", "-", f"{name_of(self.problem)}--{self.solver}--seed-{self.seed}"
        )
        return label if self.copy == 1 else f"{label}--{self.copy}"


def numbered(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """The trials, those that would share a label told apart by their `copy`: 1, 2, ..."""
    counts: dict[str, int] = {}
    apart = []
    for trial in trials:
        counts[trial.label] = counts.get(trial.label, 0) + 1
        apart.append(replace(trial, copy=counts[trial.label]))
    return tuple(apart)


@dataclass(frozen=True)
class TrialRecord:
    """What came of a trial: its result or its error, and its `seconds` of wall time."""

    trial: Trial
    seconds: float
    result: Result[Any] | None = None
    error: str | None = None


def run_trials(
    trials: Iterable[Trial],
    output: Path,
    *,
    on_start: Callable[[Trial], None] | None = None,
    on_progress: Callable[[Trial, Progress], None] | None = None,
    on_end: Callable[[TrialRecord], None] | None = None,
    interrupt: Callable[[], bool] | None = None,
) -> list[TrialRecord]:
    """Solve each trial and save its result as `output/LABEL.json`; a trial that fails does not keep
    the next from running.

    `interrupt` is passed on to the solver; the trial it ended is saved, and is the last.
    """
    records = []
    for trial in trials:
        if on_start is not None:
            on_start(trial)
        record = _run(trial, output, on_progress, interrupt)
        records.append(record)
        if on_end is not None:
            on_end(record)
        if (record.result is not None and record.result.stopped_by == "interrupt") or (
            interrupt is not None and interrupt()
        ):
            break
    return records


def _run(
    trial: Trial,
    output: Path,
    on_progress: Callable[[Trial, Progress], None] | None,
    interrupt: Callable[[], bool] | None,
) -> TrialRecord:
    started = time.perf_counter()
    try:
        result = solve(
            trial.problem,
            solver=trial.solver,
            time_limit=trial.time_limit,
            seed=trial.seed,
            on_progress=None
            if on_progress is None
            else lambda progress: on_progress(trial, progress),
            interrupt=interrupt,
            **trial.parameters,
        )
    except QoptError as error:
        return TrialRecord(trial, time.perf_counter() - started, error=str(error))
    seconds = time.perf_counter() - started
    try:
        result.save(output / f"{trial.label}.json")
    except FileError as error:  # a disk that is full now may not be when the next trial ends
        return TrialRecord(trial, seconds, result, f"solved, and not saved: {error}")
    return TrialRecord(trial, seconds, result)
