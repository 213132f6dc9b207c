"""JSON documents whose mistakes are told with their line and the keys that lead there.

A reader of a format of one's own says what the format is, and which classes it gives:

    class Room(Schema):
        kind = "room"
        name: str
        seats: int

    class Building(Schema):
        kind = "building"
        rooms: list[Room]

    document = Document.read(path)
    building = document.of(Building)  # or "line 4: rooms[2].seats is 'many'; give a whole number"
    return Fields(document.text, {"rooms": building.rooms}, document.places).make(House)

A schema says what is where, and of which type; what the values mean is checked by the class that
takes them, whose errors have places such as ("rooms", 2, "seats"), which are those of the document.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import FileError, Place, UnknownName
from .files import Text

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
SHOWN = 40  # characters of a value in a message
NAMED = 60  # characters of the keys that lead to it


class Schema(BaseModel):
    """What an object of a format holds: keys and the types of their values. Other keys are refused,
    and nothing is converted but whole numbers to real ones.

    Give `kind`, what people call such an object, which complaints speak of. Lists are `list[...]`,
    never tuples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: ClassVar[str] = "document"


SchemaT = TypeVar("SchemaT", bound=Schema)


@dataclass(frozen=True, eq=False)
class Document:
    """The `data` of a JSON text, and the line of everything in it, by its keys and positions."""

    text: Text
    data: Any
    places: Mapping[Place, int]

    @classmethod
    def read(cls, path: str | Path) -> Document:
        """Raises FileError for what is no JSON, a key given twice, and an infinite number."""
        return cls.of_text(Text.read(path))

    @classmethod
    def of_text(cls, text: Text) -> Document:
        """As `read`, of a text that is read already."""
        try:
            data = json.loads(text.content)
        except json.JSONDecodeError as error:
            raise text.error(f"not JSON: {error.msg}", error.lineno) from None
        except (ValueError, RecursionError):
            message = "not JSON: a number is too long, or the nesting too deep"
            raise text.error(message) from None
        places: dict[Place, int] = {}
        for place, word, line in _values(text.content):
            if place in places:
                key = str(place[-1])[:SHOWN]
                raise text.error(f"the key {key!r} is given twice; keep one", line)
            if not _finite(word):
                raise text.error(
                    f"{named(place)} is {word[:SHOWN]}; give a finite number, or leave it out", line
                )
            places[place] = line
        return cls(text, data, places)

    def error(self, message: str, place: Place = ()) -> FileError:
        """A complaint about what stands at a place."""
        return self.text.error(message, self.places.get(place))

    def of(self, schema: type[SchemaT]) -> SchemaT:
        """The document as a schema says. Raises FileError, with line and keys, where it is not."""
        try:
            return schema.model_validate(self.data)
        except ValidationError as error:
            complaints = error.errors(include_url=False, include_context=True, include_input=True)
        raise self._told(schema, complaints)

    def _told(self, schema: type[Schema], errors: Iterable[Mapping[str, Any]]) -> FileError:
        """Of alternatives that do not fit, the one that fits furthest is told of, or else all."""
        located = [(self._place(error["loc"]), error) for error in errors]
        place, error = max(located, key=lambda pair: len(pair[0]))
        at, value = named(place), repr(error["input"])[:SHOWN]
        if error["type"] == "missing":
            key = error["loc"][-1]
            return self.error(f"{at or _model(schema, place).kind} has no {key!r}; give one", place)
        if error["type"] == "extra_forbidden":
            model = _model(schema, place[:-1])
            of = f"key of {_article(model.kind)}"
            complaint = str(UnknownName(of, str(place[-1])[:SHOWN], _keys(model)))
            return self.error(
                f"{named(place[:-1])}: {complaint}" if place[1:] else complaint, place
            )
        if error["type"] in ("model_type", "model_attributes_type"):
            model = _model(schema, place)
            needed = [key for key, field in model.model_fields.items() if field.is_required()]
            of = f"{at or model.kind}: give an object with {', '.join(needed)}"
            return self.error(of, place)
        if error["type"] in LISTED:
            return self.error(f"{at or 'the document'}: {LISTED[error['type']]}", place)
        asked = dict.fromkeys(_asked(other) for where, other in located if where == place)
        return self.error(f"{at or 'the document'} is {value}; give {' or '.join(asked)}", place)

    def _place(self, location: tuple[str | int, ...]) -> Place:
        """The place of pydantic's location, without the names of alternatives among its keys."""
        place: Place = ()
        for key in location:
            if (*place, key) in self.places:
                place = (*place, key)
        return place


LISTED = {
    "list_type": "give a list",
    "dict_type": "give an object, names and their values",
    "dict_attributes_type": "give an object, names and their values",
}
ASKED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "none_required": "null",
    "list_type": "a list",
    "dict_type": "an object",
}


def named(place: Place) -> str:
    """The keys and positions of a place as people write them: `events[3].seats`."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in place)
    text = "".join(parts).removeprefix(".")[-NAMED:]
    return text if text.isprintable() else repr(text)


def _asked(error: Mapping[str, Any]) -> str:
    """What would fit where something else is."""
    return ASKED.get(error["type"]) or str(error["msg"]).removeprefix("Input should be ")


def _article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "aeiou" else f"a {kind}"


def _keys(model: type[Schema]) -> list[str]:
    return [field.alias or key for key, field in model.model_fields.items()]


def _model(schema: type[Schema], place: Place) -> type[Schema]:
    """The schema of what is at a place."""
    for key in place:
        if isinstance(key, str) and key in schema.model_fields:
            schema = next(_schemas(schema.model_fields[key].annotation), schema)
    return schema


def _schemas(annotation: Any) -> Iterator[type[Schema]]:
    """The schemas within an annotation, as `Room` in `list[Room]`."""
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        yield annotation
    for inner in get_args(annotation):
        yield from _schemas(inner)


def _finite(word: str) -> bool:
    """Whether a word of a JSON text is no number, or one that floating point can hold."""
    if word[0] in '"[{' or word in ("true", "false", "null"):
        return True
    return math.isfinite(float(word))


def _values(text: str) -> Iterator[tuple[Place, str, int]]:
    """The place, the first word and the line of each value of a valid JSON text."""
    place: list[str | int] = []  # of the value that comes next
    within: list[str] = []
    key_next = False
    line, counted = 1, 0
    for token in TOKEN.finditer(text):
        line, counted = line + text.count("\n", counted, token.start()), token.start()
        word = token.group()
        if word == ":":
            key_next = False
        elif word == ",":
            key_next = within[-1] == "{"
            if not key_next:
                place[-1] += 1  # type: ignore[operator]  # a position, in a list
        elif word in "]}":
            within.pop()
            place.pop()
            key_next = False
        elif key_next:
            place[-1] = json.loads(word)
        else:
            yield tuple(place), word, line
            if word in "[{":
                within.append(word)
                place.append(0 if word == "[" else "")
                key_next = word == "{"
