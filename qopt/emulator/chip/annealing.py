"""How an anneal of so many microseconds is modelled: sweeps from hot to the chip's temperature."""

from __future__ import annotations

import math

import numpy as np

from ...devices import Description
from .problem import Floats

SWEEPS_OF_A_MICROSECOND = 64.0
GROWTH = 0.5
LEAST_SWEEPS = 16
HOT = 4.0
BEYOND = 1.1  # times the least J of j_range: couplings that only chains need
CHAINS = 1.2  # times the critical temperature
GIGAHERTZ_A_KELVIN = 20.836619  # Boltzmann's constant over Planck's


def sweeps(annealing_time: float) -> int:
    """Of an anneal of so many microseconds."""
    return max(LEAST_SWEEPS, round(SWEEPS_OF_A_MICROSECOND * math.pow(annealing_time, GROWTH)))


def betas(temperature: float, annealing_time: float) -> Floats:
    """float64[sweeps]: inverse temperatures that rise by the same factor each, up to 1 /
    `temperature`.
    """
    return np.geomspace(1 / HOT, 1 / temperature, sweeps(annealing_time))


def critical_temperature(device: Description) -> float:
    """The temperature, in units of h and J, at the quantum critical point of chains: 2 k T / B
    there, by the documented base temperature and critical energy.
    """
    return 2 * GIGAHERTZ_A_KELVIN * device.base_kelvin / device.critical_gigahertz


def chain_temperature(device: Description) -> float:
    """Where chains of qubits freeze: `CHAINS` times the critical temperature.

    The factor is fitted to the one published count of broken chains that says how it came about:
    17.5 % of the reads of a K30 of signs with chains of up to 6 qubits, embedded with Ocean's
    default chain strength on an Advantage, have any ("Minor-embedding: best practices" in D-Wave's
    documentation).
    """
    return CHAINS * critical_temperature(device)
