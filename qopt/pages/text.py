"""Pages in a terminal and as plain text.

A sentence is a line, however long: a terminal breaks it between words, and what looks for it in a
log finds it whole. Tables keep to a width, but for names that are never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from .content import Cell, Section, lines_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

BETWEEN = 2  # columns of blanks
STYLES = {"plain": "", "strong": "bold", "faint": "dim", "good": "green", "bad": "red"}


def parts(title: str, sections: Sequence[Section]) -> Iterator[RenderableType]:
    """What rich prints, one below the other."""
    from rich.text import Text

    if title:
        yield Text(title, style="bold")
    for section in sections:
        if section.title:
            yield Text("")
            yield Text(section.title, style="bold cyan")
        if section.columns:
            yield _table(section)
        for name, said in section.facts:
            yield Text.assemble(f"  {name}: ", said)
        yield from (Text(line) for line in section.lines)
        if section.verbatim:
            yield Text(section.verbatim)


def plain(title: str, sections: Sequence[Section], width: int) -> str:
    """The same without colours."""
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=StringIO(),
        width=width,
        color_system=None,
        force_terminal=False,
        legacy_windows=False,
    )
    lines: list[str] = []
    for part in parts(title, sections):
        if isinstance(part, Text):
            lines += part.plain.split("\n")
            continue
        console.width = max(width, _narrowest(part))
        with console.capture() as shown:
            console.print(part)
        lines += shown.get().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def _table(section: Section) -> RenderableType:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    cells = [[_cell(cell) for cell in row] for row in section.rows]
    for k, column in enumerate(section.columns):
        longest = max([len(column.name), *(row[k].cell_len for row in cells)])
        table.add_column(
            column.name,
            justify="right" if column.right else "left",
            no_wrap=column.whole,
            min_width=longest if column.whole else len(column.name),
            overflow="fold",
        )
    for k, row in enumerate(cells):
        if k in section.apart:
            table.add_section()
        table.add_row(*row)
    return table


def _narrowest(table: RenderableType) -> int:
    """The least width that cuts nothing which is whole."""
    from rich.table import Table

    assert isinstance(table, Table)
    least = [column.min_width or 0 for column in table.columns]
    return sum(least) + BETWEEN * (len(least) - 1)


def _cell(cell: Cell) -> Text:
    from rich.text import Text

    lines = [Text(line.words, style=STYLES[line.tone]) for line in lines_of(cell)]
    return Text("\n").join(lines)
