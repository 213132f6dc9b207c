"""A dimod sampler over the annealing core."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import dimod
import numpy as np

from ..anneal.ising import Ising, Spins
from ..errors import QoptError
from .anneal_run import AnnealRun


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
