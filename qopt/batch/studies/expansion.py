"""From the entries of a study to its trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from glob import glob
from itertools import product
from pathlib import Path
from typing import Any

from ...errors import FileError, QoptError
from ...kit.yaml import Document, Way
from ...plugins import make_solver, solver_class
from ...problem import name_of
from ..recipe import Recipe
from ..trial import Fallback, Instance, Trial, numbered
from .entries import ProblemEntry, SolverEntry, StudyEntry, SweepEntry
from .sweeps import Values, combinations, of_problem, of_solver, way_to

Mistake = tuple[Way, str]


@dataclass
class Shelf:
    """Every instance made, once; no two of them share a name.

    `wrong` are the mistakes found in making them.
    """

    document: Document
    made: dict[str, list[Instance]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)  # the content by kind and name
    first: dict[str, int] = field(default_factory=dict)  # the entry that made a content
    wrong: list[Mistake] = field(default_factory=list)
    sweep: SweepEntry = field(default_factory=SweepEntry)
    root: Way = ("problems",)

    def of(self, at: int, entry: ProblemEntry, values: Values) -> list[Instance]:
        """The instances of an entry as a combination of a sweep changes it."""
        changes = of_problem(values, _names(entry))
        known = f"{at} {changes!r}"
        if known not in self.made:
            self.made[known] = list(self._make(at, entry, changes))
        return self.made[known]

    def _make(self, at: int, entry: ProblemEntry, changes: dict[str, Any]) -> Iterator[Instance]:
        way: Way = (*self.root, at)
        folder = self.document.complaint(way, "").place.path.parent
        said = ""
        if changes:
            way, said = way_to(self.sweep, "problem", _names(entry)), f"problems[{at}]: "
        try:
            sources = list(_sources(entry, folder, changes))
        except QoptError as error:
            self.wrong.append((way, f"{said}{error}"))
            return
        for source in sources:
            try:
                problem = Recipe(entry.kind, source).make()
                told = {k: str(v) if isinstance(v, Path) else v for k, v in source.items()}
                made = Instance.of(entry.kind, name_of(problem), problem, told)
                if self.first.setdefault(made.content, at) != at and not changes:
                    text = f"{made.name} is the same as of problems[{self.first[made.content]}]"
                    self.wrong.append((way, f"{text}; keep one"))
                swept = ", ".join(f"{key}={value}" for key, value in changes.items())
                name = (entry.label or name_of(problem)) + (f" [{swept}]" if swept else "")
                yield self._named(replace(made, name=name))
            except QoptError as error:
                self.wrong.append((way, f"{said}{error}"))

    def _named(self, made: Instance) -> Instance:
        """With a number at its name where another has the same."""
        wanted = name = made.name
        number = 1
        while self.names.setdefault((made.kind, name), made.content) != made.content:
            number += 1
            name = f"{wanted}#{number}"
        return Instance(made.kind, name, made.problem, made.content, made.source)


def _names(entry: ProblemEntry) -> set[str]:
    """What a sweep may call it."""
    return {entry.kind, *([entry.label] if entry.label else [])}


def tuning_of(at: int, study: StudyEntry, shelf: Shelf) -> tuple[str, tuple[Trial, ...]]:
    """The label of a solver that is tuned, and its trials: each combination of its parameters, as
    a solver of its own, on the problems to train with.
    """
    entry = study.solvers[at]
    assert entry.tune is not None
    label, grid = entry.label or entry.name, entry.tune.parameters
    solvers = []
    for values in product(*grid.values()):
        mine = dict(zip(grid, values, strict=True))
        told = ", ".join(f"{key}={value}" for key, value in mine.items())
        changes = {"parameters": {**entry.parameters, **mine}, "label": f"{label} [{told}]"}
        solvers.append(entry.model_copy(update={**changes, "tune": None, "fallback": None}))
    training = study.model_copy(
        update={
            "problems": entry.tune.training,
            "solvers": solvers,
            "seeds": entry.tune.seeds,
            "sweep": SweepEntry(),
        }
    )
    return label, trials_of(training, shelf)


def trials_of(study: StudyEntry, shelf: Shelf) -> tuple[Trial, ...]:
    """Every trial, once: instance by instance, solver by solver, seed by seed."""
    trials: dict[tuple[str, str], Trial] = {}
    for values in combinations(study.sweep):
        limit = values.get("time_limit", study.time_limit)
        solvers = [_changed(entry, values) for entry in study.solvers]
        for at, problem in enumerate(study.problems):
            for instance, (entry, label) in product(shelf.of(at, problem, values), solvers):
                if entry.only is not None and instance.kind not in entry.only:
                    continue
                for seed in study.seeds:
                    trial = Trial(
                        instance,
                        entry.name,
                        entry.parameters,
                        float(entry.time_limit or limit),
                        seed,
                        label,
                        entry.price,
                        _fallback(entry, study),
                    )
                    trials.setdefault((trial.key, label), trial)
    return numbered(trials.values())


def _fallback(entry: SolverEntry, study: StudyEntry) -> Fallback | None:
    if entry.fallback is None:
        return None
    named = {solver.label or solver.name: solver for solver in study.solvers}
    other, rule = named[entry.fallback.to], entry.fallback
    return Fallback(rule.to, other.name, other.parameters, other.price, tuple(rule.on), rule.last)


def solver_mistakes(study: StudyEntry) -> Iterator[Mistake]:
    """What is wrong with solvers as combinations of a sweep change them."""
    told = set()
    for values in combinations(study.sweep):
        for at, entry in enumerate(study.solvers):
            changed, _ = _changed(entry, values)
            if changed.parameters == entry.parameters:
                continue
            try:
                make_solver(changed.name, dict(changed.parameters))
            except QoptError as error:
                if (at, str(error)) not in told:
                    told.add((at, str(error)))
                    way = way_to(study.sweep, "solver", {entry.label or entry.name})
                    yield way, f"solvers[{at}]: {error}"


def parameters_of(solver: str) -> set[str]:
    """The names of a solver's parameters; none of one that there is not."""
    try:
        chosen: Any = solver_class(solver)
    except QoptError:
        return set()
    return {f.name for f in fields(chosen)} if is_dataclass(chosen) else set()


def _changed(entry: SolverEntry, values: Values) -> tuple[SolverEntry, str]:
    """A solver with the parameters that a combination sets, and its label with them."""
    label = entry.label or entry.name
    mine = of_solver(values, label, parameters_of(entry.name))
    if not mine:
        return entry, label
    said = ", ".join(f"{key}={value}" for key, value in mine.items())
    changed = entry.model_copy(update={"parameters": {**entry.parameters, **mine}})
    return changed, f"{label} [{said}]"


def _sources(
    entry: ProblemEntry, folder: Path, changes: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The arguments of `make_problem` for each problem of an entry. Raises QoptError."""
    given = [
        name
        for name in ("file", "files", "instance", "instances", "generate")
        if getattr(entry, name) is not None
    ]
    if len(given) != 1:
        one = "give just one of file, files, instance, instances and generate"
        raise QoptError(f"{entry.kind}: {one}; given: {', '.join(given) or 'none'}")
    if entry.generate is not None:
        if entry.options:
            remedy = "options go with a file or an instance; give them to generate"
            raise QoptError(f"{entry.kind}: {remedy}")
        yield from ({"generate": values} for values in _grid({**entry.generate, **changes}))
        return
    options = {**entry.options, **changes}
    if entry.files is not None:
        named = glob(entry.files, root_dir=folder, recursive=True)
        found = sorted(path for name in named if (path := folder / name).is_file())
        if not found:
            raise FileError(folder / entry.files, "no such file; the pattern is looked for there")
        yield from ({"file": path, "options": options} for path in found)
    elif entry.file is not None:
        yield {"file": folder / entry.file, "options": options}
    else:
        names = entry.instances or [str(entry.instance)]
        yield from ({"instance": name, "options": options} for name in names)


def _grid(parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every combination of the values of lists."""
    for name, value in parameters.items():
        if value == []:
            raise QoptError(f"generate: the list of values of {name!r} is empty; give one")
    choices = [value if isinstance(value, list) else [value] for value in parameters.values()]
    for values in product(*choices):
        yield dict(zip(parameters, values, strict=True))
