from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from qopt import FileError
from qopt.kit.documents import Document, Schema, named
from qopt.kit.files import Text

from ..fuzz import examples
from ..mangle import decoded, mangled, refused_or


class Room(Schema):
    kind = "room"

    name: str
    seats: int
    away: list[str] = Field(default_factory=list)
    costs: dict[str, float] = Field(default_factory=dict)


class House(Schema):
    kind = "house"

    rooms: list[Room]
    floors: int | list[str] = 1
    price: float | None = None


TEXT = """\
{"rooms": [
  {"name": "hall", "seats": 80, "away": ["Mon"]},
  {"name": "lab", "seats": 20, "costs": {"Mon": 2, "Tue": 1.5}}
 ],
 "floors": ["up", "down"],
 "price": 7}
"""

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


def _house(folder: Path, text: str) -> House:
    path = folder / "house.json"
    path.write_text(text, encoding="utf-8")
    return Document.read(path).of(House)


def test_a_document_becomes_what_its_schema_says(tmp_path: Path) -> None:
    """A whole number is a real one where that is asked for."""
    rooms = [
        Room(name="hall", seats=80, away=["Mon"]),
        Room(name="lab", seats=20, costs={"Mon": 2.0, "Tue": 1.5}),
    ]
    assert _house(tmp_path, TEXT) == House(rooms=rooms, floors=["up", "down"], price=7.0)
    assert _house(tmp_path, '{"rooms": [], "price": null}') == House(rooms=[])


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ("80", '"many"', 2, "rooms[0].seats is 'many'; give a whole number"),
        ("80", "80.0", 2, "rooms[0].seats is 80.0; give a whole number"),
        ("80", "true", 2, "rooms[0].seats is True; give a whole number"),
        ('"seats": 20, ', "", 3, "rooms[1] has no 'seats'; give one"),
        ('"away"', '"awry"', 2, "rooms[0]: no key of a room named 'awry'; did you mean away?"),
        ('"floors"', '"flours"', 5, "no key of a house named 'flours'; did you mean floors?"),
        ('["Mon"]', '"Mon"', 2, "rooms[0].away: give a list"),
        ('["Mon"]', "[3]", 2, "rooms[0].away[0] is 3; give a text"),
        ('{"Mon": 2, "Tue": 1.5}', "[]", 3, "rooms[1].costs: give an object"),
        ("1.5", '"dear"', 3, "rooms[1].costs.Tue is 'dear'; give a number"),
        ('["up", "down"]', "true", 5, "floors is True; give a whole number or a list"),
        ('"down"', "2", 5, "floors[1] is 2; give a text"),
        ("7}", "NaN}", 6, "price is NaN; give a finite number, or leave it out"),
        ("7}", "-Infinity}", 6, "price is -Infinity; give a finite number"),
        ("7}", "1e400}", 6, "price is 1e400; give a finite number"),
        ("7}", "9" * 400 + "}", 6, "give a finite number"),
        ("7}", "9" * 5000 + "}", None, "a number is too long"),
        ('"price": 7', '"price": 7, "price": 8', 6, "the key 'price' is given twice; keep one"),
        ('"name": "lab"', '"name": "lab", "\\u006eame": "x"', 3, "the key 'name' is given twice"),
        ("7}", "7", 7, "not JSON"),
        (TEXT, "", 1, "not JSON"),
        (TEXT, "3", 1, "house: give an object with rooms"),
        (TEXT, "{}", 1, "house has no 'rooms'; give one"),
        (TEXT, '{"rooms": {}}', 1, "rooms: give a list"),
        (TEXT, '{"rooms": [[]]}', 1, "rooms[0]: give an object with name, seats"),
        (TEXT, "[" * 100_000, None, "the nesting too deep"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_keys(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    assert TEXT.count(valid) == 1
    with pytest.raises(FileError) as caught:
        _house(tmp_path, TEXT.replace(valid, mistaken))
    assert caught.value.line == line
    assert message in str(caught.value)


def test_keys_that_cannot_be_printed_break_no_line(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        _house(tmp_path, '{"rooms": [{"name": "x", "seats": 1, "costs": {"a\\u2028b": null}}]}')
    assert len(str(caught.value).splitlines()) == 1


def test_any_encoding_of_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "house.json"
    path.write_bytes('{"rooms": [{"name": "Köln", "seats": 1}]}'.encode("utf-16"))
    assert Document.read(path).of(House).rooms[0].name == "Köln"


def test_every_value_has_the_line_it_begins_on(tmp_path: Path) -> None:
    path = tmp_path / "house.json"
    path.write_text(TEXT)
    places = Document.read(path).places
    assert places[()] == 1
    assert places["rooms", 1, "costs", "Tue"] == 3
    assert places["floors", 1] == 5
    assert len(places) == 17


def test_places_are_written_as_people_do() -> None:
    assert named(("rooms", 3, "costs", "Mon")) == "rooms[3].costs.Mon"
    assert named(()) == ""


def _walk(value: Any, place: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value if isinstance(value, list) else [])
    )
    return {place}.union(*(_walk(below, (*place, key)) for key, below in inner))


@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(JSONS, st.sampled_from([None, 1]))
def test_the_places_are_those_of_the_values_whatever_is_in_texts(
    value: Any, indent: int | None
) -> None:
    text = json.dumps(value, indent=indent)
    document = Document.of_text(Text(Path("x.json"), text))
    assert set(document.places) == _walk(value)
    assert document.data == value
    assert max(document.places.values()) <= text.count("\n") + 1


@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(content=mangled(TEXT))
def test_a_mangled_document_is_what_json_says_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "house.json"
    path.write_bytes(content)
    house = refused_or(lambda at: Document.read(at).of(House), path)
    if house is not None:
        stated = json.loads(decoded(content))
        floors, price = stated.get("floors", 1), stated.get("price")
        assert (house.floors, house.price) == (floors, price if price is None else float(price))
        for room, entry in zip(house.rooms, stated["rooms"], strict=True):
            costs = {day: float(cost) for day, cost in entry.pop("costs", {}).items()}
            assert room.costs == costs
            assert room.model_dump(exclude_unset=True, exclude={"costs"}) == entry
