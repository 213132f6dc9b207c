"""Portfolios over periods as bars."""

from __future__ import annotations

from typing import Any

import numpy as np

from .plan import AllocationPath


def draw_path(plan: AllocationPath, names: tuple[str, ...], axes: Any, title: str) -> None:
    """A bar a period, of the weights of all assets, one on the other."""
    periods = list(plan.periods)
    bottom = np.zeros(len(periods))
    for name in names:
        row = [100 * held.weights.get(name, 0.0) for held in plan.periods.values()]
        if any(row):
            axes.bar(periods, row, bottom=bottom, label=name)
            bottom += row
    axes.set_ylabel("% of wealth")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small")
    axes.set_title(title)
