"""The one place that reads entry points: problems and solvers by name, ours and anyone's alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from pathlib import Path
from typing import Any, get_args, get_type_hints

from .errors import NotReady, QoptError, UnknownName
from .problem import Problem, class_name
from .solver import Solver

PROBLEMS, SOLVERS = "qopt.problems", "qopt.solvers"


@cache
def _registered(group: str) -> dict[str, EntryPoint]:
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.name in points and points[point.name].value != point.value:
            two = f"{points[point.name].value} and {point.value}"
            raise QoptError(f"two packages offer {point.name!r} in {group}: {two}; remove one")
        points[point.name] = point
    return points


def problem_kinds() -> list[str]:
    """The names of all installed problem kinds."""
    return sorted(_registered(PROBLEMS))


def solver_names() -> list[str]:
    """The names of all installed solvers."""
    return sorted(_registered(SOLVERS))


def problem_class(kind: str) -> Any:
    """The class of a problem kind. Raises UnknownName with the nearest kinds."""
    return _load(PROBLEMS, "problem", kind)


def kind_of(problem: object) -> str:
    """The name that a problem's kind is registered under, or else its class's in kebab case."""
    made = type(problem)
    for name, point in _registered(PROBLEMS).items():
        if point.attr == made.__qualname__ and f"{made.__module__}.".startswith(f"{point.module}."):
            return name
    return class_name(problem)


def solver_class(name: str) -> type[Solver]:
    """The class of a solver. Raises UnknownName with the nearest names."""
    solver: type[Solver] = _load(SOLVERS, "solver", name)
    return solver


def algorithm_version(name: str) -> int:
    """The number that a solver's author raises where its answers change; 1 where it has none."""
    return int(getattr(solver_class(name), "algorithm_version", 1))


def is_paid(name: str, parameters: Mapping[str, Any] | None = None) -> bool:
    """Whether a solver costs money, itself or through the `subsolver` among its parameters."""
    part = (parameters or {}).get("subsolver")
    through = isinstance(part, str) and part in solver_names() and is_paid(part)
    return through or bool(getattr(solver_class(name), "paid", False))


def is_resumable(name: str, parameters: Mapping[str, Any] | None = None) -> bool:
    """Whether a solver that costs money never pays for a call twice, as it keeps a journal, or the
    `subsolver` among its parameters does.
    """
    part = (parameters or {}).get("subsolver")
    if isinstance(part, str) and part in solver_names() and is_paid(part):
        return is_resumable(part)
    return bool(getattr(solver_class(name), "resumable", False))


def solvers_made_for(problem: Problem[Any]) -> list[str]:
    """The installed solvers that cost nothing and say that they are made for such problems."""
    able = []
    for name in solver_names():
        chosen: Any = solver_class(name)
        fits = hasattr(chosen, "made_for") and chosen.made_for(problem)
        if fits and not is_paid(name) and chosen().missing() is None:
            able.append(name)
    return able


def make_solver(name: str, parameters: dict[str, Any], *, ready: bool = True) -> Solver:
    """A solver ready to run. Raises for an unknown name or parameter, and NotReady.

    Without `ready` it may lack what it needs to run, as a token.
    """
    chosen = solver_class(name)
    allowed: list[str] = [f.name for f in fields(chosen)] if is_dataclass(chosen) else []
    for parameter in parameters:
        if parameter not in allowed:
            raise UnknownName(
                f"parameter of solver {name!r}", parameter, allowed or ["(it takes none)"]
            )
    solver = chosen(**parameters)
    if ready and (lacking := solver.missing()) is not None:
        raise NotReady(f"solver {name!r}: {lacking}")
    return solver


def make_problem(
    kind: str,
    *,
    file: str | Path | None = None,
    instance: str | None = None,
    generate: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Problem[Any]:
    """A problem from just one of a `file`, a bundled `instance`, or `generate` parameters.

    `options` are those of the class's `read`, for a file or an instance.

    Raises QoptError for an unknown kind, instance or option, and FileError for what is wrong in the
    file.
    """
    chosen = problem_class(kind)
    sources = {"file": file, "instance": instance, "generate": generate}
    given = [name for name, source in sources.items() if source is not None]
    if len(given) != 1:
        one = "give just one of file, instance and generate"
        raise QoptError(f"{kind}: {one}; given: {', '.join(given) or 'none'}")
    if generate is not None and options:
        raise QoptError(f"{kind}: options go with a file or an instance; give them to generate")
    builder = {"file": "read", "instance": "bundled", "generate": "generate"}[given[0]]
    build = getattr(chosen, builder, None)
    taker = getattr(chosen, "generate" if generate is not None else "read", None)
    if build is None or taker is None:
        raise QoptError(f"problem {kind!r} cannot be made from {given[0]}")
    arguments = dict((options if generate is None else generate) or {})
    check_options(kind, taker, arguments)
    made: Problem[Any] = (
        build(**arguments) if generate is not None else build(sources[given[0]], **arguments)
    )
    return made


def check_options(of: str, taker: Callable[..., Any], given: Iterable[str]) -> None:
    """Raise UnknownName for one of the names `given` that `taker` does not take as an option."""
    allowed = options_of(taker)
    for name in given:
        if name not in allowed:
            raise UnknownName(f"option of {of}", name, allowed or ["(it takes none)"])


def options_of(taker: Callable[..., Any]) -> list[str]:
    """Its keyword-only parameters, and the keys of the TypedDict of `**more: Unpack[...]`."""
    options = []
    for name, parameter in signature(taker).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY:
            options.append(name)
        elif parameter.kind is parameter.VAR_KEYWORD:
            options += [
                option
                for unpacked in get_args(get_type_hints(taker)[name])
                for option in get_type_hints(unpacked)
            ]
    return options


def _load(group: str, kind: str, name: str) -> Any:
    registered = _registered(group)
    if name not in registered:
        raise UnknownName(kind, name, registered, f" (`qopt {kind}s` lists them)")
    return registered[name].load()
