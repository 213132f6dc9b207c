"""Whether a problem has a place on a device, and how large one of its kind may be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import NotEmbedded, QoptError
from ...kit.checks import require_count, require_positive
from ...pages import Page, Section
from ...pages.page import Printed
from .cliques import Interrupt, largest_clique
from .embed import dense, embed
from .embedded import Embedded
from .graphs import Source, Target
from .store import Store

if TYPE_CHECKING:
    import networkx

STEP = 1.5  # between the sizes that are tried
TRIES = 6  # sizes


@dataclass(frozen=True)
class Fit(Printed):
    """An answer to whether a problem fits.

    Attributes
    ----------
    device, graph_id
        Which one, and its state.
    variables, couplings
        Of the problem as a QUBO.
    embedded
        Its place; None where none was found, and then `why` says what was tried.
    largest_clique
        Variables that fit however they are coupled; None where that was not known in time.
    fits_like
        The largest number of variables that was seen to fit of models of the same kind.
    missed_like
        The smallest that was tried in vain; None where none was.
    kind
        What that kind is, in words.
    seconds
        That the answer took.
    """

    device: str
    graph_id: str
    variables: int
    couplings: int
    embedded: Embedded | None
    largest_clique: int | None
    fits_like: int
    missed_like: int | None
    kind: str
    seconds: float
    why: str = ""

    @property
    def fits(self) -> bool:
        """Whether a place was found."""
        return self.embedded is not None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without labels."""
        embedded = None if self.embedded is None else self.embedded.info()
        return vars(self) | {"fits": self.fits, "embedded": embedded}

    def page(self) -> Page:
        """The answer for people."""
        size = f"{self.variables:,} variables and {self.couplings:,} couplings"
        facts = [("the problem as a QUBO", size)]
        if self.embedded is not None:
            found = self.embedded
            facts.append(("qubits", f"{found.qubits:,}, the longest chain of {found.longest}"))
            kept = ", kept from an earlier search" if found.cached else ""
            facts.append(("found by", f"{found.method}{kept}"))
        if self.largest_clique is not None:
            facts.append(("fits however dense", f"{self.largest_clique:,} variables"))
        if self.missed_like is not None:
            seen = f"{self.fits_like:,} variables; {self.missed_like:,} were tried in vain"
        elif self.fits_like == self.largest_clique:
            seen = f"{self.fits_like:,} variables"
        else:
            seen = f"{self.fits_like:,} variables at least; no larger one was tried"
        facts.append((f"fits of {self.kind}", seen))
        facts.append(("answered in", f"{self.seconds:.1f} s, without asking the device"))
        verdict = "The problem fits on" if self.fits else "No place was found for it on"
        lines = [f"why: {self.why}"] if self.why else []
        return Page(f"{verdict} {self.device}", [Section(facts=facts, lines=lines)])


def fits(
    model: Any,
    device: Any,
    *,
    device_key: tuple[str, str] | None = None,
    seed: int = 0,
    time_limit: float = 20.0,
    store: Store | None = None,
    interrupt: Interrupt = None,
) -> Fit:
    """Whether a problem has a place on a device, offline.

    Parameters
    ----------
    model
        A BQM, a networkx graph or edges, as at `embed`.
    device
        A description of one, as `qopt.devices.described("advantage2")`, or a graph.
    seed
        Of the search and of the random models that are tried, 0 or more.
    time_limit
        Seconds for the whole answer: at most half of them to find the problem's own place, and the
        rest for models of the same kind of other sizes.

    The kind of a dense model, as `embed` has it, is a complete one, whose largest size is that of
    the largest clique. Of a sparser one it is a random model whose
    variables have as many couplings as those of the problem: sizes are tried one and a half times
    as large each time, or as small, so the largest that fits is between the two numbers told. A
    model with structure may have a place where a random one has none.
    """
    require_count("seed", seed, least=0)
    require_positive("time_limit", time_limit, wanted="seconds above 0")
    began = time.perf_counter()
    source, target = Source.of(model), Target.of(device, device_key)
    trial = _Trial(target, seed, began + time_limit, store or Store.of_user(), interrupt)
    embedded, why = trial.place(source, time_limit / 2)
    clique = trial.largest_clique()
    n = len(source.labels)
    if dense(source):
        kind, fits_like, missed_like = "complete models", clique or 0, None
    else:
        degree = 2 * len(source.edges) / max(n, 1)
        kind = f"random models of {degree:.3g} couplings a variable"
        fits_like, missed_like = trial.sizes(source, embedded is not None, clique or 0)
    return Fit(
        device=target.name,
        graph_id=target.graph_id,
        variables=n,
        couplings=len(source.edges),
        embedded=embedded,
        largest_clique=clique,
        fits_like=max(fits_like, n) if embedded is not None else fits_like,
        missed_like=missed_like,
        kind=kind,
        seconds=time.perf_counter() - began,
        why=why,
    )


@dataclass(frozen=True)
class _Trial:
    """What is tried on one device until a deadline."""

    target: Target
    seed: int
    deadline: float
    store: Store
    interrupt: Interrupt = field(repr=False, default=None)

    def place(self, source: Source, most: float) -> tuple[Embedded | None, str]:
        """A place for a source, or why none was found."""
        left = min(most, self.deadline - time.perf_counter())
        if left <= 0:
            return None, "no time was left"
        try:
            found = embed(
                source,
                self.target,
                seed=self.seed,
                time_limit=left,
                store=self.store,
                interrupt=self.interrupt,
            )
        except NotEmbedded as error:
            return None, str(error)
        return found, ""

    def largest_clique(self) -> int | None:
        left = self.deadline - time.perf_counter()
        if left <= 0 or not self.target.family:
            return None
        try:
            return largest_clique(
                self.target, time_limit=left, store=self.store, interrupt=self.interrupt
            )
        except QoptError:
            return None

    def sizes(self, source: Source, larger: bool, clique: int) -> tuple[int, int | None]:
        """The largest size seen to fit, and the smallest tried in vain.

        What is no larger than the largest `clique` fits, and is not tried.
        """
        n = len(source.labels)
        seen = max(n, clique) if larger else clique
        missed = n if n > seen else None
        for size in _sizes(seen if larger else n, larger, len(self.target.qubits)):
            if size <= clique:
                break
            half = (self.deadline - time.perf_counter()) / 2
            if half <= 0:
                break
            if self.place(like(source, size, self.seed), half)[0] is not None:
                seen = size
                if not larger:
                    break
            else:
                missed = size
                if larger:
                    break  # between the two it lies
        return seen, missed


def like(source: Source, size: int, seed: int) -> Source:
    """A random graph of `size` variables, of which each has as many edges as one of the source's.

    Pairs that are drawn twice and edges from a variable to itself are left out.
    """
    import networkx

    degrees = np.bincount(source.edges.ravel(), minlength=len(source.labels))
    drawn = np.random.default_rng([seed, size]).choice(degrees, size)
    drawn[0] += drawn.sum() % 2
    made: networkx.Graph = networkx.Graph(networkx.configuration_model(drawn.tolist(), seed=seed))
    made.remove_edges_from(networkx.selfloop_edges(made))
    return Source.of(made)


def _sizes(n: int, larger: bool, qubits: int) -> Iterator[int]:
    """Above n, or below it, a factor STEP from one to the next."""
    for k in range(1, TRIES + 1):
        size = round(n * STEP**k) if larger else round(n / STEP**k)
        if not 1 < size <= qubits:
            return
        yield size
