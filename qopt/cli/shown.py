"""What the command line writes: lists, kinds, plans, a bar, lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from ..errors import InputWarning, QoptError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Progress as Bar

    from ..batch import Record, Run
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


def best_plans(run: Run, most: int = 5) -> list[Page]:
    """The best plan of each instance, of equal ones the annealer's, or else that of the first
    trial; of at most `most` instances.
    """
    from ..pages import Page, Section
    from ..problem import better

    chosen: dict[tuple[str, str], Record] = {}
    for record in run.records:
        if record.outcome != "feasible" or record.objective is None:
            continue
        known = chosen.setdefault((record.kind, record.instance), record)
        as_good = record.objective == known.objective
        its_own = as_good and record.solver == "annealer" != known.solver
        if its_own or better(record.sense, record.objective, known.objective or 0.0):
            chosen[record.kind, record.instance] = record
    return [
        Page(
            f"{record.instance}, by {record.solver}, objective {record.objective:.6g}",
            [Section(verbatim=str(run.result(record).best))],
        )
        for record in list(chosen.values())[:most]
    ]


def verdicts(run: Run) -> list[str]:
    """The answers to the question that a study asks; none before all of its trials are there."""
    if "baseline" not in run.question or run.missing:
        return []
    try:
        return list(run.compare().sentences())
    except QoptError as error:
        return [f"no comparison: {error}"]


def outcome_of(record: Record) -> str:
    """A trial in a line, for a log."""
    outcome = record.outcome if record.objective is None else f"objective {record.objective:.6g}"
    if record.outcome == "interrupted" and record.objective is not None:
        outcome = f"interrupted, {outcome} so far"
    copied = " (solved before, copied)" if record.copied else ""
    return f"{record.label}: {outcome} in {record.seconds:.1f} s{copied}"


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


def bar(*, shown: bool = True) -> Bar:
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
    return Progress(
        *columns, console=console, transient=True, disable=not (shown and console.is_terminal)
    )


def show(page: Page) -> None:
    """On a terminal in its colours; elsewhere as text whose tables are as wide as is asked for."""
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(page)
    else:
        write(page.text(console.width))


def complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
