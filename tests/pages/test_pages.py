"""Pages: what is told on a terminal, as plain text and as HTML, is the same and is never cut."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from rich.console import Console

from qopt.pages import Column, Page, Section, Toned
from qopt.pages.content import numbers, words
from qopt.pages.page import Printed


class Told(HTMLParser):
    """The words of an HTML fragment; complains of tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.words = list[str](), list[str]()
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data.split()


NAME = "conditional-value-at-risk-of-many-scenarios"
EVERYTHING = Page(
    "A page & <more>",
    [
        Section(
            "Table [bold]",
            [Column("name", whole=True), *words("what"), *numbers("count", "share")],
            [
                [
                    Toned(NAME, "strong"),
                    ["first", Toned("[red]second", "faint")],
                    1234567,
                    0.123456,
                ],
                ["x", Toned("bad <b>", "bad"), True, "1/3"],
            ],
            frozenset({1}),
            facts=[("reads", "CSV & JSON")],
            lines=["A sentence that stands alone"],
            verbatim="a  b\n c <d>",
        ),
        Section(lines=["the end"]),
    ],
)


def terminal(page: Page | Printed, width: int) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as shown:
        console.print(page)
    return "\n".join(line.rstrip() for line in shown.get().splitlines())


def test_text_has_a_title_a_table_facts_sentences_and_verbatim_lines_in_this_order() -> None:
    assert EVERYTHING.text(100).splitlines() == [
        "A page & <more>",
        "",
        "Table [bold]",
        "name                                         what             count   share",
        "─" * 75,
        f"{NAME}  first        1,234,567  0.1235",
        "                                             [red]second",
        "",
        "x                                            bad <b>           True     1/3",
        "  reads: CSV & JSON",
        "A sentence that stands alone",
        "a  b",
        " c <d>",
        "the end",
    ]


def test_a_terminal_text_and_html_say_the_same() -> None:
    assert terminal(EVERYTHING, 100) == EVERYTHING.text(100)
    said = [
        word for word in EVERYTHING.text().replace("reads:", "reads").split() if "─" not in word
    ]
    assert sorted(Told(EVERYTHING.html()).words) == sorted(said)
    assert EVERYTHING._repr_html_() == EVERYTHING.html()


def test_nothing_is_markup() -> None:
    assert "[red]second" in EVERYTHING.text()
    html = EVERYTHING.html()
    for name in ("<more>", "<d>", "bad <b>"):
        assert name not in html
    assert "A page &amp; &lt;more&gt;" in html


@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_what_is_whole_is_never_cut_nor_broken(width: int) -> None:
    page = Page("", [Section("", [Column("name", whole=True), *words("what")], [[NAME, "a b c"]])])
    assert page.text(width).splitlines()[2].split()[0] == NAME


def test_words_go_on_below_where_a_table_is_as_wide_as_it_may_be() -> None:
    rows = [["x", "word " * 40]]
    page = Page("", [Section("", [Column("name", whole=True), *words("what")], rows)])
    lines = page.text(80).splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[2:]).split() == ["x", *["word"] * 40]


def test_a_sentence_is_a_line_and_breaks_on_a_terminal_alone() -> None:
    sentence = "word " * 40
    page = Page("t", [Section(lines=[sentence])])
    assert page.text(80).splitlines() == ["t", sentence.rstrip()]
    assert max(map(len, terminal(page, 80).splitlines())) <= 80


def test_nothing_of_a_long_line_is_lost_on_a_terminal() -> None:
    page = Page("t", [Section(verbatim="x" * 100)])
    assert terminal(page, 80).splitlines() == ["t", "x" * 80, "x" * 20]
    assert page.text(80).splitlines() == ["t", "x" * 100]


def test_numbers_are_told_short_and_words_as_they_are() -> None:
    rows = [[1234567, 0.123456, "1234567", True]]
    page = Page("", [Section("", numbers("a", "b", "c", "d"), rows)])
    assert page.text().splitlines()[-1].split() == ["1,234,567", "0.1235", "1234567", "True"]


def test_what_is_printed_prints_as_its_page() -> None:
    class Answer(Printed):
        def page(self) -> Page:
            return EVERYTHING

    assert str(Answer()) == str(EVERYTHING)
    assert terminal(Answer(), 100) == EVERYTHING.text(100)
    assert Answer()._repr_html_() == EVERYTHING.html()
