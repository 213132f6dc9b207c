"""Temperatures from hot to cold, and how far apart those are that exchange states."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from .ising import Floats

WHOLE = 2**20  # sweeps whose temperatures are made at once


def geometric(beta_range: tuple[float, float], num_sweeps: int) -> Floats:
    """`num_sweeps` inverse temperatures from hot to cold, each the same factor above the last."""
    return np.geomspace(*beta_range, num_sweeps)


def course(ends: tuple[float, float], num_sweeps: int) -> Callable[[int, int], Floats]:
    """`geometric` from one sweep up to another; of very many sweeps no more is made than is asked
    for.
    """
    if num_sweeps <= WHOLE:
        every = geometric(ends, num_sweeps)
        return lambda first, stop: every[first:stop]
    start, stop = np.log10(ends)
    step = (stop - start) / (num_sweeps - 1)

    def part(first: int, stop: int) -> Floats:
        values = np.power(10.0, np.arange(first, stop) * step + start)
        values[: first == 0] = ends[0]
        if stop == num_sweeps:
            values[-1] = ends[1]
        return np.asarray(values)

    return part


def thermodynamic_length(betas: Floats, energies: Floats) -> Floats:
    """float64[k] from 0: how far apart temperatures are for exchanges, from the mean energies at
    rising `betas`.

    Neighbours at distance d exchange at a rate of about erfc(d / 2), since d^2 = (beta' - beta)(E -
    E') is the mean exponent of an exchange (Kofke 2002): ladders even in this length exchange
    evenly.
    """
    fallen = np.minimum.accumulate(energies)
    return np.concatenate([[0.0], np.cumsum(np.sqrt(np.diff(betas) * -np.diff(fallen)))])


def exchange_length(rates: Floats) -> Floats:
    """The same from 0, from the `rates` float64[k - 1] at which neighbours were seen to exchange,
    inverting erfc(d / 2).
    """
    normal = NormalDist()
    distances = [
        -math.sqrt(2.0) * normal.inv_cdf(min(max(float(rate), 0.01), 0.99) / 2) for rate in rates
    ]
    return np.concatenate([[0.0], np.cumsum(distances)])


def even(betas: Floats, lengths: Floats, rungs: int) -> Floats:
    """`rungs` inverse temperatures that lie evenly along the lengths of `betas`."""
    rising = lengths + np.linspace(0.0, 1e-9 * (1.0 + lengths[-1]), len(lengths))
    return np.interp(np.linspace(rising[0], rising[-1], rungs), rising, betas)
