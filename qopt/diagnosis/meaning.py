"""What a model file says of given values, as slow second readings find it."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Different(Exception):
    """The model is not what the file says; the text tells how."""


def off_by(left: Floats, sense: str, right: Floats) -> Floats:
    """float64[k]: by how much a row is broken."""
    over = left - right
    amount = np.abs(over) if sense == "=" else np.maximum(0.0, over if sense == "<" else -over)
    return np.asarray(amount)


class Meaning:
    """What a file says of k assignments: `objective` float64[k], and by label how far each row is
    off, `broken`.

    `plain` are the rows whose amounts can be compared; of the others only whether they hold.
    `lower`, `upper` and `whole` are what it says of variables.
    """

    def __init__(self, values: Mapping[str, Floats]) -> None:
        self.values = values
        self.sense = "min"
        self.objective: Floats = self.nothing()
        self.broken: dict[str, Floats] = {}
        self.plain: set[str] = set()
        self.lower: dict[str, float] = {}
        self.upper: dict[str, float] = {}
        self.whole: set[str] = set()
        self.statements = 0
        self._binary: set[str] = set()
        self._semi: set[str] = set()
        self._seen: set[str] = set()

    def nothing(self) -> Floats:
        return np.zeros(len(next(iter(self.values.values()), ())))

    def value(self, name: str) -> Floats:
        if name not in self.values:
            raise Different(f"the file has a variable {name!r}, and the model has none")
        self._seen.add(name)
        return self.values[name]

    @property
    def variables(self) -> set[str]:
        return self._seen

    def add_row(self, label: str, amount: Floats, when: Bools | None = None) -> None:
        if when is None:
            self.plain.add(label)
        amount = amount if when is None else np.where(when, amount, 0.0)
        self.broken[label] = np.maximum(amount, self.broken.get(label, 0.0))

    def add_set(self, label: str, kind: int, names: list[str]) -> None:
        """At most `kind` are not 0, and these stand side by side."""
        there = np.array([self.value(name) != 0 for name in names])
        place = np.arange(len(names))[:, None]
        first = np.where(there, place, len(names)).min(axis=0)
        last = np.where(there, place, -1).max(axis=0)
        self.broken[label] = np.where(last - first >= kind, 1.0, 0.0)

    def bound(self, name: str, sense: str, value: float) -> None:
        self.value(name)
        if sense in "<=":
            self.upper[name] = value
        if sense in ">=":
            self.lower[name] = value

    def declare(self, name: str, kind: str) -> None:
        """That a variable is "whole", "binary", "semi" or "semi whole"."""
        self.value(name)
        if kind != "semi":
            self.whole.add(name)
        if kind == "binary":
            self._binary.add(name)
        if kind.startswith("semi"):
            self._semi.add(name)

    def settle(self) -> None:
        """Bounds of all variables, in the end."""
        for name in self._seen:
            low, high = self.lower.get(name, 0.0), self.upper.get(name, inf)
            if name in self._binary:
                low, high = max(low, 0.0), min(high, 1.0)
            self.lower[name] = min(low, 0.0) if name in self._semi else low
            self.upper[name] = high
