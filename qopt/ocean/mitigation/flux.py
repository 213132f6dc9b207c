"""Small biases that a device's qubits have of themselves, measured where they are asked nothing.

An uncoupled qubit with h = 0 at temperature T and with an offset d of its own has the mean spin
-tanh(d / T).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import QoptError
from ...kit.checks import require_count, require_positive
from ..embedding.chains import Sample


@dataclass(frozen=True)
class Offsets:
    """Estimates, in the units of h as the device has it.

    Attributes
    ----------
    h
        By qubit, the bias that it has of itself.
    error
        By qubit, one standard error of that.
    temperature, reads
        That they are from.
    info
        Of the submission.
    """

    h: Mapping[int, float]
    error: Mapping[int, float]
    temperature: float
    reads: int
    info: Mapping[str, Any]

    @property
    def spread(self) -> float:
        """The root mean square of the offsets, less what the reads' own chance adds to it."""
        own = np.array(list(self.h.values())) ** 2 - np.array(list(self.error.values())) ** 2
        return float(np.sqrt(max(own.mean(), 0.0))) if len(own) else 0.0

    def compensated(self, h: Mapping[int, float], *, share: float = 1.0) -> dict[int, float]:
        """h less a `share` of the offsets; a qubit that was not measured stays as it is."""
        return {qubit: bias - share * self.h.get(qubit, 0.0) for qubit, bias in h.items()}


def offsets(
    sample: Sample, qubits: Iterable[int], *, temperature: float, num_reads: int = 1000
) -> Offsets:
    """Measure qubits in one submission with h = 0 and no couplings.

    Parameters
    ----------
    sample
        As the package's docstring has it.
    qubits
        Which.
    temperature
        Of single qubits, in units of h: a device's documentation tells it, as
        `qopt.devices.described(name).temperature`.
    num_reads
        The standard error of an offset is about the temperature divided by their square root.
        A mean spin beyond that of all reads but half a one is taken for that.

    The offsets of real devices move slowly, so that they hold for the next jobs and not for the
    next day. Raises QoptError without qubits.
    """
    require_positive("temperature", temperature)
    require_count("num_reads", num_reads, least=2)
    asked = sorted(set(qubits))
    if not asked:
        raise QoptError("qubits: there are none; give at least one")
    reads = sample(dict.fromkeys(asked, 0.0), {}, num_reads)
    count = np.asarray(reads.record.num_occurrences, dtype=np.float64)
    at = [reads.variables.index(qubit) for qubit in asked]
    spins = reads.record.sample[:, at].astype(np.float64)
    if reads.vartype.name == "BINARY":
        spins = 2 * spins - 1
    total = float(count.sum())
    edge = 1 - 1 / total
    mean = np.clip(count @ spins / total, -edge, edge)
    found = -temperature * np.arctanh(mean)
    error = temperature / np.sqrt(total * (1 - mean**2))
    by_qubit = [dict(zip(asked, values.tolist(), strict=True)) for values in (found, error)]
    return Offsets(by_qubit[0], by_qubit[1], temperature, int(total), dict(reads.info))
