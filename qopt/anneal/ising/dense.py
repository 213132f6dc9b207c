"""Kernels for dense models: a lane is a spin, so that a flip adds one row of the couplings to the
fields of its replica.

Shapes, all C-contiguous and aligned (`vectors.aligned`), with the spins in `blocks` blocks of as
many as a vector has lanes: `couplings` is (doubled T[n, blocks * lanes], valid uint[blocks]), the
symmetric matrix times 2 with a zero diagonal, and the mask of the spins there are; `linear` and
`base` T[blocks * lanes] as in `sparse`; `spins` uint[blocks, replicas], bit l set where spin l of
the block is up; `fields` T[replicas, blocks * lanes]. Padding is 0 throughout.

A block is decided for one replica after another, so its rows of couplings stay in the cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.compiling import compiled
from ..core.vectors import (
    LARGEST_DRAW,
    add,
    anywhere,
    below,
    bits_of,
    both,
    exponential2,
    flipped,
    lanes_of,
    load,
    load_mask,
    lowest,
    mask_from,
    mul,
    negate_where,
    negative,
    splat,
    store,
    store_mask,
    sub,
    widened,
    xorshift,
)

_LARGEST_DRAW = np.float32(LARGEST_DRAW)
_WEYL = np.uint32(0x9E3779B9)
_ONE, _ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


@compiled
def _flip(
    doubled: Any, fields: Any, first: Any, blocks: Any, spin: Any, down: bool, like: Any
) -> None:
    """Tell the fields of one replica, whose first block is `first`, that `spin` went up or down."""
    row = spin * blocks
    if down:
        for m in range(blocks):
            store(
                fields, first + m, sub(load(fields, first + m, like), load(doubled, row + m, like))
            )
    else:
        for m in range(blocks):
            store(
                fields, first + m, add(load(fields, first + m, like), load(doubled, row + m, like))
            )


@compiled
def _turn(doubled: Any, fields: Any, first: Any, blocks: Any, block: Any, lane: Any, s: Any) -> Any:
    """Flip one spin of a block whose spins are `s`; returns what they are then."""
    bit = _ONE << lane
    down = (bits_of(s) & bit) != np.uint64(0)
    _flip(doubled, fields, first, blocks, block * lanes_of(s) + lane, down, s)
    return flipped(s, mask_from(bit, s))


@compiled
def _after(lane: Any, like: Any) -> Any:
    """The lanes after one, as a mask."""
    return mask_from(_ALL ^ (((_ONE << lane) << _ONE) - _ONE), like)


@compiled
def sweep(couplings: Any, spins: Any, fields: Any, random: Any, scale: Any) -> None:
    """One Metropolis sweep, spins in index order; arguments as in `sparse.sweep`, but `random` is
    uint32[2 replicas, lanes].
    """
    doubled, valid = couplings
    blocks, replicas = np.uint64(spins.shape[0]), np.uint64(spins.shape[1])
    masks = spins.ravel()
    for b in range(blocks):
        here = load_mask(valid, b)
        for r in range(replicas):
            place, first = b * replicas + r, r * blocks
            s = load_mask(masks, place)
            temperature = splat(scale[r], s)
            cost = negate_where(s, load(fields, first + b, s))
            if anywhere(both(here, below(cost, mul(temperature, splat(_LARGEST_DRAW, s))))):
                state = xorshift(load(random, _ONE * 2 * r, s))
                counter = add(load(random, _ONE * 2 * r + _ONE, s), splat(_WEYL, s))
                store(random, _ONE * 2 * r, state)
                store(random, _ONE * 2 * r + _ONE, counter)
                threshold = mul(temperature, exponential2(add(state, counter)))
                willing = bits_of(both(here, below(cost, threshold)))
                while willing != np.uint64(0):
                    # in index order, each decision with the fields that the flips before it left
                    lane = lowest(willing)
                    s = _turn(doubled, fields, first, blocks, b, lane, s)
                    later = both(here, _after(lane, s))
                    willing = bits_of(
                        both(later, below(negate_where(s, load(fields, first + b, s)), threshold))
                    )
                store_mask(masks, place, s)


@compiled
def downhill(couplings: Any, spins: Any, fields: Any) -> int:
    """One sweep that takes every flip lowering the energy; modifies `spins` and `fields`.

    Returns the flips.
    """
    doubled, valid = couplings
    blocks, replicas = np.uint64(spins.shape[0]), np.uint64(spins.shape[1])
    masks, flips = spins.ravel(), 0
    for b in range(blocks):
        here = load_mask(valid, b)
        for r in range(replicas):
            place, first = b * replicas + r, r * blocks
            s = load_mask(masks, place)
            willing = bits_of(both(here, negative(negate_where(s, load(fields, first + b, s)))))
            while willing != np.uint64(0):
                lane = lowest(willing)
                s = _turn(doubled, fields, first, blocks, b, lane, s)
                later = both(here, _after(lane, s))
                willing = bits_of(
                    both(later, negative(negate_where(s, load(fields, first + b, s))))
                )
                flips += 1
            store_mask(masks, place, s)
    return flips


@compiled
def refresh(couplings: Any, base: Any, spins: Any, fields: Any) -> None:
    """Fill `fields` from `base` and `spins`: the rounding errors of the flips end here."""
    doubled, _ = couplings
    blocks, replicas = np.uint64(spins.shape[0]), np.uint64(spins.shape[1])
    masks = spins.ravel()
    for r in range(replicas):
        fields[r, :] = base
        for b in range(blocks):
            s = load_mask(masks, b * replicas + r)
            up = bits_of(s)
            while up != np.uint64(0):
                lane = lowest(up)
                _flip(doubled, fields, r * blocks, blocks, b * lanes_of(s) + lane, False, s)
                up ^= _ONE << lane


@compiled
def totals(
    couplings: Any, linear: Any, spins: Any, fields: Any, partial: Any, energies: Any
) -> None:
    """Fill `energies` float64[replicas] with sum_i s_i (f_i + h_i) / 2; `partial` int32 or
    float64[lanes] is scratch.
    """
    blocks, replicas = np.uint64(spins.shape[0]), np.uint64(spins.shape[1])
    masks = spins.ravel()
    for r in range(replicas):
        energies[r] = 0.0
        for b in range(blocks):
            s = load_mask(masks, b * replicas + r)
            cost = widened(negate_where(s, load(fields, r * blocks + b, s)))
            store(partial, 0, add(cost, widened(negate_where(s, load(linear, b, s)))))
            total = 0.0
            for lane in range(partial.shape[0]):
                total += partial[lane]
            energies[r] -= 0.5 * total
