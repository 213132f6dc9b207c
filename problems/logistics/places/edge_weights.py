"""The distances of a VRPLIB or TSPLIB file: measured between its places, or given as a matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qopt.kit.files import LARGEST, number

from .distances import RULES, Floats, Rule, between
from .sections import KeywordFile, Section

Ints = npt.NDArray[np.int64]

TRIANGLES = {
    "LOWER_ROW": lambda n: np.tril_indices(n, -1),
    "LOWER_DIAG_ROW": lambda n: np.tril_indices(n),
    "UPPER_ROW": lambda n: np.triu_indices(n, 1),
    "UPPER_DIAG_ROW": lambda n: np.triu_indices(n),
}
COLUMNS = {  # a symmetric matrix column by column is another one row by row
    "LOWER_COL": "UPPER_ROW",
    "LOWER_DIAG_COL": "UPPER_DIAG_ROW",
    "UPPER_COL": "LOWER_ROW",
    "UPPER_DIAG_COL": "LOWER_DIAG_ROW",
}
NO_WAY = ("-1", "inf", "+inf", "infinity", "-")  # how files write that there is no road
FAR = 100.0  # times the next longest: a distance that is meant as a ban


class Ways(NamedTuple):
    """float64[n, n] distances, places to draw nodes at, float64[n, 2], and what there is to say."""

    distance: Floats
    drawn: Floats | None
    notes: list[str]
    warnings: list[str]


def read_ways(file: KeywordFile, n: int, rounding: str | None = None) -> Ways:
    """Distances by the file's own rule, or rounded as asked for. Raises FileError with the line.

    A distance that a file gives as -1 or INF, off the diagonal, is refused: there is no such road.
    """
    kind = file.text("EDGE_WEIGHT_TYPE").upper()
    line = file.line("EDGE_WEIGHT_TYPE")
    if kind == "EXPLICIT":
        if rounding not in (None, "none"):
            raise file.error(
                f"rounding={rounding!r}: the file gives its distances, which are not rounded", line
            )
        distance = _given(file, n)
        return Ways(distance, _drawn(file, n), _bans(distance), [])
    if kind not in RULES:
        known = f"{', '.join(RULES)} and EXPLICIT"
        raise file.error(f"EDGE_WEIGHT_TYPE is {kind[:40] or 'missing'}; {known} are read", line)
    if file.has("EDGE_WEIGHT_SECTION"):
        raise file.error(
            f"EDGE_WEIGHT_SECTION beside EDGE_WEIGHT_TYPE {kind}: either gives all distances; "
            "take one out",
            file.line("EDGE_WEIGHT_SECTION"),
        )
    return _measured(file, n, RULES[kind], rounding)


def _measured(file: KeywordFile, n: int, rule: Rule, rounding: str | None) -> Ways:
    places, _ = file.table("NODE_COORD_SECTION", rule.axes, n)
    scale = file.number("SCALE", 1e-9) if file.has("SCALE") else 1.0
    distance, warning = between(places, rule, rounding, scale)
    if not np.isfinite(distance).all():
        raise file.error(
            "two nodes are too far apart for a distance", file.line("NODE_COORD_SECTION")
        )
    return Ways(distance, places[:, :2], [], [warning] if warning else [])


def _drawn(file: KeywordFile, n: int) -> Floats | None:
    """Where the nodes of a file with a matrix are drawn: places in space from above."""
    for name in ("NODE_COORD_SECTION", "DISPLAY_DATA_SECTION"):
        if file.has(name) and file.section(name).rows:
            flat = len(file.section(name).words()) <= 3 * n + 1
            return file.table(name, 2 if flat else 3, n)[0][:, :2]
    return None


def _bans(distance: Floats) -> list[str]:
    """A note where the longest distances seem to stand for roads that are not there."""
    longest = float(distance.max())
    below = distance[distance < longest]
    if longest < FAR * float(below.max()) or not below.any():
        return []
    ways = int((distance == longest).sum())
    return [
        f"the longest distance, {longest:g}, "
        f"stands for {ways} ways and is {FAR:g} times as long as any other, or more: "
        "it is a length like others, and no ban"
    ]


def _given(file: KeywordFile, n: int) -> Floats:
    said = file.text("EDGE_WEIGHT_FORMAT").upper()
    form = COLUMNS.get(said, said)
    section = file.section("EDGE_WEIGHT_SECTION")
    words = [word for row in section.rows for word in row.text.split()]
    if form not in TRIANGLES and (form != "FULL_MATRIX" or len(words) != n * n):
        known = ", ".join(["FULL_MATRIX", *TRIANGLES, *COLUMNS])
        raise file.error(
            f"EDGE_WEIGHT_FORMAT {said[:40]!r} with {len(words)} numbers for {n} nodes; "
            f"read are {known}",
            file.line("EDGE_WEIGHT_FORMAT") or section.line,
        )
    if form == "FULL_MATRIX":
        row, col = (axis.ravel() for axis in np.indices((n, n)))
    else:
        row, col = TRIANGLES[form](n)
    if len(words) != len(row):
        raise file.error(
            f"{said} of {n} nodes takes {len(row)} numbers, the section has {len(words)}",
            section.line,
        )
    matrix = np.zeros((n, n))
    values = _values(file, section, words, row, col)
    if form != "FULL_MATRIX":
        matrix[col, row] = values
    matrix[row, col] = values
    np.fill_diagonal(matrix, 0.0)
    return matrix


def _values(file: KeywordFile, section: Section, words: list[str], row: Ints, col: Ints) -> Floats:
    """The numbers of a matrix.

    What stands on the diagonal does not count, be it a number, INF or -1.
    """
    read = [number(word) for word in words]
    values = np.array([np.nan if value is None else value for value in read], dtype=np.float64)
    wrong = ~((values >= 0) & (values <= LARGEST)) & (row != col)
    wrong |= [
        value is None and word.lower() not in ("nan", "-")
        for value, word in zip(read, words, strict=True)
    ]
    for k in np.flatnonzero(wrong).tolist():
        word = section.words()[k]
        if word.text.lower() in NO_WAY:
            a, b = int(row[k]) + file.first, int(col[k]) + file.first
            raise file.error(
                f"{word.text} from node {a} to node {b}: there is no such road; "
                "give the length of the way round, "
                "or one too long for any good plan",
                word.line,
            )
        file.amount(word.text, word.line, section.name, 0)
    return values
