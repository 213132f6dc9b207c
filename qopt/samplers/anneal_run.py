"""The arguments of an anneal, checked, and running it. Light to import: numba comes with the first run."""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

from ..errors import require, require_count, require_positive

if TYPE_CHECKING:
    from ..anneal.annealing import Annealed, OnRound
    from ..anneal.ising import Ising, Spins

DEFAULT_SWEEPS = 1000


@dataclass(frozen=True)
class AnnealRun:
    """What `QuboAnnealer.sample` explains, checked."""

    num_reads: int = 16
    num_sweeps: int | Sequence[int] | None = None
    beta_range: tuple[float, float] | None = None
    seed: int | None = None
    time_limit: float | None = None
    target: float | None = None
    num_threads: int | None = None
    interrupt: Callable[[], bool] | None = None

    def __post_init__(self) -> None:
        require_count("num_reads", self.num_reads)
        require_count("seed", self.seed, least=0, optional=True)
        require_count("num_threads", self.num_threads, optional=True)
        require_positive("time_limit", self.time_limit, wanted="seconds above 0", optional=True)
        for sweeps in self._sweeps():
            require_count("num_sweeps", sweeps)
        require(self._betas_ascend(), "beta_range", self.beta_range, "(hot, cold) with 0 < hot <= cold, both finite")

    def __call__(
        self,
        ising: Ising,
        *,
        initial: Spins | None = None,
        on_round: OnRound | None = None,
        started: float | None = None,
    ) -> tuple[Annealed, dict[str, Any]]:
        """Anneal; returns what was found and the `info` of the sample set.

        `started`, of `time.perf_counter()`, is when the time limit began to count; the kernels' compile time is not counted.
        """
        from ..anneal.annealing import Budget, anneal, default_beta_range, warm_up

        jit = warm_up()
        started = time.perf_counter() - jit if started is None else started
        seed = secrets.randbits(32) if self.seed is None else int(self.seed)
        betas = default_beta_range(ising) if self.beta_range is None else self.beta_range
        threads = int(self.num_threads or os.cpu_count() or 1)
        deadline = None if self.time_limit is None else started + jit + self.time_limit
        sampling = time.perf_counter()
        found = anneal(
            ising,
            num_reads=int(self.num_reads),
            rounds=self._rounds(),
            beta_range=betas,
            seed=seed,
            num_threads=threads,
            budget=Budget(deadline, self.target, self.interrupt),
            initial=initial,
            on_round=on_round,
        )
        seconds = time.perf_counter() - sampling
        return found, {
            "seed": seed,
            "num_reads": int(self.num_reads),
            "num_sweeps": found.rounds,
            "sweeps": found.sweeps,
            "beta_range": [float(beta) for beta in betas],
            "stopped_by": found.stopped_by,
            "num_threads": threads,
            "spin_updates_per_second": found.sweeps * ising.num_variables * int(self.num_reads) / max(seconds, 1e-9),
            "timing": {"setup": sampling - started - jit, "jit": jit, "sample": seconds},
        }

    def _rounds(self) -> Sequence[int] | None:
        """The anneals to run in turn; None: restarts, until the budget ends."""
        if self.num_sweeps is None:
            return [DEFAULT_SWEEPS] if self.time_limit is None and self.target is None else None
        return [int(sweeps) for sweeps in self._sweeps()]

    def _sweeps(self) -> Sequence[Any]:
        if self.num_sweeps is None:
            return []
        several = isinstance(self.num_sweeps, Sequence) and not isinstance(self.num_sweeps, str) and len(self.num_sweeps) > 0
        return self.num_sweeps if several else [self.num_sweeps]  # type: ignore[return-value]  # mypy loses the Sequence

    def _betas_ascend(self) -> bool:
        if self.beta_range is None:
            return True
        ends = list(self.beta_range) if isinstance(self.beta_range, Sequence) else []
        return len(ends) == 2 and all(isinstance(end, Real) for end in ends) and 0 < ends[0] <= ends[1] < math.inf
