"""The commands."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputWarning, QoptError
from ..kit.saving import require_writable
from . import arguments, devices, emulator, jobs, policy, reports, shown, studies
from .arguments import Options, Parameters, What, pairs
from .interrupts import until_ctrl_c
from .shown import list_of, show, warn, write

if TYPE_CHECKING:
    from ..solver import Progress

SEED = "0 or more; drawn where not given, but 0 for solvers that charge and keep a journal."

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Plans from annealers.",
)
app.add_typer(studies.app)
app.add_typer(reports.app)
app.add_typer(jobs.app)
app.add_typer(emulator.app)
app.add_typer(policy.app)
app.add_typer(devices.app)


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
    seed: Annotated[int | None, typer.Option(help=SEED)] = None,
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

        with until_ctrl_c() as interrupt:
            budget = {"time_limit": time_limit, "seed": seed, "interrupt": interrupt}
            result = solve_problem(problem, solver=solver, on_progress=tell, **budget, **given)
    show(result.page())
    if save is not None:
        result.save(save)
        write(f"saved to {save}")
    if result.best is None:
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
        typer.Argument(
            metavar="KIND FILE | MODEL.lp | REPORT.html",
            help="A problem, a model as it stands, or a page that `qopt report` wrote.",
        ),
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
    Of a page that `qopt report` wrote, or that is in a study's folder, every number is computed
    again from the records in it.
    """
    if (page := reports.page_of(what)) is not None:
        reports.verify_page(page)
        return
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
