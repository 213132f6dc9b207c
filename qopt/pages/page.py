"""Whatever qopt prints, a page: on a terminal, as plain text and as HTML."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import html, text
from .content import Section

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDTH = 128  # of the tables of plain text


@dataclass(frozen=True)
class Page:
    """Sections under a title."""

    title: str
    sections: Sequence[Section] = ()

    def text(self, width: int = WIDTH) -> str:
        """Plain text whose tables are no wider than `width`, unless a name needs it."""
        return text.plain(self.title, self.sections, width)

    def html(self) -> str:
        """A fragment with its own style, for a notebook or a page."""
        return html.fragment(self.title, self.sections)

    def __str__(self) -> str:
        return self.text()

    def __rich__(self) -> RenderableType:
        from rich.console import Group

        return Group(*text.parts(self.title, self.sections))

    def _repr_html_(self) -> str:
        return self.html()


class Printed(ABC):
    """What prints as its page does."""

    @abstractmethod
    def page(self) -> Page:
        """What it says to people."""

    def __str__(self) -> str:
        return str(self.page())

    def __rich__(self) -> RenderableType:
        return self.page().__rich__()

    def _repr_html_(self) -> str:
        return self.page().html()
