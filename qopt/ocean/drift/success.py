"""What a run of the reference problem found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any


@dataclass(frozen=True)
class Success:
    """The share of reads in which each cell of a `reference` was in a ground state.

    `shares` in [0, 1], by cell; `reads` of the run; `snapshot` the key of the device's state, and
    `when` it was run, UTC by ISO 8601.
    """

    reference: str
    shares: tuple[float, ...]
    reads: int
    snapshot: str | None = None
    when: str | None = None

    @property
    def share(self) -> float:
        """On average over the cells."""
        return fmean(self.shares)

    def to_dict(self) -> dict[str, Any]:
        """In JSON's values."""
        return {**asdict(self), "shares": list(self.shares)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Success:
        """As `to_dict` wrote it."""
        return cls(**{**data, "shares": tuple(data["shares"])})
