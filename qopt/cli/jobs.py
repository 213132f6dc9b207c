"""The commands of jobs and money: jobs, budget, quote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import QoptError
from . import arguments
from .arguments import Options, Parameters, pairs
from .interrupts import until_ctrl_c
from .shown import complain, show, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..batch.trial import Trial
    from ..ocean.jobs import Entry
    from ..ocean.money import Budget, Prices, Quote
    from ..pages import Cell

app = typer.Typer()
jobs = typer.Typer(
    invoke_without_command=True,
    help="List what was submitted to annealers and services; go on with it, or cancel it.",
)
app.add_typer(jobs, name="jobs")

Profile = Annotated[
    str | None, typer.Option(help="Of Ocean's configuration; its own choice where not given.")
]
Deadline = Annotated[float, typer.Option(help="Seconds to wait for answers.")]


@jobs.callback()
def list_jobs(
    context: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="Also those that have ended; else what is under way.")
    ] = False,
) -> None:
    """List the jobs of the journal: what is under way, and with --all what has ended."""
    if context.invoked_subcommand is not None:
        return
    from ..ocean.jobs import Journal
    from ..ocean.jobs.journal.entry import OPEN

    with Journal.of_user() as journal:
        entries = journal.entries() if every else journal.entries(OPEN)
        ended = len(journal.entries()) - len(journal.entries(OPEN))
    if entries:
        _show_entries(entries)
    else:
        told = f"; --all lists {ended} more, which ended" if ended and not every else ""
        write(f"no job is under way{told}")


@jobs.command()
def resume(
    job: Annotated[str, typer.Argument(metavar="[ID]", help="A job's, or 'all'.")] = "all",
    profile: Profile = None,
    deadline: Deadline = 60.0,
) -> None:
    """Fetch the answers of what waits, find out what became of what may have been sent, and refund
    what never was. Nothing is sent. Exit code 1 where something is still open afterwards.
    """
    from ..ocean.jobs import Journal
    from ..ocean.jobs import resume as resume_jobs
    from ..ocean.jobs.journal.entry import OPEN
    from ..ocean.session import Session

    with Journal.of_user() as journal:
        entries = journal.entries(OPEN)
        chosen = None if job == "all" else [job]
        if job != "all" and not (entry := journal.entry(job)).open:
            write(f"job {job} is {entry.state}: there is nothing to go on with")
            return
        if not entries:
            write("no job is under way")
            return
    with until_ctrl_c() as interrupt, Session.open(profile, interrupt=interrupt) as session:
        found = resume_jobs(
            session.connection, session.journal, chosen, deadline=deadline, interrupt=interrupt
        )
    if found:
        _show_entries([entry for entry, _ in found])
    for entry, outcome in found:
        if entry.open:
            complain(str(outcome))
    here = {entry.job for entry, _ in found}
    for entry in entries if chosen is None else ():
        if entry.job not in here:
            complain(f"job {entry.job} is of {entry.endpoint}: go there with --profile")
    if any(entry.open for entry, _ in found):
        raise typer.Exit(1)


@jobs.command()
def cancel(
    job: Annotated[str, typer.Argument(metavar="ID", help="A job's.")], profile: Profile = None
) -> None:
    """Ask the service to cancel a job. Exit code 1 where it runs, and cannot be cancelled."""
    from ..ocean.jobs import Journal
    from ..ocean.jobs import cancel as cancel_job
    from ..ocean.session import Session

    with Journal.of_user() as journal:
        if not (entry := journal.entry(job)).open:
            raise QoptError(f"job {job} is {entry.state}: there is nothing to cancel")
    with Session.open(profile) as session:
        entry, _ = cancel_job(session.connection, session.journal, job)
    _show_entries([entry])
    if entry.open:
        raise typer.Exit(1)


@jobs.command()
def forget(
    days: Annotated[float, typer.Option(min=0.0, help="Of jobs that ended so long ago.")],
) -> None:
    """Drop stored answers, and what they were to be decoded with. What was charged stays noted; the
    same questions are asked, and paid for, anew.
    """
    from ..ocean.jobs import Journal

    with Journal.of_user() as journal:
        count = journal.forget(datetime.now(UTC) - timedelta(days=days))
    write("1 answer is dropped" if count == 1 else f"{count} answers are dropped")


@app.command()
def budget(
    name: Annotated[
        str | None, typer.Argument(help="A budget; all are listed where none is given.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Seconds that may be charged in all; 0 stops it.")
    ] = None,
    money: Annotated[
        float | None, typer.Option(help="Money that may be spent in all; 0 stops it.")
    ] = None,
) -> None:
    """Show what a budget has left; make it, or change its limits."""
    from ..ocean.jobs import Journal

    with Journal.of_user() as journal:
        if name is None:
            found = journal.budgets()
        elif seconds is None and money is None:
            found = [journal.budget(name)]
        else:
            found = [journal.set_budget(name, seconds=seconds, money=money)]
    if not found:
        write("there is no budget; `qopt budget NAME --seconds S --money M` makes one")
        return
    _show_budgets(found)


@app.command()
def quote(
    what: Annotated[
        list[str],
        typer.Argument(metavar="STUDY | [KIND] FILE", help="A study, or a problem or model."),
    ],
    solver: Annotated[str, typer.Option(help="qpu, leap-bqm, leap-cqm or leap-nl.")] = "qpu",
    device: Annotated[
        str, typer.Option(help="advantage2, advantage or advantage2-small.")
    ] = "advantage2",
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.yaml", help="Where not given, those of the policy, or of QOPT_PRICES."
        ),
    ] = None,
    time_limit: Annotated[
        float, typer.Option(help="Seconds: of a hybrid service, or of the search for an embedding.")
    ] = 10.0,
    qubits: Annotated[
        int | None, typer.Option(help="That the problem takes; else it is embedded to know.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="So many solves of it.")] = 1,
    options: Options = None,
    parameters: Parameters = None,
) -> None:
    """Say what solves would be charged, in seconds and money, from the devices' published timing.
    Nothing is sent.
    """
    from ..ocean.money import quote as quote_problem

    table = _prices(prices)
    if len(what) == 1 and what[0].lower().endswith((".yaml", ".yml")):
        _quote_study(Path(what[0]), device, table)
        return
    given = pairs(parameters)
    found = quote_problem(
        arguments.problem_of(what, options),
        solver=solver,
        parameters=given,
        time_limit=time_limit,
        device=device,
        prices=table,
        qubits=qubits,
    )
    _show_quotes(what[-1], [(what[-1], found)] * runs, table)


def _prices(path: Path | None) -> Prices:
    """Of the file that was named, or else of the policy, or else of the user's own file."""
    from ..ocean.money import Prices
    from ..ocean.policy import policy_of

    if path is not None:
        return Prices.read(path)
    policy = policy_of(None)
    named = Prices.of(policy.prices, policy.currency or "")
    return named if named.tariffs else Prices.of_user()


def _quote_study(path: Path, device: str, prices: Prices) -> None:
    from ..batch import read_study
    from ..batch.quoting import quote_study

    study = read_study(path, ready=False)
    found = quote_study(study, device=device, prices=prices)
    if not found:
        write(f"{study.name}: no trial is charged by anybody")
        return
    quoted = [(_solve(each.trial), each.quote) for each in found if each.quote is not None]
    if quoted:
        _show_quotes(study.name, quoted, prices)
    wrong = {_solve(each.trial): each.why for each in found if each.quote is None}
    for label, why in wrong.items():
        complain(f"{label}: {why}")
    if len(quoted) < len(found):
        raise typer.Exit(1)


def _solve(trial: Trial) -> str:
    """What trials that differ in the seed have in common."""
    return f"{trial.instance.name} by {trial.solver_name}"


def _show_quotes(name: str, quotes: Sequence[tuple[str, Quote]], prices: Prices) -> None:
    from ..ocean.money import total
    from ..pages import Column, Page, Section

    columns = [
        Column("a solve", whole=True),
        Column("device", whole=True),
        Column("qubits", right=True),
    ]
    columns += [Column("reads", right=True), Column("seconds", right=True)]
    columns += [Column(f"money {prices.currency}".strip(), right=True), Column("times", right=True)]
    counted: dict[tuple[str, Quote], int] = {}
    for each in quotes:
        counted[each] = counted.get(each, 0) + 1
    rows: list[list[Cell]] = [
        [label, q.device, _number(q.qubits), _number(q.reads), _number(q.seconds),
         _number(q.money), times]
        for (label, q), times in counted.items()
    ]  # fmt: skip
    cost, unpriced = total(quote for _, quote in quotes)
    facts = [("solves", str(len(quotes))), ("seconds in all", f"{cost.seconds:.6g}")]
    if unpriced < len(quotes):
        facts += [("money in all", f"{cost.money:.6g} {prices.currency}".strip())]
    if unpriced:
        known = "no price is known" if unpriced == len(quotes) else f"{unpriced} have no price"
        facts += [("money", f"{known}: give --prices FILE.yaml, or set QOPT_PRICES")]
    notes = sorted({note for _, quote in quotes for note in quote.notes})
    show(Page(name, [Section("", columns, rows, facts=facts, lines=notes)]))
    write("nothing was sent")


def _show_entries(entries: Iterable[Entry]) -> None:
    from ..pages import Column, Page, Section

    entries = list(entries)
    columns = [Column("job", whole=True), Column("age", right=True, whole=True)]
    columns += [Column(name, whole=True) for name in ("name", "solver", "state")]
    costs = ("estimate", "charged", "money", "budget")
    columns += [Column(name, right=True, whole=True) for name in costs]
    rows: list[list[Cell]] = []
    for e in entries:
        charged = "" if e.open else f"{e.charged_seconds:.4g} s"
        first: list[Cell] = [e.job, _age(e.created), e.name, e.solver_name, e.state]
        cost = [f"{e.estimate:.4g} s", charged, _number(e.charged_money or None)]
        rows.append([*first, *cost, e.budget or ""])
    filled = [any(row[k] for row in rows) for k in range(len(columns))]
    shown = [[cell for cell, there in zip(row, filled, strict=True) if there] for row in rows]
    there = [column for column, full in zip(columns, filled, strict=True) if full]
    notes = [f"{e.job}: {e.note}" for e in entries if e.note]
    show(Page("", [Section("", there, shown, lines=notes)]))


def _show_budgets(budgets: Iterable[Budget]) -> None:
    from ..pages import Column, Page, Section

    columns = [Column("budget", whole=True), Column("of")]
    columns += [Column(name, right=True) for name in ("limit", "spent", "reserved", "left")]
    rows: list[list[Cell]] = []
    for each in budgets:
        left = each.left()
        for what in ("seconds", "money"):
            limit = getattr(each, what)
            if limit is None and what == "money" and not each.spent.money:
                continue
            spent, reserved = getattr(each.spent, what), getattr(each.reserved, what)
            shown = "none" if limit is None else f"{limit:.6g}"
            rows.append([each.name, what, shown, _number(spent), _number(reserved),
                         _number(left[what])])  # fmt: skip
    show(Page("", [Section("", columns, rows)]))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _age(created: str) -> str:
    seconds = (datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()
    for unit, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"
