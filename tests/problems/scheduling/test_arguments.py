"""Whatever is given where something else is asked for: a problem that greedy can plan, or one line, and nothing else."""

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

EVENT, ROOM = [Event("e")], [Room("r", 1)]
SHIFT, STAFF = [Shift("s", 1)], [Employee("a")]


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
    None, 5, -1, 2.5, math.nan, math.inf, -math.inf, 10**400, True, "ab", b"x", object(), np.int64(3),
    [], [[]], [None], [5], ["a"], [True], [[1, 2]], [[[1, 2]]], [[[(0, 1)]]], [["a", "b"]], [[math.nan]], [{}], [[{}]],
    (1,), {}, {"a": 1}, {"a": None}, {"a": [1, 2]}, {1: 2}, {("a",): 1}, {1, 2}, range(3), lambda: 0,
    np.array([]), np.array([[1, 2], [3, 4]]), np.zeros((2, 2, 2)), np.array(["a"]), np.array([[None, 1]], dtype=object),
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
    "events": lambda x: Timetabling(x, ROOM, ["p"]),  # type: ignore[arg-type]
    "rooms": lambda x: Timetabling(EVENT, x, ["p"]),  # type: ignore[arg-type]
    "periods": lambda x: Timetabling(EVENT, ROOM, x),  # type: ignore[arg-type]
    "days": lambda x: Timetabling(EVENT, ROOM, ["p"], x),  # type: ignore[arg-type]
    "absences": lambda x: Timetabling(EVENT, ROOM, ["p"], absences=x),  # type: ignore[arg-type]
    "spread": lambda x: Timetabling(EVENT, ROOM, ["p"], spread=x),  # type: ignore[arg-type]
    "an event": lambda x: Timetabling([Event(x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "who": lambda x: Timetabling([Event("e", x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "seats": lambda x: Timetabling([Event("e", (), x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "course": lambda x: Timetabling([Event("e", course=x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "unavailable": lambda x: Timetabling([Event("e", unavailable=x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "an event's rooms": lambda x: Timetabling([Event("e", rooms=x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "preferences": lambda x: Timetabling([Event("e", preferences=x)], ROOM, ["p"]),  # type: ignore[arg-type]
    "a preference": lambda x: Timetabling([Event("e", preferences={"p": x})], ROOM, ["p"]),  # type: ignore[arg-type]
    "a room": lambda x: Timetabling(EVENT, [Room(x, 1)], ["p"]),  # type: ignore[arg-type]
    "a room's seats": lambda x: Timetabling(EVENT, [Room("r", x)], ["p"]),  # type: ignore[arg-type]
    "a room's periods": lambda x: Timetabling(EVENT, [Room("r", 1, x)], ["p"]),  # type: ignore[arg-type]
    "days of a roster": lambda x: Rostering(x, SHIFT, STAFF),  # type: ignore[arg-type]
    "shifts": lambda x: Rostering(1, x, STAFF),  # type: ignore[arg-type]
    "staff": lambda x: Rostering(1, SHIFT, x),  # type: ignore[arg-type]
    "cover": lambda x: Rostering(1, SHIFT, STAFF, x),  # type: ignore[arg-type]
    "requests": lambda x: Rostering(1, SHIFT, STAFF, (), x),  # type: ignore[arg-type]
    "formulation": lambda x: Rostering(1, SHIFT, STAFF, formulation=x),  # type: ignore[arg-type]
    "a shift": lambda x: Rostering(1, [Shift(x, 1)], STAFF),  # type: ignore[arg-type]
    "minutes": lambda x: Rostering(1, [Shift("s", x)], STAFF),  # type: ignore[arg-type]
    "not_before": lambda x: Rostering(1, [Shift("s", 1, x)], STAFF),  # type: ignore[arg-type]
    "an employee": lambda x: Rostering(1, SHIFT, [Employee(x)]),  # type: ignore[arg-type]
    "max_shifts": lambda x: Rostering(1, SHIFT, [Employee("a", x)]),  # type: ignore[arg-type]
    "min_minutes": lambda x: Rostering(1, SHIFT, [Employee("a", min_minutes=x)]),  # type: ignore[arg-type]
    "max_consecutive": lambda x: Rostering(1, SHIFT, [Employee("a", max_consecutive=x)]),  # type: ignore[arg-type]
    "days_off": lambda x: Rostering(1, SHIFT, [Employee("a", days_off=x)]),  # type: ignore[arg-type]
    "a cover's day": lambda x: Rostering(1, SHIFT, STAFF, [Cover(x, "s", 1)]),  # type: ignore[arg-type]
    "a cover's shift": lambda x: Rostering(1, SHIFT, STAFF, [Cover(0, x, 1)]),  # type: ignore[arg-type]
    "needed": lambda x: Rostering(1, SHIFT, STAFF, [Cover(0, "s", x, 1.0)]),  # type: ignore[arg-type]
    "under": lambda x: Rostering(1, SHIFT, STAFF, [Cover(0, "s", 1, x)]),  # type: ignore[arg-type]
    "who asks": lambda x: Rostering(1, SHIFT, STAFF, (), [Request(x, 0, "s")]),  # type: ignore[arg-type]
    "when": lambda x: Rostering(1, SHIFT, STAFF, (), [Request("a", x, "s")]),  # type: ignore[arg-type]
    "weight": lambda x: Rostering(1, SHIFT, STAFF, (), [Request("a", 0, "s", x)]),  # type: ignore[arg-type]
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
