"""The arguments of an anneal, checked, and running it.

Light to import: numba comes with the first run.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import PrecisionWarning
from ..kit.checks import require, require_count, require_positive
from .run_options import MARGIN, RunOptions, as_run, cut_short, is_range

if TYPE_CHECKING:
    from ..anneal.core.ising import Floats, Ising, Spins
    from ..anneal.ising.layout import Fit, Layout

DEFAULT_RESTARTS = 1
DEFAULT_BURN_IN = 1000
DEFAULT_THINNING = 10
# random states, their fields and the first descent together take so many times what the states and
# fields alone do (measured: 3 to 7)
DESCENT = 7
DESCENT_SECONDS = 3e-8  # a coupling, at least: of 46 million 1.3 s
READ_SECONDS = 6e-10  # a coupling and read, for its energy: of 46 million 0.75 s for 32
# share of the biases that may be lost beside the largest without a warning: a normal distribution
# loses 1 in 10^5
LOST = 0.02
RESIDUE = 1e-14  # of the largest bias


@dataclass(frozen=True)
class Annealed:
    """`states` int8[num_reads, n] in {-1, +1} and `energies` float64[num_reads], with the `info` of
    a sample set.
    """

    states: Spins
    energies: Floats
    info: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Ready:
    """A model as the kernels want it, and the seconds of compiling them, which are no part of
    making it ready.
    """

    ising: Ising
    fit: Fit
    layout: Layout
    jit: float

    @classmethod
    def of(cls, ising: Ising, method: str) -> Ready:
        from ..anneal import warm
        from ..anneal.ising.layout import FLOAT32, Layout, choose

        jit = warm.warm_up_model()
        fit = choose(ising)
        jit += warm.warm_up(FLOAT32 if method == "gibbs" else fit.form)
        return cls(ising, fit, Layout(ising, fit), jit)

    def seconds_to_begin(self, reads: int) -> float:
        """What it takes until there are reads: random states, brought downhill once, and their
        energies. Of one processor.
        """
        from ..anneal.ising.replicas import Replicas

        began = time.thread_time()
        Replicas(self.ising, self.layout).restart([0])
        measured = DESCENT * (time.thread_time() - began)
        couplings = len(self.ising.quad)
        return max(measured, DESCENT_SECONDS * couplings) + READ_SECONDS * reads * couplings


@dataclass(frozen=True)
class AnnealRun(RunOptions):
    """What `QuboAnnealer.sample` explains, checked."""

    beta_range: tuple[float, float] | None = None
    beta: float | None = None
    burn_in: int | None = None
    thinning: int | None = None

    methods: ClassVar = ("tempering", "annealing", "descent", "gibbs")

    def __post_init__(self) -> None:
        super().__post_init__()
        ascend = self.beta_range is None or (
            is_range(self.beta_range) and self.beta_range[0] <= self.beta_range[1]
        )
        require(
            ascend, "beta_range", self.beta_range, "(hot, cold) with 0 < hot <= cold, both finite"
        )
        self._check_gibbs()

    def _check_gibbs(self) -> None:
        for name in ("beta", "burn_in", "thinning"):
            require(
                self.method == "gibbs" or getattr(self, name) is None,
                name,
                getattr(self, name),
                "it with method='gibbs' only",
            )
        if self.method == "gibbs":
            require_positive(
                "beta", self.beta, wanted="an inverse temperature above 0, in 1 / energy"
            )
            require_count("burn_in", self.burn_in, least=0, optional=True)
            require_count("thinning", self.thinning, optional=True)
            for name in ("num_sweeps", "beta_range", "target", "on_progress"):
                wanted = "burn_in and thinning, and one beta, with method='gibbs'"
                require(getattr(self, name) is None, name, getattr(self, name), wanted)

    def ready(self, ising: Ising) -> Ready:
        """The model as this run wants it, which takes long where there are many couplings."""
        return Ready.of(ising, self.method)

    def __call__(
        self,
        model: Ising | Ready,
        *,
        initial: Spins | None = None,
        started: float | None = None,
        reserve: float = 0.0,
    ) -> Annealed:
        """Anneal. `started`, of `time.perf_counter()`, is when the time limit began to count;
        compile time is not counted.

        `initial` int8[k, n] are states in {-1, +1} that the result is not worse than. So many
        seconds of the limit as `reserve` are left to the caller.
        """
        from ..anneal.core import crew
        from ..anneal.ising import gibbs, search

        started = time.perf_counter() if started is None else started
        seed, threads = self.chosen_seed, self.threads
        ready = model if isinstance(model, Ready) else self.ready(model)
        ising, form = ready.ising, ready.fit.form
        jit = 0.0 if isinstance(model, Ready) else ready.jit
        deadline = (
            None if self.time_limit is None else started + jit + self.time_limit - MARGIN * reserve
        )
        _warn_of_lost_biases(ising, ready.fit.resolution)
        if self.method == "gibbs":
            return self._draw(gibbs, ising, seed, threads, deadline, started, jit)
        rounds, batches = self.plan(form.replicas, threads)
        task = search.Search(
            ising,
            method=self.method,  # type: ignore[arg-type]  # one of METHODS
            rounds=rounds,
            num_batches=batches,
            num_threads=threads,
            beta_range=None
            if self.beta_range is None
            else (float(self.beta_range[0]), float(self.beta_range[1])),
            seed=seed,
            initial=initial,
            budget=crew.Budget(deadline, self.target, self.interrupt),
            on_progress=self.on_progress,
            layout=ready.layout,
            num_reads=int(self.num_reads),
        )
        sampling = time.perf_counter()
        found = task.run(int(self.num_reads))
        seconds = time.perf_counter() - sampling
        ladder = task.ladder
        info = self._info(
            seed, threads, found.spin_updates, jit, sampling - started - jit, seconds
        ) | {
            "num_sweeps": as_run(found.rounds),
            "sweeps": found.sweeps,
            "beta_range": list(task.beta_range),
            "ladder": None if ladder is None else ladder.betas.tolist(),
            "exchange_rates": None if ladder is None else ladder.exchange_rates.tolist(),
            "stopped_by": found.stopped_by,
            "kernel": form.name,
            "num_replicas": batches * form.replicas,
            "notes": cut_short(found.rounds, rounds is None) if found.stopped_by == "time" else [],
        }
        return Annealed(found.states, found.energies, info)

    def _draw(
        self,
        gibbs: Any,
        ising: Ising,
        seed: int,
        threads: int,
        deadline: float | None,
        started: float,
        jit: float,
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

    def _info(
        self, seed: int, threads: int, updates: int, jit: float, setup: float, seconds: float
    ) -> dict[str, Any]:
        return {
            "method": self.method,
            "seed": seed,
            "num_reads": int(self.num_reads),
            "num_threads": threads,
            "spin_updates_per_second": updates / max(seconds, 1e-9),
            "timing": {"setup": setup, "jit": jit, "sample": seconds},
        }

    def _default_sweeps(self) -> int:
        return DEFAULT_RESTARTS if self.method == "descent" else self.default_sweeps


def _warn_of_lost_biases(ising: Ising, resolution: float) -> None:
    import numpy as np

    if resolution == 0:
        return
    sizes = np.abs(np.concatenate([ising.linear, ising.quad]))
    # what is left of terms that cancel is no bias: float64 itself knows it no better
    sizes = sizes[sizes > RESIDUE * sizes.max(initial=0.0)]
    lost = float((sizes < resolution).mean())
    if lost > LOST:
        warnings.warn(
            f"{lost:.0%} of the biases are below {resolution:.3g} and lost in single precision "
            "beside the largest, "
            f"{sizes.max():.3g}; scale the large ones, penalties perhaps, down",
            PrecisionWarning,
            stacklevel=4,
        )
