"""Solver `scip`: the model as it stands, given to SCIP, which proves optima of convex and of other
quadratic models.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError
from ..solver import Answer, StoppedBy, Task, missing_package, require_time

if TYPE_CHECKING:
    from ..compiler import ModelArrays
    from ..programs.scip_model import ScipModel

# for each variable, term of a constraint, and product of the objective: how long SCIP works at the
# beginning without a look at the clock. A maximum cut with 60,000 edges took 3.2 s at least,
# however short the limit, and a job shop with 62,000 products in its constraints 0.3 s
BLIND = 5e-6, 8e-6, 5e-5
HURRIED = 5.0  # in less than so many times that it starts without rounds of presolve


@dataclass(frozen=True)
class Scip:
    """SCIP on the constrained model. What broken soft constraints cost is part of the objective.

    It ends where the best solution is proved within a share `gap` of the bound. It runs on one
    thread; with a time limit answers can differ from run to run.
    """

    gap: float = 0.0

    algorithm_version: ClassVar = 1
    summary: ClassVar = (
        "SCIP on the constrained model: classical, with proofs, for convex quadratic "
        "objectives above all"
    )
    needs: ClassVar = "the extra 'baselines' (pyscipopt)"

    def __post_init__(self) -> None:
        if (
            isinstance(self.gap, bool)
            or not isinstance(self.gap, int | float)
            or not 0 <= self.gap < 1
        ):
            raise QoptError(
                f"gap={self.gap!r}: give a share of the objective, 0 or more and below 1"
            )

    def missing(self) -> str | None:
        return missing_package("pyscipopt", "baselines")

    def solve(self, task: Task) -> Answer:
        from ..compiler import ModelArrays
        from ..programs.scip_model import ScipModel

        cqm = task.cqm
        with task.timing("compile"):
            arrays = ModelArrays.from_cqm(cqm)
            least = _least_seconds(arrays)
            require_time("scip", task.time_limit, least, "give it more time")
            program = ScipModel(arrays)
        model, labels = program.model, program.arrays.variables
        model.setParam("randomization/randomseedshift", task.seed % 2**31)
        model.setParam("limits/gap", float(self.gap))
        # SCIP 10.0 takes optima away where it aggregates a variable of products by one equality
        model.setParam("constraints/linear/dualpresolving", False)
        if task.initial is not None:
            import numpy as np

            hint = task.problem.encode(task.initial)
            program.start_from(np.array([hint[label] for label in labels], dtype=np.float64))
        watcher = _watcher(task, program)
        model.includeEventhdlr(watcher, "incumbents", "offers them")
        started = task.start()
        with task.timing("sample", less=("decode", "evaluate")):
            if task.deadline is not None:
                seconds = max(0.01, task.deadline - time.perf_counter())
                model.setParam("limits/time", seconds)
                if seconds < HURRIED * least:
                    model.setParam("presolving/maxrounds", 0)
            model.optimize()
        status = str(model.getStatus())
        ended: StoppedBy = "interrupt" if watcher.interrupted else "time"
        answer = Answer(
            stopped_by="done" if status in ("optimal", "gaplimit", "infeasible") else ended,
            infeasible=status == "infeasible",
            info={
                "status": status,
                "seconds": time.perf_counter() - started,
                "nodes": int(model.getNTotalNodes()),
            },
        )
        if status != "infeasible":
            answer.bound = program.bound() if abs(model.getDualbound()) < model.infinity() else None
        if model.getNSols() and status != "infeasible":
            import dimod
            import numpy as np

            values = np.array([program.values(model.getBestSol())])
            answer.samples = dimod.SampleSet.from_samples_cqm((values, labels), cqm)
        return answer


def _least_seconds(arrays: ModelArrays) -> float:
    terms = len(arrays.rows.data) + len(arrays.row_quadratic.value)
    counts = arrays.num_variables, terms, len(arrays.quadratic.value)
    return sum(seconds * count for seconds, count in zip(BLIND, counts, strict=True))


def _watcher(task: Task, program: ScipModel) -> Any:
    from pyscipopt import SCIP_EVENTTYPE, Eventhdlr

    watched = SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.LPSOLVED, SCIP_EVENTTYPE.NODESOLVED
    labels = program.arrays.variables

    class Watcher(Eventhdlr):
        interrupted = False

        def eventinit(self) -> None:
            for kind in watched:
                self.model.catchEvent(kind, self)

        def eventexit(self) -> None:
            for kind in watched:
                self.model.dropEvent(kind, self)

        def eventexec(self, event: Any) -> None:
            if event.getType() == SCIP_EVENTTYPE.BESTSOLFOUND:
                values = program.values(self.model.getBestSol())
                task.offer(task.decode(dict(zip(labels, values, strict=True))))
            if task.interrupt is not None and task.interrupt() and not self.interrupted:
                self.interrupted = True
                self.model.interruptSolve()

    return Watcher()
