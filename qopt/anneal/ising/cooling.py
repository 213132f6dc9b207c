"""Anneals that end at a temperature instead of in a local minimum: what a noisy machine reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..core.compiling import compiled
from ..core.ising import Floats, Ising, Spins
from ..core.vectors import (
    add,
    aligned,
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
from . import kernel, sparse
from .groups import grouped, move_groups, stiff_groups
from .kernel import REFRESH_SWEEPS
from .layout import FLOAT32, Fit, Layout
from .replicas import Replicas

SMALL = 2**24  # spin updates, some hundredths of a second: a thread would take longer to begin
_WEYL = np.uint32(0x9E3779B9)


def cool(
    ising: Ising,
    *,
    betas: Floats,
    num_reads: int,
    seed: list[int],
    num_threads: int,
    susceptibility: float = 0.0,
    stiff: float = np.inf,
    stiff_beta: float = np.inf,
) -> Spins:
    """States int8[num_reads, n] in {-1, +1}, each the end of an anneal of its own.

    An anneal starts from a random state and has one heat-bath sweep (Geman and Geman 1984) at each
    inverse temperature of `betas` float64[sweeps], which are above 0: at the last of them it is
    frozen, so that reads are near the Boltzmann distribution at that temperature as far as the
    sweeps before had time to reach it.

    Groups of spins that ferromagnetic couplings of `stiff` or more hold together (`stiff_groups`)
    would hardly move one spin at a time: after each sweep every group is offered to flip as a
    whole. Above the inverse temperature `stiff_beta` their spins are frozen, and the rest goes on.

    With a `susceptibility` chi the energy has a term (chi / 2) sum_k F_k^2 more, F_k the field
    that spin k feels: neighbours then leak their biases to each other, and spins that share a
    neighbour are coupled, with strengths chi J h and chi J J (as far as spins are concerned; the
    term of a spin with itself is a constant). No coupling is added for it, whatever the degree.

    The result depends on the model, `betas`, `num_reads` and `seed`, not on `num_threads`.
    """
    layout = Layout(ising, Fit.of(ising).to(FLOAT32))
    width, n = FLOAT32.replicas, ising.num_variables
    batches = -(-num_reads // width)
    states = np.empty((batches * width, n), dtype=np.int8)
    scales = aligned((len(betas), width), np.float32)
    scales[...] = layout.scale(betas)[:, None]
    leak = np.float32(susceptibility / (2 * layout.unit))
    own = _own_terms(ising, layout, susceptibility)
    found = stiff_groups(ising, stiff)
    groups = grouped(ising, layout, found)
    held = np.zeros(n, dtype=np.uint8)
    for group in found:
        held[group] = 1
    moving = int(np.searchsorted(betas, stiff_beta, side="right"))

    def work(hand: int) -> None:
        replicas = Replicas(ising, layout)
        pull = aligned((len(own), width), np.float32)
        pull[...] = 0
        for batch in range(hand, batches, hands):
            replicas.restart([*seed, batch])
            _cool(
                layout.couplings,
                layout.base,
                replicas.spins,
                replicas.fields,
                replicas.generators,
                scales,
                leak,
                own,
                groups,
                pull,
                held,
                moving,
            )
            rows = slice(batch * width, (batch + 1) * width)
            states[rows] = layout.states(replicas.spins, np.arange(width))

    small = batches * width * len(betas) * n < SMALL
    hands = 1 if small else min(num_threads, batches)
    if hands == 1:
        work(0)
    else:
        with ThreadPoolExecutor(hands, thread_name_prefix="qopt-cool") as pool:
            for done in [pool.submit(work, hand) for hand in range(hands)]:
                done.result()
    return states[:num_reads]


def _own_terms(ising: Ising, layout: Layout, susceptibility: float) -> Any:
    """What the fields of its neighbours say of a spin's own contribution to them: chi sum_j J^2, in
    the kernels' units; empty where chi is 0.
    """
    if not susceptibility:
        return aligned((0,), np.float32)
    own = aligned((ising.num_variables,), np.float32)
    own[...] = susceptibility * layout.unit * ising.row_sums(ising.quad**2)
    return own


@compiled
def _cool(
    couplings: Any,
    base: Any,
    spins: Any,
    fields: Any,
    random: Any,
    scales: Any,
    leak: Any,
    own: Any,
    groups: Any,
    pull: Any,
    held: Any,
    moving: int,
) -> None:
    """A heat-bath sweep at each of `scales` float32[sweeps, replicas], the groups moving with it in
    the first `moving` of them; modifies `spins`, `fields` and `random`.

    `held` uint8[n] is 1 for the spins of groups; other arguments as in `_sweep` and `move_groups`.
    """
    grouped_spins = groups[0].shape[0] > 1
    nothing_held = np.zeros_like(held)
    for t in range(scales.shape[0]):
        if t % REFRESH_SWEEPS == 0:
            kernel.refresh(couplings, base, spins, fields)
        if t < moving:
            _sweep(couplings, spins, fields, random, scales[t], leak, own, nothing_held)
            if grouped_spins:
                move_groups(couplings, spins, fields, random, scales[t], groups, leak, pull)
        else:
            _sweep(couplings, spins, fields, random, scales[t], leak, own, held)


@compiled
def _sweep(
    couplings: Any,
    spins: Any,
    fields: Any,
    random: Any,
    scale: Any,
    leak: Any,
    own: Any,
    held: Any,
) -> None:
    """`sparse.heat_bath` of the spins that are not `held`, with a susceptibility: a flip of spin i
    costs -2 s_i (F_i + chi sum_j J_ij F_j) + 2 chi sum_j J_ij^2.

    `leak` times a doubled coupling is chi J; `own` float32[n] is the last sum, times chi, and empty
    where nothing leaks.
    """
    indptr, indices, doubled = couplings
    s = load_mask(spins, 0)
    state, counter = load(random, 0, s), load(random, 1, s)
    temperature = load(scale, 0, s)
    for i in range(spins.shape[0]):
        if held[i]:
            continue
        s = load_mask(spins, i)
        field = load(fields, i, s)
        if own.shape[0]:
            for k in range(np.uint64(indptr[i]), np.uint64(indptr[i + 1])):
                j = np.uint64(indices[k])
                field = add(field, mul(load(fields, j, s), splat(leak * doubled[k], s)))
        cost = negate_where(s, field)
        if own.shape[0]:
            cost = add(cost, splat(own[i], s))
        state, counter = xorshift(state), add(counter, splat(_WEYL, s))
        accepted = below(cost, mul(temperature, logistic2(add(state, counter))))
        if anywhere(accepted):
            store_mask(spins, i, flipped(s, accepted))
            sparse.spread(couplings, fields, i, but_not(accepted, s), both(accepted, s))
    store(random, 0, state)
    store(random, 1, counter)
