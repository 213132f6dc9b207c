"""A study that was run: its records, and what is missing of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import QoptError, UnknownName
from ..result import Result
from .records.record import Record
from .records.store import Registered, Store
from .service import Service, asked_of, services

if TYPE_CHECKING:
    import polars

    from ..compare import Comparison

FRAME = (
    "label",
    "kind",
    "instance",
    "solver",
    "seed",
    "time_limit",
    "outcome",
    "sense",
    "objective",
    "best_known",
    "gap",
    "bound",
    "seconds",
    "money",
    "device_seconds",
    "attempts",
    "copied",
    "started",
    "host",
    "threads",
    "error",
    "key",
)


@dataclass(frozen=True)
class Run:
    """A study's folder, as it was when it was opened: the records of what is asked for, in order.

    `registered` are all questions that it was begun with; `missing` the labels of trials without a
    record. `stopped` says why no further trial was begun, in words; None where all were.
    """

    folder: Path
    records: tuple[Record, ...]
    missing: tuple[str, ...]
    registered: tuple[Registered, ...]
    stopped: str | None = None

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """Read a study's folder, also while it is being run. Raises FileError."""
        with closing(Store(Path(folder))) as store:
            return cls.of(store)

    @classmethod
    def of(cls, store: Store, stopped: str | None = None) -> Run:
        """What a store holds now; `stopped` is of the run that it comes of."""
        records, planned = store.records(), store.planned()
        done = {record.label for record in records}
        missing = tuple(label for label in planned if label not in done)
        return cls(store.folder, tuple(records), missing, tuple(store.registered()), stopped)

    @property
    def failed(self) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.failed)

    @property
    def question(self) -> Mapping[str, Any]:
        """What the study asks now: baseline, metric, margin, alpha, horizon; empty for none."""
        return self.registered[-1].question if self.registered else {}

    @property
    def services(self) -> tuple[Service, ...]:
        """The study's objectives of service, and whether they were kept."""
        return tuple(services(self.records, asked_of(self.question)))

    def record(self, label: str) -> Record:
        """The record of a trial. Raises UnknownName."""
        for record in self.records:
            if record.label == label:
                return record
        raise UnknownName("trial", label, [record.label for record in self.records])

    def result(self, record: Record | str) -> Result[Any]:
        """The result of a trial, plans and all. Raises QoptError where it has none."""
        found = self.record(record) if isinstance(record, str) else record
        if found.file is None:
            raise QoptError(f"{found.label} has no result: {found.outcome}: {found.error}")
        return Result.load(self.folder / found.file)

    def frame(self) -> polars.DataFrame:
        """A row a trial."""
        import polars

        rows = [{name: getattr(record, name) for name in FRAME} for record in self.records]
        return polars.DataFrame(rows, infer_schema_length=None)

    def compare(self, **question: Any) -> Comparison:
        """Each solver against the baseline: the question as the study registered it, or other than
        that where `question` says so (`baseline=`, `metric=`, `margin=`, ... of
        `qopt.compare.Question`).

        Raises QoptError for a study that names no baseline, where none is given here.
        """
        from ..compare import Question
        from .comparing import compared

        asked = {**self.question, **question}
        unknown = set(question) - {each.name for each in fields(Question)}
        if unknown:
            known = [each.name for each in fields(Question)]
            raise UnknownName("part of a question", min(unknown), known)
        if "baseline" not in asked:
            raise QoptError(
                f"{self.folder}: the study has no `compare`: give compare(baseline=...), or write "
                "it into the study"
            )
        return compared(self.records, asked)

    def _repr_html_(self) -> str:
        """In a notebook: the verdicts, where the study asks a question, tables and figures."""
        from ..figures import fragment
        from ..pages import Page, Section
        from .comparing import runs_of

        runs = runs_of(self.records)
        title = repr(self).strip("<>")
        if not runs:
            return Page(title).html()
        known = "baseline" in self.question
        asked = {} if known else {"baseline": min(run.solver for run in runs)}
        try:
            comparison = self.compare(**asked)
        except QoptError as error:
            return Page(title, [Section(lines=[f"No comparison: {error}"])]).html()
        return fragment(title, comparison, runs, verdicts=known)

    def __repr__(self) -> str:
        return (
            f"<Run {self.folder}: {len(self.records)} records, {len(self.failed)} failed, "
            f"{len(self.missing)} missing>"
        )
