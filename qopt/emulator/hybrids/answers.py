"""Answers of the hybrid solvers in the form that Ocean's client decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..backends import Reply

if TYPE_CHECKING:
    import dimod

    from .hybrid import Job

MICROSECONDS = 1e6
# of what an annealer tells of its run
KEPT = ("constraint_labels", "seed", "sweeps", "stopped_by", "infeasible", "notes")


def times(charged: float, run: float) -> dict[str, int]:
    """Seconds as the microseconds that a hybrid solver reports. None of them were a QPU's."""
    return {
        "charge_time": round(charged * MICROSECONDS),
        "run_time": round(run * MICROSECONDS),
        "qpu_access_time": 0,
    }


def quadratic_reply(samples: dimod.SampleSet, job: Job) -> Reply:
    """Of a job of type "bqm" or "cqm"; its `info` tells what it took and how samples came about."""
    info = {name: samples.info[name] for name in KEPT if name in samples.info}
    samples.info.clear()
    samples.info.update(info, **times(job.charged, job.run), emulated=True)
    data = samples.to_serializable(use_bytes=False)
    return Reply({"format": "bq", "data": data}, job.charged, len(samples))
