"""Text files as people have them, and the place in them of whatever is wrong.

A reader is three steps:

    text = Text.read(path)                                  # any encoding, compressed or not; or what the file is instead
    fields = Fields(text, {"demand": [...]}, {("demand", 5): 17})    # the arguments of a class, and the line of each
    return fields.make(VehicleRouting, vehicles=vehicles)   # what the class refuses is told with its line in the file

No value is checked twice: a reader checks that the text has the form of its format, the class checks what the numbers mean.
What a reader had to guess or left out goes into `fields.notes`, and from there to the result.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import re
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, product, takewhile
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar, cast

from ...errors import FileError, Infeasible, InputWarning, QoptError
from ...errors import Place as Place

T = TypeVar("T")
At = int | tuple[int, int]  # a line, or a line and a column, from 1

MOST_BYTES = 400_000_000  # of a text that is held whole
LARGEST = 1e15  # of a number in a file: sums of more would lose their units in floating point

COMPRESSED: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ": lzma.open,
    b"BZh": bz2.open,
}
NOISE = {chr(k) for k in (*range(1, 9), *range(14, 26), *range(27, 32))}  # stands in no text
PACKED = (".gz", ".xz", ".bz2")
BROKEN = (
    EOFError,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
)  # what these raise for a damaged archive

OTHERS = {  # how files begin that are no text, what they are, and what to do
    b"\xd0\xcf\x11\xe0": "an old Excel workbook or another Office document; export the sheet as CSV",
    b"PAR1": "a Parquet file; read it with polars.read_parquet or pandas and hand over the frame",
    b"ARROW1": "an Arrow file; read it with polars.read_ipc or pandas and hand over the frame",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"%PDF": "a PDF; save the numbers in it as a text file",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x93NUMPY": "a .npy array; load it with numpy and hand over the array",
    b"\x89HDF": "an HDF5 file; export the table as CSV",
    b"\x28\xb5\x2f\xfd": "compressed by zstd; decompress it first (unzstd)",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"\x7fELF": "a program",
}
PAGE = re.compile(
    r"\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
POINTER = "version https://git-lfs"  # how the stand-in of a large file begins, where Git LFS has not fetched the file


class Word(NamedTuple):
    """A word and where it stands, from 1."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, eq=False)
class Text:
    """The text of a file, without a byte order mark and with line feeds alone; `notes` say what was guessed to read it."""

    path: Path
    content: str
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> Text:
        """The text in UTF-8 or UTF-16 or, where it is neither, in Windows-1252 (Latin-1); `.gz`, `.xz` and `.bz2` are read
        through.

        Raises FileError for what cannot be read, for more than 400 MB, and for a file that is no text: the error says what
        it seems to be and what to do.
        """
        path = Path(path)
        with opened(path) as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise FileError(
                path,
                f"more than {MOST_BYTES // 10**6} MB of text; give a smaller file, or arrays in Python",
            )
        content, notes = _decoded(path, data)
        content = content.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")  # DOS's end
        if PAGE.match(content):
            raise FileError(path, "a web page and not the file itself; download the raw file")
        if content.startswith(POINTER):
            raise FileError(
                path,
                "a stand-in for a large file that Git LFS has not fetched; fetch it with 'git lfs pull'",
            )
        return cls(path, content, notes)

    @property
    def stem(self) -> str:
        """The file's name without its last ending, and without that of a compression."""
        return stem(self.path)

    def error(self, message: str, line: int | None = None, column: int | None = None) -> FileError:
        return FileError(self.path, message, line, column)

    def lines(self, *, comments: tuple[str, ...] = ()) -> Iterator[Line]:
        """The lines that are neither blank nor begin with one of `comments`."""
        for number, line in enumerate(self.content.split("\n"), 1):
            text = line.strip()
            if text and not text.startswith(comments or ("\0",)):
                yield Line(self, number, text)

    def words(self, *, comments: tuple[str, ...] = ()) -> Words:
        """All words, one after another: for formats whose lines mean nothing.

        A word that begins with one of `comments` is passed over, with all that follows it on its line.
        """
        words = Words.of(self, self.lines(), comments)
        if not words.left():
            raise self.error("the file is empty")
        return words

    @contextmanager
    def blaming(self, places: Mapping[Place, At], options: Iterable[str] = ()) -> Iterator[None]:
        """What is refused within is told with its place in the file: that of the error's place, or of the nearest around it.

        What is wrong with one of `options`, which did not come from the file, passes through; what is Infeasible stays so.
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
            told = self.error(str(error), line, column)
            if isinstance(error, Infeasible):
                raise Infeasible(str(told), error.labels, error.place) from None
            raise told from None


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
            Word(found.group(), self.number, found.start() + 1)
            for found in re.finditer(r"\S+", self.text)
        ]

    def wholes(self, *, least: int = -(10**12), most: int = 10**12) -> list[int]:
        """Its words as whole numbers."""
        found = []
        for word in self.text.split():
            value = whole(word)
            if value is None or not least <= value <= most:
                raise self.error(f"{word[:40]!r}: give a whole number from {least} to {most}")
            found.append(value)
        return found

    def numbers(self, *, least: float = -LARGEST, most: float = LARGEST) -> list[float]:
        """Its words as numbers."""
        found = []
        for word in self.text.split():
            value = number(word)
            if value is None or not least <= value <= most:
                raise self.error(f"{word[:40]!r}: give a number from {least:g} to {most:g}")
            found.append(value)
        return found


class Words:
    """The words of a file, taken one after another; every complaint is a FileError with the line it is about."""

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
        """How many of the words that have not been taken yet stand on a line: {2} where they stand in twos."""
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
            raise self.error(f"{word[:40]!r} is not a number ({what}){_remedy(word)}")
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
        self._require(rows * columns, what)
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
            raise self.error(
                f"{word[:40]!r} follows {what} on the same line; does the file have another order?"
            )

    def closes(self, counts: Iterable[int]) -> bool:
        """Whether the next words, so many and then so many, each time end where a line ends."""
        at = self._at
        for count in counts:
            at += count
            if at > len(self._words) or (
                at < len(self._words) and self._words[at].line == self._words[at - 1].line
            ):
                return False
        return True

    def _require(self, count: int, what: str) -> None:
        if count > self.left():
            left, self._at = self.left(), len(self._words)
            raise self.error(
                f"{count} numbers are due for {what}, and {left} are left in the file; is it cut short?"
            )

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


@dataclass(eq=False)
class Fields:
    """What a reader found: the arguments of a class, the place in the file of each, and what there is to say of them."""

    text: Text
    values: dict[str, Any]
    places: Mapping[Place, At] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(
        self,
        words: Words,
        name: str,
        what: str,
        *shape: int,
        turned: bool = False,
        by_line: bool = False,
    ) -> None:
        """The next numbers become the value called `name`, of a shape, each with its line.

        A number has no shape, a list one axis, and a table two: rows of the file, or columns where it is `turned`. With
        `by_line` a list, and each row of a table, has to end where a line ends.
        """
        words._require(math.prod(shape), what)
        found: dict[tuple[int, ...], float] = {}
        lines: dict[Place, At] = {}
        for place in product(*map(range, shape)):
            found[place] = words.number(what)
            if by_line and place[-1] == shape[-1] - 1:
                words.close_line(what)
            lines[(name, *(reversed(place) if turned else place))] = words.line
        self.places = {**self.places, (name,): next(iter(lines.values())), **lines}
        if len(shape) < 2:
            self.values[name] = list(found.values()) if shape else found[()]
            return
        rows, columns = (range(count) for count in shape)
        self.values[name] = (
            [[found[r, c] for r in rows] for c in columns]
            if turned
            else [[found[r, c] for c in columns] for r in rows]
        )

    def make(self, kind: Callable[..., T], **options: Any) -> T:
        """What `kind` makes of the values, and of `options`, which stand for values of their names.

        Raises FileError, with the line, for what `kind` refuses of the file, and QoptError for what it refuses of `options`.
        """
        with self.text.blaming(self.places, options):
            made = kind(**self.values | options)
        return noted(made, (*self.text.notes, *self.notes), self.warnings)


def noted(made: T, notes: Iterable[str], warned: Iterable[str] = ()) -> T:
    """`made`, with what there is to say of its input as its `notes`, which go to the result.

    `warned` are those that a person should not miss: they are also Python's warnings.
    """
    loud = tuple(dict.fromkeys(warned))
    for message in loud:
        warnings.warn(message, InputWarning, stacklevel=3)
    every = (*getattr(made, "notes", ()), *notes, *loud)
    object.__setattr__(made, "notes", tuple(dict.fromkeys(every)))
    return made


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """What is refused within is told of a file, where no line is known."""
    try:
        yield
    except FileError:
        raise
    except QoptError as error:
        raise FileError(path, str(error)) from None


def stem(path: Path) -> str:
    """A file's name without its last ending, and without that of a compression."""
    return path.with_suffix("").stem if path.suffix.lower() in PACKED else path.stem


def _remedy(word: str) -> str:
    """What to write instead of a word that is nearly a number."""
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", word):
        return "; write thousands without commas"
    if re.fullmatch(r"[-+]?\d+,\d+", word):
        return "; write decimals with a point"
    if number(word.rstrip(",;")) is not None:
        return "; numbers stand between spaces here, without commas"
    return ""


def number(word: str) -> float | None:
    """A word as a number, or None: of what Python takes, not 1_000, nan, nor digits of other scripts."""
    try:
        value = float(word)
    except ValueError:
        return None
    return None if math.isnan(value) or not word.isascii() or "_" in word else value


def whole(word: str) -> int | None:
    """A word as a whole number, or None; 12. and 1.2e1 are whole, too."""
    if word.isdigit() and word.isascii() and len(word) < 16:  # most words, at a third of the time
        return int(word)
    value = number(word)
    if value is None or not math.isfinite(value) or value != int(value):
        return None
    return int(word) if word.lstrip("+-").isdigit() and len(word) < 400 else int(value)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, of what is in it where it is compressed. Raises FileError, also within."""
    if "\0" in str(path):
        raise FileError(str(path).replace("\0", "\\0"), "no file has a NUL in its name")
    try:
        with path.open("rb") as raw:
            head = raw.read(8)
            raw.seek(0)
            unpack = next(
                (unpack for magic, unpack in COMPRESSED.items() if head.startswith(magic)), None
            )
            if unpack is None:
                yield raw
            else:
                with unpack(raw) as file:
                    yield file
    except IsADirectoryError:
        raise FileError(path, "a folder; give a file in it") from None
    except BROKEN as error:
        raise FileError(path, f"a compressed file that is damaged or cut short ({error})") from None
    except OSError as error:
        broken = f"a compressed file that is damaged or cut short ({error})"  # bz2 gives no number
        raise FileError(path, error.strerror or broken) from None


@contextmanager
def opened_text(path: Path) -> Iterator[IO[str]]:
    """The lines of a file too large to be held, as `Text.read` decodes them.

    A byte that is no text in UTF-8 becomes an escape, which is no number anywhere. Raises FileError, also within.
    """
    with opened(path) as file:
        buffered = io.BufferedReader(cast("io.RawIOBase", file))
        head = buffered.peek(4096)[:4096]
        _refuse_others(path, head)
        encoding = _wide(head) or "utf-8-sig"
        if encoding == "utf-8-sig" and b"\0" in head:
            raise FileError(path, "not a text file")
        yield io.TextIOWrapper(buffered, encoding=encoding, errors="backslashreplace")


def _decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and what was guessed."""
    _refuse_others(path, data)
    wide = _wide(data)
    notes: tuple[str, ...] = ()
    if not wide and data.endswith(b"\0"):
        data = data.rstrip(b"\0")
        notes = ("the zeros that fill up the end of the file are passed over",)
    try:
        content = data.decode(wide or "utf-8-sig").removeprefix("\ufeff")
        if "\0" in content or (wide and NOISE & set(content)):
            raise FileError(path, "not a text file")
        return content, notes
    except UnicodeDecodeError as error:
        if wide:
            name = wide[:6].upper()
            raise FileError(
                path, f"not a text file, though it begins as one in {name} does"
            ) from None
        line = data.count(b"\n", 0, error.start) + 1
    if b"\0" in data:
        raise FileError(path, "not a text file")
    _refuse_noise(path, data)
    note = f"line {line} is not valid UTF-8: the file was read as Windows-1252 (Latin-1) text"
    return data.decode("cp1252" if _in_windows_1252(data) else "latin-1"), (*notes, note)


def _wide(data: bytes) -> str | None:
    """The name of the wide encoding, by its mark, or by most of every other byte of the first being zero."""
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:256]
    if len(head) >= 4 and not len(head) % 2:
        for encoding, low, high in (
            ("utf-16-le", head[::2], head[1::2]),
            ("utf-16-be", head[1::2], head[::2]),
        ):
            if 0 not in low and 4 * high.count(0) >= 3 * len(high):
                return encoding
    return None


def _in_windows_1252(data: bytes) -> bool:
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_noise(path: Path, data: bytes) -> None:
    """Of text that is not UTF-8, control characters tell bytes that are no text at all."""
    if any(ord(sign) in data for sign in NOISE):
        raise FileError(path, "not a text file")


def _refuse_others(path: Path, data: bytes) -> None:
    for magic, what in OTHERS.items():
        if data.startswith(magic):
            raise FileError(path, f"not a text file: it is {what}")
    if data[257:262] == b"ustar":
        raise FileError(path, "not a text file: it is a tar archive; unpack it first")
    if data.startswith(b"PK\x03\x04"):
        raise FileError(path, f"not a text file: it is {_archive(path)}")


def _archive(path: Path) -> str:
    """What a ZIP archive holds."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile, NotImplementedError):
        names = []
    if any(name.startswith("xl/") for name in names):
        return "an Excel workbook (.xlsx); export the sheet as CSV"
    if "content.xml" in names:
        return "an OpenDocument file; export the sheet as CSV"
    if any(name.startswith("word/") for name in names):
        return "a Word document; save the numbers in it as a text file"
    if names and all(name.endswith(".npy") for name in names):
        return "an .npz archive of arrays, which is not read here"
    return "a ZIP archive; unpack it first"
