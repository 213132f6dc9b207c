"""Tables and figures of a comparison in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from ..compare import Comparison, Run
from ..pages import Page, Section
from .chart import Figure
from .curves import curves
from .forest import forest
from .tables import difference_table, solver_table


@cache
def style() -> str:
    """The style of all figures, for light and dark."""
    return files(__package__).joinpath("figures.css").read_text(encoding="utf-8")


def legend(names: Sequence[tuple[str, int]]) -> str:
    """Each name beside its line."""
    items = "".join(
        f'<li><svg viewBox="0 0 26 10" width="26" height="10" aria-hidden="true">'
        f'<path d="M0 5H26" class="line s{number}"/></svg> {escape(name)}</li>'
        for name, number in names
    )
    return f'<ul class="legend">{items}</ul>' if items else ""


def figure(shown: Figure) -> str:
    """A figure with its sentence, its legend and its numbers behind a fold."""
    table = Page("", [shown.table()]).html()
    return (
        f"<figure><figcaption><b>{escape(shown.title)}.</b> {escape(shown.sentence)}</figcaption>"
        f"{shown.svg()}{legend(shown.names)}"
        f"<details><summary>Its numbers</summary>{table}</details></figure>"
    )


def fragment(
    title: str, comparison: Comparison, runs: Iterable[Run], *, verdicts: bool = True
) -> str:
    """What a comparison says, its tables and its figures, with a style of their own.

    Without `verdicts` each solver stands by itself, as where nobody named a baseline.
    """
    said = comparison.sentences() if verdicts else comparison.notes
    tables = [
        Section("", lines=said),
        _titled("Solvers", solver_table(comparison, verdicts=verdicts)),
    ]
    if verdicts and comparison.differences:
        tables.append(_titled("Against the baseline", difference_table(comparison)))
    first = forest(comparison) if verdicts else None
    shown: list[Figure] = [*([first] if first is not None else []), *curves(comparison, runs)]
    figures = "".join(figure(each) for each in shown)
    return (
        f"<style>{style()}</style>{Page(title, tables).html()}"
        f'<div class="qopt-figures">{figures}</div>'
    )


def _titled(title: str, section: Section) -> Section:
    return Section(title, section.columns, section.rows)
