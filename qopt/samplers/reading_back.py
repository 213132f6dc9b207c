"""Reading rows back from a QUBO that is to be annealed, where it has any and there is time to.

Light to import: what reads, and numba, come with the first model.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .cqm_run import CqmRun

if TYPE_CHECKING:
    from ..anneal.core.ising import Ising
    from ..compiler.qubos.qubo import Qubo
    from ..decompiler import Decompiled
    from .cqm_run import Ready

# of the couplings go away with the rows, at least: rows of fewer say little of a model, and may be
# there by chance
SHARE = 0.05
# seconds that reading back takes, about: at all, and for each coupling (measured: 3e-6 of a tour of
# 52 places; 0.6 s of a project of 5,700 couplings)
BASE_SECONDS, COUPLING_SECONDS = 0.15, 5e-6
# of a time limit, that reading back is expected to take: beyond that it is not begun. It cannot be
# cut short, and may take four times as long as expected
MOST = 0.25


@dataclass(frozen=True)
class ReadBack:
    """A QUBO as a model with constraints, `found`, and that made `ready` to be annealed."""

    found: Decompiled
    ready: Ready


@dataclass(frozen=True)
class Reading:
    """What came of it: what was `read`, or None; `facts` for `info["structure"]`, `notes` for
    people, and `jit` seconds of compiling and loading code.
    """

    read: ReadBack | None
    facts: dict[str, Any] = field(default_factory=lambda: {"rows": {}, "road": "qubo"})
    notes: list[str] = field(default_factory=list)
    jit: float = 0.0


def read_back(
    ising: Ising, qubo: Callable[[], Qubo], time_limit: float | None, *, known: bool
) -> Reading:
    """Rows of the model `ising`, which `qubo` makes over bits.

    Where it is not `known` that there are any, a quick look comes first. Of a `time_limit` in
    seconds only a part may be spent.
    """
    from .row_signs import has_signs_of_rows

    expected = BASE_SECONDS + COUPLING_SECONDS * len(ising.quad)
    if time_limit is not None and expected > MOST * time_limit:
        return Reading(
            None,
            notes=[
                "structure: no rows were looked for, as reading them back takes about "
                f"{expected:.2g} s, more than a quarter of {time_limit:g} s"
            ],
        )
    if not known and not has_signs_of_rows(ising):
        return Reading(None)
    jit = _load()
    seconds = math.inf if time_limit is None else MOST * time_limit
    return _read(qubo(), jit, known, seconds)


def _load() -> float:
    """Load the decompiler; returns the seconds that took, 0 when already done."""
    began, fresh = time.perf_counter(), "qopt.decompiler" not in sys.modules
    from .. import decompiler  # noqa: F401 - loaded here, used in `_read`

    return time.perf_counter() - began if fresh else 0.0


def _read(qubo: Qubo, jit: float, known: bool, seconds: float) -> Reading:
    from ..decompiler import read_rows
    from .annealable import annealable

    began = time.perf_counter()
    found = annealable(read_rows(qubo, began + seconds))
    if not found.rows or (found.share < SHARE and not known):
        return Reading(None, jit=jit)
    warming = CqmRun().warm_up()
    ready = CqmRun().ready(found.model)
    facts, jit = _facts(found, time.perf_counter() - began - warming), jit + warming
    if ready.impossible is not None:
        note = f"structure: the rows read back contradict each other: {ready.impossible}"
        return Reading(None, facts, [note], jit)
    return Reading(ReadBack(found, ready), facts, [], jit)


def _facts(found: Decompiled, seconds: float) -> dict[str, Any]:
    from ..decompiler.constrained import kind_of

    pairs = zip(found.rows, found.slack, strict=True)
    return {
        "rows": dict(Counter(kind_of(row, slack) for row, slack in pairs)),
        "slack_bits": sum(len(slack.bits) for slack in found.slack),
        "share": found.share,
        "seconds": seconds,
        "road": "qubo",
    }
