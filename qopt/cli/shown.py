"""What the command line writes: lists, kinds, plans, a bar, lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import InputWarning

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Progress as Bar

    from ..batch import TrialRecord
    from ..decompiler import Decompiled
    from ..pages import Page
    from ..problem import Sense
    from ..solver import Progress


def warn(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """What a person should not miss, in a line; without the place in the code that Python shows."""
    text = f"note: {message}" if issubclass(category, InputWarning) else f"warning: {message}"
    sys.stderr.write(f"{text}\n")


def list_of(what: str, rows: list[tuple[str, list[str]]]) -> Page:
    """A table of names, which are never cut, each with a few lines beside it."""
    from ..pages import Cell, Column, Page, Section, Toned

    columns = [Column(what, whole=True), Column("what it is")]
    table: list[list[Cell]] = []
    for label, (first, *rest) in rows:
        table.append([Toned(label, "strong"), [first, *(Toned(line, "faint") for line in rest)]])
    return Page("", [Section("", columns, table)])


def kind_page(kind: str) -> Page:
    """What a kind is and reads, the options of its reader, and a command to begin with."""
    from inspect import Parameter, getdoc, signature

    from ..pages import Page, Section
    from ..plugins import options_of, problem_class

    chosen = problem_class(kind)
    names: list[str] = getattr(chosen, "instances", list)()
    facts = [("reads", chosen.formats), *([("bundled", ", ".join(names))] if names else [])]
    options, defaults = [], signature(chosen.read).parameters
    for option in options_of(chosen.read):
        known = option in defaults and defaults[option].default not in (None, Parameter.empty)
        options.append(f"  {option}" + (f"  (default {defaults[option].default})" if known else ""))
    meaning = "\n".join(f"  {line}".rstrip() for line in (getdoc(chosen.read) or "").splitlines())
    example = f"  qopt solve {kind} {names[0] if names else 'FILE'}"
    return Page(
        f"{kind}: {(getdoc(chosen) or '').splitlines()[0]}",
        [
            Section(facts=facts),
            Section("options, each as --set NAME=VALUE", lines=options),
            Section("what they mean", verbatim=meaning),
            Section("for example", lines=[example]),
        ],
    )


def best_plans(records: list[TrialRecord]) -> list[Page]:
    """The annealer's plan of each instance, or else the first solver's that found one."""
    from ..pages import Page, Section

    chosen: dict[str, Any] = {}
    for record in records:
        result, solver = record.result, record.trial.solver
        if result is None or result.best is None:
            continue
        known = chosen.get(result.instance)
        if known is None or solver == "annealer" != known.solver:
            chosen[result.instance] = result
    return [
        Page(
            f"{result.instance}, by {result.solver}, objective {result.objective:.6g}",
            [Section(verbatim=str(result.best))],
        )
        for result in chosen.values()
    ]


def outcome_of(record: TrialRecord) -> str:
    """A trial in a line, for a log."""
    result = record.result
    if result is None:
        outcome = "failed"
    elif result.objective is None:
        outcome = result.status.value
    else:
        outcome = f"objective {result.objective:.6g}"
    return f"{record.trial.label}: {outcome} in {record.seconds:.1f} s"


def written(found: Decompiled, path: Path, source: str, sense: Sense, *, meant: bool) -> str:
    """Writes what was read back as a model's file, and says what is in it."""
    from ..compiler.model_files.writing import write_model

    proved, rows = int(found.proved.sum()), len(found.rows)
    if meant:
        said = f"all {rows:,} rows are constraints, {proved:,} of them proved"
    else:
        said = f"{proved:,} of {rows:,} rows are proved and constraints, the others penalties"
    comments = [f"read back from the QUBO {source}: {said}"]
    if sense == "max":
        comments.append(f"what {source} maximises is negated here, and minimised")
    write_model(path, found.model if meant else found.sure, comments)
    return f"saved to {path}: {said}"


def status_of(progress: Progress) -> str:
    best = (
        "no feasible plan yet" if progress.objective is None else f"best {progress.objective:.6g}"
    )
    return f"{best} after {progress.seconds:.1f} s"


def bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(20),
        TimeElapsedColumn(),
        TextColumn("{task.fields[status]}", markup=False),
    ]
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def show(page: Page) -> None:
    """On a terminal in its colours; elsewhere as text whose tables are as wide as is asked for."""
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(page)
    else:
        write(page.text(console.width))


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
