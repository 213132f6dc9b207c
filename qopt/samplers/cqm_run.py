"""The arguments of a constrained anneal, checked, and running it.

Light to import: numba comes with the first run.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..kit.checks import require, require_count
from .run_options import RunOptions, Spent, as_run, cut_short, is_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..anneal.constrained.search import ConstrainedSearch, Found
    from ..anneal.constrained.tables import Tables
    from ..compiler.model.arrays import Floats, ModelArrays
    from ..compiler.presolve.presolve import Presolved
    from .constrained_model import AnnealerModel


BEGIN_SECONDS = 1e-7  # a variable and term: of three million 0.3 s


@dataclass(frozen=True)
class Walked:
    """`values` float64[k, n], feasible ones first, better ones first, with the `info` of a sample
    set.

    `impossible` says why no assignment can be feasible, where that is proved.
    """

    values: Floats
    info: dict[str, Any]
    impossible: str | None = None


@dataclass(frozen=True, eq=False)
class Ready:
    """A model made ready to be annealed: all that comes before the first random number.

    `annealed` is what presolve left, as the core wants it, and `shared` its tables. `easy`
    float64[k, n'] are feasible assignments that need no search, best first, and `easy_objectives`
    float64[k] theirs. `example` float64[n'] is an assignment that a walk may begin with.
    """

    presolved: Presolved
    annealed: AnnealerModel
    shared: Tables
    easy: Floats
    easy_objectives: Floats
    example: Floats
    impossible: str | None

    def seconds_to_begin(self) -> float:
        """What it takes, about, until there are reads, and to add up their objectives."""
        model = self.annealed.model
        terms = len(model.pairs.value) + len(model.rows.value)
        return BEGIN_SECONDS * (model.num_variables + terms)

    @classmethod
    def of(cls, model: ModelArrays) -> Ready:
        """Asks for compiled kernels. Raises QoptError for a variable that has no bounds."""
        from ..anneal.constrained.tables import tables
        from ..anneal.constrained.walkers import Walkers
        from ..compiler.model.scoring import without_search
        from .constrained_model import AnnealerModel, prepared

        presolved, impossible = prepared(model)
        for columns in (True, False):
            annealed = AnnealerModel.of(presolved.model, columns=columns)
            shared = tables(annealed.model)
            walkers = Walkers(annealed.model, shared, 1)
            if walkers.restart([0]) or not columns:
                break
            impossible = impossible or annealed.unmatched()
        easy, objectives = without_search(presolved.model)
        example = walkers.state.x[0, : annealed.num_variables].copy()
        return cls(presolved, annealed, shared, easy, objectives, example, impossible)

    def states(self, values: Floats) -> Floats:
        """What is annealed, for assignments float64[k, n] of the model."""
        return self.annealed.extended(self.presolved.reduce(values))

    def values(self, found: Found) -> Floats:
        """float64[k, n]: the best assignments of the model that were found, and before them what is
        feasible and better without a search.
        """
        return self.presolved.restore(self._with_easy(found))

    def _with_easy(self, found: Found) -> Floats:
        import numpy as np

        values = found.states[:, : self.annealed.num_variables]
        best = min(
            zip(found.violations.tolist(), found.objectives.tolist(), strict=True),
            default=(math.inf, math.inf),
        )
        better = np.array([(0.0, worth) < best for worth in self.easy_objectives], dtype=np.bool_)
        if not better.any():
            return values
        return np.concatenate([self.easy[better], values])[: max(len(values), 1)]


@dataclass(frozen=True)
class CqmRun(RunOptions):
    """The options of an anneal of a constrained model, checked; `RunOptions` explains the shared
    ones.

    Parameters
    ----------
    temperature_range
        (hot, cold), hot >= cold > 0, in units of the objective; None: from how fast states are
        forgotten.
    num_replicas
        Assignments that are annealed side by side in a batch, at least 4; None: from the model's
        size.
    """

    temperature_range: tuple[float, float] | None = None
    num_replicas: int | None = None

    default_sweeps: ClassVar = 1000

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

    def ready(self, model: ModelArrays) -> Ready:
        """The model as this run wants it, which takes long where there are many constraints."""
        self.warm_up()
        return Ready.of(model)

    def reads(self, ready: Ready) -> int:
        """How many samples there are at most."""
        walkers = self._walkers(ready)
        return min(int(self.num_reads), walkers * self.plan(walkers, self.threads)[1])

    def _walkers(self, ready: Ready) -> int:
        from ..anneal.constrained.search import walkers_a_batch

        return self.num_replicas or walkers_a_batch(ready.annealed.model.num_variables)

    def __call__(
        self,
        model: ModelArrays | Ready,
        *,
        initial: Floats | None = None,
        started: float | None = None,
        offer: Callable[[Floats, int], None] | None = None,
        reserve: float = 0.0,
    ) -> Walked:
        """Anneal. `started`, of `time.perf_counter()`, is when the time limit began to count;
        compile time is not counted.

        `initial` float64[k, n] are assignments that the result is not worse than, as far as they
        keep what is kept. `offer` is called with the best assignments so far, float64[k, n], and
        the sweeps done. So many seconds of the limit as `reserve` are left to the caller.
        """
        started = time.perf_counter() if started is None else started
        jit = self.warm_up()
        deadline = self.deadline(started + jit, reserve)
        ready = model if isinstance(model, Ready) else self.ready(model)
        search = self._search(ready, initial, offer, deadline)
        impossible = ready.impossible
        if not search.startable:
            impossible = impossible or ready.annealed.unmatched()
        sampling = time.perf_counter()
        best = search.run(int(self.num_reads))
        spent = Spent.since(started, jit, sampling)
        return Walked(ready.values(best), self._info(ready, search, best, spent), impossible)

    def _search(
        self,
        ready: Ready,
        initial: Floats | None,
        offer: Callable[[Floats, int], None] | None,
        deadline: float | None,
    ) -> ConstrainedSearch:
        from ..anneal.constrained.search import ConstrainedSearch
        from ..anneal.core.crew import Budget

        walkers = self._walkers(ready)
        rounds, batches = self.plan(walkers, self.threads)

        def report(found: Found) -> None:
            if offer is not None:
                offer(ready.values(found), found.sweeps)
            if self.on_progress is not None:
                self.on_progress(found)

        return ConstrainedSearch(
            ready.annealed.model,
            method=self.method,  # type: ignore[arg-type]  # one of its methods
            rounds=rounds,
            num_batches=batches,
            walkers=walkers,
            num_threads=self.threads,
            temperatures=self.temperature_range,
            seed=self.chosen_seed,
            initial=None if initial is None else ready.states(initial),
            budget=Budget(deadline, self.target, self.interrupt),
            on_progress=report if offer is not None or self.on_progress is not None else None,
            shared=ready.shared,
        )

    def _info(
        self, ready: Ready, search: ConstrainedSearch, found: Found, spent: Spent
    ) -> dict[str, Any]:
        cut = found.stopped_by == "time"
        return {
            "method": self.method,
            "seed": self.chosen_seed,
            "num_reads": int(self.num_reads),
            "num_threads": self.threads,
            "num_sweeps": as_run(found.rounds),
            "sweeps": found.sweeps,
            "temperatures": search.ladder,
            "stopped_by": found.stopped_by,
            "num_replicas": len(search.batches) * self._walkers(ready),
            "variables": ready.annealed.num_variables,
            "constraints": ready.annealed.counts(),
            "timing": asdict(spent),
            "notes": cut_short(found.rounds, search.open_ended) if cut else [],
        }
