"""Tables that print on a terminal, as plain text and as HTML, for what a compiled model says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 128  # of plain text
WHOLE = "font-family:ui-sans-serif,system-ui,sans-serif;font-size:13px;line-height:1.45;max-width:76em;color:inherit"
HEAD = "margin:1.1em 0 .3em;font-size:{size}px;font-weight:600"
TABLE = "border-collapse:collapse;margin:.2em 0;font-variant-numeric:tabular-nums"
CELL = "text-align:{side};padding:.15em 1.1em .15em 0;border-bottom:1px solid rgba(128,128,128,.25);vertical-align:top"


@dataclass(frozen=True)
class Section:
    """A titled table, lines of text, or both. A column that begins with '>' is flush right; cells are text or numbers."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Page:
    """Sections under a title. Nothing in them is markup: labels are shown as they are, brackets and all."""

    title: str
    sections: Sequence[Section] = field(default_factory=list)

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        parts: list[RenderableType] = [Text(self.title, style="bold")]
        for section in self.sections:
            parts += [Text(""), Text(section.title, style="bold cyan")] if section.title else []
            parts += [_table(section)] if section.rows else []
            parts += [Text(line) for line in section.lines]
        return Group(*parts)

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(
            file=StringIO(),
            width=WIDTH,
            color_system=None,
            force_terminal=False,
            legacy_windows=False,
        )
        with console.capture() as shown:
            console.print(self.__rich__())
        return "\n".join(line.rstrip() for line in shown.get().splitlines())

    def html(self) -> str:
        """A fragment with its own style, for a notebook or a page."""
        parts = [
            f'<div style="{WHOLE}">',
            f'<div style="{HEAD.format(size=16)}">{escape(self.title)}</div>',
        ]
        for section in self.sections:
            parts += (
                [f'<div style="{HEAD.format(size=14)}">{escape(section.title)}</div>']
                if section.title
                else []
            )
            if section.rows:
                sides = [
                    "right" if column.startswith(">") else "left" for column in section.columns
                ]
                names = [column.lstrip(">") for column in section.columns]
                parts += [f'<table style="{TABLE}">', _row("th", names, sides)]
                parts += [_row("td", map(_shown, row), sides) for row in section.rows]
                parts += ["</table>"]
            parts += [f"<div>{escape(line)}</div>" for line in section.lines]
        return "\n".join([*parts, "</div>"])

    def _repr_html_(self) -> str:
        return self.html()


def _table(section: Section) -> RenderableType:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False)
    for column in section.columns:
        right = column.startswith(">")
        table.add_column(
            Text(column.lstrip(">")),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    for row in section.rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    return table


def _row(tag: str, cells: Any, sides: Sequence[str]) -> str:
    styles = [CELL.format(side=side) for side in sides]
    shown = [
        f'<{tag} style="{style}">{escape(cell)}</{tag}>'
        for cell, style in zip(cells, styles, strict=True)
    ]
    return f"<tr>{''.join(shown)}</tr>"


def _shown(cell: Any) -> str:
    """Whole numbers with commas, other numbers to four digits."""
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return str(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.4g}"
