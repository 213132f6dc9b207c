"""What is asked of a service, before it is sent."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from ...kit.checks import require, shown
from ..money import FREE, Cost, Price
from ..money.budget import require_amount

Kind = Literal["qpu", "bqm", "cqm", "nl"]
MARGIN = {"qpu": 0.1}  # by which a charge may be above its estimate; a hybrid's is its time limit
LONGEST = 80  # letters of a name in a label


@dataclass(frozen=True, eq=False)
class Submission:
    """One job as it would be sent.

    Parameters
    ----------
    kind
        "qpu", "bqm", "cqm" or "nl".
    solver
        Its identity: {"name": ..., "version": {"graph_id": ...}}, without version for a hybrid.
    type
        As the service calls it: "ising" or "qubo" for a QPU, else the kind.
    problem
        Bytes: for a QPU what `encoding.encoded` gives, for a hybrid what the model's `to_file()`
        gives.
    params
        Of the solver, JSON-ready.
    estimate
        Seconds that will be charged. A tenth more is reserved for a QPU, whose estimate is a model;
        what is left of it is refunded.
    name
        Readable; it stands in the label, unless `anonymous`.
    source
        The problem as it was before it was embedded, where `problem` depends on the state of the
        device. A job that waits for the same source at the same solver is gone on with, though the
        device was calibrated anew meanwhile.
    seed
        Whatever else tells this job from an equal one: the seed, or a number of the repetition.
    payload
        JSON-ready: what is needed to decode the answer after a crash, as embedding and scale.
    budget
        The name of one in the journal; None for none.
    price
        Of a second and of a job; see `qopt.ocean.money`.
    """

    kind: Kind
    solver: Mapping[str, Any]
    type: str
    problem: bytes
    params: Mapping[str, Any]
    estimate: float
    name: str = ""
    source: bytes | None = None
    seed: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)
    budget: str | None = None
    price: Price = FREE
    anonymous: bool = False

    def __post_init__(self) -> None:
        require(self.kind in get_args(Kind), "kind", self.kind, f"one of {get_args(Kind)}")
        named = isinstance(self.solver.get("name"), str) and bool(self.solver.get("name"))
        require(named, "solver", self.solver, "its identity, a mapping with its `name`")
        require(isinstance(self.problem, bytes), "problem", self.problem, "bytes")
        require_amount("estimate", self.estimate)
        for name in ("params", "payload"):
            try:
                json.dumps(dict(getattr(self, name)), allow_nan=False)
            except (TypeError, ValueError):
                require(False, name, shown(getattr(self, name)), "what JSON can say")

    @property
    def solver_name(self) -> str:
        return str(self.solver["name"])

    @cached_property
    def question(self) -> str:
        """A hash of what is asked, whatever the state of the device: equal ones are not paid for
        twice at a time.
        """
        asked = timeless(self.problem if self.source is None else self.source)
        return _hash("question", self.solver_name, self.type, dict(self.params), self.seed, asked)

    @cached_property
    def key(self) -> str:
        """A hash of what is asked of the device in its present state: an answer is given back to
        an equal one.
        """
        return _hash("key", dict(self.solver), self.question, timeless(self.problem))

    @property
    def reserved(self) -> Cost:
        """What its budget must have room for."""
        return self.price.cost(self.estimate * (1.0 + MARGIN.get(self.kind, 0.0)))

    def label(self, number: str) -> str:
        """By which the service, and a person there, knows the job of this number."""
        name = "".join(c if c.isprintable() else " " for c in self.name).strip()
        return f"qopt {number}" if self.anonymous or not name else f"qopt {name[:LONGEST]} {number}"


def timeless(data: bytes) -> bytes:
    """Data without the times at which it was written.

    The files of constrained and of nonlinear models hold a ZIP archive, which notes for each of its
    members when it was made; so the bytes of one model differ from one moment to the next.
    """
    file = io.BytesIO(data)
    if not zipfile.is_zipfile(file):
        return data
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        start = min((member.header_offset for member in members), default=0)
        told = [(member.filename, member.CRC, member.file_size) for member in members]
    return data[:start] + json.dumps(told).encode()


def _hash(*parts: Any) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def finite(value: Any) -> float | None:
    """A number of seconds as a service tells it, 0 or more; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None
