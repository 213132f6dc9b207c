from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Stop:
    place: str
    hour: float
    note: str = ""


@dataclass(frozen=True)
class Trip(JsonPlan):
    """One of each kind of field."""

    driver: str
    stops: tuple[Stop, ...]
    names: tuple[str, ...]
    swaps: tuple[tuple[str, int], ...]
    loads: Mapping[str, float]
    first: Stop
    by_day: Mapping[str, tuple[Stop, ...]] = field(default_factory=dict)
    limit: float | None = None


@dataclass(frozen=True)
class Timed(Trip):
    def to_dict(self) -> dict[str, Any]:
        return {"hours": len(self.stops)} | super().to_dict()


HOME = Stop("home", 8)
TRIP = Trip("Ann", (HOME, Stop("mill", 9.5, "ring")), ("a",), (("a", 1),), {"oil": 2.5}, HOME)


def test_a_plan_is_its_fields() -> None:
    assert TRIP.to_dict() == {
        "driver": "Ann",
        "stops": [
            {"place": "home", "hour": 8},
            {"place": "mill", "hour": 9.5, "note": "ring"},
        ],
        "names": ["a"],
        "swaps": [["a", 1]],
        "loads": {"oil": 2.5},
        "first": {"place": "home", "hour": 8},
        "by_day": {},
    }


@pytest.mark.parametrize("more", [{}, {"by_day": {"Mon": (HOME,)}, "limit": 3.0}, {"names": ()}])
@pytest.mark.parametrize("kind", [Trip, Timed])
def test_what_was_written_as_json_is_read_back(kind: type[Trip], more: dict[str, Any]) -> None:
    plan = kind(**vars(TRIP) | more)
    again = kind.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again == plan
    assert type(again) is kind
    assert type(again.stops[0]) is Stop


def test_a_plan_may_tell_more_than_it_is_made_of() -> None:
    document = Timed(**vars(TRIP)).to_dict()
    assert list(document)[:2] == ["hours", "driver"]
    assert Timed.from_dict(document) == Timed(**vars(TRIP))


def test_a_plan_in_a_plan_tells_what_it_tells_alone() -> None:
    @dataclass(frozen=True)
    class Week(JsonPlan):
        days: Mapping[str, Timed]

    week = Week({"Mon": Timed(**vars(TRIP))})
    assert week.to_dict()["days"]["Mon"] == week.days["Mon"].to_dict()
    assert Week.from_dict(week.to_dict()) == week


def test_a_field_that_lacks_is_told() -> None:
    document = TRIP.to_dict()
    del document["driver"]
    with pytest.raises(TypeError, match="driver"):
        Trip.from_dict(document)


def test_pairs_have_two_entries() -> None:
    with pytest.raises(ValueError, match="zip"):
        Trip.from_dict(TRIP.to_dict() | {"swaps": [["a", 1, 2]]})


def test_a_record_in_a_plan_has_its_fields_and_nothing_else() -> None:
    document = TRIP.to_dict()
    document["stops"][0]["wieght"] = 3
    with pytest.raises(TypeError, match="Stop has no wieght"):
        Trip.from_dict(document)
