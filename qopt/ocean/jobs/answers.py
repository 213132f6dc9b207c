"""What came back: the answer as the service gave it, what was charged, and samples of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .encoding import Reads, decoded
from .journal.entry import Entry
from .submission import finite

if TYPE_CHECKING:
    import dimod

    from .journal import Journal


@dataclass(frozen=True, eq=False)
class Answered:
    """An answer. `how` it came: "sent", "resumed" (a process before had sent it, or tried to), or
    "reused" (an equal question had been answered before, and nothing is charged).

    `answer` is what the service gave, and `binary` the file that it refers to, where it does.
    `payload` is what was given to decode it with.
    """

    entry: Entry
    how: str
    answer: Mapping[str, Any]
    binary: bytes | None
    payload: Mapping[str, Any]

    @property
    def job(self) -> str:
        return self.entry.job

    @property
    def timing(self) -> dict[str, float]:
        """Microseconds, as the service names them."""
        timing, info = self.answer.get("timing"), _info(self.answer)
        names = ("charge_time", "run_time", "qpu_access_time")
        found = timing if isinstance(timing, Mapping) else {n: info.get(n) for n in names}
        return {name: t for name, value in found.items() if (t := finite(value)) is not None}

    def reads(self) -> Reads:
        """Of a QPU's job. Raises ValueError where the answer is not whole."""
        return decoded(self.answer, spins=self.entry.type == "ising")

    def sampleset(self) -> dimod.SampleSet:
        """Of a hybrid's job that has one: `bqm` and `cqm`."""
        import dimod

        return dimod.SampleSet.from_serializable(self.answer["data"])

    @property
    def info(self) -> dict[str, Any]:
        """What must be known of it beside the samples; JSON-ready."""
        e = self.entry
        return {
            "job": e.job,
            "label": e.label,
            "problem_id": e.problem_id,
            "how": self.how,
            "device": e.solver_name,
            "graph_id": e.graph_id,
            "endpoint": e.endpoint,
            "asked": e.created,
            "answered": e.changed,
            "attempts": e.attempts,
            "budget": e.budget,
            "estimated_seconds": e.estimate,
            "charged_seconds": 0.0 if self.how == "reused" else e.charged_seconds,
            "charged_money": 0.0 if self.how == "reused" else e.charged_money,
            "charged_before": {"seconds": e.charged_seconds, "money": e.charged_money}
            if self.how == "reused"
            else None,
            "timing_us": self.timing,
            "note": e.note,
        }


def of_journal(journal: Journal, entry: Entry, how: str) -> Answered:
    """An answer that the journal has."""
    answer, binary = journal.answer(entry.job)
    return Answered(entry, how, answer, binary, journal.payload(entry.job))


def is_whole(entry: Entry, answer: Mapping[str, Any], binary: bytes | None) -> bool:
    """Whether an answer to a job can be read. Another is not kept, and asked for again."""
    try:
        if entry.kind == "qpu":
            decoded(answer, spins=entry.type == "ising")
        elif entry.kind == "nl":
            return bool(binary)
        else:
            Answered(entry, "", answer, binary, {}).sampleset()
    except Exception:  # whatever a damaged answer breaks in dimod or numpy
        return False
    return True


def charged_seconds(kind: str, answer: Mapping[str, Any]) -> float | None:
    """What a service says that it charges; None where it does not say."""
    name = "qpu_access_time" if kind == "qpu" else "charge_time"
    for where in (answer.get("timing"), _info(answer)):
        if isinstance(where, Mapping) and (found := finite(where.get(name))) is not None:
            return found * 1e-6
    return None


def _info(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of a sample set in it."""
    data = answer.get("data")
    info = data.get("info") if isinstance(data, Mapping) else None
    return info if isinstance(info, Mapping) else {}
