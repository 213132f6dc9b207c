"""Names, expected returns and covariances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from qopt import QoptError

from .steps import Steps

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Assets:
    """Names, expected returns float64[n] and their covariance float64[n, n], for one period."""

    names: tuple[str, ...]
    mean: Floats
    covariance: Floats

    @classmethod
    def of_steps(cls, steps: Steps, periods_per_year: float) -> Assets:
        """Mean and sample covariance of returns, times the periods in a year."""
        years = periods_per_year
        if isinstance(years, bool) or not isinstance(years, Real) or not 0 < years < math.inf:
            said = f"periods_per_year={years!r}: give a number above 0, as 252 for daily prices"
            raise QoptError(said, ("periods_per_year",))
        return cls.of_returns(steps.names, steps.returns, float(years))

    @classmethod
    def of_returns(cls, names: tuple[str, ...], returns: Floats, periods: float = 1) -> Assets:
        """Of returns float64[T, n], T at least 2, for so many of their periods."""
        covariance = np.atleast_2d(np.cov(returns, rowvar=False))
        return cls(names, periods * returns.mean(axis=0), periods * covariance)


def covariance_of(deviation: Floats, correlation: Floats) -> Floats:
    """float64[n, n] of standard deviations [n] and correlations [n, n].

    Raises QoptError, with the place ("deviation", k) or ("correlation", i, j), for what is none.
    """
    for k in np.flatnonzero(~((deviation >= 0) & (deviation <= 1e50))).tolist():
        shown = f"the standard deviation of asset {k + 1} is {deviation[k]:g}"
        said = f"{shown}; it must be 0 or more, and a fraction"
        raise QoptError(said, ("deviation", k))
    for i, j in np.argwhere(~(np.abs(correlation) <= 1 + 1e-9))[:1].tolist():
        said = (
            f"the correlation of assets {i + 1} and {j + 1} is {correlation[i, j]:g}; give -1 to 1"
        )
        raise QoptError(said, ("correlation", i, j))
    covariance: Floats = correlation * np.outer(deviation, deviation)
    return covariance
