"""The limits that all portfolio problems share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from qopt import QoptError, Violation

from ..inputs import Reading
from .arguments import costs_of, count, number, number_or_none, sectors_of, weights_of
from .holdings import Holdings
from .sectors import Sectors
from .trades import Floats
from .trading import Trading

Formulation = Literal["folded", "counted", "slack", "soft"]


class LimitOptions(TypedDict, total=False):
    """What a portfolio may hold and what it costs to come to; `Selection` explains it."""

    max_assets: int | None
    min_assets: int | None
    min_holding: float
    max_holding: float
    lot: float
    sectors: Mapping[str, str] | Sequence[str] | None
    sector_caps: Mapping[str, float] | None
    current: Any
    max_turnover: float | None
    linear_cost: Any
    fixed_cost: Any


class SelectionOptions(LimitOptions, total=False):
    """The options that every problem of choosing one portfolio takes; `Selection` explains them."""

    formulation: Formulation | None


class ReadOptions(SelectionOptions, Reading, total=False):
    """The options of reading a portfolio's file: these, and those of `inputs.Conventions`."""


@dataclass(frozen=True, eq=False)
class Limits:
    """What may be held of each asset, of each sector, and what may be traded to come there.

    Raises QoptError for limits that no portfolio keeps, naming the first that is wrong.
    """

    holdings: Holdings
    sectors: Sectors
    trading: Trading

    def __post_init__(self) -> None:
        for complaint in self._complaints():
            raise QoptError(complaint)

    @classmethod
    def of(cls, names: tuple[str, ...], options: Mapping[str, Any]) -> Limits:
        """From the options as people give them. Raises QoptError for those that are wrong."""
        holdings = Holdings(
            names,
            max_assets=count("max_assets", options.get("max_assets")),
            min_assets=count("min_assets", options.get("min_assets")),
            min_holding=number("min_holding", options.get("min_holding", 0.0)),
            max_holding=number("max_holding", options.get("max_holding", 1.0)),
            lot=number("lot", options.get("lot", 0.01)),
        )
        caps = options.get("sector_caps") or {}
        sectors = Sectors(
            sectors_of(names, options.get("sectors")),
            {str(name): number(f"sector_caps[{name!r}]", cap) for name, cap in caps.items()},
        )
        current = options.get("current")
        trading = Trading(
            names,
            current=None if current is None else weights_of(names, current),
            max_turnover=number_or_none("max_turnover", options.get("max_turnover")),
            linear_cost=costs_of("linear_cost", names, options.get("linear_cost")),
            fixed_cost=costs_of("fixed_cost", names, options.get("fixed_cost")),
        )
        return cls(holdings, sectors, trading)

    def violations(self, w: Floats) -> Iterator[Violation]:
        """What weights float64[n] break."""
        yield from self.holdings.violations(w)
        yield from self.sectors.violations(w, self.holdings.hair)
        yield from self.trading.violations(w, self.holdings.lot)

    def fingerprint_parts(self) -> dict[str, Any]:
        """Every limit by the name of its option."""
        sectors = {"sectors": self.sectors.each, "sector_caps": self.sectors.caps}
        return vars(self.holdings) | sectors | vars(self.trading)

    def _complaints(self) -> Iterator[str]:
        yield from self.holdings.complaints()
        yield from self.sectors.complaints(self.holdings)
        yield from self.trading.complaints(self.holdings, self.sectors)
