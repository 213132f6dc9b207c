"""Solver `annealer`: compile the model to a QUBO and anneal it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError
from ..solver import Answer, Task
from .anneal_run import AnnealRun

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ..anneal.annealing import Annealed
    from ..compile import Compiled

OFFERED = 2  # of each round the reads of lowest energy that are decoded on the way; at the end all are


@dataclass(frozen=True)
class Annealer:
    """Penalties, then `QuboAnnealer`; its parameters are explained there, `penalties` at `qopt.compile`."""

    num_reads: int = 32
    num_sweeps: int | Sequence[int] | None = None
    beta_range: tuple[float, float] | None = None
    num_threads: int | None = None
    penalties: str | float | Mapping[Any, float] = "bounds"

    summary: ClassVar = "qopt's own annealer on this machine, 16 replicas a core at a time"
    needs: ClassVar = "nothing"

    def __post_init__(self) -> None:
        self._run()

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        from ..anneal.annealing import warm_up
        from ..anneal.ising import Ising
        from ..compile import compile_cqm

        run = self._run(seed=task.seed, time_limit=task.time_limit, interrupt=task.interrupt)
        if task.time_limit is None and self.num_sweeps is None:
            raise QoptError("solver 'annealer' needs a time_limit or num_sweeps")
        cqm = task.cqm
        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=self.penalties)
            qubo = compiled.qubo
            ising = Ising.from_qubo(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
        task.timing.add("jit", warm_up())
        initial = None if task.initial is None else _spins(compiled, task, run.num_reads)
        started = task.start()

        def offer_best(found: Annealed, states: npt.NDArray[np.int8], energies: npt.NDArray[np.float64]) -> None:
            for read in energies.argsort(kind="stable")[:OFFERED]:
                sample = compiled.assignment(states[read] > 0)
                task.offer(task.decode(sample), sweeps=found.sweeps)

        with task.timing("sample", less=("decode", "evaluate")):
            found, info = run(ising, initial=initial, on_round=offer_best, started=started)
        with task.timing("decode"):
            samples = compiled.decode_bits(found.states > 0)
        info["bits"], info["couplings"] = qubo.num_variables, len(qubo.quad)
        return Answer(samples=samples, stopped_by=found.stopped_by, info=info)

    def _run(self, **budget: Any) -> AnnealRun:
        return AnnealRun(
            num_reads=self.num_reads,
            num_sweeps=self.num_sweeps,
            beta_range=self.beta_range,
            num_threads=self.num_threads,
            **budget,
        )


def _spins(compiled: Compiled, task: Task, num_reads: int) -> npt.NDArray[np.int8]:
    import numpy as np

    bits = compiled.encode(task.problem.encode(task.initial))
    return np.tile((2 * bits - 1).astype(np.int8), (num_reads, 1))
