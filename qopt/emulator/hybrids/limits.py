"""What the hybrid solvers refuse before they begin, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from ...errors import QoptError

HOUR = 3600.0  # seconds


def require_sizes(properties: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
    """`sizes` by what is counted, such as "number_of_variables". Raises QoptError for the first
    that is above the solver's most.
    """
    for name, size in sizes.items():
        most = properties[f"maximum_{name}"]
        if size > most:
            what = name.removeprefix("number_of_").replace("_", " ")
            raise QoptError(f"{what}: the model has {size:,}, and this solver takes {most:,}")


def time_limit(
    params: Mapping[str, Any],
    least: float,
    properties: Mapping[str, Any],
    *,
    shorter: bool = False,
) -> float:
    """Seconds that a job was given: `least` where it names none.

    Raises QoptError for another parameter, and for a time limit that is no number above 0, above
    the solver's most, or below `least`, unless that may be `shorter`.
    """
    for name in params:
        if name not in properties["parameters"]:
            known = ", ".join(properties["parameters"])
            raise QoptError(f"parameter {name!r} is not known to this solver; it takes {known}")
    given = params.get("time_limit")
    if given is None:
        return least
    number = isinstance(given, Real) and not isinstance(given, bool)
    if not number or not np.isfinite(float(given)) or given <= 0:
        raise QoptError(f"time_limit is {given!r}; give seconds, as a number above 0")
    seconds, most = float(given), properties["maximum_time_limit_hrs"] * HOUR
    if seconds < least and not shorter:
        raise QoptError(
            f"time_limit is {seconds:g} s, and a model of this size needs at least {least:g} s"
        )
    if seconds > most:
        raise QoptError(f"time_limit is {seconds:g} s, and this solver takes at most {most:g} s")
    return seconds
