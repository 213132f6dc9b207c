"""By how much a problem must be scaled to fill a device's ranges of h and J."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..devices.ranges import coupling_groups

if TYPE_CHECKING:
    import numpy.typing as npt

    IntArray = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


class Ranges(Protocol):
    """What a device can be programmed with."""

    def scale(self, qubits: IntArray, h: Floats, couplers: IntArray, j: Floats) -> float:
        """What h and J are multiplied by so that they just fill the ranges; 1 where all are 0."""
        ...


@dataclass(frozen=True)
class Told:
    """The ranges that a solver's properties tell, low and high; None for one they do not have.

    `total` bounds the sum of J over the couplers of each qubit, or on Zephyr, where `topology` is
    given, over each of a qubit's two groups of couplers.
    """

    h: tuple[float, float] | None
    j: tuple[float, float] | None
    total: tuple[float, float] | None = None
    topology: tuple[str, tuple[int, ...]] = ("", ())

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Told:
        """Of the properties of a solver, as SAPI has them."""
        j = properties.get("extended_j_range") or properties.get("j_range")
        h = _pair(properties.get("h_range"))
        if (grouped := properties.get("per_group_coupling_range")) is None:
            return cls(h, _pair(j), _pair(properties.get("per_qubit_coupling_range")))
        told = properties["topology"]
        return cls(h, _pair(j), _pair(grouped), (told["type"], tuple(told["shape"])))

    def scale(self, qubits: IntArray, h: Floats, couplers: IntArray, j: Floats) -> float:
        order = np.argsort(qubits)
        ends = order[np.searchsorted(qubits[order], couplers)]
        groups = coupling_groups(*self.topology, qubits.astype(np.int32), ends)
        totals = np.bincount(groups.ravel(), np.repeat(j, 2)).astype(np.float64)
        fills = max(_fill(h, self.h), _fill(j, self.j), _fill(totals, self.total))
        return 1 / fills if fills else 1.0


@dataclass(frozen=True, eq=False)
class Described:
    """The ranges of a device that `qopt.devices` describes, by its own rules."""

    device: Any

    @cached_property
    def _listed(self) -> tuple[IntArray, IntArray]:
        """A number for each of the device's couplers, ascending, and their places in its list."""
        listed = np.sort(np.asarray(self.device.couplers, dtype=np.int64), axis=1)
        keys = listed[:, 0] << 32 | listed[:, 1]
        order = np.argsort(keys)
        return keys[order], order

    def scale(self, qubits: IntArray, h: Floats, couplers: IntArray, j: Floats) -> float:
        keys, order = self._listed
        asked = couplers.min(axis=1) << 32 | couplers.max(axis=1)
        at = order[np.searchsorted(keys, asked)]
        return 1 / float(self.device.ranges.factor(h=h, j=j, couplers=at))


@dataclass(frozen=True)
class Unknown:
    """Of a graph alone: nothing is scaled."""

    def scale(self, qubits: IntArray, h: Floats, couplers: IntArray, j: Floats) -> float:
        return 1.0


def ranges_of(device: Any) -> Ranges:
    """Of a description, of a structured sampler with properties, or of a graph, which has none."""
    if hasattr(device, "ranges") and hasattr(device, "couplers"):
        return Described(device)
    properties = getattr(device, "properties", None)
    if isinstance(properties, Mapping) and "h_range" in properties:
        return Told.of(properties)
    return Unknown()


def _fill(values: Floats, limits: tuple[float, float] | None) -> float:
    """By how many times the values go beyond the limits; 0 without values or limits."""
    if limits is None or not len(values):
        return 0.0
    low, high = limits
    return max(float(values.max()) / high, float(values.min()) / low, 0.0)


def _pair(given: Sequence[float] | None) -> tuple[float, float] | None:
    return None if given is None else (float(given[0]), float(given[1]))
