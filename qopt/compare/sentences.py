"""Numbers as a planner would say them."""

from __future__ import annotations

import math

from .inference import Interval

UNKNOWN = "how sure this is cannot be said"


def amount(value: float) -> str:
    """Two digits that count, and all of those before the point."""
    if value == 0 or math.isinf(value):
        return "0" if value == 0 else "no limit"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{round(value, digits):,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def way(value: float, unit: str) -> str:
    """A difference by its size and its direction; above 0 is better."""
    if value == 0:
        return "the same"
    return f"{amount(abs(value))} {unit} {'better' if value > 0 else 'worse'}"


def ways(interval: Interval, unit: str) -> str:
    """An interval whose ends may be of two directions."""
    if math.isinf(interval.low) or math.isinf(interval.high):
        return UNKNOWN
    if interval.low == interval.high:
        return "no instance differs from the mean"
    ends = f"from {way(interval.low, unit)} to {way(interval.high, unit)}"
    return f"{_level(interval)} interval {ends}"


def sizes(interval: Interval, unit: str) -> str:
    """An interval that lies on one side of 0, the smaller end first."""
    if math.isinf(interval.low) or math.isinf(interval.high):
        return UNKNOWN
    low, high = sorted((abs(interval.low), abs(interval.high)))
    return f"{_level(interval)} interval {amount(low)} to {amount(high)} {unit}"


def _level(interval: Interval) -> str:
    return f"{100 * interval.level:.3g} %"
