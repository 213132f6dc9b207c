"""How many threads there are to work with."""

from __future__ import annotations

import os


def available_threads() -> int:
    """`QOPT_NUM_THREADS` where that is set to a number above 0; else the cores that this process
    may use, which can be fewer than the machine has.
    """
    named = os.environ.get("QOPT_NUM_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    return len(available_cores())


def available_cores() -> list[int]:
    """The numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
