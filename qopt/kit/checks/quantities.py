"""Tables of numbers with a name for each place along their axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import QoptError
from .arguments import names, shown
from .labels import labels, numbers_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def axis(
    of: str, given: Iterable[str], *tables: tuple[str, Any, int], prefix: str = ""
) -> tuple[str, tuple[str, ...]]:
    """What is along an axis of some tables, and the names there: one of the `axes` of `quantities`.

    The names are those given, or the labels of the first of `tables` that has any there, or
    numbers from 1 after `prefix`. A table is (what it is, its values, which of its axes this is);
    the first says how many there are. No names at all are of a table that has no such axis, which
    `quantities` refuses.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise QoptError(f"names={shown(given, 60)}: give a text for each {of}", ("names",))
    entries = list(given)
    if not entries:
        along = (labels(values)[at] for _, values, at in tables if values is not None)
        entries = next((texts for texts in along if texts), [])
    if not entries:
        what, values, at = tables[0]
        shape = numbers_of(what, values).shape
        return of, names(of, (), shape[at] if at < len(shape) else 0, prefix=prefix)
    return of, names(of, entries, len(entries))


def quantities(
    what: str,
    values: Any,
    *axes: tuple[str, Sequence[str] | None],
    least: float = -math.inf,
    gaps: bool = False,
) -> Floats:
    """float64, read-only, with an axis for each of `axes`.

    Of an axis it is told what is along it, and the names there, or None where their number is
    open. Numbers that come with labels are put in the order of the names; where there may be
    `gaps`, they are NaN. Raises QoptError for labels that are not the names, for another shape, and
    for a number that is not finite or is below `least`, by the names of its place.
    """
    import numpy as np

    array = numbers_of(what, values, gaps)
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
    """For each axis where the numbers of the names are among the labels.

    None stands for no labels, or no names. Raises QoptError for labels that are not the names.
    """
    for k, (of, along) in enumerate(axes):
        labels = labelled[k] if k < 2 else []
        if not labels or not along:
            yield None
            continue
        at = {label: position for position, label in enumerate(labels)}
        strange = next((label for label in labels if label not in set(along)), None)
        lacking = next((name for name in along if name not in at), None)
        if strange is not None or lacking is not None:
            if len(axes) == 2 and set(labels) == set(axes[1 - k][1] or ()):
                said = f"its {of}s the other way round; give its transpose (.T)"
            elif strange is not None:
                known = f"{', '.join(along):.60}"
                said = f"a label {strange!r}, which is no {of}; known: {known}"
            else:
                said = f"nothing for {_named(of, lacking or '')}; give it, or leave it out"
            raise QoptError(f"{what} has {said}", (what,))
        if len(at) < len(labels):
            twice = next(label for label in labels if labels.count(label) > 1)
            raise QoptError(f"{what} has the label {twice!r} twice; give it once", (what,))
        yield [at[name] for name in along]


def _named(of: str, name: str) -> str:
    return name if name.startswith(f"{of} ") else f"{of} {name}"
