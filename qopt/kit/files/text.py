"""A file's text, its lines and its words, each of which knows where it stands."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path
from typing import NamedTuple

from ...errors import FileError, Infeasible, Place, QoptError
from .decoding import decoded
from .numbers import LARGEST, number, remedy, whole
from .opening import opened, stem
from .strangers import refuse_stand_ins

At = int | tuple[int, int]  # a line, or a line and a column, from 1

MOST_BYTES = 400_000_000  # of a text that is held whole


class Word(NamedTuple):
    """A word and where it stands, from 1."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Text:
    """The text of a file, without a byte order mark and with line feeds alone.

    `notes` say what was guessed to read it.
    """

    path: Path
    content: str
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> Text:
        """The text in UTF-8 or UTF-16 or, where it is neither, in Windows-1252 (Latin-1).

        `.gz`, `.xz` and `.bz2` are read through. Raises FileError for what cannot be read, for more
        than 400 MB, and for a file that is no text: the error says what it seems to be and what to
        do.
        """
        path = Path(path)
        with opened(path) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            size = f"more than {MOST_BYTES // 10**6} MB of text"
            raise FileError(path, f"{size}; give a smaller file, or arrays in Python")
        content, notes = decoded(path, data)
        content = content.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")  # DOS's end
        refuse_stand_ins(path, content)
        return cls(path, content, notes)

    @property
    def stem(self) -> str:
        """The file's name without its last ending, and without that of a compression."""
        return stem(self.path)

    def error(self, message: str, line: int | None = None, column: int | None = None) -> FileError:
        return FileError(self.path, message, line, column)

    def lines(self, *, comments: tuple[str, ...] = ()) -> Iterator[Line]:
        """The lines that are neither blank nor begin with one of `comments`."""
        for place, line in enumerate(self.content.split("\n"), 1):
            text = line.strip()
            if text and not text.startswith(comments or ("\0",)):
                yield Line(self, place, text)

    def words(self, *, comments: tuple[str, ...] = ()) -> Words:
        """All words, one after another: for formats whose lines mean nothing.

        A word that begins with one of `comments` is passed over, with all that follows on its line.
        """
        words = Words.of(self, self.lines(), comments)
        if not words.left():
            raise self.error("the file is empty")
        return words

    @contextmanager
    def blaming(self, places: Mapping[Place, At], options: Iterable[str] = ()) -> Iterator[None]:
        """What is refused within is told with its place in the file, or the nearest around it.

        What is wrong with one of `options`, which did not come from the file, passes through; what
        is Infeasible stays so.
        """
        try:
            yield
        except FileError:
            raise
        except QoptError as error:
            if error.place and error.place[0] in set(options):
                raise
            around = (error.place[:k] for k in range(len(error.place), -1, -1))
            at = next((places[place] for place in around if place in places), None)
            line, column = at if isinstance(at, tuple) else (at, None)
            placed = self.error(str(error), line, column)
            if isinstance(error, Infeasible):
                raise Infeasible(str(placed), error.labels, error.place) from None
            raise placed from None


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a file, without the white space at its ends."""

    source: Text
    number: int
    text: str

    def error(self, message: str, column: int | None = None) -> FileError:
        return self.source.error(message, self.number, column)

    def words(self) -> list[Word]:
        return [
            Word(match.group(), self.number, match.start() + 1)
            for match in re.finditer(r"\S+", self.text)
        ]

    def wholes(self, *, least: int = -(10**12), most: int = 10**12) -> list[int]:
        """Its words as whole numbers."""
        numbers = []
        for word in self.text.split():
            value = whole(word)
            if value is None or not least <= value <= most:
                raise self.error(f"{word[:40]!r}: give a whole number from {least} to {most}")
            numbers.append(value)
        return numbers

    def numbers(self, *, least: float = -LARGEST, most: float = LARGEST) -> list[float]:
        """Its words as numbers."""
        numbers = []
        for word in self.text.split():
            value = number(word)
            if value is None or not least <= value <= most:
                raise self.error(f"{word[:40]!r}: give a number from {least:g} to {most:g}")
            numbers.append(value)
        return numbers


class Words:
    """The words of a file, taken one after another.

    Every complaint is a FileError with the line it is about.
    """

    def __init__(self, source: Text, words: list[Word]) -> None:
        self.source, self._words, self._at = source, words, 0

    @classmethod
    def of(cls, source: Text, lines: Iterable[Line], comments: tuple[str, ...] = ()) -> Words:
        """Those of some lines, without what follows one that begins with one of `comments`."""

        def meant(word: Word) -> bool:
            return not (comments and word.text.startswith(comments))

        parts = (takewhile(meant, line.words()) for line in lines)
        return cls(source, list(chain.from_iterable(parts)))

    def error(self, message: str) -> FileError:
        """A complaint about the word taken last."""
        return self.source.error(message, self.line if self._words else None)

    @property
    def line(self) -> int:
        """The line of the word taken last."""
        return self._words[max(0, self._at - 1)].line

    def words_on_first_line(self) -> int:
        return sum(word.line == self._words[0].line for word in self._words)

    def columns(self) -> set[int]:
        """How many of the words that are left stand on a line: {2} where they stand in twos."""
        return set(Counter(word.line for word in self._words[self._at :]).values())

    def left(self) -> int:
        """How many words have not been taken yet."""
        return len(self._words) - self._at

    def peek(self) -> str:
        """The next word, which stays; "" at the end."""
        return self._words[self._at].text if self.left() else ""

    def word(self, what: str) -> str:
        """The next word as it stands."""
        if not self.left():
            raise self.error(f"the file ends before {what}; is it cut short?")
        self._at += 1
        return self._words[self._at - 1].text

    def number(self, what: str, least: float = -LARGEST, most: float = LARGEST) -> float:
        word = self.word(what)
        value = number(word)
        if value is None:
            raise self.error(f"{word[:40]!r} is not a number ({what}){remedy(word)}")
        if not least <= value <= most:
            raise self.error(f"{word[:40]} for {what}: give a number from {least:g} to {most:g}")
        return value

    def whole(self, what: str, least: int = 1, most: float = LARGEST) -> int:
        value = self.number(what, least, most)
        if value != int(value):
            raise self.error(f"{value:g} for {what}: give a whole number")
        return int(value)

    def table(
        self, what: str, rows: int, columns: int, least: float = -LARGEST
    ) -> list[list[float]]:
        """The next numbers, row by row."""
        self.require(rows * columns, what)
        return [[self.number(what, least) for _ in range(columns)] for _ in range(rows)]

    def part(self, count: int, what: str) -> Words:
        """The next words, as words of their own."""
        if count > self.left():
            self._at = len(self._words)
            raise self.error(f"the file ends within {what}; is it cut short?")
        self._at += count
        return Words(self.source, self._words[self._at - count : self._at])

    def close_line(self, what: str) -> None:
        """Complain unless the word taken last is the last of its line: `what` must end there."""
        if self.left() and self._words[self._at].line == self.line:
            word = self._words[self._at].text
            said = f"{word[:40]!r} follows {what} on the same line"
            raise self.error(f"{said}; does the file have another order?")

    def closes(self, counts: Iterable[int]) -> bool:
        """Whether the next words, so many and then so many, each time end where a line ends."""
        at = self._at
        for count in counts:
            at += count
            if at > len(self._words):
                return False
            if at < len(self._words) and self._words[at].line == self._words[at - 1].line:
                return False
        return True

    def require(self, count: int, what: str) -> None:
        """Complain where fewer numbers are left."""
        if count > self.left():
            rest, self._at = self.left(), len(self._words)
            said = f"{count} numbers are due for {what}, and {rest} are left in the file"
            raise self.error(f"{said}; is it cut short?")

    def pass_numbers(self, what: str) -> None:
        """Pass over the words that are left, which have to be numbers."""
        while self.left():
            self.number(what, -math.inf, math.inf)

    def skip(self, count: int, what: str) -> None:
        """Pass over numbers nobody asked for."""
        if count > self.left():
            self._at = len(self._words)
            raise self.error(f"the file ends within {what}; is it cut short?")
        self._at += count

    def end(self, after: str) -> None:
        """Complain where anything follows."""
        if self.left():
            word = self.word("more")
            raise self.error(f"{word[:40]!r} follows {after}, which should be the last")
