"""A dimod sampler over the annealing core."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import dimod
import numpy as np

from ..anneal.ising import Ising, Spins
from ..errors import QoptError
from ..kit.checks import require
from .anneal_run import AnnealRun

if TYPE_CHECKING:
    from ..anneal.search import Found
    from ..compile import Qubo

GENERATORS = ("tile", "none", "random")


@dataclass(frozen=True)
class ArraySamples:
    """`states` int8[num_reads, n] over {0, 1}, `energies` float64[num_reads], lowest first, and the `info` of a sample set."""

    states: np.ndarray[Any, np.dtype[np.int8]]
    energies: np.ndarray[Any, np.dtype[np.float64]]
    info: dict[str, Any]


class QuboAnnealer(dimod.Sampler):
    """Low-energy states of a QUBO or Ising model, on this machine: 16 to 64 replicas a core at a time.

    Every read ends in a descent, so it is a local minimum (with a float32 field's rounding, where biases are not whole
    numbers). The same `seed` and `num_sweeps` give the same bytes on any number of threads.
    """

    @property
    def parameters(self) -> Mapping[str, Sequence[str]]:
        return {
            name: []
            for name in [
                *(f.name for f in fields(AnnealRun)),
                "initial_states",
                "initial_states_generator",
            ]
        }

    @property
    def properties(self) -> Mapping[str, Any]:
        return {"category": "software"}

    def sample(
        self,
        bqm: dimod.BinaryQuadraticModel,
        *,
        num_reads: int = 16,
        num_sweeps: int | Sequence[int] | Sequence[Sequence[int]] | None = None,
        beta_range: tuple[float, float] | None = None,
        method: str = "tempering",
        seed: int | None = None,
        time_limit: float | None = None,
        target: float | None = None,
        initial_states: Any = None,
        initial_states_generator: str = "tile",
        num_threads: int | None = None,
        interrupt: Callable[[], bool] | None = None,
        on_progress: Callable[[Found], None] | None = None,
        beta: float | None = None,
        burn_in: int | None = None,
        thinning: int | None = None,
        **unknown: Any,
    ) -> dimod.SampleSet:
        """Sample low-energy states of `bqm`.

        Parameters
        ----------
        bqm
            Of either vartype; the samples come back in it.
        num_reads
            Samples to return, at least 1: the best of as many replicas, lowest energy first. Replicas run in batches of 16,
            32 or 64, as `info["num_replicas"]` says; all of them count.
        num_sweeps
            Sweeps of one run of the method; or a sequence, for runs in turn of which each replica keeps its best; or, as a
            timed run on several threads records it, a sequence of sequences, one a batch. Default: 2000 without a `time_limit`
            or `target`, else as many as those allow.
        beta_range
            First and last inverse temperature, 0 < hot <= cold, in 1 / energy. Default: from what flips cost at local minima of
            the model; tempering narrows that to where states are forgotten and where one exchange remains.
        method
            "tempering": replicas exchange temperatures (up to 512 sweeps: anneals). "annealing": each replica an anneal.
            "descent": random states brought downhill; its sweeps are restarts. "gibbs": sampling at one `beta`.
        seed
            0 or more; drawn and recorded when None.
        time_limit
            Seconds, above 0, counted from the call; compiling the kernels is not counted.
        target
            Stop once a read has this energy or less.
        initial_states
            What dimod takes for samples of `bqm`; the result is never worse than they are.
        initial_states_generator
            Where there are fewer of them than reads: "tile" repeats them, "random" adds random states, "none" refuses.
        num_threads
            At least 1; default one a core. A timed run has a batch of replicas for each.
        interrupt
            Asked every few milliseconds, from the calling thread; True ends the sampling with what it has.
        on_progress
            Called with the best states so far, at most every 0.1 s, from the calling thread.
        beta, burn_in, thinning
            Of method "gibbs": the inverse temperature; sweeps before the first sample (default 1000) and between samples of a
            chain (default 10). `num_reads` samples come back in the order drawn.

        Returns
        -------
        dimod.SampleSet
            With `info`: seed, num_sweeps (pass both to replay), sweeps, beta_range, ladder and exchange_rates of a tempering,
            stopped_by ("sweeps", "time", "target", "interrupt"), kernel, num_replicas, num_threads, spin_updates_per_second,
            and `timing`: seconds of set-up, jit and sampling. Of "gibbs": num_chains and effective_sample_size.

        Raises
        ------
        QoptError
            For an argument out of its range or a bias that is not finite. An unknown argument warns, as dimod asks, and so do
            biases too far apart for single precision (`PrecisionWarning`); none is too large or small, the model is scaled.
        """
        started = time.perf_counter()
        self.remove_unknown_kwargs(**unknown)
        run = AnnealRun(
            num_reads=num_reads,
            num_sweeps=num_sweeps,
            beta_range=beta_range,
            method=method,
            seed=seed,
            time_limit=time_limit,
            target=target,
            num_threads=num_threads,
            interrupt=interrupt,
            on_progress=on_progress,
            beta=beta,
            burn_in=burn_in,
            thinning=thinning,
        )
        require(
            initial_states_generator in GENERATORS,
            "initial_states_generator",
            initial_states_generator,
            " or ".join(GENERATORS),
        )
        ising = _ising(bqm)
        initial = None
        if initial_states is not None:
            require(method != "gibbs", "initial_states", "...", "none with method='gibbs'")
            initial = _extended(
                _states(bqm, initial_states), num_reads, initial_states_generator, seed
            )
        found = run(ising, initial=initial, started=started)
        samples = dimod.SampleSet.from_samples(
            (found.states, list(bqm.variables)),
            energy=found.energies,
            info=found.info,
            vartype=dimod.SPIN,
            sort_labels=False,
        )
        return samples.change_vartype(bqm.vartype, inplace=True)

    def sample_arrays(
        self, qubo: Qubo, *, initial_states: Any = None, **options: Any
    ) -> ArraySamples:
        """Sample a `qopt.compile.Qubo` without dimod: for models of a hundred thousand variables and more.

        `options` are those of `sample`; `initial_states` is an array [k, n] over {0, 1} with k at most `num_reads`. An
        unknown option is an error here.
        """
        started = time.perf_counter()
        known = [f.name for f in fields(AnnealRun)]
        for name in options:
            require(name in known, "option", name, f"one of {', '.join(known)}")
        run = AnnealRun(**options)
        ising = _made(Ising.from_qubo, qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
        initial = None
        if initial_states is not None:
            bits = np.asarray(initial_states)
            fits = (
                bits.ndim == 2
                and bits.shape[1] == qubo.num_variables
                and 1 <= len(bits) <= run.num_reads
            )
            if not (fits and np.isin(bits, (0, 1)).all()):
                raise QoptError(
                    f"initial_states has shape {bits.shape}; give 0s and 1s, at most num_reads rows of {qubo.num_variables}"
                )
            initial = (2 * bits - 1).astype(np.int8)
        found = run(ising, initial=initial, started=started)
        return ArraySamples((found.states + 1) // 2, found.energies, found.info)


def _ising(bqm: dimod.BinaryQuadraticModel) -> Ising:
    vectors = bqm.to_numpy_vectors(variable_order=list(bqm.variables))
    row, col, quad = vectors.quadratic
    build = Ising.from_arrays if bqm.vartype is dimod.SPIN else Ising.from_qubo
    return _made(build, vectors.linear_biases, row, col, quad, float(vectors.offset))


def _made(build: Callable[..., Ising], *arrays: Any) -> Ising:
    try:
        return build(*arrays)
    except ValueError as error:
        raise QoptError(str(error)) from None


def _states(bqm: dimod.BinaryQuadraticModel, samples: Any) -> Spins:
    """States int8[k, n] in the model's variable order, over {-1, +1}."""
    values, labels = dimod.as_samples(samples)
    if set(labels) != set(bqm.variables) or not len(values):
        raise QoptError("initial_states must give every variable of the model, and no other")
    place = {label: k for k, label in enumerate(labels)}
    states = values[:, [place[label] for label in bqm.variables]]
    if not np.isin(states, list(bqm.vartype.value)).all():
        raise QoptError(
            f"initial_states must hold {bqm.vartype.name} values, {sorted(bqm.vartype.value)}"
        )
    return np.where(states > 0, 1, -1).astype(np.int8)


def _extended(states: Spins, num_reads: int, generator: str, seed: int | None) -> Spins:
    """`num_reads` states: those given, and then more of them as `generator` says."""
    given, n = states.shape
    if given >= num_reads or generator == "tile":
        return np.resize(states, (num_reads, n))
    if generator == "none":
        raise QoptError(
            f"initial_states has {given} states for {num_reads} reads; give as many, or a generator of 'tile' or 'random'"
        )
    random = np.random.default_rng(seed)
    return np.concatenate(
        [states, (2 * random.integers(0, 2, (num_reads - given, n)) - 1).astype(np.int8)]
    )
