"""A dimod sampler over the annealing core."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

import dimod
import numpy as np

from ..anneal.annealing import Annealed, Budget, OnRound, anneal, default_beta_range, warm_up
from ..anneal.ising import Ising, Spins
from ..errors import QoptError, require, require_count, require_positive

DEFAULT_SWEEPS = 1000


@dataclass(frozen=True)
class AnnealRun:
    """The arguments of `QuboAnnealer.sample`, checked; see there."""

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
        return len(ends) == 2 and all(isinstance(end, Real) for end in ends) and 0 < ends[0] <= ends[1] < np.inf


class QuboAnnealer(dimod.Sampler):
    """Simulated annealing of a QUBO or Ising model on this machine, 16 replicas at a time.

    Every read ends in a descent, so it is a local minimum. The same `seed` and `num_sweeps` give the same bytes on any number
    of threads, and read r is the same whatever `num_reads` is.
    """

    @property
    def parameters(self) -> Mapping[str, Sequence[str]]:
        return {name: [] for name in [*(f.name for f in fields(AnnealRun)), "initial_states"]}

    @property
    def properties(self) -> Mapping[str, Any]:
        return {"category": "software"}

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        *,
        num_reads: int = 16,
        num_sweeps: int | Sequence[int] | None = None,
        beta_range: tuple[float, float] | None = None,
        seed: int | None = None,
        time_limit: float | None = None,
        target: float | None = None,
        initial_states: Any = None,
        num_threads: int | None = None,
        interrupt: Callable[[], bool] | None = None,
        **unknown: Any,
    ) -> dimod.SampleSet:
        """Sample low-energy states of `bqm`.

        Parameters
        ----------
        bqm
            Of either vartype; the samples come back in it.
        num_reads
            Samples to return, at least 1.
        num_sweeps
            Sweeps of one anneal; or a sequence, for anneals in turn of which each read keeps its best. Default: 1000 without
            a `time_limit` or `target`, else anneals of growing length until one of those is reached.
        beta_range
            First and last inverse temperature, 0 < hot <= cold, in 1 / energy. Default: from the model's own fields.
        seed
            0 or more; drawn and recorded when None.
        time_limit
            Seconds, above 0, counted from the call; compiling the kernels is not counted.
        target
            Stop after an anneal that reached this energy.
        initial_states
            What dimod takes for samples of `bqm`; read r is never worse than state r, state 0 following the last.
        num_threads
            At least 1; default one a core.
        interrupt
            Asked every few milliseconds, from any thread; True ends the sampling with what it has.

        Returns
        -------
        dimod.SampleSet
            With `info`: seed, beta_range, num_sweeps (the completed anneals: pass them to replay), sweeps, stopped_by,
            num_threads, spin_updates_per_second, and `timing`: seconds of set-up, jit and sampling.

        Raises
        ------
        QoptError
            For an argument out of its range or a bias that is not finite. An unknown argument warns, as dimod asks.
        """
        started = time.perf_counter()
        self.remove_unknown_kwargs(**unknown)
        run = AnnealRun(num_reads, num_sweeps, beta_range, seed, time_limit, target, num_threads, interrupt)
        ising = _ising(bqm)
        initial = None if initial_states is None else _states(bqm, initial_states, num_reads)
        found, info = run(ising, initial=initial, started=started)
        states = dimod.SampleSet.from_samples(
            (found.states, list(bqm.variables)), energy=found.energies, info=info, vartype=dimod.SPIN
        )
        return states.change_vartype(bqm.vartype, inplace=True)


def _ising(bqm: dimod.BinaryQuadraticModel) -> Ising:
    vectors = bqm.to_numpy_vectors(variable_order=list(bqm.variables))
    row, col, quad = vectors.quadratic
    build = Ising.from_arrays if bqm.vartype is dimod.SPIN else Ising.from_qubo
    try:
        return build(vectors.linear_biases, row, col, quad, float(vectors.offset))
    except ValueError as error:
        raise QoptError(str(error)) from None


def _states(bqm: dimod.BinaryQuadraticModel, samples: Any, num_reads: int) -> Spins:
    """Initial states int8[num_reads, n] in the model's variable order, over {-1, +1}."""
    values, labels = dimod.as_samples(samples)
    if set(labels) != set(bqm.variables) or not len(values):
        raise QoptError("initial_states must give every variable of the model, and no other")
    place = {label: k for k, label in enumerate(labels)}
    states = values[:, [place[label] for label in bqm.variables]]
    if not np.isin(states, list(bqm.vartype.value)).all():
        raise QoptError(f"initial_states must hold {bqm.vartype.name} values, {sorted(bqm.vartype.value)}")
    return np.resize(np.where(states > 0, 1, -1).astype(np.int8), (num_reads, len(bqm.variables)))
