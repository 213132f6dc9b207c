"""Who takes part in a race: as a person names them, and where nobody is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from ...errors import QoptError
from ...kit.checks import require
from ...plugins import is_paid, make_solver, solver_class, solvers_made_for
from ...solver import COUPLING_LIMIT, VARIABLE_LIMIT, Task
from ..auto import ranking

THREADS = ("num_threads", "num_workers")  # what solvers call their share of the cores
FALLBACK = "cp-sat"  # beside qopt's own, of problems that no other solver is made for


@dataclass(frozen=True)
class Entry:
    """A solver with its parameters; `label` tells it from the others of its name, and `copy` counts
    these from 0.
    """

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    copy: int = 0

    @property
    def label(self) -> str:
        return self.name if self.copy == 0 else f"{self.name} {self.copy + 1}"

    def with_threads(self, threads: int) -> Entry:
        """With so many threads, where the solver has such a parameter and it was not given."""
        chosen: Any = solver_class(self.name)
        names = [f.name for f in fields(chosen)] if is_dataclass(chosen) else []
        share = {name: threads for name in THREADS if name in names}
        return replace(self, parameters={**share, **self.parameters})


def entries_of(solvers: object) -> tuple[Entry, ...]:
    """Of names, and of mappings with a `name` and `parameters`.

    Raises QoptError for what is no such list, for fewer than two, for a solver that is not known or
    not installed, for wrong parameters, for one that costs money and for a race within a race.
    """
    wanted = "a list of two solvers or more: names, or mappings with name and parameters"
    listed = isinstance(solvers, Sequence) and not isinstance(solvers, str) and len(solvers) > 1
    require(listed, "solvers", solvers, wanted)
    assert isinstance(solvers, Sequence)
    return numbered([_entry(solver) for solver in solvers])


def numbered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Those of one name told apart."""
    names = [entry.name for entry in entries]
    return tuple(replace(e, copy=names[:k].count(e.name)) for k, e in enumerate(entries))


def _entry(given: object) -> Entry:
    wanted = "a solver's name, or a mapping with name and parameters"
    if isinstance(given, str):
        given = {"name": given}
    require(isinstance(given, Mapping), "solvers", given, wanted)
    assert isinstance(given, Mapping)
    name, parameters = given.get("name"), given.get("parameters") or {}
    known = isinstance(name, str) and given.keys() <= {"name", "parameters"}
    require(known, "solvers", given, wanted)
    assert isinstance(name, str)
    require(isinstance(parameters, Mapping), f"parameters of {name}", parameters, "a mapping")
    require(name != "race", "solvers", name, "solvers that are no race themselves")
    for part in (name, parameters.get("subsolver")):
        if part is not None and is_paid(part):
            raise QoptError(f"solvers: {part!r} costs money, and races nobody; run it alone")
    make_solver(name, dict(parameters))  # which refuses what is wrong
    return Entry(name, dict(parameters))


def usual(task: Task) -> tuple[Entry, ...]:
    """The solver that `auto` takes, and beside it those that are made for the kind of problem.

    Where none is installed: `cp-sat`; without it, or of a model that is too large to be built,
    `auto`'s second choice, or else the first with another seed.
    """
    names = [name for name, _ in ranking(task)]
    beside = solvers_made_for(task.problem)
    if not beside and _fits(task):
        beside = [FALLBACK]
    return numbered([Entry(name) for name in (names[0], *(beside or [names[:2][-1]]))])


def _fits(task: Task) -> bool:
    size = task.problem.model_size()
    small = size.variables <= VARIABLE_LIMIT and size.couplings <= COUPLING_LIMIT
    return small and solver_class(FALLBACK)().missing() is None
