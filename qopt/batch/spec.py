"""A batch as YAML: which problems, solvers, seeds and limits; all that is wrong in it, at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import QoptError
from ..plugins import make_problem, make_solver, problem_class
from ..problem import Problem
from .document import Document, Way
from .run import Trial, numbered

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProblemSpec(_Strict):
    """One problem: its kind and a file, a bundled instance, or parameters to generate one."""

    kind: str
    file: str | None = None
    instance: str | None = None
    generate: dict[str, Any] | None = None
    options: dict[str, Any] = Field(default_factory=dict)


class SolverSpec(_Strict):
    """One solver, its parameters and time limit; `only` lists the kinds that it is for."""

    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    time_limit: Positive | None = None
    only: list[str] | None = None


class BatchSpec(_Strict):
    """The whole file."""

    name: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    problems: Annotated[list[ProblemSpec], Field(min_length=1)]
    solvers: Annotated[list[SolverSpec], Field(min_length=1)]
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] = [0]
    time_limit: Positive = 10.0
    output: str | None = None


@dataclass(frozen=True)
class Spec:
    """A spec that was checked: the trials, in order, and the folder for their results."""

    name: str
    output: Path
    trials: tuple[Trial, ...]


def read_spec(path: str | Path) -> Spec:
    """Read and check a spec; problems are built and solvers looked up, but nothing is run.

    A `file` is found beside the spec. Raises SpecError with every complaint, or FileError for a
    file that is not YAML.
    """
    document = Document.read(Path(path))
    wrong: list[tuple[Way, str]] = []
    try:
        batch = BatchSpec.model_validate(document.data)
    except ValidationError as error:
        wrong += [_told(dict(found)) for found in error.errors()]
        batch = None
    # what is well-formed by itself is looked up even where something else is not
    problems: list[tuple[str, Problem[Any]]] = []
    for at, problem in _each(ProblemSpec, document.data, "problems"):
        try:
            problems.append((problem.kind, _build(problem, document.path.parent)))
        except QoptError as complaint:
            wrong.append((("problems", at), str(complaint)))
    for at, solver in _each(SolverSpec, document.data, "solvers"):
        wrong += [
            (("solvers", at, *way), complaint) for way, complaint in _solver_complaints(solver)
        ]
    complaints = [*document.duplicates, *(document.complaint(way, text) for way, text in wrong)]
    if complaints or batch is None:
        raise document.told(complaints)
    trials = [
        Trial(problem, solver.name, solver.parameters, solver.time_limit or batch.time_limit, seed)
        for kind, problem in problems
        for solver in batch.solvers
        if solver.only is None or kind in solver.only
        for seed in batch.seeds
    ]
    if not trials:
        raise document.told(
            [document.complaint(("solvers",), "no solver's `only` names the kind of any problem")]
        )
    return Spec(batch.name, Path(batch.output or f"runs/{batch.name}"), numbered(trials))


Entry = TypeVar("Entry", bound=BaseModel)


def _each(model: type[Entry], data: Any, key: str) -> Iterator[tuple[int, Entry]]:
    """The well-formed entries of a list, with their numbers."""
    entries = data.get(key) if isinstance(data, dict) else None
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        try:
            yield at, model.model_validate(entry)
        except ValidationError:
            continue


def _build(problem: ProblemSpec, folder: Path) -> Problem[Any]:
    file = None if problem.file is None else folder / problem.file
    return make_problem(
        problem.kind,
        file=file,
        instance=problem.instance,
        generate=problem.generate,
        options=problem.options,
    )


def _solver_complaints(solver: SolverSpec) -> Iterator[tuple[Way, str]]:
    try:
        make_solver(solver.name, solver.parameters)
    except QoptError as complaint:
        yield (), str(complaint)
    for place, kind in enumerate(solver.only or []):
        try:
            problem_class(kind)
        except QoptError as complaint:
            yield ("only", place), str(complaint)


def _told(error: Mapping[str, Any]) -> tuple[Way, str]:
    """pydantic's complaint in a line of ours."""
    way: Way = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        allowed = list(_model_at(way[:-1]).model_fields)
        near = difflib.get_close_matches(str(way[-1]), allowed, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed)}"
        return way, f"unknown key; {hint}"
    if error["type"] == "missing":
        return way[:-1], f"the key {way[-1]!r} is missing"
    if error["type"] in ("model_type", "dict_type", "model_attributes_type"):
        return way, "give a mapping of keys and values"
    return way, f"{str(error['msg']).replace('Input should', 'it should')}, not {error['input']!r}"


def _model_at(way: Way) -> type[BaseModel]:
    below: dict[str, type[BaseModel]] = {"problems": ProblemSpec, "solvers": SolverSpec}
    return below.get(str(way[0]), BatchSpec) if way else BatchSpec
