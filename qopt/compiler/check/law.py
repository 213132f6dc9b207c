"""What the energy of an assignment must be: its objective plus what the constraints it breaks cost,
from the definition.

Objective and violations are dimod's own arithmetic on the model as it came. Of what was compiled
only the choices are used, not the arrays that carry them out: the treatment of each constraint, its
weight, its step, and which variables presolve merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import dimod
import numpy as np

from ..model.arrays import Bools, Floats
from ..model.scoring import ABSOLUTE
from ..weights.proofs import least_penalty
from ..weights.weighed import Weighed

# of the sizes that are summed up in a row: what is off by less is off by rounding. dimod lets a row
# be broken by a millionth of its right-hand side, which is a whole unit from a million on, and a
# QUBO does not
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Law:
    """The law of one compiled model; assignments are float64[k, n] to the variables of `cqm`."""

    compiled: Weighed

    @cached_property
    def variables(self) -> list[Any]:
        return list(self.compiled.cqm.variables)

    def energies(self, values: Floats) -> tuple[Floats, Bools]:
        """What the energies must be, float64[k], and whether all hard constraints are kept,
        bool[k].

        Approximate penalties cost what the table of `treatments` says, whether they are broken or
        not.
        """
        total, place = self._soft(values), self._place
        kept = np.ones(len(values), dtype=bool)
        for label, constraint in self.compiled.cqm.constraints.items():
            if constraint.lhs.is_soft():
                continue
            over, broken = self._over(constraint, values)
            kept &= broken == 0
            if label in place:
                total += self._cost(place[label], label, over, broken, values)
        return total, kept

    def objectives(self, values: Floats) -> tuple[Floats, Bools]:
        """The objectives with the soft charges, float64[k], and whether all hard rows are kept."""
        kept = np.ones(len(values), dtype=bool)
        for constraint in self.compiled.cqm.constraints.values():
            if not constraint.lhs.is_soft():
                kept &= self._over(constraint, values)[1] == 0
        return self._soft(values), kept

    def _soft(self, values: Floats) -> Floats:
        """float64[k]: the objective and what soft constraints charge."""
        cqm = self.compiled.cqm
        total = np.asarray(cqm.objective.energies((values, self.variables)), dtype=np.float64)
        for constraint in cqm.constraints.values():
            if constraint.lhs.is_soft():
                broken = self._over(constraint, values)[1]
                squared = constraint.lhs.penalty() == "quadratic"
                total += constraint.lhs.weight() * (broken**2 if squared else broken)
        return total

    def _over(self, constraint: Any, values: Floats) -> tuple[Floats, Floats]:
        """float64[k] each: the left side less the right, of `>=` turned; and the breach."""
        sign = -1.0 if constraint.sense is dimod.sym.Sense.Ge else 1.0
        left = np.asarray(constraint.lhs.energies((values, self.variables)), dtype=np.float64)
        over = sign * (left - constraint.rhs)
        equality = constraint.sense is dimod.sym.Sense.Eq
        broken = np.abs(over) if equality else np.maximum(over, 0.0)
        sizes = abs(constraint.rhs) + np.abs(left) + self._reach(constraint)
        return over, np.where(broken <= ABSOLUTE + ROUNDING * sizes, 0.0, broken)

    def _reach(self, constraint: Any) -> float:
        """The largest value that a linear or quadratic term of a constraint can have."""
        cqm, lhs = self.compiled.cqm, constraint.lhs
        ends = {v: max(abs(cqm.lower_bound(v)), abs(cqm.upper_bound(v))) for v in lhs.variables}
        linear = (abs(bias) * ends[v] for v, bias in lhs.linear.items())
        products = (abs(bias) * ends[u] * ends[v] for (u, v), bias in lhs.quadratic.items())
        return float(max((*linear, *products), default=0.0))

    @cached_property
    def _place(self) -> dict[Any, int]:
        """Where the constraints are that presolve left; those that it took away cost nothing."""
        return {label: c for c, label in enumerate(self.compiled.model.labels)}

    def _cost(self, c: int, label: Any, over: Floats, broken: Floats, values: Floats) -> Floats:
        """What constraint c costs: its lhs is `over` its rhs and breaks it by `broken`."""
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
        """What of the right-hand side no sum of steps reaches: of 2x + 2y <= 3 it is 1."""
        step = 1 / float(self.compiled.rows.scale[c])
        if self.compiled.rows.stepless[c]:
            return 0.0
        unused = float(-over[0] % step)
        return 0.0 if min(unused, step - unused) < 1e-6 * step else unused

    def _literals(self, label: Any, values: Floats) -> Floats:
        """float64[k]: how many variables left after presolve could make room by a flip."""
        compiled = self.compiled
        reduced, each = compiled.presolved.reduce(values), self._effects(label)
        true = np.where(each > 0, reduced == compiled.model.upper, reduced == compiled.model.lower)
        number: Floats = (true & (np.abs(each) > 1e-12)).sum(axis=1).astype(np.float64)
        return number

    def _effects(self, label: Any) -> Floats:
        """float64[n']: what a step of each variable that is left adds to a constraint, where
        presolve has made it linear.

        Found by taking each step and looking at the model as it came, where the constraint may have
        had products.
        """
        compiled, constraint = self.compiled, self.compiled.cqm.constraints[label]
        sign = -1.0 if constraint.sense is dimod.sym.Sense.Ge else 1.0
        model = compiled.model
        if not constraint.lhs.quadratic:
            linear = constraint.lhs.linear
            biases = np.array([linear.get(variable, 0.0) for variable in self.variables])
            return np.asarray(sign * (compiled.presolved.matrix.T @ biases))
        steps = np.diag(model.upper - model.lower)
        points = compiled.presolved.restore(np.vstack([model.lower, model.lower + steps]))
        sums = np.asarray(constraint.lhs.energies((points, self.variables)), dtype=np.float64)
        return np.asarray(sign * (sums[1:] - sums[0]))
