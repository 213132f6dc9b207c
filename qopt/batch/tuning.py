"""Choosing a solver's parameters on instances of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from .comparing import runs_of
from .records.record import Record
from .studies import Study
from .trial import Trial, Tuned


def chosen(study: Study, records: Sequence[Record]) -> Tuned:
    """The parameters with the least mean gap, and, among equals, the least seconds.

    Gaps are averaged within an instance, then over instances; a trial without a plan has a gap of
    100 %.
    """
    from ..compare.records import by_instance, gap, references

    groups = by_instance(runs_of(records))
    known = references(groups)
    gaps: dict[str, list[float]] = defaultdict(list)
    for name, runs in groups.items():
        own: dict[str, list[float]] = defaultdict(list)
        for run in runs:
            own[run.solver].append(gap(run.objective, known[name].objective))
        for solver, values in own.items():
            gaps[solver].append(fmean(values))
    seconds: dict[str, float] = defaultdict(float)
    for record in records:
        seconds[record.solver] += record.seconds
    best = min(gaps, key=lambda solver: (fmean(gaps[solver]), seconds[solver]))
    parameters = next(t.parameters for t in study.trials if t.solver_name == best)
    money = sum(record.money or 0.0 for record in records)
    return Tuned(parameters, len(records), sum(seconds.values()), money)


def with_tuned(study: Study, tuned: Mapping[str, Tuned]) -> Study:
    """The study with the parameters that were chosen."""
    return replace(study, trials=tuple(_tuned(trial, tuned) for trial in study.trials))


def _tuned(trial: Trial, tuned: Mapping[str, Tuned]) -> Trial:
    found = tuned.get(trial.solver_name)
    if found is None:
        return trial
    parameters: dict[str, Any] = {**trial.parameters, **found.parameters}
    return replace(trial, parameters=parameters, tuned=found)
