"""The emulated hybrid solver of binary quadratic models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ...devices import least_time
from ..backends import Reply, Work
from .answers import quadratic_reply
from .definitions import bqm_properties
from .hybrid import Hybrid, Job
from .limits import require_sizes, time_limit
from .uploaded import read

if TYPE_CHECKING:
    import dimod

# a model of so many variables takes a part of a second for so many sweeps
SMALL, SWEEPS = 5000, 500


def solve_bqm(
    bqm: dimod.BinaryQuadraticModel,
    *,
    time_limit: float,
    seed: int,
    interrupt: Callable[[], bool] | None = None,
) -> dimod.SampleSet:
    """The best sample that `QuboAnnealer` finds within `time_limit` seconds; one, as Leap's hybrid
    solver gives.

    Seconds that go into compiling kernels, once on a machine, are not counted. Where a busy machine
    leaves no time for a whole round, a small model is annealed for a few sweeps nevertheless.
    """
    from ...samplers import QuboAnnealer

    annealer = QuboAnnealer()
    samples = annealer.sample(
        bqm, time_limit=time_limit, seed=seed, num_reads=1, interrupt=interrupt
    )
    in_vain = samples.info["stopped_by"] == "time" and not samples.info["sweeps"]
    if in_vain and bqm.num_variables <= SMALL:
        return annealer.sample(
            bqm, num_sweeps=SWEEPS, seed=seed, num_reads=1, structure="off", interrupt=interrupt
        )
    return samples


@dataclass(frozen=True)
class HybridBqm(Hybrid["dimod.BinaryQuadraticModel"]):
    """Answers jobs of type "bqm" by `QuboAnnealer`."""

    least: float = 3.0

    name: ClassVar = "emulated_hybrid_bqm"
    kind: ClassVar = "bqm"

    def properties(self) -> dict[str, Any]:
        return bqm_properties(self.least)

    def _read(self, work: Work) -> tuple[dimod.BinaryQuadraticModel, float]:
        import dimod

        properties = self.properties()
        bqm = read(work, self.kind, dimod.BinaryQuadraticModel.from_file)
        sizes = {
            "number_of_variables": bqm.num_variables,
            "number_of_biases": bqm.num_variables + bqm.num_interactions,
        }
        require_sizes(properties, sizes)
        least = least_time.of_bqm(properties, variables=bqm.num_variables)
        return bqm, time_limit(work.params, least, properties)

    def _solved(self, model: dimod.BinaryQuadraticModel, job: Job) -> Reply:
        samples = solve_bqm(
            model, time_limit=job.seconds, seed=job.seed, interrupt=job.work.interrupt
        )
        return quadratic_reply(samples, job)
