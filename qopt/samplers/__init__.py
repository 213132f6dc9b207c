"""dimod samplers over the numeric core, and the solvers that run on this machine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cqm_annealer import CqmAnnealer as CqmAnnealer
    from .qubo_annealer import QuboAnnealer as QuboAnnealer

# loaded when first asked for, not where a solver is only listed: numba and dimod
_ROOMS = {"CqmAnnealer": ".cqm_annealer", "QuboAnnealer": ".qubo_annealer"}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(_ROOMS[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
