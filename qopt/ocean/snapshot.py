"""Which device answered, and in which state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import numpy as np

RANGES = (
    "h_range",
    "j_range",
    "extended_j_range",
    "per_qubit_coupling_range",
    "annealing_time_range",
    "fast_anneal_time_range",
    "default_annealing_time",
)
LIMITS = ("num_reads_range", "problem_run_duration_range", "minimum_time_limit")
COSTS = ("problem_timing_data", "quota_conversion_rate")
TOLD = ("chip_id", "category", "version", "topology", "tags")
# what a fresh answer may hang on; all else is what it costs, how long it takes and who carries it
ANSWERS = ("name", "graph_id", "version", "chip_id", "topology", "tags", "structure", "ranges")
WORDS = {
    "name": "the solver",
    "graph_id": "the graph_id",
    "version": "the version",
    "chip_id": "the chip",
    "topology": "the topology",
    "category": "the category",
    "tags": "the tags",
    "qubits": "the number of qubits",
    "couplers": "the number of couplers",
    "host": "the host of the endpoint",
    "region": "the region",
    "avg_load": "the load",
}


@dataclass(frozen=True)
class Snapshot:
    """All that a service tells of the state of a solver, at one time; JSON-ready.

    D-Wave's services tell no time of a calibration. A new `graph_id`, or other qubits, couplers or
    ranges, are the nearest to it: a calibration that changes none of these is not seen here
    (`qopt.ocean.drift` looks for its effect).

    Attributes
    ----------
    name, category
        Of the solver, and "qpu", "hybrid" or "software".
    graph_id, chip_id, topology
        Of a quantum annealer: its working graph, its chip, and {"type": ..., "shape": ...}.
    version
        Of a hybrid service.
    tags
        In the order of their names.
    qubits, couplers, structure
        How many work, and the hash of which they are, `sha256:...`; None where there are none.
    ranges
        Of h, J, the couplings of a qubit and anneal times, by the names that D-Wave gives them;
        anneal times in microseconds.
    limits, costs
        Of a submission; and what it takes and is charged, as the device's timing data.
    host, region
        Where it was reached.
    avg_load
        Of its queue, from 0 to 1, or None.
    taken
        When this was read: UTC, by ISO 8601.
    """

    name: str
    category: str | None = None
    graph_id: str | None = None
    version: str | None = None
    chip_id: str | None = None
    topology: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    qubits: int | None = None
    couplers: int | None = None
    structure: str | None = None
    ranges: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    costs: Mapping[str, Any] = field(default_factory=dict)
    host: str | None = None
    region: str | None = None
    avg_load: float | None = None
    taken: str | None = None

    @classmethod
    def of(cls, solver: Any, client: Any = None) -> Snapshot:
        """Of a solver of Ocean's cloud client, or of a sampler with its `properties`, as a mock of
        a device has them; `client` is the one that the solver was got from, or whatever else has
        its `endpoint` and `region`.
        """
        qubits, couplers = solver.properties.get("qubits"), solver.properties.get("couplers")
        properties = {
            name: _plain(value)
            for name, value in solver.properties.items()
            if name in (*RANGES, *LIMITS, *COSTS, *TOLD)
        }
        identity = getattr(solver, "identity", None)
        configuration = getattr(client, "config", client)
        endpoint = getattr(configuration, "endpoint", None)
        load = getattr(solver, "avg_load", None)
        return cls(
            name=str(getattr(identity, "name", None) or properties.get("chip_id") or solver),
            category=properties.get("category"),
            graph_id=getattr(getattr(identity, "version", None), "graph_id", None),
            version=properties.get("version"),
            chip_id=properties.get("chip_id"),
            topology=properties.get("topology"),
            tags=tuple(sorted(properties.get("tags") or ())),
            qubits=None if qubits is None else len(qubits),
            couplers=None if couplers is None else len(couplers),
            structure=None
            if qubits is None
            else _structure(qubits, () if couplers is None else couplers),
            ranges={name: properties[name] for name in RANGES if name in properties},
            limits={name: properties[name] for name in LIMITS if name in properties},
            costs={name: properties[name] for name in COSTS if name in properties},
            host=None if endpoint is None else urlsplit(str(endpoint)).hostname,
            region=getattr(configuration, "region", None),
            avg_load=None if load is None else float(load),
            taken=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    @property
    def key(self) -> str:
        """The same for two snapshots exactly if nothing that is known to change answers differs
        between them: not what they cost, nor the load, nor where the solver was reached.
        """
        said = json.dumps([_plain(getattr(self, name)) for name in ANSWERS], sort_keys=True)
        return f"{self.name}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"

    def differences(self, other: Snapshot) -> list[str]:
        """What has changed from this one to another, a sentence each; what may change answers comes
        first, and of all else the sentence says that it does not.
        """
        changed = list(self._changed(other))
        ours = [said for answers, said in changed if answers]
        return [*ours, *(said for answers, said in changed if not answers)]

    def _changed(self, other: Snapshot) -> Iterator[tuple[bool, str]]:
        """(whether it may change answers, a sentence) of each difference."""
        for name, word in WORDS.items():
            before, after = getattr(self, name), getattr(other, name)
            if _plain(before) != _plain(after):
                answers = name in ANSWERS or name in ("qubits", "couplers")
                yield answers, _sentence(word, before, after, answers=answers)
        if self.structure != other.structure and (self.qubits, self.couplers) == (
            other.qubits,
            other.couplers,
        ):
            yield True, "Other qubits or couplers work, as many as before."
        for kind in ("ranges", "limits", "costs"):
            before, after = _plain(getattr(self, kind)), _plain(getattr(other, kind))
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) != after.get(name):
                    answers = kind == "ranges"
                    said = _sentence(name, before.get(name), after.get(name), answers=answers)
                    yield answers, said

    def to_dict(self) -> dict[str, Any]:
        """In JSON's values, with its `key`."""
        return {"key": self.key, **_plain(asdict(self))}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Snapshot:
        """As `to_dict` wrote it; its key, and what a newer version has written besides,
        are left out."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        return cls(**{**values, "tags": tuple(values.get("tags", ()))})


def _sentence(what: str, before: Any, after: Any, *, answers: bool) -> str:
    more = "" if answers else ", which changes no answers"
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        names = sorted(
            name
            for name in {**(before or {}), **(after or {})}
            if (before or {}).get(name) != (after or {}).get(name)
        )
        said = f"{what} changed in {', '.join(names)}{more}."
    else:
        said = f"{what} changed from {_said(before)} to {_said(after)}{more}."
    return said[0].upper() + said[1:] if what.startswith("the ") else said


def _said(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"


def _structure(qubits: Any, couplers: Any) -> str:
    """The hash of the qubits and couplers, in whichever order they are told."""
    pairs = np.sort(np.array(couplers, dtype="<i8").reshape(-1, 2), axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    digest = hashlib.sha256(np.sort(np.array(qubits, dtype="<i8")).tobytes())
    digest.update(b";" + np.ascontiguousarray(pairs).tobytes())
    return f"sha256:{digest.hexdigest()}"


def _plain(value: Any) -> Any:
    """In JSON's values, so that what was read back from a file is equal to what was written."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):  # NumPy's
        return value.tolist()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)
