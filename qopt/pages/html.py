"""Pages as HTML: a fragment for a notebook or a page of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from .content import Cell, Section, Toned, lines_of

WHOLE = "font-family:ui-sans-serif,system-ui,sans-serif;font-size:13px;line-height:1.45"
HEAD = "margin:1.1em 0 .3em;font-weight:600"
COLOURS = {"good": "green", "bad": "crimson"}


def fragment(title: str, sections: Sequence[Section]) -> str:
    """Title and sections, all of their words escaped."""
    parts = [*_head(title)]
    for section in sections:
        parts += [*_head(section.title), *_body(section)]
    return "\n".join([f"<div style='{WHOLE}'>", *parts, "</div>"])


def _head(title: str) -> Iterator[str]:
    if title:
        yield f"<div style='{HEAD}'>{escape(title)}</div>"


def _body(section: Section) -> Iterator[str]:
    if section.columns:
        sides = ["right" if column.right else "left" for column in section.columns]
        names = [column.name for column in section.columns]
        yield "<table>"
        yield _row("th", names, sides)
        yield from (_row("td", row, sides) for row in section.rows)
        yield "</table>"
    if section.facts:
        yield "<table>"
        for name, said in section.facts:
            yield f"<tr>{_side('th', 'left', name)}{_side('td', 'left', said)}</tr>"
        yield "</table>"
    yield from (f"<div>{escape(line)}</div>" for line in section.lines)
    if section.verbatim:
        yield f"<pre>{escape(section.verbatim)}</pre>"


def _row(tag: str, cells: Iterable[Cell], sides: Iterable[str]) -> str:
    shown = [_side(tag, side, cell) for cell, side in zip(cells, sides, strict=True)]
    return f"<tr>{''.join(shown)}</tr>"


def _side(tag: str, side: str, cell: Cell) -> str:
    """A cell at its side, which a notebook's own style would else choose."""
    return f"<{tag} style='text-align:{side};vertical-align:top'>{_cell(cell)}</{tag}>"


def _cell(cell: Cell) -> str:
    return "<br>".join(_words(line) for line in lines_of(cell))


def _words(line: Toned) -> str:
    said = escape(line.words)
    if line.tone == "strong":
        return f"<b>{said}</b>"
    colour = COLOURS.get(line.tone)
    return f"<span style='color:{colour}'>{said}</span>" if colour else said
