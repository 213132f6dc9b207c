"""An assignment of bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bits:
    """The names of the bits that are 1, in the problem's order; all others are 0."""

    ones: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"ones": list(self.ones)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Bits:
        return cls(tuple(data["ones"]))

    def __str__(self) -> str:
        return f"{len(self.ones)} ones: {', '.join(self.ones)}" if self.ones else "all bits are 0"
