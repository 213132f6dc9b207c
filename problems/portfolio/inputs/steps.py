"""From a history to the returns that a problem is made of: what becomes of gaps, and what was used.

*Returns* of prices are those of a row over the one before it that is left; `Conventions` says
which, and what becomes of gaps. A year has `periods_per_year` rows: 252 of daily prices, 52 of
weekly ones. Means and covariances are scaled by it, as those of returns that are independent from
row to row; log returns over a year are then log returns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qopt import QoptError

from .conventions import Conventions
from .history import SHOWN, History

Floats = npt.NDArray[np.float64]

SHARE = 0.05  # of dates left out, or of prices filled in, from which a person is warned


@dataclass(frozen=True, eq=False)
class Steps:
    """Returns float64[periods, n] of assets by name, oldest first, the label of each period's end,
    and what there is to say.

    `warnings` are notes that a person should not miss.
    """

    names: tuple[str, ...]
    returns: Floats
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def steps_of(history: History, conventions: Conventions) -> Steps:
    """The returns of a history. Raises QoptError where gaps are refused, and where fewer than 2
    returns or no asset is left.
    """
    remarks = list[str]()
    if conventions.gaps == "refuse":
        _refuse_gaps(history, conventions)
    values, names = history.values, history.names
    missing = np.isnan(values)
    loud = float(missing.any(axis=1).mean()) > SHARE if len(values) else False
    if conventions.gaps == "assets" and missing.any():
        whole = np.flatnonzero(~missing.any(axis=0)).tolist()
        if not whole:
            raise QoptError("every asset has a gap somewhere; choose gaps='drop' or 'forward'")
        out = [names[k] for k in range(len(names)) if k not in whole]
        remarks.append(
            f"{_some(out)}: left out for {'its' if len(out) == 1 else 'their'} gaps (gaps='assets')"
        )
        values, names, loud = values[:, whole], tuple(names[k] for k in whole), False
    elif conventions.gaps == "forward" and missing.any():
        filled = _forward(values)
        count = int(missing.sum() - np.isnan(filled).sum())
        have = "gap has" if count == 1 else "gaps have"
        remarks += [f"{count} {have} the price before (gaps='forward')"] if count else []
        values, loud = filled, count > SHARE * values.size
    complete = np.flatnonzero(~np.isnan(values).any(axis=1)).tolist()
    unit, least = "dates" if history.dated else "rows", 3 if conventions.kind == "prices" else 2
    if len(complete) < len(values):
        remarks.append(_told_of_gaps(history, values, names, unit, conventions))
        loud |= len(values) - len(complete) > SHARE * len(values)
    if len(complete) < least:
        few = f"only {len(complete)} {unit} have a {conventions.kind[:-1]} of every asset"
        why = f": {remarks[-1]}" if remarks else ""
        raise QoptError(f"{few}; at least {least} are needed{why}")
    labels = tuple(history.labels[row] for row in complete)
    span, assets = f"{labels[0]} to {labels[-1]}", "asset" if len(names) == 1 else "assets"
    used = f"{len(complete)} of {len(values)} {unit} are used, {span}, of {len(names)} {assets}"
    said = ("; ".join(remarks),) if remarks else ()
    notes, warned = (*history.notes, used, *(() if loud else said)), said if loud else ()
    return Steps(names, *_returns(values[complete], labels, conventions), notes, warned)


def _returns(
    values: Floats, labels: tuple[str, ...], conventions: Conventions
) -> tuple[Floats, tuple[str, ...]]:
    if conventions.kind == "returns":
        return values, labels
    ratio = values[1:] / values[:-1]
    return (np.log(ratio) if conventions.returns == "log" else ratio - 1), labels[1:]


def _refuse_gaps(history: History, conventions: Conventions) -> None:
    for row, asset in np.argwhere(np.isnan(history.values))[:1].tolist():
        gap = f"{history.names[asset]} has no {conventions.kind[:-1]} {_at(history, row)}"
        message = f"{gap}; choose gaps='drop' or 'forward'"
        raise QoptError(message, history.at(row, asset))


def _forward(values: Floats) -> Floats:
    at = np.where(np.isnan(values), 0, np.arange(len(values))[:, None])
    return np.take_along_axis(values, np.maximum.accumulate(at, axis=0), axis=0)


def _told_of_gaps(
    history: History, values: Floats, names: Sequence[str], unit: str, conventions: Conventions
) -> str:
    """How many dates are left out, by which assets, and what else could be done."""
    missing = np.isnan(values)
    gone, causes = int(missing.any(axis=1).sum()), list(_causes(history.labels, missing, names))
    said = "; ".join(causes[:SHOWN]) + ("; ..." if len(causes) > SHOWN else "")
    other = "gaps='assets' leaves such assets out"
    could_stand = np.maximum.accumulate(~missing, axis=0) & missing
    if conventions.gaps == "drop" and conventions.kind == "prices" and could_stand.any():
        other += ", 'forward' lets the last price stand"
    are = "is" if gone == 1 else "are"
    left_out = f"{gone} of {len(values)} {unit} {are} left out (gaps={conventions.gaps!r})"
    return f"{left_out}: {said}; {other}"


def _causes(
    labels: Sequence[str], missing: npt.NDArray[np.bool_], names: Sequence[str]
) -> Iterator[str]:
    """What each asset with gaps lacks, those that lack most first."""
    for k in np.argsort(-missing.sum(axis=0), kind="stable").tolist():
        there = np.flatnonzero(~missing[:, k])
        if not len(there):
            yield f"{names[k]} has nothing at all"
        elif len(there) < len(missing):
            first, last = int(there[0]), int(there[-1])
            inner = int(missing[first:last, k].sum())
            parts = (
                f"starts {labels[first]}" if first else "",
                f"ends {labels[last]}" if last < len(missing) - 1 else "",
                f"has {inner} {'gap' if inner == 1 else 'gaps'}" if inner else "",
            )
            yield f"{names[k]} {' and '.join(filter(None, parts))}"


def _at(history: History, row: int) -> str:
    return f"at {history.labels[row]}" if history.dated else f"in {history.labels[row]}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (
        f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    )
