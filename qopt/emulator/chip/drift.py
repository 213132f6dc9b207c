"""The slow drift of the qubits' flux: noise whose power falls as one over the frequency.

D-Wave's documentation gives the standard deviation of h that flux noise causes between 1 mHz and
1 MHz, nine decades with the same share of the variance each; drift below 1 mHz is corrected by the
service unless a job says otherwise. A job counts as a tenth of a second here: the five decades
above 10 Hz change from job to job, the four below drift over about 10, 100, 1000 and 10,000 jobs.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .problem import Floats

DECADES = 9
SLOW = (1, 2, 3, 4)  # decades of jobs that the flux drifts over
UNCOMPENSATED = (5, 6)  # those that the service corrects: hours and a day
_DRIFT = 4  # stream of random numbers


class Drift:
    """The drift of a chip: the same for the same seed, whichever job is asked for first."""

    def __init__(self, *, sigma: float, seed: int, num_qubits: int) -> None:
        self._share = sigma / math.sqrt(DECADES)
        self._seed, self._n = seed, num_qubits

    def at(self, job: int, *, compensated: bool = True) -> Floats:
        """float64[num_qubits], in units of h: the flux at a job.

        Every decade is Gaussian noise that is drawn anew every so many jobs and blended in between,
        by weights whose squares add up to 1.
        """
        fast = math.sqrt(DECADES - len(SLOW)) * _drawn(self._seed, 0, job, self._n)
        total = fast.copy()
        for decade in SLOW if compensated else (*SLOW, *UNCOMPENSATED):
            knot, rest = divmod(job, 10**decade)
            angle = math.pi / 2 * rest / 10**decade
            total += math.cos(angle) * _drawn(self._seed, decade, knot, self._n)
            total += math.sin(angle) * _drawn(self._seed, decade, knot + 1, self._n)
        return np.asarray(self._share * total)


@lru_cache(maxsize=64)
def _drawn(seed: int, decade: int, knot: int, count: int) -> Floats:
    return np.random.default_rng([seed, _DRIFT, decade, knot]).standard_normal(count)
