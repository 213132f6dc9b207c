"""The annealers that are described here, each after one of D-Wave's.

Sources of the figures: the tables of physical properties, the pages of solver properties and of
errors in D-Wave's documentation ("Per-QPU Solver Properties and Schedules", releases of 2025 and
2026), and the properties that these solvers gave of themselves in 2025 and 2026, as found in
public repositories. Points of the readout times are rounded to a tenth of a microsecond.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ..errors import UnknownName
from .description import Description
from .parameters import PARAMETERS
from .timing import TimingModel
from .working_graph import drawn

# the same on all three
_RANGES: dict[str, Any] = {
    "j_range": (-1.0, 1.0),
    "extended_j_range": (-2.0, 1.0),
    "fast_anneal_time_range": (0.005, 2000.0),
    "num_reads_range": (1, 10000),
    "problem_run_duration_range": (0.0, 1_000_000.0),
    "programming_thermalization_range": (0.0, 10000.0),
    "readout_thermalization_range": (0.0, 10000.0),
    "readout_error": 0.001,
    "parameters": PARAMETERS,
}
_ZEPHYR: dict[str, Any] = {
    "topology_type": "zephyr",
    "h_range": (-6.0, 6.0),
    "per_qubit_coupling_range": None,
    "per_group_coupling_range": (-13.0, 10.0),
}
_PEGASUS: dict[str, Any] = {
    "topology_type": "pegasus",
    "h_range": (-4.0, 4.0),
    "per_qubit_coupling_range": (-18.0, 15.0),
    "per_group_coupling_range": None,
}
_CLOCK: dict[str, Any] = {
    "programming_thermalization": 1000.0,
    "annealing_time": 20.0,
    "readout_thermalization": 0.0,
    "decorrelation_at": 2000.0,
}


def _advantage2() -> Description:
    """Advantage2_system1.7; the clock is that of 1.10, a later calibration of the same chip."""
    qubits, couplers = drawn("zephyr", (12, 4), qubits=4592, couplers=41779, seed=9)
    return Description(
        name="advantage2",
        like="Advantage2_system1.7",
        topology_shape=(12, 4),
        qubits=qubits,
        couplers=couplers,
        num_qubits=4800,
        annealing_time_range=(0.5, 2000.0),
        h_gain_schedule_range=(-1.0, 1.0),
        anneal_offset_step=-8.03e-05,
        temperature=0.112,
        base_kelvin=0.020,
        coupler_picohenry=0.528,
        critical_gigahertz=2.308,
        clock=TimingModel(
            programming=33635.56,
            readout=((1, 23.4), (8.134, 47.1), (28.18, 55.9), (349.2, 97.8), (4592, 97.8)),
            delay=60.57,
            decorrelation=(0.0, 0.0),
            reverse_programming=(0.0, 31.43),
            reverse_delay=(-44.5, -41.5),
            **_CLOCK,
        ),
        **_ZEPHYR,
        **_RANGES,
    )


def _advantage2_small() -> Description:
    """Advantage2_system4.1."""
    qubits, couplers = drawn("zephyr", (6, 4), qubits=1204, couplers=10571, seed=19)
    return Description(
        name="advantage2-small",
        like="Advantage2_system4.1",
        topology_shape=(6, 4),
        qubits=qubits,
        couplers=couplers,
        num_qubits=1248,
        annealing_time_range=(1.0, 2000.0),
        h_gain_schedule_range=(-1.1, 1.1),
        anneal_offset_step=-9.49e-05,
        temperature=0.119,
        base_kelvin=0.018,
        coupler_picohenry=0.514,
        critical_gigahertz=2.154,
        clock=TimingModel(
            programming=8028.21,
            readout=((1, 19.0), (7.232, 34.1), (21.0, 38.1), (210.5, 40.1), (1208, 40.1)),
            delay=20.57,
            decorrelation=(0.0, 0.0),
            reverse_programming=(0.0, 22.06),
            reverse_delay=(-4.5, -1.5),
            **_CLOCK,
        ),
        **_ZEPHYR,
        **_RANGES,
    )


def _advantage() -> Description:
    """Advantage_system6.4."""
    qubits, couplers = drawn("pegasus", (16,), qubits=5612, couplers=40088, seed=64)
    return Description(
        name="advantage",
        like="Advantage_system6.4",
        topology_shape=(16,),
        qubits=qubits,
        couplers=couplers,
        num_qubits=5760,
        annealing_time_range=(0.5, 2000.0),
        h_gain_schedule_range=(-4.0, 4.0),
        anneal_offset_step=-1.326e-04,
        temperature=0.221,
        base_kelvin=0.016,
        coupler_picohenry=1.554,
        critical_gigahertz=1.281,
        clock=TimingModel(
            programming=14233.78,
            readout=((1, 24.2), (3.608, 49.0), (424.7, 161.3), (1075.7, 173.3), (5616, 173.3)),
            delay=20.54,
            decorrelation=(500.0, 10000.0),
            reverse_programming=(0.0, 17.5),
            reverse_delay=(-4.5, -1.5),
            **_CLOCK,
        ),
        **_PEGASUS,
        **_RANGES,
    )


_KNOWN = {
    "advantage": _advantage,
    "advantage2": _advantage2,
    "advantage2-small": _advantage2_small,
}


def names() -> list[str]:
    """The devices that `described` knows, in the order of the alphabet."""
    return sorted(_KNOWN)


@cache
def described(name: str) -> Description:
    """The device of that name, one of `names()`; the same object each time.

    Raises UnknownName, with the nearest names, for any other.
    """
    if name not in _KNOWN:
        raise UnknownName("device", name, names())
    device = _KNOWN[name]()
    device.qubits.setflags(write=False)
    device.couplers.setflags(write=False)
    return device
