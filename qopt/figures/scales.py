"""Axes: where a value stands, and which values are written beside."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, above 0 where it is logarithmic."""

    label: str
    low: float
    high: float
    log: bool = False
    unit: str = ""

    def share(self, value: float) -> float:
        """Where a value stands, from 0 to 1; what lies outside stands at the end."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = (math.log(max(v, self.low)) for v in (low, high, value))
        if high == low:
            return 0.5
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def ticks(self) -> list[tuple[float, str]]:
        """Round values along the axis, with what is written there."""
        values = _powers(self.low, self.high) if self.log else _steps(self.low, self.high)
        return [
            (value, f"{value:,.10g}{self.unit}".replace("-", "\N{MINUS SIGN}")) for value in values
        ]


def _steps(low: float, high: float, wanted: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / wanted))
    step = min((power * factor for factor in (1, 2, 5, 10)), key=lambda s: abs(span / s - wanted))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) + 0.0 for number in range(first, last + 1)]


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 times them where there are few, or every other one if many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if math.log10(high / low) < 2 else (1,)
    apart = max(1, math.ceil(math.log10(high / low) / 6))
    found = [factor * 10.0**power for power in powers for factor in factors if power % apart == 0]
    slack = 1 + 1e-9
    return [float(f"{value:.12g}") for value in found if low / slack <= value <= high * slack]
