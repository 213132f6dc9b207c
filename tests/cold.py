"""A clock on which compiling the kernels takes long, as on a machine that has never done it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from qopt.anneal import warm

SECONDS = 100.0


@dataclass
class Clock:
    """`time.perf_counter` of a machine that has spent `ahead` seconds more; what it has `compiled`,
    by name.
    """

    ahead: float = 0.0
    compiled: list[str] = field(default_factory=list)


def cold_compiler(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the first call of each function that compiles kernels take `SECONDS` on the clock, and
    the later ones none.
    """
    clock, now = Clock(), time.perf_counter
    monkeypatch.setattr(time, "perf_counter", lambda: now() + clock.ahead)
    for name in ("warm_up", "warm_up_model", "warm_up_constrained"):
        compile_kernels = getattr(warm, name)

        def compiling(*form: Any, name: str = name, really: Any = compile_kernels) -> float:
            really(*form)
            if name in clock.compiled:
                return 0.0
            clock.compiled.append(name)
            clock.ahead += SECONDS
            return SECONDS

        monkeypatch.setattr(warm, name, compiling)
    return clock
