"""Solver `qpu`: the QUBO embedded on a quantum annealer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..kit.checks import require, require_count, require_positive
from ..solver import Answer, Task
from .remote import Remote

if TYPE_CHECKING:
    from .anneals import Parts
    from .device import Device

UNEMBEDDING = ("majority", "weighted", "discard", "minimise-energy")
STRENGTHS = ("torque", "scaled", "scan")


@dataclass(frozen=True, kw_only=True)
class Qpu(Remote):
    """A quantum annealer, on whose qubits the QUBO is embedded.

    Parameters
    ----------
    device
        The name of an annealer, else that of Ocean's configuration, else the one with the most
        qubits; or a structured dimod sampler to use instead of connecting, as a `DWaveSampler`
        already at hand or a mock of one, which is asked as it stands and without a journal.
    num_reads
        Reads in all, 1 or more.
    annealing_time
        Microseconds an anneal; default the device's.
    chain_strength
        In units of the QUBO's energies as one of spins, above 0; or "torque", the uniform torque
        compensation that is Ocean's default too; "scaled", the largest bias; "scan", which
        measures some with a few reads each and takes the best.
    spin_reversals
        So many submissions share the reads, each with other qubits turned round, so that errors of
        the device that are always the same are averaged out; 0 for one submission as it stands.
    unembedding
        What becomes of a chain whose qubits differ: "majority", "weighted", "discard" or
        "minimise-energy"; see `qopt.ocean.embedding.unembed`.
    descend
        Whether each sample goes down from where the device left it by flips of single variables.
        The result says so: what is found is then not the device's alone.
    max_access_seconds
        Nothing is submitted whose device time is estimated above this, in all.
    penalties
        As at `qopt.compile`. By default they are tuned on this machine, for some seconds: reads of
        a device are warm, and with weights that are just enough few of them keep all constraints.
        Of three portfolios of 4 to 6 assets none was solved with "bounds" and all were with "tuned"
        (emulated with typical noise, 1000 reads, one seed; a trial). Parts of `hybrid` are compiled
        with "bounds" then: tuning takes up to a minute a part.
    embedding_seed
        Of the search for an embedding, 0 or more. It is not the seed of the solve, so that solves
        that differ by their seeds share the embedding that is kept.
    reference_every
        Beside the first job, and beside one of so many after that, a small reference problem is
        submitted whose ground states are known; the result says how often it was solved, and
        whether the device succeeds less often than it did. None for never.

    Other parameters as at `Remote`. The time limit bounds the search for an embedding, which is
    kept for the next time, and the wait for the answer, as far as `wait` does not add to it.
    """

    device: Any = None
    num_reads: int = 100
    annealing_time: float | None = None
    chain_strength: float | str = "torque"
    spin_reversals: int = 0
    unembedding: str = "majority"
    descend: bool = False
    max_access_seconds: float = 1.0
    penalties: str | float | Mapping[Any, float] = "tuned"
    embedding_seed: int = 0
    reference_every: int | None = None

    kind: ClassVar[str] = "qpu"
    algorithm_version: ClassVar = 2
    summary: ClassVar = "a D-Wave quantum annealer: the QUBO, embedded on its qubits"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self.device is None or isinstance(self.device, str) or hasattr(self.device, "sample"),
            "device",
            self.device,
            "the name of an annealer, or a structured dimod sampler",
        )
        require_count("num_reads", self.num_reads)
        require_positive(
            "annealing_time", self.annealing_time, wanted="microseconds above 0", optional=True
        )
        if self.chain_strength not in STRENGTHS:
            wanted = f"an energy above 0, or one of {', '.join(STRENGTHS)}"
            require_positive("chain_strength", self.chain_strength, wanted=wanted)
        require_count("spin_reversals", self.spin_reversals, least=0)
        fits = self.spin_reversals <= self.num_reads
        require(fits, "spin_reversals", self.spin_reversals, "no more than num_reads")
        known = self.unembedding in UNEMBEDDING
        require(known, "unembedding", self.unembedding, f"one of {', '.join(UNEMBEDDING)}")
        require(isinstance(self.descend, bool), "descend", self.descend, "True or False")
        require_positive("max_access_seconds", self.max_access_seconds, wanted="seconds above 0")
        require_count("embedding_seed", self.embedding_seed, least=0)
        require_count("reference_every", self.reference_every, optional=True)
        journalled = self.reference_every is None or not self._at_hand
        require(journalled, "reference_every", self.reference_every, "it with a device by its name")

    @property
    def _at_hand(self) -> bool:
        return self.device is not None and not isinstance(self.device, str)

    def missing(self) -> str | None:
        return None if self._at_hand else super().missing()

    def device_seconds_at_most(self, time_limit: float) -> float:
        """What a call may be charged."""
        return self.max_access_seconds

    def asked_at_most(self) -> tuple[str | None, int]:
        from .mitigation.chain_strength import PREFACTORS

        scanned = len(PREFACTORS) if self.chain_strength == "scan" else 0
        jobs = scanned + max(1, self.spin_reversals) + (self.reference_every is not None)
        return self.device if isinstance(self.device, str) else None, jobs

    def ask(self, task: Task) -> Answer:
        from .anneals import Anneals

        with closing(Anneals(self)) as anneals:
            return anneals.solve(task)

    def for_parts(self, *, as_given: bool, cleaned: bool) -> Parts:
        """One connection for all parts of a run of `hybrid`, and one submission a round."""
        from .anneals import Anneals, Parts

        quick = replace(self, penalties="bounds") if self.penalties == "tuned" else self
        return Parts(Anneals(quick), self.otherwise, cleaned)

    def opened(self, interrupt: Callable[[], bool] | None = None) -> Device:
        """The annealer, connected for one run; to be closed."""
        from .device import AtHand, OnService

        options = {} if self.annealing_time is None else {"annealing_time": self.annealing_time}
        if self._at_hand:
            return AtHand(self.device, options)
        session = self.session(interrupt)
        try:
            solver = session.annealer(self.device, interrupt=interrupt)
        except BaseException:
            session.close()
            raise
        return OnService(session, solver, self, options)
