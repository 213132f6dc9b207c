"""Where things stand in a picture: on the same scale as the ticks that tell it."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from qopt.batch.comparing import runs_of
from qopt.compare import Question, compare
from qopt.figures import Axis, Bars, Chart, Segment, Series, curves, forest
from qopt.figures.svg import tag
from tests.report.planted import records

NAME = "{http://www.w3.org/2000/svg}"


def _all(svg: str, name: str, style: str = "") -> list[ElementTree.Element]:
    found = ElementTree.fromstring(svg).iter(f"{NAME}{name}")
    return [one for one in found if style in (one.get("class") or "").split() or not style]


def _at(element: ElementTree.Element, name: str) -> float:
    return float(element.attrib[name])


def _labels(svg: str, axis: Axis) -> dict[str, ElementTree.Element]:
    """The words of an axis's ticks."""
    wanted = {said for _, said in axis.ticks()}
    return {str(one.text): one for one in _all(svg, "text", "tick") if one.text in wanted}


def test_a_line_at_a_ticks_value_lies_on_the_ticks_line() -> None:
    y = Axis("share", 0.0, 80.0, unit=" %")
    for value, said in y.ticks():
        line = Series("a", 1, (1.0,), (value,), before=value)
        svg = Chart("k", "T", "S", Axis("seconds", 1.0, 100.0, log=True), y, (line,)).svg()
        (path,) = _all(svg, "path", "line")
        height = float(re.findall(r"M\S+ ([\d.]+)", path.attrib["d"])[0])
        assert height in [
            pytest.approx(_at(one, "y1"), abs=0.1) for one in _all(svg, "line", "grid")
        ]
        label = _labels(svg, y)[said]
        assert 0 <= _at(label, "y") - height <= 6  # the foot of a small letter beside it
        assert _at(label, "x") < min(_at(one, "x1") for one in _all(svg, "line", "grid"))


def test_a_step_at_a_ticks_value_stands_above_the_tick() -> None:
    x = Axis("seconds", 1.0, 100.0, log=True)
    for value, said in x.ticks()[1:-1]:
        line = Series("a", 1, (value,), (50.0,))
        svg = Chart("k", "T", "S", x, Axis("share", 0.0, 100.0), (line,)).svg()
        (path,) = _all(svg, "path", "line")
        step = float(re.findall(r"H([\d.]+)V", path.attrib["d"])[0])
        assert _at(_labels(svg, x)[said], "x") == pytest.approx(step, abs=0.1)
        marks = [_at(one, "x1") for one in _all(svg, "line", "axis")]
        assert step in [pytest.approx(mark, abs=0.1) for mark in marks]


def test_dots_intervals_and_the_band_of_a_forest_are_on_the_scale_of_its_ticks() -> None:
    rows = records({"old": 4.0, "new": 1.0, "late": 5.0}, instances=8, seeds=3)
    comparison = compare(tuple(runs_of(rows)), Question("old", 0.5))
    picture = forest(comparison)
    assert picture is not None
    svg = picture.svg()
    labels = _labels(svg, picture.axis)
    (first, a), *_, (last, b) = [(v, _at(labels[said], "x")) for v, said in picture.axis.ticks()]

    def place(value: float) -> object:
        return pytest.approx(a + (b - a) * (value - first) / (last - first), abs=0.1)

    (band,) = _all(svg, "rect", "band")
    assert _at(band, "x") == place(-0.5)
    assert _at(band, "x") + _at(band, "width") == place(0.5)
    drawn = zip(comparison.differences, _all(svg, "circle"), _all(svg, "line", "bar"), strict=True)
    for difference, dot, bar in drawn:
        assert _at(dot, "cx") == place(difference.estimate)
        assert _at(dot, "cy") == _at(bar, "y1") == _at(bar, "y2")
        assert [_at(bar, "x1"), _at(bar, "x2")] == [
            place(difference.outer.low),
            place(difference.outer.high),
        ]
    width = float(ElementTree.fromstring(svg).attrib["viewBox"].split()[2])
    ends = [_at(bar, name) for bar in _all(svg, "line", "bar") for name in ("x1", "x2")]
    assert min(ends) >= 0
    assert max(ends) <= width
    (said,) = (one for one in _all(svg, "text", "tick") if one.text == "margin")
    assert said.get("text-anchor") == "middle"
    assert _at(said, "x") == pytest.approx(_at(band, "x") + _at(band, "width") / 2, abs=0.1)


def test_segments_of_a_bar_are_as_wide_as_their_counts_and_side_by_side() -> None:
    counts = (30, 0, 50, 20)
    segments = tuple(Segment(f"s{k}", count, "good") for k, count in enumerate(counts))
    svg = Bars("b", "Ended", "S", (("solver", segments),)).svg()
    drawn = [(_at(one, "x"), _at(one, "width")) for one in _all(svg, "rect", "segment")]
    unit = (sum(width for _, width in drawn) + len(drawn)) / 100  # a gap of 1 behind each
    assert [width for _, width in drawn] == [
        pytest.approx(unit * count - 1) for count in counts if count
    ]
    for (x, width), (following, _) in pairwise(drawn):
        assert following == pytest.approx(x + width + 1)
    whole = float(ElementTree.fromstring(svg).attrib["viewBox"].split()[2])
    assert drawn[0][0] == pytest.approx(
        whole - drawn[-1][0] - drawn[-1][1]
    )  # as far from both ends


def test_numbers_in_a_picture_are_short_and_none_is_minus_zero() -> None:
    assert tag("line", x=-0.001, y=1.504, z=20.0, k=3) == '<line x="0" y="1.5" z="20" k="3"/>'


def test_time_goes_from_just_before_the_first_plan_to_the_horizon() -> None:
    runs = tuple(runs_of(records({"old": 4.0, "new": 1.0}, instances=4, seeds=3)))
    comparison = compare(runs, Question("old", 1.0))
    gaps, reached, *_ = curves(comparison, runs)
    first = min(run.trace[0][0] for run in runs if run.trace)
    assert gaps.x.low == reached.x.low == pytest.approx(0.8 * first)
    assert gaps.x.high == comparison.horizon == 10.0
    for line in gaps.series:
        assert line.xs[0] == pytest.approx(gaps.x.low)
        assert line.xs[-1] == pytest.approx(gaps.x.high)
