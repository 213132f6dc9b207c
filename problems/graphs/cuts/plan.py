"""A cut of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cut:
    """The nodes by name on either side; a side names itself by no number, so the first is that of the graph's first node."""

    one: tuple[str, ...]
    other: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"one": list(self.one), "other": list(self.other)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cut:
        return cls(tuple(data["one"]), tuple(data["other"]))

    def __str__(self) -> str:
        return f"{len(self.one)} nodes: {', '.join(self.one)}\n{len(self.other)} nodes: {', '.join(self.other)}"
