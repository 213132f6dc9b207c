"""Tables of prices, mangled: what an independent, slow and plain reading gives, or one line."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.portfolio import (
    ConditionalValueAtRisk,
)

from .... import mangle
from ....fuzz import examples

COMMAS = """\
# closing prices
Date,A,"B",C
2024-01-05,104.5,61,7
2024-01-04,99,60,7.25
2024-01-03,,41,6.5
2024-01-02,110.25,40,8
2024-01-01,100,50.5,7.75
"""
SEMICOLONS = """\
Kurse der Woche

Datum;A;B
29.01.2024;1.100,5;50,1
30.01.2024;1.101;51,25
31.01.2024;103;50,9
01.02.2024;n.v.;51
02.02.2024;102,75;52
Quelle: Börse
"""
TABS = """\
Date\tA\tB\tC
1/29/2024\t$1,100.50\t$50.10\t1
1/30/2024\t$1,101.00\t$51.25\t2
1/31/2024\t$1,103.00\t(none)\t3
2/1/2024\t$990.10\t$51.00\t4
2/2/2024\t$1,102.75\t$52.00\t5
""".replace("(none)", "")
RETURNS = """\
when,A,B
2024-01-01,1.5%,-2%
2024-01-02,-0.25%,0.125%
2024-01-03,3%,1%
2024-01-04,0%,-4.5%
"""
GAPS = {
    "", ".", "..", "...", ":", "-", "--", "---", "\u2013", "\u2014", "?", "na", "n/a", "n.a.",
    "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "none", "nil", "nd", "n.d.", "missing",
    "n.v.", "k.a.",
}  # fmt: skip


class NoTableError(Exception):
    """The plain reading does not read it either."""


def decoded(content: bytes) -> str:
    """As UTF-8 or else as Windows reads it, without what old programs put at the end."""
    content = content.rstrip(b"\0")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252" if _is_cp1252(content) else "latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\x1a")


def _is_cp1252(content: bytes) -> bool:
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, sign by sign, without quotes around them."""
    cells, cell, quoted = [], "", False
    line = line.replace('""', "\0")
    for sign in line:
        if sign == "\0":
            cell += '"' if quoted else ""
        elif sign == '"' and (quoted or not cell.strip()):
            quoted = not quoted
        elif sign == delimiter and not quoted:
            cells.append(cell.strip())
            cell = ""
        else:
            cell += sign
    if quoted:
        raise NoTableError("an open quote")
    return [*cells, cell.strip()]


def value_of(cell: str, decimal: str) -> float:
    """A number in the dialect of the table, NaN for a gap."""
    if cell.lower() in GAPS:
        return math.nan
    sign = -1.0 if cell.startswith("-") else 1.0
    word = cell.lstrip("+-") if cell[:2] not in ("--", "++", "-+", "+-") else "x"
    percent = word.endswith("%")
    word = word.strip("$£").removesuffix("%").strip()
    other = "," if decimal == "." else "."
    head, mark, tail = word.partition(decimal)
    if other in head:
        first, *rest = head.split(other)
        if not (1 <= len(first) <= 3 and first[0] != "0" and all(len(part) == 3 for part in rest)):
            raise NoTableError(cell)
        head = head.replace(other, "")
    if not re.fullmatch(r"[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?", head + ("." if mark else "") + tail):
        raise NoTableError(cell)
    try:
        value = sign * float(head + ("." if mark else "") + tail)
    except ValueError:
        raise NoTableError(cell) from None
    return value / 100 if percent else value


def is_value(cell: str, decimal: str, day: Callable[[str], Any]) -> bool:
    try:
        return cell != "" and not math.isnan(value_of(cell, decimal))
    except NoTableError:
        return day(cell) is not None


def plain(content: bytes, delimiter: str, decimal: str, order: str) -> tuple[list[str], np.ndarray]:
    """Names and values of a table of dates and numbers, by its dialect, oldest first."""
    day = DAYS[order]
    lines = [line for line in decoded(content).split("\n") if line.strip()]
    rows = [cells_of(line, delimiter) for line in lines if not line.lstrip().startswith("#")]
    rows = [row for row in rows if any(row)]
    width = Counter(len(row) for row in rows if len(row) > 1).most_common(1)[0][0]
    first = next(
        (
            k
            for k, row in enumerate(rows)
            if len(row) >= width
            and any(is_value(c, decimal, day) for c in row)
            and row[0].lower() not in ("date", "datum", "when")
        ),
        None,
    )
    if not first:
        raise NoTableError("no names above the numbers")
    names = rows[first - 1]
    while names and not names[-1]:
        names = names[:-1]
    body = rows[first:]
    while body and len([cell for cell in body[-1] if cell]) == 1 and body[-1][0]:
        if is_value(body[-1][0], decimal, day):
            break
        body = body[:-1]
    table = []
    for row in body:
        if any(row[len(names) :]) or len(row) < len(names):
            raise NoTableError("another number of cells")
        table.append((row[0], [value_of(cell, decimal) for cell in row[1 : len(names)]]))
    moments = [day(label) for label, _ in table]
    if any(moment is None for moment in moments):
        raise NoTableError("a row without a date")
    ordered = sorted(
        zip(moments, (values for _, values in table), strict=True), key=lambda pair: pair[0]
    )
    kept = [pair for k, pair in enumerate(ordered) if k == 0 or pair[0] != ordered[k - 1][0]]
    return names[1:], np.array([values for _, values in kept])


def _iso(text: str) -> dt.date | None:
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text, re.ASCII)
    return _day(*match.groups()) if match else None


def _european(text: str) -> dt.date | None:
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text, re.ASCII)
    return _day(*reversed(match.groups())) if match else None


def _american(text: str) -> dt.date | None:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII)
    return _day(match[3], match[1], match[2]) if match else None


def _day(year: str, month: str, day: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


DAYS: dict[str, Callable[[str], dt.date | None]] = {"ymd": _iso, "dmy": _european, "mdy": _american}
DIALECTS = {
    "commas": (COMMAS, ",", ".", "ymd"),
    "semicolons": (SEMICOLONS, ";", ",", "dmy"),
    "tabs": (TABS, "\t", ".", "mdy"),
    "returns": (RETURNS, ",", ".", "ymd"),
}


def read(dialect: str, path: Path) -> ConditionalValueAtRisk:
    kind: Any = "returns" if dialect == "returns" else "prices"
    return ConditionalValueAtRisk.read(path, kind=kind)


def steps(dialect: str, values: np.ndarray) -> np.ndarray:
    """Returns from one whole row to the next, or the rows where they are returns."""
    whole = [row for row in values.tolist() if not any(map(math.isnan, row))]
    if dialect == "returns":
        return np.array(whole)
    pairs = pairwise(whole)
    return np.array([[b / a - 1 for a, b in zip(one, two, strict=True)] for one, two in pairs])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_plain_reading_reads_what_is_not_mangled(dialect: str, tmp_path: Path) -> None:
    text, *how = DIALECTS[dialect]
    path = tmp_path / "p.csv"
    path.write_text(text)
    problem = mangle.refused_or(partial(read, dialect), path)
    assert problem is not None
    names, values = plain(text.encode(), *how)
    assert list(problem.names) == names
    np.testing.assert_allclose(problem.returns, steps(dialect, values), rtol=1e-12)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, max_examples=examples(300), derandomize=True)
@given(data=st.data())
def test_mangled_prices_are_what_they_say(
    dialect: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text, *how = DIALECTS[dialect]
    content = data.draw(mangle.mangled(text))
    path = tmp_path_factory.getbasetemp() / f"{dialect}.csv"
    path.write_bytes(content)
    problem = mangle.refused_or(partial(read, dialect), path)
    if problem is not None:
        names, values = plain(content, *how)
        assert list(problem.names) == names
        np.testing.assert_allclose(problem.returns, steps(dialect, values), rtol=1e-9)
