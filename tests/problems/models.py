"""What a model really holds, counted and enumerated."""

from __future__ import annotations

import dimod
import numpy as np

from qopt.kit.laws import model_size as size

__all__ = ["optimum", "size"]


def optimum(cqm: dimod.ConstrainedQuadraticModel) -> float:
    """The least energy of a feasible assignment, by enumerating every one of at most 2**16."""
    n = len(cqm.variables)
    assert n <= 16
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    scored = dimod.SampleSet.from_samples_cqm(
        (bits.astype(np.int8), list(cqm.variables)), cqm
    ).record
    return float(scored.energy[scored.is_feasible].min())
