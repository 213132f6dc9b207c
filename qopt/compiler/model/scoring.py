"""Assignments scored by the model's arrays, as dimod does it by Python and its views."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dimod
import numpy as np
from scipy import sparse

from .arrays import Bools, Floats, Ints, ModelArrays

# of `dimod.SampleSet.from_samples_cqm`: a constraint holds that is broken by no more than ABSOLUTE
# + RELATIVE * |rhs|
ABSOLUTE, RELATIVE = 1e-8, 1e-6
FEW = 10_000  # products of constraints: so few are all looked at


@dataclass(frozen=True, eq=False)
class Scorer:
    """Scores assignments float64[k, n], all in one product.

    Of 131,000 constraints dimod takes 2 seconds for 16 of them.
    """

    model: ModelArrays

    def objective(self, values: Floats) -> Floats:
        """float64[k], without what soft constraints charge."""
        model = self.model
        paired = ((self._couplings @ values.T).T * values).sum(axis=1)
        return np.asarray(model.offset + values @ model.linear + paired)

    def violations(self, values: Floats) -> Floats:
        """float64[k, m]: by how much each constraint is broken; not above 0 where it holds."""
        model = self.model
        q, m = model.row_quadratic, model.num_constraints
        over = (model.rows @ values.T).T - model.rhs
        for state, row in zip(values, over, strict=True):
            at = self._products_of(np.flatnonzero(state))
            products = q.value[at] * state[q.row[at]] * state[q.col[at]]
            row += np.bincount(q.owner[at], weights=products, minlength=m)
        return np.asarray(np.where(model.sense == "=", np.abs(over), over))

    def satisfied(self, violations: Floats) -> Bools:
        """bool[k, m]."""
        kept: Bools = violations <= ABSOLUTE + RELATIVE * np.abs(self.model.rhs)
        return kept

    def energies(self, values: Floats, violations: Floats) -> Floats:
        """float64[k]: the objective, plus what broken soft constraints charge."""
        model, energies = self.model, self.objective(values)
        soft = ~model.hard
        if soft.any():
            kept = self.satisfied(violations)[:, soft]
            broken = np.where(kept, 0.0, violations[:, soft])
            charged = np.where(model.soft_linear[soft], broken, broken**2)
            energies = energies + charged @ model.weight[soft]
        return energies

    def _products_of(self, variables: Ints) -> Ints | slice:
        """Which of the constraints' products have their first factor among these, in order; all
        where that is most of them.

        Where most variables are 0, as in groups of which one is 1, the others need no look.
        """
        n, starts = self.model.num_variables, self._products[0]
        if len(self.model.row_quadratic.value) < FEW or 4 * len(variables) > n:
            return slice(None)
        first, counts = starts[variables], starts[variables + 1] - starts[variables]
        jumps = np.repeat(first - np.cumsum(counts) + counts, counts)
        return np.sort(self._products[1][jumps + np.arange(len(jumps))])

    @cached_property
    def _products(self) -> tuple[Ints, Ints]:
        """int64[n + 1] and int64[k]: the constraints' products by their first factor."""
        q, n = self.model.row_quadratic, self.model.num_variables
        starts = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(q.row, minlength=n), out=starts[1:])
        return starts, np.argsort(q.row, kind="stable").astype(np.int64)

    @cached_property
    def _couplings(self) -> sparse.csr_array:
        q, n = self.model.quadratic, self.model.num_variables
        return sparse.csr_array((q.value, (q.row, q.col)), shape=(n, n))


def without_search(model: ModelArrays) -> tuple[Floats, Floats]:
    """Feasible assignments float64[k, n] that need no search, best first, and their energies
    float64[k].

    Those with every variable at its lower bound and at its upper bound, where they keep all hard
    constraints.
    """
    scorer, ends = Scorer(model), np.stack([model.lower, model.upper])
    violations = scorer.violations(ends)
    feasible = scorer.satisfied(violations)[:, model.hard].all(axis=1)
    energies = scorer.energies(ends[feasible], violations[feasible])
    order = np.argsort(energies, kind="stable")
    return ends[feasible][order], energies[order]


def sampleset(
    values: Floats, model: ModelArrays, *, occurrences: Any = None, scorer: Scorer | None = None
) -> dimod.SampleSet:
    """A SampleSet of assignments `values` [k, n], in order, as `dimod.SampleSet.from_samples_cqm`
    makes one.

    Energies are the objective plus what broken soft constraints charge; `is_satisfied` is by
    constraint, and `is_feasible` says whether all hard ones are. `scorer` is one of the model, if
    there is one already.
    """
    scorer = Scorer(model) if scorer is None else scorer
    violations = scorer.violations(values)
    satisfied = scorer.satisfied(violations)
    return dimod.SampleSet.from_samples(
        (values, model.variables),
        energy=scorer.energies(values, violations),
        vartype="INTEGER",
        num_occurrences=occurrences,
        is_satisfied=satisfied,
        is_feasible=satisfied[:, model.hard].all(axis=1),
        sort_labels=False,
        info={"constraint_labels": list(model.labels)},
    )
