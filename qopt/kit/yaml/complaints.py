"""pydantic's complaints in lines of ours."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from ..checks import shown
from .document import Way

KEY = "[key]"  # pydantic's word for the key of a mapping, not its value


def told(
    error: Mapping[str, Any], schema: type[BaseModel], patterns: Mapping[str, str]
) -> tuple[Way, str]:
    """The way to what is wrong in a document, and what is wrong with it.

    `schema` is of the whole document; `patterns` says of regular expressions in it what to give.
    """
    way: Way = tuple(part for part in error["loc"] if part != KEY)
    if error["type"] == "extra_forbidden":
        allowed = _keys_at(schema, way[:-1])
        if str(way[-1]).partition(":")[0] in allowed:
            return _without_blank(way)
        near = difflib.get_close_matches(str(way[-1]), allowed, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
        return way, f"unknown key; {hint}"
    if error["type"] == "missing":
        for key in error["input"]:
            if str(key).startswith(f"{way[-1]}:"):
                return _without_blank((*way[:-1], key))
        return way[:-1], f"the key {way[-1]!r} is missing"
    if error["type"] in ("model_type", "dict_type", "model_attributes_type"):
        example = _example(error["input"], _model_at(schema, way))
        return way, f"give a mapping of keys and values{example}"
    if error["type"] == "string_pattern_mismatch":
        wanted = patterns.get(error["ctx"]["pattern"], str(error["msg"]))
        return way, f"{wanted}, not {_shown(error['input'])}"
    if error["type"] == "too_short":
        return way, "give at least one; it is empty"
    if error["type"] == "string_too_long":
        return way, f"give at most {error['ctx']['max_length']} letters"
    said = str(error["msg"]).replace("Input should", "it should")
    return way, f"{said}, not {_shown(error['input'])}{_remedy(error)}"


def _shown(value: Any) -> str:
    """A value as a person wrote it, as far as it fits on a line."""
    if value is None:
        return "nothing"
    if isinstance(value, date):
        return value.isoformat()
    return "a mapping" if isinstance(value, dict) else shown(value, 60)


def _remedy(error: Mapping[str, Any]) -> str:
    given = error["input"]
    if error["type"] == "string_type" and isinstance(given, int | float | date):
        return "; put it in quotes"
    if error["type"] == "list_type":
        return f"; write [{given}]" if isinstance(given, int | float | str) else "; begin it with -"
    return ""


def _without_blank(way: Way) -> tuple[Way, str]:
    """About a key and its value that were read as one key."""
    key, _, value = str(way[-1]).partition(":")
    return way, f"put a blank after the colon: {key}: {value}"


def _example(given: Any, model: type[BaseModel] | None) -> str:
    """How a text would stand in the mapping that should be in its place."""
    if not isinstance(given, str) or model is None:
        return ""
    key, colon, value = given.partition(":")
    if colon and key in _keys(model):
        return f", as {{{key}: {value}}}, with a blank after the colon"
    needed = [name for name, field in model.model_fields.items() if field.is_required()]
    return f", as {{{needed[0]}: {given}}}" if needed else ""


def _keys_at(schema: type[BaseModel], way: Way) -> list[str]:
    """The keys of the model that stands at a way; none where no model does."""
    model = _model_at(schema, way)
    return [] if model is None else _keys(model)


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or key for key, field in model.model_fields.items()]


def _model_at(schema: type[BaseModel], way: Way) -> type[BaseModel] | None:
    annotation: Any = schema
    for part in way:
        annotation = _below(annotation, part)
    return next((model for model in _alternatives(annotation) if _is_model(model)), None)


def _below(annotation: Any, part: str | int) -> Any:
    """The annotation of what stands at a key or a position."""
    for each in _alternatives(annotation):
        if _is_model(each) and part in each.model_fields:
            return each.model_fields[part].annotation
        if get_origin(each) in (list, dict):
            return get_args(each)[-1]
    return None


def _alternatives(annotation: Any) -> Iterator[Any]:
    """What a value may be, as both of `int | None`."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
