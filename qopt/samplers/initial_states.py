"""States that a sampler of QUBOs is given to begin with."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np

from ..anneal.core.ising import Spins
from ..errors import QoptError
from ..kit.checks import require

GENERATORS = ("tile", "none", "random")


def require_generator(name: str) -> None:
    """Raise a QoptError unless it is one of `GENERATORS`."""
    require(name in GENERATORS, "initial_states_generator", name, " or ".join(GENERATORS))


def as_states(bqm: dimod.BinaryQuadraticModel, samples: Any) -> Spins:
    """States int8[k, n] in the model's variable order, over {-1, +1}."""
    values, labels = dimod.as_samples(samples)
    if set(labels) != set(bqm.variables) or not len(values):
        raise QoptError("initial_states must give every variable of the model, and no other")
    place = {label: k for k, label in enumerate(labels)}
    states = values[:, [place[label] for label in bqm.variables]]
    if not np.isin(states, list(bqm.vartype.value)).all():
        raise QoptError(
            f"initial_states must hold {bqm.vartype.name} values, {sorted(bqm.vartype.value)}"
        )
    return np.where(states > 0, 1, -1).astype(np.int8)


def of_bits(states: Any, num_variables: int, most: int) -> Spins:
    """States int8[k, n] over {-1, +1}, of an array of them over {0, 1}."""
    bits = np.asarray(states)
    fits = bits.ndim == 2 and bits.shape[1] == num_variables and 1 <= len(bits) <= most
    if not (fits and np.isin(bits, (0, 1)).all()):
        raise QoptError(
            f"initial_states has shape {bits.shape}; give 0s and 1s, at most num_reads "
            f"rows of {num_variables}"
        )
    return (2 * bits - 1).astype(np.int8)


def extended(states: Spins, num_reads: int, generator: str, seed: int) -> Spins:
    """`num_reads` states: those given, and then more of them as `generator` says."""
    given, n = states.shape
    if given >= num_reads or generator == "tile":
        return np.resize(states, (num_reads, n))
    if generator == "none":
        raise QoptError(
            f"initial_states has {given} states for {num_reads} reads; give as many, or a "
            "generator of 'tile' or 'random'"
        )
    random = np.random.default_rng(seed)
    return np.concatenate(
        [states, (2 * random.integers(0, 2, (num_reads - given, n)) - 1).astype(np.int8)]
    )
