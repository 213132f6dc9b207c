"""A reference problem: how well a device does today what it did before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import QoptError
from ...kit.checks import require, require_count, require_positive
from .cells import Cell, grown, planted
from .success import Success

CELLS = 12
LEAST_CELLS = 3
SAME = 1e-6  # of the largest bias: energies that differ by less are one
RANGES = ("h_range", "j_range")


@dataclass(frozen=True, eq=False)
class Reference:
    """Small problems on parts of a device that are spread over it, sent as one, whose ground states
    are known.

    `name` is the same for the same problem. `cells` are the problems.
    """

    name: str
    cells: tuple[Cell, ...]

    @classmethod
    def of(
        cls,
        graph: Any,
        ranges: Mapping[str, Any],
        seed: int = 0,
        *,
        cells: int = CELLS,
        share: float = 0.8,
        temperature: float = 0.15,
    ) -> Reference:
        """For a device's working graph, a networkx.Graph, and its ranges, by D-Wave's names.

        Biases are scaled so that at the `temperature`, in units of h and J, a `share` of reads
        would find the ground state of a cell: few enough that a colder or a hotter device is seen.
        The same arguments give the same reference. Raises QoptError for a graph without room for
        three cells.
        """
        require_count("seed", seed, least=0)
        require_count("cells", cells, least=LEAST_CELLS)
        require(0 < share < 1, "share", share, "a share above 0 and below 1")
        require_positive("temperature", temperature)
        random = np.random.default_rng(seed)
        places, neighbours = grown(graph, cells, random)
        if len(places) < LEAST_CELLS:
            raise QoptError(
                f"the device has room for {len(places)} of {cells} cells of the reference problem; "
                f"it takes {LEAST_CELLS} at least"
            )
        most = _most(ranges)
        made = tuple(
            planted(each, neighbours, random, share=share, temperature=temperature, most=most)
            for each in places
        )
        digest = hashlib.sha256()
        for cell in made:
            for array in (cell.qubits, cell.h, cell.ends, cell.j):
                digest.update(array.tobytes())
        return cls(digest.hexdigest()[:16], made)

    @property
    def h(self) -> dict[int, float]:
        """By qubit."""
        pairs = [(cell.qubits.tolist(), cell.h.tolist()) for cell in self.cells]
        return {q: bias for qubits, h in pairs for q, bias in zip(qubits, h, strict=True)}

    @property
    def j(self) -> dict[tuple[int, int], float]:
        """By the two qubits of a coupler, the smaller first."""
        found: dict[tuple[int, int], float] = {}
        for cell in self.cells:
            ends = np.sort(cell.qubits[cell.ends], axis=1).tolist()
            found |= {(u, v): bias for (u, v), bias in zip(ends, cell.j.tolist(), strict=True)}
        return found

    @property
    def parameters(self) -> dict[str, Any]:
        """Of the submission, but for `num_reads`: biases are not to be scaled by the device."""
        return {"auto_scale": False, "answer_mode": "raw"}

    def score(self, samples: Any) -> Success:
        """How often each cell was found in a ground state, of a dimod SampleSet of spins over its
        qubits. Raises QoptError for an answer without reads, or over other qubits.
        """
        columns = {int(qubit): k for k, qubit in enumerate(samples.variables)}
        missing = [q for cell in self.cells for q in cell.qubits.tolist() if q not in columns]
        counts = samples.record.num_occurrences
        if missing or counts.sum() <= 0:
            what = f"qubit {missing[0]} is not in it" if missing else "it has no reads"
            raise QoptError(f"an answer to the reference problem cannot be scored: {what}")
        shares = []
        for cell in self.cells:
            spins = samples.record.sample[:, [columns[q] for q in cell.qubits.tolist()]]
            slack = SAME * max(np.abs(cell.h).max(), np.abs(cell.j).max())
            found = cell.energies(spins) <= cell.ground + slack
            shares.append(float(counts[found].sum() / counts.sum()))
        return Success(self.name, tuple(shares), int(counts.sum()))


def _most(ranges: Mapping[str, Any]) -> float:
    """The largest bias that fits each range on both sides; 1 where there are none."""
    given = [ranges[name] for name in RANGES if ranges.get(name) is not None]
    return min([1.0, *(min(abs(float(low)), float(high)) for low, high in given)])
