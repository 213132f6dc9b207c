"""The tool itself: what is changed, what is left alone, and what a survivor and a killed mutant
are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray", reason="`make mutants` installs it")

from . import planting, trial
from .__main__ import sample
from .equivalents import Equivalents
from .planting import Mutant, changes_what_runs, mutants_of, statement_lines
from .rooms import configuration

CODE = '''"""One and 1."""

from typing import overload


def larger(a: int | None, b: int, *, least: int = 0) -> int | bool:
    """The larger one: 2 > 1."""
    if (a or 0) > b:
        return (
            max(a,
                least)
        )
    return b
'''
TEST = """from larger import larger


def test_larger():
    assert larger(3, 2) == 3
    assert larger(2, 3) == 3
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root, copy = tmp_path / "root", tmp_path / "copy"
    for folder in (root, copy):
        folder.mkdir()
        (folder / "larger.py").write_text(CODE)
        (folder / "test_larger.py").write_text(TEST)
    for room in (planting, trial):
        monkeypatch.setattr(room, "ROOT", root)
    return copy


def planted(*operators: str) -> list[tuple[str, str]]:
    return [
        one.shown() for one in mutants_of("room", "larger.py", operators) if changes_what_runs(one)
    ]


def test_what_runs_is_changed_and_what_is_only_read_is_not(tree: Path) -> None:
    assert planted("ReplaceComparisonOperator_Gt_GtE") == [
        ("if (a or 0) > b:", "if (a or 0) >= b:")
    ]
    assert planted("ReplaceBinaryOperator_BitOr_BitAnd", "ReplaceBinaryOperator_Mul_Div") == []
    numbers = planted("NumberReplacer")
    assert [now for _, now in numbers if now.startswith("if")] == [
        "if (a or 1) > b:",
        "if (a or -1) > b:",
    ]
    assert len(numbers) == 4


def test_each_exception_is_replaced_with_the_module_before_it(tree: Path) -> None:
    code = ["try:", "    pass", "except (OSError, zlib.error) as error:", "    pass"]
    code += ["except sqlite3.dbapi2.Error:", "    pass", "except (ValueError,):", "    pass"]
    (tree.parent / "root" / "larger.py").write_text("\n".join([*code, "except:", "    pass"]))
    assert [now for _, now in planted("ExceptionReplacer")] == [
        "except (CosmicRayTestingException, zlib.error) as error:",
        "except (OSError, CosmicRayTestingException) as error:",
        "except CosmicRayTestingException:",
        "except (CosmicRayTestingException,):",
    ]


def test_a_line_is_reached_by_the_tests_of_its_statement(tree: Path) -> None:
    assert statement_lines(tree / "larger.py", 10) == range(9, 13)
    assert statement_lines(tree / "larger.py", 8) == range(8, 9)


def test_a_mutant_is_killed_by_a_test_that_fails_and_the_file_is_as_before(tree: Path) -> None:
    turned = Mutant("room", "larger.py", "ReplaceComparisonOperator_Gt_Lt", 0, 8, 0, "")
    same = Mutant("room", "larger.py", "ReplaceComparisonOperator_Gt_GtE", 0, 8, 0, "")
    tests = ["test_larger.py::test_larger"]
    assert trial.judge(turned, tests, 1.0, tree).killed
    assert not trial.judge(same, tests, 1.0, tree).killed
    assert not trial.judge(turned, [], 0.0, tree).killed
    assert (tree / "larger.py").read_text() == CODE


def test_each_room_has_files_and_tests_and_equivalents_name_files_that_are_there() -> None:
    found = configuration()
    for room in found.rooms:
        assert room.files, room.name
        assert all((planting.ROOT / tests).exists() for tests in room.tests), room.name
    listed = Equivalents().listed
    assert listed
    for path, was in listed:
        text = " ".join((planting.ROOT / path).read_text().split())
        assert was in text, f"{path} has no line {was!r} any more: take it off the list"


def test_of_one_room_as_many_are_drawn_as_are_asked_for() -> None:
    found = configuration()
    rooms = [room for room in found.rooms if room.name == "workers"]
    drawn = sample(rooms, found.operators, 7, seed=1)
    assert len(drawn["workers"]) == 7
    assert sample(rooms, found.operators, 9, seed=1)["workers"][:7] == drawn["workers"]
