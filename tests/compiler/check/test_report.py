"""A report for people: a line a family, the same on a terminal, as text and as HTML."""

from __future__ import annotations

from html.parser import HTMLParser

import dimod
import numpy as np
import pytest
from rich.console import Console

from qopt.compiler import compile_cqm
from qopt.compiler.model.families import family, numbered
from qopt.compiler.weights.tuning import Tuner

from ... import tiny
from ...benchmarks.tuned import packing
from ..weights.test_penalties import cover


class Cells(HTMLParser):
    """The text of every cell and block of an HTML fragment; complains of unmatched tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.texts = list[str](), list[str]()
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)


def line(text: str, *words: str) -> list[str]:
    """The cells of the one line that begins with these words."""
    found = [row.split() for row in text.splitlines() if row.split()[: len(words)] == list(words)]
    assert len(found) == 1, text
    return found[0]


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("served[3]", "served"),
        ("capacity[truck 2]", "capacity"),
        ("2nd shift[4]", "2nd shift"),
        ("item_placing_0", "item_placing"),
        ("x_0_12", "x"),
        ("c7", "c"),
        ("budget", "budget"),
        (("served", 3), "served"),
        (("x", "y"), "x"),
        (42, "42"),
        ("7", "7"),
        ("f(2)", "f"),
        ("[1]", "[1]"),
    ],
)
def test_a_family_is_what_stands_before_the_numbers(label: object, stem: str) -> None:
    assert family(label) == stem


def test_families_are_numbered_as_they_come() -> None:
    place, names = numbered(["b", "a", "b", "c"])
    assert (place.tolist(), names) == ([0, 1, 0, 2], ["b", "a", "c"])


def test_constraints_are_counted_by_family_kind_and_treatment() -> None:
    text = str(compile_cqm(packing()).report())
    assert text.splitlines()[0].startswith("36 variables and 12 constraints: 56 bits and ")
    assert line(text, "packed", "one-hot") == ["packed", "one-hot", "square", "8", "0", "48"]
    assert line(text, "capacity", "inequality")[2:5] == ["slack", "4", "20"]
    assert line(text, "x", "0..1") == ["x", "0..1", "one", "bit", "32", "32"]
    assert line(text, "(slacks)") == ["(slacks)", "0..20", "log", "4", "20"]


def test_sizes_in_it_are_those_of_the_qubo() -> None:
    """Where no pair of bits is coupled twice, couplings of the families add up to the QUBO's."""
    compiled = compile_cqm(packing())
    rows = compiled.report().sections[0].rows
    assert sum(row[-1] for row in rows) == len(compiled.qubo.quad)
    assert sum(row[4] or 0 for row in rows) == compiled.slack.num_bits


def test_two_hundred_constraints_are_a_line() -> None:
    cqm = cover(40, 200)
    text = str(compile_cqm(cqm).report())
    assert "covered[199]" not in text
    assert line(text, "covered", "covering")[3] == "200"
    assert len(text.splitlines()) < 40


def test_weights_come_with_their_range_how_many_are_proven_and_a_reason() -> None:
    compiled = compile_cqm(cover(40, 30))
    cells = line(
        str(compiled.report()),
        "covered",
        f"{compiled.weights.min():.4g}..{compiled.weights.max():.4g}",
    )
    assert cells[2] == "all"
    assert " ".join(cells[3:]).startswith(
        f"covered[{int(np.argmax(compiled.weights))}]: breaking it never pays above "
    )
    routing = compile_cqm(tiny.routing().model())
    assert line(str(routing.report()), "served", "11..15.4")[2:5] == ["0", "of", "4"]


def test_structure_presolve_and_tuning_are_told_where_there_are_any() -> None:
    x = np.array([[dimod.Binary(f"x[{i},{j}]") for j in range(3)] for i in range(3)])
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(sum((i + 1) * (j + 2) * x[i, j] for i in range(3) for j in range(3)))
    for k in range(3):
        cqm.add_constraint(sum(x[k]) == 1, label=f"row[{k}]")
        cqm.add_constraint(sum(x[:, k]) == 1, label=f"column[{k}]")
    cqm.add_constraint(dimod.Binary("fixed") == 1, label="fix")
    report = compile_cqm(cqm, penalties=Tuner(num_reads=32, num_sweeps=20, rounds=3)).report()
    text = str(report)
    assert "permutations: 1 of 3 x 3" in text
    assert "took away 1 variable and 1 constraint; left are 9 variables and 6 constraints" in text
    assert "variable 'fixed': always 1" in text
    assert "3 trials" in text
    assert line(text, "start")[1] == "1"
    assert [section.title for section in compile_cqm(packing()).report().sections] == [
        "Constraints",
        "Variables",
        "Structure",
        "Weights",
        "Dynamic range",
    ]


def test_the_dynamic_range_names_the_constraint_that_takes_most_of_it() -> None:
    compiled = compile_cqm(packing())
    precision, text = compiled.precision("advantage2"), str(compiled.report())
    assert f"the largest bias is {precision.dynamic_range:.4g} times the smallest" in text
    assert f"most of the range goes to {precision.culprit!r}" in text


def test_a_terminal_text_and_html_say_the_same() -> None:
    report = compile_cqm(packing()).report()
    console = Console(width=128, color_system=None)
    with console.capture() as shown:
        console.print(report)
    assert [row.rstrip() for row in shown.get().splitlines()] == str(report).splitlines()
    words = [word for text in Cells(report.html()).texts for word in text.split()]
    rules = {"─"}
    assert sorted(words) == sorted(word for word in str(report).split() if not set(word) <= rules)
    assert report._repr_html_() == report.html()


def test_labels_are_no_markup_anywhere() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = (dimod.Binary(name) for name in ("[/b]", "<script>", "x & y"))
    cqm.set_objective(a + 2 * b - 3 * c)
    cqm.add_constraint(a + b + c == 1, label="<b>bold</b>[red]")
    report = compile_cqm(cqm, presolve=False).report()
    assert "[red]" in str(report) or "<b>bold" in str(report)
    assert "<script>" not in report.html()
    assert "<b>" not in report.html()
    assert "&lt;script&gt;" in report.html()
    assert any("<script>" in text for text in Cells(report.html()).texts)


def test_a_model_of_nothing_has_a_report() -> None:
    assert "0 variables and 0 constraints: 0 bits and 0 couplings" in str(
        compile_cqm(dimod.ConstrainedQuadraticModel()).report()
    )
