"""The parameters of a job, checked as a device checks them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal, cast

import numpy as np

from ...devices import Description
from ..backends import Refused
from .problem import Floats

AnswerMode = Literal["histogram", "raw"]

# what a device has and this one has not, and what it would take
_NOT_MODELLED = {
    "h_gain_schedule": "a gain of h that changes during the anneal is not modelled",
    "initial_state": "reverse annealing is not modelled",
    "reinitialize_state": "reverse annealing is not modelled",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """A job's parameters: times in microseconds, `flux_biases` float64[qubits of the solver]."""

    num_reads: int
    annealing_time: float
    answer_mode: AnswerMode
    max_answers: int | None
    auto_scale: bool
    flux_biases: Floats | None
    flux_drift_compensation: bool
    programming_thermalization: float
    readout_thermalization: float
    reduce_intersample_correlation: bool


def read(device: Description, params: Mapping[str, Any]) -> Settings:
    """The settings of a job; those that are None count as not given.

    Raises Refused, in one line, for a parameter that the device does not have, for a value outside
    the device's range, for two that exclude each other, and for what is not modelled.
    """
    given = {name: value for name, value in params.items() if value is not None}
    unknown = sorted(set(given) - set(device.parameters) - {"max_answers"})
    if unknown:
        raise Refused(
            f"the solver has no parameter {unknown[0]!r}; it has {', '.join(device.parameters)}"
        )
    _refuse_what_is_not_modelled(given)
    clock = device.clock
    biases = _flux_biases(device, given)
    if biases is not None and given.get("auto_scale"):
        raise Refused("flux_biases cannot be used with auto_scale: set auto_scale to false")
    mode = given.get("answer_mode", "histogram")
    if mode not in ("histogram", "raw"):
        raise Refused(f"answer_mode={mode!r}: give 'histogram' or 'raw'")
    answers = given.get("max_answers")
    return Settings(
        num_reads=_count(given, "num_reads", device.num_reads_range, 1),
        annealing_time=_annealing_time(device, given),
        answer_mode=cast(AnswerMode, mode),
        max_answers=None if answers is None else _count(given, "max_answers", (1, 10**9), 1),
        auto_scale=_flag(given, "auto_scale", biases is None),
        flux_biases=biases,
        flux_drift_compensation=_flag(given, "flux_drift_compensation", True),
        programming_thermalization=_time(
            given,
            "programming_thermalization",
            device.programming_thermalization_range,
            clock.programming_thermalization,
        ),
        readout_thermalization=_time(
            given,
            "readout_thermalization",
            device.readout_thermalization_range,
            clock.readout_thermalization,
        ),
        reduce_intersample_correlation=_flag(given, "reduce_intersample_correlation", False),
    )


def require_run_duration(device: Description, settings: Settings, num_qubits: int) -> None:
    """Raise Refused where the job would run for longer than a job may.

    The documented rule: (anneal + readout + its thermalization) a read, all reads, and the
    thermalization after programming.
    """
    longest = device.problem_run_duration_range[1]
    a_read = (
        settings.annealing_time
        + settings.readout_thermalization
        + device.clock.readout_time(num_qubits)
    )
    whole = a_read * settings.num_reads + settings.programming_thermalization
    if whole > longest:
        fits = int((longest - settings.programming_thermalization) / a_read)
        raise Refused(
            f"the job would run for {whole:.0f} microseconds, above the solver's limit of "
            f"{longest:.0f}: with this annealing time and thermalization at most {max(fits, 0)} "
            "reads fit"
        )


def _refuse_what_is_not_modelled(given: Mapping[str, Any]) -> None:
    for name, why in _NOT_MODELLED.items():
        if given.get(name):
            raise Refused(f"{name}: {why} by this emulator; leave it out")
    if given.get("fast_anneal"):
        raise Refused(
            "fast_anneal: anneals far from equilibrium are not modelled by this emulator; leave it "
            "out"
        )
    offsets = given.get("anneal_offsets")
    if offsets is not None and any(value for value in offsets if value == value):
        raise Refused(
            "anneal_offsets: advancing and delaying single qubits is not modelled by this "
            "emulator; leave them out or give zeros"
        )


def _annealing_time(device: Description, given: Mapping[str, Any]) -> float:
    schedule = given.get("anneal_schedule")
    limits, default = device.annealing_time_range, device.default_annealing_time
    if schedule is None:
        return _time(given, "annealing_time", limits, default)
    if "annealing_time" in given:
        raise Refused("annealing_time and anneal_schedule exclude each other: give one of them")
    try:
        points = [(float(time), float(fraction)) for time, fraction in schedule]
    except (TypeError, ValueError):
        raise Refused("anneal_schedule: give pairs of a time and an anneal fraction") from None
    if len(points) != 2 or points[0] != (0.0, 0.0) or points[1][1] != 1.0:
        raise Refused(
            "anneal_schedule: pauses, quenches and reverse anneals are not modelled by this "
            "emulator; give [[0, 0], [annealing time, 1]] or annealing_time"
        )
    return _time({"annealing_time": points[1][0]}, "annealing_time", limits, default)


def _flux_biases(device: Description, given: Mapping[str, Any]) -> Floats | None:
    values = given.get("flux_biases")
    if values is None or not len(values):
        return None
    try:
        biases = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refused("flux_biases: give a number for each qubit") from None
    if biases.shape != (device.num_qubits,) or not np.isfinite(biases).all():
        raise Refused(
            f"flux_biases: give {device.num_qubits} finite numbers, one for each qubit of the "
            "chip, working or not"
        )
    return biases[device.qubits]


def _count(given: Mapping[str, Any], name: str, limits: tuple[int, int], default: int) -> int:
    value = given.get(name, default)
    low, high = limits
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise Refused(f"{name}={value!r}: give a whole number from {low} to {high}")
    return int(value)


def _time(
    given: Mapping[str, Any], name: str, limits: tuple[float, float], default: float
) -> float:
    value = given.get(name, default)
    low, high = limits
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise Refused(f"{name}={value!r}: give microseconds from {low:g} to {high:g}")
    return float(value)


def _flag(given: Mapping[str, Any], name: str, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise Refused(f"{name}={value!r}: give true or false")
    return value
