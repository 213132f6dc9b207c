"""The annealing kernels: 16 replicas of one Ising model, a SIMD lane each.

Shapes, all C-contiguous: `indptr` int64[n + 1], `indices` int32[m], `weights` float32[m] are the symmetric couplings in CSR
form (every coupling twice, no diagonal); `spins` float32[n, 16] holds -1 or +1; `fields` float32[n, 16] holds the local
fields f_i = h_i + sum_j J_ij s_j and is kept up to date by every flip. Flipping spin i changes the energy by -2 s_i f_i.

Measured with `python -m tests.benchmarks.spin_updates`: 5 to 15 times the spin updates a second of dwave-samplers, G1 to G55.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .lanes import (
    EXPONENTIAL_MAX,
    add,
    anywhere,
    compiled,
    exponential,
    fma,
    greater,
    load,
    mul,
    splat,
    store,
    where,
    xorshift,
)

Floats = npt.NDArray[np.float32]
Index = npt.NDArray[np.int64]
Neighbours = npt.NDArray[np.int32]
Random = npt.NDArray[np.uint32]
Doubles = npt.NDArray[np.float64]
States = npt.NDArray[np.int8]

_ZERO = np.float32(0.0)
_MINUS_HALF = np.float32(-0.5)
_MINUS_TWO = np.float32(-2.0)
_LARGEST_DRAW = np.float32(EXPONENTIAL_MAX)


@compiled
def metropolis(
    indptr: Index,
    indices: Neighbours,
    weights: Floats,
    spins: Floats,
    fields: Floats,
    random: Random,
    temperatures: Floats,
) -> None:
    """One Metropolis sweep at each of `temperatures` (float32[sweeps], in energy units), spins in index order.

    `random` uint32[1, 16] holds one generator a lane. Modifies `spins`, `fields` and `random` in place.
    A flip is accepted when the energy it costs is below T * -ln(u), which is s f > -T/2 * -ln(u).
    """
    state = load(random, 0)
    for temperature in temperatures:
        scale = splat(_MINUS_HALF * temperature)
        hopeless = mul(scale, splat(_LARGEST_DRAW))
        for i in range(spins.shape[0]):
            s = load(spins, i)
            alignment = mul(s, load(fields, i))
            # early out: where no draw could flip any lane, none is made
            if anywhere(greater(alignment, hopeless)):
                state = xorshift(state)
                accepted = greater(alignment, mul(scale, exponential(state)))
                if anywhere(accepted):
                    change = where(accepted, mul(s, splat(_MINUS_TWO)))
                    store(spins, i, add(s, change))
                    for k in range(indptr[i], indptr[i + 1]):
                        j = np.int64(indices[k])
                        store(fields, j, fma(splat(weights[k]), change, load(fields, j)))
    store(random, 0, state)


@compiled
def descend(indptr: Index, indices: Neighbours, weights: Floats, spins: Floats, fields: Floats) -> int:
    """One sweep that takes every flip lowering the energy. Modifies `spins` and `fields`; returns the rows that flipped."""
    flipped = 0
    for i in range(spins.shape[0]):
        s = load(spins, i)
        uphill = greater(mul(s, load(fields, i)), splat(_ZERO))
        if anywhere(uphill):
            flipped += 1
            change = where(uphill, mul(s, splat(_MINUS_TWO)))
            store(spins, i, add(s, change))
            for k in range(indptr[i], indptr[i + 1]):
                j = np.int64(indices[k])
                store(fields, j, fma(splat(weights[k]), change, load(fields, j)))
    return flipped


@compiled
def local_fields(linear: Floats, indptr: Index, indices: Neighbours, weights: Floats, spins: Floats, fields: Floats) -> None:
    """Fill `fields` from `linear` float32[n] and `spins`: the flips' rounding errors end here."""
    for i in range(spins.shape[0]):
        field = splat(linear[i])
        for k in range(indptr[i], indptr[i + 1]):
            field = fma(splat(weights[k]), load(spins, np.int64(indices[k])), field)
        store(fields, i, field)


@compiled
def energies(linear: Doubles, row: Index, col: Index, quad: Doubles, states: States, found: Doubles) -> None:
    """Fill `found` float64[k] with the energies of `states` int8[k, n], in float64 and in the order of the couplings.

    A plain loop adds up in one order on every machine, where numpy's dot is up to the BLAS library and its threads.
    """
    for k in range(states.shape[0]):
        energy = 0.0
        for i in range(states.shape[1]):
            energy += linear[i] * states[k, i]
        for c in range(row.shape[0]):
            energy += quad[c] * (states[k, row[c]] * states[k, col[c]])
        found[k] = energy
