"""The combinations of values that a sweep asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from .document import Way
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


def mistakes(sweep: SweepEntry, known: Mapping[str, set[str]]) -> Iterator[tuple[Way, str]]:
    """Ways that lead nowhere, given twice, or of unequal lengths.

    `known` has the labels of "solver", and the kinds and labels of "problem".
    """
    given: dict[str, Way] = {}
    places: list[tuple[str, Way]] = [(name, ("sweep", "grid", name)) for name in sweep.grid]
    places += [(name, ("sweep", "zip", name)) for name in sweep.zip]
    for row, entry in enumerate(sweep.listed or []):
        places += [(name, ("sweep", "list", row, name)) for name in entry]
    for name, way in places:
        if name in given and given[name][:2] != way[:2]:
            yield way, f"{name} is swept in two ways; keep one"
        given.setdefault(name, way)
        if (wrong := _wrong(name, known)) is not None:
            yield way, wrong
    lengths = {len(values) for values in sweep.zip.values()}
    if len(lengths) > 1:
        counts = ", ".join(f"{name} {len(values)}" for name, values in sweep.zip.items())
        yield ("sweep", "zip"), f"give as many values of each; there are {counts}"


def _wrong(name: str, known: Mapping[str, set[str]]) -> str | None:
    of, label, key = split(name)
    if name == "time_limit" or (of == "compile" and key):
        return None
    if of not in known or not key:
        return (
            f"{name} is no way to a value; give solver.LABEL.PARAMETER, problem.KIND.OPTION, "
            "compile.PARAMETER or time_limit"
        )
    if label not in known[of]:
        return f"no {of} is called {label!r} here; there are: {', '.join(sorted(known[of]))}"
    return None


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
