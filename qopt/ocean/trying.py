"""Which chain strength to take: some are tried on the device, in jobs that wait side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import QoptError
from .device import Device, Program, Ran
from .embedding import Embedded
from .jobs import Unanswered
from .mitigation import Scan, scan
from .reading import costs

if TYPE_CHECKING:
    from ..solver import Task

READS = 20  # of each strength
Afford = Callable[[Sequence[Program]], float]


@dataclass(frozen=True)
class Tried:
    """What was measured, and the jobs that it took."""

    scan: Scan
    ran: tuple[Ran, ...]
    estimate: float = 0.0  # seconds of the device's time, for all of them


def tried(
    bqm: Any, embedded: Embedded, device: Device, task: Task, source: bytes, afford: Afford
) -> Tried:
    """A problem read a few times with each of some chain strengths.

    See `qopt.ocean.mitigation.scan`. `afford` is asked with all programs before any is
    sent, and gives the seconds that they are estimated to take. Raises what kept a job from being
    answered.
    """
    sending = _Together(device, task, source, afford)
    found = scan(bqm, embedded, device, sending, num_reads=READS, seed=task.seed)
    return Tried(found, tuple(sending.ran), sending.estimate)


@dataclass
class _Together:
    """Collects programs until the reads of one of them are asked for, and then submits them all."""

    device: Device
    task: Task
    source: bytes
    afford: Afford
    programs: list[Program] = field(default_factory=list)
    ran: list[Ran] = field(default_factory=list)
    estimate: float = 0.0

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
            self.estimate = self.afford(self.programs)
            self.ran = list(_all(self.device.run(self.programs, self.task)))
        return self.ran[number].reads


class _Later:
    """What dimod asks of something that is under way."""

    def done(self) -> bool:
        return True


def _all(outcomes: Sequence[Ran | QoptError]) -> Sequence[Ran]:
    ran = [outcome for outcome in outcomes if isinstance(outcome, Ran)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, QoptError)]
    if failed:
        raise Unanswered(failed, costs(ran))
    return ran
