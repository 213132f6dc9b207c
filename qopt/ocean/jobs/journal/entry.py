"""A job as the journal has it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ...money import Cost, Price

# nothing was sent -> it is being sent -> the service has it, and told its id
INTENDED, SENDING, SUBMITTED = "intended", "sending", "submitted"
AMBIGUOUS = "ambiguous"  # the reply was lost: the service is asked for it by its label
ANSWERED, FAILED, CANCELLED, REFUSED = "answered", "failed", "cancelled", "refused"
WITHDRAWN = "withdrawn"  # surely never sent; what was reserved is refunded
LOST = "lost"  # the service had it, and does not know it any more
OPEN = (INTENDED, SENDING, AMBIGUOUS, SUBMITTED)
CLOSED = (ANSWERED, FAILED, CANCELLED, REFUSED, WITHDRAWN, LOST)


@dataclass(frozen=True)
class Entry:
    """A row of the journal. Times are in ISO 8601, UTC; seconds and money as charged."""

    job: str  # eight hexadecimal digits, at the end of the label
    label: str
    key: str
    question: str
    state: str
    kind: str
    type: str
    name: str
    solver: str  # its identity, JSON
    endpoint: str
    budget: str | None
    estimate: float
    per_second: float
    per_job: float
    held_seconds: float
    held_money: float
    charged_seconds: float
    charged_money: float
    created: str
    changed: str
    attempts: int
    owner: str | None
    problem_id: str | None
    note: str

    @property
    def open(self) -> bool:
        """Whether it is still to be settled."""
        return self.state in OPEN

    @property
    def identity(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.solver)
        return found

    @property
    def solver_name(self) -> str:
        return str(self.identity["name"])

    @property
    def graph_id(self) -> str | None:
        version = self.identity.get("version") or {}
        return version.get("graph_id")

    @property
    def price(self) -> Price:
        return Price(self.per_second, self.per_job)

    @property
    def reserved(self) -> Cost:
        return Cost(self.held_seconds, self.held_money)

    @property
    def charged(self) -> Cost:
        return Cost(self.charged_seconds, self.charged_money)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for a list of jobs."""
        hidden = ("owner", "solver")
        shown = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        return {**shown, "solver": self.solver_name, "graph_id": self.graph_id}


COLUMNS = ", ".join(f.name for f in fields(Entry))


def packed(data: Mapping[str, Any] | bytes) -> bytes:
    """Compressed, as the journal keeps it."""
    raw = data if isinstance(data, bytes) else json.dumps(dict(data)).encode()
    return zlib.compress(raw, 6)


def unpacked(data: bytes) -> Any:
    """The JSON that `packed` was given."""
    return json.loads(zlib.decompress(data))
