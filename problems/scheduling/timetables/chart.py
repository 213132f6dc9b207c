"""A timetable as a chart."""

from __future__ import annotations

from typing import Any

from .plan import Timetable
from .week import Week


def draw_timetable(week: Week, plan: Timetable, axes: Any, title: str) -> None:
    """A row a room, a column a period; a colour a course."""
    from matplotlib import colormaps

    week.require_known(plan)
    colours = colormaps["tab20"]
    course = {event.name: event.course or event.name for event in week.events}
    shade = {name: colours(k % 20) for k, name in enumerate(dict.fromkeys(course.values()))}
    row = {room.name: k for k, room in enumerate(week.rooms)}
    for lecture in plan.lectures:
        x, y = week.period[lecture.period], row[lecture.room]
        axes.barh(y, 0.95, left=x - 0.475, color=shade[course[lecture.event]])
        axes.text(x, y, lecture.event, ha="center", va="center", fontsize=6, rotation=90)
    axes.set_yticks(range(len(week.rooms)), [room.name for room in week.rooms])
    axes.set_xticks(range(len(week.periods)), week.periods, rotation=90)
    axes.set_title(f"{title}: cost {week.evaluate(plan).objective:g}")
