"""The kernels again, in plain Python and one replica at a time, from their definitions.

`linear` and `couplings` (a symmetric matrix) are in the kernels' units; `spins` float64[n,
replicas] holds -1 and +1; `random` uint32[2, replicas] or, of dense models, [2 replicas, lanes];
`scale` is that of each replica. All are modified in place.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from qopt.anneal.core.vectors import _LOG2

WEYL = 0x9E3779B9
LARGEST_DRAW = 31  # -log2 of the smallest u
f32 = np.float32


def xorshift32(state: int) -> int:
    state ^= (state << 13) & 0xFFFFFFFF
    state ^= state >> 17
    return state ^ ((state << 5) & 0xFFFFFFFF)


def splitmix64(state: int) -> tuple[int, float]:
    """The next state, and a number in [0, 1)."""
    word = 2**64 - 1
    state = (state + 0x9E3779B97F4A7C15) & word
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & word
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & word
    return state, ((z ^ (z >> 31)) >> 11) / 2**53


def uniform(state: int) -> Fraction:
    return Fraction((state >> 1) | 1, 2**31)


def exponential2(state: int) -> float:
    """-log2(u) to the last bit of float32, by the kernels' polynomial."""
    fraction, exponent = math.frexp(float(f32((state >> 1) | 1)))
    t, curve = 2 * fraction - 1, 0.0
    for coefficient in _LOG2[::-1]:
        curve = float(
            f32(curve * t + float(f32(coefficient)))
        )  # one rounding to float32, as fma has
    return float(f32(32 - exponent - curve * t))


def logistic2(state: int) -> float:
    u = uniform(state)
    return math.log2((1 - u) / u)


def draws(random: Any, draw: Any) -> list[float]:
    """A step of the generators random[0] and counters random[1], and what `draw` makes of their
    sums.
    """
    for lane in range(random.shape[1]):
        random[0, lane] = xorshift32(int(random[0, lane]))
        random[1, lane] = (int(random[1, lane]) + WEYL) & 0xFFFFFFFF
    return [draw((int(state) + int(counter)) & 0xFFFFFFFF) for state, counter in random.T]


def product(scale: Any, number: float) -> float:
    return float(f32(scale) * f32(number))


def dense(n: int, indptr: Any, indices: Any, weights: Any) -> Any:
    matrix = np.zeros((n, n))
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            matrix[i, indices[k]] += weights[k]
    return matrix


def cost(linear: Any, couplings: Any, spins: Any, i: int, r: int) -> float:
    """Half of what it costs to flip spin i in replica r."""
    return float(-spins[i, r] * (linear[i] + couplings[i] @ spins[:, r]))


def metropolis(linear: Any, couplings: Any, spins: Any, random: Any, scale: Any) -> None:
    """A sweep. The replicas draw together, where any of them could flip."""
    replicas = range(spins.shape[1])
    for i in range(len(linear)):
        costs = [cost(linear, couplings, spins, i, r) for r in replicas]
        if not any(costs[r] <= product(scale[r], LARGEST_DRAW) for r in replicas):
            continue
        drawn = draws(random, exponential2)
        for r in replicas:
            if costs[r] <= product(scale[r], drawn[r]):
                spins[i, r] = -spins[i, r]


def dense_metropolis(linear: Any, couplings: Any, spins: Any, random: Any, scale: Any) -> None:
    """A sweep. Each block of as many spins as there are lanes draws together, where any of them
    could flip.
    """
    n, lanes = len(linear), random.shape[1]
    for first in range(0, n, lanes):
        block = range(first, min(first + lanes, n))
        for r in range(spins.shape[1]):
            hopeless = product(scale[r], LARGEST_DRAW)
            if not any(cost(linear, couplings, spins, i, r) <= hopeless for i in block):
                continue
            drawn = draws(random[2 * r : 2 * r + 2], exponential2)
            for i in block:
                if cost(linear, couplings, spins, i, r) <= product(scale[r], drawn[i - first]):
                    spins[i, r] = -spins[i, r]


def heat_bath(linear: Any, couplings: Any, spins: Any, random: Any, scale: Any) -> None:
    """A sweep. Every spin draws, in all replicas."""
    for i in range(len(linear)):
        drawn = draws(random, logistic2)
        for r in range(spins.shape[1]):
            if cost(linear, couplings, spins, i, r) <= float(scale[r]) * drawn[r]:
                spins[i, r] = -spins[i, r]


def exchange(
    betas: Any, energies: Any, holder: Any, dice: int, odd: int
) -> tuple[list[tuple[int, int, bool]], int]:
    """(ladder, lower rung, accepted) of each exchange offered between rungs `odd`, `odd` + 1 and so
    on; the dice after them.
    """
    made = []
    for g in range(len(holder)):
        for k in range(odd, len(betas) - 1, 2):
            a, b = holder[g, k], holder[g, k + 1]
            gain = (betas[k] - betas[k + 1]) * (energies[a] - energies[b])
            accepted = gain >= 0
            if not accepted:
                dice, u = splitmix64(dice)
                accepted = u < math.exp(gain)
            if accepted:
                holder[g, k], holder[g, k + 1] = b, a
            made.append((g, k, bool(accepted)))
    return made, dice
