"""The arguments that all annealing runs share, checked.

Light to import: numba comes with the first run.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any, ClassVar

from ..kit.checks import require, require_count, require_positive
from ..kit.threads import available_threads

# times what the caller says it needs after the run: other programs may have the processor, too
MARGIN = 1.3


@dataclass(frozen=True)
class RunOptions:
    """What both annealers are told, and so the solvers that run on them.

    Parameters
    ----------
    num_reads
        How many samples there are to be, at least 1: the best that are found.
    num_sweeps
        Sweeps of one run of the method: in a sweep each variable is looked at about once. Or a
        sequence, for runs one after another; or a sequence of such sequences, one a batch, as a
        result records what was done. None: as many as `time_limit` or `target` allow, and
        `default_sweeps` without these.
    method
        One of `methods`. "tempering": copies of the model at many temperatures exchange these.
        "annealing": each copy is cooled by itself.
    seed
        0 or more, for the same samples again; None: drawn, and recorded.
    time_limit
        Seconds, above 0; compiling the kernels is not counted.
    target
        Stop once there is a sample of this energy or less.
    num_threads
        At least 1; None: one a core.
    interrupt
        Asked every few milliseconds; True ends the run with what it has.
    on_progress
        Called with the best so far, at most every 0.1 s.
    """

    num_reads: int = 16
    num_sweeps: int | Sequence[int] | Sequence[Sequence[int]] | None = None
    method: str = "tempering"
    seed: int | None = None
    time_limit: float | None = None
    target: float | None = None
    num_threads: int | None = None
    interrupt: Callable[[], bool] | None = None
    on_progress: Callable[[Any], None] | None = None

    methods: ClassVar[tuple[str, ...]] = ("tempering", "annealing")
    default_sweeps: ClassVar = 2000

    def __post_init__(self) -> None:
        require(
            self.method in self.methods,
            "method",
            self.method,
            " or ".join(repr(name) for name in self.methods),
        )
        require_count("num_reads", self.num_reads)
        require_count("seed", self.seed, least=0, optional=True)
        require_count("num_threads", self.num_threads, optional=True)
        require_positive("time_limit", self.time_limit, wanted="seconds above 0", optional=True)
        target = self.target is None or (
            isinstance(self.target, Real) and not math.isnan(self.target)
        )
        require(target, "target", self.target, "an energy, or None")
        for name in ("interrupt", "on_progress"):
            given = getattr(self, name)
            require(given is None or callable(given), name, given, "a callable, or None")
        if self.num_sweeps is not None:
            require_sweeps(self.num_sweeps)

    @cached_property
    def chosen_seed(self) -> int:
        """The seed, or one drawn, once: whatever is drawn of a run is drawn by the seed that it
        records.
        """
        return secrets.randbits(32) if self.seed is None else int(self.seed)

    @property
    def threads(self) -> int:
        return int(self.num_threads or available_threads())

    def deadline(self, begun: float, reserve: float) -> float | None:
        """When time is up that began to count at `begun`, of `time.perf_counter()`; so many seconds
        as `reserve` are left to the caller.
        """
        return None if self.time_limit is None else begun + self.time_limit - MARGIN * reserve

    def plan(self, replicas: int, threads: int) -> tuple[list[list[int]] | None, int]:
        """What each batch does, or None for as much as the budget allows; and how many batches
        there are.
        """
        needed = -(-int(self.num_reads) // replicas)
        if self.num_sweeps is None:
            if self.time_limit is not None or self.target is not None:
                return None, max(needed, threads)
            return [[self._default_sweeps()]] * needed, needed
        batches: Any = self.num_sweeps
        if _is_sequence(batches) and any(map(_is_sequence, batches)):
            plan = [[int(sweeps) for sweeps in _flat(batch)] for batch in batches]
            return plan, len(plan)
        return [[int(sweeps) for sweeps in _flat(self.num_sweeps)]] * needed, needed

    def _default_sweeps(self) -> int:
        return self.default_sweeps


@dataclass(frozen=True)
class Spent:
    """Seconds of a run: before its first random number, compiling kernels, and after that."""

    setup: float
    jit: float
    sample: float

    @classmethod
    def since(cls, started: float, jit: float, sampling: float) -> Spent:
        """Until now, of a run that began at `started` and to sample at `sampling`."""
        return cls(sampling - started - jit, jit, time.perf_counter() - sampling)


def require_sweeps(num_sweeps: Any) -> None:
    """Raise a QoptError unless these are sweeps of runs: 1 or more, or lists of such."""
    for sweeps in _flat(num_sweeps):
        require_count("num_sweeps", sweeps)


def is_range(ends: Any) -> bool:
    """Whether these are two finite numbers above 0."""
    pair = list(ends) if isinstance(ends, Sequence) and not isinstance(ends, str) else []
    return len(pair) == 2 and all(
        isinstance(end, Real) and 0 < float(end) < math.inf for end in pair
    )


def as_run(rounds: list[list[int]]) -> Any:
    """`num_sweeps` that replays these rounds: those of the only batch, a list a batch where there
    are more.
    """
    return rounds[0] if len(rounds) == 1 else rounds


def cut_short(rounds: list[list[int]], open_ended: bool) -> list[str]:
    """What is to be known of a run that ended before any of its rounds did."""
    if any(rounds):
        return []
    if open_ended:
        return ["no round was completed in time: the samples are where the run began"]
    return [
        "no round was completed: the samples are of one cut short, which num_sweeps=[] cannot "
        "replay"
    ]


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _flat(sweeps: Any) -> Iterator[Any]:
    """Every count in `num_sweeps`.

    An empty sequence has none: it replays a run that ended before its first round did.
    """
    if _is_sequence(sweeps):
        for part in sweeps:
            yield from _flat(part)
    else:
        yield sweeps
