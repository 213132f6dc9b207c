"""Tables that bring labels of their rows and columns along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .numbers import floats

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def labels(values: Any) -> tuple[list[str], list[str]]:
    """The labels of rows and of columns that a table has; none where there are only positions.

    A frame of pandas has both, a frame of polars those of columns, a series of pandas those of
    rows, a mapping its keys. A frame whose first column alone is text has the labels of its rows
    there.
    """
    if isinstance(values, Mapping):
        return [str(key) for key in values], []
    columns = _texts(getattr(values, "columns", None))
    if _names_its_rows(values):
        return [str(label) for label in _first_column(values)], columns[1:]
    return _texts(getattr(values, "index", None)), columns


def numbers_of(what: str, values: Any, gaps: bool = False) -> Floats:
    """The numbers of a table, without the column that names its rows."""
    if isinstance(values, Mapping):
        return floats(what, list(values.values()), gaps=gaps)
    if _names_its_rows(values):
        values = values[list(values.columns)[1:]]
    return floats(what, values, gaps=gaps)


def _texts(given: Any) -> list[str]:
    if given is None or callable(given):  # a list has a method `index`
        return []
    labels = list(given)
    numbered = list(range(len(labels))), [f"column_{k}" for k in range(len(labels))]  # polars
    return [] if labels in numbered else [str(label) for label in labels]


def _names_its_rows(values: Any) -> bool:
    """Whether the first column is text and nothing else labels the rows, as of a CSV."""
    shape: tuple[int, ...] = getattr(values, "shape", ())
    framed = hasattr(values, "columns") and len(shape) == 2 and min(shape) > 0 and shape[1] > 1
    if not framed or len(set(values.columns)) < shape[1] or _texts(getattr(values, "index", None)):
        return False
    return all(isinstance(label, str) for label in _first_column(values))


def _first_column(values: Any) -> list[Any]:
    return list(values[next(iter(values.columns))])
