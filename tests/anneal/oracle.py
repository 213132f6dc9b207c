"""The kernels again, in plain Python and one replica at a time, from their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np

f32 = np.float32


def xorshift32(state: int) -> int:
    state ^= (state << 13) & 0xFFFFFFFF
    state ^= state >> 17
    return state ^ ((state << 5) & 0xFFFFFFFF)


def dense(n: int, indptr: Any, indices: Any, weights: Any) -> Any:
    matrix = np.zeros((n, n))
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            matrix[i, indices[k]] += weights[k]
    return matrix


def metropolis(linear: Any, couplings: Any, spins: Any, states: list[int], temperatures: Any) -> tuple[Any, list[int]]:
    """Sweeps of all replicas (columns of `spins`) in float64. A batch draws together: where any replica could flip."""
    spins = spins.astype(np.float64).copy()
    replicas = spins.shape[1]
    for temperature in temperatures:
        for i in range(len(linear)):
            alignment = spins[i] * (linear[i] + couplings[i] @ spins)
            if not (alignment > -0.5 * temperature * 21.5).any():
                continue
            states = [xorshift32(state) for state in states]
            for r in range(replicas):
                u = ((states[r] >> 1) | 1) / 2**31
                if alignment[r] > 0.5 * temperature * np.log(u):
                    spins[i, r] = -spins[i, r]
    return spins, states
