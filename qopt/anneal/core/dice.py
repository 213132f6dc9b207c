"""Random numbers of the kernels: a generator of 64 bits for each walker or replica."""

from __future__ import annotations

from typing import Any

import numpy as np

from .compiling import compiled


@compiled
def uniform(dice: Any) -> float:
    """The next number of a splitmix64 (Steele, Lea and Flood 2014) in [0, 1)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) / 9007199254740992.0
