"""A roster as a chart."""

from __future__ import annotations

from typing import Any

import numpy as np

from .plan import Roster
from .rules import Rules


def draw_roster(rules: Rules, plan: Roster, axes: Any) -> None:
    """A row an employee, a column a day, a colour a shift; weekends are shaded."""
    from matplotlib import colormaps

    colours = colormaps["tab10"]
    for weekend in rules.weekends:
        axes.axvspan(weekend[0] - 0.5, weekend[-1] + 0.5, color="lightgrey", zorder=0)
    for e, day, k in np.argwhere(rules.grid(plan)).tolist():
        axes.barh(e, 0.95, left=day - 0.475, height=0.9, color=colours(k % 10))
        axes.text(day, e, rules.shifts[k].name, ha="center", va="center", fontsize=7)
    axes.set_yticks(range(len(rules.staff)), [employee.name for employee in rules.staff])
    axes.set_ylim(len(rules.staff) - 0.5, -0.5)
    axes.set_xlim(-0.5, rules.days - 0.5)
    axes.set_xlabel("day")
