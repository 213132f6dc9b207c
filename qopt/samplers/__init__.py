"""dimod samplers over the numeric core, and the solvers that run on this machine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .qubo_annealer import QuboAnnealer as QuboAnnealer


def __getattr__(name: str) -> Any:
    if name == "QuboAnnealer":  # numba: loaded when first asked for, not where a solver is only listed
        return import_module(".qubo_annealer", __name__).QuboAnnealer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
