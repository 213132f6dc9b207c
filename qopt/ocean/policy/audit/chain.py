"""Lines of an audit, each with the hash of the line before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

FIRST = "0" * 64  # stands for the line before the first
SEALED = re.compile(rb'(?P<said>\{.*),"hash":"(?P<hash>[0-9a-f]{64})"\}', re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """What is kept of a submission.

    Attributes
    ----------
    endpoint, region, solver
        Where it goes: a URL, a region's code or None, and the solver's name or identity.
    kind
        "qpu", "bqm", "cqm" or "nl".
    variables, couplings
        How large the model is that is sent; None where that is not known.
    sent_bytes, sha256
        Of the data sent: how many, and their hash in hex digits.
    label
        The job's, on the service.
    estimate
        Seconds that it is estimated to be charged, or None.
    who, policy
        Who submits, by the policy, and the hash of the policy's file; None without.
    """

    endpoint: str
    region: str | None
    solver: str
    kind: str
    variables: int | None
    couplings: int | None
    sent_bytes: int
    sha256: str
    label: str | None = None
    estimate: float | None = None
    who: str | None = None
    policy: str | None = None

    @classmethod
    def of(cls, data: bytes | Iterable[bytes], **said: Any) -> Entry:
        """Of the data that is sent, in one piece or in several; `said` is all else."""
        digest, size = hashlib.sha256(), 0
        for piece in (data,) if isinstance(data, bytes) else data:
            digest.update(piece)
            size += len(piece)
        return cls(sent_bytes=size, sha256=digest.hexdigest(), **said)


@dataclass(frozen=True)
class Receipt:
    """Which line was added: its number, from 1, and its hash, which proves all lines up to it.

    Kept with a result, it is the evidence that cannot be changed together with the file.
    """

    number: int
    hash: str


@dataclass(frozen=True)
class Line:
    """A line that does not follow the one before it: its number, and whether its hash fits it."""

    number: int
    intact: bool


def sealed(entry: Entry, after: Receipt) -> tuple[bytes, Receipt]:
    """The line for an entry that comes after another, without its end, and its receipt."""
    said = {
        "number": after.number + 1,
        "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
        **asdict(entry),
        "previous": after.hash,
    }
    text = json.dumps(said, separators=(",", ":")).encode().removesuffix(b"}")
    found = hashlib.sha256(text).hexdigest()
    return text + f',"hash":"{found}"}}'.encode(), Receipt(after.number + 1, found)


def following(raw: bytes, before: Receipt) -> Receipt | None:
    """The receipt of a line without its end, if it is what `sealed` could have written after
    another; told without reading all of it, as an audit may have very many.
    """
    number = before.number + 1
    said, mark, rest = raw.rpartition(b',"hash":"')
    fits = said.startswith(b'{"number":%d,' % number)
    fits = fits and said.endswith(b',"previous":"%s"' % before.hash.encode())
    own = hashlib.sha256(said).hexdigest()
    return Receipt(number, own) if fits and mark and rest == f'{own}"}}'.encode() else None


def parsed(raw: bytes) -> Line | None:
    """A line without its end; None where it is none of an audit's."""
    parts = SEALED.fullmatch(raw)
    if parts is None:
        return None
    try:
        said = json.loads(parts["said"] + b"}")
        number = said["number"]
    except (ValueError, KeyError, RecursionError):
        return None
    if not isinstance(number, int):
        return None
    return Line(number, hashlib.sha256(parts["said"]).hexdigest() == parts["hash"].decode())
