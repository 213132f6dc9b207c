"""The combinations of values that a sweep asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import inf
from typing import Any

from ...kit.yaml import Way
from .entries import SweepEntry

Values = Mapping[str, Any]  # by their ways, as a sweep writes them: "solver.annealer.num_reads"


def combinations(sweep: SweepEntry) -> list[Values]:
    """Every combination, in the order of the file; one that changes nothing where none is asked."""
    grid = [dict(zip(sweep.grid, values, strict=True)) for values in product(*sweep.grid.values())]
    zipped: list[Values] = [{}]
    if sweep.zip:
        rows = zip(*sweep.zip.values(), strict=True)
        zipped = [dict(zip(sweep.zip, row, strict=True)) for row in rows]
    listed: list[Values] = list(sweep.listed or [{}])
    return [{**a, **b, **c} for a, b, c in product(grid, zipped, listed)]


def ways(sweep: SweepEntry) -> list[tuple[str, Way]]:
    """Every swept name and where it stands."""
    places: list[tuple[str, Way]] = [(name, ("sweep", "grid", name)) for name in sweep.grid]
    places += [(name, ("sweep", "zip", name)) for name in sweep.zip]
    for row, entry in enumerate(sweep.listed or []):
        places += [(name, ("sweep", "list", row, name)) for name in entry]
    return places


def way_to(sweep: SweepEntry, of: str, labels: set[str]) -> Way:
    """Where the first value stands that is swept of one of these solvers or problems."""
    for name, way in ways(sweep):
        whose, label, _ = split(name)
        if (whose == of and label in labels) or (whose == "compile" and of == "solver"):
            return way
    return ("sweep",)


def mistakes(sweep: SweepEntry, known: Mapping[str, set[str]]) -> Iterator[tuple[Way, str]]:
    """Ways that lead nowhere, given twice, or of unequal lengths; time limits that are none.

    `known` has the labels of "solver", the kinds and labels of "problem", and under "compile" all
    parameters of the solvers.
    """
    given: dict[str, Way] = {}
    for name, way in ways(sweep):
        if name in given and given[name][:2] != way[:2]:
            yield way, f"{name} is swept in two ways; keep one"
        given.setdefault(name, way)
        if (wrong := _wrong(name, known)) is not None:
            yield way, wrong
    yield from _wrong_limits(sweep)
    lengths = {len(values) for values in sweep.zip.values()}
    if len(lengths) > 1:
        counts = ", ".join(f"{name} {len(values)}" for name, values in sweep.zip.items())
        yield ("sweep", "zip"), f"give as many values of each; there are {counts}"


def _wrong(name: str, known: Mapping[str, set[str]]) -> str | None:
    of, label, key = split(name)
    if name == "time_limit":
        return None
    if of == "compile" and key:
        return None if key in known[of] else f"no solver here has the parameter {key!r}"
    if of not in known or not key:
        return (
            f"{name} is no way to a value; give solver.LABEL.PARAMETER, problem.KIND.OPTION, "
            "compile.PARAMETER or time_limit"
        )
    if label not in known[of]:
        return f"no {of} is called {label!r} here; there are: {', '.join(sorted(known[of]))}"
    return None


def _wrong_limits(sweep: SweepEntry) -> Iterator[tuple[Way, str]]:
    """Values of `time_limit` that are no number of seconds above 0."""
    found: list[tuple[Way, Any]] = []
    for of, table in (("grid", sweep.grid), ("zip", sweep.zip)):
        found += [
            (("sweep", of, "time_limit", at), value)
            for at, value in enumerate(table.get("time_limit", []))
        ]
    for row, entry in enumerate(sweep.listed or []):
        if "time_limit" in entry:
            found.append((("sweep", "list", row, "time_limit"), entry["time_limit"]))
    for way, value in found:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value < inf:
            yield way, f"it should be a number of seconds above 0, not {value!r}"


def split(name: str) -> tuple[str, str, str]:
    """A way in its three parts: what it is of, whose, and the key. Labels may have dots."""
    of, _, rest = name.partition(".")
    if of == "compile":
        return of, "", rest
    label, _, key = rest.rpartition(".")
    return of, label, key


def of_solver(values: Values, label: str, takes: set[str]) -> dict[str, Any]:
    """The parameters of one solver that a combination sets; `takes` are all that it has."""
    mine = {}
    for name, value in values.items():
        of, whose, key = split(name)
        if (of == "solver" and whose == label) or (of == "compile" and key in takes):
            mine[key] = value
    return mine


def of_problem(values: Values, names: set[str]) -> dict[str, Any]:
    """What a combination sets of a problem, by its kind or its label."""
    return {
        split(name)[2]: value
        for name, value in values.items()
        if split(name)[0] == "problem" and split(name)[1] in names
    }
