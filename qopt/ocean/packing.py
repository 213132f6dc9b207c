"""Many small problems in one submission, each on qubits of its own.

A device charges for programming and for each read, and not for each qubit: a hundred problems
together cost little more than one.

    for pack in packed(bqms, device):
        reads = device.sample_ising(pack.h, pack.j, num_reads=100, auto_scale=False)
        for number, samples in zip(pack.numbers, pack.unpack(reads)):
            print(number, samples.first)
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import NotEmbedded, QoptError
from ..kit.checks import listed, require_count, require_positive
from .embedding.chains import Programmed, program
from .embedding.embedded import Embedded
from .embedding.graphs import Source, Target
from .embedding.reads import Unembedding, unembed
from .embedding.store import Store
from .embedding.strengths import Strength
from .embedding.tiles import Placing
from .ranges import Ranges, ranges_of

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Tile:
    """One problem of a submission.

    Attributes
    ----------
    programmed
        It on its qubits, before it is scaled.
    scale
        What its h and J are multiplied by.
    """

    programmed: Programmed
    scale: float


@dataclass(frozen=True, eq=False)
class Packed:
    """Problems of one submission.

    Attributes
    ----------
    tiles
        One a problem.
    numbers
        Of the problems, in the list that they come from.
    """

    tiles: tuple[Tile, ...]
    numbers: tuple[int, ...]

    @property
    def h(self) -> dict[int, float]:
        """By qubit, scaled: to be submitted with `auto_scale=False`."""
        parts = [tile.programmed.ising(tile.scale)[0] for tile in self.tiles]
        return {qubit: bias for part in parts for qubit, bias in part.items()}

    @property
    def j(self) -> dict[tuple[int, int], float]:
        """By pair of qubits, scaled."""
        parts = [tile.programmed.ising(tile.scale)[1] for tile in self.tiles]
        return {pair: bias for part in parts for pair, bias in part.items()}

    @property
    def qubits(self) -> int:
        """How many are used."""
        return sum(len(tile.programmed.qubits) for tile in self.tiles)

    def unpack(
        self,
        reads: dimod.SampleSet,
        *,
        method: Unembedding = "majority",
        seed: int = 0,
        descend: bool = False,
    ) -> list[dimod.SampleSet]:
        """Samples of each problem, in the order of `tiles`: its own variables, vartype and
        energies, with `chain_break_fraction`.

        Arguments as at `qopt.ocean.embedding.unembed`. `info` has what the reads had, and "packed":
        how many problems were in the submission, which of them this is, and its scale. Equal
        samples are not put together: row k of each is row k of the reads. Raises QoptError for
        reads that lack a qubit.
        """
        found = []
        for k, tile in enumerate(self.tiles):
            options: dict[str, Any] = {"method": method, "seed": seed + k, "descend": descend}
            samples = unembed(reads, tile.programmed, **options)
            samples.info["packed"] = {"problems": len(self.tiles), "tile": k, "scale": tile.scale}
            found.append(samples)
        return found

    def info(self) -> dict[str, Any]:
        """What is in the submission; JSON-ready."""
        return {
            "problems": len(self.tiles),
            "numbers": list(self.numbers),
            "qubits": self.qubits,
            "tiles": [tile.programmed.info() | {"scale": tile.scale} for tile in self.tiles],
        }


def pack(
    bqms: Sequence[dimod.BinaryQuadraticModel],
    device: Any,
    embeddings: Sequence[Embedded | Mapping[Any, Any]],
    *,
    strength: Strength | list[Strength] = None,
    ranges: Ranges | None = None,
    numbers: Sequence[int] | None = None,
) -> Packed:
    """Put problems beside each other by embeddings that are at hand.

    Parameters
    ----------
    bqms
        Of either vartype.
    device
        A description, a structured sampler or a graph, as at `qopt.ocean.embedding.embed`.
    embeddings
        One a BQM, disjoint.
    strength
        Of chains, as at `qopt.ocean.embedding.program`; a list has one for each BQM.
    ranges
        Each problem is scaled by a factor of its own to fill them, as a device would scale it
        alone; default those of the device, and no scaling for a graph, which has none.
    numbers
        Names of the problems; default 0, 1, ...

    Raises QoptError where two problems share a qubit, and for what is no embedding.
    """
    bqms, given = listed("bqms", bqms), listed("embeddings", embeddings)
    if len(bqms) != len(given):
        raise QoptError(f"{len(given)} embeddings for {len(bqms)} problems; give one for each")
    each = _one_each(strength, len(bqms))
    target, scaling = Target.of(device), ranges or ranges_of(device)
    tiles: list[Tile] = []
    owner: dict[int, int] = {}
    for k, (bqm, chains, own) in enumerate(zip(bqms, given, each, strict=True)):
        on = program(bqm, chains, target, strength=own)
        for qubit in on.qubits.tolist():
            if owner.setdefault(qubit, k) != k:
                said = f"problems {owner[qubit]} and {k} share qubit {qubit}"
                raise QoptError(f"embeddings: {said}; give disjoint ones")
        tiles.append(Tile(on, scaling.scale(on.qubits, on.h, on.couplers, on.j)))
    return Packed(tuple(tiles), tuple(range(len(tiles)) if numbers is None else numbers))


def packed(
    bqms: Sequence[dimod.BinaryQuadraticModel],
    device: Any,
    *,
    strength: Strength | list[Strength] = None,
    ranges: Ranges | None = None,
    seed: int = 0,
    time_limit: float = 60.0,
    store: Store | None = None,
    interrupt: Any = None,
) -> Iterator[Packed]:
    """Put problems into as few submissions as there is room for, and find their embeddings.

    Each submission is packed as it is asked for; `Packed.numbers` says which problems are in it.
    `seed`, `time_limit` (for all of them together), `store` and `interrupt` are as at
    `qopt.ocean.embedding.embed`, the rest as at `pack`. Raises NotEmbedded for a problem that has
    no place even alone.
    """
    bqms = listed("bqms", bqms)
    require_count("seed", seed, least=0)
    require_positive("time_limit", time_limit, wanted="seconds above 0")
    each = _one_each(strength, len(bqms))
    target, scaling = Target.of(device), ranges or ranges_of(device)
    deadline = time.perf_counter() + time_limit
    placing = Placing(target, seed, deadline, store or Store.of_user(), interrupt)
    sources = [Source.of(bqm) for bqm in bqms]
    waiting = list(range(len(bqms)))
    while waiting:
        found = placing.round([sources[k] for k in waiting])
        placed = {k: rows for k, rows in zip(waiting, found, strict=True) if rows is not None}
        if not placed:
            first = sources[waiting[0]]
            size = f"{len(first.labels):,} variables and {len(first.edges):,} couplings"
            said = f"problem {waiting[0]}, of {size}, has no place on {target.name}"
            raise NotEmbedded(f"{said}; take a smaller one, or more time than {time_limit:g} s")
        waiting = [k for k in waiting if k not in placed]
        yield pack(
            [bqms[k] for k in placed],
            target,
            [dict(zip(sources[k].labels, rows, strict=True)) for k, rows in placed.items()],
            strength=[each[k] for k in placed],
            ranges=scaling,
            numbers=list(placed),
        )


def _one_each(strength: Strength | list[Strength], count: int) -> list[Strength]:
    each = strength if isinstance(strength, list) else [strength] * count
    if len(each) != count:
        raise QoptError(f"{len(each)} chain strengths for {count} problems; give one for each")
    return each
