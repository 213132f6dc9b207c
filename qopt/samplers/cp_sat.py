"""Solver `cp-sat`: the model as it stands, given to OR-tools' CP-SAT."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError, require_count
from ..solver import Answer, StoppedBy, Task, missing_package

if TYPE_CHECKING:
    from ..compile import ModelArrays

RANGE = 2.0**50  # the objective's whole-number range: CP-SAT counts in 64 bits, and sums of terms must not overflow


@dataclass(frozen=True)
class CpSat:
    """CP-SAT on the constrained model, without penalties. Soft constraints are refused.

    `num_workers` threads, default all cores; with more than one, or a time limit, answers can differ from run to run.
    """

    num_workers: int | None = None

    summary: ClassVar = "OR-tools' CP-SAT on the constrained model: classical, with proofs"
    needs: ClassVar = "the extra 'baselines' (ortools)"

    def __post_init__(self) -> None:
        require_count("num_workers", self.num_workers, optional=True)

    def missing(self) -> str | None:
        return missing_package("ortools", "baselines")

    def solve(self, task: Task) -> Answer:
        from ortools.sat.python import cp_model

        from ..compile import ModelArrays

        cqm = task.cqm
        with task.timing("compile"):
            arrays = ModelArrays.from_cqm(cqm)
            built = _Built(arrays)
        if task.initial is not None:
            hint = task.problem.encode(task.initial)
            for label, variable in zip(arrays.variables, built.variables, strict=True):
                built.model.add_hint(variable, round(hint[label]))
        solver = cp_model.CpSolver()
        solver.parameters.random_seed = task.seed % 2**31
        if self.num_workers is not None:
            solver.parameters.num_workers = self.num_workers
        started = task.start()
        if task.deadline is not None:
            solver.parameters.max_time_in_seconds = max(0.01, task.deadline - time.perf_counter())
        watcher = _watcher(task, built)
        with task.timing("sample", less=("decode", "evaluate")):
            status = solver.solve(built.model, watcher)
        if status == cp_model.MODEL_INVALID:
            raise QoptError(f"CP-SAT refuses the model: {built.model.validate().splitlines()[0]}")
        done = status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        ended: StoppedBy = "interrupt" if task.interrupt is not None and task.interrupt() else "time"
        answer = Answer(
            stopped_by="done" if done else ended,
            infeasible=status == cp_model.INFEASIBLE,
            info={"status": solver.status_name(status), "seconds": time.perf_counter() - started},
        )
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            import dimod
            import numpy as np

            values = np.array([[solver.value(variable) for variable in built.variables]], dtype=np.float64)
            answer.samples = dimod.SampleSet.from_samples_cqm((values, arrays.variables), cqm)
            answer.bound = solver.best_objective_bound / built.scale + built.offset - built.error
        return answer


class _Built:
    """The CP-SAT model; `objective = value / scale + offset`, off by at most `error` for the rounding of its terms."""

    def __init__(self, arrays: ModelArrays) -> None:
        import numpy as np
        from ortools.sat.python import cp_model

        self.model = cp_model.CpModel()
        self.variables = [
            self.model.new_int_var_from_domain(cp_model.Domain.from_values([-1, 1]), str(label))
            if step == 2
            else self.model.new_int_var(int(low), int(high), str(label))
            for label, low, high, step in zip(arrays.variables, arrays.lower, arrays.upper, arrays.step, strict=True)
        ]
        self._arrays, self._products = arrays, dict[tuple[int, int], Any]()
        self._binary = (arrays.lower == 0) & (arrays.upper == 1)
        if np.isfinite(arrays.weight).any():
            label = arrays.labels[int(np.argmax(np.isfinite(arrays.weight)))]
            raise QoptError(f"solver 'cp-sat' takes hard constraints only; {label!r} is soft")
        self._add_constraints()
        self.offset = arrays.offset
        self.scale, self.error = self._minimise()

    def _product(self, i: int, j: int) -> Any:
        """x_i x_j as a variable, made once."""
        i, j = min(i, j), max(i, j)
        if (i, j) not in self._products:
            x, y, arrays = self.variables[i], self.variables[j], self._arrays
            ends = [a * b for a in (arrays.lower[i], arrays.upper[i]) for b in (arrays.lower[j], arrays.upper[j])]
            product = self.model.new_int_var(int(min(*ends, 0)), int(max(ends)), f"{x.name}*{y.name}")
            if self._binary[i] and self._binary[j]:
                self.model.add(product <= x)
                self.model.add(product <= y)
                self.model.add(product >= x + y - 1)
            else:
                self.model.add_multiplication_equality(product, [x, y])
            self._products[i, j] = product
        return self._products[i, j]

    def _add_constraints(self) -> None:
        import numpy as np
        from ortools.sat.python import cp_model

        from ..compile.rows import Rows

        arrays = self._arrays
        rows = Rows.of(arrays)
        for c, label in enumerate(arrays.labels):
            mine = slice(arrays.rows.indptr[c], arrays.rows.indptr[c + 1])
            columns, coefficients = arrays.rows.indices[mine], arrays.rows.data[mine] * rows.scale[c]
            pairs = arrays.row_quadratic.of(c)
            exclusive = len(pairs.value) and not len(columns) and (pairs.value > 0).all()
            if exclusive and self._binary[pairs.row].all() and self._binary[pairs.col].all():
                for i, j in zip(pairs.row, pairs.col, strict=True):
                    self.model.add_bool_or(~self.variables[i], ~self.variables[j])
                continue
            terms = [self.variables[v] for v in columns]
            terms += [self._product(int(i), int(j)) for i, j in zip(pairs.row, pairs.col, strict=True)]
            whole = np.concatenate([coefficients, pairs.value * rows.scale[c]])
            right = rows.rhs[c] if arrays.sense[c] == "<" else arrays.rhs[c] * rows.scale[c]
            if np.abs(whole - np.rint(whole)).max(initial=0) > 1e-9 or (arrays.sense[c] == "=" and right != round(right)):
                raise QoptError(f"constraint {label!r}: CP-SAT takes whole-number coefficients; scale the row to them")
            left = cp_model.LinearExpr.weighted_sum(terms, np.rint(whole).astype(int).tolist())
            self.model.add(left == round(right) if arrays.sense[c] == "=" else left <= round(right))

    def _minimise(self) -> tuple[float, float]:
        import numpy as np
        from ortools.sat.python import cp_model

        arrays, q = self._arrays, self._arrays.quadratic
        terms = [*self.variables, *(self._product(int(i), int(j)) for i, j in zip(q.row, q.col, strict=True))]
        coefficients = np.concatenate([arrays.linear, q.value])
        largest = np.maximum(np.abs(arrays.lower), np.abs(arrays.upper))
        sizes = np.concatenate([largest, largest[q.row] * largest[q.col]])
        reach = float(np.abs(coefficients) @ sizes)
        scale = 2.0 ** int(np.floor(np.log2(RANGE / reach))) if reach > 0 else 1.0
        if np.array_equal(coefficients, np.rint(coefficients)):
            scale = 1.0
        whole = np.rint(coefficients * scale)
        self.model.minimize(cp_model.LinearExpr.weighted_sum(terms, whole.astype(int).tolist()))
        return scale, float(np.abs(whole / scale - coefficients) @ sizes)


def _watcher(task: Task, built: _Built) -> Any:
    from ortools.sat.python import cp_model

    labels = built._arrays.variables

    class Watcher(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            values = [float(self.value(variable)) for variable in built.variables]
            task.offer(task.decode(dict(zip(labels, values, strict=True))))
            if task.interrupt is not None and task.interrupt():
                self.stop_search()

    return Watcher()
