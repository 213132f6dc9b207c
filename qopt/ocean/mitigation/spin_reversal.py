"""Spin-reversal transforms: the same problem with some spins named the other way round.

Where s -> g s with g = 1 or -1 for each qubit, h becomes g h and J_uv becomes g_u g_v J_uv: the
energies stay as they were. A device's own small biases do not turn with them, so that over several
transforms they act in different directions and partly cancel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...kit.checks import require, require_count
from ..embedding.chains import Sample

if TYPE_CHECKING:
    import dimod

Pair = tuple[int, int]


@dataclass(frozen=True)
class Gauge:
    """By qubit 1, or -1 where its spin is named the other way round."""

    signs: Mapping[int, int]

    @classmethod
    def drawn(cls, qubits: Any, seed: int | tuple[int, ...]) -> Gauge:
        """At random, each sign as likely as the other."""
        named = list(qubits)
        drawn = np.random.default_rng(seed).integers(0, 2, len(named)) * 2 - 1
        return cls(dict(zip(named, drawn.tolist(), strict=True)))

    def applied(
        self, h: Mapping[int, float], j: Mapping[Pair, float]
    ) -> tuple[dict[int, float], dict[Pair, float]]:
        """The problem in the other names."""
        signs = self.signs
        turned = {qubit: signs[qubit] * bias for qubit, bias in h.items()}
        return turned, {(u, v): signs[u] * signs[v] * bias for (u, v), bias in j.items()}

    def undone(self, samples: dimod.SampleSet) -> dimod.SampleSet:
        """The same reads in the first names: energies, counts and all else as they were."""
        import dimod

        spins = (
            samples
            if samples.vartype is dimod.SPIN
            else samples.change_vartype("SPIN", inplace=False)
        )
        signs = np.array([self.signs[qubit] for qubit in spins.variables], dtype=np.int8)
        record = spins.record.copy()
        record.sample = record.sample * signs
        return dimod.SampleSet(record, spins.variables, dict(spins.info), dimod.SPIN)


def reversed_spins(
    sample: Sample,
    h: Mapping[int, float],
    j: Mapping[Pair, float],
    num_reads: int,
    *,
    transforms: int = 4,
    seed: int = 0,
) -> dimod.SampleSet:
    """Read a problem under several transforms, and give all reads in the problem's own names.

    Parameters
    ----------
    sample
        As the package's docstring has it.
    h, j
        By qubit, and by pair of qubits.
    num_reads
        Of all transforms together, shared as equally as it goes; at least one each.
    transforms
        Each is a submission of its own, and costs its own programming time. The first changes
        nothing.
    seed
        Of the signs, 0 or more.

    Returns
    -------
    SampleSet
        The reads, one submission after the other. `info["spin_reversal"]` has seed, number of
        transforms, reads of each, and the `info` of each submission as it came; where there is one
        transform `info` has its entries besides.
    """
    import dimod

    require_count("transforms", transforms)
    require_count("num_reads", num_reads)
    require_count("seed", seed, least=0)
    require(num_reads >= transforms, "num_reads", num_reads, f"{transforms} or more, one for each")
    qubits = sorted({*h, *(qubit for pair in j for qubit in pair)})
    plain = Gauge(dict.fromkeys(qubits, 1))
    gauges = [plain, *(Gauge.drawn(qubits, (seed, k)) for k in range(1, transforms))]
    shares = [num_reads // transforms + (k < num_reads % transforms) for k in range(transforms)]
    sent = [
        sample(*gauge.applied(h, j), reads) for gauge, reads in zip(gauges, shares, strict=True)
    ]
    found = [gauge.undone(reads) for gauge, reads in zip(gauges, sent, strict=True)]
    merged = dimod.concatenate(found)
    told = {
        "transforms": transforms,
        "seed": seed,
        "reads": shares,
        "submissions": [dict(samples.info) for samples in found],
    }
    merged.info.update(found[0].info if transforms == 1 else {}, spin_reversal=told)
    return merged
