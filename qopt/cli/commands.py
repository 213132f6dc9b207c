"""The commands."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputWarning, QoptError
from ..kit.saving import require_writable
from . import arguments, shown
from .arguments import Options, Parameters, What, pairs
from .shown import list_of, show, warn, write

if TYPE_CHECKING:
    from ..batch import Trial, TrialRecord
    from ..solver import Progress

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Plans from annealers.",
)


def _show_version(asked: bool) -> None:
    if asked:
        from ..provenance import versions

        write(f"qopt {versions()['qopt-annealing']}")
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
    warnings.showwarning = warn
    try:
        app()
    except QoptError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


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
    from ..plugins import make_solver
    from ..solve import solve as solve_problem

    if save is not None:
        require_writable(save)
    given = pairs(parameters)
    make_solver(solver, given)  # a wrong one is told before an argument of `solve` takes its name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)  # the result says it
        problem = arguments.problem_of(what, options)
    bar = shown.bar()
    with bar:
        task = bar.add_task(f"{solver} on {what[-1]}", status="")

        def tell(progress: Progress) -> None:
            bar.update(task, status=shown.status_of(progress))

        with _until_ctrl_c() as interrupt:
            budget = {"time_limit": time_limit, "seed": seed, "interrupt": interrupt}
            result = solve_problem(problem, solver=solver, on_progress=tell, **budget, **given)
    show(result.page())
    if save is not None:
        result.save(save)
        write(f"saved to {save}")
    if result.best is None:
        raise typer.Exit(1)


@app.command()
def run(
    spec: Annotated[Path, typer.Argument(help="A YAML file; configs/quickstart.yaml is one.")],
) -> None:
    """Run a batch of trials.

    Exit code 1 where a trial failed, 2 where the file is wrong and nothing ran, 130 after Ctrl-C.
    """
    from ..batch import read_spec, run_trials
    from ..report import trial_table

    plan = read_spec(spec)
    bar = shown.bar()
    done: list[TrialRecord] = []
    with bar:
        whole = bar.add_task(plan.name, total=len(plan.trials), status="")

        def start(trial: Trial) -> None:
            bar.update(whole, description=f"{plan.name}: {trial.label}", status="")

        def tell(trial: Trial, progress: Progress) -> None:
            bar.update(whole, status=shown.status_of(progress))

        def end(record: TrialRecord) -> None:
            bar.advance(whole)
            done.append(record)
            if not bar.console.is_terminal:
                write(f"{len(done)} of {len(plan.trials)}  {shown.outcome_of(record)}")
            if record.error is not None:
                what = f"{record.trial.label}: {record.error}"
                bar.console.print(what, style="red", markup=False, soft_wrap=True)

        with _until_ctrl_c() as interrupt:
            records = run_trials(
                plan.trials,
                plan.output,
                interrupt=interrupt,
                on_start=start,
                on_progress=tell,
                on_end=end,
            )
    for page in shown.best_plans(records):
        show(page)
        write("")
    show(trial_table(records, title=plan.name))
    saved = sum(record.result is not None and record.error is None for record in records)
    write(f"{saved} results saved in {plan.output}")
    if interrupt():
        missing = len(plan.trials) - len(records)
        write(f"interrupted: {missing} of {len(plan.trials)} trials were not begun")
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
    from ..diagnosis import Verdict
    from ..diagnosis import diagnose as find_fault
    from ..result import Result

    of_result = len(what) > 1 and what[0].endswith(".json")
    problem = arguments.problem_of(what[of_result:], options)
    subject, model = (Result.load(what[0]), problem) if of_result else (problem, None)
    diagnosis = find_fault(subject, model=model, time_limit=time_limit, seed=seed)
    show(diagnosis.page())
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
    from ..assignment import Model
    from ..compiler import compile_cqm
    from ..diagnosis.reading import check_reading

    problem = arguments.problem_of(what, options)
    model = problem.source if isinstance(problem, Model) else problem.model()
    if isinstance(problem, Model) and problem.source.format in ("lp", "mps"):
        reading = check_reading(problem, seed=seed)
        show(reading.page())
        if not reading.ok:
            raise typer.Exit(1)
    verification = compile_cqm(model, penalties=penalties).verify(
        bits=bits, samples=samples, seed=seed
    )
    show(verification.page())
    if not verification.ok:
        raise typer.Exit(1)


@app.command()
def decompile(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="[FORMAT] FILE",
            help="A QUBO's file, in a format that qopt.Qubo.read knows, or a BQM's of dimod.",
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(help="Write the model that was read back to this file, .lp or .mps."),
    ] = None,
    meant: Annotated[
        bool,
        typer.Option(
            "--meant/--proved",
            help="In that file, make constraints of all rows, as they were probably meant; "
            "or only of those that no state of lowest energy is proved to break.",
        ),
    ] = True,
    options: Options = None,
) -> None:
    """Read the constraints back that somebody made penalties of, and show them.

    Exit code 1 where none are found.
    """
    from ..assignment import Model
    from ..decompiler import decompile as read_back
    from ..kit.files import told_of

    if to is not None:
        arguments.require_model_file(to)
    problem = arguments.problem_of(what, options)
    model = problem.source if isinstance(problem, Model) else problem.model()
    with told_of(Path(what[-1])):
        found = read_back(model)
    show(found.report())
    for note in getattr(problem, "notes", ()):
        write(f"note: {note}")
    if to is not None:
        write(shown.written(found, to, what[-1], problem.sense, meant=meant))
    if not found.rows:
        raise typer.Exit(1)


@app.command()
def problems(
    kind: Annotated[str | None, typer.Argument(help="One of the kinds, to be shown whole.")] = None,
) -> None:
    """List the kinds of problems, their files and bundled instances; or show one KIND's options."""
    if kind is not None:
        show(shown.kind_page(kind))
        return
    from ..plugins import problem_class, problem_kinds

    rows = []
    for kind in problem_kinds():
        chosen = problem_class(kind)
        lines = [(chosen.__doc__ or "").strip().split("\n")[0]]
        lines += [f"reads {chosen.formats}"] if getattr(chosen, "formats", "") else []
        bundled: list[str] = getattr(chosen, "instances", list)()
        lines += [f"bundled: {', '.join(bundled)}"] if bundled else []
        rows.append((kind, lines))
    show(list_of("kind", rows))


@app.command()
def solvers() -> None:
    """List the solvers, what each needs, and what is missing here."""
    from ..plugins import solver_class, solver_names

    rows = []
    for name in solver_names():
        chosen = solver_class(name)
        lacking = chosen().missing()
        here = "ready" if lacking is None else f"missing here: {lacking}"
        rows.append((name, [chosen.summary, f"needs {chosen.needs}; {here}"]))
    show(list_of("solver", rows))


@app.command()
def warmup() -> None:
    """Compile the annealer's kernels into the cache on disk, so that no later run has to."""
    from ..anneal.ising.layout import FORMS
    from ..anneal.warm import warm_up, warm_up_constrained

    for form in FORMS:
        write(f"{form.name:20} {warm_up(form):6.2f} s")
    write(f"{'constrained':20} {warm_up_constrained():6.2f} s")


@app.command()
def version() -> None:
    """Print the versions an answer can depend on."""
    from ..provenance import versions

    for package, number in versions().items():
        write(f"{package} {number}")


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
