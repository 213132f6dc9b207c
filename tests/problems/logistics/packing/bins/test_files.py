from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import BinPacking
from qopt import FileError

from .....fuzz import examples
from .....mangle import mangled, plain_rows, refused_or

SEVERAL = "3\n u_00\n 9 3 2\n4\n5\n6\n u_01\n 7 2 0\n4\n5\n u_02\n 10 1 1\n10\n"
SINGLE = "4\n10\n7\n5\n3\n2\n"
COUNTED = "3\n10\n7 1\n5 3\n2 2\n"
TEXTS = {"several": SEVERAL, "single": SINGLE, "counted": COUNTED}


def _is_name(word: str) -> bool:
    try:
        return float(word) != float(word)
    except ValueError:
        return any(map(str.isalpha, word))


def _plainly(content: bytes, chosen: int) -> tuple[Any, ...]:
    """Name, capacity, best known, sizes and items of the problem chosen, or the only one."""
    rows = plain_rows(content, "#", "//", "%")
    words = [word for row in rows for word in row]
    if _is_name(words[1]):
        at, found = 1, []
        for _ in range(int(float(words[0]))):
            name, capacity, items, best = words[at], *map(float, words[at + 1 : at + 4])
            sizes = [float(word) for word in words[at + 4 : at + 4 + int(items)]]
            names = [str(k + 1) for k in range(len(sizes))]
            found.append((name, capacity, best or None, sizes, names))
            at += 4 + int(items)
        assert at == len(words)
        return found[chosen - 1]
    count, capacity, *rest = (float(word) for word in words)
    names = [str(k + 1) for k in range(int(count))]
    if len(rest) == 2 * count:
        kinds = list(zip(names, rest[::2], rest[1::2], strict=True))
        names = [
            f"{kind}/{k + 1}" if times > 1 else kind
            for kind, _, times in kinds
            for k in range(int(times))
        ]
        rest = [size for _, size, times in kinds for _ in range(int(times))]
    assert len(rest) == len(names)
    return ("file", capacity, None, rest, names)


@pytest.mark.parametrize("kind", TEXTS)
@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    kind: str, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TEXTS[kind]))
    path = tmp_path_factory.getbasetemp() / "file.txt"
    path.write_bytes(content)
    chosen = 2 if kind == "several" else 1
    problem = refused_or(lambda path: BinPacking.read(path, problem=chosen), path)
    if problem is not None:
        got = (problem.capacity, problem.best_known, problem.size.tolist(), list(problem.items))
        assert (problem.name, *got) == _plainly(content, chosen)


def _read(tmp_path: Path, text: str | bytes, **options: Any) -> Any:
    path = tmp_path / "some.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return BinPacking.read(path, **options)


def test_sizes_with_how_many_there_are_become_items(tmp_path: Path) -> None:
    problem = _read(tmp_path, COUNTED)
    assert problem.size.tolist() == [7, 5, 5, 5, 2, 2]
    assert problem.items == ("1", "2/1", "2/2", "2/3", "3/1", "3/2")
    assert problem.notes == (
        "the lines are read as a size and how many items have it: 6 items of 3 sizes",
    )


def test_as_many_sizes_again_on_lines_of_their_own_are_no_counts(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"some\.txt:5: '5' follows the last of 2 items"):
        _read(tmp_path, "2\n10\n7\n1\n5\n3\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2\n10\n7 1\n5 2.5\n", ":4: 2.5 for how many items have the size: give a whole number"),
        ("2\n10\n7 0\n5 2\n", ":3: 0 for how many items have the size: give a number from 1"),
        ("2\n10\n7 1\n5 999999999\n", ":4: more than 1000000 items; are these lines of size"),
        ("2\n10\n7 2\n11 2\n", r":4: item 2/1 has size 11, above the capacity 10; split it"),
        ("3\n0\n7\n5\n3\n", ":2: capacity=0.0: give a finite number above 0"),
        ("3\n10\n7\n0\n3\n", ":4: size of item 2 is 0; give more than 0, or leave the item out"),
        ("3\n10\n7\n-1\n3\n", ":4: size of item 2 is -1; give a finite number, 0 or more"),
        ("3\n1,000\n7\n5\n3\n", ":2: '1,000' is not a number .*; write thousands without commas"),
        ("10\n3\n7\n5\n3\n", ":5: 10 numbers are due for the items' sizes, and 3 are left"),
        (SEVERAL[:-4], r":12: the file ends within problem u_02; is it cut short"),
        (SEVERAL.replace("\n10\n", "\nten\n"), r":13: 'ten' is not a number \(problem u_02\)"),
        (SEVERAL + "5\n", r":14: '5' follows the last problem"),
        (SEVERAL.replace("\n6\n", "\n16\n"), r":6: item 3 has size 16, above the capacity 9"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=rf"some\.txt{said}"):
        _read(tmp_path, text)


def test_the_first_of_several_is_read_and_said_to_be(tmp_path: Path) -> None:
    assert _read(tmp_path, SEVERAL).notes == (
        "problem 1 of the 3 in the file, u_00; problem= chooses another",
    )
    assert (
        not hasattr(_read(tmp_path, SEVERAL, problem=1), "notes")
        or not _read(tmp_path, SEVERAL, problem=1).notes
    )
    assert _read(tmp_path, SEVERAL, problem="2").name == "u_01"  # as from a command line
    assert _read(tmp_path, SEVERAL, problem="u_01").best_known is None  # 0 is for one not stated


def test_packed_wide_and_commented_files_are_the_same(tmp_path: Path) -> None:
    for content in (
        gzip.compress(SINGLE.encode()),
        SINGLE.encode("utf-16"),
        ("# four boards\n" + SINGLE.replace("10\n", "10 // capacity\n")).encode(),
        SINGLE.replace("\n", "\r\n").encode("utf-8-sig"),
    ):
        assert _read(tmp_path, content).size.tolist() == [7, 5, 3, 2]
