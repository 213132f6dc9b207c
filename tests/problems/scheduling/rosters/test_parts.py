"""Which part of a roster is made anew, and what its lines are drawn by."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from problems.scheduling import Cover, Employee, Rostering, Shift
from problems.scheduling.rosters.parts import kinds as parts


def small() -> Rostering:
    shifts = (Shift("day", 480), Shift("night", 480))
    staff = tuple(Employee(name) for name in ("ann", "bob", "cid"))
    cover = tuple(Cover(day, "day", 1, 10.0, 1.0) for day in range(5))
    return Rostering(5, shifts, staff, cover)


def test_a_shift_is_worth_what_lacks_as_far_as_nobody_else_may_come() -> None:
    rules: Any = SimpleNamespace(
        needed=np.array([[2, 2, 2]]),
        under=np.array([[10.0, 10.0, np.inf]]),
        over=np.array([[3.0, 3.0, 3.0]]),
        beyond=100.0,
    )
    none, half, both = (np.array([[there] * 3]) for there in (0, 1, 2))
    share = parts.SHARE
    assert np.allclose(parts._expected(rules, none, 2), [[-10 * share, -10 * share, -100 * share]])
    assert np.allclose(parts._expected(rules, both, 2), 3.0)
    expected = 0.5 * np.array([[-10, -10, -100]]) * share + 0.5 * 3.0
    assert np.allclose(parts._expected(rules, half, 2), expected)
    assert parts.cover_price(rules, half).tolist() == [[-10, -10, -100]]
    assert parts.cover_price(rules, both).tolist() == [[3, 3, 3]]


def test_where_there_is_room_for_the_lines_of_one_there_is_a_part() -> None:
    problem = small()
    grid = problem.rules.grid(problem.greedy())
    random = np.random.default_rng(1)
    found = parts._choice(problem.rules, grid, parts.CHOOSE, random, soft=True, strict=True)
    assert found is not None
    assert parts._choice(problem.rules, grid, parts.CHOOSE - 1, random, True, True) is None
