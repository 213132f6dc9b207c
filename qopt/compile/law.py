"""What the energy of an assignment must be: its objective plus what the constraints it breaks cost, from the definition.

Objective and violations are dimod's own arithmetic on the model as it came. Of what was compiled only the choices are used, not
the arrays that carry them out: the treatment of each constraint, its weight, its step, and which variables presolve merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import dimod
import numpy as np

from .arrays import Bools, Floats
from .proofs import least_penalty
from .scoring import ABSOLUTE, RELATIVE

if TYPE_CHECKING:
    from .compiler import Compiled


@dataclass(frozen=True, eq=False)
class Law:
    """The law of one compiled model; assignments are float64[k, n] to the variables of its `cqm`, in their order."""

    compiled: Compiled

    @cached_property
    def variables(self) -> list[Any]:
        return list(self.compiled.cqm.variables)

    def energies(self, values: Floats) -> tuple[Floats, Bools]:
        """What the energies must be, float64[k], and whether all hard constraints are kept, bool[k].

        Approximate penalties cost what the table of `treatments` says, whether they are broken or not.
        """
        cqm, place = self.compiled.cqm, self._place
        total = np.asarray(cqm.objective.energies((values, self.variables)), dtype=np.float64)
        kept = np.ones(len(values), dtype=bool)
        for label, constraint in cqm.constraints.items():
            sign = -1.0 if constraint.sense is dimod.sym.Sense.Ge else 1.0
            over = sign * (constraint.lhs.energies((values, self.variables)) - constraint.rhs)
            equality = constraint.sense is dimod.sym.Sense.Eq
            broken = np.abs(over) if equality else np.maximum(over, 0.0)
            broken = np.where(broken <= ABSOLUTE + RELATIVE * abs(constraint.rhs), 0.0, broken)
            if constraint.lhs.is_soft():
                total += constraint.lhs.weight() * broken**2
                continue
            kept &= broken == 0
            if label in place:
                total += self._cost(place[label], label, over, broken, values)
        return total, kept

    def objectives(self, values: Floats) -> tuple[Floats, Bools]:
        """The objectives with what soft constraints charge, float64[k], and whether all hard constraints are kept, bool[k]."""
        found = dimod.SampleSet.from_samples_cqm(
            (values, self.variables), self.compiled.cqm, sort_labels=False
        ).record
        return np.asarray(found.energy, dtype=np.float64), np.asarray(found.is_feasible)

    @cached_property
    def _place(self) -> dict[Any, int]:
        """Where the constraints are that presolve left; those that it took away cost nothing."""
        return {label: c for c, label in enumerate(self.compiled.model.labels)}

    def _cost(self, c: int, label: Any, over: Floats, broken: Floats, values: Floats) -> Floats:
        """What constraint c costs: its lhs is `over` its rhs and breaks it by `broken`, float64[k] each."""
        compiled = self.compiled
        weight, scale = float(compiled.weights[c]), float(compiled.rows.scale[c])
        match str(compiled.treatments.name[c]):
            case "square":
                return weight * broken**2
            case "product":
                return weight * broken
            case "pairs":
                ones = self._literals(label, values)
                return weight * float(least_penalty(compiled.rows)[c]) * ones * (ones - 1) / 2
            case "slack":
                return weight * np.where(broken > 0, over + self._unused(c, over), 0.0) ** 2
            case "unbalanced":
                h = over + self._unused(c, over)
                square, slope = map(float, compiled.treatments.factors[:, c])
                return (
                    weight * (h**2 / 2 + h / scale)
                    if np.isnan(square)
                    else square * h**2 + slope * h
                )
        return np.zeros_like(over)

    def _unused(self, c: int, over: Floats) -> float:
        """What of the right-hand side no sum of the row's steps can reach: of 2x + 2y <= 3 it is 1."""
        step = 1 / float(self.compiled.rows.scale[c])
        if self.compiled.rows.stepless[c]:
            return 0.0
        unused = float(-over[0] % step)
        return 0.0 if min(unused, step - unused) < 1e-6 * step else unused

    def _literals(self, label: Any, values: Floats) -> Floats:
        """float64[k]: how many variables, of those left after presolve, could make room by taking their other value."""
        compiled, constraint = self.compiled, self.compiled.cqm.constraints[label]
        sign = -1.0 if constraint.sense is dimod.sym.Sense.Ge else 1.0
        biases = np.array(
            [sign * constraint.lhs.linear.get(variable, 0.0) for variable in self.variables]
        )
        each = compiled.presolved.matrix.T @ biases
        left = compiled.presolved.reduce(values)
        true = np.where(each > 0, left == compiled.model.upper, left == compiled.model.lower) & (
            np.abs(each) > 1e-12
        )
        found: Floats = true.sum(axis=1).astype(np.float64)
        return found
