"""The least that D-Wave's hybrid services charge for a model, in seconds.

Each is computed from the `properties` of the service, as Ocean's samplers do before they submit.
Where a property is missing, its value is the one that Ocean assumes (dwave-system 1.36).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def of_bqm(properties: Mapping[str, Any], *, variables: int) -> float:
    """Of a quadratic model of so many variables, by a table of sizes and seconds."""
    import numpy as np

    sizes, seconds = zip(*properties["minimum_time_limit"], strict=True)
    return float(np.interp(variables, sizes, seconds))


def of_cqm(
    properties: Mapping[str, Any], *, variables: int, constraints: int, biases: int
) -> float:
    """Of a constrained model with so many biases, in the objective and the constraints together."""
    grown: float = (
        properties.get("num_variables_multiplier", 1.57e-4) * variables
        + properties.get("num_biases_multiplier", 4.65e-6) * biases
        + properties.get("num_constraints_multiplier", 6.44e-9) * variables * constraints
    )
    return max(grown, float(properties["minimum_time_limit_s"]))


def of_nl(properties: Mapping[str, Any], *, nodes: int, state_size: int) -> float:
    """Of a nonlinear model of so many nodes, whose state takes so many bytes."""
    both = nodes * state_size
    grown: float = (
        properties.get("num_nodes_multiplier", 8.306792043756981e-05) * nodes
        + properties.get("state_size_multiplier", 2.8379674360396316e-10) * state_size
        + properties.get("num_nodes_state_size_multiplier", 2.1097317822863966e-12) * both
        + properties.get("offset", 0.012671678446550175)
    )
    return max(grown, float(properties.get("min_time_limit", 5)))
