"""How strongly the qubits of a chain hold together.

Too weak, and chains break; too strong, and the problem's own biases are small beside them once all
are scaled into the device's range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ...errors import QoptError
from ...kit.checks import require_positive, shown

if TYPE_CHECKING:
    import dimod
    import numpy.typing as npt

Given: TypeAlias = float | Mapping[Any, float] | None
Strength: TypeAlias = Given | Callable[[Any], Given]


def uniform_torque_compensation(
    bqm: dimod.BinaryQuadraticModel, *, prefactor: float = 1.414
) -> float:
    """`prefactor` times the root mean square of the couplings and the root of the mean degree; 1
    without couplings.

    In a random problem the torque on one half of a chain is of that size. Ocean's default, equal to
    `dwave.embedding.chain_strength.uniform_torque_compensation`; prefactors from 0.5 to 2 are worth
    a try (J. Raymond et al., "Improving performance of logical qubits by parameter tuning and
    topology compensation", 2020).
    """
    require_positive("prefactor", prefactor)
    _, (_, _, bias), _ = bqm.to_numpy_vectors()
    if not len(bias):
        return 1.0
    degree = 2 * len(bias) / bqm.num_variables
    return prefactor * math.sqrt(float(np.mean(bias**2)) * degree)


def scaled(bqm: dimod.BinaryQuadraticModel, *, prefactor: float = 1.0) -> float:
    """`prefactor` times the largest bias or coupling by its amount; 1 without couplings.

    Equal to `dwave.embedding.chain_strength.scaled`.
    """
    require_positive("prefactor", prefactor)
    linear, (_, _, bias), _ = bqm.to_numpy_vectors()
    if not len(bias):
        return 1.0
    return prefactor * float(max(np.abs(linear).max(), np.abs(bias).max()))


def strengths(wanted: Strength, bqm: dimod.BinaryQuadraticModel) -> npt.NDArray[np.float64]:
    """float64 (n,): of each variable's chain, in the order of the BQM's variables.

    Raises QoptError for one that is not above 0, and for a variable that a mapping lacks.
    """
    given = wanted(bqm) if callable(wanted) else wanted
    if given is None:
        given = uniform_torque_compensation(bqm) or 1.0
    if not isinstance(given, Mapping):
        require_positive("chain_strength", given, wanted="an energy above 0, or one by variable")
        return np.full(bqm.num_variables, float(given))
    found = np.empty(bqm.num_variables)
    for k, label in enumerate(bqm.variables):
        value = given.get(label)
        if not isinstance(value, Real) or not 0 < float(value) < math.inf:
            of = f"chain_strength of variable {shown(label, 60)} is {shown(value, 60)}"
            raise QoptError(f"{of}; give an energy above 0")
        found[k] = float(value)
    return found
