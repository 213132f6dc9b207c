"""The arguments of an anneal, checked, and running it. Light to import: numba comes with the first run."""

from __future__ import annotations

import math
import os
import secrets
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

from ..errors import require, require_count, require_positive

if TYPE_CHECKING:
    from ..anneal.ising import Floats, Ising, Spins
    from ..anneal.search import Found

METHODS = ("tempering", "annealing", "descent", "gibbs")
DEFAULT_SWEEPS, DEFAULT_RESTARTS = 2000, 1
DEFAULT_BURN_IN, DEFAULT_THINNING = 1000, 10
LOST = 0.02  # share of the biases that may be lost beside the largest without a warning: a normal distribution loses 1 in 10^5


class PrecisionWarning(UserWarning):
    """Biases so far apart that the smaller are lost beside the larger in single precision."""


@dataclass(frozen=True)
class Annealed:
    """`states` int8[num_reads, n] in {-1, +1} and `energies` float64[num_reads], with the `info` of a sample set."""

    states: Spins
    energies: Floats
    info: dict[str, Any]


@dataclass(frozen=True)
class AnnealRun:
    """What `QuboAnnealer.sample` explains, checked."""

    num_reads: int = 16
    num_sweeps: int | Sequence[int] | Sequence[Sequence[int]] | None = None
    beta_range: tuple[float, float] | None = None
    method: str = "tempering"
    seed: int | None = None
    time_limit: float | None = None
    target: float | None = None
    num_threads: int | None = None
    interrupt: Callable[[], bool] | None = None
    on_progress: Callable[[Found], None] | None = None
    beta: float | None = None
    burn_in: int | None = None
    thinning: int | None = None

    def __post_init__(self) -> None:
        require(self.method in METHODS, "method", self.method, " or ".join(repr(name) for name in METHODS))
        require_count("num_reads", self.num_reads)
        require_count("seed", self.seed, least=0, optional=True)
        require_count("num_threads", self.num_threads, optional=True)
        require_positive("time_limit", self.time_limit, wanted="seconds above 0", optional=True)
        target = self.target is None or (isinstance(self.target, Real) and not math.isnan(self.target))
        require(target, "target", self.target, "an energy, or None")
        for name in ("interrupt", "on_progress"):
            given = getattr(self, name)
            require(given is None or callable(given), name, given, "a callable, or None")
        for sweeps in _flat(self.num_sweeps):
            require_count("num_sweeps", sweeps)
        require(self._betas_ascend(), "beta_range", self.beta_range, "(hot, cold) with 0 < hot <= cold, both finite")
        self._check_gibbs()

    def _check_gibbs(self) -> None:
        for name in ("beta", "burn_in", "thinning"):
            require(
                self.method == "gibbs" or getattr(self, name) is None, name, getattr(self, name), "it with method='gibbs' only"
            )
        if self.method == "gibbs":
            require_positive("beta", self.beta, wanted="an inverse temperature above 0, in 1 / energy")
            require_count("burn_in", self.burn_in, least=0, optional=True)
            require_count("thinning", self.thinning, optional=True)
            for name in ("num_sweeps", "beta_range", "target", "on_progress"):
                wanted = "burn_in and thinning, and one beta, with method='gibbs'"
                require(getattr(self, name) is None, name, getattr(self, name), wanted)

    def __call__(self, ising: Ising, *, initial: Spins | None = None, started: float | None = None) -> Annealed:
        """Anneal. `started`, of `time.perf_counter()`, is when the time limit began to count; compile time is not counted.

        `initial` int8[k, n] are states in {-1, +1} that the result is not worse than.
        """
        from ..anneal import gibbs, search, warm
        from ..anneal.layout import FLOAT32, Layout, choose

        started = time.perf_counter() if started is None else started
        seed = secrets.randbits(32) if self.seed is None else int(self.seed)
        threads = int(self.num_threads or os.cpu_count() or 1)
        fit = choose(ising)
        form = FLOAT32 if self.method == "gibbs" else fit.form
        jit = warm.warm_up_model() + warm.warm_up(form)
        deadline = None if self.time_limit is None else started + jit + self.time_limit
        _warn_of_lost_biases(ising, fit.resolution)
        if self.method == "gibbs":
            return self._draw(gibbs, ising, seed, threads, deadline, started, jit)
        layout = Layout(ising, fit)
        rounds, batches = self._plan(form.replicas, threads)
        task = search.Search(
            ising,
            method=self.method,  # type: ignore[arg-type]  # one of METHODS
            rounds=rounds,
            num_batches=batches,
            num_threads=threads,
            beta_range=None if self.beta_range is None else (float(self.beta_range[0]), float(self.beta_range[1])),
            seed=seed,
            initial=initial,
            budget=search.Budget(deadline, self.target, self.interrupt),
            on_progress=self.on_progress,
            layout=layout,
        )
        sampling = time.perf_counter()
        found = task.run(int(self.num_reads))
        seconds = time.perf_counter() - sampling
        ladder = task.ladder
        info = self._info(seed, threads, found.spin_updates, jit, sampling - started - jit, seconds) | {
            "num_sweeps": _shortest(found.rounds),
            "sweeps": found.sweeps,
            "beta_range": list(task.beta_range),
            "ladder": None if ladder is None else ladder.betas.tolist(),
            "exchange_rates": None if ladder is None else ladder.exchange_rates.tolist(),
            "stopped_by": found.stopped_by,
            "kernel": form.name,
            "num_replicas": batches * form.replicas,
        }
        return Annealed(found.states, found.energies, info)

    def warm_up(self, ising: Ising) -> float:
        """Compile what this run of the model needs; returns the seconds that took."""
        from ..anneal import warm
        from ..anneal.layout import FLOAT32, choose

        return warm.warm_up_model() + warm.warm_up(FLOAT32 if self.method == "gibbs" else choose(ising).form)

    def _draw(
        self, gibbs: Any, ising: Ising, seed: int, threads: int, deadline: float | None, started: float, jit: float
    ) -> Annealed:
        stopped: list[str] = []

        def over() -> bool:
            if self.interrupt is not None and self.interrupt():
                stopped.append("interrupt")
            elif deadline is not None and time.perf_counter() >= deadline:
                stopped.append("time")
            return bool(stopped)

        burn_in = DEFAULT_BURN_IN if self.burn_in is None else int(self.burn_in)
        thinning = int(self.thinning or DEFAULT_THINNING)
        sampling = time.perf_counter()
        drawn = gibbs.draw(
            ising,
            beta=float(self.beta or 0.0),
            num_samples=int(self.num_reads),
            burn_in=burn_in,
            thinning=thinning,
            seed=seed,
            num_threads=threads,
            over=over,
        )
        reason = "sweeps" if drawn.complete else stopped[0] if stopped else "interrupt"
        seconds = time.perf_counter() - sampling
        updates = drawn.spin_updates
        info = self._info(seed, threads, updates, jit, sampling - started - jit, seconds) | {
            "sweeps": drawn.sweeps,
            "beta": float(self.beta or 0.0),
            "burn_in": burn_in,
            "thinning": thinning,
            "num_chains": drawn.num_chains,
            "effective_sample_size": drawn.effective,
            "stopped_by": reason,
        }
        return Annealed(drawn.states, drawn.energies, info)

    def _info(self, seed: int, threads: int, updates: int, jit: float, setup: float, seconds: float) -> dict[str, Any]:
        return {
            "method": self.method,
            "seed": seed,
            "num_reads": int(self.num_reads),
            "num_threads": threads,
            "spin_updates_per_second": updates / max(seconds, 1e-9),
            "timing": {"setup": setup, "jit": jit, "sample": seconds},
        }

    def _plan(self, replicas: int, threads: int) -> tuple[list[list[int]] | None, int]:
        """What each batch does, or None for as much as the budget allows; and how many batches there are."""
        needed = -(-int(self.num_reads) // replicas)
        if self.num_sweeps is None:
            if self.time_limit is not None or self.target is not None:
                return None, max(needed, threads)
            return [[DEFAULT_RESTARTS if self.method == "descent" else DEFAULT_SWEEPS]] * needed, needed
        if isinstance(self.num_sweeps, Sequence) and _is_sequence(self.num_sweeps[0]):
            plan = [[int(sweeps) for sweeps in _flat(batch)] for batch in self.num_sweeps]
            return plan, len(plan)
        return [[int(sweeps) for sweeps in _flat(self.num_sweeps)]] * needed, needed

    def _betas_ascend(self) -> bool:
        if self.beta_range is None:
            return True
        ends = list(self.beta_range) if isinstance(self.beta_range, Sequence) else []
        return len(ends) == 2 and all(isinstance(end, Real) for end in ends) and 0 < ends[0] <= ends[1] < math.inf


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _flat(sweeps: Any) -> Iterator[Any]:
    """Every count in `num_sweeps`; an empty sequence counts as itself, and is refused as no count."""
    if _is_sequence(sweeps) and len(sweeps):
        for part in sweeps:
            yield from _flat(part)
    elif sweeps is not None:
        yield sweeps


def _shortest(rounds: list[list[int]]) -> Any:
    """One list where all batches did the same, else a list a batch."""
    return rounds[0] if all(batch == rounds[0] for batch in rounds) else rounds


def _warn_of_lost_biases(ising: Ising, resolution: float) -> None:
    import numpy as np

    if resolution == 0:
        return
    sizes = np.abs(np.concatenate([ising.linear, ising.quad]))
    sizes = sizes[sizes > 0]
    lost = float((sizes < resolution).mean())
    if lost > LOST:
        warnings.warn(
            f"{lost:.0%} of the biases are below {resolution:.3g} and lost in single precision beside the largest, "
            f"{sizes.max():.3g}; scale the large ones, penalties perhaps, down",
            PrecisionWarning,
            stacklevel=4,
        )
