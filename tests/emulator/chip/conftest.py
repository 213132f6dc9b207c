"""Small jobs for a small chip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from qopt import devices
from qopt.emulator.chip import Chip

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Job:
    """Biases of a problem as a device takes them, and the couplers that `quadratic` is of."""

    linear: Floats
    quadratic: Floats
    couplers: npt.NDArray[np.int64]
    used: npt.NDArray[np.int64]

    def energies(self, samples: npt.ArrayLike) -> Floats:
        """Of samples in the order of `used`, computed from the definition."""
        values = np.asarray(samples, dtype=np.float64)
        at = {qubit: k for k, qubit in enumerate(self.used.tolist())}
        total = values @ self.linear[~np.isnan(self.linear)]
        for (u, v), weight in zip(self.couplers.tolist(), self.quadratic, strict=True):
            total = total + weight * values[:, at[u]] * values[:, at[v]]
        return np.asarray(total)


def native(device: devices.Description, size: int, seed: int) -> list[int]:
    """Qubits that hang together, `size` of them, about a place drawn by `seed`."""
    dice = np.random.default_rng(seed)
    graph = device.graph()
    found = [int(dice.choice(device.qubits))]
    edge = set(graph[found[0]])
    while len(found) < size:
        found.append(int(dice.choice(sorted(edge))))
        edge = (edge | set(graph[found[-1]])) - set(found)
    return sorted(found)


def job_on(device: devices.Description, used: list[int], seed: int, scale: float = 1.0) -> Job:
    """Random h in [-0.5, 0.5] and J in [-1, 1], times `scale`."""
    dice = np.random.default_rng([seed, 1])
    linear = np.full(len(device.qubits), np.nan)
    linear[np.searchsorted(device.qubits, used)] = scale * dice.uniform(-0.5, 0.5, len(used))
    couplers = device.couplers[np.isin(device.couplers, used).all(axis=1)].astype(np.int64)
    return Job(linear, scale * dice.uniform(-1, 1, len(couplers)), couplers, np.array(used))


@pytest.fixture(scope="session")
def device() -> devices.Description:
    return devices.described("advantage2-small")


@pytest.fixture(scope="session")
def chip(device: devices.Description) -> Chip:
    return Chip(device, seed=1)


@pytest.fixture(scope="session")
def job(device: devices.Description) -> Job:
    return job_on(device, native(device, 10, 0), 0)
