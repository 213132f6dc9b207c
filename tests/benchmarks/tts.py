"""Seconds until a sample is worth as much as a target: QuboAnnealer and dwave-samplers' simulated
annealing.

QuboAnnealer gets the target and a time limit. dwave-sa does reads of one number of sweeps until one
is good enough, for several numbers of sweeps, of which the one with the lowest median counts: a
choice that is open only to who has tried them all. A block of reads is charged up to the read that
was good enough, and not for looking at its energies.

A run that has not got there when the cap ends is censored: all that is known is that it takes
longer. Times and ratios are therefore a `Span`, from the least to the most that they can be.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import dimod
import numpy as np

from qopt.samplers import QuboAnnealer

from .instances import Instance, NotAtHand
from .peers import bits_of, dwave_reads
from .tables import Table, width_of

CONFIDENCE = 0.95
HOPELESS = 1.5  # caps: where a read would take as long, it is not tried


class Span(NamedTuple):
    """A number that is somewhere in low..high; `high` is infinite where a run was given up."""

    low: float
    high: float

    def __str__(self) -> str:
        low, high = (f"{end:.2g}" if end < 0.1 else f"{end:.3g}" for end in self)
        if self.low == self.high:
            return low
        if self.low > 0:
            return f">{low}" if self.high == math.inf else f"{low}..{high}"
        return "?" if self.high == math.inf else f"<{high}"

    def over(self, other: Span) -> Span:
        return Span(self.low / other.high, self.high / other.low)


@dataclass(frozen=True)
class Times:
    """Seconds to the target, one a seed, at one number of sweeps a read (0: no reads); `median`
    with its `interval`.
    """

    sweeps: int
    seconds: list[Span]
    median: Span
    interval: tuple[Span, Span]

    @classmethod
    def of(cls, sweeps: int, seconds: list[Span]) -> Times:
        return cls(sweeps, seconds, median(seconds), interval(seconds))

    @property
    def hits(self) -> int:
        """How many seeds got there."""
        return sum(span.high < math.inf for span in self.seconds)

    def __str__(self) -> str:
        return f"{self.median} ({self.interval[0]}..{self.interval[1]})"


@dataclass(frozen=True)
class Race:
    """How long both take on one instance; `ratio` is of the medians, of dwave-sa's best number of
    sweeps over qopt.
    """

    instance: str
    family: str
    target: float
    qopt: Times
    dwave: list[Times]
    best: Times
    ratio: Span

    def cells(self, of: int) -> list[str]:
        ours, theirs = ((str(times), f"{times.hits}/{of}") for times in (self.qopt, self.best))
        sweeps = str(self.best.sweeps) if self.best.hits else "-"
        return [self.instance, f"{self.target:.8g}", *ours, *theirs, sweeps, str(self.ratio)]


def median(spans: Sequence[Span]) -> Span:
    return Span(
        statistics.median(span.low for span in spans),
        statistics.median(span.high for span in spans),
    )


def interval(spans: Sequence[Span]) -> tuple[Span, Span]:
    """Order statistics between which the median lies with 95 % confidence; of fewer than 6 runs the
    fastest and the slowest.
    """
    count, ranked = len(spans), sorted(spans)
    outside, rank = 0.0, 0
    while 2 * (outside := outside + math.comb(count, rank) / 2**count) <= 1 - CONFIDENCE:
        rank += 1
    first = max(rank - 1, 0)
    return ranked[first], ranked[count - 1 - first]


def check(instances: Sequence[Instance]) -> None:
    for instance in instances:
        if not instance.best_known:
            raise NotAtHand(
                f"{instance.name} has no best known value to set a target by; give instances of an "
                "index to --tts"
            )


def race(
    instances: Sequence[Instance],
    seeds: Sequence[int],
    cap: float,
    within: float,
    reads_of: Sequence[int],
) -> tuple[Table, list[Race]]:
    """Both samplers to within `within` percent of the best known value of every instance, at most
    `cap` seconds each time.
    """
    columns = {
        "instance": width_of([instance.name for instance in instances]),
        "target": 9,
        "qopt, s": 23,
        "hits": 4,
    }
    table = Table(columns | {"dwave-sa, s": 23, "hits ": 5, "sweeps": 6, "ratio": 7})
    races = []
    for instance in instances:
        races.append(run(instance, seeds, cap, within, sorted(reads_of)))
        found = races[-1]
        table.row(*found.cells(len(seeds)))
    table.write()
    if ratios := [found.ratio for found in races if found.family == "maxcut"]:
        table.write(
            f"dwave-sa's time over qopt's, median of {len(ratios)} max-cut graphs: {median(ratios)}"
        )
    kind = "fastest..slowest seed" if len(seeds) < 6 else "95 % confidence"
    table.write(
        f"medians of {len(seeds)} seeds ({kind}); >{cap:g}: given up then, and counted as {cap:g} "
        "s in a ratio with >"
    )
    return table, races


def run(
    instance: Instance, seeds: Sequence[int], cap: float, within: float, reads_of: Sequence[int]
) -> Race:
    known = instance.energy(instance.best_known or 0.0)
    exact = known + within / 100 * abs(known)
    energy = exact + 1e-9 * abs(exact)  # for sums in another order
    bqm = instance.qubo.bqm()
    ours = Times.of(0, [_qopt(instance, bqm, energy, seed, cap) for seed in seeds])
    theirs, pace = [], 0.0
    for sweeps in reads_of:
        spans = [Span(cap, math.inf)] * len(seeds)
        if pace * sweeps < HOPELESS * cap:
            found = [_dwave(instance, bqm, energy, sweeps, seed, cap) for seed in seeds]
            spans, pace = [span for span, _ in found], min(seconds for _, seconds in found)
        theirs.append(Times.of(sweeps, spans))
    best = min(theirs, key=lambda times: (times.median, -times.hits))
    target = instance.energy(exact)  # its own inverse
    return Race(
        instance.name, instance.family, target, ours, theirs, best, best.median.over(ours.median)
    )


def _qopt(
    instance: Instance, bqm: dimod.BinaryQuadraticModel, energy: float, seed: int, cap: float
) -> Span:
    began = time.perf_counter()
    found = QuboAnnealer().sample(bqm, target=energy, time_limit=cap, seed=seed, num_threads=1)
    seconds = time.perf_counter() - began - found.info["timing"]["jit"]
    return _span(seconds, cap, instance.energy(instance.value(bits_of(found))) <= energy)


def _dwave(
    instance: Instance,
    bqm: dimod.BinaryQuadraticModel,
    energy: float,
    sweeps: int,
    seed: int,
    cap: float,
) -> tuple[Span, float]:
    """Seconds to the target, and those of one sweep."""
    began = time.perf_counter()
    looking, pace = 0.0, math.inf
    for found in dwave_reads(bqm, sweeps, seed, began + cap):
        ended = time.perf_counter()
        sampling = found.info["timing"]["sampling_ns"] / 1e9
        pace = min(pace, sampling / (len(found) * sweeps))
        good = np.flatnonzero(found.record.energy <= energy)
        if len(good):
            after = sampling * (len(found) - 1 - good[0]) / len(found)
            reached = instance.energy(instance.value(bits_of(found, int(good[0])))) <= energy
            return _span(ended - began - looking - after, cap, reached), pace
        looking += time.perf_counter() - ended
    return Span(cap, math.inf), pace


def _span(seconds: float, cap: float, reached: bool) -> Span:
    return Span(seconds, seconds) if reached and seconds <= cap else Span(cap, math.inf)
