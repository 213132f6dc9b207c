"""Rows of a model over variables that have numbers and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..spans import Floats
from .pieces import Ints


class Pairs(NamedTuple):
    """Two visits each, and a number of their own."""

    first: Ints
    second: Ints
    weight: Floats


NO_PAIRS = Pairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


@dataclass(frozen=True, eq=False)
class Rows:
    """Those over variables with these labels."""

    labels: Sequence[str]

    def add_sum(
        self,
        cqm: Any,
        label: str,
        variables: Ints,
        weights: float | Floats,
        sense: str,
        right: float,
    ) -> None:
        """A linear row; one weight is that of each variable."""
        each = np.broadcast_to(weights, variables.shape).tolist()
        terms = [(self.labels[v], w) for v, w in zip(variables.tolist(), each, strict=True)]
        cqm.add_constraint_from_iterable(terms, sense, rhs=right, label=label)

    def add_products(
        self,
        cqm: Any,
        label: str,
        variables: Ints,
        linear: Floats,
        pairs: Pairs,
        sense: str,
        right: float,
    ) -> None:
        """A row with products; `pairs` say by their places in `variables` what they are of."""
        import dimod

        names = [self.labels[v] for v in variables.tolist()]
        terms = dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear, tuple(pairs), 0.0, "BINARY", variable_order=names
        )
        cqm.add_constraint_from_model(terms, sense, rhs=right, label=label)
