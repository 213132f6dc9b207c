"""Groups of spins that move as one: the chains that variables were embedded as."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.compiling import compiled
from ..core.ising import Ints, Ising
from ..core.vectors import (
    add,
    anywhere,
    below,
    both,
    but_not,
    flipped,
    load,
    load_mask,
    logistic2,
    mul,
    negate_where,
    splat,
    store,
    store_mask,
    xorshift,
)
from . import sparse
from .layout import Layout

MOST_IN_A_GROUP = 1 / 2
_WEYL = np.uint32(0x9E3779B9)


def stiff_groups(ising: Ising, stiff: float) -> list[Ints]:
    """The spins of each group that ferromagnetic couplings of `stiff` or more join, such as the
    chain of qubits that a variable was embedded as.

    Groups of more than `MOST_IN_A_GROUP` of all spins are left out: there the strong couplings are
    the problem's own.
    """
    strong = ising.quad <= -stiff
    if not strong.any():
        return []
    n = ising.num_variables
    label = _components(n, ising.row[strong], ising.col[strong])
    order = np.argsort(label, kind="stable").astype(np.int64)
    groups = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    most = max(2.0, MOST_IN_A_GROUP * n)
    return [group for group in groups if 2 <= len(group) <= most]


def _components(n: int, row: Ints, col: Ints) -> Ints:
    """int64[n]: the least spin that each spin hangs together with."""
    label = np.arange(n)
    while True:
        lower = label.copy()
        np.minimum.at(lower, row, label[col])
        np.minimum.at(lower, col, label[row])
        lower = lower[lower]
        if (lower == label).all():
            return label
        label = lower


def grouped(ising: Ising, layout: Layout, groups: list[Ints]) -> tuple[Any, ...]:
    """The groups as the kernel wants them: (start int64[groups + 1], members int64[...], pair_start
    int64[groups + 1], first, second int64[pairs], twice float32[pairs]), the pairs being the
    couplings within each group and `twice` their doubled strengths in the kernels' units.
    """
    of = np.full(ising.num_variables, -1, dtype=np.int64)
    for number, group in enumerate(groups):
        of[group] = number
    within = np.flatnonzero((of[ising.row] >= 0) & (of[ising.row] == of[ising.col]))
    within = within[np.argsort(of[ising.row[within]], kind="stable")]
    pairs = np.bincount(of[ising.row[within]], minlength=len(groups))
    sizes = [len(group) for group in groups]
    members = np.concatenate(groups) if groups else np.zeros(0, dtype=np.int64)
    return (
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        members,
        np.concatenate([[0], np.cumsum(pairs)]).astype(np.int64),
        ising.row[within],
        ising.col[within],
        (2 * layout.unit * ising.quad[within]).astype(np.float32),
    )


@compiled
def move_groups(
    couplings: Any,
    spins: Any,
    fields: Any,
    random: Any,
    scale: Any,
    groups: Any,
    leak: Any,
    pull: Any,
) -> None:
    """Offer each group to flip as a whole, by the heat bath; `groups` as `grouped` makes them.

    `pull` float32[n, replicas], or without rows where nothing leaks, is scratch and all 0: of a
    group that is looked at, what its flip would change the fields of its neighbours by.
    """
    start, members, pair_start, first, second, twice = groups
    s = load_mask(spins, 0)
    state, counter = load(random, 0, s), load(random, 1, s)
    temperature = load(scale, 0, s)
    for g in range(start.shape[0] - 1):
        cost = splat(np.float32(0.0), s)
        for k in range(start[g], start[g + 1]):
            i = np.uint64(members[k])
            cost = add(cost, negate_where(load_mask(spins, i), load(fields, i, s)))
        for k in range(pair_start[g], pair_start[g + 1]):
            apart = flipped(
                load_mask(spins, np.uint64(first[k])), load_mask(spins, np.uint64(second[k]))
            )
            cost = add(cost, negate_where(apart, splat(twice[k], s)))
        if pull.shape[0]:
            members_of = members[start[g] : start[g + 1]]
            cost = add(cost, _leaked(couplings, spins, fields, members_of, leak, pull))
        state, counter = xorshift(state), add(counter, splat(_WEYL, s))
        accepted = below(cost, mul(temperature, logistic2(add(state, counter))))
        if anywhere(accepted):
            for k in range(start[g], start[g + 1]):
                i = np.uint64(members[k])
                s = load_mask(spins, i)
                store_mask(spins, i, flipped(s, accepted))
                sparse.spread(couplings, fields, i, but_not(accepted, s), both(accepted, s))
    store(random, 0, state)
    store(random, 1, counter)


@compiled
def _leaked(couplings: Any, spins: Any, fields: Any, members: Any, leak: Any, pull: Any) -> Any:
    """What the susceptibility adds to half the cost of flipping `members`: chi sum_k (G_k^2 - F_k
    G_k), G_k the part of k's field that comes from them. `pull` is all 0 again afterwards.
    """
    indptr, indices, doubled = couplings
    for i in members:
        s = load_mask(spins, np.uint64(i))
        for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + 1])):
            j = np.uint64(indices[k])
            store(pull, j, add(load(pull, j, s), negate_where(s, splat(doubled[k], s))))
    s = load_mask(spins, 0)
    none, half, factor = splat(np.float32(0.0), s), splat(np.float32(0.5), s), splat(leak, s)
    total = none
    for i in members:
        for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + 1])):
            j = np.uint64(indices[k])
            change = load(pull, j, s)
            total = add(total, mul(change, add(mul(half, change), load(fields, j, s))))
            store(pull, j, none)
    return mul(factor, total)
