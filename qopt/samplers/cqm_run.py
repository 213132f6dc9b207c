"""The arguments of a constrained anneal, checked, and running it. Light to import: numba comes with the first run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..kit.checks import require, require_count
from .run_options import RunOptions, as_run, is_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..anneal.constrained.search import Found
    from ..compile.arrays import Floats, ModelArrays


@dataclass(frozen=True)
class Walked:
    """`values` float64[k, n], feasible ones first, better ones first, with the `info` of a sample set.

    `impossible` says why no assignment can be feasible, where that is proved.
    """

    values: Floats
    info: dict[str, Any]
    impossible: str | None = None


@dataclass(frozen=True)
class CqmRun(RunOptions):
    """What `CqmAnnealer.sample_cqm` explains, checked."""

    temperature_range: tuple[float, float] | None = None
    num_replicas: int | None = None

    default_sweeps: ClassVar = 1000
    may_idle: ClassVar = True  # a timed run may end before every batch has begun

    def __post_init__(self) -> None:
        super().__post_init__()
        ends = self.temperature_range
        fall = ends is None or (is_range(ends) and ends[0] >= ends[1])
        require_count("num_replicas", self.num_replicas, least=4, optional=True)
        require(fall, "temperature_range", ends, "(hot, cold) with hot >= cold > 0, both finite")

    def warm_up(self) -> float:
        """Compile the kernels; returns the seconds that took."""
        from ..anneal.warm import warm_up_constrained

        return warm_up_constrained()

    def __call__(
        self,
        model: ModelArrays,
        *,
        initial: Floats | None = None,
        started: float | None = None,
        offer: Callable[[Floats, int], None] | None = None,
    ) -> Walked:
        """Anneal. `started`, of `time.perf_counter()`, is when the time limit began to count; compile time is not counted.

        `initial` float64[k, n] are assignments that the result is not worse than, as far as they keep what is kept. `offer` is
        called with the best assignments so far, float64[k, n], and the sweeps done.
        """
        from ..anneal import crew
        from ..anneal.constrained.search import ConstrainedSearch, walkers_a_batch
        from .constrained_model import Kept, prepared

        started = time.perf_counter() if started is None else started
        seed, threads = self.chosen_seed, self.threads
        jit = self.warm_up()
        deadline = None if self.time_limit is None else started + jit + self.time_limit
        presolved, impossible = prepared(model)
        search: ConstrainedSearch
        for columns in (True, False):
            kept = Kept.of(presolved.model, columns=columns)
            walkers = self.num_replicas or walkers_a_batch(kept.model.num_variables)
            rounds, batches = self.plan(walkers, threads)

            def values(found: Found, kept: Kept = kept) -> Floats:
                return presolved.restore(found.states[:, : kept.num_variables])

            def report(found: Found) -> None:
                if offer is not None:
                    offer(values(found), found.sweeps)
                if self.on_progress is not None:
                    self.on_progress(found)

            search = ConstrainedSearch(
                kept.model,
                method=self.method,  # type: ignore[arg-type]  # one of its methods
                rounds=rounds,
                num_batches=batches,
                walkers=walkers,
                num_threads=threads,
                temperatures=self.temperature_range,
                seed=seed,
                initial=None if initial is None else kept.extended(presolved.reduce(initial)),
                budget=crew.Budget(deadline, self.target, self.interrupt),
                on_progress=report if offer is not None or self.on_progress is not None else None,
            )
            if search.startable:
                break
            impossible = impossible or kept.unmatched()
        sampling = time.perf_counter()
        found = search.run(int(self.num_reads))
        seconds = time.perf_counter() - sampling
        info = {
            "method": self.method,
            "seed": seed,
            "num_reads": int(self.num_reads),
            "num_threads": threads,
            "num_sweeps": as_run(found.rounds),
            "sweeps": found.sweeps,
            "temperatures": search.ladder,
            "stopped_by": found.stopped_by,
            "num_replicas": batches * walkers,
            "variables": kept.num_variables,
            "constraints": kept.counts(),
            "timing": {"setup": sampling - started - jit, "jit": jit, "sample": seconds},
        }
        return Walked(values(found), info, impossible)
