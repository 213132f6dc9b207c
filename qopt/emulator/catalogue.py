"""The solvers that a service offers, as it lists them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .backends import Backend

Graph = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class _Kept:
    """What takes long to make of a definition: its properties as JSON, and a chip's graph."""

    properties: str
    graph: Graph | None

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> _Kept:
        graph = None
        if "qubits" in properties:
            couplers = np.asarray(properties["couplers"], np.int64).reshape(-1, 2)
            graph = np.asarray(properties["qubits"], np.int64), couplers
        return cls(json.dumps(properties), graph)


class Catalogue:
    """Solvers by name; `online` says whether the service is available just now."""

    def __init__(
        self,
        backends: Iterable[Backend],
        *,
        online: Callable[[], bool],
        load: Callable[[str], float],
    ) -> None:
        self.backends = {backend.name: backend for backend in backends}
        self._online, self._load = online, load
        self._known: dict[tuple[str, str | None], _Kept] = {}

    def definitions(self, wanted: str | None = None) -> str:
        """All of them, as JSON.

        `wanted` chooses the fields, such as "all,-status" or "none,+identity".
        """
        return f"[{','.join(self._text(backend, wanted) for backend in self.backends.values())}]"

    def definition(self, name: str, wanted: str | None = None) -> str | None:
        """One of them, as JSON; None where there is none of that name."""
        backend = self.backends.get(name)
        return None if backend is None else self._text(backend, wanted)

    def graph_id(self, name: str) -> str | None:
        """Which graph a chip has now; None for other solvers."""
        identity = self.backends[name].definition()["identity"]
        version = identity.get("version") or {}
        graph_id: str | None = version.get("graph_id")
        return graph_id

    def graph(self, name: str) -> Graph | None:
        """A chip's qubits (n,) and couplers (m, 2), as it has them now; None for other solvers."""
        return self._kept(self.backends[name]).graph

    def _kept(self, backend: Backend) -> _Kept:
        key = backend.name, self.graph_id(backend.name)
        if key not in self._known:
            self._known[key] = _Kept.of(backend.definition()["properties"])
        return self._known[key]

    def _text(self, backend: Backend, wanted: str | None) -> str:
        state = {
            "status": "ONLINE" if self._online() else "OFFLINE",
            "avg_load": self._load(backend.name),
        }
        whole = {**backend.definition(), **state}
        texts = {key: json.dumps(value) for key, value in whole.items() if key != "properties"}
        chosen = _chosen({**texts, "properties": self._kept(backend).properties}, wanted)
        return f"{{{', '.join(f'{json.dumps(key)}: {text}' for key, text in chosen.items())}}}"


def _chosen(whole: dict[str, str], wanted: str | None) -> dict[str, str]:
    if not wanted:
        return whole
    chosen = dict(whole)
    for word in wanted.split(","):
        if word == "all":
            chosen = dict(whole)
        elif word == "none":
            chosen = {}
        elif word.startswith("-"):
            chosen.pop(word[1:], None)
        elif (name := word.lstrip("+ ")) in whole:  # a plus in an address may be read as a space
            chosen[name] = whole[name]
    return chosen
