"""What a file or an array says of a quadratic function, before it is a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from ...problem import Sense


@dataclass(frozen=True, eq=False)
class Function:
    """Arguments of `Qubo.from_arrays`, which judges them, whether the value they give is minimised
    or maximised, and why.

    Attributes
    ----------
    base
        The number of the first variable where people count.
    notes
        What was guessed or left out.
    """

    linear: npt.NDArray[Any]
    row: npt.NDArray[Any]
    col: npt.NDArray[Any]
    quad: npt.NDArray[Any]
    sense: Sense
    reason: str
    offset: Any = 0.0
    vartype: Any = "BINARY"
    labels: Any = None
    base: int = 0
    notes: tuple[str, ...] = ()

    def noted(self, note: str) -> Function:
        return replace(self, notes=(*self.notes, note))
