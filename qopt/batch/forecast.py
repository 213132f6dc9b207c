"""What a run of a study would do, and why a trial would be solved again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import UnknownName
from ..kit.threads import available_cores
from .records.cache import Cache
from .records.record import Record
from .records.stale import reasons
from .records.store import Store, is_begun
from .run import Run
from .studies import Study
from .trial import Trial
from .tuning import chosen, with_tuned


def explain(folder: str | Path, label: str) -> list[str]:
    """Whether a trial is up to date, and what made it stale or had it solved again, in sentences.

    Raises UnknownName for a label that the study does not ask for, FileError for the folder.
    """
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
    elif not record.is_whole(Path(folder)):
        lines.append(f"{label}: its result, {record.file}, is gone: the next run solves it again")
    elif not record.finished:
        lines.append(f"{label} ended as {record.outcome!r}: the next run solves it again")
    elif record.failed:
        lines.append(f"{label} ended as {record.outcome!r}, and only --fresh begins it again:")
        lines.append(f"  {record.error}")
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
    the number of workers. `money` is what all of it costs, beside what is `spent` already; where
    both are more than the `limit`, the run leaves what would exceed it. `lost` are trials that cost
    money, were begun and have no record: they may have been paid for, and are not begun again.
    Those of solvers that keep a journal of what was submitted are, and count as `to_solve`.
    """

    trials: int
    done: int
    shared: int
    to_solve: int
    wall: float
    money: float
    unpriced: tuple[str, ...]
    stale: Mapping[str, int]
    spent: float = 0.0
    limit: float | None = None
    lost: int = 0

    @property
    def affordable(self) -> bool:
        """Whether all of it may be begun, as far as prices are known."""
        return self.limit is None or self.spent + self.money <= self.limit

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def forecast(study: Study, *, fresh: bool = False) -> Forecast:
    """What a run of the study would do, tuning and all; nothing is run, and nothing written."""
    before = [forecast(training, fresh=fresh) for training in study.tuning.values()]
    tuned = {
        label: chosen(training, Run.open(training.output).records)
        for (label, training), found in zip(study.tuning.items(), before, strict=True)
        if found.done == found.trials
    }
    parts = [*before, _forecast(with_tuned(study, tuned), fresh=fresh)]
    stale = Counter[str]()
    for part in parts:
        stale.update(part.stale)
    return Forecast(
        sum(part.trials for part in parts),
        sum(part.done for part in parts),
        sum(part.shared for part in parts),
        sum(part.to_solve for part in parts),
        sum(part.wall for part in parts),
        sum(part.money for part in parts),
        tuple(sorted({name for part in parts for name in part.unpriced})),
        dict(stale),
        sum(part.spent for part in parts),
        study.limits.money,
        sum(part.lost for part in parts),
    )


def _forecast(study: Study, *, fresh: bool) -> Forecast:
    known: dict[str, Record] = {}
    begun: dict[tuple[str, str], str] = {}
    if is_begun(study.output):
        with closing(Store(study.output)) as store:
            known, begun = store.all_records(), store.begun()
    there = Cache.of_user().keys()
    to_solve: list[Trial] = []
    done = shared = lost = 0
    stale: dict[str, int] = {}
    for trial in study.trials:
        record = known.get(trial.label)
        same = record is not None and record.key == trial.key and record.finished
        if not fresh and same and record is not None and record.is_whole(study.output):
            done += 1
            continue
        if record is not None and record.key != trial.key:
            why = "; ".join(reasons(record.parts, trial.parts))
            stale[why] = stale.get(why, 0) + 1
        if not fresh and trial.key in there:
            shared += 1
        elif (
            not fresh
            and record is None
            and not trial.resumable
            and (trial.label, trial.key) in begun
        ):
            lost += 1
        else:
            to_solve.append(trial)
    workers = study.run.workers or max(1, len(available_cores()) // study.run.threads)
    workers = 1 if study.run.executor == "inline" else workers
    limits = [trial.time_limit for trial in to_solve if not trial.paid]
    free = max([sum(limits) / workers, *limits])
    paid = [trial for trial in to_solve if trial.paid]
    prices = [trial.money_at_most() for trial in paid]
    return Forecast(
        len(study.trials),
        done,
        shared,
        len(to_solve),
        max(free, sum(trial.time_limit for trial in paid)),
        sum(price or 0.0 for price in prices),
        tuple(
            sorted({t.solver_name for t, price in zip(paid, prices, strict=True) if price is None})
        ),
        stale,
        sum(record.money or 0.0 for record in known.values() if not record.copied),
        study.limits.money,
        lost,
    )
