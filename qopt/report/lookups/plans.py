"""The best plans of a study, in words and drawn."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from ...batch import Record, Run
from ...errors import QoptError
from ...problem import Drawable, better
from ..evidence import Drawn
from .problems import Problems

MOST = 24  # plans that are shown
LARGEST = 120_000  # bytes of a picture
ALL = 1_200_000  # bytes of all of them
LINES = 60  # of a plan in words
SECONDS = 4.0  # after which no further picture is drawn


def plans(run: Run, problems: Problems, most: int = MOST) -> tuple[Drawn, ...]:
    """The best plan of each solver on each instance; where these are too many, every instance's
    best comes first.
    """
    left, found, end = ALL, [], time.monotonic() + SECONDS
    for record in chosen(run.records)[:most]:
        room = min(left, LARGEST) if time.monotonic() < end else 0
        drawn = _drawn(run, record, problems, room)
        left -= len(drawn.picture)
        found.append(drawn)
    places = {record.label: k for k, record in enumerate(run.records)}
    return tuple(sorted(found, key=lambda each: places[each.label]))


def chosen(records: Sequence[Record]) -> list[Record]:
    """The best trial of each solver on each instance, every instance's best of all first."""
    best: dict[tuple[str, str, str], Record] = {}
    for record in records:
        key = (record.kind, record.instance, record.solver)
        if record.objective is not None and record.file is not None:
            known = best.get(key)
            if known is None or _beats(record, known):
                best[key] = record
    first: dict[tuple[str, str], Record] = {}
    for record in best.values():
        instance = (record.kind, record.instance)
        if instance not in first or _beats(record, first[instance]):
            first[instance] = record
    leading = {record.label: record for record in first.values()}
    return [*leading.values(), *(r for r in best.values() if r.label not in leading)]


def _beats(one: Record, other: Record) -> bool:
    assert one.objective is not None
    assert other.objective is not None
    return better(one.sense, one.objective, other.objective)


def _drawn(run: Run, record: Record, problems: Problems, room: int) -> Drawn:
    title = f"{record.instance} by {record.solver}, objective {record.objective:.6g}"
    try:
        plan = run.result(record).best
    except QoptError as error:
        return Drawn(record.label, title, f"Its result cannot be read: {error}")
    words = "\n".join(_shortened(str(plan)))
    if not room:
        left_out = "\n(Its picture is left out: those of the other plans took all the room.)"
        return Drawn(record.label, title, words + left_out)
    try:
        problem = problems.of(record)
        picture = _picture(problem, plan) if isinstance(problem, Drawable) else ""
    except ImportError:
        words += "\n(It is drawn where matplotlib is installed: pip install matplotlib.)"
        picture = ""
    except Exception as error:  # whatever somebody's `draw` raises costs the picture, not the page
        words += f"\n(It could not be drawn: {' '.join(str(error).split())})"
        picture = ""
    if len(picture) > room:
        words += f"\n(Its picture is left out: {len(picture) / 1000:,.0f} kB.)"
        picture = ""
    return Drawn(record.label, title, words, picture)


def _shortened(text: str) -> Iterator[str]:
    lines = text.splitlines()
    yield from (line[:400] for line in lines[:LINES])
    if len(lines) > LINES:
        yield f"... and {len(lines) - LINES:,} more lines"


def _picture(problem: Any, plan: Any) -> str:
    """The text of an SVG; the same each time."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # letters stay letters, which is smaller, and a `$` in a name is no formula
    settings = {"svg.fonttype": "none", "svg.hashsalt": "qopt", "text.parse_math": False}
    with rc_context(settings):
        figure = Figure(figsize=(7.2, 4.2))
        problem.draw(plan, figure.subplots())
        file = BytesIO()
        nothing: dict[str, Any] = {"Date": None, "Creator": None}
        figure.savefig(file, format="svg", bbox_inches="tight", metadata=nothing)
    return file.getvalue().decode()
