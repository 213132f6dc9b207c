"""Charts of lines: curves and steps over an axis of time, of gaps or of ratios."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..pages import Section
from ..pages.content import numbers
from .scales import Axis
from .svg import drawing, tag, text

WIDTH, HEIGHT = 440.0, 270.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 20.0, 12.0, 40.0
POINTS = 200  # of a line
ROWS = 12  # of the table beside a chart


class Figure(Protocol):
    """A picture with what it says: in a sentence, and as a table of its numbers."""

    @property
    def key(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def sentence(self) -> str: ...

    @property
    def names(self) -> Sequence[tuple[str, int]]:
        """The legend: names and the numbers of their colours and dashes."""
        ...

    def svg(self) -> str: ...

    def table(self) -> Section: ...


@dataclass(frozen=True)
class Series:
    """A line of steps: from `xs[k]` on it is at `ys[k]`, and before the first at `before`.

    `style` is the number of its colour and dashes; 0 is the baseline's.
    """

    name: str
    style: int
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    before: float = 0.0

    def at(self, x: float) -> float:
        place = bisect_right(self.xs, x * (1 + 1e-12))
        return self.ys[place - 1] if place else self.before


@dataclass(frozen=True)
class Chart:
    """Lines over one axis, with a sentence that says what is seen."""

    key: str
    title: str
    sentence: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]

    @property
    def names(self) -> Sequence[tuple[str, int]]:
        return [(each.name, each.style) for each in self.series]

    def svg(self) -> str:
        lines = [self._line(each) for each in reversed(self.series)]
        label = f"{self.title}. {self.sentence}"
        inside = [*frame(self.x, self.y, WIDTH, HEIGHT), *lines]
        return drawing(WIDTH, HEIGHT, label, *inside, **self._readable())

    def _readable(self) -> dict[str, object]:
        """Where the lines stand, for a script that tells the values under the pointer."""
        box = f"[{LEFT:g},{TOP:g},{WIDTH - RIGHT:g},{HEIGHT - BOTTOM:g}]"
        read: dict[str, object] = {"data_box": box, "data_xname": self.x.label}
        for name, axis in (("x", self.x), ("y", self.y)):
            read[f"data_{name}low"], read[f"data_{name}high"] = repr(axis.low), repr(axis.high)
            read[f"data_{name}log"], read[f"data_{name}unit"] = int(axis.log), axis.unit
        return read

    def table(self) -> Section:
        """The lines' values at a few places along the axis."""
        places = self._places()
        columns = numbers(self.x.label, *(each.name for each in self.series))
        rows = [
            [f"{x:.4g}{self.x.unit}", *(f"{each.at(x):.4g}{self.y.unit}" for each in self.series)]
            for x in places
        ]
        return Section(columns=columns, rows=rows)

    def _places(self) -> list[float]:
        """Evenly along the axis as it is drawn."""
        low, high = self.x.low, self.x.high
        shares = [k / (ROWS - 1) for k in range(ROWS)]
        if self.x.log:
            return [low * (high / low) ** share for share in shares]
        return [low + (high - low) * share for share in shares]

    def _line(self, series: Series) -> str:
        level = series.at(self.x.low)
        points = thinned(
            [(x, y) for x, y in zip(series.xs, series.ys, strict=True) if x > self.x.low]
        )
        path = [f"M{_x(self.x, self.x.low)} {_y(self.y, level)}"]
        for x, y in points:
            if x > self.x.high:
                break
            path.append(f"H{_x(self.x, x)}V{_y(self.y, y)}")
        path.append(f"H{_x(self.x, self.x.high)}")
        return tag("path", d="".join(path), class_=f"line s{series.style}")


def frame(x: Axis, y: Axis, width: float, height: float) -> list[str]:
    """Grid, ticks and the names of both axes."""
    bottom, right = height - BOTTOM, width - RIGHT
    parts = []
    for value, said in y.ticks():
        at = TOP + (bottom - TOP) * (1 - y.share(value))
        parts.append(tag("line", x1=LEFT, x2=right, y1=at, y2=at, class_="grid"))
        parts.append(text(said, LEFT - 6, at + 4, text_anchor="end", class_="tick"))
    for value, said in x.ticks():
        at = LEFT + (right - LEFT) * x.share(value)
        parts.append(tag("line", x1=at, x2=at, y1=bottom, y2=bottom + 4, class_="axis"))
        parts.append(text(said, at, bottom + 17, text_anchor="middle", class_="tick"))
    parts.append(tag("line", x1=LEFT, x2=right, y1=bottom, y2=bottom, class_="axis"))
    parts.append(text(x.label, (LEFT + right) / 2, height - 6, text_anchor="middle", class_="name"))
    return parts


def thinned(points: list[tuple[float, float]], most: int = POINTS) -> list[tuple[float, float]]:
    """At most so many of them, evenly, the first and the last among these."""
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    return [points[round(k * step)] for k in range(most)]


def _x(axis: Axis, value: float) -> str:
    return f"{LEFT + (WIDTH - LEFT - RIGHT) * axis.share(value):.1f}"


def _y(axis: Axis, value: float) -> str:
    return f"{TOP + (HEIGHT - TOP - BOTTOM) * (1 - axis.share(value)):.1f}"
