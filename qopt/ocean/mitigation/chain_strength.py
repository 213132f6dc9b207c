"""Chain strengths tried with a few reads each, and the best of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...kit.checks import listed, require_count, require_positive
from ..embedding.chains import Sample, program
from ..embedding.embedded import Embedded
from ..embedding.graphs import Target
from ..embedding.reads import Unembedding, unembed
from ..embedding.strengths import uniform_torque_compensation
from ..packing import pack
from ..ranges import ranges_of

if TYPE_CHECKING:
    import dimod

PREFACTORS = (0.5, 0.75, 1.0, 1.414, 2.0)  # the range that Ocean's documentation tells to try


@dataclass(frozen=True)
class Measured:
    """What one strength came to.

    Attributes
    ----------
    prefactor, strength
        Of Ocean's rule, and in units of the problem's energies.
    mean_of_best
        The mean of the lowest quarter of the energies, at least one: what the choice goes by.
    best
        The lowest energy.
    chain_break_fraction
        Mean over the reads.
    reads
        How many there were.
    """

    prefactor: float
    strength: float
    mean_of_best: float
    best: float
    chain_break_fraction: float
    reads: int


@dataclass(frozen=True)
class Scan:
    """All that was measured, and the best of it, the first where several are."""

    rows: tuple[Measured, ...]
    submissions: int

    @property
    def best(self) -> Measured:
        return min(self.rows, key=lambda row: row.mean_of_best)

    @property
    def strength(self) -> float:
        """To be given as `strength` to `program`."""
        return self.best.strength

    def info(self) -> dict[str, Any]:
        """JSON-ready."""
        rows = [asdict(row) for row in self.rows]
        return {"chosen": asdict(self.best), "rows": rows, "submissions": self.submissions}


def scan(
    bqm: dimod.BinaryQuadraticModel,
    places: Embedded | Mapping[Any, Any] | Sequence[Embedded | Mapping[Any, Any]],
    device: Any,
    sample: Sample,
    *,
    prefactors: Sequence[float] = PREFACTORS,
    num_reads: int = 20,
    method: Unembedding = "majority",
    seed: int = 0,
) -> Scan:
    """Read a problem with several chain strengths.

    Parameters
    ----------
    bqm
        Of either vartype.
    places
        Its chains: then each strength is a submission of its own. Or as many disjoint chains as
        there are prefactors: then all are in one submission, at the price of other qubits for each.
    device
        As at `qopt.ocean.packing.pack`: what is sent is scaled to fill its ranges, so that with
        strong chains the problem's own biases become small, as they would on the device.
    sample
        `sample(h, j, num_reads)`, without scaling of its own.
    prefactors
        Times the root mean square coupling and the root of the mean degree.
    num_reads
        Of each.
    """
    each = [float(one) for one in listed("prefactors", prefactors)]
    for one in each:
        require_positive("prefactors", one, wanted="numbers above 0")
    require_count("num_reads", num_reads)
    spins = bqm if bqm.vartype.name == "SPIN" else bqm.spin
    strengths = [uniform_torque_compensation(spins, prefactor=one) for one in each]
    options: dict[str, Any] = {"method": method, "seed": seed}
    if isinstance(places, Embedded | Mapping):
        target, ranges = Target.of(device), ranges_of(device)
        sent = []
        for strength in strengths:
            on = program(bqm, places, target, strength=strength)
            scale = ranges.scale(on.qubits, on.h, on.couplers, on.j)
            sent.append((on, sample(*on.ising(scale), num_reads)))
        found = [unembed(reads, on, **options) for on, reads in sent]
        submissions = len(each)
    else:
        one_job = pack([bqm] * len(each), device, list(places), strength=list(strengths))
        found = one_job.unpack(sample(one_job.h, one_job.j, num_reads), **options)
        submissions = 1
    rows = map(_measured, each, strengths, found)
    return Scan(tuple(rows), submissions)


def _measured(prefactor: float, strength: float, samples: dimod.SampleSet) -> Measured:
    count = np.asarray(samples.record.num_occurrences)
    energies = np.sort(np.repeat(samples.record.energy, count))
    told = samples.info["unembedding"]
    few = max(1, len(energies) // 4)
    return Measured(
        prefactor=prefactor,
        strength=strength,
        mean_of_best=float(energies[:few].mean()) if len(energies) else np.inf,
        best=float(energies[0]) if len(energies) else np.inf,
        chain_break_fraction=told["mean_chain_break_fraction"],
        reads=told["reads"],
    )
