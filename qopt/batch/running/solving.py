"""One trial solved, wherever that is: what came of it, as values that can be sent and kept."""

from __future__ import annotations

import platform
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ...errors import FileError, NotReady, QoptError
from ..job import Job, Outcome, Reply
from ..recipe import Recipe
from ..records.record import DEVICE_METRICS
from . import machine

if TYPE_CHECKING:
    from ...result import Result
    from ...solver import Progress
    from ...workers import Line

POINTS = 200  # of a trace that are kept
DIGITS = 6  # of its times: no clock of ours is better, and the rest would fill a report with noise
TELLING = 0.2  # seconds between two reports of progress
KEPT = 8  # problems that a process remembers, as trials of one instance follow each other

_problems: dict[str, Any] = {}  # that this process remembers, by their contents


def serve_job(line: Line, job: Job) -> Reply:
    """Solve it in a process of a `qopt.workers.Worker`, whose parent hears of progress."""
    if job.problem is None:
        job = replace(job, problem=_problems[job.content])
    else:
        while len(_problems) >= KEPT:
            del _problems[next(iter(_problems))]
        _problems[job.content] = job.problem
    if job.memory is not None:
        limit_memory(job.memory)
    told = 0.0

    def progress(found: Progress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= TELLING:
            told = now
            line.tell(found)

    return solve_job(job, progress, line.stopped)


def limit_memory(gigabytes: float) -> None:
    """What it takes beyond that is refused to it, where the system can; a MemoryError tells."""
    try:
        import resource
    except ImportError:
        return
    most = int(gigabytes * 1e9)
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def solve_job(
    job: Job,
    on_progress: Callable[[Progress], None] | None = None,
    interrupt: Callable[[], bool] | None = None,
) -> Reply:
    """Solve it here. What a solver raises is an outcome; so is memory that is not there."""
    from ...solve import solve

    started, stamp = time.perf_counter(), datetime.now(UTC).isoformat(timespec="milliseconds")
    watch = machine.Watch.begin()
    told: list[str] = []
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("default")
            problem = job.problem
            if isinstance(problem, Recipe):
                problem = problem.make_again(job.content)
            watch = machine.Watch.begin()
            result = solve(
                problem,
                solver=job.solver,
                time_limit=job.time_limit,
                seed=job.seed,
                on_progress=on_progress,
                interrupt=interrupt,
                **job.parameters,
            )
        told = [f"{type(w.message).__name__}: {w.message}" for w in heard]
    except Exception as error:  # whatever a solver raises is what came of its trial
        return Reply(
            "failed",
            _facts(started, stamp, job, watch, told) | _charged(error),
            error=_said(error, job),
            retryable=_passing(error),
            pending=bool(getattr(error, "resumable", False)),
        )
    facts = _facts(started, stamp, job, watch, told) | facts_of(result)
    outcome: Outcome = "feasible" if result.best is not None else "none-found"
    if result.status.value == "infeasible-proved":
        outcome = "infeasible"
    if result.stopped_by == "interrupt":
        outcome = "interrupted"
    elif outcome == "none-found" and (waiting := _waiting(result)) is not None:
        return Reply("failed", facts, error=waiting, retryable=True, pending=True)
    pending = _waiting(result) is not None
    return Reply(outcome, facts, result.to_json().encode(), pending=pending)


def facts_of(result: Result[Any]) -> dict[str, Any]:
    """What a record keeps of a result."""
    info = result.provenance.get("solver", {})
    return {
        "sense": result.sense,
        "objective": result.objective,
        "best_known": result.best_known,
        "bound": result.bound,
        "gap": result.gap,
        "stopped_by": result.stopped_by,
        "ran_by": result.ran_by,
        "timing": dict(result.timing),
        "trace": _thinned([(round(p.seconds, DIGITS), p.objective) for p in result.trace]),
        "notes": list(result.notes),
        "violations": _violations(result),
        "money": info.get("money"),
        "device_seconds": info.get("device_seconds"),
        "device": _device(info),
        "snapshot": (info.get("snapshot") or {}).get("key"),
        "versions": dict(result.provenance.get("versions", {})),
    }


def _charged(error: BaseException) -> dict[str, Any]:
    """What jobs of a trial were charged before another of them failed."""
    charged = getattr(error, "charged", {})
    return {name: charged[name] for name in ("money", "device_seconds") if name in charged}


def _waiting(result: Result[Any]) -> str | None:
    """Why a device has not answered in time, where the next run may take its answer."""
    info = result.provenance.get("solver", {})
    return "; ".join(info.get("notes", [])) if info.get("pending") else None


def _device(info: Mapping[str, Any]) -> dict[str, Any]:
    if info.get("device") is None:
        return {}
    told = {name: info[name] for name in ("jobs", *DEVICE_METRICS) if info.get(name) is not None}
    return {"name": info["device"], **told}


def _facts(
    started: float, stamp: str, job: Job, watch: machine.Watch, told: list[str]
) -> dict[str, Any]:
    return {
        "seconds": time.perf_counter() - started,
        "started": stamp,
        "host": platform.node(),
        "threads": job.threads,
        "machine": watch.end(),
        "warnings": told[:20],
    }


def _violations(result: Result[Any]) -> list[str]:
    """What the least bad plan breaks, where none is feasible."""
    if result.best is not None or result.evaluation is None:
        return []
    return [str(violation) for violation in result.evaluation.violations[:10]]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most POINTS of them, the first and the last among these."""
    if len(points) <= POINTS:
        return points
    step = (len(points) - 1) / (POINTS - 1)
    return [points[round(k * step)] for k in range(POINTS)]


def _said(error: BaseException, job: Job) -> str:
    """One line; with the kind of error where it is none of ours."""
    if isinstance(error, MemoryError) and job.memory is not None:
        return f"it needs more memory than limits.memory, {job.memory:g} gigabytes, lets it take"
    text = " ".join(str(error).split()) or type(error).__name__
    return text if isinstance(error, QoptError) else f"{type(error).__name__}: {text}"


def _passing(error: BaseException) -> bool:
    """Whether it may go well another time: not what is wrong with the model or the arguments."""
    if isinstance(error, NotReady | FileError | MemoryError | OSError):
        return True
    return not isinstance(error, ValueError | TypeError)
