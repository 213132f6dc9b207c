"""QUBO files: what the numbers of each format mean, and which line of a broken file to mend."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileError, UnknownName
from ..kit.checks import require_count
from ..kit.saving import replacing
from .arrays import Floats, Ints

FORMATS = ("npz", "qubo", "bqp", "rudy")
SUFFIXES = {
    ".npz": "npz",
    ".qubo": "qubo",
    ".bqp": "bqp",
    ".sparse": "bqp",
    ".rudy": "rudy",
    ".mc": "rudy",
    ".gset": "rudy",
}
LARGEST = 2**31 - 1  # of a number in a header
HEAVIEST = 1e300  # of a value: what the formats double must stay finite

NEEDED, OPTIONAL = ("linear", "row", "col", "quad"), ("offset", "vartype", "labels")


@dataclass(frozen=True, eq=False)
class FileModel:
    """Arguments of `Qubo.from_arrays`, and whether the value they give is to be minimised ("min") or maximised ("max").

    Arrays out of an `.npz` file are as they lay there; `from_arrays` judges them.
    """

    linear: npt.NDArray[Any]
    row: npt.NDArray[Any]
    col: npt.NDArray[Any]
    quad: npt.NDArray[Any]
    sense: str
    offset: Any = 0.0
    vartype: Any = "BINARY"
    labels: Any = None


def read_model(path: Path, *, format: str | None = None, problem: int = 1) -> FileModel:
    """What is in a file, by the rules `Qubo.read` states. Raises FileError, and QoptError for an argument."""
    require_count("problem", problem)
    if format not in (None, *FORMATS):
        raise UnknownName("file format", str(format), FORMATS)
    form = format or SUFFIXES.get(path.suffix.lower())
    if form == "npz" or (form is None and _is_archive(path)):
        _check_problem(path, problem, 1)
        return _read_npz(path)
    lines = _Lines(path)
    if form == "qubo" or (form is None and lines.words(0)[:2] == ["p", "qubo"]):
        _check_problem(path, problem, 1)
        return _read_qubo(lines)
    return _read_triples(lines, form, problem)


def write_npz(path: Path, arrays: Mapping[str, Any]) -> Path:
    """Write the arrays; an existing file is replaced whole or not at all. Raises FileError."""
    with replacing(path) as file:  # a file and not its name, to which numpy would add .npz
        np.savez(file, **arrays)
    return path


def _check_problem(path: Path, problem: int, of: int) -> None:
    if problem > of:
        raise FileError(path, f"problem={problem}: the file has {of}; give a number in 1..{of}")


def _is_archive(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"PK"
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None


def _read_npz(path: Path) -> FileModel:
    if not _is_archive(path):
        raise FileError(path, "not an .npz archive; Qubo.save and numpy.savez write one")
    try:
        # opened here, for numpy would leave a broken archive open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = set(archive.files)
            if lacking := [name for name in NEEDED if name not in names]:
                raise FileError(
                    path, f"has no array {lacking[0]!r}; an .npz model has {', '.join(NEEDED)}"
                )
            if unknown := sorted(names.difference(NEEDED, OPTIONAL)):
                raise FileError(
                    path,
                    f"array {unknown[0]!r} means nothing here; besides {', '.join(NEEDED)} there may be {', '.join(OPTIONAL)}",
                )
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except FileError:
        raise
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        RuntimeError,
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise FileError(
            path, f"cannot be read as an .npz archive ({_line(error)}); is it cut short?"
        ) from None
    plain = {name: arrays[name].tolist() for name in OPTIONAL if name in arrays}
    return FileModel(**{name: arrays[name] for name in NEEDED}, **plain, sense="min")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__


class _Lines:
    """The lines of a text file that are neither blank nor comments, by their place 0, 1, ... among these.

    The file is read anew by each pass: its text, which is larger than its arrays, is never held.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def numbered(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, str]]:
        """The lines at places start..stop-1, stripped, with their numbers in the file."""
        return islice(self._all(), start, stop)

    def words(self, place: int) -> list[str]:
        return self.at(place)[1].split()

    def at(self, place: int) -> tuple[int, str]:
        """The line at a place, with its number. Raises FileError where the file ends before it."""
        for found in self.numbered(place, place + 1):
            return found
        raise FileError(
            self.path, "the file ends too early; is it cut short?" if place else "the file is empty"
        )

    def error(self, place: int, message: str) -> FileError:
        number, text = self.at(place)
        return FileError(self.path, f"{text[:40]!r}: {message}", number)

    def _all(self) -> Iterator[tuple[int, str]]:
        try:
            # a byte that is no text becomes a word that is no number, and gets the message of one, with its line
            with self.path.open(encoding="utf-8-sig", errors="backslashreplace") as file:
                for number, line in enumerate(file, 1):
                    text = line.strip()
                    if (
                        text
                        and text[0] != "#"
                        and not (text[0] == "c" and text.split(None, 1)[0] == "c")
                    ):
                        yield number, text
        except OSError as error:
            raise FileError(self.path, error.strerror or str(error)) from None


def _read_qubo(lines: _Lines) -> FileModel:
    words = lines.words(0)
    counts = _wholes(words[3:])
    if words[:2] != ["p", "qubo"] or len(words) != 6 or counts is None or not counts[0]:
        raise lines.error(
            0,
            "give a line 'p qubo topology maxNodes nNodes nCouplers' with whole numbers, maxNodes at least 1",
        )
    n, nodes, couplers = counts
    table = _table(lines, 1, None, (3,), "i j value")
    row, col = _places(lines, 1, table, n, base=0)
    _check(lines, 1, row <= col, "give the smaller of the two first")
    diagonals = int(np.count_nonzero(row == col))
    if (diagonals, len(row) - diagonals) != (nodes, couplers):
        raise lines.error(
            0,
            f"the file has {diagonals} lines 'i i value' and {len(row) - diagonals} lines 'i j value'; is it cut short?",
        )
    return FileModel(np.zeros(n), row, col, table[:, 2], sense="min")


def _read_triples(lines: _Lines, form: str | None, problem: int) -> FileModel:
    """`bqp` or `rudy`; `form` None where the lines have to tell."""
    words = lines.words(0)
    form = form or ("bqp" if words[0] == "p" or len(words) == 1 else None)
    if form == "bqp" and len(words) == 1:
        header, n, count, stop = _find_problem(lines, problem)
    else:
        _check_problem(lines.path, problem, 1)
        header, (n, count), stop = 0, _sizes(lines, 0, words, form), None
    first = header + 1
    table = _table(
        lines,
        first,
        stop,
        (3,) if form == "bqp" else (2, 3),
        "i j weight" if form == "rudy" else "i j value",
    )
    if len(table) < count:
        raise lines.error(
            header, f"announces {count} lines, and {len(table)} follow; is the file cut short?"
        )
    if len(table) > count:
        raise lines.error(
            first + count, f"is more than the {count} lines that the header announces; mend either"
        )
    row, col = _places(lines, first, table, n, base=1)
    if form == "bqp" or (form is None and table.shape[1] == 3 and (row == col).any()):
        _check(lines, first, row <= col, "give the smaller of the two first")
        # x'Qx with a symmetric Q: what is off the diagonal is met twice
        return FileModel(
            np.zeros(n), row, col, np.where(row == col, 1.0, 2.0) * table[:, 2], sense="max"
        )
    _check(
        lines,
        first,
        row != col,
        "an edge joins two different nodes; where i i is a linear term, give format='bqp'",
    )
    weight = table[:, 2] if table.shape[1] == 3 else np.ones(len(table))
    # an edge is cut where x + y - 2xy = 1
    linear = np.bincount(row, weight, minlength=n) + np.bincount(col, weight, minlength=n)
    return FileModel(linear, row, col, -2 * weight, sense="max")


def _find_problem(lines: _Lines, problem: int) -> tuple[int, int, int, int | None]:
    """Of an OR-Library file with several problems: place of the header, n, lines under it, and where to stop reading."""
    total = _wholes(lines.words(0))
    if not total or not total[0]:
        raise lines.error(
            0,
            "is no header; give two whole numbers (bqp, rudy) or 'p qubo ...' (qubo), or name the format=",
        )
    _check_problem(lines.path, problem, total[0])
    place, number, source = 1, 1, lines.numbered(1)
    for k in range(1, problem + 1):
        found = next(source, None)
        if found is None:
            raise FileError(
                lines.path,
                f"the file ends before problem {k} of {total[0]}, below here; is it cut short?",
                number,
            )
        number = found[0]
        n, count = _sizes(lines, place, found[1].split(), "bqp")
        if k < problem:
            place += 1 + count
            next(islice(source, count, count), None)
    return place, n, count, place + 1 + count if problem < total[0] else None


def _sizes(lines: _Lines, place: int, words: list[str], form: str | None) -> tuple[int, int]:
    counts = _wholes(words[1:] if words[0] == "p" and form == "bqp" else words)
    if counts is None or len(counts) != 2 or not counts[0]:
        wanted = {"bqp": "n nonzeros", "rudy": "nodes edges"}.get(form or "", "n lines")
        raise lines.error(
            place, f"is no header; give '{wanted}' as two whole numbers, the first at least 1"
        )
    return counts[0], counts[1]


def _wholes(words: list[str]) -> list[int] | None:
    """The words as whole numbers of 0 to LARGEST, or None where one is not."""
    if not all(
        word.isascii() and word.isdigit() and len(word) <= len(str(LARGEST)) for word in words
    ):
        return None
    found = [int(word) for word in words]
    return found if all(number <= LARGEST for number in found) else None


def _table(
    lines: _Lines, first: int, stop: int | None, widths: tuple[int, ...], shape: str
) -> Floats:
    """float64[k, width] numbers of the lines at places first..stop-1, all of one width among `widths`."""
    texts = (text for _, text in lines.numbered(first, stop))
    head = next(texts, None)
    if head is None:
        return np.empty((0, widths[-1]))
    reason = "not a table of numbers"
    if len(head.split()) in widths:
        try:
            return np.loadtxt(chain([head], texts), comments=None, ndmin=2)
        except FileError:
            raise
        except ValueError as error:
            reason = _line(error)
    raise _fault(lines, first, stop, widths, shape) or FileError(lines.path, reason)


def _fault(
    lines: _Lines, first: int, stop: int | None, widths: tuple[int, ...], shape: str
) -> FileError | None:
    """What is wrong with the first line that np.loadtxt, faster by far, could not read."""
    width = 0
    for number, text in lines.numbered(first, stop):
        words = text.split()
        if wrong := [word for word in words if not _is_number(word)]:
            return FileError(
                lines.path, f"{wrong[0][:40]!r} is not a number; a line is '{shape}'", number
            )
        if len(words) not in widths or len(words) != (width or len(words)):
            wanted = width or " or ".join(map(str, widths))
            return FileError(
                lines.path,
                f"{text[:40]!r} has {len(words)} numbers; give {wanted}, as in '{shape}'",
                number,
            )
        width = len(words)
    return None


def _is_number(word: str) -> bool:
    """As np.loadtxt has it: of what Python takes, not 1_000 nor digits of other scripts."""
    try:
        float(word)
    except ValueError:
        return False
    return word.isascii() and "_" not in word


def _places(lines: _Lines, first: int, table: Floats, n: int, *, base: int) -> tuple[Ints, Ints]:
    """The two columns of indices, from 0, once they and the weights are found to be good."""
    ends = table[:, :2]
    good = ((ends >= base) & (ends < n + base) & (ends == np.floor(ends))).all(axis=1)
    _check(
        lines,
        first,
        good,
        f"i and j count from {base} in this format; give whole numbers in {base}..{n - 1 + base}",
    )
    _check(
        lines,
        first,
        np.abs(table[:, -1]) <= HEAVIEST,
        f"give a finite number of at most {HEAVIEST:g}",
    )
    return ends[:, 0].astype(np.int64) - base, ends[:, 1].astype(np.int64) - base


def _check(lines: _Lines, first: int, good: npt.NDArray[np.bool_], remedy: str) -> None:
    """Raise a FileError for the first line whose row of the table is not good."""
    if not good.all():
        raise lines.error(first + int(np.argmin(good)), remedy)
