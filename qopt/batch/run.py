"""A study that was run: its records, and what is missing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import QoptError, UnknownName
from ..result import Result
from .records.record import Record
from .records.store import Registered, Store
from .service import Service, services
from .studies.entries import ServiceEntry

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
    record. `stopped` says why no further trial was begun, in words; None where all were. `services`
    are the study's objectives of service, where it was run just now.
    """

    folder: Path
    records: tuple[Record, ...]
    missing: tuple[str, ...]
    registered: tuple[Registered, ...]
    stopped: str | None = None
    services: tuple[Service, ...] = ()

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """Read a study's folder, also while it is being run. Raises FileError."""
        with closing(Store(Path(folder))) as store:
            return cls.of(store)

    @classmethod
    def of(cls, store: Store, stopped: str | None = None, slo: Sequence[ServiceEntry] = ()) -> Run:
        records, planned = store.records(), store.planned()
        done = {record.label for record in records}
        missing = tuple(label for label in planned if label not in done)
        kept = tuple(services(records, slo))
        return cls(store.folder, tuple(records), missing, tuple(store.registered()), stopped, kept)

    @property
    def failed(self) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.failed)

    @property
    def question(self) -> Mapping[str, Any]:
        """What the study asks now: baseline, metric, margin, alpha, horizon; empty for none."""
        return self.registered[-1].question if self.registered else {}

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
        from ..compare import Question, compare
        from .comparing import notes_on_tuning, runs_of

        asked = {**self.question, **question}
        looks = asked.pop("looks", 1)  # the risk is split among them
        if "baseline" not in asked:
            raise QoptError(
                f"{self.folder}: the study has no `compare`: give compare(baseline=...), or write "
                "it into the study"
            )
        asked.setdefault("margin", 1.0)
        asked["alpha"] = asked.get("alpha", 0.05) / looks
        found = compare(runs_of(self.records), Question(**asked))
        told = notes_on_tuning(self.records, found.question.baseline)
        return replace(found, notes=(*found.notes, *told))

    def _repr_html_(self) -> str:
        """In a notebook: the verdicts, where the study asks a question, tables and figures."""
        from ..figures import fragment
        from ..pages import Page, Section
        from .comparing import runs_of

        runs = runs_of(self.records)
        title = repr(self).strip("<>")
        if not runs:
            return Page(title).html()
        asked = self.question or {"baseline": min(run.solver for run in runs)}
        try:
            comparison = self.compare(**asked)
        except QoptError as error:
            return Page(title, [Section(lines=[f"No comparison: {error}"])]).html()
        return fragment(title, comparison, runs, verdicts=bool(self.question))

    def __repr__(self) -> str:
        return (
            f"<Run {self.folder}: {len(self.records)} records, {len(self.failed)} failed, "
            f"{len(self.missing)} missing>"
        )
