"""A place in the text of an LP file, which whatever reads it moves on."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NoReturn

from ..program import Program
from . import grammar


class Place:
    """The text without its comments, and what of a section is not read yet, from `at` to `end`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.content = grammar.COMMENT.sub("", "\n" + program.text.content)
        self.at, self.end = 0, len(self.content)
        self._breaks = [newline.start() for newline in re.finditer("\n", self.content)]

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What of a pattern stands here."""
        return pattern.match(self.content, self.at, self.end)

    def start(self) -> int:
        """Where the next word begins."""
        space = self.match(grammar.SPACE)
        return space.end() if space else self.at

    def skip(self) -> None:
        """Go on to the next word."""
        self.at = self.start()

    def word(self) -> str:
        """The next word, which stays; "" at the end of the section."""
        word = self.match(grammar.ANY_WORD)
        return word[1] if word else ""

    def find(self, word: str, start: int) -> int:
        """Where a word stands, from `start` on."""
        alone = re.compile(rf"(?<!\S){re.escape(word)}(?!\S)")
        match = alone.search(self.content, start)
        return match.start() if match else max(self.content.find(word, start), 0)

    def line(self, at: int | None = None) -> int:
        """The line of a position, from 1; of this place where none is given."""
        return bisect_left(self._breaks, self.at if at is None else at) or 1

    def refuse(self, message: str) -> NoReturn:
        """Raise FileError with the line and the column of the next word, both from 1."""
        self.skip()
        line = self.line()
        raise self.program.error(message, line, self.at - self._breaks[line - 1])

    def unexpected(self, rule: str) -> NoReturn:
        """Refuse the next word, by the rule that it breaks."""
        word = self.word()
        if not word:
            self.refuse(f"the section ends too early; {rule}")
        self.refuse(f"{word[:40]!r} is not expected here; {rule}")
