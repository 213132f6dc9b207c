"""An experiment: what would be read after an endless anneal, extrapolated from short ones.

A mean over reads at anneals of several lengths t is fitted by value + slope * t^-power, and the
value is what is left where t has no end. It is a number and no sample: it helps where the mean of
an observable is wanted, and no plan comes of it. That the mean follows such a law is assumed: the
fit says how far it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import QoptError
from ...kit.checks import listed, require_positive


@dataclass(frozen=True)
class Point:
    """What was read at one length of the anneal, in microseconds: a mean and its standard error."""

    annealing_time: float
    mean: float
    error: float
    reads: int


@dataclass(frozen=True)
class Extrapolated:
    """A value for anneals without an end.

    Attributes
    ----------
    value, error
        And one standard error, as the fit has it: only of the reads' chance, not of the law.
    slope, power
        Of the law, t in microseconds.
    misfit
        Chi-squared a degree of freedom: well above 1 the points do not follow the law, and the
        value is worth little. None for two points, which any law meets.
    points
        What was measured.
    """

    value: float
    error: float
    slope: float
    power: float
    misfit: float | None
    points: tuple[Point, ...]

    def info(self) -> dict[str, Any]:
        """JSON-ready; says that it is an experiment."""
        points = [vars(point) for point in self.points]
        return vars(self) | {"points": points, "experiment": True}


def extrapolate(
    sample: Callable[[float], Any],
    annealing_times: Sequence[float],
    *,
    power: float = 1.0,
    observable: Callable[[Any], Any] = lambda samples: samples.record.energy,
) -> Extrapolated:
    """Read at each annealing time, and extrapolate the mean.

    Parameters
    ----------
    sample
        `sample(annealing_time)`, in microseconds, gives a SampleSet.
    annealing_times
        At least two that differ.
    power
        Of the law, above 0.
    observable
        A number for each row of a sample set; default its energy.
    """
    times = [float(one) for one in listed("annealing_times", annealing_times)]
    for one in times:
        require_positive("annealing_times", one, wanted="microseconds above 0 each")
    require_positive("power", power)
    if len(set(times)) < 2:
        raise QoptError(f"annealing_times={times}: give at least two that differ")
    sent = [sample(one) for one in times]
    points = [_point(one, reads, observable) for one, reads in zip(times, sent, strict=True)]
    x = np.array(times) ** -power
    mean = np.array([point.mean for point in points])
    error = np.array([point.error for point in points])
    least = error[error > 0].min(initial=np.inf)  # of a point whose reads are all the same it is 0
    error = np.maximum(error, least if np.isfinite(least) else 1.0)
    design = np.stack([np.ones_like(x), x], axis=1) / error[:, None]
    spread = np.linalg.inv(design.T @ design)
    value, slope = spread @ design.T @ (mean / error)
    left = float((((mean - value - slope * x) / error) ** 2).sum())
    misfit = left / (len(points) - 2) if len(points) > 2 else None
    return Extrapolated(
        float(value), float(np.sqrt(spread[0, 0])), float(slope), power, misfit, tuple(points)
    )


def _point(annealing_time: float, reads: Any, observable: Callable[[Any], Any]) -> Point:
    values = np.asarray(observable(reads), dtype=np.float64)
    count = np.asarray(reads.record.num_occurrences, dtype=np.float64)
    total = float(count.sum())
    if total < 2:
        raise QoptError(f"{total:g} reads at {annealing_time:g} microseconds; give at least two")
    mean = float(count @ values / total)
    variance = float(count @ (values - mean) ** 2 / (total - 1))
    return Point(annealing_time, mean, float(np.sqrt(variance / total)), int(total))
