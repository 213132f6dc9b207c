from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import MultiKnapsack
from qopt import FileError, InputWarning

from .....fuzz import examples
from .....mangle import mangled, plain_rows, refused_or

SINGLE = "3 2 15\n10 7\n5\n2.5 3 1\n1 1 1\n4 2\n"
SEVERAL = "2\n\n2 1 3\n3 2\n2 2\n3\n\n3 1 0\n4 1 1\n2 2\n1\n2\n"
TURNED = "2 3\n10 7\n5\n4 2\n2.5 3 1\n1 1 1\n15\n"
NAMED = f"""\
Problems of some people: 2 28 // resources, items
Problem sizes vary.
+++++++++++++++++++++++++
problem ANN1.DAT
+++++++++++++++++++++++++
1 2
3 2
3
2 2
3
+++++++++++++++++++++++++
problem BEN2.DAT
+++++++++++++++++++++++++
{TURNED}
"""
TEXTS = {"single": SINGLE, "several": SEVERAL, "turned": TURNED, "named": NAMED}


def _plainly(content: bytes, chosen: int) -> tuple[Any, ...]:
    """Name, optimum, profits, needs and capacities of the problem chosen, or of the only one."""
    rows = plain_rows(content, "#", "//", "%")
    whole = plain_rows(content)
    heads = [k for k, row in enumerate(whole) if len(row) == 2 and row[0].lower() == "problem"]
    if heads:
        head = heads[chosen - 1]
        lines = whole[head + 1 : [*heads, len(whole)][chosen]]
        text = "\n".join(" ".join(row) for row in lines if not set("".join(row)) <= set("-+=*"))
        rows = plain_rows(text.encode(), "#", "//", "%")
        return (whole[head][1], *_turned(rows))
    if len(rows[0]) == 2:
        return ("file", *_turned(rows))
    words = [word for row in rows for word in row]
    if len(rows[0]) > 1:
        return ("file", *_straight(words))
    count, words = float(words[0]), words[1:]
    for k in range(int(count)):
        items, resources = (int(float(word)) for word in words[:2])
        size = 3 + items + (items + 1) * resources
        found, words = words[:size], words[size:]
        if k + 1 == chosen:
            second = (f"file-{chosen}", *_straight(found))
    assert not words
    return second


def _straight(words: list[str]) -> tuple[Any, ...]:
    n, m, best, *rest = map(float, words)
    n, m = int(n), int(m)
    assert len(rest) == n + n * m + m
    table = [rest[n * r : n * (r + 1)] for r in range(1, m + 1)]
    return best if best > 0 else None, rest[:n], table, rest[n + n * m :]


def _turned(rows: list[list[str]]) -> tuple[Any, ...]:
    m, n, *words = (float(word) for row in rows for word in row)
    m, n = int(m), int(n)
    needs = words[n + m : n + m + n * m]
    assert len(words) == n + m + n * m + 1
    table = [needs[n * r : n * (r + 1)] for r in range(m)]
    return words[-1] if words[-1] > 0 else None, words[:n], table, words[n : n + m]


@pytest.mark.parametrize("kind", TEXTS)
@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    kind: str, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TEXTS[kind]))
    path = tmp_path_factory.getbasetemp() / "file.txt"
    path.write_bytes(content)
    chosen = 2 if kind in ("several", "named") else 1
    problem = refused_or(lambda path: MultiKnapsack.read(path, problem=chosen), path)
    if problem is not None:
        tables = (table.tolist() for table in (problem.profit, problem.need, problem.capacity))
        assert (problem.name, problem.best_known, *tables) == _plainly(content, chosen)


def _read(tmp_path: Path, text: str, **options: Any) -> Any:
    (tmp_path / "sack.txt").write_text(text)
    return MultiKnapsack.read(tmp_path / "sack.txt", **options)


def test_capacities_before_the_needs_are_told_by_a_first_line_of_two_numbers(
    tmp_path: Path,
) -> None:
    straight, turned = _read(tmp_path, SINGLE), _read(tmp_path, TURNED)
    for field in ("profit", "need", "capacity"):
        assert getattr(straight, field).tolist() == getattr(turned, field).tolist()
    assert straight.best_known == turned.best_known == 15


def test_named_problems_are_chosen_by_name_or_number(tmp_path: Path) -> None:
    for problem in (2, "BEN2.DAT"):
        found = _read(tmp_path, NAMED, problem=problem)
        assert (found.name, found.best_known, found.profit.tolist()) == ("BEN2.DAT", 15, [10, 7, 5])
    assert _read(tmp_path, NAMED).notes == (
        "problem 1 of the 2 in the file, ANN1.DAT; problem= chooses another",
    )
    with pytest.raises(FileError, match=r"the file holds problems 1 to 2, ANN1.DAT to BEN2.DAT"):
        _read(tmp_path, NAMED, problem=3)


def test_no_optimum_is_0_or_less_and_the_latter_is_said(tmp_path: Path) -> None:
    assert _read(tmp_path, SEVERAL, problem=2).best_known is None
    unknown = _read(tmp_path, SINGLE.replace("15", "-1"))
    assert unknown.best_known is None
    assert unknown.notes == ("the optimum -1 of the file is taken for one not stated",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SINGLE.replace("4 2", "4 -2"),
            ":6: capacity of resource 2 is -2; give a finite number, 0",
        ),
        (
            SINGLE.replace("2.5", "2,5"),
            r":4: '2,5' is not a number .*; write decimals with a point",
        ),
        (
            SINGLE.replace("3 2", "2 3"),
            r":4: '3' follows the needs of a resource on the same line; does the file",
        ),
        (SINGLE.replace("\n", " "), r":1: '10' follows 'items resources optimum' on the same line"),
        ("3 2\n10 7 5\n2.5 3 1\n1 1 1\n4 2\n", ":1: no optimum is left for the end of the file"),
        (SEVERAL + "1\n", r":13: '1' follows the last problem"),
        (SEVERAL[:-3], ":11: the file ends within problem 2; is it cut short"),
        (TURNED.replace("\n15\n", "\nnine\n"), r":7: 'nine' is not a number \(the optimum\)"),
        ("problem A\n+++\nproblem B\n", ":1: problem A has no numbers"),
        (SINGLE.replace("3 2 15", "3.5 2 15"), ":1: 3.5 for the number of items: give a whole"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=rf"sack\.txt({said})"):
        _read(tmp_path, text)


def test_a_file_of_which_nothing_can_be_taken_is_doubted(tmp_path: Path) -> None:
    with pytest.warns(InputWarning, match="no item fits all capacities, so nothing can be taken"):
        problem = _read(tmp_path, SINGLE.replace("4 2", "4 0"))
    assert re.search("another order", problem.notes[0])
