"""Calls that may take for ever, waited for within a deadline and until an interrupt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from ....errors import QoptError

T = TypeVar("T")
TICK = 0.05  # seconds between two looks at the clock and at the interrupt


def bounded(
    call: Callable[[], T], *, within: float, interrupt: Callable[[], bool] | None = None
) -> T:
    """What a call gives or raises; QoptError where it takes longer than `within` seconds, or where
    it was interrupted. The call goes on in its thread then, and nobody hears of it.
    """
    done, till = threading.Event(), time.monotonic() + within
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # of any kind: it is raised again below
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, daemon=True).start()
    while not done.wait(TICK):
        if interrupt is not None and interrupt():
            raise QoptError("interrupted while the service was asked; nothing was sent")
        if time.monotonic() > till:
            raise QoptError(f"the service did not answer within {within:g} s; nothing was sent")
    if errors:
        raise errors[0]
    return results[0]
