"""pydantic's complaints in lines of ours."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from ...kit.checks import shown
from .document import Way
from .entries import PATTERNS, StudyEntry


def told(error: Mapping[str, Any], way: Way = ()) -> tuple[Way, str]:
    """The way to what is wrong, and what is wrong with it."""
    way = (*way, *error["loc"])
    if error["type"] == "extra_forbidden":
        allowed = _keys_at(way[:-1])
        near = difflib.get_close_matches(str(way[-1]), allowed, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
        return way, f"unknown key; {hint}"
    if error["type"] == "missing":
        return way[:-1], f"the key {way[-1]!r} is missing"
    if error["type"] in ("model_type", "dict_type", "model_attributes_type"):
        given = error["input"]
        example = f", as {{name: {given}}}" if isinstance(given, str) else ""
        return way, f"give a mapping of keys and values{example}"
    if error["type"] == "string_pattern_mismatch":
        wanted = PATTERNS.get(error["ctx"]["pattern"], str(error["msg"]))
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


def _keys_at(way: Way) -> list[str]:
    """The keys of the model that stands at a way."""
    model: type[BaseModel] = StudyEntry
    for part in way:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field, a list of a field's, or one that may be None, consists of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (list, Union, UnionType):
        return next(filter(None, map(_model_in, get_args(annotation))), None)
    return None
