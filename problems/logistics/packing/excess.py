"""Loads and what they are above their capacity."""

from __future__ import annotations

TOLERANCE = 1e-9  # of a capacity: sums of numbers that are not whole are off by rounding


def excess(load: float, capacity: float) -> float:
    """How much of `load` is above `capacity`; 0 where that is only rounding."""
    return load - capacity if load - capacity > TOLERANCE * max(1.0, abs(capacity)) else 0.0
