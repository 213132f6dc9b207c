"""LP files in the dialects that people have say the same model; others are refused by place."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qopt
from qopt import FileError, QoptError
from qopt.assignment import Model

from .refused import require_refused_in_one_line
from .written import optimum

PLAIN = """\\ a shop
Maximize
 profit: 3 tables + 2 chairs - lamp + 4
Subject To
 wood: 2 tables + chairs <= 7
 space: tables + chairs - 2 lamp >= 1
Bounds
 tables <= 3
 1 <= chairs <= 4
General
 tables chairs
Binary
 lamp
End
"""


def write(tmp_path: Path, text: str, name: str = "shop.lp") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def best_of_shop() -> float:
    return max(
        3 * t + 2 * c - lamp + 4
        for t in range(4)
        for c in range(1, 5)
        for lamp in range(2)
        if 2 * t + c <= 7 and t + c - 2 * lamp >= 1
    )


def replaced(*words: str) -> Callable[[str], str]:
    """A text with the first of each pair of words replaced by the second."""

    def change(text: str) -> str:
        for old, new in zip(words[::2], words[1::2], strict=True):
            text = text.replace(old, new)
        return text

    return change


SAME: dict[str, Any] = {
    "as it is": lambda text: text,
    "headings in capitals": replaced("Maximize", "MAXIMIZE", "Bounds", "BOUNDS"),
    "british": replaced("Maximize", "maximise"),
    "maximum": replaced("Maximize", "maximum"),
    "heading with a colon": replaced("Maximize", "Maximize:"),
    "max": replaced("Maximize", "max"),
    "such that": replaced("Subject To", "such that"),
    "st": replaced("Subject To", "st"),
    "s.t.": replaced("Subject To", "S.T."),
    "subject to:": replaced("Subject To", "subject  to:"),
    "integers": replaced("General", "Integers", "Binary", "binaries"),
    "gen, bin and bound": replaced("General", "GEN", "Binary", "bin", "Bounds", "bound"),
    "lists beside their headings": replaced("General\n", "General", "Binary\n", "Binary"),
    "no end": replaced("End\n", ""),
    "nothing after the end": lambda text: text + "\n\n\\ written by hand\n",
    "carriage returns": replaced("\n", "\r\n"),
    "old Macs": replaced("\n", "\r"),
    "a mark": lambda text: "\ufeff" + text,
    "tabs": replaced(" ", "\t"),
    "comments": replaced("\n", " \\ : <= End x\n"),
    "blank lines": replaced("\n", "\n\n"),
    "=<": replaced("<=", "=<", ">=", "=>"),
    "<": replaced("<=", "<", ">=", ">"),
    "no spaces": replaced(" + ", "+", " - ", "-", " <= ", "<=", "2 tables", "2tables"),
    "labels alone": replaced("wood: ", "wood:\n  "),
    "rows over lines": replaced(" + chairs", "\n   + chairs", " - lamp", " -\n lamp"),
    "the number on the next line": replaced("<= 7", "<=\n 7"),
    "the number first": replaced("wood: 2 tables + chairs <= 7", "wood: 7 >= 2 tables + chairs"),
    "sums on both sides": replaced("+ chairs <= 7", "<= 7 - chairs"),
    "constants on both sides": replaced("+ chairs <= 7", "+ chairs - 3 <= 4"),
    "terms twice": replaced("3 tables", "tables + 2 tables"),
    "signs": replaced("- lamp", "+ - lamp", "3 tables", "- - 3 tables"),
    "stars": replaced("3 tables", "3 * tables", "2 tables", "2*tables"),
    "exponents": replaced("3 tables", "0.3e1 tables", "2 tables", "20E-1 tables"),
    "points": replaced("3 tables", "3. tables", "2 tables", "2.0 tables"),
    "a range": replaced("2 tables + chairs <= 7", "-5 <= 2 tables + chairs <= 7"),
    "a range the other way": replaced("2 tables + chairs <= 7", "7 >= 2 tables + chairs >= -5"),
    "a range without an end": replaced("2 tables + chairs <= 7", "-inf <= 2 tables + chairs <= 7"),
    "bounds on one line": replaced("tables <= 3\n 1", "tables <= 3 1"),
    "bounds apart": replaced("1 <= chairs <= 4", "chairs >= 1\n chairs <= 4"),
    "bounds of binaries": replaced("Bounds", "Bounds\n 0 <= lamp <= 1"),
    "bounds with infinity": replaced(
        "Bounds", "Bounds\n -Infinity <= tables <= +inf\n tables >= 0"
    ),
    "free and then not": replaced("Bounds", "Bounds\n tables free\n tables >= 0"),
    "binary as whole": replaced("Bounds", "Bounds\n lamp <= 1", "\nBinary", ""),
    "binary and whole": replaced(" tables chairs\n", " tables chairs lamp\n"),
    "names with brackets": replaced("tables", "x[1,2]", "chairs", "x[a]"),
    "names with parentheses": replaced("tables", "x(1,2)", "chairs", "#3"),
    "names like exponents": replaced("tables", "e1", "chairs", "E"),
    "names of other scripts": replaced("tables", "täfeln", "chairs", "椅子"),
    "lazy constraints": replaced(" space", "Lazy Constraints\n space"),
    "user cuts": replaced("Bounds", "User Cuts\n cut: tables <= 3\nBounds"),
    "no labels": replaced("profit: ", "", "wood: ", "", "space: ", ""),
    "labels like numbers": replaced("wood:", "1:", "space:", "2-b:"),
    "a label before its heading": replaced("Maximize\n", "Maximize "),
    "rows on one line": replaced("<= 7\n", "<= 7 "),
    "lists over lines": replaced("tables chairs\nB", "tables\n\n   chairs\nB"),
    "bounds before rows": replaced("Subject To", "Bounds\n lamp <= 1\nSubject To"),
    "a constant that is fixed": replaced("+ 4", "+ 4 one", "Bounds", "Bounds\n one = 1"),
    "a constant that a row fixes": replaced("+ 4", "+ 4 one", "Bounds", " k: one = 1\nBounds"),
    "a free row": replaced("Bounds", " any: tables + chairs >= -inf\nBounds"),
    "semi-continuous with 0 within": replaced("End", "Semi-Continuous\n tables\nEnd"),
}


@pytest.mark.parametrize("dialect", SAME)
def test_dialects_say_the_same(tmp_path: Path, dialect: str) -> None:
    path = write(tmp_path, SAME[dialect](PLAIN))
    assert optimum_with_reals(path) == best_of_shop()


def optimum_with_reals(path: Path) -> float:
    """By trying everything, also where a constant is among the variables."""
    found = optimum(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "pack"),
    [("shop.lp.xz", lzma.compress), ("shop.LP.gz", gzip.compress), ("shop.txt", bytes)],
)
def test_packed_files_and_other_names(tmp_path: Path, name: str, pack: Any) -> None:
    path = tmp_path / name
    path.write_bytes(pack(PLAIN.encode()))
    found = qopt.solve(path, solver="exact")
    assert (found.instance, found.objective) == ("shop", best_of_shop())


def test_a_maximised_objective_has_its_own_sign_everywhere(tmp_path: Path) -> None:
    path = write(tmp_path, PLAIN)
    found = qopt.solve(path, solver="exact", seed=1)
    assert (found.sense, found.objective) == ("max", best_of_shop())
    assert f"objective {best_of_shop():g}" in str(found)
    found.save(tmp_path / "saved.json")
    again = qopt.Result.load(tmp_path / "saved.json")
    assert (again.sense, again.objective) == ("max", best_of_shop())


@pytest.mark.parametrize("solver", ["cp-sat", "scip"])
def test_bounds_of_classical_solvers_have_it_too(tmp_path: Path, solver: str) -> None:
    pytest.importorskip({"cp-sat": "ortools", "scip": "pyscipopt"}[solver])
    found = qopt.solve(write(tmp_path, PLAIN), solver=solver, time_limit=10, seed=1)
    assert found.objective == pytest.approx(best_of_shop())
    assert found.bound == pytest.approx(best_of_shop())


MODELS = {
    "products of the objective are halved": (
        "min\n o: x + [ 2 x^2 - 6 x * y + 4 y ^ 2 ] / 2\nst\n c: x + y >= 2\n"
        "bounds\n x <= 3\n y <= 3\ngen\n x y\nend\n",
        min(x + x * x - 3 * x * y + 2 * y * y for x in range(4) for y in range(4) if x + y >= 2),
    ),
    "those of rows are not": (
        "max\n x + y\nst\n q: x + [ x^2 + 2 x * y ] <= 9\n"
        "bounds\n x <= 3\n y <= 5\ngen\n x y\nend\n",
        max(x + y for x in range(4) for y in range(6) if x + x * x + 2 * x * y <= 9),
    ),
    "brackets with a minus": (
        "min\n - [ 2 x * y ]/2 + x\nst\n c: x + y <= 4\nbounds\n x <= 4\n y <= 4\ngen\n x y\nend\n",
        min(x - x * y for x in range(5) for y in range(5) if x + y <= 4),
    ),
    "an indicator": (
        "max\n x + 3 b\nst\n i: b = 1 -> x <= 2\nbounds\n x <= 9\ngen\n x\nbin\n b\nend\n",
        9.0,
    ),
    "an indicator of 0": (
        "min\n x + 3 b\nst\n i: b = 0 -> x >= 2\nbounds\n x <= 9\ngen\n x\nbin\n b\nend\n",
        2.0,
    ),
    "an indicator of an equality": (
        "max\n x + y - 9 b\nst\n i: b = 0 -> x + y = 4\n j: x - y >= 1\n"
        "bounds\n x <= 9\n y <= 9\ngen\n x y\nbin\n b\nend\n",
        9.0 + 8 - 9,
    ),
    "a set of type 1 of binaries": (
        "max\n x + 2 y + 3 z\nst\n c: x + y + z <= 3\n"
        "bin\n x y z\nsos\n s: S1:: x:1 y:2 z:3\nend\n",
        3.0,
    ),
    "a set of type 2": (
        "max\n 5 x + 2 y + 4 z\nst\n c: x + y + z <= 9\nbounds\n x <= 2\n y <= 2\n z <= 2\n"
        "gen\n x y z\nsos2\n s: x:1 y:2 z:3\nend\n",
        14.0,
    ),
    "a set of type 1 of numbers, in the order of its weights": (
        "max\n 5 x + 2 y + 4 z\nst\n c: x + y + z <= 9\nbounds\n x <= 2\n y <= 2\n z <= 3\n"
        "gen\n x y z\nsos\n S1 :: x : 3 y : 1 z : 2\nend\n",
        12.0,
    ),
    "no bounds of their own, and rows that give them": (
        "max\n x + 2 y\nst\n c: 2 x + 3 y <= 12\ngen\n x y\nend\n",
        8.0,
    ),
    "no bounds at all, and an optimum that needs none": (
        "min\n z\nst\n a: z - x >= 2\n b: z + x >= 9\nbounds\n x <= 5\ngen\n x z\nend\n",
        6.0,
    ),
    "no rows": ("max\n x - y\nst\nbounds\n x <= 4\n y <= 4\ngen\n x y\nend\n", 4.0),
    "no objective": ("min\n obj:\nst\n c: x + y >= 1\nbin\n x y\nend\n", 0.0),
    "a constant alone": ("min\n 5\nst\n c: x + y >= 1\nbin\n x y\nend\n", 5.0),
    "a row that cannot be kept": ("min\n x\nst\n c: x >= 2\nbin\n x\nend\n", None),
    "rows that bound from the wrong side": ("min\n x\nst\n c: x <= -2\ngen\n x\nend\n", None),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_have_the_optimum_that_arithmetic_gives(tmp_path: Path, name: str) -> None:
    text, best = MODELS[name]
    assert optimum(write(tmp_path, text)) == best


def test_what_was_chosen_is_said(tmp_path: Path) -> None:
    text = (
        "max\n x + 3 b\nst\n i: b = 1 -> x <= 2\n c: 2 x <= 9\n"
        "bounds\n b <= 7\ngen\n x b\nbin\n b\nend\n"
    )
    notes = " | ".join(Model.of(write(tmp_path, text)).notes)
    assert "row 'i' holds where b = 1: elsewhere it may be off by 2" in notes
    assert "from their rows follow 0 <= x <= 4" in notes
    assert "binary, whatever their bounds: b" in notes
    assert "listed as binary and as integer, taken as binary: b" in notes
    found = qopt.solve(write(tmp_path, text), solver="exact")
    assert found.provenance["input"]["notes"] == list(Model.of(write(tmp_path, text)).notes)


@pytest.mark.parametrize(("count", "said"), [(3, "b0, b1, b2"), (5, "b0, b1, b2 and 2 more")])
def test_many_names_in_a_note_are_counted(tmp_path: Path, count: int, said: str) -> None:
    names = [f"b{k}" for k in range(count)]
    bounds = "\n".join(f" 0 <= {name} <= 2" for name in names)
    total, listed = " + ".join(names), " ".join(names)
    text = f"max\n o: {total}\nst\n c: {total} <= 2\nbounds\n{bounds}\nbinary\n {listed}\nend\n"
    notes = Model.of(write(tmp_path, text)).notes
    assert f"binary, whatever their bounds: {said}" in notes


def test_rows_without_labels_are_called_by_their_number(tmp_path: Path) -> None:
    text = "min\n x\nst\n x + y >= 1\n c1: x <= 1\n 0 <= x + y <= 2\nbin\n x y\nend\n"
    labels = list(Model.of(write(tmp_path, text)).model().constraints)
    assert labels == ["c1 (line 4)", "c1", "c3 (at least)", "c3 (at most)"]


REFUSED = {
    "an unknown heading": (
        "Maximization\n x\nst\n c: x <= 1\n",
        r":1:1: 'Maximization' is not expected here; an LP file begins",
    ),
    "a heading misspelt": (
        PLAIN.replace("Subject To", "Subjct To"),
        r":4:8: 'To' is not expected here",
    ),
    "bounds misspelt": (
        PLAIN.replace("Bounds", "Boundz"),
        r":8:2: 'tables' is not expected here; \+ or -",
    ),
    "a list misspelt": (
        PLAIN.replace("Binary", "Binry"),
        r":12: 'Binry' is listed, and is in no row, bound or objective",
    ),
    "a list misspelt in Bounds": (
        PLAIN.replace("General", "Generl"),
        r":10:1: 'Generl' is not expected here; a bound is",
    ),
    "a heading that does not begin a line": (
        PLAIN.replace("<= 4\nGeneral", "<= 4 General"),
        r":9:19: 'General' is not expected",
    ),
    "a heading glued to a number": (
        PLAIN.replace(">= 1\nBounds", ">= 1Bounds"),
        r"'Bounds' is a heading",
    ),
    "a heading with a colon": (
        PLAIN.replace("Bounds", "Bounds:"),
        r":7:1: 'Bounds:' reads as a label",
    ),
    "two objectives": (PLAIN.replace("Subject", "Minimize\n lamp\nSubject"), "a second objective"),
    "no objective": (
        PLAIN.replace("Maximize\n profit:", "st\n c: 2 <="),
        "no 'Minimize' or 'Maximize' in it",
    ),
    "two labels": (
        PLAIN.replace("space:", "wood:"),
        r":6: two rows are called 'wood'; give each its own label",
    ),
    "a second objective behind the first": (
        PLAIN.replace("+ 4\n", "+ 4\n cost: lamp\n"),
        r":4:2: 'cost' is not expected here",
    ),
    "a word without a sign": (
        PLAIN.replace("3 tables + 2", "3 tables 2"),
        r":3:19: '2' is not expected here; \+ or -",
    ),
    "two numbers": (PLAIN.replace("3 tables", "3 3 tables"), r":3:12: '3' is not expected here"),
    "a power": (PLAIN.replace("3 tables", "3 tables^2"), r":3:\d+: .* not expected here"),
    "a third power": (
        PLAIN.replace("3 tables", "[ tables^3 ] / 2"),
        r":3:12: 'tables\^3' is not expected here",
    ),
    "a product without brackets": (
        PLAIN.replace("3 tables", "tables * lamp"),
        r":3:\d+: .* not expected here",
    ),
    "an objective that is not halved": (
        PLAIN.replace("3 tables", "[ tables^2 ]"),
        r":3:\d+: in an objective '/ 2' follows",
    ),
    "a term in brackets": (
        PLAIN.replace("3 tables", "[ tables ] / 2"),
        r":3:\d+: 'tables' is not expected here; brackets hold",
    ),
    "parentheses": (
        PLAIN.replace("3 tables", "3 (tables"),
        r":3:12: '\(tables' is not expected here",
    ),
    "half in parentheses": (
        PLAIN.replace("tables + 2", "t(ables + 2"),
        r"'t\(ables' is half of something in parentheses",
    ),
    "commas in a list": (
        PLAIN.replace("tables chairs\n", "tables, chairs\n"),
        r":11: 'tables,' is not a name",
    ),
    "a semicolon": (PLAIN.replace("+ 4\n", "+ 4 lamp;\n"), r"'lamp;' is not a name"),
    "no sense": (PLAIN.replace("<= 7", "7"), r":5:26: '7' is not expected here"),
    "no right-hand side": (PLAIN.replace("<= 7", "<="), r":6:2: 'space' is not expected here"),
    "a row cut short": (
        PLAIN[: PLAIN.index("<= 7")],
        r":\d+:\d+: the section ends too early; a row is a sum",
    ),
    "three sides": (PLAIN.replace("<= 7", "<= 7 <= 9"), r":5:2: a row with two senses"),
    "a range that turns": (
        PLAIN.replace("wood: 2", "wood: 1 <= 2").replace("<= 7", ">= 7"),
        r":5:2: a row with two senses",
    ),
    "an empty range": (
        PLAIN.replace("wood: 2", "wood: 9 <= 2"),
        r":5:2: nothing lies between 9 and 7",
    ),
    "equal to infinity": (PLAIN.replace("<= 7", ">= inf"), "compares with an infinite number"),
    "too large": (PLAIN.replace("3 tables", "1e17 tables"), r":3:10: 1e17 is too large"),
    "an upper bound below 0": (
        PLAIN.replace("tables <= 3", "tables <= -3"),
        r":8: 'tables' has an upper bound below 0 and no lower",
    ),
    "bounds that cross": (
        PLAIN.replace("1 <= chairs <= 4", "5 <= chairs <= 4"),
        r":9: variable 'chairs' has no whole number between its bounds 5 and 4",
    ),
    "two bounds that do not fit": (
        PLAIN.replace("1 <= chairs <= 4", "1 <= chairs >= 4"),
        r":9:2: the two bounds of 'chairs'",
    ),
    "a bound with a coefficient": (
        PLAIN.replace("tables <= 3", "2 tables <= 3"),
        r":8:2: '2' is not expected here; a bound is",
    ),
    "general constraints": (
        PLAIN.replace("End", "General Constraints\n g: lamp = AND ( a , b )\nEnd"),
        r":14:1: 'General Constraints' is not read",
    ),
    "piecewise linear": (
        PLAIN.replace("End", "PWLObj\n tables: (0,0) (1,1)\nEnd"),
        r":14:1: 'PWLObj' is not read",
    ),
    "a set without weights": (
        PLAIN.replace("End", "SOS\n s: S1:: tables chairs\nEnd"),
        r":15:10: 'tables' is not expected here; a set is",
    ),
    "a weight twice": (
        PLAIN.replace("End", "SOS\n s: S2:: tables:1 chairs:1\nEnd"),
        r":15: set 's' has a variable or a weight twice",
    ),
    "a set below 0": (
        PLAIN.replace("tables <= 3", "-1 <= tables <= 3").replace(
            "End", "SOS\n s: S1:: tables:1 chairs:2\nEnd"
        ),
        r":15: 'tables' in set 's' may be below 0",
    ),
    "a condition of no binary": (
        PLAIN.replace("wood: ", "wood: tables = 1 -> "),
        r":5: 'tables' before '->' is no binary",
    ),
    "a condition of 2": (
        PLAIN.replace("wood: ", "wood: lamp = 2 -> "),
        r":5:2: before '->' stands one binary",
    ),
    "a condition without bounds": (
        "min\n x + b\nst\n i: b = 1 -> x <= 2\ngen\n x\nbin\n b\nend\n",
        r":4: 'x' under a condition has no bounds",
    ),
    "no bounds anywhere": (
        "max\n x\nst\n c: x - y <= 2\ngen\n x y\nend\n",
        r":6: variable 'x' has no upper bound, and no row gives it one",
    ),
    "semi-continuous": (
        PLAIN.replace("tables <= 3", "2 <= tables <= 3").replace(
            "End", "Semi-continuous\n tables\nEnd"
        ),
        r":14: 'tables' is 0 or at least 2",
    ),
    "text after the end": (
        PLAIN + "more",
        r":15:1: 'more' is not expected here; nothing follows 'End'",
    ),
    "sections after the end": (
        PLAIN + "Bounds\n lamp = 1\n",
        r":15:1: 'Bounds' is not expected here; nothing follows 'End'",
    ),
    "an exponent, or a coefficient": (
        PLAIN.replace("tables", "e2").replace("+ 4", "+ 4e2"),
        r"'4e2' is a number, or a coefficient of 'e2'",
    ),
    "a row that may go on": (
        PLAIN.replace("+ chairs <= 7\n space: tables", "<= chairs\n + tables"),
        r"does this go on with the row before",
    ),
    "lp_solve": ("max: 3x + 2y;\nc1: x + y <= 4;\nint x;\n", "lp_solve's own LP format"),
    "lp_solve with a comment": ("/* model */\nmax: 3x;\n", "lp_solve's own LP format"),
    "empty": ("\n \n", "the file is empty"),
    "only comments": ("\\ nothing\n", "the file is empty"),
    "a web page": ("<!doctype html>\n<html>", "a web page"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    text, complaint = REFUSED[name]
    require_refused_in_one_line(write(tmp_path, text), complaint)


def test_a_folder_and_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a folder"):
        Model.of(tmp_path)
    with pytest.raises(FileError, match="No such file"):
        Model.of(tmp_path / "none.lp")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("solution status: optimal\nobjective value:  17.5\nx 1\n", 17.5),
        ("# Objective value = 18\nx 1\n", 18.0),
        ('<?xml version="1.0"?>\n<header objectiveValue="18.25"/>\n', 18.25),
        ("Model status\nOptimal\n\nObjective 18\n", 18.0),
    ],
    ids=["SCIP", "Gurobi", "CPLEX", "HiGHS"],
)
def test_a_solution_beside_it_is_its_best_known(tmp_path: Path, said: str, value: float) -> None:
    path = write(tmp_path, PLAIN)
    (tmp_path / "shop.sol").write_text(said)
    found = qopt.solve(path, solver="exact")
    assert found.best_known == value
    assert any("from shop.sol" in note for note in found.provenance["input"]["notes"])


def test_a_solution_that_says_nothing_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path, PLAIN)
    (tmp_path / "shop.sol").write_text("x 1\n")
    model = Model.of(path)
    assert model.best_known is None
    assert "shop.sol beside it names no objective, and was not used" in model.notes


def test_a_long_row_is_read_in_one_go(tmp_path: Path) -> None:
    """A million letters in a row, which a careless expression would take for ever to refuse."""
    terms = " + ".join(f"{k % 7 + 1} x{k}" for k in range(60_000))
    text = f"min\n o: {terms} x\nst\n c: x1 >= 1\nbin\n x1\nend\n"
    with pytest.raises(QoptError, match=r":2:\d+: 'x' is not expected here"):
        Model.of(write(tmp_path, text))


def test_values_are_read_exactly(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    values = random.normal(size=40) * 10.0 ** random.integers(-6, 7, 40)
    terms = " ".join(f"{value:+.17g} x{k}" for k, value in enumerate(values))
    names = " ".join(f"x{k}" for k in range(40))
    text = f"min\n o: {terms}\nst\n c: {terms} <= 5\nbin\n {names}\nend\n"
    cqm = Model.of(write(tmp_path, text)).model()
    assert [cqm.objective.linear[f"x{k}"] for k in range(40)] == values.tolist()
    assert [cqm.constraints["c"].lhs.linear[f"x{k}"] for k in range(40)] == values.tolist()
