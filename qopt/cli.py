"""The command line: parse, call, print. A person's mistake is one line and exit code 2."""

from __future__ import annotations

import json
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from .errors import InputWarning, QoptError
from .kit.saving import require_writable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from .batch import Trial, TrialRecord
    from .pages import Page
    from .solver import Progress

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Plans from annealers.",
)

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


def _show_version(asked: bool) -> None:
    if asked:
        from .provenance import versions

        _print(f"qopt {versions()['qopt-annealing']}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Plans from annealers."""


def main() -> None:
    """Entry point of the command `qopt`."""
    warnings.showwarning = _warned
    try:
        app()
    except QoptError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def _warned(
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


@app.command()
def solve(
    what: What,
    solver: Annotated[str, typer.Option(help="A solver, as `qopt solvers` lists them.")] = "auto",
    time_limit: Annotated[float, typer.Option(help="Seconds of sampling.")] = 10.0,
    seed: Annotated[int | None, typer.Option(help="0 or more; drawn where not given.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the result to this JSON file.")] = None,
    options: Options = None,
    parameters: Parameters = None,
) -> None:
    """Solve one problem and print its plan. Exit code 1 where no feasible plan was found."""
    from .plugins import make_solver
    from .solve import solve as solve_problem

    if save is not None:
        require_writable(save)
    given = _pairs(parameters)
    make_solver(solver, given)  # a wrong one is told before an argument of `solve` takes its name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)  # the result says it
        problem = _asked(what, options)
    bar = _bar()
    with bar:
        task = bar.add_task(f"{solver} on {what[-1]}", status="")

        def show(progress: Progress) -> None:
            bar.update(task, status=_status(progress))

        with _until_ctrl_c() as interrupt:
            budget = {"time_limit": time_limit, "seed": seed, "interrupt": interrupt}
            result = solve_problem(problem, solver=solver, on_progress=show, **budget, **given)
    _show(result.page())
    if save is not None:
        result.save(save)
        _print(f"saved to {save}")
    if result.best is None:
        raise typer.Exit(1)


@app.command()
def run(
    spec: Annotated[Path, typer.Argument(help="A YAML file; configs/quickstart.yaml is one.")],
) -> None:
    """Run a batch of trials.

    Exit code 1 where a trial failed, 2 where the file is wrong and nothing ran, 130 after Ctrl-C.
    """
    from .batch import read_spec, run_trials
    from .report import trial_table

    plan = read_spec(spec)
    bar = _bar()
    done: list[TrialRecord] = []
    with bar:
        whole = bar.add_task(plan.name, total=len(plan.trials), status="")

        def start(trial: Trial) -> None:
            bar.update(whole, description=f"{plan.name}: {trial.label}", status="")

        def show(trial: Trial, progress: Progress) -> None:
            bar.update(whole, status=_status(progress))

        def end(record: TrialRecord) -> None:
            bar.advance(whole)
            done.append(record)
            if not bar.console.is_terminal:
                _print(f"{len(done)} of {len(plan.trials)}  {_told(record)}")
            if record.error is not None:
                what = f"{record.trial.label}: {record.error}"
                bar.console.print(what, style="red", markup=False, soft_wrap=True)

        with _until_ctrl_c() as interrupt:
            records = run_trials(
                plan.trials,
                plan.output,
                interrupt=interrupt,
                on_start=start,
                on_progress=show,
                on_end=end,
            )
    for page in _best_plans(records):
        _show(page)
        _print("")
    _show(trial_table(records, title=plan.name))
    saved = sum(record.result is not None and record.error is None for record in records)
    _print(f"{saved} results saved in {plan.output}")
    if interrupt():
        missing = len(plan.trials) - len(records)
        _print(f"interrupted: {missing} of {len(plan.trials)} trials were not begun")
        raise typer.Exit(130)
    if any(record.error is not None for record in records):
        raise typer.Exit(1)


@app.command()
def diagnose(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[RESULT.json] KIND FILE | MODEL.lp",
            help="A saved result and the problem it is of; or the problem alone: "
            "has it a feasible plan at all?",
        ),
    ],
    time_limit: Annotated[float, typer.Option(help="Seconds for all questions together.")] = 10.0,
    seed: Annotated[int | None, typer.Option(help="0 or more; drawn where not given.")] = None,
    options: Options = None,
) -> None:
    """Whose fault is a poor result: the penalties', the sampler's or the model's?

    Exit code 1 where that was not settled.
    """
    from .diagnosis import Verdict
    from .diagnosis import diagnose as find_fault
    from .result import Result

    of_result = len(what) > 1 and what[0].endswith(".json")
    problem = _asked(what[of_result:], options)
    subject, model = (Result.load(what[0]), problem) if of_result else (problem, None)
    diagnosis = find_fault(subject, model=model, time_limit=time_limit, seed=seed)
    _show(diagnosis.page())
    if diagnosis.verdict is Verdict.UNKNOWN:
        raise typer.Exit(1)


@app.command()
def verify(
    what: Annotated[
        list[str],
        typer.Argument(metavar="KIND FILE | MODEL.lp", help="A problem, or a model as it stands."),
    ],
    penalties: Annotated[
        str, typer.Option(help="'bounds', 'proven' or 'tuned', as `qopt.compile` has them.")
    ] = "bounds",
    bits: Annotated[
        int, typer.Option(help="Every state is tried of a QUBO of at most so many bits.")
    ] = 20,
    samples: Annotated[int, typer.Option(help="Assignments that are tried of a larger one.")] = 400,
    seed: Annotated[int, typer.Option(help="Of these, 0 or more.")] = 0,
    options: Options = None,
) -> None:
    """Check that a model says what its file says, and its QUBO what the model says. Exit code 1,
    and a counterexample, if not.

    LP and MPS files are read a second time, word by word; of other files only the QUBO is checked.
    """
    from .assignment import Model
    from .compiler import compile_cqm
    from .diagnosis.reading import check_reading

    problem = _asked(what, options)
    model = problem.source if isinstance(problem, Model) else problem.model()
    if isinstance(problem, Model) and problem.source.format in ("lp", "mps"):
        reading = check_reading(problem, seed=seed)
        _show(reading.page())
        if not reading.ok:
            raise typer.Exit(1)
    verification = compile_cqm(model, penalties=penalties).verify(
        bits=bits, samples=samples, seed=seed
    )
    _show(verification.page())
    if not verification.ok:
        raise typer.Exit(1)


@app.command()
def problems(
    kind: Annotated[str | None, typer.Argument(help="One of the kinds, to be shown whole.")] = None,
) -> None:
    """List the kinds of problems, their files and bundled instances; or show one KIND's options."""
    if kind is not None:
        _show(_kind_page(kind))
        return
    from .plugins import problem_class, problem_kinds

    rows = []
    for kind in problem_kinds():
        chosen = problem_class(kind)
        lines = [(chosen.__doc__ or "").strip().split("\n")[0]]
        lines += [f"reads {chosen.formats}"] if getattr(chosen, "formats", "") else []
        bundled: list[str] = getattr(chosen, "instances", list)()
        lines += [f"bundled: {', '.join(bundled)}"] if bundled else []
        rows.append((kind, lines))
    _show(_list_of("kind", rows))


def _list_of(what: str, rows: list[tuple[str, list[str]]]) -> Page:
    """A table of names, which are never cut, each with a few lines beside it."""
    from .pages import Cell, Column, Page, Section, Toned

    columns = [Column(what, whole=True), Column("what it is")]
    table: list[list[Cell]] = []
    for label, (first, *rest) in rows:
        table.append([Toned(label, "strong"), [first, *(Toned(line, "faint") for line in rest)]])
    return Page("", [Section("", columns, table)])


def _kind_page(kind: str) -> Page:
    """What a kind is and reads, the options of its reader, and a command to begin with."""
    from inspect import Parameter, getdoc, signature

    from .pages import Page, Section
    from .plugins import options_of, problem_class

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


@app.command()
def solvers() -> None:
    """List the solvers, what each needs, and what is missing here."""
    from .plugins import solver_class, solver_names

    rows = []
    for name in solver_names():
        chosen = solver_class(name)
        lacking = chosen().missing()
        here = "ready" if lacking is None else f"missing here: {lacking}"
        rows.append((name, [chosen.summary, f"needs {chosen.needs}; {here}"]))
    _show(_list_of("solver", rows))


@app.command()
def warmup() -> None:
    """Compile the annealer's kernels into the cache on disk, so that no later run has to."""
    from .anneal.ising.layout import FORMS
    from .anneal.warm import warm_up, warm_up_constrained

    for form in FORMS:
        _print(f"{form.name:20} {warm_up(form):6.2f} s")
    _print(f"{'constrained':20} {warm_up_constrained():6.2f} s")


@app.command()
def version() -> None:
    """Print the versions an answer can depend on."""
    from .provenance import versions

    for package, number in versions().items():
        _print(f"{package} {number}")


@contextmanager
def _until_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks the solver to end with what it has; the next one is Python's own again."""
    asked, before = threading.Event(), signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _asked(what: list[str], options: list[str] | None) -> Any:
    """The problem that KIND FILE name, or the model of a file, alone or after its format."""
    from .assignment import Model
    from .compiler.sources.sources import FORMATS, Source
    from .plugins import check_options, problem_kinds

    given, kinds = _pairs(options), problem_kinds()
    match what:
        case [kind] if kind in kinds:
            needed = f"give its file, too; `qopt problems {kind}` shows which"
            raise QoptError(f"{kind} is a kind of problem: {needed}")
        case [kind, file] if kind in kinds or kind not in FORMATS:
            return _problem(kind, file, given)
        case [*form, file] if len(form) < 2:
            check_options("a model", Source.of, given)
            return Model.of(Path(file), **given, **({"format": form[0]} if form else {}))
        case _:
            raise QoptError("give KIND FILE, or a model's file alone")


def _problem(kind: str, file: str, options: dict[str, Any]) -> Any:
    """From a file, or else a bundled instance of that name."""
    from .plugins import make_problem, problem_class

    bundled = not Path(file).exists() and file in getattr(problem_class(kind), "instances", list)()
    source: Any = {"instance": file} if bundled else {"file": file}
    return make_problem(kind, **source, options=options)


def _pairs(given: list[str] | None) -> dict[str, Any]:
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


def _best_plans(records: list[TrialRecord]) -> list[Page]:
    """The annealer's plan of each instance, or else the first solver's that found one."""
    from .pages import Page, Section

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


def _told(record: TrialRecord) -> str:
    """A trial in a line, for a log."""
    result = record.result
    if result is None:
        outcome = "failed"
    elif result.objective is None:
        outcome = result.status.value
    else:
        outcome = f"objective {result.objective:.6g}"
    return f"{record.trial.label}: {outcome} in {record.seconds:.1f} s"


def _status(progress: Progress) -> str:
    best = (
        "no feasible plan yet" if progress.objective is None else f"best {progress.objective:.6g}"
    )
    return f"{best} after {progress.seconds:.1f} s"


def _bar() -> Bar:
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


def _show(page: Page) -> None:
    """On a terminal in its colours; elsewhere as text whose tables are as wide as is asked for."""
    from rich.console import Console

    console = Console()
    if console.is_terminal:
        console.print(page)
    else:
        _print(page.text(console.width))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
