"""Which chain strength to take: some are tried on the device, in jobs that wait side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import QoptError
from .device import Device, Program, Ran
from .embedding import Embedded
from .mitigation import Scan, scan

if TYPE_CHECKING:
    from ..solver import Task

READS = 20  # of each strength


@dataclass(frozen=True)
class Tried:
    """What was measured, and the jobs that it took."""

    scan: Scan
    ran: tuple[Ran, ...]


def tried(
    bqm: Any, embedded: Embedded, device: Device, task: Task, source: bytes, afford: Any
) -> Tried:
    """A problem read a few times with each of some chain strengths.

    See `qopt.ocean.mitigation.scan`. `afford` is asked with all programs before any is sent. Raises
    what kept a job from being answered.
    """
    sending = _Together(device, task, source, afford)
    found = scan(bqm, embedded, device, sending, num_reads=READS, seed=task.seed)
    return Tried(found, tuple(sending.ran))


@dataclass
class _Together:
    """Collects programs until the reads of one of them are asked for, and then submits them all."""

    device: Device
    task: Task
    source: bytes
    afford: Any
    programs: list[Program] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)

    def __call__(
        self, h: Mapping[int, float], j: Mapping[tuple[int, int], float], num_reads: int
    ) -> Any:
        import dimod

        number = len(self.programs)
        payload: dict[str, Any] = {"tiles": [], "chain_strength_number": number}
        source = self.source + b"chain strength %d" % number
        self.programs.append(
            Program(h, j, num_reads, source, payload, self.task.seed, "chain strengths")
        )
        return dimod.SampleSet.from_future(_Later(), lambda _: self._reads(number))

    def _reads(self, number: int) -> Any:
        if not self.ran:
            self.afford(self.device, self.programs)
            self.ran = list(_all(self.device.run(self.programs, self.task)))
        return self.ran[number].reads


class _Later:
    """What dimod asks of something that is under way."""

    def done(self) -> bool:
        return True


def _all(outcomes: Sequence[Ran | QoptError]) -> Sequence[Ran]:
    for outcome in outcomes:
        if isinstance(outcome, QoptError):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Ran)]
