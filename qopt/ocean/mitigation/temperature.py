"""The temperature at which reads look like a Boltzmann distribution.

By the maximum of the pseudolikelihood: each spin of each read is compared with what it would be
beside its neighbours at that temperature (J. Besag, "Statistical analysis of non-lattice data",
1975; for annealers J. Raymond, S. Yarkoni and E. Andriyash, "Global warming: temperature estimation
in annealers", 2016).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import QoptError
from ...kit.checks import require_count

if TYPE_CHECKING:
    import dimod
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

STEPS = 200  # of halving: far more than the numbers have bits


@dataclass(frozen=True)
class Temperature:
    """An estimate, in the units of the energies.

    Attributes
    ----------
    value
        0 where no flip would lower the energy of any read; infinite where the reads are no warmer
        for the problem than for none.
    low, high
        Of 95 of 100 estimates from reads drawn again from these, with their counts.
    excited
        The share of all spins of all reads whose flip would lower the energy.
    reads
        That it is from.
    """

    value: float
    low: float
    high: float
    excited: float
    reads: int

    def info(self) -> dict[str, Any]:
        """JSON-ready; an infinite temperature is None."""
        return {name: None if value == math.inf else value for name, value in vars(self).items()}


def temperature(
    samples: dimod.SampleSet,
    bqm: dimod.BinaryQuadraticModel,
    *,
    bootstraps: int = 100,
    seed: int = 0,
) -> Temperature:
    """Of samples of a problem, as it was submitted: with its biases as the device had them, scaled,
    the temperature is one in the units of the device.

    `bootstraps` estimates, drawn by `seed`, give the interval; 0 gives none, and `low` and `high`
    are the value. Raises QoptError without reads, and where all biases are 0, which are the same at
    each temperature.
    """
    require_count("bootstraps", bootstraps, least=0)
    require_count("seed", seed, least=0)
    costs = _costs(samples, bqm)
    count = np.asarray(samples.record.num_occurrences, dtype=np.float64)
    if not costs.size or not count.sum():
        raise QoptError("samples: there are none; give at least one read of one variable")
    if not costs.any():
        raise QoptError("bqm: all biases are 0, at any temperature alike; give another problem")
    value = _estimate(costs, count)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(int(count.sum()), count / count.sum(), size=bootstraps)
    again = [_estimate(costs, weights.astype(np.float64)) for weights in drawn]
    low, high = np.quantile(again, [0.025, 0.975], method="nearest") if again else (value, value)
    excited = float(count @ (costs < 0).mean(axis=1) / count.sum())
    return Temperature(value, float(low), float(high), excited, int(count.sum()))


def _costs(samples: dimod.SampleSet, bqm: dimod.BinaryQuadraticModel) -> Floats:
    """float64 (rows, variables): by how much the flip of each spin would raise the energy."""
    from scipy.sparse import coo_array

    variables = list(bqm.variables)
    h, (row, column, bias), _ = bqm.spin.to_numpy_vectors(variable_order=variables)
    n = len(variables)
    ends = np.concatenate([row, column]), np.concatenate([column, row])
    couplings = coo_array((np.tile(bias, 2), ends), shape=(n, n)).tocsr()
    at = [samples.variables.index(label) for label in variables]
    spins = samples.record.sample[:, at].astype(np.float64)
    if samples.vartype.name == "BINARY":
        spins = 2 * spins - 1
    return np.asarray(-2 * spins * (h + (couplings @ spins.T).T))


def _estimate(costs: Floats, count: Floats) -> float:
    """Where the sum of d / (1 + exp(d / T)) over all flips of cost d is 0: it falls with 1 / T."""
    used = count > 0
    costs, count = costs[used], count[used]
    if not (costs < 0).any():
        return 0.0
    if _slope(0.0, costs, count) <= 0:
        return math.inf
    low, high = 0.0, 1.0 / float(np.abs(costs).max())
    while _slope(high, costs, count) > 0:
        low, high = high, 2 * high
    for _ in range(STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _slope(middle, costs, count) > 0 else (low, middle)
    return 2 / (low + high)


def _slope(beta: float, costs: Floats, count: Floats) -> float:
    """Of the logarithm of the pseudolikelihood by the inverse temperature."""
    likely = 0.5 * (1 - np.tanh(beta * costs / 2))  # 1 / (1 + exp(beta * costs)), without overflow
    return float(count @ (costs * likely).sum(axis=1))
