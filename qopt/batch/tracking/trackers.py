"""Whoever is to be told of a study; that somebody cannot be told is no reason to end it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ...errors import FileError
from ..posting import NotTold
from ..records.record import Record
from ..studies.entries import TrackEntry

MOST = 3  # times in a row that a tracker may fail; then it is told of nothing more


class Tracker(Protocol):
    """Told of the beginning, of each record, and of the end. May raise NotTold or FileError."""

    name: str

    def begin(self, study: str) -> None: ...
    def ended(self, record: Record) -> None: ...
    def finish(self) -> None: ...


@dataclass
class Trackers:
    """All of a study; `said` is told, once, who could not be told."""

    trackers: Sequence[Tracker]
    said: Callable[[str], None]
    _failures: dict[str, int] = field(default_factory=dict)

    def begin(self, study: str) -> None:
        for tracker in self.trackers:
            self._tell(tracker, partial(tracker.begin, study))

    def ended(self, record: Record) -> None:
        for tracker in self.trackers:
            self._tell(tracker, partial(tracker.ended, record))

    def finish(self) -> None:
        for tracker in self.trackers:
            self._tell(tracker, tracker.finish)

    def _tell(self, tracker: Tracker, what: Callable[[], None]) -> None:
        failures = self._failures.get(tracker.name, 0)
        if failures >= MOST:
            return
        try:
            what()
        except (NotTold, FileError) as error:
            self._failures[tracker.name] = failures + 1
            if failures + 1 == MOST:
                self.said(f"{tracker.name} is told of nothing more: {error}")
        else:
            self._failures[tracker.name] = 0


def trackers_of(asked: TrackEntry, said: Callable[[str], None]) -> Trackers:
    """Raises QoptError for an address that is none."""
    trackers: list[Tracker] = []
    if asked.prometheus is not None:
        from .prometheus import Prometheus

        trackers.append(Prometheus(asked.prometheus))
    if asked.mlflow is not None:
        from .mlflow import MLflow

        trackers.append(MLflow(asked.mlflow))
    if asked.opentelemetry is not None:
        from .opentelemetry import OpenTelemetry

        trackers.append(OpenTelemetry(asked.opentelemetry))
    return Trackers(trackers, said)
