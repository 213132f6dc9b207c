"""A model in a layout, with random states, as the tests drive the kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from qopt.anneal.core.ising import Ising
from qopt.anneal.core.vectors import aligned
from qopt.anneal.ising import kernel
from qopt.anneal.ising.layout import FORMS, Fit, Form, Layout

from . import oracle

WHOLE = [form for form in FORMS if form.whole]
FLOATS = [form for form in FORMS if not form.whole]
SPARSE = [form for form in FORMS if not form.dense]
DENSE = [form for form in FORMS if form.dense]


def name(form: Form) -> str:
    return form.name.replace(" ", "-")


def model(seed: int, n: int = 12, whole: bool = True, share: float = 0.4) -> Ising:
    """Random biases, whole numbers of up to 4 or Gaussian."""
    random = np.random.default_rng(seed)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < share
    biases = random.integers(-4, 5, len(row)) if whole else random.normal(0, 1, len(row))
    linear = random.integers(-3, 4, n) if whole else random.normal(0, 1, n)
    return Ising.from_arrays(linear, row[keep], col[keep], biases[keep], 0.5)


def laid_out(ising: Ising, form: Form | None = None) -> Layout:
    return Layout(ising, None if form is None else Fit.of(ising).to(form))


class Rig:
    def __init__(self, ising: Ising, form: Form | None = None, seed: int = 0) -> None:
        self.ising, self.layout = ising, laid_out(ising, form)
        self.form, self.n, self.replicas = (
            self.layout.form,
            ising.num_variables,
            self.layout.form.replicas,
        )
        self.everyone = np.arange(self.replicas)
        self.spins, self.field_rows = self.layout.blank()
        random = np.random.default_rng(seed)
        self.random = aligned(
            (2 * self.replicas if self.form.dense else 2, self.form.lanes), np.uint32
        )
        self.random[...] = random.integers(1, 2**32, self.random.shape, dtype=np.uint32)
        states = 2 * random.integers(0, 2, (self.replicas, self.n)) - 1
        self.put(states.astype(np.int8))

    def put(self, states: Any) -> None:
        self.layout.put(self.spins, self.everyone, states)
        self.refresh()

    def refresh(self) -> None:
        kernel.refresh_fields(self.layout.couplings, self.layout.base, self.spins, self.field_rows)

    def anneal(self, scales: Any, first: int = 0) -> None:
        """`scales` [sweeps] or [sweeps, replicas] in the kernels' units."""
        every = aligned((len(scales), self.replicas), np.float32)
        every[...] = np.reshape(scales, (len(scales), -1))
        layout = self.layout
        kernel.anneal(
            layout.couplings, layout.base, self.spins, self.field_rows, self.random, every, first
        )

    def descend(self) -> None:
        kernel.descend(self.layout.couplings, self.spins, self.field_rows)

    def totals(self) -> Any:
        """Energies as the kernels have them: `unit` times the model's, less its offset."""
        partial = aligned((self.form.lanes,), np.int32 if self.form.whole else np.float64)
        energies = np.full(self.replicas, np.nan)
        layout = self.layout
        kernel.total_energies(
            layout.couplings, layout.linear, self.spins, self.field_rows, partial, energies
        )
        return energies

    def states(self) -> Any:
        """int8[replicas, n]"""
        return self.layout.states(self.spins, self.everyone)

    def fields(self) -> Any:
        """float64[replicas, n] as the kernels have them."""
        if self.form.dense:
            return self.field_rows[:, : self.n].astype(np.float64)
        fields = np.empty((self.replicas, self.n))
        fields[:, slice(None) if self.layout.order is None else self.layout.order] = (
            self.field_rows.T
        )
        return fields

    def arrays(self) -> tuple[Any, Any]:
        """The linear biases and the matrix of the couplings, in the kernels' units."""
        couplings = oracle.dense(self.n, *self.ising.neighbours())
        return self.ising.linear * self.layout.unit, couplings * self.layout.unit

    def true_fields(self) -> Any:
        """float64[replicas, n] from the definition."""
        linear, couplings = self.arrays()
        return linear + self.states().astype(np.float64) @ couplings
