"""The depots and customers of a routing problem, and what is given of each of them, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import QoptError
from qopt.kit.checks import floats, labels

Floats = npt.NDArray[np.float64]


def square(what: str, values: Any) -> tuple[Floats, list[str]]:
    """float64[n, n] with 0 on the diagonal, which does not count, and the labels of a table's rows.

    Its columns are put in their order.

    Raises QoptError for another shape, and for a table whose rows and columns have different
    labels.
    """
    matrix = floats(what, values)
    rows, columns = labels(values)
    if matrix.ndim != 2 or len(matrix) != matrix.shape[1]:
        raise QoptError(f"{what} has shape {matrix.shape}; give a square array", (what,))
    if rows and columns and rows != columns:
        matrix = matrix[:, _order(what, columns, rows)]
    np.fill_diagonal(matrix, 0.0)
    return matrix, rows or columns


def _order(what: str, given: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Where the wanted labels stand among those given.

    Raises QoptError unless they are the same, each once.
    """
    if sorted(given) != sorted(wanted) or len(set(given)) < len(given):
        other = next((label for label in given if given.count(label) != wanted.count(label)), None)
        wrong = f"{other!r:.60} is not in both" if other is not None else "some come twice"
        raise QoptError(f"the labels of {what} do not agree: {wrong}", (what,))
    at = {label: k for k, label in enumerate(given)}
    return [at[label] for label in wanted]


@dataclass(frozen=True)
class Nodes:
    """Nodes 0 to `depots` - 1 are depots, the others customers.

    `labels` are those of the table of distances, if it has any.
    """

    count: int
    depots: int
    labels: Sequence[str] = ()

    def called(self, node: int) -> str:
        """As a planner counts them."""
        if node >= self.depots:
            return f"customer {node}"
        return "the depot" if self.depots == 1 else f"depot {node}"

    def column(self, what: str, values: Any, width: int | None = None) -> Floats:
        """float64 [count] or [count, width], in the order of the nodes.

        Values that have labels of their own are put into it.
        """
        array = floats(what, values)
        shape = (self.count,) if width is None else (self.count, width)
        if array.shape != shape:
            each = "a number" if width is None else f"{width} numbers"
            depots = "the depot" if self.depots == 1 else f"the {self.depots} depots"
            raise QoptError(
                f"{what} has shape {array.shape}; give {each} for {depots} and for each of "
                f"{self.count - self.depots} customers",
                (what,),
            )
        rows, _ = labels(values)
        if rows and self.labels and rows != list(self.labels):
            array = array[_order(what, rows, self.labels)]
        array.setflags(write=False)
        return array

    def ways(self, what: str, matrix: Floats, given: Sequence[str]) -> Floats:
        """A `square`, of as many nodes as there are, of finite numbers that are at least 0."""
        if len(matrix) != self.count:
            raise QoptError(
                f"{what} has shape {matrix.shape} for {self.count} demands; give [{self.count}, "
                f"{self.count}]",
                (what,),
            )
        if given and self.labels and list(given) != list(self.labels):
            order = _order(what, given, self.labels)
            matrix = matrix[np.ix_(order, order)]
        for a, b in np.argwhere(~((matrix >= 0) & (matrix < np.inf))).tolist():
            remedy = (
                "where there is no way, give one too long for any good plan"
                if matrix[a, b] == np.inf
                else "it must be finite and at least 0"
            )
            raise QoptError(
                f"the {what} from {self.called(a)} to {self.called(b)} is {matrix[a, b]:g}; "
                f"{remedy}",
                (what, a, b),
            )
        matrix.setflags(write=False)
        return matrix
