"""Which kernel a model gets, and the model as that kernel wants it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core.ising import Floats, Ints, Ising, Spins
from ..core.vectors import aligned
from .ordering import breadth_first


@dataclass(frozen=True)
class Form:
    """Numbers of the fields, the unsigned integer that a mask is kept in, and whether a lane is a
    spin (else a replica).
    """

    number: Any
    mask: Any
    dense: bool = False

    @property
    def lanes(self) -> int:
        return int(8 * np.dtype(self.mask).itemsize)

    @property
    def replicas(self) -> int:
        return DENSE_REPLICAS if self.dense else self.lanes

    @property
    def whole(self) -> bool:
        """Whether the fields are integers, and so exact."""
        return self.number is not np.float32

    @property
    def name(self) -> str:
        return f"{'dense' if self.dense else 'sparse'} {np.dtype(self.number).name}x{self.lanes}"


DENSE_REPLICAS = 32  # any number would do; this is what a ladder of temperatures wants
INT8, INT16 = Form(np.int8, np.uint64), Form(np.int16, np.uint32)
FLOAT32 = Form(np.float32, np.uint32)
LARGE_INT8, LARGE_INT16, LARGE_FLOAT32 = (
    Form(number, np.uint16) for number in (np.int8, np.int16, np.float32)
)
DENSE_INT16 = Form(np.int16, np.uint32, dense=True)
DENSE_FLOAT32 = Form(np.float32, np.uint32, dense=True)
FORMS = (INT8, INT16, FLOAT32, LARGE_INT8, LARGE_INT16, LARGE_FLOAT32, DENSE_INT16, DENSE_FLOAT32)

DENSE_FROM = 0.35  # share of all pairs that are coupled
# spins: fewer replicas stay in the cache, and sweeps are what such a model lacks. A trial on a
# random graph of degree 6: int8x64 and int8x16 take 12.8 and 4.2 ms a sweep at 250,000 spins, 112
# and 35 ms at a million
LARGE_FROM = 100_000
FLOAT_WHOLE = 2.0**24  # whole numbers up to this are exact in float32, and so are their sums


def choose(ising: Ising) -> Fit:
    """The form for a model, and how the model fits it. The one place where that is decided.

    Measured by `python -m tests.benchmarks.kernels`, nanoseconds a spin update over a whole anneal,
    of models by their degree or the share of pairs that are coupled:

    ==============  =======  ========  ==========  ============  ==============
    model           int8x64  int16x32  float32x32  dense int16   dense float32
    ==============  =======  ========  ==========  ============  ==============
    G1 (48)            0.74      1.10        1.50          2.87            4.31
    G14 (12)              -      0.54        0.67          4.47            7.04
    G22 (20)           0.54      0.74        0.91          5.92           12.24
    G55 (5)            0.36      0.49        0.54             -               -
    bqp2500 (10 %)        -      2.82        4.87          7.33           15.99
    gka3f (50 %)          -      2.70        4.79          2.55            3.46
    gka9b (98 %)          -      1.84        2.51          1.49            1.45
    ==============  =======  ========  ==========  ============  ==============
    """
    n, m = ising.num_variables, len(ising.quad)
    fit = Fit.of(ising)
    if n >= 64 and m >= DENSE_FROM * n * (n - 1) / 2:
        forms = [DENSE_INT16, DENSE_FLOAT32]
    else:
        forms = (
            [LARGE_INT8, LARGE_INT16, LARGE_FLOAT32] if n >= LARGE_FROM else [INT8, INT16, FLOAT32]
        )
    return fit.to(next(form for form in forms if fit.admits(form)))


@dataclass(frozen=True)
class Fit:
    """How a model fits its form: biases are multiplied by `unit`, which makes them whole numbers
    where `whole` says so.

    `reach` is the largest that a local field can be, in the model's own units.
    """

    form: Form
    unit: float
    whole: bool
    reach: float

    @classmethod
    def of(cls, ising: Ising) -> Fit:
        reach = float(ising.reach().max(initial=0.0))
        unit = ising.whole_unit(largest=FLOAT_WHOLE)
        if unit is not None and reach * unit <= FLOAT_WHOLE:
            return cls(FLOAT32, unit, True, reach)
        # a power of two scales the largest field to about 1, far from over- and underflow, and
        # rounds nothing
        return cls(FLOAT32, 2.0 ** -max(math.floor(math.log2(reach)), -1000), False, reach)

    def admits(self, form: Form) -> bool:
        return not form.whole or (
            self.whole and self.reach * self.unit <= np.iinfo(form.number).max
        )

    def to(self, form: Form) -> Fit:
        """The same in another form; raises ValueError where its numbers cannot hold the fields."""
        if not self.admits(form):
            raise ValueError(f"the model's fields are not whole numbers that fit {form.name}")
        return replace(self, form=form)

    @property
    def resolution(self) -> float:
        """The energy below which differences can be lost in the rounding of the fields; 0 where
        they are exact.
        """
        return 0.0 if self.whole else 2 * self.reach / FLOAT_WHOLE


class Layout:
    """A model as the kernels of its form want it: `couplings`, `linear` and `base` of `sparse` or
    `dense`.

    Energies in the kernels are `unit` times those of the model, less its offset. `fit` is what
    `choose` says where not given.
    """

    def __init__(self, ising: Ising, fit: Fit | None = None) -> None:
        self.fit = choose(ising) if fit is None else fit
        self.form, self.unit, self.num_variables = self.fit.form, self.fit.unit, ising.num_variables
        form = self.form
        self.offset = ising.offset
        self.order = (
            breadth_first(ising) if ising.num_variables >= LARGE_FROM and not form.dense else None
        )
        indptr, indices, quad = ising.neighbours(self.order)
        place = slice(None) if self.order is None else self.order
        linear, base = (
            values[place] * self.unit
            for values in (ising.linear, ising.linear - ising.row_sums(ising.quad))
        )
        quad *= 2 * self.unit
        if form.dense:
            self._dense(
                np.repeat(np.arange(ising.num_variables), np.diff(indptr)),
                indices,
                quad,
                linear,
                base,
            )
        else:
            self.couplings: tuple[Any, ...] = (indptr, indices, self._numbers(quad))
            self.linear, self.base = self._numbers(linear), self._numbers(base)

    @property
    def degree(self) -> float:
        """Neighbours of a spin, on average."""
        return 0.0 if self.form.dense else len(self.couplings[1]) / max(self.num_variables, 1)

    def scale(self, betas: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """T / 2 * ln 2 in the kernels' units for inverse temperatures in the model's."""
        half = self.unit * math.log(2.0) / 2
        return np.asarray(half / np.asarray(betas, dtype=np.float64), dtype=np.float32)

    def blank(self) -> tuple[Any, Any]:
        """`spins` with every spin down, and `fields` uninitialised."""
        form, replicas = self.form, self.form.replicas
        if form.dense:
            blocks = self.num_blocks
            spins = aligned((blocks, replicas), form.mask)
            fields = aligned((replicas, blocks * form.lanes), form.number)
        else:
            spins = aligned((self.num_variables,), form.mask)
            fields = aligned((self.num_variables, replicas), form.number)
        spins[...] = 0
        return spins, fields

    @property
    def num_blocks(self) -> int:
        return -(-self.num_variables // self.form.lanes)

    def states(self, spins: Any, replicas: Ints) -> Spins:
        """int8[len(replicas), n] in {-1, +1}: some replicas' states in the model's own order."""
        n = self.num_variables
        if self.form.dense:
            bits = np.unpackbits(
                np.ascontiguousarray(spins[:, replicas].T).view(np.uint8), axis=1, bitorder="little"
            )[:, :n]
            return (2 * bits.astype(np.int8) - 1).astype(np.int8)
        states = np.empty((len(replicas), n), dtype=np.int8)
        place = slice(None) if self.order is None else self.order
        for k, replica in enumerate(replicas):
            states[k, place] = (
                2 * ((spins >> spins.dtype.type(replica)) & spins.dtype.type(1)).astype(np.int8) - 1
            )
        return states

    def put(self, spins: Any, replicas: Ints, states: Spins) -> None:
        """Write states int8[len(replicas), n] into some replicas of `spins`."""
        if self.form.dense:
            bits = np.zeros((len(replicas), self.num_blocks * self.form.lanes), dtype=np.uint8)
            bits[:, : self.num_variables] = states > 0
            spins[:, replicas] = np.packbits(bits, axis=1, bitorder="little").view(self.form.mask).T
            return
        for replica, state in zip(replicas, states, strict=True):
            bit = spins.dtype.type(1) << spins.dtype.type(replica)
            up = (state > 0) if self.order is None else (state[self.order] > 0)
            spins[...] = np.where(up, spins | bit, spins & ~bit)

    def overlap(self, spins: Any, before: Any) -> float:
        """How alike the replicas are to themselves `before`: 1 where nothing changed, 0 where each
        is as any other was.

        That is the mean product of a spin with itself less the mean product of spins of different
        replicas, over 1 less that: what all replicas always agree on (most of the zeros of a
        one-hot group, say) counts for nothing.
        """
        n, replicas = max(self.num_variables, 1), self.form.replicas
        if self.form.dense:
            everyone = np.arange(replicas)
            now, then = (self.states(s, everyone).astype(np.float64) for s in (spins, before))
            alike, agree = (now * then).sum(axis=0), now.sum(axis=0) * then.sum(axis=0)
        else:
            alike = replicas - 2.0 * np.bitwise_count(spins ^ before)
            agree = (2.0 * np.bitwise_count(spins) - replicas) * (
                2.0 * np.bitwise_count(before) - replicas
            )
        own = float(alike.sum()) / (n * replicas)
        others = float((agree - alike).sum()) / (n * replicas * (replicas - 1))
        return (own - others) / (1 - others) if others < 1 else 1.0

    def _numbers(self, values: Floats) -> Any:
        """Values as the form's numbers; integers wrap around, as the kernels' arithmetic does."""
        whole = np.rint(values) if self.fit.whole else values
        return (whole.astype(np.int32) if self.form.whole else whole).astype(self.form.number)

    def _dense(self, rows: Ints, indices: Any, twice: Floats, linear: Floats, base: Floats) -> None:
        n, lanes = self.num_variables, self.form.lanes
        width = self.num_blocks * lanes
        doubled = aligned((n, width), self.form.number)
        doubled[...] = 0
        doubled[rows, indices] = self._numbers(twice)
        valid = np.full(self.num_blocks, -1, dtype=np.int64).astype(self.form.mask)
        if n % lanes:
            valid[-1] = (1 << (n % lanes)) - 1
        self.couplings = (doubled, valid)
        self.linear, self.base = (aligned((width,), self.form.number) for _ in range(2))
        for padded, values in ((self.linear, linear), (self.base, base)):
            padded[...] = 0
            padded[:n] = self._numbers(values)
