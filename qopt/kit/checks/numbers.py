"""Numbers in any form as an array."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from numbers import Real
from typing import TYPE_CHECKING, Any

from ...errors import QoptError
from .arguments import shown

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def floats(what: str, values: Any, *, gaps: bool = False) -> Floats:
    """float64 of numbers in any form: lists, arrays, sparse matrices, frames and their columns.

    Always a copy. Where there may be `gaps`, they are NaN. Raises QoptError for text, dates, other
    gaps, rows of different lengths, or complex numbers.
    """
    import numpy as np

    if hasattr(values, "toarray"):  # scipy.sparse
        values = values.toarray()
    elif hasattr(values, "to_numpy"):  # pandas and polars
        values = values.to_numpy()
    elif isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), math.nan)
    try:
        array = np.asarray(values)
        if array.dtype.kind in "USMmVc":
            raise TypeError
        if array.dtype.kind == "O":
            array = np.where(_missing(array), math.nan, array) if gaps else array
            _require_numbers(what, array)
        return np.array(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, QoptError):
            raise
        raise QoptError(
            f"{what} holds something that is not a number, or rows of different lengths", (what,)
        ) from None


def _missing(array: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Of an array of Python objects, which are None or the NA of pandas."""
    import numpy as np

    missing = [value is None or type(value).__name__ == "NAType" for value in array.flat]
    return np.array(missing, dtype=np.bool_).reshape(array.shape)


def _require_numbers(what: str, array: npt.NDArray[Any]) -> None:
    """Of Python objects: no texts, which would be taken for the numbers they spell, no gaps."""
    import numpy as np

    for place, value in zip(_places(array.shape), array.flat, strict=True):
        if not isinstance(value, Real | Decimal | np.bool_):
            at = "".join(f"[{k}]" for k in place)
            message = f"{what}{at} is {shown(value, 60)}, which is not a number"
            raise QoptError(message, (what, *place))


def _places(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return product(*map(range, shape))
