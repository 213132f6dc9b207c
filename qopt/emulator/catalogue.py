"""The solvers that a service offers, as it lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .backends import Backend

Graph = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


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
        self._graphs: dict[tuple[str, str], Graph] = {}

    def definitions(self, wanted: str | None = None) -> list[dict[str, Any]]:
        """All of them; `wanted` chooses the fields, such as "all,-status" or "none,+identity"."""
        return [self._defined(backend, wanted) for backend in self.backends.values()]

    def definition(self, name: str, wanted: str | None = None) -> dict[str, Any] | None:
        backend = self.backends.get(name)
        return None if backend is None else self._defined(backend, wanted)

    def graph_id(self, name: str) -> str | None:
        """Which graph a chip has now; None for other solvers."""
        identity = self.backends[name].definition()["identity"]
        version = identity.get("version") or {}
        graph_id: str | None = version.get("graph_id")
        return graph_id

    def graph(self, name: str) -> Graph | None:
        """A chip's qubits (n,) and couplers (m, 2), as it has them now; None for other solvers."""
        graph_id = self.graph_id(name)
        if graph_id is None:
            return None
        if (name, graph_id) not in self._graphs:
            properties = self.backends[name].definition()["properties"]
            qubits = np.asarray(properties["qubits"], np.int64)
            couplers = np.asarray(properties["couplers"], np.int64).reshape(-1, 2)
            self._graphs[name, graph_id] = qubits, couplers
        return self._graphs[name, graph_id]

    def _defined(self, backend: Backend, wanted: str | None) -> dict[str, Any]:
        whole = {
            **backend.definition(),
            "status": "ONLINE" if self._online() else "OFFLINE",
            "avg_load": self._load(backend.name),
        }
        return _chosen(whole, wanted)


def _chosen(whole: dict[str, Any], wanted: str | None) -> dict[str, Any]:
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
