"""A problem on the qubits of a device: what is programmed there, and how reads become samples.

A variable's bias is shared equally by the qubits of its chain, a coupling by all couplers between
the two chains, and each coupler within a chain gets minus the chain's strength, so that its qubits
agree in every state of low energy. These are the rules of Ocean's `embed_bqm`, in arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import QoptError
from .embedded import Embedded, flat, flawed, within
from .graphs import Source, Target
from .strengths import Strength, strengths

if TYPE_CHECKING:
    import dimod
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

Sample = Callable[[dict[int, float], dict[tuple[int, int], float], int], Any]  # h, J, num_reads


@dataclass(frozen=True, eq=False)
class Programmed:
    """An Ising problem on qubits, and of what it was made.

    Attributes
    ----------
    bqm
        The problem, in its own vartype.
    variables
        Its variables, in the order of the chains.
    sizes
        int64 (n,): how many qubits each chain has.
    qubits
        int64 (q,): those of the first chain, of the second, and so on.
    h
        float64 (q,), in the units of the problem.
    couplers
        int64 (m, 2): pairs of qubits, the smaller first.
    j
        float64 (m,).
    offset
        What must be added to an energy on the qubits so that it is the problem's, where no chain is
        broken.
    strength
        float64 (n,): of each chain.
    """

    bqm: dimod.BinaryQuadraticModel
    variables: tuple[Hashable, ...]
    sizes: IntArray
    qubits: IntArray
    h: Floats
    couplers: IntArray
    j: Floats
    offset: float
    strength: Floats

    @cached_property
    def starts(self) -> IntArray:
        """int64 (n,): where each chain begins in `qubits`."""
        return np.concatenate([[0], np.cumsum(self.sizes)[:-1]]).astype(np.int64)

    @property
    def owners(self) -> IntArray:
        """int64 (q,): the number of the chain of each qubit."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def ising(self, scale: float = 1.0) -> tuple[dict[int, float], dict[tuple[int, int], float]]:
        """h and J by qubit and by pair of qubits, as samplers take them, times `scale`."""
        h = dict(zip(self.qubits.tolist(), (scale * self.h).tolist(), strict=True))
        pairs = map(tuple, self.couplers.tolist())
        return h, dict(zip(pairs, (scale * self.j).tolist(), strict=True))

    def info(self) -> dict[str, Any]:
        """What was programmed; JSON-ready."""
        low, high = float(self.strength.min(initial=np.inf)), float(self.strength.max(initial=0))
        return {
            "qubits": len(self.qubits),
            "couplers": len(self.couplers),
            "chain_strength": {"least": min(low, high), "most": high},
        }


def program(
    bqm: dimod.BinaryQuadraticModel,
    chains: Embedded | Mapping[Any, Any],
    graph: Any,
    *,
    strength: Strength = None,
) -> Programmed:
    """Put a problem on the qubits of its chains.

    Parameters
    ----------
    bqm
        Of either vartype; it becomes one of spins.
    chains
        By label, as `embed` finds them; those of other labels are left out.
    graph
        Of the device, as at `embed`.
    strength
        Of the chains, in units of the problem's energies as spins, above 0: one for all, a mapping
        by label, a function of the BQM that gives either, or None for
        `uniform_torque_compensation`.

    Raises QoptError where the chains are no embedding of the problem; names the chain.
    """
    target = Target.of(graph)
    chains = chains.chains if isinstance(chains, Embedded) else chains
    spins = bqm if bqm.vartype.name == "SPIN" else bqm.spin
    variables = tuple(bqm.variables)
    if lacking := [label for label in variables if label not in chains]:
        raise QoptError(f"chains: none is given for variable {lacking[0]!r}; give its qubits")
    rows = [chains[label] for label in variables]
    linear, (row, column, bias), offset = spins.to_numpy_vectors(variable_order=variables)
    keys = _pair_keys(row.astype(np.int64), column.astype(np.int64), len(variables))
    order = np.argsort(keys)
    keys, bias = keys[order], bias[order]
    qubits, owners = flat(rows)
    sizes = np.array([len(chain) for chain in rows], dtype=np.int64)
    if why := flawed(rows, Source(variables, _unkeyed(keys[bias != 0], len(variables))), target):
        raise QoptError(f"chains: {why}; embed the problem anew")
    u, v = within(qubits, owners, target)
    inside = owners[u] == owners[v]
    asked = _pair_keys(owners[u], owners[v], len(variables))
    at = np.searchsorted(keys, asked)
    between = ~inside & (np.append(keys, -1)[at] == asked)
    shares = np.bincount(at[between], minlength=len(keys))
    per_chain = strengths(strength, spins)
    j = np.zeros(len(u))
    j[inside] = -per_chain[owners[u[inside]]]
    j[between] = bias[at[between]] / shares[at[between]]
    used = inside | between
    return Programmed(
        bqm=bqm,
        variables=variables,
        sizes=sizes,
        qubits=qubits,
        h=linear[owners] / sizes[owners],
        couplers=np.sort(np.stack([qubits[u[used]], qubits[v[used]]], axis=1), axis=1),
        j=j[used],
        offset=float(offset) - float(j[inside].sum()),
        strength=per_chain,
    )


def _pair_keys(u: IntArray, v: IntArray, n: int) -> IntArray:
    """A number for each pair of variables, whichever comes first."""
    return np.asarray(np.minimum(u, v) * n + np.maximum(u, v))


def _unkeyed(keys: IntArray, n: int) -> IntArray:
    return np.stack([keys // max(n, 1), keys % max(n, 1)], axis=1)
