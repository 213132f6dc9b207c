"""MPS files, free and fixed: each says the model that is beside it in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import qopt
from qopt.assignment import Model
from qopt.diagnosis.reading import check_reading

from .refused import require_refused_in_one_line
from .written import optimum

PLAIN = """* a shop
NAME          shop
OBJSENSE
    MAX
ROWS
 N  profit
 L  wood
 G  space
 E  pairs
COLUMNS
    MARKER                 'MARKER'                 'INTORG'
    tables    profit             3.0   wood               2.0
    tables    space              1.0   pairs              1.0
    chairs    profit             2.0   wood               1.0
    chairs    space              1.0   pairs             -1.0
    lamp      profit            -1.0   space             -2.0
    MARKER                 'MARKER'                 'INTEND'
RHS
    RHS       wood               7.0   space              1.0
    RHS       profit            -4.0
RANGES
    RANGE     space              3.0   pairs             -2.0
BOUNDS
 UP BOUND     tables             3.0
 LO BOUND     chairs             1.0
 UP BOUND     chairs             4.0
 BV BOUND     lamp
ENDATA
"""


def best_of_shop() -> float:
    return max(
        3 * t + 2 * c - lamp + 4
        for t in range(4)
        for c in range(1, 5)
        for lamp in range(2)
        if 2 * t + c <= 7 and 1 <= t + c - 2 * lamp <= 4 and -2 <= t - c <= 0
    )


def write(tmp_path: Path, text: str, name: str = "shop.mps") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


SAME: dict[str, Any] = {
    "as it is": lambda text: text,
    "free": lambda text: "\n".join(
        ("" if line[:1].strip() else " ") + " ".join(line.split()) for line in text.split("\n")
    ),
    "tabs": lambda text: text.replace("    ", "\t"),
    "carriage returns": lambda text: text.replace("\n", "\r\n"),
    "comments": lambda text: text.replace("ROWS", "* rows\n\nROWS"),
    "a comment at the end of a line": lambda text: text.replace(
        "LO BOUND     chairs             1.0", "LO BOUND     chairs             1.0 $ at least one"
    ),
    "the sense beside its head": lambda text: text.replace(
        "OBJSENSE\n    MAX", "OBJSENSE MAXIMIZE"
    ),
    "the sense in the first column": lambda text: text.replace("    MAX", "MAX"),
    "sets without names": lambda text: (
        text.replace("RHS       ", "").replace(" BOUND ", " ").replace("RANGE  ", "       ")
    ),
    "a name of the objective": lambda text: text.replace(
        "ROWS\n", "OBJNAME\n    profit\nROWS\n N  cost\n"
    ),
    "numbers of FORTRAN": lambda text: text.replace("7.0", "0.7D+01").replace("3.0", "3.d0"),
    "whole by bounds": lambda text: text.replace(" UP BOUND     tables", " UI BOUND     tables"),
    "fixed by the rest": lambda text: text.replace(
        " UP BOUND     tables             3.0", " PL BOUND     tables"
    ),
    "infinite": lambda text: text.replace(
        " UP BOUND     tables             3.0", " UP BOUND     tables  1e30"
    ),
    "no bounds of a binary": lambda text: text.replace(" BV BOUND     lamp\n", ""),
    "lazy rows": lambda text: text.replace(" E  pairs", "LAZYCONS\n E  pairs"),
    "names with spaces": lambda text: text.replace("tables ", "tab les").replace("space", "sp ce"),
}


@pytest.mark.parametrize("dialect", SAME)
def test_dialects_say_the_same(tmp_path: Path, dialect: str) -> None:
    path = write(tmp_path, SAME[dialect](PLAIN))
    assert optimum(path) == best_of_shop()
    reading = check_reading(path)
    assert reading.ok, str(reading)


def test_it_is_solved_in_its_own_sense_whatever_its_name(tmp_path: Path) -> None:
    found = qopt.solve(write(tmp_path, PLAIN, "shop.txt"), solver="exact")
    assert (found.sense, found.objective) == ("max", best_of_shop())


def quadratic(section: str) -> str:
    head = "NAME q\nROWS\n N o\n L c\nCOLUMNS\n M 'MARKER' 'INTORG'\n x o 1 c 1\n y o -2 c 1\n"
    head += " M 'MARKER' 'INTEND'\nRHS\n R c 5\nBOUNDS\n UP B x 4\n UP B y 4\n"
    return head + section + "ENDATA\n"


QUADRATIC = {
    "QUADOBJ has one triangle": (
        "QUADOBJ\n x x 2\n x y -3\n",
        min(x - 2 * y + x * x - 3 * x * y for x in range(5) for y in range(5) if x + y <= 5),
    ),
    "QMATRIX has both": (
        "QMATRIX\n x x 2\n x y -3\n y x -3\n",
        min(x - 2 * y + x * x - 3 * x * y for x in range(5) for y in range(5) if x + y <= 5),
    ),
    "QSECTION is that of the objective": (
        "QSECTION o\n x x 2\n x y -3\n",
        min(x - 2 * y + x * x - 3 * x * y for x in range(5) for y in range(5) if x + y <= 5),
    ),
    "QCMATRIX is not halved": (
        "QCMATRIX c\n x x 2\n x y 1\n y x 1\n",
        min(x - 2 * y for x in range(5) for y in range(5) if x + y + 2 * x * x + 2 * x * y <= 5),
    ),
    "SOS of type 1": (
        "SOS\n S1 SOS only 1\n    SOS x 1\n    SOS y 2\n",
        min(x - 2 * y for x in range(5) for y in range(5) if x + y <= 5 and not (x and y)),
    ),
}


@pytest.mark.parametrize("name", QUADRATIC)
def test_products_and_sets(tmp_path: Path, name: str) -> None:
    section, best = QUADRATIC[name]
    path = write(tmp_path, quadratic(section))
    assert optimum(path) == best
    assert check_reading(path).ok


def test_an_indicator_holds_where_its_column_says(tmp_path: Path) -> None:
    text = quadratic("INDICATORS\n IF c b 1\n")
    text = text.replace(" M 'MARKER' 'INTEND'", " b o 3\n M 'MARKER' 'INTEND'").replace(
        "c 5", "c -1"
    )
    path = write(tmp_path, text)
    assert optimum(path) == -8.0  # b is 0, and x + y need not be at most -1
    assert check_reading(path).ok


def test_what_was_chosen_is_said(tmp_path: Path) -> None:
    text = PLAIN.replace(" BV BOUND     lamp\n", "").replace(" N  profit", " N  profit\n N  cost")
    notes = " | ".join(Model.of(write(tmp_path, text.replace("ENDATA\n", ""))).notes)
    assert "whole and without bounds, so 0 or 1: lamp" in notes
    assert "the right-hand side of the objective, -4, was taken from it" in notes
    assert "rows of type N beside the objective were dropped: ['cost']" in notes
    assert "no ENDATA at the end" in notes


@pytest.mark.parametrize(("count", "said"), [(3, "x0, x1, x2"), (5, "x0, x1, x2 and 2 more")])
def test_many_that_are_0_or_1_by_default_are_counted(tmp_path: Path, count: int, said: str) -> None:
    columns = "".join(f" x{k} o 1 c 1\n" for k in range(count))
    text = f"ROWS\n N o\n L c\nCOLUMNS\n M 'MARKER' 'INTORG'\n{columns} M 'MARKER' 'INTEND'\n"
    notes = Model.of(write(tmp_path, f"{text}RHS\n R c 2\nENDATA\n")).notes
    assert f"whole and without bounds, so 0 or 1: {said}" in notes


REFUSED = {
    "an unknown section": (PLAIN.replace("RANGES", "RANGE"), r":21: section 'RANGE' is not read"),
    "an unknown type of row": (
        PLAIN.replace(" L  wood", " K  wood"),
        r":7: 'K' is no type of a row",
    ),
    "an unknown row": (
        PLAIN.replace("tables    space", "tables    spice"),
        r":13: no row is called 'spice'",
    ),
    "an unknown column": (
        PLAIN.replace("LO BOUND     chairs", "LO BOUND     chair"),
        r":25: no column is called 'chair'",
    ),
    "an unknown bound": (PLAIN.replace(" LO B", " LX B"), r":25: 'LX' is no type of a bound"),
    "a row twice": (PLAIN.replace(" G  space", " G  wood"), r":8: two rows are called 'wood'"),
    "a column twice": (
        PLAIN.replace("    lamp ", "    tables "),
        r":16: column 'tables' is in two places",
    ),
    "an entry twice": (
        PLAIN.replace("tables    space", "tables    wood"),
        r":13: column 'tables' is twice in row 'wood'",
    ),
    "no number": (
        PLAIN.replace("wood               7.0", "wood               seven"),
        r":19: 'seven' is not a number",
    ),
    "two sets of bounds": (PLAIN.replace(" BV BOUND", " BV OTHER"), r":27: BOUNDS has two sets"),
    "a section twice": (PLAIN.replace("RANGES", "RHS"), r":21: a second section RHS"),
    "an unknown sense": (PLAIN.replace("    MAX", "    BEST"), r":4: OBJSENSE is MIN or MAX"),
    "an unknown marker": (
        PLAIN.replace("'INTORG'", "'SOSORG'"),
        r":11: marker \"'SOSORG'\" is not read",
    ),
    "entries in no section": (PLAIN.replace("ROWS\n", ""), r":\d+: .*"),
    "an upper bound below 0": (
        PLAIN.replace("tables             3.0\n LO", "tables            -3.0\n LO"),
        r":24: 'tables' has an upper bound below 0",
    ),
    "bounds that cross": (
        PLAIN.replace("chairs             4.0", "chairs             0.0"),
        r":26: variable 'chairs' has no whole number between its bounds 1 and 0",
    ),
    "text behind the end": (PLAIN + " more", r":29: nothing follows ENDATA"),
    "cut short": (PLAIN[: PLAIN.index("COLUMNS")], "no columns in it"),
    "semi-continuous": (
        PLAIN.replace("UP BOUND     chairs", "SC BOUND     chairs").replace(
            "LO BOUND     chairs             1.0", "LO BOUND     chairs             2.0"
        ),
        r":26: 'chairs' is 0 or at least 2",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    text, complaint = REFUSED[name]
    require_refused_in_one_line(write(tmp_path, text), complaint)
