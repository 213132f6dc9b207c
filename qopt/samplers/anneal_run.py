"""The arguments of an anneal, checked, and running it.

Light to import: numba comes with the first run.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import PrecisionWarning
from ..kit.checks import require, require_count, require_positive
from .run_options import RunOptions, Spent, as_run, cut_short, is_range

if TYPE_CHECKING:
    from ..anneal.core.ising import Floats, Ising, Spins
    from ..anneal.ising.layout import Fit, Layout
    from ..anneal.ising.search import Found, Search

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
        _warn_of_lost_biases(ising, fit.resolution)
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
    """The options of an anneal of a QUBO, checked; `RunOptions` explains the shared ones.

    Parameters
    ----------
    beta_range
        First and last inverse temperature, 0 < hot <= cold, in 1 / energy; None: from the model.
    beta, burn_in, thinning
        Of method "gibbs": the inverse temperature; sweeps before the first sample, and between
        samples.
    """

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
        jit: float = 0.0,
    ) -> Annealed:
        """Anneal. `started`, of `time.perf_counter()`, is when the time limit began to count;
        compile time is not counted, `jit` seconds of which have passed since then.

        `initial` int8[k, n] are states in {-1, +1} that the result is not worse than. So many
        seconds of the limit as `reserve` are left to the caller.
        """
        started = time.perf_counter() if started is None else started
        ready = model if isinstance(model, Ready) else self.ready(model)
        jit += 0.0 if isinstance(model, Ready) else ready.jit
        deadline = self.deadline(started + jit, reserve)
        if self.method == "gibbs":
            return self._draw(ready, deadline, started, jit)
        search = self._search(ready, initial, deadline)
        sampling = time.perf_counter()
        lowest = search.run(int(self.num_reads))
        info = self._info(lowest.spin_updates, Spent.since(started, jit, sampling))
        info |= self._of_search(search, lowest)
        return Annealed(lowest.states, lowest.energies, info)

    def _search(self, ready: Ready, initial: Spins | None, deadline: float | None) -> Search:
        from ..anneal.core.crew import Budget
        from ..anneal.ising.search import Search

        rounds, batches = self.plan(ready.fit.form.replicas, self.threads)
        ends = self.beta_range
        return Search(
            ready.ising,
            method=self.method,  # type: ignore[arg-type]  # one of METHODS
            rounds=rounds,
            num_batches=batches,
            num_threads=self.threads,
            beta_range=None if ends is None else (float(ends[0]), float(ends[1])),
            seed=self.chosen_seed,
            initial=initial,
            budget=Budget(deadline, self.target, self.interrupt),
            on_progress=self.on_progress,
            layout=ready.layout,
            num_reads=int(self.num_reads),
        )

    def _draw(self, ready: Ready, deadline: float | None, started: float, jit: float) -> Annealed:
        """Samples at one temperature."""
        from ..anneal.ising import gibbs

        ending = _Ending(self.interrupt, deadline)
        beta = float(self.beta or 0.0)
        burn_in = DEFAULT_BURN_IN if self.burn_in is None else int(self.burn_in)
        thinning = int(self.thinning or DEFAULT_THINNING)
        sampling = time.perf_counter()
        drawn = gibbs.draw(
            ready.ising,
            beta=beta,
            num_samples=int(self.num_reads),
            burn_in=burn_in,
            thinning=thinning,
            seed=self.chosen_seed,
            num_threads=self.threads,
            over=ending,
        )
        info = self._info(drawn.spin_updates, Spent.since(started, jit, sampling)) | {
            "sweeps": drawn.sweeps,
            "beta": beta,
            "burn_in": burn_in,
            "thinning": thinning,
            "num_chains": drawn.num_chains,
            "effective_sample_size": drawn.effective,
            "stopped_by": "sweeps" if drawn.complete else ending.reason or "interrupt",
        }
        return Annealed(drawn.states, drawn.energies, info)

    def _info(self, updates: int, spent: Spent) -> dict[str, Any]:
        """What is to be known of any run, of so many updates of spins."""
        return {
            "method": self.method,
            "seed": self.chosen_seed,
            "num_reads": int(self.num_reads),
            "num_threads": self.threads,
            "spin_updates_per_second": updates / max(spent.sample, 1e-9),
            "timing": asdict(spent),
        }

    def _of_search(self, search: Search, found: Found) -> dict[str, Any]:
        """What is to be known of a search, besides."""
        form, ladder = search.layout.form, search.ladder
        cut = found.stopped_by == "time"
        return {
            "num_sweeps": as_run(found.rounds),
            "sweeps": found.sweeps,
            "beta_range": list(search.beta_range),
            "ladder": None if ladder is None else ladder.betas.tolist(),
            "exchange_rates": None if ladder is None else ladder.exchange_rates.tolist(),
            "stopped_by": found.stopped_by,
            "kernel": form.name,
            "num_replicas": len(search.batches) * form.replicas,
            "notes": cut_short(found.rounds, search.open_ended) if cut else [],
        }

    def _default_sweeps(self) -> int:
        return DEFAULT_RESTARTS if self.method == "descent" else self.default_sweeps


@dataclass
class _Ending:
    """Asked whether to end: at a deadline, of `time.perf_counter()`, or when `interrupt` says so.

    `reason` is what it has said yes for, None before.
    """

    interrupt: Callable[[], bool] | None
    deadline: float | None
    reason: str | None = None

    def __call__(self) -> bool:
        if self.interrupt is not None and self.interrupt():
            self.reason = self.reason or "interrupt"
        elif self.deadline is not None and time.perf_counter() >= self.deadline:
            self.reason = self.reason or "time"
        return self.reason is not None


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
            stacklevel=_frames_of_qopt(),
        )


def _frames_of_qopt() -> int:
    """How many calls up the first is that is not of this package."""
    frame, depth = sys._getframe(1), 1
    package = __name__.partition(".")[0]
    while frame.f_back is not None and frame.f_globals["__name__"].partition(".")[0] == package:
        frame, depth = frame.f_back, depth + 1
    return depth
