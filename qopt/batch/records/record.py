"""What is kept of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..job import Outcome, Reply
from ..trial import Trial

if TYPE_CHECKING:
    from ...problem import Sense

# a trial that ended in one of these is begun again by the next run
UNFINISHED = frozenset({"interrupted"})
# the numbers of `Record.device`: seconds of the device as they were estimated, seconds in its
# queue, qubits, and the share of chains that were broken
DEVICE_METRICS = (
    "estimated_seconds",
    "queue_seconds",
    "qubits",
    "longest_chain",
    "chain_break_fraction",
)
FAILURES = frozenset({"failed", "timeout", "killed"})


@dataclass(frozen=True)
class Record:
    """One trial and what came of it.

    `outcome` is "feasible"; "infeasible", where that was proved; "none-found"; "failed", where the
    solver raised; "timeout", where it did not end by itself; "killed"; or "interrupted".
    `seconds` are of wall time, from when the trial was begun. `trace` has at most 200 points
    (seconds, objective). `attempts` counts how often it was begun; `copied` says that another
    study had solved it, `instead` why the solver's fallback did; `tuned` has what its parameters
    cost to choose. `size` has the variables, couplings and constraints of the model, `machine`
    tells what else the machine did, `money` is in the study's currency. `device` is of solvers
    that submit to one: its name and its jobs, and the numbers of DEVICE_METRICS, as far as told.
    `snapshot` is "DEVICE:STATE" of the device that solved it, the key of a
    `qopt.ocean.snapshot.Snapshot`.
    """

    label: str
    key: str
    parts: Mapping[str, Any]
    kind: str
    instance: str
    solver: str
    outcome: Outcome
    seed: int
    time_limit: float
    source: Mapping[str, Any] = field(default_factory=dict)
    size: Mapping[str, int] = field(default_factory=dict)
    sense: Sense = "min"
    objective: float | None = None
    best_known: float | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: float = 0.0
    stopped_by: str | None = None
    ran_by: str | None = None
    timing: Mapping[str, float] = field(default_factory=dict)
    trace: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    error: str | None = None
    retryable: bool = False
    attempts: int = 1
    copied: bool = False
    instead: str | None = None
    tuned: Mapping[str, Any] | None = None
    started: str | None = None
    host: str | None = None
    threads: int | None = None
    machine: Mapping[str, Any] = field(default_factory=dict)
    money: float | None = None
    device_seconds: float | None = None
    device: Mapping[str, Any] = field(default_factory=dict)
    snapshot: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    file: str | None = None

    @classmethod
    def of(cls, trial: Trial, reply: Reply, attempts: int, file: str | None) -> Record:
        return cls.from_dict(
            {
                "label": trial.label,
                "key": trial.key,
                "parts": trial.parts,
                "kind": trial.instance.kind,
                "instance": trial.instance.name,
                "source": dict(trial.instance.source),
                "size": trial.instance.size,
                "solver": trial.solver_name,
                "sense": trial.instance.problem.sense,
                "seed": trial.seed,
                "time_limit": trial.time_limit,
                "outcome": reply.outcome,
                "error": reply.error,
                "retryable": reply.retryable,
                "attempts": attempts,
                "file": file,
                "tuned": None if trial.tuned is None else asdict(trial.tuned),
                **reply.facts,
            }
        )

    @property
    def failed(self) -> bool:
        return self.outcome in FAILURES

    @property
    def finished(self) -> bool:
        """Whether the next run leaves it as it is."""
        return self.outcome not in UNFINISHED and not (self.failed and self.retryable)

    def is_whole(self, folder: Path) -> bool:
        """Whether its result's file is there, in the folder of the study."""
        return self.file is None or (folder / self.file).is_file()

    def to_dict(self) -> dict[str, Any]:
        """In JSON's values."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """What a newer version has written besides is left out."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        for name in ("notes", "warnings", "violations"):
            values[name] = tuple(values.get(name, ()))
        values["trace"] = tuple((float(t), float(v)) for t, v in values.get("trace", ()))
        return cls(**cast("Any", values))
