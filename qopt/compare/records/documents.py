"""What is found, as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Document:
    """A base of frozen dataclasses that are written as JSON, with all their fields."""

    def to_dict(self: DataclassInstance) -> dict[str, Any]:
        """Every field as plain JSON values; infinity is the string "inf" or "-inf"."""
        return {field.name: plain(getattr(self, field.name)) for field in fields(self)}


def plain(value: Any) -> Any:
    """A value as JSON has it. JSON has no infinity: it becomes "inf" or "-inf"."""
    if isinstance(value, Document):
        return value.to_dict()  # type: ignore[misc]  # every Document is a dataclass
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):  # a number that came from an array
        return plain(value.item())
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value == math.inf else "-inf"
    return value
