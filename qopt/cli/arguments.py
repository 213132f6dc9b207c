"""What a person types: the problem that is meant, options and parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import QoptError

What = Annotated[
    list[str],
    typer.Argument(
        metavar="[KIND] FILE",
        help="A kind of problem, as `qopt problems` lists them, and a file or the name of a "
        "bundled instance; or a model's file alone.",
    ),
]
Options = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="An option of the problem; repeatable."),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="KEY=VALUE", help="A parameter of the solver; repeatable."),
]


def problem_of(what: list[str], options: list[str] | None) -> Any:
    """The problem that KIND FILE name, or the model of a file, alone or after its format."""
    from ..assignment import Model
    from ..compiler.sources.sources import FORMATS, Source
    from ..plugins import check_options, problem_kinds

    given, kinds = pairs(options), problem_kinds()
    match what:
        case [kind] if kind in kinds:
            needed = f"give its file, too; `qopt problems {kind}` shows which"
            raise QoptError(f"{kind} is a kind of problem: {needed}")
        case [kind, file] if kind in kinds or kind not in FORMATS:
            return _of_kind(kind, file, given)
        case [*form, file] if len(form) < 2:
            check_options("a model", Source.of, given)
            return Model.of(Path(file), **given, **({"format": form[0]} if form else {}))
        case _:
            raise QoptError("give KIND FILE, or a model's file alone")


def _of_kind(kind: str, file: str, options: dict[str, Any]) -> Any:
    """From a file, or else a bundled instance of that name."""
    from ..plugins import make_problem, problem_class

    bundled = not Path(file).exists() and file in getattr(problem_class(kind), "instances", list)()
    source: Any = {"instance": file} if bundled else {"file": file}
    return make_problem(kind, **source, options=options)


def pairs(given: list[str] | None) -> dict[str, Any]:
    """KEY=VALUE arguments; a value is read as JSON where it is JSON, else as text."""
    pairs: dict[str, Any] = {}
    for argument in given or []:
        key, equals, value = argument.partition("=")
        if not (key and equals):
            raise QoptError(f"{argument!r} is not KEY=VALUE")
        try:
            pairs[key] = json.loads(value)
        except ValueError:
            pairs[key] = value
    return pairs


def require_model_file(path: Path) -> None:
    """That a model can be written there. Raises QoptError."""
    from ..compiler.model_files.writing import WRITERS
    from ..kit.saving import require_writable

    if path.suffix.lower() not in WRITERS:
        raise QoptError(f"--to {path}: give a name that ends in {' or '.join(WRITERS)}")
    require_writable(path)
