"""What people give of jobs on parallel machines: names, durations and set-ups.

They come in lists, arrays, and tables with labels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import QoptError
from qopt.kit.checks import (
    Place,
    labels,
    listed,
    quantities,
    require_count,
    require_different,
    shown,
)

Names = tuple[str, ...]
Durations = tuple[tuple[int | None, ...], ...]
Setups = tuple[tuple[tuple[int, ...], ...], ...]

MOST = 100_000  # of a number of machines or jobs without names
LONGEST = 10**12  # of a duration or a set-up: sums of more would lose their units in floating point


def names_of(of: str, given: Any, labelled: Sequence[str] = (), count: int | None = None) -> Names:
    """The names of machines or jobs: those given, the labels of a table, or "1", "2", ...

    Nothing, or a number, is no name.

    `count` is how many the durations are of, where they say so. Raises QoptError for a name that
    comes twice or is no text.
    """
    if isinstance(given, str):
        raise QoptError(
            f"{of}s={shown(given, 60)}: give each {of} a name, or their number", (f"{of}s",)
        )
    if not isinstance(given, Integral) or isinstance(given, bool):
        names = () if given is None else listed(f"{of}s", given)
        if names:
            require_different(of, names, [(f"{of}s", k) for k in range(len(names))])
            return names
        given = len(labelled) or count or 0
    require_count(f"{of}s", given)
    if given > MOST:
        raise QoptError(f"{of}s={given}: give {MOST:,} or fewer", (f"{of}s",))
    if len(labelled) == given:
        require_different(of, labelled, [(f"{of}s", k) for k in range(given)])
        return tuple(labelled)
    return tuple(str(k + 1) for k in range(int(given)))


def durations_of(given: Any, machines: Any, jobs: Any) -> tuple[Durations, Names, Names]:
    """What each job takes on each machine, None where it cannot.

    It comes with the names of machines and jobs.

    Of tables the labels are names, or are put in the order of the names that are given. Raises
    QoptError, by name.
    """
    if isinstance(given, str) or not (hasattr(given, "__len__") and hasattr(given, "__iter__")):
        message = f"durations={shown(given, 60)}: give those of each job"
        raise QoptError(message, ("durations",))
    of_jobs, of_machines = labels(given) if _labelled(given) else ([], [])
    rows = list(given.values()) if isinstance(given, Mapping) else given
    shape = getattr(given, "shape", None)
    job_names = names_of("job", jobs, of_jobs, len(rows))
    wide = _width(rows) if shape is None else shape[1] if len(shape) == 2 else None
    machine_names = names_of("machine", machines, of_machines, wide)
    if shape is not None:
        axes: list[tuple[str, Names]] = [("job", job_names)]
        axes += [("machine", machine_names)] if len(shape) == 2 else []
        table = quantities("durations", given, *axes, gaps=True)
        rows = [_cell(row) if table.ndim == 1 else list(map(_cell, row)) for row in table.tolist()]
    elif of_jobs:
        rows = _in_order(dict(zip(of_jobs, rows, strict=True)), job_names)
    if len(job_names) != len(rows):
        message = f"jobs has {len(job_names)} names for {len(rows)} durations; give one a job"
        raise QoptError(message, ("jobs",))
    durations = tuple(
        _durations(job, row, machine_names, ("durations", j))
        for j, (job, row) in enumerate(zip(job_names, rows, strict=True))
    )
    return durations, machine_names, job_names


def setups_of(given: Any, machines: Names, jobs: Names) -> Setups:
    """One table for all machines, or one for each, in order or by name; () for none."""
    if given is None or (hasattr(given, "__len__") and not len(given)):
        return ()
    by_name = isinstance(given, Mapping)
    each = by_name or _deep(given)
    ordered = _in_order(given, machines, "setups", "machine") if by_name else given
    tables = [_setups(table, jobs) for table in ordered] if each else [_setups(given, jobs)]
    if len(tables) not in (1, len(machines)):
        message = f"setups has {len(tables)} tables for {len(machines)} machines"
        raise QoptError(f"{message}; give one, or one for each machine", ("setups",))
    for m, table in enumerate(tables):
        wrong = ~((table >= 0) & (table <= LONGEST) & (table == np.floor(table)))
        for i, j in np.argwhere(wrong).tolist():
            message = f"the set-up from job {jobs[i]} to job {jobs[j]} is {table[i, j]:g}"
            place: Place = ("setups", m, i, j) if each else ("setups", i, j)
            raise QoptError(f"{message}; give a whole number, 0 or more", place)
    whole = (table.astype(np.int64).tolist() for table in tables)
    rows = tuple(tuple(tuple(row) for row in table) for table in whole)
    return rows if any(map(np.any, tables)) else ()


def _labelled(given: Any) -> bool:
    return isinstance(given, Mapping) or hasattr(given, "columns") or hasattr(given, "index")


def _width(rows: Any) -> int | None:
    """How many machines the first row is of."""
    row = _first(rows)
    return len(row) if isinstance(row, Sequence) and not isinstance(row, str) else None


def _deep(tables: Any) -> bool:
    """Whether these are several tables, and not the rows of one."""
    first = _first(tables)
    return not hasattr(tables, "columns") and (
        hasattr(first, "columns") or hasattr(_first(first), "__len__")
    )


def _first(rows: Any) -> Any:
    return next(iter(rows), None) if hasattr(rows, "__iter__") else None


def _cell(value: float) -> float | None:
    return None if math.isnan(value) else value


def _in_order(
    given: Mapping[str, Any], names: Names, what: str = "durations", of: str = "job"
) -> list[Any]:
    """The values of a mapping in the order of the names, which are its keys."""
    for key in given:
        if key not in names:
            known = ", ".join(names)[:60]
            raise QoptError(
                f"{what} has {shown(key, 60)}, which is no {of}; known: {known}", (what,)
            )
    for name in names:
        if name not in given:
            raise QoptError(f"{what} has nothing for {of} {name}; give it", (what,))
    return [given[name] for name in names]


def _durations(job: str, given: Any, machines: Names, place: Place) -> tuple[int | None, ...]:
    if given is None or isinstance(given, Real):
        row, places = (given,) * len(machines), [place] * len(machines)
    else:
        row = listed(f"durations of job {job}", given, place)
        places = [(*place, m) for m in range(len(row))]
    if len(row) != len(machines):
        message = f"job {job} has {len(row)} durations for {len(machines)} machines"
        raise QoptError(f"{message}; give one, or one for each machine", place)
    for machine, takes, at in zip(machines, row, places, strict=True):
        if takes is not None and not _whole(takes):
            message = f"job {job} takes {shown(takes, 60)} on {machine}"
            raise QoptError(f"{message}; give a whole number, 1 or more, or None", at)
    if all(takes is None for takes in row):
        message = f"job {job} can be done on no machine; give it a duration on one"
        raise QoptError(message, place)
    return tuple(None if takes is None else int(float(takes)) for takes in row)


def _whole(takes: Any) -> bool:
    real = isinstance(takes, Real) and not isinstance(takes, bool)
    return real and bool(1 <= takes <= LONGEST) and float(takes).is_integer()


def _setups(given: Any, jobs: Names) -> npt.NDArray[np.float64]:
    """float64[jobs, jobs], whose diagonal, which does not matter, is 0."""
    table = quantities("setups", given, ("job", jobs), ("job", jobs), gaps=True).copy()
    np.fill_diagonal(table, 0.0)
    return table
