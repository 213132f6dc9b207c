"""Many small problems beside each other on one device, each on qubits of its own.

A few embeddings are found on a small piece of the device's lattice and moved about the whole of it.
Of all the places where no qubit is missing, one after the other is taken that shares qubits with
the fewest others that are still free. Problems with as many variables share the places of a clique,
unless many of them have the same few couplings.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import NotEmbedded, Stopped
from ...workers import Ended, Failed
from .bounded import bounded
from .cliques import Chains, Interrupt
from .embed import embed
from .embedded import flawed
from .graphs import Source, Target, graph_of
from .searching import pieces, search
from .store import Store

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]
    Template = tuple[tuple[int, ...], Chains]  # a piece's shape, and chains on it
    Moved = tuple[npt.NDArray[np.int64], list[int]]  # qubits of all chains, and the chains' sizes

TEMPLATES = 8  # embeddings that are moved about: more find more places, and take longer
SMALL, MOST = 16, 24  # variables of a problem with all of them, and of the largest placed this way
MANY, SPARSE = 8, 0.5  # problems of one graph, and the share of coupled pairs below which it counts


@dataclass(frozen=True)
class Placing:
    """Places on one device, as they are asked for.

    Attributes
    ----------
    target
        The device's graph.
    seed
        Of the searches.
    deadline
        A time of `time.perf_counter`, after which no search is begun.
    """

    target: Target
    seed: int
    deadline: float
    store: Store
    interrupt: Interrupt = None
    _moved: dict[str, list[Moved]] = field(default_factory=dict)
    _searched: dict[str, list[Chains]] = field(default_factory=dict)

    def round(self, sources: Sequence[Source]) -> list[Chains | None]:
        """Chains for each source that still has room beside the others, the largest first.

        They are in the order of its labels; None where no room was left.
        """
        found: list[Chains | None] = [None] * len(sources)
        free = np.ones(int(self.target.qubits.max(initial=0)) + 1, dtype=np.bool_)
        groups: dict[str, list[int]] = {}
        alike = Counter(source.digest for source in sources)
        shapes = [_shape(source, alike[source.digest]) for source in sources]
        for k in sorted(range(len(sources)), key=lambda k: -len(sources[k].labels)):
            groups.setdefault(shapes[k].digest, []).append(k)
        self._prepare([(shapes[members[0]], len(members)) for members in groups.values()])
        for members in groups.values():
            places = self._places(shapes[members[0]], len(members), free)
            for k, chains in zip(members, places, strict=False):
                found[k] = chains
        return found

    def _places(self, source: Source, count: int, free: Mask) -> Iterator[Chains]:
        """At most `count` disjoint places of free qubits, which are free no more."""
        taken = 0
        for chains in self._without_search(source, free):
            if taken == count:
                return
            _take(chains, free)
            taken += 1
            yield chains
        if taken:
            return  # a search among the qubits that are left finds few more, and takes long
        while taken < count and (more := self._one_more(source, free)) is not None:
            self._searched.setdefault(source.digest, []).append(more)
            _take(more, free)
            taken += 1
            yield more

    def _without_search(self, source: Source, free: Mask) -> Iterator[Chains]:
        """Disjoint places among the free qubits, by templates or from an earlier round."""
        if source.digest in self._moved:
            yield from _apart(self._moved[source.digest], free, self.target, source)
        for chains in self._searched.get(source.digest, ()):
            if free[[qubit for chain in chains for qubit in chain]].all():
                yield chains

    def _prepare(self, wanted: Sequence[tuple[Source, int]]) -> None:
        """Places that templates can be moved to, free or not, of sources of which so many come."""
        target, lacking = self.target, list[tuple[Source, list[int]]]()
        for source, count in wanted:
            if not 0 < len(source.labels) <= MOST or source.digest in self._moved:
                continue
            seeds = [(self.seed + k) % 2**31 for k in range(_templates(source, count))]
            if (kept := self._kept(source, seeds)) is not None:
                self._moved[source.digest] = _moved(kept, target)
            elif target.family:
                lacking.append((source, seeds))

        def keep(told: tuple[int, Any]) -> None:
            source, seeds = lacking[told[0]]
            if told[1]:
                self.store.put({"templates": told[1]}, *self._key(source, seeds))
            found = [(tuple(shape), chains) for shape, chains in told[1]]
            self._moved[source.digest] = _moved(found, target)

        if lacking:
            asked = [(source.edges, len(source.labels), seeds) for source, seeds in lacking]
            self._asked(pieces, target.family, target.shape, asked, on_told=keep)

    def _key(self, source: Source, seeds: list[int]) -> tuple[Any, ...]:
        return ("templates", self.target.family, *self.target.shape, source.digest, *seeds)

    def _kept(self, source: Source, seeds: list[int]) -> list[Template] | None:
        """Templates that an earlier call found; None for a damaged file, too."""
        family, found = self.target.family, self.store.get(*self._key(source, seeds))
        if found is None:
            return None
        try:
            rows = [(tuple(shape), chains) for shape, chains in found["templates"]]
            pieces = {
                shape: Target.of(graph_of(family, shape)) for shape in {shape for shape, _ in rows}
            }
            sound = all(flawed(chains, source, pieces[shape]) is None for shape, chains in rows)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            return None
        return rows if sound else None

    def _one_more(self, source: Source, free: Mask) -> Chains | None:
        """By a search among all qubits that are free."""
        target = self.target
        if free[target.qubits].all():
            try:
                found = embed(
                    source,
                    target,
                    seed=self.seed,
                    time_limit=max(self.deadline - time.perf_counter(), 0.001),
                    store=self.store,
                    interrupt=self.interrupt,
                )
            except NotEmbedded:
                return None
            return [list(found.chains[label]) for label in source.labels]
        if free[target.qubits].sum() < len(source.labels):
            return None
        couplers = target.couplers[free[target.couplers].all(axis=1)]
        left = 0.9 * (self.deadline - time.perf_counter())
        n = len(source.labels)
        if not len(source.edges):
            return [[int(q)] for q in target.qubits[free[target.qubits]][:n]]
        found = self._asked(search, source.edges, n, couplers, self.seed % 2**31, left)
        if found is None or not all(found):
            return None
        return None if flawed(found, source, target) else found

    def _asked(
        self, function: Any, *arguments: Any, on_told: Callable[[Any], None] = lambda told: None
    ) -> Any:
        """What a search finds until the deadline; None where it is over."""
        left = self.deadline - time.perf_counter()
        if left <= 0:
            return None
        try:
            limits: dict[str, Any] = {"seconds": left, "interrupt": self.interrupt}
            return bounded(function, *arguments, **limits, on_told=on_told)
        except Ended as ended:
            if ended.why == "interrupt":
                raise Stopped("the search for an embedding was interrupted") from None
            return None
        except Failed:
            return None


def _shape(source: Source, alike: int) -> Source:
    """What a source shares its places with, when so many have its graph.

    Its own graph is worth templates of its own where it is sparse and there are many of it.
    """
    n = len(source.labels)
    own = n > MOST or (alike >= MANY and source.density < SPARSE)
    return source if own else Source.complete(n)


def _templates(source: Source, count: int) -> int:
    """How many are looked for where so many problems come."""
    most = TEMPLATES if len(source.labels) <= SMALL else TEMPLATES // 2
    return 2 if count == 1 else min(4, most) if count <= 4 else most


def _moved(templates: Sequence[Template], target: Target) -> list[Moved]:
    """Templates at all places of the lattice, whatever is missing there.

    Those with over a tenth more qubits than the smallest are left out.
    """
    import dwave.graphs

    if not templates:
        return []
    mappings = getattr(dwave.graphs, f"{target.family}_sublattice_mappings")
    whole = graph_of(target.family, target.shape)
    shapes = {shape for shape, _ in templates}
    moves = {shape: list(mappings(graph_of(target.family, shape), whole)) for shape in shapes}
    most = 1.1 * min(sum(map(len, chains)) for _, chains in templates)
    found: list[Moved] = []
    for shape, chains in templates:
        flat, each = [qubit for chain in chains for qubit in chain], list(map(len, chains))
        if len(flat) <= most:
            found += [(np.array([move(q) for q in flat]), each) for move in moves[shape]]
    return found


def _apart(
    candidates: Sequence[Moved], free: Mask, target: Target, source: Source
) -> Iterator[Chains]:
    """Disjoint ones among the candidates whose qubits are free, each time one that shares qubits
    with the fewest that are left.
    """
    from scipy.sparse import csr_array

    there = np.zeros(len(free), dtype=np.bool_)
    there[target.qubits] = free[target.qubits]
    left = [one for one in candidates if one[0].max() < len(there) and there[one[0]].all()]
    if not left:
        return
    qubits = np.concatenate([one[0] for one in left])
    ends = np.cumsum([0, *(len(one[0]) for one in left)])
    uses = csr_array((np.ones(len(qubits), dtype=np.int32), qubits, ends), (len(left), len(free)))
    shared = (uses @ uses.T).tocsr()
    shared.data[:] = 1
    rivals = np.asarray(shared.sum(axis=1)).ravel().astype(np.float64)
    open_ = np.ones(len(left), dtype=np.bool_)
    while open_.any():
        k = int(np.where(open_, rivals, np.inf).argmin())
        flat, sizes = left[k]
        chains = [part.tolist() for part in np.split(flat, np.cumsum(sizes)[:-1])]
        sound = flawed(chains, source, target) is None  # couplers may be missing
        gone = shared.indices[shared.indptr[k] : shared.indptr[k + 1]] if sound else np.array([k])
        gone = gone[open_[gone]]
        open_[gone] = False
        rivals -= np.asarray(shared[gone].sum(axis=0)).ravel()
        if sound:
            yield chains


def _take(chains: Chains, free: Mask) -> None:
    free[[qubit for chain in chains for qubit in chain]] = False
