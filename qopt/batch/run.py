"""A study that was run: its records, and what is missing of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import QoptError, UnknownName
from ..kit.threads import available_cores
from ..result import Result
from .records.cache import Cache
from .records.record import Record
from .records.store import Registered, Store
from .running.coordinator import Coordinator, Executor, Watch, take_over
from .running.order import in_blocks
from .studies import Study, read_study
from .tracking import trackers_of
from .trial import Trial

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
            return cls._of(store)

    @classmethod
    def _of(cls, store: Store, stopped: str | None = None) -> Run:
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
        from .comparing import runs_of

        asked = {**self.question, **question}
        if "baseline" not in asked:
            raise QoptError(
                f"{self.folder}: the study has no `compare`: give compare(baseline=...), or write "
                "it into the study"
            )
        asked.setdefault("margin", 1.0)
        return compare(runs_of(self.records), Question(**asked))

    def __repr__(self) -> str:
        return (
            f"<Run {self.folder}: {len(self.records)} records, {len(self.failed)} failed, "
            f"{len(self.missing)} missing>"
        )


def run(
    study: Study | str | Path,
    *,
    fresh: bool = False,
    fail_fast: bool = False,
    watch: Watch | None = None,
    interrupt: Callable[[], bool] | None = None,
) -> Run:
    """Solve what is missing of a study, and give back all of it.

    Parameters
    ----------
    study
        A study, or the path of its file.
    fresh
        Solve everything again, also what this study or another has solved.
    fail_fast
        Begin no further trial after one that failed.
    watch
        Told of trials as they begin and end.
    interrupt
        Asked every tenth of a second; where it is True, what runs is ended within two seconds, and
        what is finished is kept.

    Raises
    ------
    QoptError
        For a study that is wrong, a folder that another process writes to, or one that cannot be
        written.
    """
    asked = study if isinstance(study, Study) else read_study(study)
    watch = watch or Watch()
    cache = Cache.of_user()
    with Store(asked.output, writing=True) as store:
        store.register(asked.trials, question_of(asked), asked.texts)
        missing, copied = (
            (list(asked.trials), []) if fresh else take_over(asked.trials, store, cache)
        )
        trackers = trackers_of(asked.track, watch.said)
        watch = replace(watch, ended=_both(watch.ended, trackers.ended))
        trackers.begin(asked.name)
        for record in copied:
            watch.ended(record)
        if not missing:
            trackers.finish()
            return Run._of(store)
        executor, in_flight = _executor(asked)
        spent = store.all_records().values()
        coordinator = Coordinator(
            store,
            cache,
            executor,
            in_flight,
            asked.run,
            asked.limits,
            watch,
            interrupt or (lambda: False),
            fail_fast,
            sum(record.money or 0.0 for record in spent if not record.copied),
            sum(record.device_seconds or 0.0 for record in spent if not record.copied),
        )
        ordered = in_blocks(missing) if asked.run.order == "blocks" else missing
        try:
            coordinator.solve(ordered)
        finally:
            executor.close()
            trackers.finish()
        return Run._of(store, coordinator.stopped)


def _both(
    one: Callable[[Record], None], other: Callable[[Record], None]
) -> Callable[[Record], None]:
    def tell(record: Record) -> None:
        one(record)
        other(record)

    return tell


def question_of(study: Study) -> dict[str, Any]:
    """What is registered of a study before its first trial."""
    return {} if study.compare is None else study.compare.model_dump()


def _executor(study: Study) -> tuple[Executor, int]:
    """And how many trials it is given at a time."""
    from .running.inline import Inline
    from .running.processes import Processes

    asked = study.run
    if asked.executor == "inline":
        return Inline(), 1
    if asked.executor == "processes":
        log = study.output / "workers.log"
        processes = Processes(asked.workers, asked.threads, log)
        return processes, processes.workers
    from .running.cluster import Cluster

    cluster = Cluster(asked.address, asked.workers, asked.threads)
    return cluster, 2 * cluster.workers


def explain(folder: str | Path, label: str) -> list[str]:
    """Whether a trial is up to date, and what made it stale or had it solved again, in sentences.

    Raises UnknownName for a label that the study does not ask for, FileError for the folder.
    """
    from .records.stale import reasons

    with closing(Store(Path(folder))) as store:
        planned, known = store.planned(), store.all_records()
        before = store.parts_before(label)
    if label not in planned:
        raise UnknownName("trial", label, planned)
    record = known.get(label)
    if record is None:
        return [f"{label} was not solved yet"]
    lines = []
    if differences := reasons(record.parts, planned[label]):
        lines += [f"{label} is stale: the next run solves it again"]
        lines += [f"  {difference}" for difference in differences]
    elif not record.finished:
        lines.append(f"{label} ended as {record.outcome!r}: the next run solves it again")
    else:
        taken = ", and was taken over from another study" if record.copied else ""
        lines.append(f"{label} is up to date: it was solved at {record.started}{taken}")
    if before is not None and (earlier := reasons(before, record.parts)):
        lines += ["it had been solved before, and was solved again because"]
        lines += [f"  {difference}" for difference in earlier]
    return lines


@dataclass(frozen=True)
class Forecast:
    """What `run` would do: trials by what becomes of them, seconds, money, and why some are stale.

    `wall` is a guess at the seconds that it takes: the time limits of what is to be solved, over
    the number of workers.
    """

    trials: int
    done: int
    shared: int
    to_solve: int
    wall: float
    money: float
    unpriced: tuple[str, ...]
    stale: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def forecast(study: Study, *, fresh: bool = False) -> Forecast:
    """What a run of the study would do; nothing is run, and nothing written."""
    from .records.stale import reasons

    known: dict[str, Record] = {}
    if (study.output / "records.sqlite").is_file():
        with closing(Store(study.output)) as store:
            known = store.all_records()
    there = Cache.of_user().keys()
    to_solve: list[Trial] = []
    done = shared = 0
    stale: dict[str, int] = {}
    for trial in study.trials:
        record = known.get(trial.label)
        if not fresh and record is not None and record.key == trial.key and record.finished:
            done += 1
            continue
        if record is not None and record.key != trial.key:
            why = "; ".join(reasons(record.parts, trial.parts))
            stale[why] = stale.get(why, 0) + 1
        if not fresh and trial.key in there:
            shared += 1
        else:
            to_solve.append(trial)
    workers = study.run.workers or max(1, len(available_cores()) // study.run.threads)
    workers = 1 if study.run.executor == "inline" else workers
    free = sum(t.time_limit for t in to_solve if not t.paid) / workers
    paid = [trial for trial in to_solve if trial.paid]
    return Forecast(
        len(study.trials),
        done,
        shared,
        len(to_solve),
        max(free, sum(trial.time_limit for trial in paid)),
        sum(trial.price or 0.0 for trial in paid),
        tuple(sorted({trial.solver_name for trial in paid if trial.price is None})),
        stale,
    )
