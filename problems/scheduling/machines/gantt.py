"""Gantt charts of parallel machines."""

from __future__ import annotations

from typing import Any

from .plan import Queues
from .work import Work


def draw_queues(work: Work, plan: Queues, axes: Any, title: str) -> None:
    """A row a machine, a colour a job; gaps are set-ups. Raises QoptError for unknown names."""
    from matplotlib import colormaps

    for turn in plan.turns:
        work.require_known(turn.machine, turn.job)
    colours = colormaps["tab20"]
    for turn in plan.turns:
        row, length = work.place_of[turn.machine], turn.end - turn.start
        colour = colours(work.number_of[turn.job] % 20)
        axes.barh(row, length, left=turn.start, color=colour, edgecolor="white")
        if length * 60 >= plan.makespan * len(turn.job):  # else the name is wider than its bar
            middle = turn.start + length / 2
            axes.text(middle, row, turn.job, ha="center", va="center", fontsize=8)
    axes.set_yticks(range(len(work.machines)), work.machines)
    axes.invert_yaxis()
    axes.set_xlabel("time")
    axes.set_title(f"{title}: makespan {plan.makespan}")
