"""Objectives of service: what a study says that a solver must keep, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles
from typing import Any

from .comparing import runs_of
from .records.record import Record
from .studies.entries import ServiceEntry


@dataclass(frozen=True)
class Service:
    """One objective: what was asked for, and what was `found`; `kept` where that is as good."""

    solver: str
    what: str
    wanted: float
    found: float
    kept: bool

    def sentence(self) -> str:
        """For a planner."""
        told = "kept" if self.kept else "MISSED"
        return f"{told}: {self.solver}: {self.what} {self.found:.4g}, wanted {self.wanted:.4g}"


def asked_of(question: Mapping[str, Any]) -> list[ServiceEntry]:
    """The objectives of a question as a study registers it."""
    return [ServiceEntry(**entry) for entry in question.get("slo", [])]


def services(records: Sequence[Record], asked: Sequence[ServiceEntry]) -> list[Service]:
    """Of each objective, over all trials of its solver that ended; none of a solver without any."""
    found: list[Service] = []
    for entry in asked:
        mine = [r for r in records if r.solver == entry.solver and r.outcome != "interrupted"]
        if mine:
            found += _of(entry, mine, records)
    return found


def _of(
    entry: ServiceEntry, mine: Sequence[Record], records: Sequence[Record]
) -> Iterator[Service]:
    name = entry.solver
    if entry.feasible is not None:
        share = fmean(record.outcome == "feasible" for record in mine)
        what = "share of trials with a plan"
        yield Service(name, what, entry.feasible, share, share >= entry.feasible)
    if entry.gap is not None:
        mean = _mean_gap(name, records)
        yield Service(name, "mean gap in percent", entry.gap, mean, mean <= entry.gap)
    if entry.seconds is not None:
        most = _percentile([record.seconds for record in mine])
        what = "seconds that 95 of 100 trials take"
        yield Service(name, what, entry.seconds, most, most <= entry.seconds)


def _mean_gap(solver: str, records: Sequence[Record]) -> float:
    """In percent, of the plans handed over; to the best known objective, or the best found here."""
    from ..compare.records import by_instance, gap, references

    groups = by_instance(runs_of(records))
    known = references(groups)
    return 100 * fmean(
        gap(run.objective, known[name].objective)
        for name, runs in groups.items()
        for run in runs
        if run.solver == solver
    )


def _percentile(seconds: Sequence[float]) -> float:
    """The 95th, between the two that are nearest."""
    if len(seconds) == 1:
        return seconds[0]
    return quantiles(seconds, n=20, method="inclusive")[18]
