from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import GeneralizedAssignment
from qopt import FileError

from .....fuzz import examples
from .....mangle import mangled, plain_rows, refused_or

SINGLE = "2 3\n6 5\n4\n1 2 3\n3 2 2\n1 2 2\n4 3\n"
SEVERAL = f"2\n 2 2\n6 5\n1 2\n3 2\n1 2\n4 3\n {SINGLE}"
TEXTS = {"single": SINGLE, "several": SEVERAL}


def _plainly(content: bytes, chosen: int) -> tuple[Any, ...]:
    """Name, profits and loads by agent, and capacities, of the problem chosen, or the only one."""
    rows = plain_rows(content, "#", "//", "%")
    words = [word for row in rows for word in row]
    if len(rows[0]) > 1:
        return "file", *_one(words)
    count, words = int(float(words[0])), words[1:]
    found = []
    for _ in range(count):
        agents, jobs = (int(float(word)) for word in words[:2])
        size = 2 + agents * (2 * jobs + 1)
        found.append(words[:size])
        words = words[size:]
    assert not words
    return f"file-{chosen}", *_one(found[chosen - 1])


def _one(words: list[str]) -> tuple[Any, ...]:
    agents, jobs, *rest = (float(word) for word in words)
    agents, jobs = int(agents), int(jobs)
    assert len(rest) == agents * (2 * jobs + 1)
    table = [rest[jobs * k : jobs * (k + 1)] for k in range(2 * agents)]
    return table[:agents], table[agents:], rest[2 * jobs * agents :]


@pytest.mark.parametrize("costs", [None, True])
@pytest.mark.parametrize("kind", TEXTS)
@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    kind: str, costs: bool | None, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TEXTS[kind]))
    path = tmp_path_factory.getbasetemp() / "file.txt"
    path.write_bytes(content)
    chosen = 2 if kind == "several" else 1
    options: Any = {"problem": chosen, "costs": costs}
    problem = refused_or(lambda path: GeneralizedAssignment.read(path, **options), path)
    if problem is not None:
        profit = (-problem.profit if costs else problem.profit).T.tolist()
        tables = (profit, problem.load.T.tolist(), problem.capacity.tolist())
        assert (problem.name, *tables) == _plainly(content, chosen)


def _read(tmp_path: Path, text: str, **options: Any) -> Any:
    (tmp_path / "gapx.txt").write_text(text)
    return GeneralizedAssignment.read(tmp_path / "gapx.txt", **options)


def test_a_file_may_hold_one_problem_without_their_number(tmp_path: Path) -> None:
    problem = _read(tmp_path, SINGLE)
    assert (problem.name, problem.profit.tolist()) == ("gapx", [[6, 1], [5, 2], [4, 3]])
    assert _read(tmp_path, SEVERAL, problem=2).profit.tolist() == problem.profit.tolist()
    with pytest.raises(FileError, match="problem=2: the file holds one problem only; leave it out"):
        _read(tmp_path, SINGLE, problem=2)


def test_whether_figures_are_profits_or_costs_is_a_note_unless_it_is_said(tmp_path: Path) -> None:
    guessed = _read(tmp_path, SINGLE)
    assert len(guessed.notes) == 1
    assert (
        "does not say whether its figures are profits or costs: taken for profits"
        in guessed.notes[0]
    )
    assert _read(tmp_path, SINGLE, costs=False).notes == ()
    costs = _read(tmp_path, SINGLE, costs=True)
    assert (costs.profit == -guessed.profit).all()
    assert costs.notes == ("costs=True: the file's costs are profits below 0 here",)


def test_the_first_of_several_is_read_and_said_to_be(tmp_path: Path) -> None:
    notes = _read(tmp_path, SEVERAL, costs=False).notes
    assert notes == ("problem 1 of the 2 in the file, gapx-1; problem= chooses another",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SINGLE.replace("4 3\n", "4 -3\n"),
            ":7: capacity of agent 2 is -3; give a finite number, 0",
        ),
        (
            SINGLE.replace("3 2 2", "3 -2 2"),
            ":5: load of job 2, agent 1 is -2; give a finite number",
        ),
        (SINGLE.replace("4 3\n", "1 1\n"), ":5: job 2 takes more than the capacity of every agent"),
        (SINGLE.replace("4\n1", "4 1"), ":3: '1' follows an agent's profits on the same line"),
        (SINGLE + "9\n", ":8: '9' follows the last capacity"),
        (SINGLE[:-3], ":7: 2 numbers are due for the capacities, and 1 are left"),
        (
            "3 2\n6 5 4\n1 2 3\n3 2 2\n1 2 2\n4 3 9\n",
            ":2: '4' follows an agent's profits on the same",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=rf"gapx\.txt({said})"):
        _read(tmp_path, text)
