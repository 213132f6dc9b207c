"""The emulated hybrid solver of constrained quadratic models."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ...devices import least_time
from ..backends import Reply, Work
from .answers import quadratic_reply
from .definitions import cqm_properties
from .hybrid import Hybrid, Job
from .limits import require_sizes, time_limit
from .uploaded import read

if TYPE_CHECKING:
    import dimod

READS = 16
FOR_REALS = 0.1  # of the time limit, in which REAL variables are set exactly
# a model of so many variables takes a part of a second for so many sweeps
SMALL, SWEEPS = 1000, 200


def solve_cqm(
    cqm: dimod.ConstrainedQuadraticModel,
    *,
    time_limit: float,
    seed: int,
    interrupt: Callable[[], bool] | None = None,
) -> dimod.SampleSet:
    """The best samples, up to 16, that `CqmAnnealer` finds within `time_limit` seconds; feasible
    ones first, lowest energy first.

    REAL variables move in steps at first, and are then set by a linear program where the others
    stay (`qopt.emulator.hybrids.reals`). Loading kernels, once in a process, is counted up to half
    of the time. Where a busy machine leaves no time for a whole round, a small model is annealed
    for a few sweeps nevertheless. Raises QoptError for a model that the annealer does not
    take, such as one with an unbounded variable.
    """
    from ...samplers import CqmAnnealer
    from ...samplers.cqm_run import CqmRun
    from .reals import refined, steps

    started = time.perf_counter()
    CqmRun().warm_up()
    reals = steps(cqm)
    begun = time.perf_counter()
    left = max(time_limit - (begun - started), time_limit / 2)
    share = 1.0 if reals is None else 1.0 - FOR_REALS
    anneal = partial(
        CqmAnnealer().sample_cqm,
        cqm,
        seed=seed,
        num_reads=READS,
        reals=reals,
        interrupt=interrupt,
    )
    samples = anneal(time_limit=share * left)
    in_vain = samples.info["stopped_by"] == "time" and not samples.info["sweeps"]
    if in_vain and len(cqm.variables) <= SMALL:
        samples = anneal(num_sweeps=SWEEPS)
    if reals is None:
        return samples
    return refined(samples, cqm, until=begun + left)


@dataclass(frozen=True)
class HybridCqm(Hybrid["dimod.ConstrainedQuadraticModel"]):
    """Answers jobs of type "cqm" by `CqmAnnealer`."""

    name: ClassVar = "emulated_hybrid_cqm"
    kind: ClassVar = "cqm"

    def properties(self) -> dict[str, Any]:
        return cqm_properties(self.least)

    def _read(self, work: Work) -> tuple[dimod.ConstrainedQuadraticModel, float]:
        import dimod

        properties = self.properties()
        cqm = read(work, self.kind, dimod.ConstrainedQuadraticModel.from_file)
        sizes = read(work, self.kind, _sizes)
        require_sizes(properties, sizes)
        least = least_time.of_cqm(
            properties,
            variables=sizes["number_of_variables"],
            constraints=sizes["number_of_constraints"],
            biases=sizes["number_of_biases"],
        )
        return cqm, time_limit(work.params, least, properties)

    def _solved(self, model: dimod.ConstrainedQuadraticModel, job: Job) -> Reply:
        samples = solve_cqm(
            model, time_limit=job.seconds, seed=job.seed, interrupt=job.work.interrupt
        )
        return quadratic_reply(samples, job)


def _sizes(file: io.BytesIO) -> dict[str, int]:
    """What the file says of itself, which is what the client computes its least time limit from."""
    import dimod
    from dimod.serialization.fileview import read_header

    header = read_header(file, dimod.constrained.CQM_MAGIC_PREFIX).data
    counted = (
        "variables",
        "constraints",
        "biases",
        "linear_biases_real",
        "quadratic_variables",
        "quadratic_variables_real",
    )
    return {f"number_of_{what}": int(header[f"num_{what}"]) for what in counted}
