"""Problems on an annealer, from the model to samples of it; several in one submission."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..errors import Infeasible, ModelTooLarge, NotEmbedded, QoptError
from ..plugins import make_solver
from ..problem import name_of
from ..solver import Answer, Solver, Task
from .device import Device, OnService, Program, Ran, require_in_range
from .embedding import Embedded, embed, largest_clique, scaled, uniform_torque_compensation
from .jobs import Failed, Refused, Unanswered, Waiting
from .packing import Packed, pack, packed
from .reading import costs, facts, together, turned, unembedded
from .remote import file_of
from .trying import Tried, tried
from .watching import Watched, due, program_of, watched

if TYPE_CHECKING:
    from ..compiler import Compiled
    from .embedding.strengths import Strength

TOGETHER = 20.0  # seconds to look for places of several problems, which are parts of a larger one
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
        again = [at for at, job in jobs.items() if job.tried is None and _ended(answers[at])]
        if again and self._calibrated_anew(jobs[again[0]].task):
            for at in again:
                jobs[at].notes.append(f"asked again, as the device was calibrated: {answers[at]}")
            found = self._annealed([jobs[at] for at in again])
            answers |= zip(again, found, strict=True)
        return [answers[at] for at in range(len(tasks))]

    def _annealed(self, jobs: Sequence[Job]) -> list[Answer | QoptError]:
        """What keeps one submission from being answered is no matter of those before it."""
        answers: dict[int, Answer | QoptError] = {}
        try:
            for numbers, found in self._asked(jobs):
                answers |= zip(numbers, found, strict=True)
        except QoptError as error:
            for at in range(len(jobs)):
                answers.setdefault(at, error)
        return [answers[at] for at in range(len(jobs))]

    def _asked(
        self, jobs: Sequence[Job]
    ) -> Iterator[tuple[tuple[int, ...], list[Answer | QoptError]]]:
        """The numbers of the jobs of each submission, and what came of them."""
        first, used = jobs[0].task, 0.0
        with first.timing("queue"):
            device = self.device(first)
        for job in jobs:
            job.task.start()
        for found in self._placed(device, jobs):
            mine = [jobs[number] for number in found.numbers]
            programs = list(self._programs(device, found, mine))
            used += sum(job.tried.estimate for job in mine if job.tried is not None)
            used = self._require_affordable(device, programs, used)
            ran, seen, used = self._run(device, programs, first, used)
            tiles = enumerate(mine)
            yield found.numbers, [self._answer(job, found, k, ran, seen) for k, job in tiles]

    def _calibrated_anew(self, task: Task) -> bool:
        """Whether the device has another graph than when it was opened; then it is that from now
        on.
        """
        before = self._device
        if not isinstance(before, OnService):
            return False
        now = self.qpu.opened(task.interrupt)
        if not isinstance(now, OnService) or now.snapshot.graph_id == before.snapshot.graph_id:
            now.close()
            return False
        before.close()
        self._device = now
        return True

    def _run(
        self, device: Device, programs: Sequence[Program], task: Task, used: float
    ) -> tuple[list[Ran | QoptError], Watched | str | None, float]:
        """Beside the reference problem, where that is due and there is room for it: what came of
        them, what it says, and the seconds used with it.
        """
        every = self.qpu.reference_every
        if every is None or not due(device.name, every, device.jobs()):
            return device.run(programs, task), None, used
        made, reference = program_of(device)
        with_it = used + _estimate(device, [reference])
        if with_it > self.qpu.max_access_seconds:
            told = "the reference problem was due, and max_access_seconds has no room for it"
            return device.run(programs, task), told, used
        *ran, other = device.run([*programs, reference], task)
        seen = watched(device, made, other) if isinstance(other, Ran) else None
        return ran, seen, with_it

    def _placed(self, device: Device, jobs: Sequence[Job]) -> list[Packed]:
        """Where on the device each of them is; several together."""
        first = jobs[0].task
        left = LONGEST if first.deadline is None else first.deadline - time.perf_counter()
        search: dict[str, Any] = {
            "seed": self.qpu.embedding_seed,
            "time_limit": max(1.0, left if len(jobs) == 1 else min(left, TOGETHER)),
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
        """Measured, where the reads after it can be afforded, too."""
        assert job.embedded is not None
        source = self._source([job])
        plain: dict[str, Any] = {"strength": self._strength(), "ranges": device.ranges}
        found = pack([job.bqm], device.target, [job.embedded], **plain)
        reads = _estimate(device, list(self._programs(device, found, [job])))

        def afford(programs: Sequence[Program]) -> float:
            return self._require_affordable(device, programs, reads) - reads

        job.tried = tried(job.bqm, job.embedded, device, job.task, source, afford)
        return job.tried.scan.strength

    def _programs(self, device: Device, found: Packed, jobs: Sequence[Job]) -> Iterator[Program]:
        """What is submitted for a pack: one program, or one for each spin reversal."""
        reversals, seed = self.qpu.spin_reversals, jobs[0].task.seed
        source = self._source(jobs)
        for part, reads in enumerate(np.array_split(np.arange(self.qpu.num_reads), reversals or 1)):
            rng = np.random.default_rng([seed, part]) if reversals else None
            tiles = [turned(tile.programmed, device.ranges, rng) for tile in found.tiles]
            yield Program(
                {q: bias for tile in tiles for q, bias in tile.h.items()},
                {pair: bias for tile in tiles for pair, bias in tile.j.items()},
                len(reads),
                source + b"part %d of %d" % (part, reversals),
                {"tiles": [tile.payload for tile in tiles]},
                seed=seed + part,
                name=" + ".join(name_of(job.task.problem) for job in jobs[:3]),
            )

    def _source(self, jobs: Sequence[Job]) -> bytes:
        """What is asked, whatever embedding is found for it."""
        asked = self.qpu
        strength = asked.chain_strength
        strength = strength if isinstance(strength, str) else float(strength)
        how = f"chain strength {strength}, embedding seed {asked.embedding_seed}\n"
        return how.encode() + b"".join(file_of(job.bqm) for job in jobs)

    def _require_affordable(
        self, device: Device, programs: Sequence[Program], used: float = 0.0
    ) -> float:
        """The seconds that are used with them, of which so many are already. Raises QoptError."""
        seconds = used + _estimate(device, programs)
        if seconds > self.qpu.max_access_seconds:
            raise QoptError(
                f"{self.qpu.num_reads} reads would take up to {seconds:.3g} s of device time, "
                f"above max_access_seconds={self.qpu.max_access_seconds:g}; nothing was submitted: "
                "lower num_reads, or raise the limit"
            )
        return seconds

    def _answer(
        self,
        job: Job,
        found: Packed,
        tile: int,
        ran: Sequence[Ran | QoptError],
        seen: Watched | str | None,
    ) -> Answer | QoptError:
        whole = [each for each in ran if isinstance(each, Ran)]
        failed = [each for each in ran if isinstance(each, QoptError)]
        before = () if job.tried is None else job.tried.ran
        before += (seen.ran,) if isinstance(seen, Watched) else ()
        if not whole:
            share = 1 / len(found.tiles)
            charged = costs(before, share=share) if before else {}
            return Unanswered(failed, charged) if before or failed[1:] else failed[0]
        with job.task.timing("decode"):
            options: dict[str, Any] = {
                "method": self.qpu.unembedding,
                "seed": job.task.seed,
                "descend": self.qpu.descend,
            }
            states = [unembedded(job.bqm, each, tile, options) for each in whole]
            samples = job.compiled.decode(together(states))
        info = facts(job.embedded, found, tile, whole, states, before)
        info["notes"] = [*job.notes, *info["notes"], *map(str, failed)]
        if waiting := [each.job for each in failed if isinstance(each, Waiting)]:
            info["pending"] = waiting
        if job.tried is not None:
            info["chain_strength_scan"] = job.tried.scan.info()
        if isinstance(seen, str):
            info["notes"].append(seen)
        elif seen is not None:
            info["reference"] = seen.info()
            if seen.judgement.dropped:
                info["notes"].append(seen.judgement.told)
        return Answer(samples=samples, stopped_by="done", info=info)


def _estimate(device: Device, programs: Sequence[Program]) -> float:
    """Seconds of the device's time, 0 where it has no price."""
    return sum(device.estimate(len(p.qubits), p.num_reads) or 0.0 for p in programs)


def _ended(found: Answer | QoptError) -> bool:
    """Whether the service did not take a job, or failed at it; neither is charged."""
    return getattr(found, "status", None) in (Refused.status, Failed.status)


@dataclass(eq=False)
class Job:
    """A task, compiled."""

    task: Task
    compiled: Compiled
    bqm: Any
    settled: Any
    embedded: Embedded | None = None
    tried: Tried | None = None
    notes: list[str] = field(default_factory=list)

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
    otherwise: Callable[[Task, QoptError, Callable[[str], Solver]], Answer | None]
    cleaned: bool = False  # whether a local search follows
    _others: dict[str, Any] = field(default_factory=dict)  # for parts, by their names

    def warm_up(self) -> float:
        return 0.0

    def capacity(self) -> int:
        return self.anneals.capacity()

    def solver_for(self, kind: str) -> Solver:
        return self  # type: ignore[return-value]  # has what is asked of a part's solver

    def solve_together(self, tasks: Sequence[Task]) -> list[Answer | QoptError]:
        """Of the other solver for those that have no answer, where there is one for them."""
        found = self.anneals.solve_together(tasks)
        return [
            one if isinstance(one, Answer) else self.otherwise(task, one, self._other) or one
            for task, one in zip(tasks, found, strict=True)
        ]

    def _other(self, name: str) -> Solver:
        """A fallback, suited to parts where it can be: each of them would take all the time."""
        if name not in self._others:
            made: Any = make_solver(name, {})
            fits = hasattr(made, "for_parts")
            self._others[name] = (
                made.for_parts(as_given=False, cleaned=self.cleaned).solver_for("")
                if fits
                else made
            )
        other: Solver = self._others[name]
        return other

    def learn(self, kind: str, info: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        self.anneals.close()
