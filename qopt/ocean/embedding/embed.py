"""A place on a device for a problem."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from ...errors import NotEmbedded, Stopped
from ...kit.checks import require, require_count, require_positive, shown
from ...workers import Ended, Failed
from .bounded import bounded
from .cliques import Chains, Cliques, Interrupt, clique
from .embedded import Embedded, Method, flawed, given
from .graphs import Source, Target
from .searching import search
from .store import Store

Wanted = Literal["auto", "clique", "minorminer", "native"]
# shares of all pairs that are coupled from which on the chains of a clique are no longer than those
# of minorminer: `python -m tests.benchmarks.embedding --parts threshold`
FEW, DENSE_OF_FEW, DENSE = 40, 0.5, 0.25
HOPELESS = 0.9  # share from which on nothing but a clique will do


def embed(
    source: Any,
    graph: Any,
    *,
    device_key: tuple[str, str] | None = None,
    seed: int = 0,
    time_limit: float = 60.0,
    method: Wanted = "auto",
    chains: Mapping[Any, Iterable[int]] | None = None,
    store: Store | None = None,
    interrupt: Interrupt = None,
) -> Embedded:
    """Find for each variable of a problem connected qubits of a device, its chain, so that a
    coupler joins the chains of any two variables that are coupled.

    Parameters
    ----------
    source
        A dimod BQM, a networkx graph, or edges as pairs of labels.
    graph
        Of the device: a description of it (`qopt.devices.described`), a structured sampler as
        Ocean's `DWaveSampler`, or a networkx graph whose nodes are whole numbers.
    device_key
        (name, graph_id) under which embeddings are kept; default what the graph says of itself.
    seed
        Of minorminer, 0 or more: the same seed gives the same embedding.
    time_limit
        Seconds above 0. The search runs in a process of its own, which is killed then.
    method
        "auto": where the labels are qubits and the edges couplers already, these ("native"); a
        clique of the device where at least a quarter of all pairs are coupled, or half of them of
        up to 40 variables; else minorminer, and the other of the two where the first finds nothing
        in its half of the time. Or one of "native", "clique" and "minorminer" alone.
    chains
        Your own, by label: they are checked, and nothing is searched for.
    store
        Where embeddings are kept; default the user's cache, `Store.of_user`.
    interrupt
        Asked every 50 milliseconds; the search ends where it returns True.

    Raises
    ------
    NotEmbedded
        Where none was found; says what would fit.
    QoptError
        For chains that are no embedding, and for arguments out of range.

    >>> embed([("a", "b"), ("b", "c"), ("a", "c")], dwave.graphs.zephyr_graph(2), seed=1).longest
    2
    """
    began = time.perf_counter()
    require(method in get_args(Wanted), "method", method, f"one of {', '.join(get_args(Wanted))}")
    require_count("seed", seed, least=0)
    require_positive("time_limit", time_limit, wanted="seconds above 0")
    asked, target = Source.of(source), Target.of(graph, device_key)
    if chains is not None:
        rows = given(chains, asked, target)
        return _embedded(rows, "given", asked, target, began)
    if (why := _too_large(asked, target)) is not None:
        raise NotEmbedded(f"{why}; take a smaller model, or solver 'annealer'")
    if method in ("auto", "native"):
        if (why := _foreign(asked, target)) is None:
            rows = [[int(label)] for label in asked.labels]  # type: ignore[call-overload]  # are numbers
            return _embedded(rows, "native", asked, target, began)
        if method == "native":
            raise NotEmbedded(f"not native to {target.name}: {why}; take method='auto'")
    search = _Search(asked, target, seed, method, store or Store.of_user(), began + time_limit)
    if (kept := search.kept()) is not None:
        return _embedded(kept[0], kept[1], asked, target, began, cached=True, tried=kept[2])
    rows, how = search.run(interrupt)
    return _embedded(rows, how, asked, target, began, tried=tuple(search.tried))


def dense(source: Source) -> bool:
    """Whether a clique is the better embedding, as far as the number of couplings tells."""
    least = DENSE_OF_FEW if len(source.labels) <= FEW else DENSE
    return source.density >= least


@dataclass(frozen=True)
class _Search:
    """One search, and what was tried in it in vain."""

    source: Source
    target: Target
    seed: int
    method: Wanted
    store: Store
    deadline: float
    tried: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[Any, ...]:
        device = self.target.name, self.target.graph_id
        return ("embedding", *device, self.source.digest, self.method, self.seed)

    def kept(self) -> tuple[Chains, Method, tuple[str, ...]] | None:
        """What an earlier call found, if it is an embedding on the graph as it is given now."""
        found = self.store.get(*self.key)
        try:
            if found is None or len(found["chains"]) != len(self.source.labels):
                return None
            if flawed(found["chains"], self.source, self.target) is not None:
                return None
            return found["chains"], found["method"], tuple(found["tried"])
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            return None  # a damaged file

    def run(self, interrupt: Interrupt) -> tuple[Chains, Method]:
        """Search by one method after the other until one finds chains, and keep these."""
        ways = self._order()
        for k, how in enumerate(ways):
            left = (self.deadline - time.perf_counter()) / (len(ways) - k)
            found = self._by(how, left, interrupt)
            why = found if isinstance(found, str) else flawed(found, self.source, self.target)
            if why is None and not isinstance(found, str):
                told = {"chains": found, "method": how, "tried": self.tried}
                self.store.put(told, *self.key)
                return found, how
            self.tried.append(f"{how}: {why}")
        raise NotEmbedded(self._complaint())

    def _order(self) -> tuple[Method, ...]:
        if self.method == "clique" or self.method == "minorminer":
            return (self.method,)
        if not self.target.family:
            return ("minorminer",)
        return ("clique", "minorminer") if dense(self.source) else ("minorminer", "clique")

    def _by(self, how: Method, left: float, interrupt: Interrupt) -> Chains | str:
        """What one method finds in the seconds that are left, or why it finds nothing."""
        if left <= 0:
            return "no time was left"
        n = len(self.source.labels)
        try:
            if how == "clique":
                chains = clique(n, self.target, self.store, seconds=left, interrupt=interrupt)
                return f"none of {n:,} variables" if chains is None else chains
            return self._hopeless() or self._minorminer(left, interrupt)
        except Ended as ended:
            if ended.why == "interrupt":
                raise Stopped("the search for an embedding was interrupted") from None
            return str(ended)
        except Failed as failed:
            return str(failed)

    def _minorminer(self, left: float, interrupt: Interrupt) -> Chains | str:
        n, edges = len(self.source.labels), self.source.edges
        chains: Chains | None = [[] for _ in range(n)]
        if len(edges):
            asked = edges, n, self.target.couplers, self.seed % 2**31, 0.95 * left
            chains = bounded(search, *asked, seconds=left, interrupt=interrupt)
        filled = None if chains is None else _with_the_free(chains, self.target)
        return f"nothing in {left:.3g} s" if filled is None else filled

    def _hopeless(self) -> str | None:
        """Why minorminer need not even begin."""
        known = Cliques.kept(self.target, self.store)
        if known is None or self.method == "minorminer" or self.source.density < HOPELESS:
            return None
        larger = len(self.source.labels) > known.largest
        return "not tried, as it finds smaller cliques only" if larger else None

    def _complaint(self) -> str:
        source, target = self.source, self.target
        size = f"{len(source.labels):,} variables and {len(source.edges):,} couplings"
        tried = f" ({'; '.join(self.tried)})" if self.tried else ""
        known = Cliques.kept(target, self.store)
        fits = f"; {known.largest:,} variables fit, however dense" if known else ""
        remedy = "take a smaller or sparser model, more time, or solver 'annealer'"
        return f"no embedding of {size} was found on {target.name}{tried}{fits}; {remedy}"


def _too_large(source: Source, target: Target) -> str | None:
    """Why no search can succeed: each variable needs a qubit, and each coupling a coupler."""
    for many, of, there, what in (
        (len(source.labels), "variables", len(target.qubits), "qubits"),
        (len(source.edges), "couplings", len(target.couplers), "couplers"),
    ):
        if many > there:
            return f"{many:,} {of}, and {target.name} has {there:,} {what}"
    return None


def _foreign(source: Source, target: Target) -> str | None:
    """Why the source is no part of the device as it stands; None where it is."""
    for label in source.labels:
        if isinstance(label, bool) or not isinstance(label, int | np.integer):
            return f"variable {shown(label, 60)} is no qubit"
    at = np.array(source.labels, dtype=np.int64)
    if len(missing := np.flatnonzero(~np.isin(at, target.qubits))):
        return f"qubit {at[missing[0]]} is not there"
    u, v = at[source.edges[:, 0]], at[source.edges[:, 1]]
    if len(missing := np.flatnonzero(~target.joined(u, v))):
        return f"no coupler joins qubits {u[missing[0]]} and {v[missing[0]]}"
    return None


def _with_the_free(rows: Chains, target: Target) -> Chains | None:
    """With a free qubit for each variable that has no chain yet; None where none is left."""
    taken = {qubit for chain in rows for qubit in chain}
    free = (qubit for qubit in target.qubits.tolist() if qubit not in taken)
    filled: Chains = []
    for chain in rows:
        if not chain:
            if (qubit := next(free, None)) is None:
                return None
            chain = [qubit]
        filled.append(chain)
    return filled


def _embedded(
    rows: Chains,
    method: Method,
    source: Source,
    target: Target,
    began: float,
    *,
    cached: bool = False,
    tried: tuple[str, ...] = (),
) -> Embedded:
    chains = {
        label: tuple(int(qubit) for qubit in chain)
        for label, chain in zip(source.labels, rows, strict=True)
    }
    seconds = time.perf_counter() - began
    return Embedded(chains, method, target.name, target.graph_id, seconds, cached, tried)
