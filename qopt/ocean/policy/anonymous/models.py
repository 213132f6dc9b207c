"""A model that is sent in place of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Anonymous:
    """A `model` to be sent, and the function that puts names and constants `back` into what comes
    of it.
    """

    model: Any
    back: Callable[[Any], Any]
