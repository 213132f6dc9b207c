"""Running a study from its beginning to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from .records.cache import Cache
from .records.record import Record
from .records.store import Store, is_begun
from .run import Run
from .running.coordinator import Coordinator, Executor, Watch, take_over
from .running.order import in_blocks
from .studies import Study, read_study
from .tracking import trackers_of
from .trial import Trial, Tuned
from .tuning import chosen, with_tuned


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
    trackers = trackers_of(asked.track, watch.said)
    watch = replace(watch, ended=_both(watch.ended, trackers.ended))
    trackers.begin(asked.name)
    tuned: dict[str, Tuned] = {}
    for label, training in asked.tuning.items():
        watch.said(f"{label} is tuned on {_instances(training)}")
        done = run(training, fresh=fresh, fail_fast=fail_fast, watch=watch, interrupt=interrupt)
        if done.stopped is not None:
            return replace(Run.open(asked.output), stopped=done.stopped) if _begun(asked) else done
        tuned[label] = chosen(training, done.records)
        watch.said(f"{label} is run with {dict(tuned[label].parameters)}")
    asked = with_tuned(asked, tuned)
    with Store(asked.output, writing=True) as store:
        store.register(asked.trials, question_of(asked), asked.texts)
        try:
            stopped = _solve(asked, store, watch, interrupt, fresh=fresh, fail_fast=fail_fast)
        finally:
            trackers.finish()
        return Run.of(store, stopped)


def _instances(study: Study) -> str:
    count = len({trial.instance.name for trial in study.trials})
    return "1 instance" if count == 1 else f"{count:,} instances"


def _begun(study: Study) -> bool:
    """Whether it was run before."""
    return is_begun(study.output)


def _solve(
    asked: Study,
    store: Store,
    watch: Watch,
    interrupt: Callable[[], bool] | None,
    *,
    fresh: bool,
    fail_fast: bool,
) -> str | None:
    """What is missing, part by part; why not all of it was begun, or None."""
    cache, executor = Cache.of_user(), None
    spent = [record for record in store.all_records().values() if not record.copied]
    coordinator: Coordinator | None = None
    try:
        for number, part in enumerate(_parts(asked), 1):
            missing, copied = (part, []) if fresh else take_over(part, store, cache)
            for record in copied:
                watch.ended(record)
            if missing and coordinator is None:
                executor, in_flight = _executor(asked)
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
                    sum(record.money or 0.0 for record in spent) + _spent_on_tuning(asked),
                    sum(record.device_seconds or 0.0 for record in spent),
                )
            if missing and coordinator is not None:
                blocks = asked.run.order == "blocks"
                coordinator.solve(in_blocks(missing) if blocks else missing)
                if coordinator.stopped is not None:
                    return coordinator.stopped
            if _decided(asked, store, number, watch):
                break
    finally:
        if executor is not None:
            executor.close()
    return None


def _spent_on_tuning(asked: Study) -> float:
    """Money: the study's limit is for both."""
    found = {trial.solver_name: trial.tuned for trial in asked.trials if trial.tuned is not None}
    return sum(tuned.money for tuned in found.values())


def _parts(asked: Study) -> list[list[Trial]]:
    """The trials, by parts of the seeds where the study looks between them."""
    if asked.run.until == "done":
        return [list(asked.trials)]
    seeds = sorted({trial.seed for trial in asked.trials})
    looks = min(asked.run.looks, len(seeds))
    ends = [round(len(seeds) * (k + 1) / looks) for k in range(looks)]
    parts = []
    for start, end in pairwise([0, *ends]):
        wanted = set(seeds[start:end])
        parts.append([trial for trial in asked.trials if trial.seed in wanted])
    return parts


def _decided(asked: Study, store: Store, number: int, watch: Watch) -> bool:
    """Whether the look after a part found a verdict for every solver; then what is left of the
    trials is no longer asked for.
    """
    parts = _parts(asked)
    if asked.run.until == "done" or number == len(parts):
        return False
    from ..compare import Question, look
    from .comparing import runs_of

    assert asked.compare is not None  # as the study was checked
    done = [trial for part in parts[:number] for trial in part]
    labels = {trial.label for trial in done}
    records = [record for record in store.records() if record.label in labels]
    question = Question(**asked.compare.model_dump())
    found = look(runs_of(records), question, number, looks=len(parts))
    watch.said(found.sentence())
    if found.decided:
        store.register(done, question_of(asked), asked.texts)
    return found.decided


def _both(
    one: Callable[[Record], None], other: Callable[[Record], None]
) -> Callable[[Record], None]:
    def tell(record: Record) -> None:
        one(record)
        other(record)

    return tell


def question_of(study: Study) -> dict[str, Any]:
    """What is registered of a study before its first trial."""
    slo = {"slo": [entry.model_dump() for entry in study.slo]} if study.slo else {}
    if study.compare is None:
        return slo
    looks = len(_parts(study))
    return {**study.compare.model_dump(), **({"looks": looks} if looks > 1 else {}), **slo}


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
