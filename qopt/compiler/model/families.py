"""Constraints and variables of one name: served[1], served[2], ... are the family "served"."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np

from .arrays import Ints


def family(label: Any) -> str:
    """What stands before a label's first bracket, or else before the numbers at its end."""
    if isinstance(label, tuple) and label:
        return family(label[0])
    name = str(label)
    stem = (
        re.split(r"[\[(<]", name, maxsplit=1)[0]
        if re.search(r"[\[(<]", name)
        else re.sub(r"[\W_\d]+$", "", name)
    )
    return stem.strip() or name


def numbered(keys: Iterable[Hashable]) -> tuple[Ints, list[Any]]:
    """The place of each key among the different ones, int64[k], and these as they come."""
    place: dict[Hashable, int] = {}
    numbers = np.array([place.setdefault(key, len(place)) for key in keys], dtype=np.int64)
    return numbers, list(place)
