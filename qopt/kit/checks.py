"""Arguments checked at the door: every complaint names the value, its place and what to give instead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from ..errors import Place, QoptError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def require(holds: bool, name: str, value: object, wanted: str, place: Place = ()) -> None:
    """Raise a QoptError that names an argument, its value and what to give, unless it `holds`."""
    if not holds:
        raise QoptError(f"{name}={value!r}: give {wanted}", place or (name,))


def require_count(
    name: str, value: object, *, least: int = 1, optional: bool = False, place: Place = ()
) -> None:
    """Raise a QoptError unless `value` is a whole number of at least `least`, or None where it is `optional`."""
    whole = isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
    fits = whole or (optional and value is None)
    require(fits, name, value, f"a whole number, {least} or more", place)


def require_positive(
    name: str, value: object, *, wanted: str = "a finite number above 0", optional: bool = False
) -> None:
    """Raise a QoptError unless `value` is a finite number above 0, or None where it is `optional`."""
    positive = (
        isinstance(value, Real) and not isinstance(value, bool) and 0 < float(value) < math.inf
    )
    require(positive or (optional and value is None), name, value, wanted)


def require_name(of: str, name: object, place: Place = ()) -> None:
    """Raise a QoptError unless `name` is a text that can be printed on one line."""
    if not (isinstance(name, str) and name.strip() and name.isprintable()):
        raise QoptError(f"{of} {name!r:.60}: give a name, which is a text on one line", place)


def require_different(of: str, given: Sequence[str], places: Sequence[Place]) -> None:
    """Raise a QoptError for a name that cannot be printed, and at the place of one that comes a second time."""
    seen: set[str] = set()
    for name, place in zip(given, places, strict=True):
        require_name(of, name, place)
        if name in seen:
            many = list(given).count(name)
            message = f"{many} {of}s are named {name!r:.60}; give each a name of its own"
            raise QoptError(message, place)
        seen.add(name)


def listed(what: str, values: Any, place: Place = ()) -> tuple[Any, ...]:
    """The entries of a list, an array, a column of pandas or polars, or anything else that has entries one after another.

    Raises QoptError for a text, whose entries would be its letters, for a mapping, and for what has no entries.
    """
    for method in ("tolist", "to_list"):  # numpy and pandas, polars
        if callable(getattr(values, method, None)):
            values = getattr(values, method)()
            break
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise QoptError(f"{what}={values!r:.60}: give a list", place or (what,))
    return tuple(values)


def names(of: str, given: Sequence[str], count: int, *, prefix: str = "") -> tuple[str, ...]:
    """The names of `count` things `of` a kind, as "item"; if none are given, 1 to `count` after `prefix`.

    Raises QoptError for another number of names, one that comes twice, or one that is no text.
    """
    if isinstance(given, str) or (len(given) not in (0, count)):
        raise QoptError(f"names={given!r:.60}: give {count} of them, one for each {of}", ("names",))
    seen: set[str] = set()
    for k, name in enumerate(given):
        if not isinstance(name, str) or not name or name in seen:
            raise QoptError(f"name {name!r}: give each {of} a text of its own", ("names", k))
        seen.add(name)
    return tuple(given) or tuple(f"{prefix}{k}" for k in range(1, count + 1))


def floats(what: str, values: Any) -> Floats:
    """float64 of numbers in any form: lists, arrays, sparse matrices, tables and columns of pandas or polars.

    Always a copy. Raises QoptError for text, dates, rows of different lengths, or complex numbers.
    """
    import numpy as np

    if hasattr(values, "toarray"):  # scipy.sparse
        values = values.toarray()
    elif hasattr(values, "to_numpy"):  # pandas and polars
        values = values.to_numpy()
    try:
        array = np.asarray(values)
        if array.dtype.kind in "USMmVc":
            raise TypeError
        return np.array(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise QoptError(
            f"{what} holds something that is not a number, or rows of different lengths", (what,)
        ) from None


def labels(values: Any) -> tuple[list[str], list[str]]:
    """The labels of rows and of columns that a table brings along; empty where it has none but positions.

    A frame of pandas has both, a frame of polars those of columns, a series of pandas those of rows.
    """
    return _texts(getattr(values, "index", None)), _texts(getattr(values, "columns", None))


def _texts(given: Any) -> list[str]:
    if given is None or callable(given):  # a list has a method `index`
        return []
    found = list(given)
    return [] if found == list(range(len(found))) else [str(label) for label in found]


def quantities(
    what: str, values: Any, *axes: tuple[str, Sequence[str] | None], least: float = -math.inf
) -> Floats:
    """float64, read-only, with an axis for each of `axes`: what is along it, and the names there, or None where their number
    is open.

    Raises QoptError for another shape, and for a number that is not finite or is below `least`, by the names of its place.
    """
    import numpy as np

    array = floats(what, values)
    pairs = zip(array.shape, axes, strict=False)
    open_or_right = [size == len(along) if along else size > 0 for size, (_, along) in pairs]
    if array.ndim != len(axes) or not all(open_or_right):
        wanted = " and ".join(f"{of} ({len(along)})" if along else of for of, along in axes)
        raise QoptError(f"{what} has shape {array.shape}; give a number for each {wanted}", (what,))
    for place in np.argwhere(~((array >= least) & (np.abs(array) < np.inf))).tolist():
        named = zip(place, axes, strict=True)
        at = ", ".join(_named(of, along[k] if along else str(k + 1)) for k, (of, along) in named)
        asked = "a finite number" if least == -math.inf else f"a finite number, {least:g} or more"
        raise QoptError(f"{what} of {at} is {array[tuple(place)]:g}; give {asked}", (what, *place))
    array.setflags(write=False)
    return array


def _named(of: str, name: str) -> str:
    return name if name.startswith(f"{of} ") else f"{of} {name}"
