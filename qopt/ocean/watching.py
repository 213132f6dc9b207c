"""A reference problem, run now and then: does a device succeed less often than it did?"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .device import Device, Program
from .drift import History, Judgement, Reference, Success, judge
from .jobs import journal_path

if TYPE_CHECKING:
    from .device import Ran

READS = 100


@dataclass(frozen=True)
class Watched:
    """A run of the reference problem, what it found, and what all runs say together; `ran` is its
    job, which is charged, too.
    """

    success: Success
    judgement: Judgement
    ran: Ran

    def info(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"share": self.success.share, "judgement": self.judgement.to_dict()}


def history_of(device: str) -> History:
    """The runs of the reference problem on a device, in a file beside the journal of jobs."""
    name = re.sub(r"[^\w.-]+", "-", device)
    return History(journal_path().parent / f"reference-{name}.jsonl")


def due(device: str, every: int, jobs: int) -> bool:
    """Whether the reference problem is to be run: with the first job, and with each job after as
    many as `every` since. `jobs` have been submitted to the device so far, references included.
    """
    return jobs // (every + 1) >= len(history_of(device).read())


def program_of(device: Device) -> tuple[Reference, Program]:
    """The reference problem for the device in its present state, as it is submitted."""
    made = _reference(device.target, tuple(_ranges(device.properties)))
    run = len(history_of(device.name).read())
    source = b"reference " + made.name.encode()
    payload: dict[str, Any] = {"tiles": [], "reference": made.name}
    return made, Program(made.h, made.j, READS, source, payload, seed=run, name="reference")


def watched(device: Device, made: Reference, ran: Ran) -> Watched:
    """Note what a run has found, and judge by all of them."""
    success = replace(
        made.score(ran.reads),
        snapshot=ran.facts["snapshot"]["key"],
        when=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    history = history_of(device.name)
    history.append(success)
    return Watched(success, judge(history.read()), ran)


def _ranges(properties: Any) -> list[tuple[str, tuple[float, float]]]:
    return [(name, tuple(properties[name])) for name in ("h_range", "j_range")]


@lru_cache(maxsize=4)
def _reference(target: Any, ranges: Any) -> Reference:
    return Reference.of(target.graph(), dict(ranges))
