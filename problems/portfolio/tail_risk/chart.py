"""How often which loss is."""

from __future__ import annotations

from typing import Any

from ..selection.trades import Floats


def draw_losses(losses: Floats, value_at_risk: float, axes: Any, title: str) -> None:
    """A histogram of losses float64[S], as fractions of wealth, and where the worst begin."""
    axes.hist(100 * losses, bins="auto")
    axes.axvline(100 * value_at_risk, color="black", linestyle="--", label="value at risk")
    axes.set_xlabel("loss, % of wealth")
    axes.set_ylabel("scenarios")
    axes.legend()
    axes.set_title(title)
