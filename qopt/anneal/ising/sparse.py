"""Kernels for sparse models: a replica is a lane, and every replica of a spin is decided at once.

Shapes, all C-contiguous and aligned (`vectors.aligned`): `couplings` is (indptr int64[n + 1],
indices int32[m], doubled T[m]), the symmetric couplings in CSR form (every coupling twice, no
diagonal), each times 2; `linear` T[n] holds h and `base` T[n] the fields of a state with every spin
down; `spins` uint[n], bit r of which is set where the spin is up in replica r, so the unsigned type
says how many replicas there are; `fields` T[n, replicas] holds f_i = h_i + sum_j J_ij s_j and is
kept up to date by every flip, which changes the energy by -2 s_i f_i. T is float32, or int16 or
int8 where those hold every field: what does not fit them on the way (a doubled coupling, say) wraps
around and back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.compiling import compiled
from ..core.vectors import (
    LARGEST_DRAW,
    add,
    add_where,
    anywhere,
    below,
    both,
    but_not,
    exponential2,
    flipped,
    load,
    load_mask,
    logistic2,
    mul,
    negate_where,
    negative,
    splat,
    store,
    store_mask,
    sub_where,
    widened,
    xorshift,
)

_LARGEST_DRAW = np.float32(LARGEST_DRAW)
_WEYL = np.uint32(0x9E3779B9)
_BLOCK = 64  # rows whose energies are added up in int32, which they do not overflow


@compiled
def spread(couplings: Any, fields: Any, i: Any, up: Any, down: Any) -> None:
    """Tell the neighbours of spin i that it went up and down in those replicas."""
    indptr, indices, doubled = couplings
    for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + 1])):
        j = np.uint64(indices[k])
        w = splat(doubled[k], up)
        store(fields, j, sub_where(add_where(load(fields, j, up), up, w), down, w))


@compiled
def sweep(couplings: Any, spins: Any, fields: Any, random: Any, scale: Any) -> None:
    """One Metropolis sweep, spins in index order. Modifies `spins`, `fields` and `random` in place.

    `scale` float32[replicas] is T / 2 * ln 2 in units of the fields; `random` uint32[2, replicas] a
    xorshift32 and a Weyl counter each replica. A flip is accepted when the energy it costs is below
    T * -ln(u), which is -s f <= scale * -log2(u).
    """
    s = load_mask(spins, 0)
    state, counter = load(random, 0, s), load(random, 1, s)
    temperature = load(scale, 0, s)
    hopeless = mul(temperature, splat(_LARGEST_DRAW, s))
    for i in range(spins.shape[0]):
        s = load_mask(spins, i)
        cost = negate_where(s, load(fields, i, s))
        # early out: where no draw could flip any replica, none is made
        if anywhere(below(cost, hopeless)):
            state, counter = xorshift(state), add(counter, splat(_WEYL, s))
            accepted = below(cost, mul(temperature, exponential2(add(state, counter))))
            if anywhere(accepted):
                store_mask(spins, i, flipped(s, accepted))
                spread(couplings, fields, i, but_not(accepted, s), both(accepted, s))
    store(random, 0, state)
    store(random, 1, counter)


@compiled
def heat_bath(couplings: Any, spins: Any, fields: Any, random: Any, scale: Any) -> None:
    """One sweep of Gibbs sampling, spins in index order, arguments as in `sweep`; T is float32.

    Each spin is drawn from its distribution given the others: it flips with probability 1 / (1 +
    exp(2 cost / T)).
    """
    s = load_mask(spins, 0)
    state, counter = load(random, 0, s), load(random, 1, s)
    temperature = load(scale, 0, s)
    for i in range(spins.shape[0]):
        s = load_mask(spins, i)
        state, counter = xorshift(state), add(counter, splat(_WEYL, s))
        threshold = mul(temperature, logistic2(add(state, counter)))
        accepted = below(negate_where(s, load(fields, i, s)), threshold)
        if anywhere(accepted):
            store_mask(spins, i, flipped(s, accepted))
            spread(couplings, fields, i, but_not(accepted, s), both(accepted, s))
    store(random, 0, state)
    store(random, 1, counter)


@compiled
def downhill(couplings: Any, spins: Any, fields: Any) -> int:
    """One sweep that takes every flip lowering the energy; modifies `spins` and `fields`.

    Returns the rows that flipped.
    """
    rows = 0
    for i in range(spins.shape[0]):
        s = load_mask(spins, i)
        accepted = negative(negate_where(s, load(fields, i, s)))
        if anywhere(accepted):
            rows += 1
            store_mask(spins, i, flipped(s, accepted))
            spread(couplings, fields, i, but_not(accepted, s), both(accepted, s))
    return rows


@compiled
def refresh(couplings: Any, base: Any, spins: Any, fields: Any) -> None:
    """Fill `fields` from `base` and `spins`: the rounding errors of the flips end here."""
    indptr, indices, doubled = couplings
    for i in range(spins.shape[0]):
        field = splat(base[i], load_mask(spins, i))
        for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + 1])):
            s = load_mask(spins, np.uint64(indices[k]))
            field = add_where(field, s, splat(doubled[k], s))
        store(fields, i, field)


@compiled
def totals(
    couplings: Any, linear: Any, spins: Any, fields: Any, partial: Any, energies: Any
) -> None:
    """Fill `energies` float64[replicas] with sum_i s_i (f_i + h_i) / 2; `partial` int32 or
    float64[replicas] is scratch.

    Exact where the fields are.
    """
    n = spins.shape[0]
    energies[:] = 0.0
    for start in range(0, n, _BLOCK):
        s = load_mask(spins, start)
        cost = widened(negate_where(s, load(fields, start, s)))
        total = add(cost, widened(negate_where(s, splat(linear[start], s))))
        for i in range(start + 1, min(start + _BLOCK, n)):
            s = load_mask(spins, i)
            cost = widened(negate_where(s, load(fields, i, s)))
            total = add(total, add(cost, widened(negate_where(s, splat(linear[i], s)))))
        store(partial, 0, total)
        for r in range(energies.shape[0]):
            energies[r] -= 0.5 * partial[r]
