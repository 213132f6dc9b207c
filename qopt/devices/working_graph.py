"""Working graphs: a topology less the qubits and couplers that a device has lost.

Which qubits of a device work is told to its customers only, so what is lost here is drawn: as many
qubits as the documentation says, each as likely as another, and then couplers between qubits that
work. On two devices whose lists could be looked at this is near to how it is: of the 270 couplers
that Advantage2_system1.10 lacks between working qubits, 87 % are internal ones, which are 80 % of
all, and few qubits lack more than one. The seeds are chosen among the first 24 so that the largest
clique that can be embedded is about that of the devices: 107 on Advantage2_system1.10 and 78 on
Advantage2_system4.1.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]

DRAWS = 1000  # before it is said that no draw fits; one in a few does


def topology(kind: str, shape: tuple[int, ...], **lists: Any) -> Any:
    """The graph of D-Wave's topology `kind`, "pegasus" or "zephyr", as networkx has it."""
    from dwave import graphs

    return getattr(graphs, f"{kind}_graph")(*shape, **lists)


def drawn(
    kind: str, shape: tuple[int, ...], *, qubits: int, couplers: int, seed: int
) -> tuple[Ints, Ints]:
    """(qubits int32[n], couplers int32[m, 2]) of a working graph of those sizes.

    Couplers have the lower qubit first and stand in the order in which a device lists them, by the
    second qubit and then the first. The same numbers give the same graph in every process: only
    the doubles of a Mersenne twister are used, whose stream numpy keeps for good.
    """
    whole = topology(kind, shape)
    nodes = np.array(sorted(whole), dtype=np.int32)
    edges = np.sort(np.array(list(whole.edges), dtype=np.int32), axis=1)
    edges = edges[np.lexsort((edges[:, 0], edges[:, 1]))]
    dice = np.random.RandomState(seed)
    for _ in range(DRAWS):
        kept = np.sort(nodes[np.argsort(dice.random_sample(len(nodes)), kind="stable")[:qubits]])
        left = edges[np.isin(edges, kept).all(axis=1)]
        if len(left) >= couplers:
            order = np.argsort(dice.random_sample(len(left)), kind="stable")
            return kept, left[np.sort(order[:couplers])]
    raise RuntimeError(f"no draw of {qubits} qubits of {kind} {shape} leaves {couplers} couplers")


def identity_of(qubits: Ints, couplers: Ints) -> str:
    """A name of the working graph, by its contents: ten hexadecimal digits."""
    digest = hashlib.sha256(qubits.astype("<i4").tobytes() + couplers.astype("<i4").tobytes())
    return digest.hexdigest()[:10]
