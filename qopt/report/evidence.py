"""What a report is made of, all of it: the page is a function of this and of nothing else."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..batch import Record, Run
from ..batch.records.store import Registered
from ..compare import Rates
from ..errors import QoptError
from .columns import columns_of, rows_of

FORMAT = 1


@dataclass(frozen=True)
class Size:
    """How large an instance is: as a model, and as a QUBO where that was compiled.

    `words` say what could not be told, and why.
    """

    instance: str
    variables: int | None = None
    couplings: int | None = None
    constraints: int | None = None
    bits: int | None = None
    products: int | None = None
    precision: str = ""
    fits: bool | None = None
    words: str = ""


@dataclass(frozen=True)
class Device:
    """What a trial of a solver, called `label`, tells of the device that it ran on."""

    solver: str
    label: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Drawn:
    """A trial's plan, in words and, where it could be drawn, as a picture: the text of an SVG."""

    label: str
    title: str
    words: str
    picture: str = ""

    @property
    def digest(self) -> str:
        """Of the picture, which stands in the page once and not in its records."""
        return hashlib.sha256(self.picture.encode()).hexdigest() if self.picture else ""


@dataclass(frozen=True)
class Evidence:
    """Records of a study with its questions, and what was looked up when the report was made.

    `question` is what is answered; it is `asked_late` where the study did not register it.
    """

    name: str
    made: str
    qopt: str
    records: tuple[Record, ...]
    missing: tuple[str, ...] = ()
    registered: tuple[Registered, ...] = ()
    question: Mapping[str, Any] = field(default_factory=dict)
    asked_late: bool = False
    rates: Rates | None = None
    sizes: tuple[Size, ...] = ()
    devices: tuple[Device, ...] = ()
    plans: tuple[Drawn, ...] = ()

    @classmethod
    def of(
        cls,
        run: Run,
        *,
        question: Mapping[str, Any] | None = None,
        rates: Rates | None = None,
        sizes: tuple[Size, ...] = (),
        devices: tuple[Device, ...] = (),
        plans: tuple[Drawn, ...] = (),
    ) -> Evidence:
        """Of a run, and what else was found out. Raises QoptError for a run without records."""
        from ..provenance import versions

        if not run.records:
            raise QoptError(f"{run.folder}: no trial has ended yet: run the study first")
        return cls(
            name=run.folder.resolve().name,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            qopt=versions()["qopt-annealing"],
            records=run.records,
            missing=run.missing,
            registered=run.registered,
            question={**run.question, **(question or {})},
            asked_late=bool(question) and {**run.question, **(question or {})} != run.question,
            rates=rates,
            sizes=sizes,
            devices=devices,
            plans=plans,
        )

    def to_document(self) -> dict[str, Any]:
        """In JSON's values; the records by columns, pictures by their digests alone."""
        return {
            "format": FORMAT,
            "name": self.name,
            "made": self.made,
            "qopt": self.qopt,
            "records": columns_of([record.to_dict() for record in self.records]),
            "missing": list(self.missing),
            "registered": [asdict(each) for each in self.registered],
            "question": dict(self.question),
            "asked_late": self.asked_late,
            "rates": None if self.rates is None else self.rates.to_dict(),
            "sizes": [asdict(size) for size in self.sizes],
            "devices": [asdict(device) for device in self.devices],
            "plans": [
                {"label": p.label, "title": p.title, "words": p.words, "picture": p.digest}
                for p in self.plans
            ],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any], pictures: Mapping[str, str]) -> Evidence:
        """`pictures` are the texts of the SVGs by label. Raises QoptError for another format."""
        if document.get("format") != FORMAT:
            written = document.get("format")
            raise QoptError(f"its records are of format {written!r}; this qopt reads {FORMAT}")
        rates = document["rates"]
        return cls(
            name=document["name"],
            made=document["made"],
            qopt=document["qopt"],
            records=tuple(Record.from_dict(row) for row in rows_of(document["records"])),
            missing=tuple(document["missing"]),
            registered=tuple(Registered(**each) for each in document["registered"]),
            question=document["question"],
            asked_late=document["asked_late"],
            rates=None if rates is None else Rates(**rates),
            sizes=tuple(Size(**size) for size in document["sizes"]),
            devices=tuple(Device(**device) for device in document["devices"]),
            plans=tuple(
                Drawn(p["label"], p["title"], p["words"], pictures.get(p["label"], ""))
                for p in document["plans"]
            ),
        )


def packed(document: Any) -> str:
    """JSON, compressed, in letters that mean nothing in HTML; the same document, the same text."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def unpacked(text: str) -> Any:
    """The document again. Raises ValueError or OSError for what is none."""
    return json.loads(gzip.decompress(base64.b64decode(text.strip(), validate=True)))
