"""Arguments that are counts, numbers, names or lists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from ...errors import Place, QoptError


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
    """Raise a QoptError unless `value` is a whole number, `least` or more.

    Where it is `optional`, it may be None.
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least
    fits = whole or (optional and value is None)
    require(fits, name, value, f"a whole number, {least} or more", place)


def require_positive(
    name: str, value: object, *, wanted: str = "a finite number above 0", optional: bool = False
) -> None:
    """Raise a QoptError unless `value` is a finite number above 0.

    Where it is `optional`, it may be None.
    """
    number: Any = value if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    positive = 0 < number < math.inf
    require(positive or (optional and value is None), name, value, wanted)


def require_name(of: str, name: object, place: Place = ()) -> None:
    """Raise a QoptError unless `name` is a text that can be printed on one line."""
    if not (isinstance(name, str) and name.strip() and name.isprintable()):
        raise QoptError(f"{of} {shown(name, 60)}: give a name, which is a text on one line", place)


def require_different(of: str, given: Sequence[str], places: Sequence[Place]) -> None:
    """Raise a QoptError for a name that cannot be printed, and for one that comes a second time."""
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
    """The entries of a list, an array, a column of a frame, or whatever has one after another.

    Raises QoptError for a text, whose entries would be its letters, for a mapping, for what has no
    entries, and for an entry that is not of the `kind` given.
    """
    for method in ("tolist", "to_list"):  # numpy and pandas, polars
        if callable(getattr(values, method, None)):
            values = getattr(values, method)()
            break
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise QoptError(f"{what}={shown(values, 60)}: give a list", place or (what,))
    entries = tuple(values)
    for k, entry in enumerate(entries):
        if kind is not None and not isinstance(entry, kind):
            message = f"{what}[{k}] is {shown(entry, 60)}; give a {kind.__name__}"
            raise QoptError(message, (*(place or (what,)), k))
    return entries


def names(of: str, given: Iterable[str], count: int, *, prefix: str = "") -> tuple[str, ...]:
    """The names of `count` things `of` a kind, as "item".

    If none are given, they are 1 to `count` after `prefix`. Raises QoptError for another number of
    names, one that comes twice, or one that is no text.
    """
    wanted = f"give {count} of them, one for each {of}"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise QoptError(f"names={shown(given, 60)}: {wanted}", ("names",))
    texts = tuple(given)
    if len(texts) not in (0, count):
        raise QoptError(f"names={shown(texts, 60)}: {wanted}", ("names",))
    seen: set[str] = set()
    for k, name in enumerate(texts):
        if not isinstance(name, str) or not name or name in seen:
            raise QoptError(f"name {name!r}: give each {of} a text of its own", ("names", k))
        seen.add(name)
    return texts or tuple(f"{prefix}{k}" for k in range(1, count + 1))
