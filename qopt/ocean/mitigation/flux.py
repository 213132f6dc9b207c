"""Small biases that a device's qubits have of themselves, measured where they are asked nothing.

An uncoupled qubit with h = 0 at temperature T and with an offset d of its own has the mean spin
-tanh(d / T).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import QoptError
from ...kit.checks import require_count, require_positive
from ..embedding.chains import Sample

if TYPE_CHECKING:
    from ...devices import Description


@dataclass(frozen=True)
class Offsets:
    """Estimates, in the units of h as the device has it.

    Attributes
    ----------
    h
        By qubit, the bias that it has of itself.
    error
        By qubit, one standard error of that: of the reads' chance, and of what differs from one
        submission to the next.
    temperature, reads
        That they are from.
    submissions
        The `info` of each.
    """

    h: Mapping[int, float]
    error: Mapping[int, float]
    temperature: float
    reads: int
    submissions: tuple[Mapping[str, Any], ...]

    @property
    def spread(self) -> float:
        """The root mean square of the offsets, less what their errors add to it."""
        return float(np.sqrt(max(self._square - self._noise, 0.0)))

    @property
    def share(self) -> float:
        """The part of the estimates' square that is no chance, 0 to 1."""
        return max(self._square - self._noise, 0.0) / self._square if self._square else 0.0

    @property
    def _square(self) -> float:
        return float(np.mean(np.square(list(self.h.values()))))

    @property
    def _noise(self) -> float:
        return float(np.mean(np.square(list(self.error.values()))))

    def compensated(
        self, h: Mapping[int, float], *, share: float | None = None
    ) -> dict[int, float]:
        """h less a `share` of the offsets, which is by itself the one above; a qubit that was not
        measured stays as it is.
        """
        part = self.share if share is None else share
        return {qubit: bias - part * self.h.get(qubit, 0.0) for qubit, bias in h.items()}

    def flux_biases(self, device: Description, *, share: float | None = None) -> list[float]:
        """The same for a device's parameter `flux_biases`: a flux for each of its qubits, in units
        of the flux quantum, 0 for one that was not measured.

        They are finer than h, whose own steps are as large as the offsets of a well-tuned device.
        By Ocean's formula, at the device's documented persistent current.
        """
        from dwave.system.temperatures import h_to_fluxbias

        part = self.share if share is None else share
        of_one = h_to_fluxbias(1.0, B=device.critical_gigahertz, MAFM=device.coupler_picohenry)
        fluxes = np.zeros(device.num_qubits)
        fluxes[list(self.h)] = -part * float(of_one) * np.array(list(self.h.values()))
        return [float(flux) for flux in fluxes]

    def info(self) -> dict[str, Any]:
        """JSON-ready, without the single qubits."""
        told = {"qubits": len(self.h), "spread": self.spread, "share": self.share}
        told |= {"temperature": self.temperature, "reads": self.reads}
        return told | {"submissions": [dict(info) for info in self.submissions]}


def offsets(
    sample: Sample,
    qubits: Iterable[int],
    *,
    temperature: float,
    num_reads: int = 1000,
    submissions: int = 4,
) -> Offsets:
    """Measure qubits with h = 0 and no couplings.

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
        Of each submission. The standard error of an offset is about the temperature divided by the
        root of all reads, and more where submissions differ. A mean spin beyond that of all reads
        but half a one is taken for that.
    submissions
        A device is programmed anew for each, with new errors: only what stays from one to the next
        can be taken off later jobs. One alone cannot tell the two apart.

    The offsets of real devices move slowly, so that they hold for the next jobs and not for the
    next day. Raises QoptError without qubits.
    """
    require_positive("temperature", temperature)
    require_count("num_reads", num_reads, least=2)
    require_count("submissions", submissions)
    asked = sorted(set(qubits))
    if not asked:
        raise QoptError("qubits: there are none; give at least one")
    sent = [sample(dict.fromkeys(asked, 0.0), {}, num_reads) for _ in range(submissions)]
    rows, own = zip(*(_offsets(reads, asked, temperature) for reads in sent), strict=True)
    found = np.mean(rows, axis=0)
    chance = np.mean(np.square(own), axis=0) / submissions
    if submissions > 1:  # over all qubits: of one there are too few to tell
        differ = float(np.mean(np.var(rows, axis=0, ddof=1)))
        chance = chance + max(differ - float(np.mean(np.square(own))), 0.0) / submissions
    by_qubit = [
        dict(zip(asked, values.tolist(), strict=True)) for values in (found, np.sqrt(chance))
    ]
    infos = tuple(dict(reads.info) for reads in sent)
    return Offsets(by_qubit[0], by_qubit[1], temperature, num_reads * submissions, infos)


def _offsets(reads: Any, qubits: list[int], temperature: float) -> tuple[Any, Any]:
    """float64 (qubits,) each: estimates of one submission, and their errors by chance."""
    count = np.asarray(reads.record.num_occurrences, dtype=np.float64)
    at = [reads.variables.index(qubit) for qubit in qubits]
    spins = reads.record.sample[:, at].astype(np.float64)
    if reads.vartype.name == "BINARY":
        spins = 2 * spins - 1
    total = float(count.sum())
    edge = 1 - 1 / total
    mean = np.clip(count @ spins / total, -edge, edge)
    return -temperature * np.arctanh(mean), temperature / np.sqrt(total * (1 - mean**2))
