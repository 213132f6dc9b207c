"""Boltzmann distributions by enumeration, and how far counts are from them."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc

from qopt.anneal.core.ising import Ising


def small(n: int = 6, seed: int = 0) -> Ising:
    """A model without symmetries, frustrated, with biases that are no whole numbers."""
    random = np.random.default_rng(seed)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < 0.6
    return Ising.from_arrays(
        random.normal(0, 0.6, n), row[keep], col[keep], random.normal(0, 0.8, keep.sum())
    )


def all_states(n: int) -> np.ndarray:
    """int8[2**n, n], row k having the bits of k, lowest first."""
    return (2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) - 1).astype(np.int8)


def boltzmann(model: Ising, beta: float) -> np.ndarray:
    exponents = -beta * model.energies(all_states(model.num_variables))
    weights = np.exp(exponents - exponents.max())
    return weights / weights.sum()


def counts(states: np.ndarray) -> np.ndarray:
    """How often each of the 2**n states is among `states` int8[k, n]."""
    n = states.shape[1]
    return np.bincount((states > 0) @ (1 << np.arange(n)), minlength=2**n)


def p_value(seen: np.ndarray, expected: np.ndarray) -> float:
    """Of Pearson's chi-square test of counts against probabilities; states expected fewer than 5
    times are pooled.
    """
    wanted = expected * seen.sum()
    rare = wanted < 5
    seen = np.append(seen[~rare], seen[rare].sum())
    wanted = np.append(wanted[~rare], wanted[rare].sum())
    seen, wanted = seen[wanted > 0], wanted[wanted > 0]
    statistic = float(((seen - wanted) ** 2 / wanted).sum())
    return float(gammaincc((len(wanted) - 1) / 2, statistic / 2))
