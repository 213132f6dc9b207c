"""Calls that may take for ever, waited for within a deadline and until an interrupt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from ....errors import QoptError, Stopped

T = TypeVar("T")
TICK = 0.05  # seconds between two looks at the clock and at the interrupt


def bounded(
    call: Callable[[], T],
    *,
    within: float,
    interrupt: Callable[[], bool] | None = None,
    discard: Callable[[T], object] | None = None,
) -> T:
    """What a call gives or raises; QoptError where it takes longer than `within` seconds, Stopped
    where it was interrupted. The call goes on in its thread then, and nobody hears of it: what it
    gives is handed to `discard`, there.
    """
    done, till = threading.Event(), time.monotonic() + within
    guard, gone = threading.Lock(), threading.Event()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # of any kind: it is raised again below
            errors.append(error)
        with guard:
            done.set()
        if gone.is_set() and results and discard is not None:
            with suppress(Exception):  # there is nobody to tell of it
                discard(results[0])

    def leave(error: QoptError) -> None:
        with guard:
            if not done.is_set():
                gone.set()
                raise error

    threading.Thread(target=run, daemon=True).start()
    while not done.wait(TICK):
        if interrupt is not None and interrupt():
            leave(Stopped("interrupted while the service was asked; nothing was sent"))
        elif time.monotonic() > till:
            leave(QoptError(f"the service did not answer within {within:g} s; nothing was sent"))
    if errors:
        raise errors[0]
    return results[0]
