"""The commands that make and check pages: report, compare, and the part of verify for pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import QoptError
from .shown import show, write
from .studies import Folder

if TYPE_CHECKING:
    from ..compare import Rates

app = typer.Typer()

Margin = Annotated[
    float | None,
    typer.Option(help="The least difference that matters, where not as the study registered it."),
]
Metric = Annotated[
    str | None,
    typer.Option(help="objective, anytime, time or money, where not as the study registered it."),
]


@app.command()
def report(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="RUN/report.html where not given.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="A solver's label, where not as the study registered it.")
    ] = None,
    metric: Metric = None,
    margin: Margin = None,
    runs_a_year: Annotated[float | None, typer.Option(help="How often you plan.")] = None,
    worth_of_percent: Annotated[
        float | None, typer.Option(help="Money that one percent of a run's objective is worth.")
    ] = None,
    device_a_year: Annotated[
        float | None, typer.Option(help="Money that the solver's device costs a year.")
    ] = None,
) -> None:
    """Write a study's results as one HTML file, which proves itself: `qopt verify FILE.html`."""
    from ..report import report as made

    given = {"baseline": baseline, "metric": metric, "margin": margin}
    path = made(
        folder,
        output,
        question={name: value for name, value in given.items() if value is not None},
        rates=_rates(runs_a_year, worth_of_percent, device_a_year),
    )
    write(f"saved to {path}: {path.stat().st_size / 1e6:.1f} MB; `qopt verify {path}` checks it")


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN_A", help="The folder of a run.")],
    second: Annotated[
        Path, typer.Argument(metavar="RUN_B", help="That of another run of the same study.")
    ],
    metric: Metric = None,
    margin: Margin = None,
) -> None:
    """Compare each solver in RUN_B with itself in RUN_A, as a release with the one before.

    Exit code 0 where none is worse, 1 where one is worse beyond the margin or has a plan
    significantly less often, 2 for a mistake.
    """
    from ..batch import Run
    from ..report import compare_runs

    given: dict[str, Any] = {"metric": metric, "margin": margin}
    asked = {name: value for name, value in given.items() if value is not None}
    found = compare_runs(Run.open(first), Run.open(second), **asked)
    show(found.page())
    if found.worse:
        raise typer.Exit(1)


def page_of(what: list[str]) -> Path | None:
    """The page that a person means: a file of that kind, or the one in a study's folder."""
    path = Path(what[0])
    if len(what) == 1 and (path / "records.sqlite").is_file():
        return path / "report.html"
    return path if len(what) == 1 and path.suffix.lower() in (".html", ".htm") else None


def verify_page(path: Path) -> None:
    """What `qopt verify` does with a page."""
    from ..report import verify

    found = verify(path)
    show(found.page())
    if not found.ok:
        raise typer.Exit(1)


def _rates(
    runs_a_year: float | None, worth_of_percent: float | None, device_a_year: float | None
) -> Rates | None:
    from ..compare import Rates

    given = (runs_a_year, worth_of_percent, device_a_year)
    if all(value is None for value in given):
        return None
    if runs_a_year is None or worth_of_percent is None or device_a_year is None:
        raise QoptError("give --runs-a-year, --worth-of-percent and --device-a-year together")
    return Rates(runs_a_year, worth_of_percent, device_a_year)
