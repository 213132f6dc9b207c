"""Solver `qubo-annealer`: compile the model to a QUBO, with penalties, and anneal that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError
from ..samplers.structured_run import StructuredRun
from ..solver import Answer, Task, require_time
from . import scoring_time

if TYPE_CHECKING:
    import dimod
    import numpy as np
    import numpy.typing as npt

    from ..anneal.ising.search import Found
    from ..compiler import Compiled
    from ..samplers.anneal_run import Ready
    from .neighbourhoods.parts import PartsSolver


SMALL = 2000  # bits: reads of fewer are made and scored in some hundredths of a second
FEW = 500_000  # couplings, the same


@dataclass(frozen=True)
class PenaltyAnnealer:
    """Penalties, then `QuboAnnealer`, whose `sample` explains the parameters; `qopt.compile`
    explains the penalties.

    With `structure` "auto" a model that has no constraints is looked at for rows that somebody has
    made penalties of; what is compiled here is annealed as it is.
    """

    num_reads: int = 32
    num_sweeps: int | Sequence[int] | Sequence[Sequence[int]] | Mapping[str, Any] | None = None
    beta_range: tuple[float, float] | None = None
    method: str = "tempering"
    num_threads: int | None = None
    penalties: str | float | Mapping[Any, float] = "bounds"
    structure: str = "auto"

    algorithm_version: ClassVar = 1
    summary: ClassVar = (
        "penalties, and qopt's annealer of QUBOs on this machine: what a device would be given"
    )
    needs: ClassVar = "nothing"

    def __post_init__(self) -> None:
        self._run()

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        from ..anneal.core.ising import Ising
        from ..compiler import compile_cqm
        from ..compiler.weights.tuning import Tuner

        if task.time_limit is None and self.num_sweeps is None:
            raise QoptError("solver 'qubo-annealer' needs a time_limit or num_sweeps")
        cqm, tuned = task.cqm, self.penalties == "tuned"
        with task.timing("compile"):
            penalties = Tuner(num_threads=self.num_threads) if tuned else self.penalties
            compiled = compile_cqm(cqm, penalties=penalties)
            qubo = compiled.qubo
            ising = Ising.from_qubo(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
        given = self if not len(cqm.constraints) else replace(self, structure="off")
        run = given._run(
            seed=task.seed,
            time_limit=task.time_limit,
            interrupt=task.interrupt,
            on_progress=lambda found: _offer(task, compiled, found),
        )
        reads = int(self.num_reads)
        initial = None if task.initial is None else _spins(compiled, task, reads)
        with task.timing("compile", less=("jit",)):
            prepared = run.ready(ising, lambda: qubo)
            task.timing.add("jit", prepared.jit)
            ready = prepared.ready
            least, reserve = _seconds_after(task, compiled, ready, reads)
            if task.time_limit is not None and not _small(ready):
                least += ready.seconds_to_begin(reads)
        require_time("qubo-annealer", task.time_limit, least, "give it more time")
        started = task.start()
        with task.timing("sample", less=("decode", "evaluate")):
            found = prepared(initial=initial, started=started, reserve=reserve)
        with task.timing("decode"):
            samples = compiled.decode_bits(found.states > 0)
        info = found.info | {"bits": qubo.num_variables, "couplings": len(qubo.quad)}
        return Answer(samples=samples, stopped_by=info["stopped_by"], replayable=True, info=info)

    def for_parts(self, *, as_given: bool, cleaned: bool) -> PartsSolver:
        from .neighbourhoods.parts import Unlearning

        short = replace(self, num_sweeps=300, num_reads=3, num_threads=1, structure="off")
        return Unlearning(self if as_given else short)

    def _run(self, **budget: Any) -> StructuredRun:
        return StructuredRun.of(
            self.structure,
            self.num_sweeps,
            num_reads=self.num_reads,
            beta_range=self.beta_range,
            method=self.method,
            num_threads=self.num_threads,
            **budget,
        )


def _small(ready: Ready) -> bool:
    """Whether its reads are made and scored in some hundredths of a second."""
    return ready.ising.num_variables < SMALL and len(ready.ising.quad) < FEW


def _seconds_after(task: Task, compiled: Compiled, ready: Ready, reads: int) -> tuple[float, float]:
    """`seconds_to_score` of so many reads, measured on states of a few ones."""
    import numpy as np

    if task.time_limit is None or _small(ready):
        return 0.0, 0.0
    n = ready.ising.num_variables
    bits = np.random.default_rng(0).random((4, n)) * np.sqrt(n) < 1

    def samples(count: int) -> dimod.SampleSet:
        return compiled.decode_bits(bits[:count])

    return scoring_time.seconds_to_score(task.problem, samples, reads)


def _offer(task: Task, compiled: Compiled, found: Found) -> None:
    for state in found.states:
        task.offer(task.decode(compiled.assignment(state > 0)), sweeps=found.sweeps)


def _spins(compiled: Compiled, task: Task, num_reads: int) -> npt.NDArray[np.int8]:
    import numpy as np

    bits = compiled.encode(task.problem.encode(task.initial))
    return np.tile((2 * bits - 1).astype(np.int8), (num_reads, 1))
