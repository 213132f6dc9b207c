"""An assignment of bits."""

from __future__ import annotations

from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Bits(JsonPlan):
    """The names of the bits that are 1, in the problem's order; all others are 0."""

    ones: tuple[str, ...]

    def __str__(self) -> str:
        return f"{len(self.ones)} ones: {', '.join(self.ones)}" if self.ones else "all bits are 0"
