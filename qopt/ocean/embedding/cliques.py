"""Cliques of a device: an embedding of n variables that may all be coupled with one another.

Ocean's busclique finds them on the graphs that D-Wave builds, those of all sizes at once, which are
kept as one file a device. Where many couplers are missing it can take minutes, or never end; and
where it is asked for one small size alone it has been seen to end its process (minorminer 0.2.22).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import QoptError
from ...kit.checks import require_positive
from ...workers import Ended
from .bounded import bounded
from .embedded import flawed
from .graphs import Source, Target
from .searching import all_cliques, one_clique
from .store import Store

Chains = list[list[int]]
Interrupt = Callable[[], bool] | None


@dataclass(frozen=True)
class Cliques:
    """Of all sizes: rows of (n, chains), n ascending, that of m variables being the first m chains
    of the first row with n >= m.
    """

    rows: tuple[tuple[int, Chains], ...]

    @property
    def largest(self) -> int:
        return self.rows[-1][0] if self.rows else 0

    def of(self, n: int) -> Chains | None:
        """A chain for each of n variables; None where there is no such clique."""
        return next((chains[:n] for size, chains in self.rows if size >= n), None)

    @classmethod
    def kept(cls, target: Target, store: Store) -> Cliques | None:
        """Those found by an earlier call on this machine; None for a damaged file, too."""
        found = store.get("cliques", target.name, target.graph_id)
        try:
            rows = tuple((int(n), chains) for n, chains in found["rows"]) if found else ()
            last = rows[-1:]
            if any(flawed(chains, Source.complete(n), target) for n, chains in last):
                return None
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            return None
        return cls(rows) if found else None

    @classmethod
    def found(
        cls, target: Target, store: Store, seconds: float, interrupt: Interrupt = None
    ) -> Cliques:
        """By a search, after which they are kept. Raises Ended at the deadline."""
        rows = bounded(all_cliques, target.told, seconds=seconds, interrupt=interrupt)
        store.put({"rows": rows}, "cliques", target.name, target.graph_id)
        return cls(tuple((n, chains) for n, chains in rows))


def clique(
    n: int, target: Target, store: Store, *, seconds: float, interrupt: Interrupt = None
) -> Chains | None:
    """Chains of a clique of n variables; None where there is none.

    Where those of all sizes are not found in half the time, the other half is for this size alone.
    Raises Ended at the deadline.
    """
    if not target.family:
        return None
    if (known := Cliques.kept(target, store)) is not None:
        return known.of(n)
    try:
        return Cliques.found(target, store, seconds / 2, interrupt).of(n)
    except Ended as ended:
        if ended.why == "interrupt":
            raise
    chains = bounded(one_clique, target.told, n, seconds=seconds / 2, interrupt=interrupt)
    return list(chains) if chains is not None else None


def largest_clique(
    graph: Any,
    *,
    device_key: tuple[str, str] | None = None,
    time_limit: float = 60.0,
    store: Store | None = None,
    interrupt: Interrupt = None,
) -> int:
    """How many variables a model may have that surely has a place on the device, however dense it
    is; 0 for a graph that is not one of D-Wave's.

    Raises QoptError where that is not known after `time_limit` seconds.

    >>> largest_clique(dwave.graphs.zephyr_graph(2))
    24
    """
    target, store = Target.of(graph, device_key), store or Store.of_user()
    require_positive("time_limit", time_limit, wanted="seconds above 0")
    if not target.family:
        return 0
    if (known := Cliques.kept(target, store)) is not None:
        return known.largest
    try:
        return Cliques.found(target, store, time_limit, interrupt).largest
    except Ended as ended:
        said = f"the cliques of {target.name} were not found: {ended}"
        raise QoptError(f"{said}; give time_limit more than {time_limit:g}") from None
