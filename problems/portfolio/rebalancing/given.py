"""What a planner gives of several periods, checked, and the choice that each of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from qopt import QoptError

from ..mean_variance.problem import MeanVariance
from ..selection.arguments import number_or_none
from ..selection.problem import FOLDED_UP_TO
from ..selection.trades import Floats

Formulation = Literal["slack", "soft"]
TRADING = ("linear_cost", "fixed_cost", "max_turnover")  # of coming to every period


def covariances_of(covariances: Any, periods: int) -> Floats:
    """float64[periods, n, n], of as many or of one for all."""
    covariance = np.asarray(covariances, dtype=np.float64)
    if covariance.ndim == 2:
        covariance = np.broadcast_to(covariance, (periods, *covariance.shape))
    if len(covariance) != periods:
        mismatch = f"{len(covariance)} covariances for {periods} periods"
        raise QoptError(f"{mismatch}; give one for all or one each")
    return covariance


def periods_of(periods: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Their names, "period 1" and on by default."""
    names = tuple(map(str, periods or [f"period {p}" for p in range(1, count + 1)]))
    if len(names) != count or len(set(names)) != count:
        raise QoptError(f"periods={periods!r}: give each of the {count} its own name")
    return names


def formulation_of(formulation: Formulation | None, assets: int) -> Formulation:
    """By default slack up to 20 assets."""
    if formulation not in (None, "slack", "soft"):
        raise QoptError(f"formulation={formulation!r}: give one of slack, soft")
    return formulation or ("slack" if assets <= FOLDED_UP_TO else "soft")


def selections_of(
    mean: Floats, covariance: Floats, limits: Mapping[str, Any], **options: Any
) -> tuple[MeanVariance, ...]:
    """The choice of each period by itself; the first one knows what it costs to come to it.

    Without `current` in the limits the first portfolio is free.
    """
    each = _of_each_period(limits) | options
    current = limits.get("current")
    first = {} if current is None else {"current": current} | _of_trading(limits)
    return tuple(
        MeanVariance(m, c, **each | (first if p == 0 else {}))
        for p, (m, c) in enumerate(zip(mean, covariance, strict=True))
    )


def trades_of(
    mean: Floats, covariance: Floats, limits: Mapping[str, Any], **options: Any
) -> dict[str, Any]:
    """What trading costs between two periods, and how much of it there may be."""
    trading = _of_trading(limits)
    turnover = trading.pop("max_turnover", None)
    most = number_or_none("max_turnover", turnover)
    if most is not None and not 0 <= most < np.inf:
        raise QoptError(f"max_turnover={turnover!r}: give 0 or more")
    later = _of_each_period(limits) | options | trading | {"current": {}}
    costs = MeanVariance(mean[0], covariance[0], **later).limits.trading
    return {
        "max_turnover": most,
        "linear_cost": costs.linear_cost,
        "fixed_cost": costs.fixed_cost,
    }


def _of_trading(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in limits.items() if key in TRADING and value is not None}


def _of_each_period(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in limits.items() if key not in (*TRADING, "current")}
