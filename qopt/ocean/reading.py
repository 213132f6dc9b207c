"""From the reads of a submission to samples of each problem in it, and what to say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .embedding import Embedded, Programmed, unembed

if TYPE_CHECKING:
    import dimod

    from .device import Ran
    from .packing import Packed
    from .ranges import Ranges

SHARED = ("device_seconds", "money", "estimated_seconds")  # of a submission, by all its problems


@dataclass(frozen=True)
class Turned:
    """A problem as it is submitted: scaled, and with some of its variables turned round.

    `payload` is what its reads are decoded with, whenever they come; JSON-ready.
    """

    h: Mapping[int, float]
    j: Mapping[tuple[int, int], float]
    payload: Mapping[str, Any]


def turned(on: Programmed, ranges: Ranges, rng: np.random.Generator | None) -> Turned:
    """With the variables turned round that are drawn, all qubits of a chain together, so that
    couplings within chains stay what they are; none without a generator. Each of these problems
    has the same states, up to the turn, and is scaled to fill the ranges by itself.
    """
    n = len(on.sizes)
    signs = np.ones(n) if rng is None else rng.integers(0, 2, n) * 2.0 - 1.0
    owner = dict(zip(on.qubits.tolist(), on.owners.tolist(), strict=True))
    ends = np.array([[owner[u], owner[v]] for u, v in on.couplers.tolist()], np.int64)
    h = on.h * signs[on.owners]
    j = on.j * signs[ends.reshape(-1, 2)].prod(axis=1)
    scale = ranges.scale(on.qubits, h, on.couplers, j)
    chains = np.split(on.qubits, on.starts[1:]) if n else []
    pairs = map(tuple, on.couplers.tolist())
    return Turned(
        dict(zip(on.qubits.tolist(), (h * scale).tolist(), strict=True)),
        dict(zip(pairs, (j * scale).tolist(), strict=True)),
        {
            "chains": [chain.tolist() for chain in chains],
            "strength": on.strength.tolist(),
            "scale": scale,
            "turned": np.flatnonzero(signs < 0).tolist(),
        },
    )


def unembedded(
    bqm: dimod.BinaryQuadraticModel, ran: Ran, tile: int, options: Mapping[str, Any]
) -> dimod.SampleSet:
    """By the chains that the job was sent with: an answer to an earlier call may have others than
    this call has found. `options` as at `unembed`.
    """
    told = ran.payload["tiles"][tile]
    chains = [np.asarray(chain, dtype=np.int64) for chain in told["chains"]]
    qubits = np.concatenate(chains) if chains else np.zeros(0, dtype=np.int64)
    programmed = Programmed(
        bqm=bqm,
        variables=tuple(bqm.variables),
        sizes=np.array([len(chain) for chain in chains], dtype=np.int64),
        qubits=qubits,
        h=np.zeros(len(qubits)),
        couplers=np.zeros((0, 2), dtype=np.int64),
        j=np.zeros(0),
        offset=0.0,
        strength=np.asarray(told["strength"], dtype=np.float64),
    )
    gone = [qubit for variable in told["turned"] for qubit in told["chains"][variable]]
    return unembed(_turned_back(ran.reads, gone), programmed, **options)


def together(states: Sequence[dimod.SampleSet]) -> dimod.SampleSet:
    """Samples of several submissions of a problem as one set, without their `info`."""
    from dimod import concatenate

    return states[0] if len(states) == 1 else concatenate(list(states))


def facts(
    embedded: Embedded | None,
    found: Packed,
    tile: int,
    ran: Sequence[Ran],
    states: Sequence[dimod.SampleSet],
    before: Sequence[Ran] = (),
) -> dict[str, Any]:
    """What must be known of the device to compare with another day's run; JSON-ready.

    Of a submission of several problems each is told its share of what was charged. `before` are
    jobs that were run to prepare for these.
    """
    told: dict[str, Any] = dict(ran[0].facts)
    told |= costs((*before, *ran), share=1 / len(found.tiles))
    told["queue_seconds"] = max(each.facts.get("queue_seconds") or 0.0 for each in ran)
    told["jobs"] = [one for each in (*before, *ran) for one in each.facts.get("jobs", [])]
    told["notes"] = [note for each in ran for note in each.facts.get("notes", [])]
    sent = ran[0].payload["tiles"][tile]
    lengths = [len(chain) for chain in sent["chains"]]
    strength = sent["strength"]
    told |= {
        "topology": told["snapshot"].get("topology"),
        "qubits_on_device": told["snapshot"].get("qubits"),
        "qubits": sum(lengths),
        "longest_chain": max(lengths, default=0),
        "chain_strength": max(strength, default=None),
        "chain_break_fraction": broken_share(states),
        "scale": sent["scale"],
        "unembedding": [each.info["unembedding"] for each in states],
        "problems_in_submission": len(found.tiles),
    }
    if embedded is not None:
        told["embedding"] = embedded.info()
    return told


def costs(ran: Sequence[Ran], *, share: float = 1.0) -> dict[str, float | None]:
    """What jobs were charged together, and were estimated to be; None where it is not known."""
    told: dict[str, float | None] = {}
    for name in SHARED:
        values = [each.facts.get(name) for each in ran]
        known = [value for value in values if value is not None]
        told[name] = sum(known) * share if known else None
    return told


def broken_share(states: Sequence[dimod.SampleSet]) -> float:
    """Of all chains in all reads, those that were broken; a row counts as often as it was read."""
    reads = sum(int(each.record.num_occurrences.sum()) for each in states)
    broken = sum(
        float(each.record.chain_break_fraction @ each.record.num_occurrences) for each in states
    )
    return broken / reads if reads else 0.0


def _turned_back(reads: dimod.SampleSet, qubits: Sequence[int]) -> dimod.SampleSet:
    if not qubits:
        return reads
    back, gone = reads.copy(), set(qubits)
    at = [k for k, qubit in enumerate(back.variables) if qubit in gone]
    values = back.record.sample
    values[:, at] = -values[:, at] if back.vartype.name == "SPIN" else 1 - values[:, at]
    return back
