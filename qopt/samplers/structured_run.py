"""An anneal of a QUBO on two roads: as it is, and with the constraints that its numbers show.

Light to import: numba comes with the first run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import QoptError
from ..kit.checks import require
from .anneal_run import Annealed, AnnealRun
from .reading_back import Reading, read_back
from .stages import Stages

if TYPE_CHECKING:
    from ..anneal.core.ising import Ising, Spins
    from ..compiler.qubos.qubo import Qubo
    from .anneal_run import Ready

STRUCTURES = ("auto", "off")


@dataclass(frozen=True)
class StructuredRun:
    """The options of an anneal of a QUBO, checked.

    With `structure` "auto" rows are looked for, where the options of `run` leave it open how to
    anneal; `stages` are those of a run on two roads to be done again.
    """

    run: AnnealRun
    structure: str = "auto"
    stages: Stages | None = None

    @classmethod
    def of(cls, structure: Any = "auto", num_sweeps: Any = None, **options: Any) -> StructuredRun:
        """Of `options` of an `AnnealRun`; `num_sweeps` may be the mapping of two roads, too.

        Raises QoptError.
        """
        require(structure in STRUCTURES, "structure", structure, "'auto' or 'off'")
        stages = Stages.of(num_sweeps) if isinstance(num_sweeps, Mapping) else None
        run = AnnealRun(num_sweeps=None if stages is not None else num_sweeps, **options)
        made = cls(run, structure, stages)
        if stages is not None and not made.looks:
            raise QoptError(
                "num_sweeps: a mapping replays a run with structure='auto', method='tempering' and "
                "no beta_range; give these, or whole numbers"
            )
        return made

    @property
    def looks(self) -> bool:
        """Whether rows are looked for.

        Other methods than tempering, and temperatures that were given, mean a physical process;
        lists of sweeps replay a run on the QUBO.
        """
        run = self.run
        return (
            self.structure == "auto"
            and run.method == "tempering"
            and run.beta_range is None
            and (run.num_sweeps is None or not hasattr(run.num_sweeps, "__len__"))
        )

    def ready(self, ising: Ising, qubo: Callable[[], Qubo]) -> Prepared:
        """The model as this run wants it, with what was read back from it; `qubo` makes the same
        model over bits.

        Raises QoptError where stages of rows are to be done again and there are no rows.
        """
        ready = self.run.ready(ising)
        if not self.looks:
            return Prepared(self, ready, None, ready.jit)
        known = self.stages is not None
        reading = read_back(ising, qubo, None if known else self.run.time_limit, known=known)
        if known and reading.read is None:
            raise QoptError(
                "num_sweeps: a mapping replays a run on a model with rows, and this one has none "
                "that could be read back; give the model of that run, or whole numbers"
            )
        return Prepared(self, ready, reading, ready.jit + reading.jit)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model made ready, and `jit` seconds of compiling and loading code, which are no part of
    that. `reading` is None where nothing was looked for.
    """

    options: StructuredRun
    ready: Ready
    reading: Reading | None
    jit: float = 0.0

    def __call__(
        self,
        *,
        initial: Spins | None = None,
        started: float | None = None,
        reserve: float = 0.0,
        jit: float = 0.0,
    ) -> Annealed:
        """Anneal; the arguments are those of an `AnnealRun`."""
        started = time.perf_counter() if started is None else started
        if self.reading is not None and self.reading.read is not None:
            from .two_roads import TwoRoads

            roads = TwoRoads(self.options.run, self.ready, self.reading)
            end = self.options.run.deadline(started + jit, reserve)
            if roads.have_time(end) or self.options.stages is not None:
                return roads.annealed(self.options.stages, initial, started, end, jit)
        found = self.options.run(
            self.ready, initial=initial, started=started, reserve=reserve, jit=jit
        )
        facts = None if self.reading is None else self.reading.facts
        notes = [*found.info.get("notes", []), *self._notes()]
        info = found.info | {"structure": facts, "notes": notes}
        return Annealed(found.states, found.energies, info)

    def _notes(self) -> list[str]:
        """Why the QUBO was annealed as it is, where there is anything to be said."""
        if self.reading is None:
            return []
        if self.reading.read is None:
            return self.reading.notes
        return ["structure: rows were read back, and no time was left to anneal with them"]
