"""Bars of counts beside each other, as how the trials of each solver ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..pages import Cell, Section
from ..pages.content import numbers, words
from .svg import drawing, shortened, tag, text

WIDTH, ROW, SIDE = 440.0, 44.0, 2.0


@dataclass(frozen=True)
class Segment:
    """So many of a kind; `style` is the number of its colour, or a word of a style of its own."""

    name: str
    count: int
    style: int | str


@dataclass(frozen=True)
class Bars:
    """A bar of segments for each of some names, as long as the whole width."""

    key: str
    title: str
    sentence: str
    bars: tuple[tuple[str, tuple[Segment, ...]], ...]

    @property
    def names(self) -> Sequence[tuple[str, int]]:
        return ()

    def svg(self) -> str:
        parts = []
        for k, (name, segments) in enumerate(self.bars):
            y, x = ROW * k + 14, SIDE
            parts.append(text(shortened(name, 62), SIDE, y, class_="mark"))
            whole = sum(segment.count for segment in segments) or 1
            for segment in segments:
                width = (WIDTH - 2 * SIDE) * segment.count / whole
                parts += _drawn(segment, x, y + 6, width)
                x += width
        label = f"{self.title}. {self.sentence}"
        return drawing(WIDTH, ROW * len(self.bars) + 4, label, *parts)

    def table(self) -> Section:
        kinds = list(dict.fromkeys(s.name for _, segments in self.bars for s in segments))
        rows: list[list[Cell]] = []
        for name, segments in self.bars:
            counts = {segment.name: segment.count for segment in segments}
            rows.append([name, *(counts.get(kind, 0) for kind in kinds)])
        return Section(columns=[*words("solver"), *numbers(*kinds)], rows=rows)


def _drawn(segment: Segment, x: float, y: float, width: float) -> list[str]:
    if segment.count == 0:
        return []
    box = {"x": x + 0.5, "y": y, "width": max(width - 1, 0.5), "height": 20.0}
    said = f"{segment.count:,} {segment.name}"
    parts = [tag("rect", **box, class_=f"segment {segment.style}")]
    if 6.2 * len(said) + 8 <= width:
        parts.append(text(said, x + 7, y + 14, class_=f"inside {segment.style}"))
    return parts
