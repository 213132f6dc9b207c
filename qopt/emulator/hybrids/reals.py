"""REAL variables of constrained models: steps to anneal them in, then a linear program.

dimod lets a REAL variable have no quadratic term, so what is left of a model once the others are
chosen is linear in them: an assignment on a coarse grid is brought to the best one there is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import QoptError

if TYPE_CHECKING:
    import dimod

    from ...compiler.model.arrays import Bools, Floats, ModelArrays

STEPS = 1000  # from the lower to the upper bound of a REAL variable
AT_LEAST = 0.1  # seconds for the best sample's linear program


def steps(cqm: dimod.ConstrainedQuadraticModel) -> dict[Any, float] | None:
    """By REAL variable the step that it is annealed in, None where there is no such variable.

    Raises QoptError for one that has no bounds, neither its own nor of the constraints.
    """
    import dimod
    import numpy as np

    if not any(cqm.vartype(v) is dimod.REAL for v in cqm.variables):
        return None
    from ...compiler.model.arrays import ModelArrays
    from ...compiler.model.confinement import implied, without_huge_bounds

    model = implied(without_huge_bounds(ModelArrays.from_cqm(cqm, reals=True)))
    found = {}
    for k in np.flatnonzero(model.step == 0):
        room = float(model.upper[k] - model.lower[k])
        if not np.isfinite(room):
            raise QoptError(
                f"variable {model.variables[k]!r} is REAL and neither its own bounds nor the "
                "constraints bound it; give it a lower and an upper bound"
            )
        found[model.variables[k]] = room / STEPS if room > 0 else 1.0
    return found


def refined(
    samples: dimod.SampleSet, cqm: dimod.ConstrainedQuadraticModel, *, until: float
) -> dimod.SampleSet:
    """The samples with REAL values that are the best beside the other values, as far as the time
    goes, which ends at `until` of `time.perf_counter()`, and in any case of the first; feasible
    ones first, lowest energy first.

    A sample that a linear program cannot better stays as it is. `info["notes"]` says what was done;
    `info["infeasible"]`, which spoke of the steps, is gone.
    """
    import numpy as np

    from ...compiler.model.arrays import ModelArrays
    from ...compiler.model.scoring import sampleset

    model = ModelArrays.from_cqm(cqm, reals=True)
    values = np.asarray(samples.record.sample, dtype=np.float64)
    labels = {label: k for k, label in enumerate(samples.variables)}
    values = values[:, [labels[v] for v in model.variables]]
    program = _Program.of(model)
    done = 0
    for state in values:
        left = until - time.perf_counter()
        if left <= 0 and done:
            break
        better = program.best(state, max(left, AT_LEAST))
        if better is not None:
            state[program.real] = better
        done += 1
    found = sampleset(values, model)
    order = np.lexsort((found.record.energy, ~found.record.is_feasible))
    info = {name: value for name, value in samples.info.items() if name != "infeasible"}
    note = f"REAL variables: set by a linear program in {done} of {len(values)} samples"
    info["notes"] = [*info.get("notes", []), note]
    found = found.slice(len(found), sorted_by=None)
    found.record[:] = found.record[order]
    found.info.update(info)
    return found


@dataclass(frozen=True, eq=False)
class _Program:
    """The linear program over the REAL variables of a model, `real` bool[n]."""

    model: ModelArrays
    real: Bools

    @classmethod
    def of(cls, model: ModelArrays) -> _Program:
        return cls(model, model.step == 0)

    def best(self, state: Floats, seconds: float) -> Floats | None:
        """The REAL values, float64[r], that are best beside the other values of `state`, or None
        where no values keep the hard constraints, none were found in time, or none are better.

        Soft constraints with a REAL variable charge by their violation: dimod lets no other have a
        charge by its square.
        """
        import numpy as np
        from scipy import sparse
        from scipy.optimize import linprog

        from ...compiler.model.scoring import Scorer

        model, scorer = self.model, Scorer(self.model)
        others = np.where(self.real, 0.0, state)
        rest = self._left(others)
        soft = np.flatnonzero(~model.hard)
        a = sparse.csr_array(model.rows[:, np.flatnonzero(self.real)])
        m, slack = model.num_constraints, len(soft)
        ones = (np.ones(slack), (soft, np.arange(slack)))
        over = sparse.coo_array(ones, shape=(m, slack)).tocsr()
        equal = np.asarray(model.sense == "=")
        cost = np.concatenate([model.linear[self.real], model.weight[soft], model.weight[soft]])
        wide = sparse.hstack([a, -over, sparse.diags_array(equal * 1.0) @ over], format="csr")
        bounds = [*zip(model.lower[self.real], model.upper[self.real], strict=True)]
        answer = linprog(
            cost,
            A_ub=wide[~equal],
            b_ub=rest[~equal],
            A_eq=wide[equal],
            b_eq=rest[equal],
            bounds=[*bounds, *[(0, None)] * (2 * slack)],
            method="highs",
            options={"time_limit": seconds},
        )
        if answer.status != 0:
            return None
        found = np.clip(answer.x[: a.shape[1]], model.lower[self.real], model.upper[self.real])
        both = np.stack([state, state])
        both[1, self.real] = found
        broken = scorer.violations(both)
        worth = scorer.energies(both, broken)
        kept = np.all(scorer.satisfied(broken)[:, model.hard], axis=1).tolist()
        return found if (kept[1], -worth[1]) >= (kept[0], -worth[0]) else None

    def _left(self, others: Floats) -> Floats:
        """float64[m]: what the REAL terms of each row may come to."""
        import numpy as np

        model = self.model
        q = model.row_quadratic
        products = q.value * others[q.row] * others[q.col]
        taken = model.rows @ others + np.bincount(
            q.owner, weights=products, minlength=model.num_constraints
        )
        return np.asarray(model.rhs - taken)
