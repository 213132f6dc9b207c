"""A batch as YAML: which problems, solvers, seeds and limits. Everything wrong in a file is told at once, with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from ..errors import FileError, QoptError
from ..plugins import make_problem, make_solver, problem_class
from ..problem import Problem, kind_of
from .run import Trial

Path_ = tuple[str | int, ...]  # the way to a value in the document: ("problems", 0, "kind")


class SpecError(QoptError):
    """All that is wrong in a spec, a line each: `file:line:column: path: what is wrong, what is allowed`."""

    def __init__(self, complaints: list[str]) -> None:
        self.complaints = complaints
        super().__init__("\n".join(complaints))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProblemSpec(_Strict):
    """One problem: its kind and just one of a file, a bundled instance, or parameters to generate one."""

    kind: str
    file: str | None = None
    instance: str | None = None
    generate: dict[str, Any] | None = None
    options: dict[str, Any] = Field(default_factory=dict)


class SolverSpec(_Strict):
    """One solver, with its parameters and its own time limit; `only` lists the kinds of problems it is for."""

    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    time_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    only: list[str] | None = None


class Document(_Strict):
    """The whole file."""

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    problems: Annotated[list[ProblemSpec], Field(min_length=1)]
    solvers: Annotated[list[SolverSpec], Field(min_length=1)]
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] = [0]
    time_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    output: str | None = None


@dataclass(frozen=True)
class Spec:
    """A spec that was checked: the trials, in order, and the folder for their results."""

    name: str
    output: Path
    trials: tuple[Trial, ...]


def read_spec(path: str | Path) -> Spec:
    """Read and check a spec; problems are built and solvers looked up, but nothing is run.

    A `file` is found beside the spec. Raises SpecError with every complaint, or FileError for a file that is not YAML.
    """
    path = Path(path)
    data, places, complaints = _parse(path)
    try:
        document = Document.model_validate(data)
    except ValidationError as error:
        complaints += [_told(data, dict(found)) for found in error.errors()]
        raise SpecError(sorted(_placed(path, places, complaints))) from None
    problems: list[Problem[Any]] = []
    for at, problem in enumerate(document.problems):
        file = None if problem.file is None else path.parent / problem.file
        try:
            problems.append(
                make_problem(
                    problem.kind, file=file, instance=problem.instance, generate=problem.generate, options=problem.options
                )
            )
        except QoptError as wrong:
            complaints.append((("problems", at), str(wrong)))
    for at, solver in enumerate(document.solvers):
        try:
            make_solver(solver.name, solver.parameters)
        except (QoptError, TypeError) as wrong:
            complaints.append((("solvers", at), str(wrong)))
        for place, kind in enumerate(solver.only or []):
            try:
                problem_class(kind)
            except QoptError as wrong:
                complaints.append((("solvers", at, "only", place), str(wrong)))
    if complaints:
        raise SpecError(sorted(_placed(path, places, complaints)))
    trials = tuple(
        Trial(problem, solver.name, solver.parameters, solver.time_limit or document.time_limit, seed)
        for problem in problems
        for solver in document.solvers
        if solver.only is None or kind_of(problem) in solver.only
        for seed in document.seeds
    )
    return Spec(document.name, Path(document.output or f"runs/{document.name}"), trials)


def _parse(path: Path) -> tuple[Any, dict[Path_, tuple[int, int]], list[tuple[Path_, str]]]:
    """The document, the line and column of every path in it, and its duplicate keys."""
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = True
    try:
        text = path.read_text()
        root = YAML(typ="safe", pure=True).compose(text)
        data = yaml.load(text)
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{mark.line + 1}:{mark.column + 1}: " if mark else ""
        raise SpecError([f"{path}:{where}not YAML: {error.problem}"]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise FileError(path, f"not YAML: {str(error).splitlines()[0]}") from None
    places: dict[Path_, tuple[int, int]] = {(): (1, 1)}
    duplicates: list[tuple[Path_, str]] = []
    for way, node, repeated in _walk(root, ()):
        if repeated:
            duplicates.append((way, f"the key {way[-1]!r} is given twice; keep one"))
        places[way] = (node.start_mark.line + 1, node.start_mark.column + 1)
    return data, places, duplicates


def _walk(node: Node | None, way: Path_) -> Iterator[tuple[Path_, Node, bool]]:
    """(path, the node to point at, whether its key came before) of everything below a node."""
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            yield (*way, key.value), key, key.value in seen
            seen.add(key.value)
            yield from _walk(value, (*way, key.value))
    elif isinstance(node, SequenceNode):
        for at, item in enumerate(node.value):
            yield (*way, at), item, False
            yield from _walk(item, (*way, at))


def _told(data: Any, error: Mapping[str, Any]) -> tuple[Path_, str]:
    """pydantic's complaint in a line of ours."""
    way: Path_ = tuple(error["loc"])
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


def _model_at(way: Path_) -> type[BaseModel]:
    below: dict[str, type[BaseModel]] = {"problems": ProblemSpec, "solvers": SolverSpec}
    return below.get(str(way[0]), Document) if way else Document


def _placed(path: Path, places: Mapping[Path_, tuple[int, int]], complaints: list[tuple[Path_, str]]) -> Iterator[str]:
    for way, complaint in complaints:
        known = way
        while known not in places:
            known = known[:-1]
        line, column = places[known]
        name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in way).lstrip(".") or "the file"
        yield f"{path}:{line}:{column}: {name}: {complaint}"
