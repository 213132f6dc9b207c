"""How an anneal of so many microseconds is modelled: sweeps from hot to the chip's temperature."""

from __future__ import annotations

import math

import numpy as np

from .problem import Floats

SWEEPS_OF_A_MICROSECOND = 64.0
GROWTH = 0.5
LEAST_SWEEPS = 16
HOT = 4.0


def sweeps(annealing_time: float) -> int:
    """Of an anneal of so many microseconds."""
    return max(LEAST_SWEEPS, round(SWEEPS_OF_A_MICROSECOND * math.pow(annealing_time, GROWTH)))


def betas(temperature: float, annealing_time: float) -> Floats:
    """float64[sweeps]: inverse temperatures that rise by the same factor each, up to 1 /
    `temperature`.
    """
    return np.geomspace(1 / HOT, 1 / temperature, sweeps(annealing_time))
