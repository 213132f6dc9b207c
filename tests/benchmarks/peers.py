"""Samplers of a QUBO that are compared for the same seconds, each on one thread and the same dimod
model.

qopt, dwave-sa, dwave-tabu    what qopt is installed with
openjij                       with `pip install openjij`
simulated-bifurcation         with `pip install simulated-bifurcation`

Peers run at their defaults and start again until the time is up. What a run has begun it may
finish, which favours the peers: a read of simulated annealing, and the dense matrices that
dwave-tabu and simulated-bifurcation build before their clocks start.
"""

from __future__ import annotations

import importlib
import itertools
import math
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np
from dwave.samplers import SimulatedAnnealingSampler, TabuSampler

from qopt.samplers import QuboAnnealer

# spin updates in one call of dwave-samplers' annealing, some 0.2 s, beside which the call is
# nothing
BLOCK = 5_000_000


@dataclass(frozen=True)
class Attempt:
    """The best bits found, bool[n]; the spin updates that took, where there are such; the seconds
    of it spent compiling.
    """

    bits: np.ndarray
    updates: float | None = None
    compiling: float = 0.0


@dataclass(frozen=True)
class Sampler:
    """`run(bqm, seconds, seed, sweeps)`, which needs a module, and takes models of at most so many
    variables.
    """

    run: Callable[[dimod.BinaryQuadraticModel, float, int, int], Attempt]
    module: str
    most: float = math.inf

    def installed(self) -> bool:
        """Whether the module can be imported; then it is, so that no run is charged for that."""
        try:
            importlib.import_module(self.module)
        except ImportError:
            return False
        return True


def dwave_reads(
    bqm: dimod.BinaryQuadraticModel, sweeps: int, seed: int, deadline: float
) -> Iterator[dimod.SampleSet]:
    """Reads of dwave-samplers' simulated annealing, a block at a time, until the deadline, of
    `time.perf_counter()`.

    Its default range of beta takes longer to find than a short read does; it is found once, as is
    the model in spins. The size of a block depends on the model and `sweeps` alone: the same seed
    gives the same reads.
    """
    sampler, spins, beta_range = (
        SimulatedAnnealingSampler(),
        bqm.change_vartype("SPIN", inplace=False),
        None,
    )
    reads = max(1, BLOCK // (bqm.num_variables * sweeps))

    def over() -> bool:
        return time.perf_counter() >= deadline

    for number in itertools.count():
        found = sampler.sample(
            spins,
            num_reads=reads,
            num_sweeps=sweeps,
            beta_range=beta_range,
            seed=_seed(seed, number),
            interrupt_function=over,
        )
        beta_range = found.info["beta_range"]
        yield found
        if over():
            return


def bits_of(found: dimod.SampleSet, place: int | None = None) -> np.ndarray:
    """bool[n] of one sample, by default the lowest, in the order of the variables 0..n-1."""
    row = found.record.sample[np.argmin(found.record.energy) if place is None else place]
    bits = np.empty(len(row), dtype=bool)
    bits[list(found.variables)] = row > 0
    return bits


def _qopt(bqm: dimod.BinaryQuadraticModel, seconds: float, seed: int, sweeps: int) -> Attempt:
    found = QuboAnnealer().sample(bqm, time_limit=seconds, seed=seed, num_threads=1)
    timing = found.info["timing"]
    return Attempt(
        bits_of(found), found.info["spin_updates_per_second"] * timing["sample"], timing["jit"]
    )


def _dwave_sa(bqm: dimod.BinaryQuadraticModel, seconds: float, seed: int, sweeps: int) -> Attempt:
    return _best(bqm, dwave_reads(bqm, sweeps, seed, time.perf_counter() + seconds), sweeps)


def _dwave_tabu(bqm: dimod.BinaryQuadraticModel, seconds: float, seed: int, sweeps: int) -> Attempt:
    """One read, for its timeout is that of a read, in milliseconds; within it, the search starts
    anew up to 1,000,000 times.
    """
    return Attempt(
        bits_of(
            TabuSampler().sample(bqm, num_reads=1, timeout=max(1, round(1000 * seconds)), seed=seed)
        )
    )


def _openjij(bqm: dimod.BinaryQuadraticModel, seconds: float, seed: int, sweeps: int) -> Attempt:
    return _best(bqm, _openjij_reads(bqm, sweeps, seed, time.perf_counter() + seconds), sweeps)


def _openjij_reads(
    bqm: dimod.BinaryQuadraticModel, sweeps: int, seed: int, deadline: float
) -> Iterator[dimod.SampleSet]:
    """A read a call, for with a seed all reads of a call are the same one; the model and the
    default betas are made once.
    """
    openjij = importlib.import_module("openjij")
    sampler, betas = openjij.SASampler(), {}
    model = openjij.BinaryQuadraticModel(
        dict(bqm.linear), dict(bqm.quadratic), bqm.offset, bqm.vartype, sparse=True
    )
    for number in itertools.count():
        yield sampler.sample(
            model, num_reads=1, num_sweeps=sweeps, seed=_seed(seed, number), **betas
        )
        betas = {name: sampler.schedule_info[name] for name in ("beta_min", "beta_max")}
        if time.perf_counter() >= deadline:
            return


def _bifurcation(
    bqm: dimod.BinaryQuadraticModel, seconds: float, seed: int, sweeps: int
) -> Attempt:
    deadline = time.perf_counter() + seconds
    torch, bifurcation = (
        importlib.import_module("torch"),
        importlib.import_module("simulated_bifurcation"),
    )
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = bifurcation.build_model(*_dense(bqm), dtype=torch.float32)
    best, bits = math.inf, np.zeros(bqm.num_variables, dtype=bool)
    while (left := deadline - time.perf_counter()) > 0:
        with warnings.catch_warnings(action="ignore"):  # that no agent has converged by then
            state, energy = model.minimize(domain="binary", verbose=False, timeout=left)
        if float(energy) < best:
            best, bits = float(energy), state.numpy() > 0.5
    return Attempt(bits)


def _dense(bqm: dimod.BinaryQuadraticModel) -> tuple[np.ndarray, np.ndarray, float]:
    n = bqm.num_variables
    vectors = bqm.to_numpy_vectors(variable_order=range(n))
    row, col, quad = vectors.quadratic
    matrix = np.zeros((n, n), dtype=np.float32)
    matrix[row, col] = quad
    return matrix, vectors.linear_biases.astype(np.float32), float(vectors.offset)


def _best(bqm: dimod.BinaryQuadraticModel, reads: Iterator[Any], sweeps: int) -> Attempt:
    count, best, bits = 0, math.inf, np.zeros(bqm.num_variables, dtype=bool)
    for found in reads:
        count += len(found)
        lowest = float(found.record.energy.min())
        if lowest < best:
            best, bits = lowest, bits_of(found)
    return Attempt(bits, float(count) * sweeps * bqm.num_variables)


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0]) % 2**31


# with n variables, dwave-tabu takes 40 n^2 bytes and simulated-bifurcation 25 n^2: 4 GB and 10 GB
# at the most
SAMPLERS = {
    "qopt": Sampler(_qopt, "qopt.anneal.ising.search"),
    "dwave-sa": Sampler(_dwave_sa, "dwave.samplers"),
    "dwave-tabu": Sampler(_dwave_tabu, "dwave.samplers", 10_000),
    "openjij": Sampler(_openjij, "openjij"),
    "simulated-bifurcation": Sampler(_bifurcation, "simulated_bifurcation", 20_000),
}
