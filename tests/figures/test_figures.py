"""Figures of a comparison: well-formed, named, and the same in picture, sentence and table."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from qopt.batch.comparing import runs_of
from qopt.compare import Comparison, Question, Run, compare
from qopt.figures import Axis, Bars, Chart, Figure, Segment, Series, curves, forest, fragment
from qopt.figures.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from tests.pages.test_pages import Told
from tests.report.planted import records

NAME = "{http://www.w3.org/2000/svg}"
EVIL = '</svg><script>alert("1")</script> & <b>'


def _compared(*solvers: str) -> tuple[Comparison, tuple[Run, ...]]:
    gaps = {name: 1.0 + k for k, name in enumerate(solvers)}
    runs = tuple(runs_of(records(gaps, instances=4, seeds=3)))
    return compare(runs, Question(solvers[0], 1.0)), runs


def _all(*solvers: str) -> list[Figure]:
    comparison, runs = _compared(*solvers)
    first = forest(comparison)
    assert first is not None
    ended = (("old", (Segment("feasible", 3, "good"), Segment(EVIL, 1, "bad"))),)
    return [first, *curves(comparison, runs), Bars("b", "Ended", "Three of four.", ended)]


@pytest.mark.parametrize("names", [("old", "new"), ("old", EVIL, "third"), ("old",) * 1 + ("x",)])
def test_every_figure_is_one_well_formed_picture_with_a_name(names: tuple[str, ...]) -> None:
    for figure in _all(*names):
        root = ElementTree.fromstring(figure.svg())
        assert root.tag == f"{NAME}svg"
        assert root.get("role") == "img"
        assert figure.sentence in str(root.get("aria-label"))
        assert not list(root.iter(f"{NAME}script"))
        assert "style" not in root.attrib
        table = figure.table()
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_table_has_the_values_of_the_line() -> None:
    line = Series("a", 1, (1.0, 5.0), (40.0, 90.0), before=10.0)
    chart = Chart("k", "T", "S", Axis("x", 0, 11), Axis("y", 0, 100), (line,))
    rows = [[float(str(cell)) for cell in row] for row in chart.table().rows]
    assert rows == [[x, 10 if x < 1 else 40 if x < 5 else 90] for x in range(12)]


def test_a_line_goes_where_its_values_are() -> None:
    """The path, read back from the picture, has the value of the series at every place."""
    line = Series("a", 1, (2.0, 5.0, 8.0), (30.0, 90.0, 55.0), before=10.0)
    chart = Chart("k", "T", "S", Axis("x", 0, 10), Axis("y", 0, 100), (line,))
    (path,) = (p for p in ElementTree.fromstring(chart.svg()).iter(f"{NAME}path"))
    x = y = 0.0
    corners = []
    for letter, rest in re.findall(r"([MHV])([^MHV]+)", str(path.get("d"))):
        numbers = [float(word) for word in rest.split()]
        x = numbers[0] if letter in "MH" else x
        y = numbers[-1] if letter in "MV" else y
        corners.append((x, y))
    for at in (0.5, 2.5, 4.9, 5.1, 7.9, 8.1, 10.0):
        place = LEFT + (WIDTH - LEFT - RIGHT) * at / 10
        height = next(b for a, b in reversed(corners) if a <= place + 1e-9)
        value = 100 * (HEIGHT - BOTTOM - height) / (HEIGHT - BOTTOM - TOP)
        assert value == pytest.approx(line.at(at), abs=0.1)


def test_a_long_line_is_thinned_and_ends_where_it_ends() -> None:
    count = 5000
    line = Series("a", 1, tuple(float(k) for k in range(count)), tuple(map(float, range(count))))
    chart = Chart("k", "T", "S", Axis("x", 0, count - 1), Axis("y", 0, count - 1), (line,))
    (path,) = ElementTree.fromstring(chart.svg()).iter(f"{NAME}path")
    drawn = str(path.get("d"))
    assert drawn.count("V") <= 200
    assert drawn.endswith(f"V{TOP:.1f}H{WIDTH - RIGHT:.1f}")


def test_the_baseline_has_the_first_style_and_nobody_else_has() -> None:
    comparison, runs = _compared("old", *(f"s{k}" for k in range(9)))
    for chart in curves(comparison, runs):
        styles = dict(chart.names)
        assert styles["old"] == 0
        assert 0 not in [number for name, number in styles.items() if name != "old"]
        assert set(styles) == {each.solver for each in comparison.solvers}


def test_a_single_solver_has_curves_and_no_forest() -> None:
    comparison, runs = _compared("old")
    assert forest(comparison) is None
    assert len(curves(comparison, runs)) == 4


def test_the_forest_says_what_the_comparison_says() -> None:
    comparison, _ = _compared("old", "new")
    found = forest(comparison)
    assert found is not None
    words = [text.text for text in ElementTree.fromstring(found.svg()).iter(f"{NAME}text")]
    assert f"new: {comparison.of('new').verdict.value}" in words
    assert "margin" in words


@pytest.mark.parametrize("verdicts", [True, False])
def test_a_notebook_shows_sentences_tables_and_figures(verdicts: bool) -> None:
    comparison, runs = _compared("old", EVIL)
    shown = fragment("A run", comparison, runs, verdicts=verdicts)
    assert "<script" not in shown
    assert (comparison.differences[0].verdict.value in " ".join(Told(shown).words)) == verdicts
    assert shown.count("<figure>") == (5 if verdicts else 4)


def test_a_long_name_is_shortened_in_a_picture_and_whole_in_the_table() -> None:
    name = f"annealer [{', '.join(f'parameter_{k}={k}' for k in range(9))}]"
    comparison, _ = _compared("old", name)
    found = forest(comparison)
    assert found is not None
    words = [str(text.text) for text in ElementTree.fromstring(found.svg()).iter(f"{NAME}text")]
    assert max(map(len, words)) < 70
    assert name in str(found.table().rows)


def test_a_sentence_names_the_first_of_many_and_counts_the_rest() -> None:
    comparison, runs = _compared("old", *(f"s{k}" for k in range(9)))
    told = [chart.sentence for chart in curves(comparison, runs)]
    assert sum("and 6 others no more often" in sentence for sentence in told) == 3
