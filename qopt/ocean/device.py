"""An annealer as one run uses it: opened once, asked as often as it takes, closed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import QoptError
from .account import one_line
from .embedding import Target
from .ranges import Told
from .remote import account
from .snapshot import Snapshot

if TYPE_CHECKING:
    import dimod

    from ..solver import Task
    from .jobs import Answered, Submission
    from .remote import Remote
    from .session import Session

Biases = Mapping[int, float]
Couplings = Mapping[tuple[int, int], float]


@dataclass(frozen=True)
class Program:
    """One submission: `h` and `j` by qubits and pairs of them, scaled into the device's ranges.

    `source` are the bytes of the problem before it was embedded, `payload` is what the reads are
    decoded with, JSON-ready, `seed` what else tells it from an equal one, `name` what a person
    knows it by.
    """

    h: Biases
    j: Couplings
    num_reads: int
    source: bytes
    payload: Mapping[str, Any]
    seed: int = 0
    name: str = ""

    @property
    def qubits(self) -> set[int]:
        """That it uses."""
        return {qubit for pair in self.j for qubit in pair} | set(self.h)


@dataclass(frozen=True, eq=False)
class Ran:
    """Reads of a program's qubits, the payload to decode them with, and what is known of the job.

    `facts` are JSON-ready.
    """

    reads: dimod.SampleSet
    payload: Mapping[str, Any]
    facts: Mapping[str, Any]


class Device(Protocol):
    """What a problem is embedded on, and then submitted to.

    `target` is its graph, `ranges` what h and J may be, and `options` the parameters of the device
    that it is asked with.
    """

    @property
    def name(self) -> str: ...
    @property
    def properties(self) -> Mapping[str, Any]: ...
    @property
    def target(self) -> Target: ...
    @property
    def ranges(self) -> Told: ...
    @property
    def options(self) -> Mapping[str, Any]: ...

    def estimate(self, num_qubits: int, num_reads: int) -> float | None:
        """Seconds of its time that a program would be charged; None where it has no price."""
        ...

    def run(self, programs: Sequence[Program], task: Task) -> list[Ran | QoptError]:
        """What came of each; all of them wait at the same time, by the clock of a task."""
        ...

    def jobs(self) -> int:
        """How many were submitted to it, as far as the journal knows."""
        ...

    def close(self) -> None: ...


@dataclass
class OnService:
    """An annealer behind Ocean's client, as a solver `asks` for it. `options` are parameters of the
    device, but for num_reads.
    """

    session: Session
    solver: Any
    asks: Remote
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.solver.name)

    @property
    def properties(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self.solver.properties
        return told

    @cached_property
    def target(self) -> Target:
        return _target(self.properties, self.name, self.snapshot.graph_id)

    @cached_property
    def ranges(self) -> Told:
        return Told.of(self.properties)

    @cached_property
    def snapshot(self) -> Snapshot:
        """Of its state when it was opened."""
        return Snapshot.of(self.solver, self.session.connection)

    def estimate(self, num_qubits: int, num_reads: int) -> float | None:
        return _access_seconds(self.solver, num_qubits, num_reads, self.options)

    def run(self, programs: Sequence[Program], task: Task) -> list[Ran | QoptError]:
        asked = [self._submission(each) for each in programs]
        found = self.asks.answers(self.session, task, asked)
        return [one if isinstance(one, QoptError) else self._ran(one) for one in found]

    def jobs(self) -> int:
        entries = self.session.journal.entries()
        return sum(e.kind == "qpu" and e.solver_name == self.name for e in entries)

    def close(self) -> None:
        self.session.close()

    def _submission(self, program: Program) -> Submission:
        from .jobs import Submission, encoded

        properties = self.properties
        return Submission(
            "qpu",
            self.solver.identity.dict(),
            "ising",
            encoded(
                program.h,
                program.j,
                qubits=properties["qubits"],
                couplers=properties["couplers"],
            ),
            {"num_reads": program.num_reads, "auto_scale": False, **self.options},
            estimate=self.estimate(len(program.qubits), program.num_reads) or 0.0,
            name=program.name,
            source=program.source,
            seed=program.seed,
            payload={
                **program.payload,
                "snapshot": self.snapshot.to_dict(),
                "size": {"variables": len(program.qubits), "couplings": len(program.j)},
            },
            budget=self.asks.budget,
            price=self.session.price(self.name, "qpu"),
            anonymous=self.session.policy.anonymous,
        )

    def _ran(self, answered: Answered) -> Ran:
        import dimod

        reads = answered.reads()
        found = dimod.SampleSet.from_samples(
            (reads.samples, reads.active.tolist()),
            vartype="SPIN",
            energy=reads.energies,
            num_occurrences=reads.occurrences,
            sort_labels=False,
        )
        facts = account(self.session, self.solver, [answered])
        return Ran(found, answered.payload, facts | {"snapshot": answered.payload["snapshot"]})


@dataclass
class AtHand:
    """A structured dimod sampler that the caller has: a `DWaveSampler`, or a mock of one. It is
    asked as it stands, without a journal.
    """

    sampler: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.properties.get("chip_id"))

    @property
    def properties(self) -> Mapping[str, Any]:
        told: Mapping[str, Any] = self.sampler.properties
        return told

    @cached_property
    def target(self) -> Target:
        graph_id = self.snapshot.graph_id
        return Target.of(self.sampler, None if graph_id is None else (self.name, graph_id))

    @cached_property
    def ranges(self) -> Told:
        return Told.of(self.properties)

    @cached_property
    def snapshot(self) -> Snapshot:
        return Snapshot.of(getattr(self.sampler, "solver", None) or self.sampler)

    def estimate(self, num_qubits: int, num_reads: int) -> float | None:
        solver = getattr(self.sampler, "solver", None)
        if solver is None:
            return None
        return _access_seconds(solver, num_qubits, num_reads, self.options)

    def run(self, programs: Sequence[Program], task: Task) -> list[Ran | QoptError]:
        with task.timing("sample"), one_line():
            return [self._ran(program) for program in programs]

    def jobs(self) -> int:
        return 0

    def close(self) -> None:
        """It is the caller's."""

    def _ran(self, program: Program) -> Ran:
        reads = self.sampler.sample_ising(
            program.h,
            program.j,
            num_reads=program.num_reads,
            label=f"qopt {program.name}",
            **self.options,
        )
        reads.resolve()
        timing = dict(reads.info.get("timing", {}))
        micro = timing.get("qpu_access_time")
        facts = {
            "device": self.properties.get("chip_id"),
            "graph_id": self.snapshot.graph_id,
            "problem_id": reads.info.get("problem_id"),
            "timing_us": timing,
            "device_seconds": None if micro is None else float(micro) / 1e6,
            "estimated_seconds": self.estimate(len(program.qubits), program.num_reads),
            "notes": [],
            "snapshot": self.snapshot.to_dict(),
        }
        return Ran(reads, program.payload, facts)


TIMED = (  # the parameters that the estimate of a device's time depends on
    "annealing_time",
    "programming_thermalization",
    "readout_thermalization",
    "reduce_intersample_correlation",
)


def require_in_range(device: Device, num_reads: int, options: Mapping[str, Any]) -> None:
    """Raise QoptError for a parameter that the device would refuse, or that it does not have.

    Ocean's client checks names only, and the device would be asked in vain.
    """
    properties = device.properties
    known = properties.get("parameters")
    for name, value in {"num_reads": num_reads, **options}.items():
        if known is not None and name not in known:
            raise QoptError(f"{name}={value!r}: {device.name} has no such parameter; none was sent")
        limits = properties.get(f"{name}_range")
        if limits is None or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not limits[0] <= value <= limits[1]:
            raise QoptError(
                f"{name}={value:g}: {device.name} takes {limits[0]:g} to {limits[1]:g}; "
                "none was sent"
            )
    longest = properties.get("problem_run_duration_range")
    default = properties.get("default_annealing_time", 0.0)
    took = num_reads * float(options.get("annealing_time", default))
    if longest is not None and took > longest[1]:
        raise QoptError(
            f"num_reads={num_reads} anneals of {took / num_reads:g} microseconds: {device.name} "
            f"takes {longest[1]:g} microseconds in all; none was sent"
        )


def _access_seconds(
    solver: Any, num_qubits: int, num_reads: int, options: Mapping[str, Any]
) -> float:
    """As Ocean's client estimates them from what the device says of its clock."""
    timed = {name: value for name, value in options.items() if name in TIMED}
    try:
        microseconds = solver.estimate_qpu_access_time(num_qubits, num_reads, **timed)
    except (KeyError, ValueError) as error:
        complaint = (str(error).splitlines() or [""])[0]
        raise QoptError(
            f"the device gives no estimate of its time ({complaint}); nothing was submitted"
        ) from None
    return float(microseconds) * 1e-6


def _target(properties: Mapping[str, Any], name: str, graph_id: str | None) -> Target:
    """The graph of a solver, from its properties."""
    told = properties.get("topology", {})
    couplers = np.sort(np.asarray(properties["couplers"], np.int64).reshape(-1, 2), axis=1)
    couplers = couplers[np.lexsort((couplers[:, 1], couplers[:, 0]))]
    qubits = np.sort(np.asarray(properties["qubits"], np.int64))
    kind, shape = str(told.get("type", "")), tuple(told.get("shape", ()))
    made = Target(name, graph_id or "", kind, shape, qubits, couplers)
    return Target.of(made, (name, graph_id or made.digest[:12]))
