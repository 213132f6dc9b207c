"""The way of an anneal on two roads: stages in turn, their best states together."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ..anneal.core.crew import SHOWN
from ..anneal.core.ising import Floats, Ising, Spins
from ..anneal.ising.replicas import Replicas
from ..anneal.ising.search import Found
from ..compiler.model.scoring import Scorer
from . import anneal_run
from .anneal_run import Annealed, AnnealRun
from .cqm_run import CqmRun
from .reading_back import Reading
from .run_options import Spent
from .stages import ROADS, Road, Stages

PILOT = 0.05  # of the time, for the first stage of each road
FIRST_SECONDS = 1.0  # of the first stages, where there is a target and no limit; then twice as long


@dataclass(frozen=True, eq=False)
class Minima:
    """Local minima, lowest first: `states` int8[k, n] in {-1, +1}, `energies` float64[k]."""

    states: Spins
    energies: Floats

    @classmethod
    def none(cls, ising: Ising) -> Minima:
        return cls(np.zeros((0, ising.num_variables), dtype=np.int8), np.zeros(0))

    def with_(self, states: Spins, energies: Floats, most: int) -> Minima:
        """The lowest of these and more, `most` at most; of equals those that were there first."""
        every, worth = np.concatenate([self.states, states]), np.r_[self.energies, energies]
        chosen = np.argsort(worth, kind="stable")[:most]
        return Minima(every[chosen], worth[chosen])


class TwoRoads:
    """One run: what was swept on each road, and the best so far.

    The "rows" road anneals the model with constraints that was read back, the "qubo" road the QUBO.
    All energies are the QUBO's, and so a state that breaks a row is worth no more than it is.
    """

    def __init__(self, run: AnnealRun, ready: anneal_run.Ready, reading: Reading) -> None:
        assert reading.read is not None
        self.run, self.ready, self.reading = run, ready, reading
        self.found, self.rows = reading.read.found, reading.read.ready
        self.ising, self.reads = ready.ising, int(run.num_reads)
        self.stages, self.sweeps = Stages(), 0
        self.best = self.told = Minima.none(self.ising)
        self.of_road: dict[Road, Minima] = dict.fromkeys(ROADS, self.best)
        self.pilots: dict[Road, float] = {}  # lowest energies of first stages
        self.infos: list[dict[str, Any]] = []  # of stages of the QUBO
        self.reasons: list[str] = []  # why each stage ended
        self.notes: list[str] = []
        self._given: Spins | None = None
        self._downhill = 0.0  # seconds, of as many states as there are reads

    def have_time(self, end: float | None) -> bool:
        """Whether both roads can begin in their first stages, until `end` of
        `time.perf_counter()`.
        """
        if end is None:
            return True
        pilot = PILOT * (end - time.perf_counter())
        times = -(-self.reads // self.ready.fit.form.replicas)
        self._downhill = times * self.ready.seconds_to_begin(self.reads)
        return max(2 * self._downhill, self.rows.seconds_to_begin()) < pilot

    def annealed(
        self,
        stages: Stages | None,
        initial: Spins | None,
        started: float,
        end: float | None,
        jit: float,
    ) -> Annealed:
        """All stages: those given, or else as the options of the run ask for."""
        sampling, run = time.perf_counter(), self.run
        if initial is not None:
            self._given = initial
            self._keep(initial)
        if stages is not None:
            for road, sweeps in stages.in_turn():
                self._go(road, sweeps, end)
        elif run.num_sweeps is not None or (end is None and run.target is None):
            half = None if end is None else (sampling + end) / 2
            for road, until in zip(ROADS, (half, end), strict=True):
                self._go(road, run.num_sweeps, until)
        elif end is not None:
            self._by_time(end)
        else:
            self._until_target()
        if len(self.best.states) < self.reads:
            self._fill()
        return Annealed(
            self.best.states, self.best.energies, self._info(Spent.since(started, jit, sampling))
        )

    def _by_time(self, end: float) -> None:
        """A pilot of each road, and then the better one."""
        pilot = PILOT * (end - time.perf_counter())
        for road in ROADS:
            self._go(road, None, time.perf_counter() + pilot)
        settled = self.reasons[0] == "presolve"  # nothing is left to search on that road
        self._go("qubo" if settled else self._better(), None, end)

    def _until_target(self) -> None:
        """Both roads in turn, longer and longer, until one reaches the target or is interrupted."""
        seconds = FIRST_SECONDS
        while not self._ended:
            for road in ROADS:
                self._go(road, None, time.perf_counter() + seconds)
            seconds *= 2

    @property
    def _ended(self) -> bool:
        return bool(self.reasons) and self.reasons[-1] in ("target", "interrupt")

    def _go(self, road: Road, sweeps: Any, until: float | None) -> None:
        """A stage, unless what was looked for has been found or there is no time."""
        begun = time.perf_counter()
        if self._ended or (until is not None and until <= begun and self.reasons):
            return
        limit = None if until is None else max(until - begun, 1e-9)
        number = len(self.stages.of_road(road))
        initial = self._given if number == 0 else self.best.states
        options = {
            "num_sweeps": sweeps,
            "seed": self._seed(road, number),
            "time_limit": limit,
            "target": self.run.target,
            "num_threads": self.run.num_threads,
            "interrupt": self.run.interrupt,
        }
        go = self._go_by_rows if road == "rows" else self._go_by_qubo
        info = go(options, initial, begun)
        self.stages.of_road(road).append(info["num_sweeps"])
        self.sweeps += info["sweeps"]
        self.reasons.append(info["stopped_by"])
        if sweeps is not None and self.run.num_sweeps is not None:
            self.notes += [f"{road}: {note}" for note in info["notes"]]
        if number == 0 and len(self.of_road[road].states):
            self.pilots[road] = float(self.of_road[road].energies[0])

    def _go_by_rows(
        self, options: dict[str, Any], initial: Spins | None, begun: float
    ) -> dict[str, Any]:
        run = CqmRun(num_reads=self.reads, **options)
        walked = run(
            self.rows,
            initial=None if initial is None else self.found.values(initial > 0),
            started=begun,
            offer=None if self.run.on_progress is None else self._offer,
            reserve=0.0 if options["time_limit"] is None else self._downhill,
        )
        self._keep(self._spins(walked.values), "rows")
        return walked.info

    def _go_by_qubo(
        self, options: dict[str, Any], initial: Spins | None, begun: float
    ) -> dict[str, Any]:
        told = None if self.run.on_progress is None else self._tell
        run = replace(self.run, **options, on_progress=told)
        annealed = run(self.ready, initial=initial, started=begun)
        self._add(annealed.states, annealed.energies, "qubo")
        self.infos.append(annealed.info)
        return annealed.info

    def _seed(self, road: Road, number: int) -> int:
        """The QUBO's first stage is what would be done without the rows."""
        seed = self.run.chosen_seed
        if road == "qubo" and number == 0:
            return seed
        words = np.random.SeedSequence([seed, ROADS.index(road), number]).generate_state(2)
        return int(words[0]) << 32 | int(words[1])

    def _spins(self, values: Floats) -> Spins:
        return np.asarray(2 * self.found.states(values) - 1, dtype=np.int8)

    def _keep(self, states: Spins, road: Road | None = None) -> None:
        """Keep states of whatever kind, brought downhill."""
        minima = downhill(self.ready, states)
        self._add(minima, self.ising.energies(minima), road)

    def _add(self, states: Spins, energies: Floats, road: Road | None) -> None:
        self.best = self.best.with_(states, energies, self.reads)
        if road is not None:
            self.of_road[road] = self.of_road[road].with_(states, energies, self.reads)

    def _fill(self) -> None:
        """Where an interrupt has left too few reads: random states, brought downhill."""
        lacking = self.reads - len(self.best.states)
        random = np.random.default_rng(self.run.chosen_seed)
        bits = random.integers(0, 2, (lacking, self.ising.num_variables), dtype=np.int8)
        self._keep(np.asarray(2 * bits - 1, dtype=np.int8))

    def _better(self) -> Road:
        """The road of the lower energy; of equals the rows' where it breaks none of them."""
        rows, qubo = (self.of_road[road] for road in ROADS)
        if not (len(rows.states) and len(qubo.states)):
            return "rows" if len(rows.states) else "qubo"
        lower, other = float(rows.energies[0]), float(qubo.energies[0])
        if lower != other:
            return "rows" if lower < other else "qubo"
        model = self.found.model
        scorer = Scorer(model)
        broken = scorer.violations(self.found.values(rows.states[:1] > 0))
        return "rows" if scorer.satisfied(broken).all() else "qubo"

    def _winner(self) -> Road:
        """The road that went on; where both went as far, the better one."""
        rows, qubo = len(self.stages.rows), len(self.stages.qubo)
        if rows != qubo and min(rows, qubo) and self.run.target is None:
            return "rows" if rows > qubo else "qubo"
        return self._better()

    def _offer(self, values: Floats, sweeps: int) -> None:
        """What the rows' road has found on the way."""
        states = self._spins(values[:SHOWN])
        self._tell(Found(states, self.ising.energies(states), [], sweeps, 0, "sweeps"))

    def _tell(self, found: Found) -> None:
        """The best of all that was found and told so far."""
        assert self.run.on_progress is not None
        known = self.told.with_(self.best.states[:SHOWN], self.best.energies[:SHOWN], SHOWN)
        self.told = known.with_(found.states, found.energies, SHOWN)
        self.run.on_progress(
            replace(
                found,
                states=self.told.states,
                energies=self.told.energies,
                sweeps=self.sweeps + found.sweeps,
            )
        )

    def _stopped_by(self) -> str:
        if self._ended:
            return self.reasons[-1]
        return "time" if "time" in self.reasons else "sweeps"

    def _info(self, spent: Spent) -> dict[str, Any]:
        road = self._winner()
        facts = self.reading.facts | {"energies": self.pilots, "road": road}
        updates = sum(
            info["spin_updates_per_second"] * info["timing"]["sample"] for info in self.infos
        )
        seconds = sum(info["timing"]["sample"] for info in self.infos)
        unswept = dict.fromkeys(("beta_range", "ladder", "exchange_rates"))
        last = self.infos[-1] if self.infos else unswept | {"num_replicas": 0}
        return {
            "method": self.run.method,
            "seed": self.run.chosen_seed,
            "num_reads": self.reads,
            "num_threads": self.run.threads,
            "spin_updates_per_second": updates / max(seconds, 1e-9),
            "timing": asdict(spent),
            "num_sweeps": self.stages.record(),
            "sweeps": self.sweeps,
            **{name: last[name] for name in (*unswept, "num_replicas")},
            "stopped_by": self._stopped_by(),
            "kernel": self.ready.fit.form.name,
            "notes": [*self.notes, _in_words(facts)],
            "structure": facts,
        }


def downhill(ready: anneal_run.Ready, states: Spins) -> Spins:
    """int8[k, n]: local minima below states int8[k, n], one for each; none is higher."""
    minima = np.empty_like(states)
    start = 0
    while start < len(states):
        replicas = Replicas(ready.ising, ready.layout)
        part = states[start : start + replicas.count]
        mine = np.arange(len(part))
        replicas.restart([0])
        replicas.put(part, mine)
        replicas.quench()
        replicas.keep_states(part)  # where float32's rounding took it the other way
        minima[start : start + len(part)] = ready.layout.states(replicas.minima, mine)
        start += len(part)
    return minima


def _in_words(facts: dict[str, Any]) -> str:
    rows = ", ".join(f"{count} {kind}" for kind, count in facts["rows"].items())
    ways = "the anneal that keeps them", "that of the QUBO as it is"
    if len(facts["energies"]) < len(ROADS):
        what = f"{ways[0]} ended before {ways[1]} began"
    elif facts["road"] == "rows":
        what = f"{ways[0]} was at least as good as {ways[1]}"
    else:
        what = f"{ways[0]} was not as good as {ways[1]}"
    return f"structure: rows were read back from the QUBO's numbers ({rows}); {what}"
