"""The commands of studies: check, run, why, export, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import QoptError
from . import shown
from .interrupts import until_ctrl_c
from .live import Live
from .shown import show, write

if TYPE_CHECKING:
    from ..batch import Study

app = typer.Typer()

StudyFile = Annotated[
    Path, typer.Argument(metavar="STUDY", help="A YAML file; configs/quickstart.yaml is one.")
]
Folder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a study's results.")]


@app.command()
def check(study: StudyFile) -> None:
    """Check a study without running it. Exit code 2, and every mistake by its line, if wrong."""
    from ..batch import read_study

    _write_forecast(read_study(study), fresh=False)


@app.command()
def run(
    study: StudyFile,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be run, how long, at what price.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Solve everything again, also what was solved before.")
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Begin no further trial after one that failed.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print failures only.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print a line of JSON for each thing that happens.")
    ] = False,
) -> None:
    """Run what is missing of a study: what was solved before is not solved again.

    Exit code 1 where a trial failed or an objective of service was missed, 2 where the file is
    wrong and nothing ran, 130 after Ctrl-C.
    """
    from ..batch import forecast, read_study
    from ..batch import run as run_study
    from ..report import LONGEST, solver_table, trial_table

    if quiet and jsonl:
        raise QoptError("give --quiet or --jsonl, and not both")
    asked = read_study(study)
    if dry_run:
        _write_forecast(asked, fresh=fresh)
        return
    expected = forecast(asked, fresh=fresh)
    trials = expected.to_solve + expected.shared
    with until_ctrl_c() as interrupt, Live(asked, trials, quiet=quiet, jsonl=jsonl) as live:
        done = run_study(
            asked, fresh=fresh, fail_fast=fail_fast, watch=live.watch, interrupt=interrupt
        )
    if not quiet and not jsonl:
        for page in shown.best_plans(done):
            show(page)
            write("")
        many = len(done.records) > LONGEST
        show((solver_table if many else trial_table)(done.records, title=asked.name))
        for line in shown.verdicts(done):
            write(line)
        saved = sum(record.file is not None for record in done.records)
        what = "1 result" if saved == 1 else f"{saved:,} results"
        next_step = f"; `qopt report {done.folder}` makes a page of them" if saved else ""
        write(f"{what} saved in {done.folder}{next_step}")
    if done.stopped is not None and fresh and not done.missing:
        kept = f"{live.left} of {trials} trials were not solved again, and are as they were before"
        shown.complain(f"{done.stopped}: {kept}")
    elif done.stopped is not None:
        left = f"{len(done.missing)} of {len(asked.trials)} trials were not begun"
        shown.complain(f"{done.stopped}: {left}; run the study again to go on")
    for service in done.services:
        (write if service.kept and not jsonl else shown.complain)(service.sentence())
    if interrupt():
        raise typer.Exit(130)
    missed = any(not service.kept for service in done.services)
    if done.failed or done.missing or missed or done.stopped is not None:
        raise typer.Exit(1)


@app.command()
def why(
    folder: Folder,
    trial: Annotated[str, typer.Argument(metavar="TRIAL", help="The label of a trial.")],
) -> None:
    """Say whether a trial is up to date, and what made it stale or had it solved again."""
    from ..batch import explain

    for line in explain(folder, trial):
        write(line)


@app.command()
def export(
    folder: Folder,
    to: Annotated[
        Path, typer.Option(help="A .csv or .parquet file; or a folder, for submissions to QOBLIB.")
    ],
    submitter: Annotated[str, typer.Option(help="Who submits, for QOBLIB.")] = "N/A",
    reference: Annotated[str, typer.Option(help="A paper or page, for QOBLIB.")] = "N/A",
    hardware: Annotated[str, typer.Option(help="The machine, for QOBLIB.")] = "N/A",
) -> None:
    """Write the records of a study for other programs."""
    from ..batch import Run
    from ..batch.exporting import Submitter
    from ..batch.exporting import export as write_all

    for path in write_all(Run.open(folder), to, Submitter(submitter, reference, hardware)):
        write(f"written to {path}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of studies, so that an editor completes and checks them."""
    from ..batch import schema as made

    write(json.dumps(made(), indent=2))


def _write_forecast(study: Study, *, fresh: bool) -> None:
    from ..batch import forecast
    from ..pages import Page, Section

    found = forecast(study, fresh=fresh)
    facts = [
        ("trials", str(found.trials)),
        ("solved before", str(found.done)),
        ("solved by another study", str(found.shared)),
        ("to be solved", str(found.to_solve)),
        ("seconds, at most about", f"{found.wall:.0f}"),
        ("money", f"{found.money:g}" if not found.unpriced else _unpriced(found.unpriced)),
    ]
    lines = [
        f"{count} {'is' if count == 1 else 'are'} stale: {reason}"
        for reason, count in found.stale.items()
    ]
    if found.lost:
        once = "begun before and have no record: they may have been paid for"
        lines.append(
            f"{found.lost} that cost money were {once}, and only --fresh begins them again"
        )
    if not found.affordable:
        begun = f", and {found.spent:g} is spent" if found.spent else ""
        lines.append(f"the limit of money is {found.limit:g}{begun}: what would cost more is left")
    show(Page(study.name, [Section(facts=facts, lines=lines)]))


def _unpriced(solvers: tuple[str, ...]) -> str:
    return f"not known for {', '.join(solvers)}: give its `price`, or a table in QOPT_PRICES"
