"""Arguments checked at the door: every complaint names the value, its place and what to give instead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from ...errors import Place as Place
from ...errors import QoptError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def require(holds: bool, name: str, value: object, wanted: str, place: Place = ()) -> None:
    """Raise a QoptError that names an argument, its value and what to give, unless it `holds`."""
    if not holds:
        raise QoptError(f"{name}={shown(value)}: give {wanted}", place or (name,))


def shown(value: object, most: int = 100) -> str:
    """What Python writes for a value, on one line and not too long."""
    return f"{' '.join(repr(value).split()):.{most}}"


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
    number: Any = value if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    positive = 0 < number < math.inf
    require(positive or (optional and value is None), name, value, wanted)


def require_name(of: str, name: object, place: Place = ()) -> None:
    """Raise a QoptError unless `name` is a text that can be printed on one line."""
    if not (isinstance(name, str) and name.strip() and name.isprintable()):
        raise QoptError(f"{of} {shown(name, 60)}: give a name, which is a text on one line", place)


def require_different(of: str, given: Sequence[str], places: Sequence[Place]) -> None:
    """Raise a QoptError for a name that cannot be printed, and at the place of one that comes a second time."""
    seen: set[str] = set()
    for name, place in zip(given, places, strict=True):
        require_name(of, name, place)
        if name in seen:
            many = list(given).count(name)
            message = f"{many} {of}s are named {shown(name, 60)}; give each a name of its own"
            raise QoptError(message, place)
        seen.add(name)


def listed(
    what: str, values: Any, place: Place = (), *, kind: type[Any] | None = None
) -> tuple[Any, ...]:
    """The entries of a list, an array, a column of pandas or polars, or anything else that has entries one after another.

    Raises QoptError for a text, whose entries would be its letters, for a mapping, for what has no entries, and for an entry
    that is not of the `kind` given.
    """
    for method in ("tolist", "to_list"):  # numpy and pandas, polars
        if callable(getattr(values, method, None)):
            values = getattr(values, method)()
            break
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise QoptError(f"{what}={shown(values, 60)}: give a list", place or (what,))
    found = tuple(values)
    for k, entry in enumerate(found):
        if kind is not None and not isinstance(entry, kind):
            message = f"{what}[{k}] is {shown(entry, 60)}; give a {kind.__name__}"
            raise QoptError(message, (*(place or (what,)), k))
    return found


def names(of: str, given: Iterable[str], count: int, *, prefix: str = "") -> tuple[str, ...]:
    """The names of `count` things `of` a kind, as "item"; if none are given, 1 to `count` after `prefix`.

    Raises QoptError for another number of names, one that comes twice, or one that is no text.
    """
    wanted = f"give {count} of them, one for each {of}"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise QoptError(f"names={shown(given, 60)}: {wanted}", ("names",))
    found = tuple(given)
    if len(found) not in (0, count):
        raise QoptError(f"names={shown(found, 60)}: {wanted}", ("names",))
    seen: set[str] = set()
    for k, name in enumerate(found):
        if not isinstance(name, str) or not name or name in seen:
            raise QoptError(f"name {name!r}: give each {of} a text of its own", ("names", k))
        seen.add(name)
    return found or tuple(f"{prefix}{k}" for k in range(1, count + 1))


def axis(
    of: str, given: Iterable[str], *tables: tuple[str, Any, int], prefix: str = ""
) -> tuple[str, tuple[str, ...]]:
    """What is along an axis of some tables, and the names there: one of the `axes` of `quantities`.

    The names are those given, or the labels of the first of `tables` that has any there, or numbers from 1 after `prefix`.
    A table is (what it is, its values, which of its axes this is); the first says how many there are. No names at all are
    of a table that has no such axis, which `quantities` refuses.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise QoptError(f"names={shown(given, 60)}: give a text for each {of}", ("names",))
    found = list(given)
    if not found:
        along = (labels(values)[at] for _, values, at in tables if values is not None)
        found = next((texts for texts in along if texts), [])
    if not found:
        what, values, at = tables[0]
        shape = _table(what, values).shape
        return of, names(of, (), shape[at] if at < len(shape) else 0, prefix=prefix)
    return of, names(of, found, len(found))


def floats(what: str, values: Any, *, gaps: bool = False) -> Floats:
    """float64 of numbers in any form: lists, arrays, sparse matrices, tables and columns of pandas or polars.

    Always a copy. Raises QoptError for text, dates, gaps unless they may be (then they are NaN), rows of different lengths,
    or complex numbers.
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
    """Of an array of Python objects: no texts, which would be taken for the numbers they spell, and no gaps."""
    import numpy as np

    for place, value in zip(_places(array.shape), array.flat, strict=True):
        if not isinstance(value, Real | Decimal | np.bool_):
            at = "".join(f"[{k}]" for k in place)
            message = f"{what}{at} is {shown(value, 60)}, which is not a number"
            raise QoptError(message, (what, *place))


def _places(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return product(*map(range, shape))


def labels(values: Any) -> tuple[list[str], list[str]]:
    """The labels of rows and of columns that a table brings along; empty where it has none but positions.

    A frame of pandas has both, a frame of polars those of columns, a series of pandas those of rows, a mapping its keys. A
    frame whose first column alone is text has the labels of its rows there.
    """
    if isinstance(values, Mapping):
        return [str(key) for key in values], []
    columns = _texts(getattr(values, "columns", None))
    if _names_its_rows(values):
        return [str(label) for label in _first_column(values)], columns[1:]
    return _texts(getattr(values, "index", None)), columns


def _texts(given: Any) -> list[str]:
    if given is None or callable(given):  # a list has a method `index`
        return []
    found = list(given)
    numbered = list(range(len(found))), [f"column_{k}" for k in range(len(found))]  # polars
    return [] if found in numbered else [str(label) for label in found]


def _names_its_rows(values: Any) -> bool:
    """Whether a frame without labels of rows has text in its first column, as one that was read from a CSV."""
    shape: tuple[int, ...] = getattr(values, "shape", ())
    framed = hasattr(values, "columns") and len(shape) == 2 and min(shape) > 0 and shape[1] > 1
    if not framed or len(set(values.columns)) < shape[1] or _texts(getattr(values, "index", None)):
        return False
    return all(isinstance(label, str) for label in _first_column(values))


def _first_column(values: Any) -> list[Any]:
    return list(values[next(iter(values.columns))])


def _table(what: str, values: Any, gaps: bool = False) -> Floats:
    """The numbers of a table, without the column that names its rows."""
    if isinstance(values, Mapping):
        return floats(what, list(values.values()), gaps=gaps)
    if _names_its_rows(values):
        values = values[list(values.columns)[1:]]
    return floats(what, values, gaps=gaps)


def quantities(
    what: str,
    values: Any,
    *axes: tuple[str, Sequence[str] | None],
    least: float = -math.inf,
    gaps: bool = False,
) -> Floats:
    """float64, read-only, with an axis for each of `axes`: what is along it, and the names there, or None where their number
    is open.

    Numbers that come with labels are put in the order of the names; where there may be `gaps`, they are NaN. Raises QoptError
    for labels that are not the names, for another shape, and for a number that is not finite or is below `least`, by the names
    of its place.
    """
    import numpy as np

    array = _table(what, values, gaps)
    if len(axes) == 1 and array.ndim == 2 and array.shape[1] == 1 and hasattr(values, "columns"):
        array = array[:, 0]  # a frame of one column
    for k, order in enumerate(_orders(what, labels(values), axes)):
        if order is not None and k < array.ndim and array.shape[k] == len(order):
            array = np.take(array, order, axis=k)
    pairs = zip(array.shape, axes, strict=False)
    open_or_right = [size == len(along) if along else size > 0 for size, (_, along) in pairs]
    square = len(axes) != 2 or axes[0] != axes[1] or len(set(array.shape)) == 1
    if array.ndim != len(axes) or not all(open_or_right) or not square:
        each = " and ".join(f"{of} ({len(along)})" if along else of for of, along in axes)
        wanted = f"a number for each {each}" if square else "a square array"
        raise QoptError(f"{what} has shape {array.shape}; give {wanted}", (what,))
    right = (array >= least) & (np.abs(array) < np.inf) | (np.isnan(array) if gaps else False)
    for place in np.argwhere(~right).tolist():
        named = zip(place, axes, strict=True)
        at = ", ".join(_named(of, along[k] if along else str(k + 1)) for k, (of, along) in named)
        asked = "a finite number" if least == -math.inf else f"a finite number, {least:g} or more"
        raise QoptError(f"{what} of {at} is {array[tuple(place)]:g}; give {asked}", (what, *place))
    array.setflags(write=False)
    return array


def _orders(
    what: str,
    labelled: tuple[list[str], list[str]],
    axes: Sequence[tuple[str, Sequence[str] | None]],
) -> Iterator[list[int] | None]:
    """For each axis where the numbers of the names are among the labels; None where there are no labels, or no names.

    Raises QoptError for labels that are not the names.
    """
    for k, (of, along) in enumerate(axes):
        found = labelled[k] if k < 2 else []
        if not found or not along:
            yield None
            continue
        at = {label: position for position, label in enumerate(found)}
        strange = next((label for label in found if label not in set(along)), None)
        lacking = next((name for name in along if name not in at), None)
        if strange is not None or lacking is not None:
            turned = len(axes) == 2 and set(found) == set(axes[1 - k][1] or ())
            raise QoptError(
                f"{what} has its {of}s the other way round; give its transpose (.T)"
                if turned
                else f"{what} has a label {strange!r}, which is no {of}; known: {', '.join(along):.60}"
                if strange is not None
                else f"{what} has nothing for {_named(of, lacking or '')}; give it, or leave it out",
                (what,),
            )
        if len(at) < len(found):
            twice = next(label for label in found if found.count(label) > 1)
            raise QoptError(f"{what} has the label {twice!r} twice; give it once", (what,))
        yield [at[name] for name in along]


def _named(of: str, name: str) -> str:
    return name if name.startswith(f"{of} ") else f"{of} {name}"
