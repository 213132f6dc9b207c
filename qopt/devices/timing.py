"""What a job costs on an annealer's clock: the timing model that a device publishes with itself.

The model is version 1.0 of D-Wave's `problem_timing_data` ("Estimating access time" in the
documentation of QPU timing): a job is programmed once, and then each read is an anneal, a readout
that takes longer the more qubits are read, and a delay. All times here are microseconds, as the
device's own are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..kit import checks


@dataclass(frozen=True, kw_only=True)
class JobTime:
    """The parts of a job's time, in microseconds: `programming` once, the others each read."""

    programming: float
    anneal: float
    readout: float
    delay: float
    num_reads: int

    @property
    def sampling(self) -> float:
        """All reads."""
        return self.num_reads * (self.anneal + self.readout + self.delay)

    @property
    def access(self) -> float:
        """What is charged: the programming and all reads."""
        return self.programming + self.sampling


@dataclass(frozen=True, kw_only=True)
class TimingModel:
    """The figures of one device, in microseconds.

    `readout` are points (number of qubits, time of a readout): between them the logarithm of the
    time is linear in the logarithm of the number.
    """

    programming: float
    programming_thermalization: float
    annealing_time: float
    readout: tuple[tuple[float, float], ...]
    readout_thermalization: float
    delay: float
    decorrelation: tuple[float, float]
    decorrelation_at: float
    reverse_programming: tuple[float, float]
    reverse_delay: tuple[float, float]

    def readout_time(self, num_qubits: int) -> float:
        """Of one read of so many qubits."""
        import numpy as np

        qubits, times = (np.log10(each) for each in zip(*self.readout, strict=True))
        return float(10 ** np.interp(math.log10(num_qubits), qubits, times))

    def job(
        self,
        *,
        num_qubits: int,
        num_reads: int = 1,
        annealing_time: float | None = None,
        programming_thermalization: float | None = None,
        readout_thermalization: float | None = None,
        reduce_intersample_correlation: bool = False,
    ) -> JobTime:
        """The time of a job that uses `num_qubits` qubits after its embedding.

        A thermalization of 0 stands for the default, as it does in D-Wave's own estimate.
        """
        checks.require_count("num_qubits", num_qubits)
        checks.require_count("num_reads", num_reads)
        checks.require_positive("annealing_time", annealing_time, optional=True)
        anneal = annealing_time or self.annealing_time
        rest = readout_thermalization or self.readout_thermalization
        if reduce_intersample_correlation:
            least, most = self.decorrelation
            rest = max(rest, least + anneal / self.decorrelation_at * (most - least))
        return JobTime(
            programming=self.programming
            + (programming_thermalization or self.programming_thermalization),
            anneal=anneal,
            readout=self.readout_time(num_qubits),
            delay=self.delay + rest,
            num_reads=num_reads,
        )

    def properties(self) -> dict[str, Any]:
        """As a device's `problem_timing_data`, version 1.0.0."""
        points = [*zip(*self.readout, strict=True)]
        return {
            "version": "1.0.0",
            "typical_programming_time": self.programming,
            "reverse_annealing_with_reinit_prog_time_delta": self.reverse_programming[0],
            "reverse_annealing_without_reinit_prog_time_delta": self.reverse_programming[1],
            "default_programming_thermalization": self.programming_thermalization,
            "default_annealing_time": self.annealing_time,
            "readout_time_model": "pwl_log_log",
            "readout_time_model_parameters": [
                math.log10(value) for values in points for value in values
            ],
            "qpu_delay_time_per_sample": self.delay,
            "reverse_annealing_with_reinit_delay_time_delta": self.reverse_delay[0],
            "reverse_annealing_without_reinit_delay_time_delta": self.reverse_delay[1],
            "default_readout_thermalization": self.readout_thermalization,
            "decorrelation_max_nominal_anneal_time": self.decorrelation_at,
            "decorrelation_time_range": list(self.decorrelation),
        }
