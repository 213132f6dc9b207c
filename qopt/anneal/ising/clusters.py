"""Isoenergetic cluster moves for sparse models (Houdayer 2001; Zhu, Ochoa and Katzgraber 2015).

Two replicas at one temperature exchange the spins of a connected cluster in which they differ: the
sum of their energies stays, and each is carried over barriers that single flips do not cross. It
pays where such clusters do not percolate. In a trial on G81 (a toroidal grid of 20,000 spins): 24
below the best known cut after 15 s, and 68 without; on random graphs of degree 5 and more the
clusters hold almost half of the spins, and nothing is gained.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.compiling import compiled
from ..core.dice import uniform

_ONE = np.uint64(1)


@compiled
def move(
    couplings: Any, spins: Any, fields: Any, holder: Any, dice: Any, stack: Any, seen: Any
) -> Any:
    """One cluster at each rung, between ladders 0 and 1, 2 and 3, ...; `holder` int64[ladders,
    rungs] is who is there.

    Shapes as in `sparse`; `stack` int64[n] and `seen` bool[n] (all False before and after) are
    scratch. Modifies `spins` and `fields`. Returns the mean share of the spins that the clusters of
    the hotter quarter of the rungs have.
    """
    total, moves = 0, 0
    for k in range(holder.shape[1]):
        for g in range(0, holder.shape[0] - 1, 2):
            size = _exchange(
                couplings, spins, fields, holder[g, k], holder[g + 1, k], dice, stack, seen
            )
            if 4 * k < holder.shape[1]:
                total += size
                moves += 1
    return total / max(moves * spins.shape[0], 1)


@compiled
def _exchange(
    couplings: Any, spins: Any, fields: Any, a: int, b: int, dice: Any, stack: Any, seen: Any
) -> int:
    indptr, indices, doubled = couplings
    n, bit_a, bit_b = spins.shape[0], np.uint64(a), np.uint64(b)
    both = (_ONE << bit_a) | (_ONE << bit_b)
    start = -1
    for _ in range(64):
        i = int(uniform(dice) * n)
        if _differ(spins[i], bit_a, bit_b):
            start = i
            break
    if start < 0:
        return 0
    stack[0], head, tail = start, 0, 1
    seen[start] = True
    while head < tail:
        i = stack[head]
        head += 1
        a_was_up = (np.uint64(spins[i]) >> bit_a) & _ONE
        spins[i] = np.uint64(spins[i]) ^ both
        for k in range(indptr[i], indptr[i + 1]):
            j, w = indices[k], doubled[k]
            if a_was_up:
                fields[j, a] -= w
                fields[j, b] += w
            else:
                fields[j, a] += w
                fields[j, b] -= w
            if not seen[j] and _differ(spins[j], bit_a, bit_b):
                seen[j] = True
                stack[tail] = j
                tail += 1
    for k in range(tail):
        seen[stack[k]] = False
    return tail


@compiled
def _differ(mask: Any, bit_a: Any, bit_b: Any) -> Any:
    return ((np.uint64(mask) >> bit_a) ^ (np.uint64(mask) >> bit_b)) & _ONE != 0
