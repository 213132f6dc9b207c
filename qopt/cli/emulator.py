"""The command of the emulator: a local annealer service, until Ctrl-C."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ..errors import QoptError
from .shown import write

app = typer.Typer()


@app.command()
def emulator(
    device: Annotated[
        str, typer.Option(help="advantage2, advantage2-small or advantage.")
    ] = "advantage2",
    noise: Annotated[str, typer.Option(help="none, typical or early.")] = "none",
    seed: Annotated[int, typer.Option(help="Of all that is drawn, 0 or more.")] = 0,
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    host: Annotated[
        str, typer.Option(help="An address of this machine; any but loopback needs --token.")
    ] = "127.0.0.1",
    token: Annotated[
        str | None, typer.Option(help="What clients have to name; drawn where not given.")
    ] = None,
    queue_delay: Annotated[
        float, typer.Option(help="Seconds that each job waits before it runs.")
    ] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHERE=WHAT[:TIMES]",
            help="Something that goes wrong, such as submit=503:2 or poll=drop:3; may be repeated.",
        ),
    ] = None,
    quota: Annotated[
        float | None, typer.Option(help="Seconds of the chip's time that may be used.")
    ] = None,
    available: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FROM-TO",
            help="Seconds from now between which the solvers are online; may be repeated.",
        ),
    ] = None,
    hybrid_minimum: Annotated[
        float | None, typer.Option(help="The least time limit of hybrid solvers, in seconds.")
    ] = None,
) -> None:
    """Serve an emulated annealer to scripts that are written for Ocean, until Ctrl-C.

    Prints the variables that lead a script to it, as lines for a shell.
    """
    from ..emulator import serve

    with _until_told() as told:
        service = serve(
            device=device,
            noise=noise,
            seed=seed,
            port=port,
            host=host,
            token=token,
            queue_delay=queue_delay,
            faults=fault or (),
            quota=quota,
            available=[_window(text) for text in available] if available else None,
            hybrid_minimum=hybrid_minimum,
        )
        with service:
            for name, value in service.environment.items():
                write(f"export {name}={shlex.quote(value)}")
            sys.stdout.flush()
            told.wait()
        jobs, charged = len(service.jobs), service.charged
    counted = "1 job" if jobs == 1 else f"{jobs} jobs"
    sys.stderr.write(f"{counted}, charged {charged:.6g} s of emulated time\n")


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; the next one is Python's own again."""
    told = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def tell(number: int, frame: object) -> None:
        told.set()
        for known, handler in before.items():
            signal.signal(known, handler)

    for number in before:
        signal.signal(number, tell)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _window(text: str) -> tuple[float, float]:
    first, dash, last = text.partition("-")
    try:
        if not dash:
            raise ValueError
        return float(first), float(last)
    except ValueError:
        raise QoptError(f"available {text!r}: give FROM-TO in seconds, such as 0-60") from None
