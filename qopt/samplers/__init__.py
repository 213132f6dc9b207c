"""dimod samplers over the numeric core, and the solvers that run on this machine."""

from __future__ import annotations

from .qubo_annealer import QuboAnnealer as QuboAnnealer
