"""Variables of the environment in the values of a file."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from .document import Complaint, Document, Way

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
NO_VARIABLE = re.compile(r"\$\{(\w*)[^}\n]*\}?")  # of what is left without these


def filled(document: Document) -> Document:
    """With `${NAME}` and `${NAME:-default}` put in from the environment; of a variable that is not
    set there is a complaint.

    A value that is nothing but one of these is read as YAML reads it: a number stays one.
    """
    missing: list[Complaint] = []
    data = _filled(document.data, (), document, missing)
    return replace(document, data=data, complaints=(*document.complaints, *missing))


def _filled(data: Any, way: Way, document: Document, missing: list[Complaint]) -> Any:
    if isinstance(data, dict):
        return {
            key: _filled(value, (*way, str(key)), document, missing) for key, value in data.items()
        }
    if isinstance(data, list):
        return [_filled(value, (*way, k), document, missing) for k, value in enumerate(data)]
    if not isinstance(data, str) or "${" not in data:
        return data
    lacking: list[str] = []

    def value_of(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        value = os.environ.get(name, default)
        if value is None:
            lacking.append(name)
        return value or ""

    text = VARIABLE.sub(value_of, data)
    for name in lacking:
        remedy = f"set it, or write ${{{name}:-default}}"
        missing.append(document.complaint(way, f"no {name} in the environment; {remedy}"))
    for wrong in NO_VARIABLE.finditer(VARIABLE.sub("", data)):
        name = wrong[1] or "NAME"
        remedy = f"write ${{{name}}}, or ${{{name}:-default}}"
        text_of = f"{wrong[0]!r} is nothing in the environment; {remedy}"
        missing.append(document.complaint(way, text_of))
    if lacking or VARIABLE.fullmatch(data) is None:
        return text
    plain = YAML(typ="safe", pure=True)
    try:
        scalar = plain.load(text)
    except YAMLError:
        return text
    return scalar if isinstance(scalar, bool | int | float) else text
