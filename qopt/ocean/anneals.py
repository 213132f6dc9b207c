"""Problems on an annealer, from the model to samples of it; several in one submission."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import Infeasible, ModelTooLarge, NotEmbedded, QoptError
from ..problem import name_of
from ..solver import Answer, Solver, Task
from .device import Device, Program, Ran, require_in_range
from .embedding import Embedded, embed, largest_clique, scaled, uniform_torque_compensation
from .packing import Packed, pack, packed
from .reading import facts, together, turned, unembedded
from .remote import file_of, still_waiting
from .trying import Tried, tried
from .watching import Watched, due, program_of, watched

if TYPE_CHECKING:
    from ..compiler import Compiled
    from .embedding.strengths import Strength

LONGEST = 60.0  # seconds to look for an embedding where there is no time limit


class Asked(Protocol):
    """What solver `qpu` is asked for, as it describes there."""

    @property
    def num_reads(self) -> int: ...
    @property
    def chain_strength(self) -> float | str: ...
    @property
    def spin_reversals(self) -> int: ...
    @property
    def unembedding(self) -> str: ...
    @property
    def descend(self) -> bool: ...
    @property
    def max_access_seconds(self) -> float: ...
    @property
    def penalties(self) -> Any: ...
    @property
    def embedding_seed(self) -> int: ...
    @property
    def reference_every(self) -> int | None: ...

    def opened(self, interrupt: Callable[[], bool] | None = None) -> Device: ...


@dataclass
class Anneals:
    """An annealer, opened when it is first needed: a model that presolve decides needs none."""

    qpu: Asked
    _device: Device | None = None

    def device(self, task: Task | None = None) -> Device:
        """Opened within the time that a task gives."""
        if self._device is None:
            self._device = self.qpu.opened(None if task is None else task.interrupt)
            require_in_range(self._device, self.qpu.num_reads, self._device.options)
        return self._device

    def close(self) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None

    def capacity(self) -> int:
        """How many variables a QUBO may have that is embedded for certain: those of the largest
        clique the device holds.
        """
        return largest_clique(self.device().target)

    def solve(self, task: Task) -> Answer:
        """One of them. Raises what kept it from being answered."""
        (answer,) = self.solve_together([task])
        if isinstance(answer, QoptError):
            raise answer
        return answer

    def solve_together(self, tasks: Sequence[Task]) -> list[Answer | QoptError]:
        """An answer to each, or why it has none; in as few submissions as there is room for."""
        answers: dict[int, Answer | QoptError] = {}
        jobs: dict[int, Job] = {}
        for at, task in enumerate(tasks):
            try:
                made = Job.of(task, self.qpu)
            except (Infeasible, ModelTooLarge) as error:
                answers[at] = error
                continue
            if made.settled is not None:
                task.start()
                answers[at] = Answer(samples=made.settled)
            else:
                jobs[at] = made
        if jobs:
            answers |= zip(jobs, self._annealed(list(jobs.values())), strict=True)
        return [answers[at] for at in range(len(tasks))]

    def _annealed(self, jobs: Sequence[Job]) -> list[Answer | QoptError]:
        first = jobs[0].task
        with first.timing("queue"):
            device = self.device(first)
        for job in jobs:
            job.task.start()
        answers: dict[int, Answer | QoptError] = {}
        for found in self._placed(device, jobs):
            mine = [jobs[number] for number in found.numbers]
            programs = list(self._programs(device, found, mine))
            self._require_affordable(device, programs)
            ran, seen = self._run(device, programs, first)
            for tile, number in enumerate(found.numbers):
                answers[number] = self._answer(jobs[number], found, tile, ran, seen)
        return [answers[at] for at in range(len(jobs))]

    def _run(
        self, device: Device, programs: Sequence[Program], task: Task
    ) -> tuple[list[Ran | QoptError], Watched | None]:
        """Beside the reference problem, where that is due: what came of them, and what it says."""
        every = self.qpu.reference_every
        if every is None or not due(device.name, every, device.jobs()):
            return device.run(programs, task), None
        made, reference = program_of(device)
        *ran, other = device.run([*programs, reference], task)
        return ran, watched(device, made, other) if isinstance(other, Ran) else None

    def _placed(self, device: Device, jobs: Sequence[Job]) -> list[Packed]:
        """Where on the device each of them is; several together."""
        first = jobs[0].task
        left = LONGEST if first.deadline is None else first.deadline - time.perf_counter()
        search: dict[str, Any] = {
            "seed": self.qpu.embedding_seed,
            "time_limit": max(1.0, left),
            "interrupt": first.interrupt,
        }
        bqms = [job.bqm for job in jobs]
        options: dict[str, Any] = {"strength": self._strength(), "ranges": device.ranges}
        try:
            with first.timing("embed"):
                if len(jobs) > 1:
                    return list(packed(bqms, device.target, **options, **search))
                jobs[0].embedded = embed(bqms[0], device.target, **search)
        except NotEmbedded as error:
            raise NotEmbedded(f"{error} or 'leap-bqm'") from None
        if self.qpu.chain_strength == "scan":
            options["strength"] = self._scanned(device, jobs[0])
        return [pack(bqms, device.target, [jobs[0].embedded], **options)]

    def _strength(self) -> Strength:
        """By rule; where it is to be measured, and several problems are sent together, by the rule
        that is Ocean's default.
        """
        wanted = self.qpu.chain_strength
        if wanted in ("torque", "scan"):
            return uniform_torque_compensation
        return scaled if wanted == "scaled" else float(wanted)

    def _scanned(self, device: Device, job: Job) -> float:
        assert job.embedded is not None
        source = file_of(job.bqm)
        afford = self._require_affordable
        job.tried = tried(job.bqm, job.embedded, device, job.task, source, afford)
        return job.tried.scan.strength

    def _programs(self, device: Device, found: Packed, jobs: Sequence[Job]) -> Iterator[Program]:
        """What is submitted for a pack: one program, or one for each spin reversal."""
        reversals, seed = self.qpu.spin_reversals, jobs[0].task.seed
        source = b"".join(file_of(job.bqm) for job in jobs)
        for part, reads in enumerate(np.array_split(np.arange(self.qpu.num_reads), reversals or 1)):
            rng = np.random.default_rng([seed, part]) if reversals else None
            tiles = [turned(tile.programmed, device.ranges, rng) for tile in found.tiles]
            yield Program(
                {q: bias for tile in tiles for q, bias in tile.h.items()},
                {pair: bias for tile in tiles for pair, bias in tile.j.items()},
                len(reads),
                source,
                {"tiles": [tile.payload for tile in tiles]},
                seed=seed + part,
                name=" + ".join(name_of(job.task.problem) for job in jobs[:3]),
            )

    def _require_affordable(self, device: Device, programs: Sequence[Program]) -> None:
        estimates = [device.estimate(len(each.qubits), each.num_reads) for each in programs]
        seconds = sum(estimate or 0.0 for estimate in estimates)
        if seconds > self.qpu.max_access_seconds:
            raise QoptError(
                f"{self.qpu.num_reads} reads would take up to {seconds:.3g} s of device time, "
                f"above max_access_seconds={self.qpu.max_access_seconds:g}; nothing was submitted: "
                "lower num_reads, or raise the limit"
            )

    def _answer(
        self,
        job: Job,
        found: Packed,
        tile: int,
        ran: Sequence[Ran | QoptError],
        seen: Watched | None,
    ) -> Answer | QoptError:
        whole = [each for each in ran if isinstance(each, Ran)]
        failed = [each for each in ran if isinstance(each, QoptError)]
        if not whole:
            return still_waiting(failed) or failed[0]
        with job.task.timing("decode"):
            options: dict[str, Any] = {
                "method": self.qpu.unembedding,
                "seed": job.task.seed,
                "descend": self.qpu.descend,
            }
            states = [unembedded(job.bqm, each, tile, options) for each in whole]
            samples = job.compiled.decode(together(states))
        before = () if job.tried is None else job.tried.ran
        info = facts(job.embedded, found, tile, whole, states, before)
        info["notes"] = [*info["notes"], *map(str, failed)]
        if job.tried is not None:
            info["chain_strength_scan"] = job.tried.scan.info()
        if seen is not None:
            info["reference"] = seen.info()
            if seen.judgement.dropped:
                info["notes"].append(seen.judgement.told)
        return Answer(samples=samples, stopped_by="done", info=info)


@dataclass(eq=False)
class Job:
    """A task, compiled."""

    task: Task
    compiled: Compiled
    bqm: Any
    settled: Any
    embedded: Embedded | None = None
    tried: Tried | None = None

    @classmethod
    def of(cls, task: Task, qpu: Asked) -> Job:
        from ..compiler import compile_cqm

        cqm = task.cqm
        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=qpu.penalties)
            return cls(task, compiled, compiled.bqm(), compiled.settled())


@dataclass(frozen=True)
class Parts:
    """Solver `qpu` on the parts of a plan: one connection for all, one submission a round."""

    anneals: Anneals

    def warm_up(self) -> float:
        return 0.0

    def capacity(self) -> int:
        return self.anneals.capacity()

    def solver_for(self, kind: str) -> Solver:
        return self.anneals  # type: ignore[return-value]  # has what is asked of a part's solver

    def learn(self, kind: str, info: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        self.anneals.close()
