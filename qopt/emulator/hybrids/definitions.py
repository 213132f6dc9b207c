"""What the emulated hybrid solvers say of themselves: the definitions that Ocean's client reads.

Figures that Ocean's client computes a least time limit from are those that it carries itself
(dwave-system 1.36, `leap_hybrid_sampler.py`); the curve of the BQM solver is as D-Wave's
documentation prints it for its hybrid BQM solver. How large a model may be is our own choice: what
this machine can hold.
"""

from __future__ import annotations

from typing import Any

VERSION = "1.0"
DESCRIPTION = "Emulated on a local machine: no device of D-Wave's has a part in its answers"
QUOTA_RATE = 20  # seconds of charge time to a second of the quota
MOST_HOURS = 24.0

# seconds for a number of variables, between which a line is drawn
BQM_LEAST = ((1, 3.0), (1024, 3.0), (4096, 10.0), (10_000, 40.0), (30_000, 200.0), (100_000, 600.0))


def bqm_properties(least: float) -> dict[str, Any]:
    """`least` are the seconds that a small model must be given."""
    scale = least / BQM_LEAST[0][1]
    return _properties("bqm") | {
        "minimum_time_limit": [[size, seconds * scale] for size, seconds in BQM_LEAST],
        "maximum_number_of_variables": 1_000_000,
        "maximum_number_of_biases": 20_000_000,
    }


def cqm_properties(least: float) -> dict[str, Any]:
    """`least` are the seconds that a small model must be given."""
    return _properties("cqm") | {
        "minimum_time_limit_s": least,
        "num_variables_multiplier": 1.57e-4,
        "num_biases_multiplier": 4.65e-6,
        "num_constraints_multiplier": 6.44e-9,
        "maximum_number_of_variables": 500_000,
        "maximum_number_of_constraints": 200_000,
        "maximum_number_of_biases": 20_000_000,
        "maximum_number_of_linear_biases_real": 1_000_000,
        "maximum_number_of_quadratic_variables": 500_000,
        "maximum_number_of_quadratic_variables_real": 0,
    }


def nl_properties(least: float) -> dict[str, Any]:
    """`least` are the seconds that a small model must be given."""
    return _properties("nl") | {
        "min_time_limit": least,
        "num_nodes_multiplier": 8.306792043756981e-05,
        "state_size_multiplier": 2.8379674360396316e-10,
        "num_nodes_state_size_multiplier": 2.1097317822863966e-12,
        "offset": 0.012671678446550175,
        "maximum_number_of_nodes": 1_000_000,
        "maximum_number_of_states": 128,
        "maximum_state_size": 2**31,  # bytes
        "maximum_decision_state_size": 2**30,  # bytes
    }


def _properties(kind: str) -> dict[str, Any]:
    return {
        "category": "hybrid",
        "emulated": True,
        "supported_problem_types": [kind],
        "parameters": {"time_limit": "Seconds that the solver may work on the model."},
        "quota_conversion_rate": QUOTA_RATE,
        "version": VERSION,
        "maximum_time_limit_hrs": MOST_HOURS,
    }
