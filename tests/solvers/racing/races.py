"""A problem with three plans, and races of scripted solvers on it."""

from __future__ import annotations

from typing import Any

import numpy as np

import qopt
from problems.logistics import VehicleRouting
from qopt import Result

BEST, GOOD, BAD = [[1], [2, 3]], [[1, 2], [3]], [[1, 3], [2]]  # of three()
BROKEN: Any = [[1, 2, 3], []]  # more than a truck holds


def three() -> VehicleRouting:
    """Three customers, two of which a truck can serve: there are three plans of 13, 14 and 17."""
    distance = [[0, 2, 3, 4], [2, 0, 1, 5], [3, 1, 0, 2], [4, 5, 2, 0.0]]
    return VehicleRouting(np.array(distance), [0, 1, 1, 1], capacity=2, vehicles=2, name="three")


def script(*plans: Any, **parameters: Any) -> dict[str, Any]:
    return {"name": "scripted", "parameters": {"plans": list(plans), **parameters}}


def race(*solvers: Any, problem: Any = None, **options: Any) -> Result[Any]:
    given: dict[str, Any] = {"time_limit": 60, "seed": 1} | options
    return qopt.solve(problem or three(), solver="race", solvers=list(solvers), **given)


def rows(result: Result[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = result.provenance["solver"]["racers"]
    return found


def value(routes: Any) -> float:
    return three().evaluate(three().routes(routes)).objective
