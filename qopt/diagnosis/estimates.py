"""How long it takes, about, to make of a model what solvers work on: stages for which there is no
time are left out.

Measured on models of 10,000 to 50 million terms, and rather too long than too short.
"""

from __future__ import annotations

import numpy as np

from ..compiler import ModelArrays

ROW_SECONDS = 2e-6  # a term of a constraint: presolve, and what the constraints are to each other
PAIR_SECONDS = 2e-7  # a pair of bits that a penalty or the objective couples
COUPLING_SECONDS = 6e-7  # the same, for the annealer of QUBOs


def seconds_to_ready(arrays: ModelArrays) -> float:
    """For the constrained annealer."""
    return ROW_SECONDS * _terms(arrays) + PAIR_SECONDS * len(arrays.quadratic.value)


def seconds_to_compile(arrays: ModelArrays) -> float:
    """As a QUBO, of which every constraint couples all of its variables."""
    sizes = np.diff(arrays.rows.indptr).astype(np.float64)
    return seconds_to_ready(arrays) + PAIR_SECONDS * float((sizes**2).sum()) / 2


def seconds_to_anneal(couplings: int) -> float:
    """Until the annealer of QUBOs has its first state."""
    return COUPLING_SECONDS * couplings


def _terms(arrays: ModelArrays) -> int:
    return len(arrays.rows.data) + len(arrays.row_quadratic.value)
