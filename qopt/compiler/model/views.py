"""What a person gave, where the model has other variables: products, or steps of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .arrays import Floats


class View(Protocol):
    """Between a person's n variables and the m of the model.

    A plan speaks of `variables`, and its objective is `objective`, computed from what the person
    wrote and never from the model: that is how a model which does not say the same is noticed.
    """

    @property
    def variables(self) -> Sequence[Any]:
        """The person's variables, by their labels."""
        ...

    def shown(self, values: Floats) -> Floats:
        """float64[k, n] of the person's variables, of float64[k, m] of the model's."""
        ...

    def encoded(self, values: Floats) -> Floats:
        """float64[k, m] of the model's variables, of float64[k, n] of the person's."""
        ...

    def objective(self, values: Floats) -> Floats | None:
        """float64[k]: what the person wrote, of their variables; None where the model has it."""
        ...
