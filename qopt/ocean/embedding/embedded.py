"""What an embedding is, and whether it is one."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...errors import QoptError
from ...kit.checks import shown

if TYPE_CHECKING:
    import numpy.typing as npt

    from .graphs import Source, Target

    IntArray = npt.NDArray[np.int64]

Method = Literal["clique", "minorminer", "native", "given"]


@dataclass(frozen=True)
class Embedded:
    """A place on a device for each variable of a problem.

    Attributes
    ----------
    chains
        By the label of a variable, the qubits that together stand for it.
    method
        How they were found: "clique" by Ocean's busclique, "minorminer", "native" where the labels
        are qubits of the device already, "given" by the user.
    name, graph_id
        The device, and the state of it, that they are for.
    seconds
        That this call took to find them.
    cached
        Whether they were found by an earlier call and kept on disk.
    tried
        What was tried and in vain, in order, a sentence each.
    """

    chains: Mapping[Hashable, tuple[int, ...]]
    method: Method
    name: str
    graph_id: str
    seconds: float = 0.0
    cached: bool = False
    tried: tuple[str, ...] = ()

    @property
    def qubits(self) -> int:
        """How many qubits the chains take together."""
        return sum(map(len, self.chains.values()))

    @property
    def longest(self) -> int:
        """How many qubits the longest chain has; 0 without variables."""
        return max(map(len, self.chains.values()), default=0)

    def info(self) -> dict[str, Any]:
        """How good it is and how it was found; JSON-ready, and without the labels."""
        return {
            "method": self.method,
            "device": self.name,
            "graph_id": self.graph_id,
            "variables": len(self.chains),
            "qubits": self.qubits,
            "longest_chain": self.longest,
            "seconds": self.seconds,
            "cached": self.cached,
            "tried": list(self.tried),
        }

    def to_dict(self, variables: Sequence[Hashable]) -> dict[str, Any]:
        """JSON-ready, with the chains in the order of `variables`, whose labels are left out.

        `from_dict` reads it back, given the same variables.
        """
        return self.info() | {"chains": [list(self.chains[label]) for label in variables]}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any], variables: Sequence[Hashable]) -> Embedded:
        """Of what `to_dict` gave. Raises QoptError where the chains are not one a variable."""
        chains = told["chains"]
        if len(chains) != len(variables):
            many = f"{len(chains)} chains for {len(variables)} variables"
            raise QoptError(f"an embedding with {many}; give the variables it was saved with")
        return cls(
            {label: tuple(chain) for label, chain in zip(variables, chains, strict=True)},
            told["method"],
            told["device"],
            told["graph_id"],
            told["seconds"],
            told["cached"],
            tuple(told["tried"]),
        )


def flawed(chains: Sequence[Sequence[int]], source: Source, target: Target) -> str | None:
    """Why chains, in the order of the source's labels, are no embedding of it; None where they are.

    Each must be connected qubits that work and are in no other, and for each edge of the source a
    coupler must join the chains of its two variables.
    """
    labels = source.labels
    for label, chain in zip(labels, chains, strict=True):
        if not len(chain):
            return f"the chain of {_named(label)} has no qubit"
    qubits, owners = flat(chains)
    missing = np.flatnonzero(~np.isin(qubits, target.qubits))
    if len(missing):
        at = missing[0]
        return (
            f"the chain of {_named(labels[owners[at]])} has qubit {qubits[at]}, which is not there"
        )
    order = np.argsort(qubits, kind="stable")
    twice = np.flatnonzero(np.diff(qubits[order]) == 0)
    if len(twice):
        first, second = owners[order[twice[0]]], owners[order[twice[0] + 1]]
        at = qubits[order[twice[0]]]
        if first == second:
            return f"the chain of {_named(labels[first])} has qubit {at} twice"
        return (
            f"the chains of {_named(labels[first])} and {_named(labels[second])} share qubit {at}"
        )
    u, v = within(qubits, owners, target)
    inside = owners[u] == owners[v]
    broken = _apart(len(qubits), owners, u[inside], v[inside])
    if broken is not None:
        return f"the chain of {_named(labels[broken])} is not connected: {list(chains[broken])}"
    joined = np.zeros((len(labels), len(labels)), dtype=bool)
    joined[owners[u], owners[v]] = joined[owners[v], owners[u]] = True
    open_ = np.flatnonzero(~joined[source.edges[:, 0], source.edges[:, 1]])
    if len(open_):
        first, second = (_named(labels[k]) for k in source.edges[open_[0]])
        return f"no coupler joins the chains of {first} and {second}, which are coupled"
    return None


def given(chains: Mapping[Any, Iterable[int]], source: Source, target: Target) -> list[list[int]]:
    """A user's own chains, in the order of the source's labels.

    Chains of other labels are left out. Raises QoptError for what is no embedding; names the chain.
    """
    if not isinstance(chains, Mapping):
        raise QoptError(
            f"chains={shown(chains, 60)}: give the qubits by the label of each variable"
        )
    for label in source.labels:
        if label not in chains:
            raise QoptError(f"chains: none is given for {_named(label)}; give its qubits")
    rows: list[list[int]] = []
    for label in source.labels:
        try:
            rows.append([int(qubit) for qubit in chains[label]])
        except (TypeError, ValueError):
            what = shown(chains[label], 60)
            raise QoptError(f"chains: that of {_named(label)} is {what}; give its qubits") from None
    if (why := flawed(rows, source, target)) is not None:
        raise QoptError(f"chains: {why}; mend it, or let qopt find an embedding")
    return rows


def flat(chains: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray]:
    """All qubits of chains one after the other, int64, and of each the number of its chain."""
    sizes = [len(chain) for chain in chains]
    qubits = np.array([qubit for chain in chains for qubit in chain], dtype=np.int64)
    return qubits, np.repeat(np.arange(len(chains)), sizes)


def within(qubits: IntArray, owners: IntArray, target: Target) -> tuple[IntArray, IntArray]:
    """The couplers with both ends among `qubits`, as two arrays of positions there."""
    place = np.full(int(max(target.qubits.max(initial=0), qubits.max(initial=0))) + 1, -1)
    place[qubits] = np.arange(len(qubits))
    u, v = place[target.couplers[:, 0]], place[target.couplers[:, 1]]
    both = (u >= 0) & (v >= 0)
    return u[both], v[both]


def _apart(n: int, owners: IntArray, u: IntArray, v: IntArray) -> int | None:
    """The number of a chain whose qubits are not connected by the pairs; None where all are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(n, n))
    count, part = connected_components(graph, directed=False)
    if count == len(np.unique(owners)):
        return None
    for chain in range(int(owners.max(initial=-1)) + 1):
        if len(np.unique(part[owners == chain])) > 1:
            return chain
    return None


def _named(label: Hashable) -> str:
    return f"variable {shown(label, 60)}"
