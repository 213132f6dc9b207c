"""What a chip answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...devices.timing import JobTime
from .problem import Floats, Problem
from .settings import Settings

# microseconds: work of the service around a job, which is told and not charged
ACCESS_OVERHEAD, POST_PROCESSING = 15_000.0, 500.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Answered:
    """The samples of a job.

    `active` int32[k] are the numbers of the used qubits, `samples` int8[rows, k] their values, -1
    and +1 of an ising problem and 0 and 1 of a qubo, `energies` float64[rows] of the problem as it
    was submitted, `occurrences` int32[rows] how many reads gave each. `timing` has the fields of a
    device's timing, in microseconds; `facts` says how the answer was made.
    """

    active: npt.NDArray[np.int32]
    samples: npt.NDArray[np.int8]
    energies: Floats
    occurrences: npt.NDArray[np.int32]
    timing: dict[str, float]
    facts: dict[str, Any]


def rows(
    problem: Problem, settings: Settings, spins: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int8], Floats, npt.NDArray[np.int32]]:
    """(samples, energies, occurrences) of the reads `spins` int8[num_reads, k] in {-1, +1}.

    A histogram has each state once, from the lowest energy up; raw answers stand as they were read.
    """
    counts: npt.NDArray[Any] = np.ones(len(spins), dtype=np.int32)
    if settings.answer_mode == "histogram":
        packed = np.packbits(spins > 0, axis=1)
        keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, counts = np.unique(keys, return_index=True, return_counts=True)
        spins = spins[first]
    energies = problem.submitted().energies(spins)
    if settings.answer_mode == "histogram":
        order = np.argsort(energies, kind="stable")
        spins, energies, counts = spins[order], energies[order], counts[order]
    kept = slice(settings.max_answers)
    samples = spins[kept]
    if problem.type == "qubo":
        samples = ((samples + 1) // 2).astype(np.int8)
    return samples, energies[kept], counts[kept].astype(np.int32)


def timing(job: JobTime) -> dict[str, float]:
    """A device's timing fields, in microseconds, to a hundredth."""
    fields = {
        "qpu_sampling_time": job.sampling,
        "qpu_anneal_time_per_sample": job.anneal,
        "qpu_readout_time_per_sample": job.readout,
        "qpu_delay_time_per_sample": job.delay,
        "qpu_programming_time": job.programming,
        "qpu_access_time": job.access,
        "qpu_access_overhead_time": ACCESS_OVERHEAD,
        "total_post_processing_time": POST_PROCESSING,
        "post_processing_overhead_time": POST_PROCESSING,
    }
    return {name: round(value, 2) for name, value in fields.items()}
