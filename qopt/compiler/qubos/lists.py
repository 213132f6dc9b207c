"""Quadratic functions as lists of `i j value`, and which line of a broken file to mend."""

from __future__ import annotations

import re
from itertools import islice

import numpy as np

from ...errors import FileError
from ...kit.entries import HEAVIEST, MOST, SHOWN, Lines, wholes
from ...kit.files import number
from ...kit.matrix_market import Matrix
from ..model.arrays import Bools, Floats, Ints
from .function import Function

OFFSET = re.compile(
    r"(?:[#%\s]|c\s)*(?P<named>objective[\s_]*)?offset\b[\s:=]*(?P<value>.*?)\s*$", re.IGNORECASE
)
ZIMPL = re.compile(r"#.*\b(Zimpl|ObjectiveOffset|Vars Non-?zeros)\b", re.IGNORECASE)
VARTYPE = re.compile(r"#\s*vartype\s*[=:]\s*(\S+)\s*$", re.IGNORECASE)


def read_qbsolv(lines: Lines) -> Function:
    words = lines.words(0)
    counts = wholes(words[3:])
    if words[:2] != ["p", "qubo"] or len(words) != 6 or counts is None or not counts[0]:
        raise lines.error(
            0,
            "give a line 'p qubo topology maxNodes nNodes nCouplers' with whole numbers, "
            "maxNodes at least 1",
        )
    n, nodes, couplers = counts
    table = lines.table(1, None, (3,), "i j value")
    row, col = lines.places(1, table, n, base=0)
    lines.require(1, row <= col, "give the smaller of the two first")
    diagonals = int(np.count_nonzero(row == col))
    if (diagonals, len(row) - diagonals) != (nodes, couplers):
        raise lines.error(
            0,
            f"the file has {diagonals} lines 'i i value' and "
            f"{len(row) - diagonals} lines 'i j value'; is it cut short?",
        )
    offset = _offset(lines)
    return Function(
        np.zeros(n),
        row,
        col,
        table[:, 2],
        "min",
        "qbsolv minimises its .qubo files",
        offset=offset,
        notes=_offset_notes(offset),
    )


def read_bqp(lines: Lines, problem: int) -> Function:
    """Of the OR-Library: one problem, or several under a line with their number."""
    words = lines.words(0)
    if len(words) == 1:
        header, n, count, stop = _find_problem(lines, problem)
    else:
        require_problem(lines, problem, 1)
        header, (n, count), stop = 0, _sizes(lines, 0, words, "bqp"), None
    table = lines.table(header + 1, stop, (3,), "i j value")
    lines.require_count(header, count, len(table))
    return _bqp(lines, header + 1, table, n)


def _bqp(lines: Lines, first: int, table: Floats, n: int) -> Function:
    row, col = lines.places(first, table, n, base=1)
    lines.require(first, row <= col, "give the smaller of the two first")
    offset = _offset(lines)
    return Function(
        np.zeros(n),
        row,
        col,
        _twice(row, col) * table[:, 2],
        "max",
        "lists of the OR-Library (bqp) are maximised, "
        "and have each pair once for both triangles of a symmetric matrix",
        offset=offset,
        base=1,
        notes=_offset_notes(offset),
    )


def read_zimpl(lines: Lines) -> Function:
    """`.qs`: x'Qx of a symmetric matrix, and the offset that stands in a comment."""
    n, count = _sizes(lines, 0, lines.words(0), "qs")
    table = lines.table(1, None, (3,), "i j value")
    lines.require_count(0, count, len(table))
    row, col = lines.places(1, table, n, base=1)
    lines.require(1, row <= col, "give the smaller of the two first")
    return Function(
        np.zeros(n),
        row,
        col,
        _twice(row, col) * table[:, 2],
        "min",
        "Zimpl's .qs files are minimised, "
        "and have each pair once for both triangles of a symmetric matrix",
        offset=_offset(lines),
        base=1,
    )


def _offset(lines: Lines) -> float:
    """What a comment `# ObjectiveOffset 2.5`, or `c offset 2.5`, says at the head of a file.

    Raises FileError for an objective offset that is no number, and for two.
    """
    offsets = []
    for text in lines.comments():
        match = OFFSET.match(text)
        value = number(match["value"]) if match else None
        if match and match["named"] and (value is None or not abs(value) <= HEAVIEST):
            written = match["value"][:SHOWN]
            raise FileError(lines.path, f"ObjectiveOffset {written!r}: give a finite number")
        if value is not None:
            offsets.append(value)
    if len(offsets) > 1:
        raise FileError(lines.path, "has two lines '# ObjectiveOffset'; keep one")
    return offsets[0] if offsets else 0.0


def _offset_notes(offset: float) -> tuple[str, ...]:
    return (f"the offset {offset:g} in a comment is added",) if offset else ()


def read_rudy(lines: Lines) -> Function:
    """A graph's cut."""
    words = [word for word in lines.words(0) if word != "MAX-CUT"]
    n, count = _sizes(lines, 0, words, "rudy")
    table = lines.table(1, None, (2, 3), "i j weight")
    lines.require_count(0, count, len(table))
    return _rudy(lines, table, n)


def _rudy(lines: Lines, table: Floats, n: int) -> Function:
    base = lines.base(table, n)
    row, col = lines.places(1, table, n, base=base)
    weight = table[:, 2] if table.shape[1] == 3 else np.ones(len(table))
    loops = row == col
    row, col, weight = row[~loops], col[~loops], weight[~loops]
    # an edge is cut where x + y - 2xy = 1
    linear = np.bincount(row, weight, minlength=n) + np.bincount(col, weight, minlength=n)
    notes = [f"edges from a node to itself are never cut: {loops.sum()} left out"] * bool(
        loops.any()
    )
    notes += ["nodes count from 0 in the file, as one is 0 and none is the last"] * (base == 0)
    return Function(
        linear,
        row,
        col,
        -2 * weight,
        "max",
        "of a graph (rudy) the weight of the cut is maximised",
        base=base,
        notes=tuple(notes),
    )


def read_either(lines: Lines, problem: int, bits: bool) -> Function:
    """A list that does not say what it is: a function of bits, or a graph.

    A line with i = j is a linear term. Without any, the list is what is asked for: a function for
    `bits`, else a graph.
    """
    words = lines.words(0)
    if words[0] == "p" or len(words) == 1:
        return read_bqp(lines, problem)
    require_problem(lines, problem, 1)
    if any(ZIMPL.match(text) for text in lines.comments()):
        return read_zimpl(lines)
    if words[0] == "MAX-CUT":
        return read_rudy(lines)
    n, count = _sizes(lines, 0, words, None)
    table = lines.table(1, None, (2, 3), "i j value")
    lines.require_count(0, count, len(table))
    if table.shape[1] == 2 and bits and len(table):
        raise lines.error(
            1,
            "is an edge without a weight: a graph, which max-cut reads; "
            "format='rudy' takes its cut",
        )
    if table.shape[1] == 2:
        return _rudy(lines, table, n)
    if bits or bool((table[:, 0] == table[:, 1]).any()):
        return _bqp(lines, 1, table, n)
    function = _rudy(lines, table, n)
    as_graph = "no line has i = j, so the list was read as a graph (rudy)"
    return function.noted(f"{as_graph}; format='bqp' reads a function of bits")


def read_matrix_market(matrix: Matrix, error: FileError) -> Function:
    """x'Qx, every entry as it stands; `error` is for a matrix that is not square."""
    if matrix.size[0] != matrix.size[1]:
        raise error
    symmetric = matrix.symmetry == "symmetric"
    reason = "a matrix stands for x'Qx, every entry as it stands, and is minimised" + (
        ": the file has one triangle of a symmetric one, so pairs count twice" if symmetric else ""
    )
    return Function(
        np.zeros(matrix.size[0]), matrix.row, matrix.col, matrix.values, "min", reason, base=1
    )


def read_coo(lines: Lines) -> Function:
    """dimod's coordinate text, from 0, under a line `# vartype=BINARY`, or SPIN."""
    matches = [match for text in lines.comments() if (match := VARTYPE.match(text))]
    vartype = matches[0][1].upper() if matches else ""
    if vartype not in ("BINARY", "SPIN"):
        raise FileError(
            lines.path,
            "does not say what its variables are; put '# vartype=BINARY', or SPIN, first",
            1,
        )
    table = lines.table(0, None, (3,), "i j bias")
    if not len(table):
        raise FileError(lines.path, "has no line 'i j bias'")
    row, col = lines.places(0, table, MOST, base=0)
    numbers, where = np.unique(np.r_[row, col], return_inverse=True)  # there may be gaps
    row, col = where.ravel()[: len(row)], where.ravel()[len(row) :]
    own: Bools = row == col
    return Function(
        np.bincount(row[own], table[own, 2], minlength=len(numbers)),
        row[~own],
        col[~own],
        table[~own, 2],
        "min",
        f"dimod's lists (COO) are minimised; the variables are {vartype}",
        vartype=vartype,
        labels=numbers.tolist(),
    )


def require_problem(lines: Lines, problem: int, of: int) -> None:
    if problem > of:
        raise FileError(
            lines.path, f"problem={problem}: the file has {of}; give a number in 1..{of}"
        )


def _twice(row: Ints, col: Ints) -> Floats:
    """x'Qx with a symmetric Q: what is off the diagonal is met twice."""
    return np.where(row == col, 1.0, 2.0)


def _find_problem(lines: Lines, problem: int) -> tuple[int, int, int, int | None]:
    """Of a file with several problems: the header's place, n, its lines, where to stop."""
    total = wholes(lines.words(0))
    if not total or not total[0]:
        raise lines.error(
            0,
            "is no header; give two whole numbers (bqp, rudy) or 'p qubo ...' (qubo), "
            "or name the format=",
        )
    require_problem(lines, problem, total[0])
    place, number, source = 1, 1, lines.numbered(1)
    for k in range(1, problem + 1):
        line = next(source, None)
        if line is None:
            raise FileError(
                lines.path,
                f"the file ends before problem {k} of {total[0]}, below here; is it cut short?",
                number,
            )
        number = line[0]
        n, count = _sizes(lines, place, line[1].split(), "bqp")
        if k < problem:
            place += 1 + count
            next(islice(source, count, count), None)
    return place, n, count, place + 1 + count if problem < total[0] else None


def _sizes(lines: Lines, place: int, words: list[str], form: str | None) -> tuple[int, int]:
    counts = wholes(words[1:] if words[0] == "p" and form == "bqp" else words)
    if counts is None or len(counts) != 2 or not counts[0]:
        wanted = {"bqp": "n nonzeros", "qs": "n nonzeros", "rudy": "nodes edges"}
        raise lines.error(
            place,
            f"is no header; give '{wanted.get(form or '', 'n lines')}' as two whole numbers, "
            "the first at least 1",
        )
    return counts[0], counts[1]
