"""Each solver against the baseline: estimates, intervals and the margin in one picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..compare import Comparison, Difference
from ..compare.sentences import amount
from ..pages import Section
from .curves import styles
from .scales import Axis
from .svg import drawing, shortened, tag, text
from .tables import difference_table

WIDTH, ROW, TOP, BOTTOM, SIDE = 440.0, 40.0, 22.0, 40.0, 14.0


@dataclass(frozen=True)
class Forest:
    """A row a solver: its difference from the baseline, above 0 where it is better."""

    key: str
    title: str
    sentence: str
    comparison: Comparison
    apart: Mapping[str, int]

    @property
    def names(self) -> Sequence[tuple[str, int]]:
        return ()

    @property
    def axis(self) -> Axis:
        margin = self.comparison.question.margin
        ends = [1.6 * margin, -1.6 * margin]
        for each in self.comparison.differences:
            ends += [v for v in (each.outer.low, each.outer.high) if math.isfinite(v)]
            ends.append(each.estimate)
        span = max(ends) - min(ends)
        label = f"difference in {self.comparison.question.unit}, better to the right"
        return Axis(label, min(ends) - 0.03 * span, max(ends) + 0.03 * span)

    def svg(self) -> str:
        axis, margin = self.axis, self.comparison.question.margin
        height = TOP + ROW * len(self.comparison.differences) + BOTTOM
        bottom = height - BOTTOM
        low, high = _place(axis, -margin), _place(axis, margin)
        parts = [
            tag("rect", x=low, y=TOP - 8, width=high - low, height=bottom - TOP + 8, class_="band"),
            text("margin", (low + high) / 2, TOP - 12, text_anchor=_anchor(low), class_="tick"),
        ]
        for value, said in axis.ticks():
            at = _place(axis, value)
            parts.append(tag("line", x1=at, x2=at, y1=TOP - 8, y2=bottom, class_="grid"))
            parts.append(text(said, at, bottom + 16, text_anchor="middle", class_="tick"))
        zero = _place(axis, 0.0)
        parts.append(tag("line", x1=zero, x2=zero, y1=TOP - 8, y2=bottom, class_="axis"))
        for k, each in enumerate(self.comparison.differences):
            parts += self._row(each, axis, TOP + ROW * k + 26)
        parts.append(text(axis.label, WIDTH / 2, height - 6, text_anchor="middle", class_="name"))
        return drawing(WIDTH, height, f"{self.title}. {self.sentence}", *parts)

    def table(self) -> Section:
        return difference_table(self.comparison)

    def _row(self, each: Difference, axis: Axis, y: float) -> list[str]:
        style = self.apart.get(each.solver, 1)
        place = _place(axis, each.estimate)
        parts = [
            text(f"{shortened(each.solver)}: {each.verdict.value}", SIDE, y - 12, class_="mark"),
            tag("circle", cx=place, cy=y, r=4.5, class_=f"dot s{style}"),
        ]
        if math.isfinite(each.outer.low) and math.isfinite(each.outer.high):
            ends = _place(axis, each.outer.low), _place(axis, each.outer.high)
            line = tag("line", x1=ends[0], x2=ends[1], y1=y, y2=y, class_=f"bar s{style}")
            parts.insert(1, line)
        return parts


def forest(comparison: Comparison) -> Forest | None:
    """None where no solver was compared with the baseline."""
    if not comparison.differences:
        return None
    asked = comparison.question
    margin, level = f"{amount(asked.margin)} {asked.unit}", f"{100 * (1 - asked.alpha):.3g} %"
    return Forest(
        "differences",
        "Against the baseline",
        f"Dots are mean differences from {asked.baseline}, lines their {level} intervals; the band "
        f"is the margin of {margin}. A line wholly to the right of the band is better, wholly to "
        "the left of it worse.",
        comparison,
        styles(comparison),
    )


def _place(axis: Axis, value: float) -> float:
    return SIDE + (WIDTH - 2 * SIDE) * axis.share(value)


def _anchor(place: float) -> str:
    return "middle" if place > 3 * SIDE else "start"
