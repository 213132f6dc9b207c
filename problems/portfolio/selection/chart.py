"""Holdings as bars."""

from __future__ import annotations

from typing import Any

from .plan import Allocation


def draw_holdings(plan: Allocation, axes: Any) -> None:
    """A bar a holding, the largest first."""
    ordered = sorted(plan.weights.items(), key=lambda held: -held[1])
    bars = axes.barh([name for name, _ in ordered], [100 * weight for _, weight in ordered])
    axes.bar_label(bars, fmt="{:.3g} %", padding=3)
    axes.margins(x=0.12)
    axes.invert_yaxis()
    axes.set_xlabel("% of wealth")
