"""What a device refuses, the chip refuses, in one line that says what to give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qopt import devices
from qopt.emulator.chip import Chip, Refused
from qopt.errors import QoptError, UnknownName

from .conftest import Job, job_on, native


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"num_reads": 0}, "num_reads=0: give a whole number from 1 to 10000"),
        ({"num_reads": 10001}, "num_reads=10001"),
        ({"num_reads": 2.5}, "num_reads=2.5"),
        ({"num_reads": True}, "num_reads=True"),
        ({"annealing_time": 0.9}, "annealing_time=0.9: give microseconds from 1 to 2000"),
        ({"annealing_time": -5}, "annealing_time=-5"),
        ({"annealing_time": float("nan")}, "annealing_time=nan"),
        ({"annealing_time": "long"}, "annealing_time='long'"),
        ({"annealing_time": 1000.0, "num_reads": 1000}, "at most 96"),
        ({"readout_thermalization": 10_001}, "readout_thermalization=10001"),
        ({"programming_thermalization": -1}, "programming_thermalization=-1"),
        ({"answer_mode": "best"}, "answer_mode='best': give 'histogram' or 'raw'"),
        ({"max_answers": 0}, "max_answers=0"),
        ({"auto_scale": 1}, "auto_scale=1: give true or false"),
        ({"chain_strength": 2.0}, "no parameter 'chain_strength'; it has anneal_offsets"),
        ({"x_test": 1}, "no parameter 'x_test'"),
        ({"fast_anneal": True}, "fast_anneal: .* not modelled"),
        ({"initial_state": [3, 1, -1]}, "initial_state: reverse annealing is not modelled"),
        ({"reinitialize_state": True}, "reinitialize_state: reverse annealing is not modelled"),
        ({"h_gain_schedule": [[0, 1], [20, 2]]}, "h_gain_schedule: .* not modelled"),
        ({"anneal_offsets": [0.0, 0.1]}, "anneal_offsets: .* not modelled"),
        ({"anneal_schedule": [[0, 0], [10, 0.5], [20, 1]]}, "pauses, quenches and reverse"),
        ({"anneal_schedule": [[0, 1], [10, 0.5], [20, 1]]}, "pauses, quenches and reverse"),
        ({"anneal_schedule": [[0, 0], [5000, 1]]}, "annealing_time=5000.0"),
        ({"anneal_schedule": 7}, "anneal_schedule: give pairs"),
        ({"anneal_schedule": [[0, 0], [9, 1]], "annealing_time": 9}, "exclude each other"),
        ({"flux_biases": [0.0, 1.0]}, "flux_biases: give 1248 finite numbers"),
        ({"flux_biases": ["a"]}, "flux_biases: give a number for each qubit"),
        ({"flux_biases": [0.0] * 1248, "auto_scale": True}, "cannot be used with auto_scale"),
    ],
)
def test_parameters(chip: Chip, job: Job, params: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused, match=message) as refused:
        chip.check("ising", job.linear, job.quadratic, params)
    assert "\n" not in str(refused.value)
    with pytest.raises(Refused, match=message):
        chip.answer("ising", job.linear, job.quadratic, params)


def test_parameters_that_change_nothing_are_taken(chip: Chip, job: Job) -> None:
    given = {
        "num_reads": 10,
        "annealing_time": None,
        "fast_anneal": False,
        "initial_state": None,
        "reinitialize_state": False,
        "anneal_offsets": [0.0, float("nan"), 0.0],
        "flux_biases": [],
        "flux_drift_compensation": True,
    }
    chip.check("ising", job.linear, job.quadratic, given)


def _pair(device: devices.Description, h: float, j: float) -> tuple[Any, Any]:
    linear = np.full(len(device.qubits), np.nan)
    linear[device.ends[0]] = h
    return linear, [j]


@pytest.mark.parametrize(
    ("h", "j", "message"),
    [
        (6.1, 0.0, r"h=6.1 of qubit \d+ is outside the solver's h_range \[-6.0, 6.0\]"),
        (-6.1, 0.0, "h=-6.1"),
        (0.0, 1.1, r"J=1.1 of the coupler \[0, 1\] is outside the solver's extended_j_range"),
        (0.0, -2.1, "J=-2.1"),
    ],
)
def test_biases_outside_the_ranges_without_scaling(
    device: devices.Description, chip: Chip, h: float, j: float, message: str
) -> None:
    linear, quadratic = _pair(device, h, j)
    with pytest.raises(Refused, match=message):
        chip.check("ising", linear, quadratic, {"auto_scale": False})
    chip.check("ising", linear, quadratic, {})
    chip.check("ising", np.clip(linear, -6, 6), np.clip(quadratic, -2, 1), {"auto_scale": False})


@pytest.mark.parametrize("name", ["advantage", "advantage2-small"])
def test_couplings_of_a_qubit_that_sum_to_too_much(name: str) -> None:
    device = devices.described(name)
    limits = device.per_qubit_coupling_range or device.per_group_coupling_range
    assert limits is not None
    zeros, chip = np.zeros(len(device.qubits)), Chip(device)
    params = {"auto_scale": False, "num_reads": 1}
    chip.check("ising", zeros, np.ones(len(device.couplers)), params)
    weights = np.full(len(device.couplers), -2.0)
    with pytest.raises(Refused, match=r"the couplings of qubit \d+ sum to -.*coupling_range \["):
        chip.check("ising", zeros, weights, params)
    factor = device.ranges.factor(h=zeros, j=weights, couplers=_all(device))
    assert factor == pytest.approx(max(a / b for a, b in _sums(device, weights, limits)))
    chip.check("ising", zeros, weights / factor, params)


def _all(device: devices.Description) -> Any:
    return np.arange(len(device.couplers))


def _sums(device: devices.Description, weights: Any, limits: tuple[float, float]) -> list[Any]:
    """(sum, limit on its side) of each group, the groups taken from Ocean."""
    weight = {(u, v): w for (u, v), w in zip(device.couplers.tolist(), weights, strict=True)}
    graph = device.graph()
    if device.topology_type == "zephyr":
        from dwave.system.coupling_groups import coupling_groups

        groups: Any = coupling_groups(graph)
    else:
        groups = ([(q, p) for p in graph[q]] for q in graph)
    sums = [sum(weight[min(e), max(e)] for e in group) for group in groups]
    return [(total, limits[0] if total < 0 else limits[1]) for total in sums]


def test_groups_of_couplers_are_oceans(device: devices.Description) -> None:
    """Random couplings: the largest excess over all groups is the same."""
    dice, zeros = np.random.default_rng(0), np.zeros(len(device.qubits))
    for _ in range(5):
        weights = dice.uniform(-2, 1, len(device.couplers))
        expected = max(
            total / limit for total, limit in _sums(device, weights, (-13.0, 10.0)) if total
        )
        least = max(weights.max(), -weights.min() / 2)
        factor = device.ranges.factor(h=zeros, j=weights, couplers=_all(device))
        assert factor == pytest.approx(max(expected, least))


@pytest.mark.parametrize(
    ("type", "linear", "quadratic", "message"),
    [
        ("bqm", [0.0], [], "no problems of type 'bqm'"),
        ("ising", [0.0, 1.0], [], "there are 2 linear biases for the 1204 qubits"),
        ("ising", None, [], "the problem uses no qubit"),
        ("ising", 0.5, [0.0], r"there are 1 quadratic biases for the \d+ couplers"),
        ("ising", np.inf, [], "a linear bias is not a finite number"),
    ],
)
def test_problems_that_are_none(
    device: devices.Description, chip: Chip, type: str, linear: Any, quadratic: Any, message: str
) -> None:
    if linear is None or isinstance(linear, float):
        biases = np.full(len(device.qubits), np.nan)
        if linear == np.inf:
            biases[3] = linear
        elif linear is not None:
            biases[:] = linear
        linear = biases
    with pytest.raises(Refused, match=message):
        chip.check(type, linear, quadratic, {})


def test_chips_that_cannot_be(device: devices.Description) -> None:
    with pytest.raises(UnknownName, match="no noise named 'tipical'; did you mean typical"):
        Chip(device, noise="tipical")
    with pytest.raises(QoptError, match="degraded=2: give a share"):
        Chip(device, degraded=2)
    with pytest.raises(QoptError, match="seed=-1"):
        Chip(device, seed=-1)


def test_a_small_job_is_checked_in_a_moment(device: devices.Description, chip: Chip) -> None:
    job = job_on(device, native(device, 5, 0), 0)
    chip.check("qubo", job.linear, job.quadratic, {"num_reads": 10_000})
