"""What the algorithms ask of a model, whichever layout it has, and the two loops that must not
return to Python.

`sweep`, `downhill`, `refresh` and `totals` are those of `sparse` or of `dense`, chosen by the type
of `couplings`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numba.extending import overload

from ..core.compiling import compiled
from ..core.dice import uniform
from . import dense, sparse

# float32 fields are recomputed this often, which ends the rounding errors of their updates
REFRESH_SWEEPS = 512


def _by_layout(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Compiled code that calls `kernel` gets the function of that name from the room of the
    couplings it passes first.
    """

    def choose(couplings: Any, *rest: Any) -> Any:
        return getattr(dense if couplings[0].ndim == 2 else sparse, kernel.__name__).py_func

    overload(kernel, strict=False)(choose)
    return kernel


@_by_layout
def sweep(couplings: Any, spins: Any, fields: Any, random: Any, scale: Any) -> None: ...


@_by_layout
def downhill(couplings: Any, spins: Any, fields: Any) -> Any: ...


@_by_layout
def refresh(couplings: Any, base: Any, spins: Any, fields: Any) -> None: ...


@_by_layout
def totals(
    couplings: Any, linear: Any, spins: Any, fields: Any, partial: Any, energies: Any
) -> None: ...


@compiled
def anneal(
    couplings: Any, base: Any, spins: Any, fields: Any, random: Any, scales: Any, first: int
) -> None:
    """A sweep at each of `scales` float32[sweeps, replicas]; `first` is the number of the first in
    the whole anneal.
    """
    for t in range(scales.shape[0]):
        if (first + t) % REFRESH_SWEEPS == 0:
            refresh(couplings, base, spins, fields)
        sweep(couplings, spins, fields, random, scales[t])


@compiled
def gibbs(
    couplings: Any,
    base: Any,
    spins: Any,
    fields: Any,
    random: Any,
    scale: Any,
    first: int,
    count: int,
) -> None:
    """Sweeps `first` to `first + count` of Gibbs sampling at `scale` float32[replicas], of sparse
    float32 models.
    """
    for t in range(first, first + count):
        if t % REFRESH_SWEEPS == 0:
            refresh(couplings, base, spins, fields)
        sparse.heat_bath(couplings, spins, fields, random, scale)


@compiled
def temper(
    couplings: Any,
    base: Any,
    linear: Any,
    spins: Any,
    fields: Any,
    random: Any,
    betas: Any,
    holder: Any,
    scale: Any,
    dice: Any,
    partial: Any,
    energies: Any,
    proposed: Any,
    accepted: Any,
    first: int,
    count: int,
    every: int,
) -> None:
    """Sweeps `first` to `first + count` of parallel tempering (Hukushima and Nemoto 1996),
    exchanging temperatures.

    `betas` float64[rungs] rise; `holder` int64[ladders, rungs] is the replica at each rung of each
    ladder, and `scale` float32[replicas] what that makes of its temperature. Every `every` sweeps
    neighbouring rungs are offered an exchange, even and odd pairs in turn; `proposed` and
    `accepted` int64[rungs - 1] count them. `dice` uint64[1] is a splitmix64. All are modified in
    place.
    """
    rungs = betas.shape[0]
    for t in range(first, first + count):
        if t % REFRESH_SWEEPS == 0:
            refresh(couplings, base, spins, fields)
        sweep(couplings, spins, fields, random, scale)
        if (t + 1) % every == 0 and rungs > 1:
            totals(couplings, linear, spins, fields, partial, energies)
            for g in range(holder.shape[0]):
                for k in range(((t + 1) // every) % 2, rungs - 1, 2):
                    a, b = holder[g, k], holder[g, k + 1]
                    gain = (betas[k] - betas[k + 1]) * (energies[a] - energies[b])
                    proposed[k] += 1
                    if gain >= 0 or uniform(dice) < math.exp(gain):
                        accepted[k] += 1
                        holder[g, k], holder[g, k + 1] = b, a
                        scale[a], scale[b] = scale[b], scale[a]


@compiled
def descend(couplings: Any, spins: Any, fields: Any) -> None:
    """Flips that lower the energy until there are none, or, for the sake of float32's rounding, for
    so many sweeps.
    """
    for _ in range(REFRESH_SWEEPS):
        if downhill(couplings, spins, fields) == 0:
            break


@compiled
def refresh_fields(couplings: Any, base: Any, spins: Any, fields: Any) -> None:
    refresh(couplings, base, spins, fields)


@compiled
def total_energies(
    couplings: Any, linear: Any, spins: Any, fields: Any, partial: Any, energies: Any
) -> None:
    totals(couplings, linear, spins, fields, partial, energies)
