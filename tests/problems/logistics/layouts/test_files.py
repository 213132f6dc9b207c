from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import QuadraticAssignment
from qopt import FileError

from ....fuzz import examples
from ....mangle import mangled, plain_rows, refused_or
from ... import published

# all to the first, and the first location far from all: facility 1 belongs to location 2
TEXT = "3\n\n0 4 3\n1 0 0\n2 0 0\n\n0 9 7\n9 0 1\n8 2 0\n"
STATED = "3 41\n0 4 3\n1 0 0\n2 0 0\n0 9 7\n9 0 1\n8 2 0\n"
TEXTS = {"plain": TEXT, "stated": STATED}


def _plainly(content: bytes) -> tuple[Any, ...]:
    """Best known, flow and distance."""
    rows = plain_rows(content, "#", "//", "%")
    words = [float(word) for row in rows for word in row]
    n, best = int(words[0]), None
    if len(rows[0]) == 2 and len(words) == 2 + 2 * n * n:
        best = words.pop(1)
    assert len(words) == 1 + 2 * n * n
    table = [words[1 + n * k : 1 + n * (k + 1)] for k in range(2 * n)]
    return best, table[:n], table[n:]


@pytest.mark.parametrize("kind", TEXTS)
@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    kind: str, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TEXTS[kind]))
    path = tmp_path_factory.getbasetemp() / "file.dat"
    path.write_bytes(content)
    problem = refused_or(QuadraticAssignment.read, path)
    if problem is not None:
        tables = problem.flow.tolist(), problem.distance.tolist()
        assert (problem.best_known, *tables) == _plainly(content)


def _costs(order: list[int]) -> float:
    """Of the problem above, facility i at location order[i], from 0, a term at a time."""
    words = [int(word) for word in TEXT.split()]
    flow, distance = np.array(words[1:]).reshape(2, 3, 3)
    return sum(int(flow[i, j] * distance[order[i], order[j]]) for i in range(3) for j in range(3))


def _read(tmp_path: Path, solution: str | None, name: str = "far.dat") -> Any:
    content = TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    if solution is not None:
        (tmp_path / "far.sln").write_text(solution)
    return QuadraticAssignment.read(tmp_path / name)


def test_no_solution_beside_a_file_says_nothing(tmp_path: Path) -> None:
    problem = _read(tmp_path, None)
    assert (problem.best_known, problem.notes, problem.name) == (None, (), "far")


@pytest.mark.parametrize(
    "form", ["3 {0}\n2 3 1\n", "3 , {0} OPT\n2,3,1", "  3\n{0}.\n\n2 3\n1\n\n"]
)
@pytest.mark.parametrize("name", ["far.dat", "far.dat.gz"])
def test_the_solution_beside_a_file_is_its_best_known(form: str, name: str, tmp_path: Path) -> None:
    cost = _costs([1, 2, 0])
    problem = _read(tmp_path, form.format(int(cost)), name)
    assert (problem.best_known, problem.name) == (cost, "far")
    assert problem.notes == (f"best known {cost:g}: the permutation of far.sln, as it stands",)


def test_a_permutation_may_be_inverse(tmp_path: Path) -> None:
    """2 3 1 is the inverse of 3 1 2, which costs something else."""
    direct, inverse = _costs([1, 2, 0]), _costs([2, 0, 1])
    assert direct != inverse
    problem = _read(tmp_path, f"3 {int(inverse)}\n2 3 1")
    assert problem.best_known == inverse
    assert problem.notes == (
        f"best known {inverse:g}: the permutation of far.sln, taken inversely",
    )


def test_what_the_permutation_costs_counts_and_not_what_is_stated(tmp_path: Path) -> None:
    problem = _read(tmp_path, "3 1\n2 3 1")
    assert problem.best_known == min(_costs([1, 2, 0]), _costs([2, 0, 1]))
    assert problem.notes[0].endswith(", which states 1")
    assert _read(tmp_path, "3\n2 3 1").best_known == problem.best_known  # states none
    assert _read(tmp_path, "3 1\n1 2 0").best_known == problem.best_known  # counts from 0


@pytest.mark.parametrize(
    "solution",
    ["", "4 41\n1 2 3 4", "3 41\n1 2 2", "3 41\n2 3 4", "3 41 7\n1 2 3", "none", "3 41\n1 2"],
)
def test_what_is_no_solution_is_passed_over_with_a_note(solution: str, tmp_path: Path) -> None:
    problem = _read(tmp_path, solution)
    assert problem.best_known is None
    assert problem.notes[0].startswith("no best known value from beside the file: ")
    assert "far.sln" in problem.notes[0]


def test_a_value_on_the_first_line_is_the_best_known(tmp_path: Path) -> None:
    (tmp_path / "tai3a.dat").write_text(STATED)
    problem = QuadraticAssignment.read(tmp_path / "tai3a.dat")
    assert (problem.best_known, problem.flow.tolist()[0]) == (41, [0, 4, 3])
    assert "first line" in problem.notes[0]


def test_numbers_of_a_spreadsheet_are_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "far.dat"
    path.write_text(TEXT.replace("4", "1,400"))
    with pytest.raises(FileError, match=r"far\.dat:3: '1,400' is not a number .* without commas"):
        QuadraticAssignment.read(path)


@published.instances("qap", "solution")
def test_published_solutions_are_the_best_known(entry: dict[str, Any]) -> None:
    problem = QuadraticAssignment.read(published.FOLDER / entry["path"])
    assert problem.best_known == entry["best_known"]
    assert problem.notes[0].startswith(f"best known {entry['best_known']}: the permutation of ")
