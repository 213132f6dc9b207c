"""Whatever is given where something else is asked for.

It makes a problem that greedy can plan, or one line, and nothing else.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from problems.graphs import GraphColouring
from problems.scheduling import (
    Activity,
    Cover,
    Employee,
    Event,
    FlexibleJobShop,
    JobShop,
    ParallelMachines,
    ProjectScheduling,
    Request,
    Room,
    Rostering,
    Shift,
    Timetabling,
)
from qopt import InputWarning, QoptError


def week(**given: Any) -> Timetabling:
    """One event, one room and one period, but for what is given."""
    plain: dict[str, Any] = {"events": [Event("e")], "rooms": [Room("r", 1)], "periods": ["p"]}
    return Timetabling(**plain | given)


def roster(**given: Any) -> Rostering:
    """One day, one shift and one employee, but for what is given."""
    plain: dict[str, Any] = {"days": 1, "shifts": [Shift("s", 1)], "staff": [Employee("a")]}
    return Rostering(**plain | given)


def _frames() -> list[Any]:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    return [
        pandas.DataFrame(),
        pandas.DataFrame({"a": [1], "b": [None]}),
        pandas.DataFrame([[1, 2]], columns=["a", "a"]),
        pandas.DataFrame({"t": pandas.to_datetime(["2024-01-01"])}),
        pandas.Series([1, 2]),
        polars.DataFrame({"a": [1, 2]}),
        polars.Series([1]),
    ]


PLAIN: list[Any] = [
    None, 5, -1, 2.5, math.nan, math.inf, -math.inf, 10**400, True, np.int64(3),
    "ab", b"x", object(), lambda: 0,
    [], [[]], [None], [5], ["a"], [True], [[1, 2]], [[[1, 2]]], [[[(0, 1)]]], [["a", "b"]],
    [[math.nan]], [{}], [[{}]], (1,), {1, 2}, range(3),
    {}, {"a": 1}, {"a": None}, {"a": [1, 2]}, {1: 2}, {("a",): 1},
    np.array([]), np.array([[1, 2], [3, 4]]), np.zeros((2, 2, 2)),
    np.array(["a"]), np.array([[None, 1]], dtype=object),
]  # fmt: skip

TAKERS: dict[str, Callable[[Any], Any]] = {
    "jobs": JobShop,
    "flexible jobs": FlexibleJobShop,
    "a step": lambda x: JobShop([[x]]),  # type: ignore[arg-type]
    "a choice": lambda x: FlexibleJobShop([[[x]]]),  # type: ignore[arg-type]
    "durations": ParallelMachines,
    "a duration": lambda x: ParallelMachines([[1, 2], [3, x]]),  # type: ignore[arg-type]
    "machines": lambda x: ParallelMachines([1, 2], x),  # type: ignore[arg-type]
    "setups": lambda x: ParallelMachines([[1, 2], [3, 4]], setups=x),  # type: ignore[arg-type]
    "job names": lambda x: ParallelMachines([[1, 2], [3, 4]], jobs=x),  # type: ignore[arg-type]
    "activities": lambda x: ProjectScheduling(x, {}),
    "capacity": lambda x: ProjectScheduling((Activity("a", 1, {"r": 1}),), x),
    "one capacity": lambda x: ProjectScheduling((Activity("a", 1),), {"r": x}, x, x),
    "an activity's name": lambda x: ProjectScheduling((Activity(x, 1),), {}),
    "an activity's length": lambda x: ProjectScheduling((Activity("a", x),), {}),
    "needs": lambda x: ProjectScheduling((Activity("a", 1, x),), {"r": 1}),
    "a need": lambda x: ProjectScheduling((Activity("a", 1, {"r": x}),), {"r": 1}),
    "after": lambda x: ProjectScheduling((Activity("a", 1, {}, x),), {}),
    "edges": GraphColouring,
    "nodes": lambda x: GraphColouring((), x),
    "colours": lambda x: GraphColouring((("a", "b"),), colours=x),
    "a graph": GraphColouring.from_graph,
    "events": lambda x: week(events=x),
    "rooms": lambda x: week(rooms=x),
    "periods": lambda x: week(periods=x),
    "days": lambda x: week(days=x),
    "absences": lambda x: week(absences=x),
    "spread": lambda x: week(spread=x),
    "an event": lambda x: week(events=[Event(x)]),
    "who": lambda x: week(events=[Event("e", x)]),
    "seats": lambda x: week(events=[Event("e", (), x)]),
    "course": lambda x: week(events=[Event("e", course=x)]),
    "unavailable": lambda x: week(events=[Event("e", unavailable=x)]),
    "an event's rooms": lambda x: week(events=[Event("e", rooms=x)]),
    "preferences": lambda x: week(events=[Event("e", preferences=x)]),
    "a preference": lambda x: week(events=[Event("e", preferences={"p": x})]),
    "a room": lambda x: week(rooms=[Room(x, 1)]),
    "a room's seats": lambda x: week(rooms=[Room("r", x)]),
    "a room's periods": lambda x: week(rooms=[Room("r", 1, x)]),
    "days of a roster": lambda x: roster(days=x),
    "shifts": lambda x: roster(shifts=x),
    "staff": lambda x: roster(staff=x),
    "cover": lambda x: roster(cover=x),
    "requests": lambda x: roster(requests=x),
    "formulation": lambda x: roster(formulation=x),
    "a shift": lambda x: roster(shifts=[Shift(x, 1)]),
    "minutes": lambda x: roster(shifts=[Shift("s", x)]),
    "not_before": lambda x: roster(shifts=[Shift("s", 1, x)]),
    "an employee": lambda x: roster(staff=[Employee(x)]),
    "max_shifts": lambda x: roster(staff=[Employee("a", x)]),
    "min_minutes": lambda x: roster(staff=[Employee("a", min_minutes=x)]),
    "max_consecutive": lambda x: roster(staff=[Employee("a", max_consecutive=x)]),
    "days_off": lambda x: roster(staff=[Employee("a", days_off=x)]),
    "a cover's day": lambda x: roster(cover=[Cover(x, "s", 1)]),
    "a cover's shift": lambda x: roster(cover=[Cover(0, x, 1)]),
    "needed": lambda x: roster(cover=[Cover(0, "s", x, 1.0)]),
    "under": lambda x: roster(cover=[Cover(0, "s", 1, x)]),
    "who asks": lambda x: roster(requests=[Request(x, 0, "s")]),
    "when": lambda x: roster(requests=[Request("a", x, "s")]),
    "weight": lambda x: roster(requests=[Request("a", 0, "s", x)]),
}


def _refusal(take: Callable[[Any], Any], value: Any) -> str:
    """What is said of a value; "" where greedy can plan what it makes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            take(value).greedy()
    except QoptError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("taker", TAKERS)
def test_anything_makes_a_problem_or_a_line(taker: str) -> None:
    for value in [*PLAIN, *_frames()]:
        assert len(_refusal(TAKERS[taker], value).splitlines()) <= 1
