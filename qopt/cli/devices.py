"""The command of devices: fits."""

from __future__ import annotations

import warnings
from typing import Annotated

import typer

from ..errors import InputWarning, Stopped
from . import arguments
from .arguments import Options, What
from .interrupts import until_ctrl_c
from .shown import show, write

app = typer.Typer()


@app.command()
def fits(
    what: What,
    device: Annotated[
        str, typer.Option(help="A device that is described with qopt, or `all` of them.")
    ] = "advantage2",
    penalties: Annotated[
        str, typer.Option(help="'bounds', 'proven' or 'tuned', as `qopt.compile` has them.")
    ] = "bounds",
    time_limit: Annotated[float, typer.Option(help="Seconds for the answer.")] = 20.0,
    seed: Annotated[int, typer.Option(help="Of the search, 0 or more.")] = 0,
    options: Options = None,
) -> None:
    """Whether a problem's QUBO has a place on an annealer, and how large one of its kind may be.

    No device is asked: its graph is bundled. Exit code 1 where no place was found, 130 after
    Ctrl-C.
    """
    from ..compiler import compile_cqm
    from ..devices import described, names
    from ..ocean.embedding import fits as has_place

    chosen = [described(name) for name in (names() if device == "all" else [device])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)  # a model's meaning is not asked for here
        problem = arguments.problem_of(what, options)
    compiled = compile_cqm(problem.model(), penalties=penalties)
    if compiled.settled() is not None:
        write("the problem is solved by its constraints alone: nothing would be sent to a device")
        return
    bqm, lacking = compiled.bqm(), False
    with until_ctrl_c() as interrupt:
        for one in chosen:
            try:
                fit = has_place(bqm, one, time_limit=time_limit, seed=seed, interrupt=interrupt)
            except Stopped:
                raise typer.Exit(130) from None
            show(fit.page())
            lacking = lacking or not fit.fits
    if lacking:
        raise typer.Exit(1)
