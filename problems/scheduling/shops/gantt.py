"""Gantt charts of shops."""

from __future__ import annotations

from typing import Any

from .plan import Schedule


def draw_schedule(plan: Schedule, axes: Any, title: str) -> None:
    """A row a machine, a colour a job."""
    from matplotlib import colormaps

    colours = colormaps["tab10"]
    for o in plan.operations:
        axes.barh(o.machine, o.duration, left=o.start, color=colours(o.job % 10), edgecolor="white")
        number = str(o.job)
        if o.duration * 60 >= plan.makespan * len(number):  # else it is wider than its bar
            middle = o.start + o.duration / 2
            axes.text(
                middle, o.machine, number, ha="center", va="center", color="white", fontsize=8
            )
    machines = sorted({o.machine for o in plan.operations})
    axes.set_yticks(machines, [f"machine {m}" for m in machines])
    axes.invert_yaxis()
    axes.set_xlabel("time")
    axes.set_title(f"{title}: makespan {plan.makespan} (colour and number: job)")
