"""Flexible job shop: a job shop whose steps choose among machines, each with its own duration.

The model, and how schedules are improved in parts, are those of every `Shop`; a part may move
operations to other machines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from qopt import QoptError
from qopt.kit.checks import Place, require_count, shown

from .dispatching import Step
from .files.flexible import read_fjs
from .given import is_whole, jobs_of
from .plan import Schedule
from .shop import Shop


@dataclass(frozen=True)
class FlexibleJobShop(Shop):
    """Jobs of ordered steps, each on a machine that can do it, all done as early as possible.

    Parameters
    ----------
    jobs
        For each job its steps in order, each the (machine, duration) pairs to choose from: machines
        from 0, none twice, durations whole and at least 0. A step of length 0 needs no machine time
        and waits for none.
    bucket
        Width of a time bucket of the model, at least 1, in time units. 1 makes the model exact;
        wider ones keep it small, rounding durations to buckets, at least one. Default: so that the
        horizon has at most 100 buckets.
    horizon
        Latest end of a schedule the model can express, in time units. Default: the greedy
        schedule's makespan.

    Raises
    ------
    QoptError
        For a machine or duration outside these ranges, a step without machines or with one twice,
        naming the job and step.
    """

    jobs: tuple[tuple[tuple[tuple[int, int], ...], ...], ...]

    formats: ClassVar = (
        "fjs text: 'jobs machines', then a line a job: "
        "steps, and of each its machines and 'machine duration'"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", jobs_of(self.jobs, "a flexible job shop", _step))
        super().__post_init__()

    @classmethod
    def read(
        cls, path: str | Path, *, bucket: int | None = None, horizon: int | None = None
    ) -> FlexibleJobShop:
        """Read .fjs text as Brandimarte (1993) and Hurink et al.

        (1994) wrote it; machines count from 1 there and, in others' files, from 0, as they do here.

        A comment "# best known: 55" becomes `best_known`. Raises FileError with the line.
        """
        return read_fjs(Path(path)).make(cls, bucket=bucket, horizon=horizon)

    @classmethod
    def generate(
        cls, *, jobs: int = 6, machines: int = 5, steps: int = 5, choices: int = 2, seed: int = 0
    ) -> FlexibleJobShop:
        """Each step may take 1 to `choices` random machines.

        It takes 1 to 20 time units on one, up to half longer on others.

        `choices` is at most `machines`.
        """
        for what, value in (
            ("jobs", jobs),
            ("machines", machines),
            ("steps", steps),
            ("choices", choices),
        ):
            require_count(what, value)
        require_count("seed", seed, least=0)
        if choices > machines:
            raise QoptError(
                f"choices={choices}: there are only {machines} machines; give that or fewer"
            )
        random = np.random.default_rng(seed)

        def step() -> tuple[tuple[int, int], ...]:
            able = random.permutation(machines)[: random.integers(1, choices + 1)].tolist()
            least = int(random.integers(1, 21))
            return tuple(
                (m, least + (int(random.integers(least // 2 + 1)) if k else 0))
                for k, m in enumerate(able)
            )

        rows = tuple(tuple(step() for _ in range(steps)) for _ in range(jobs))
        return cls(rows, name=f"random-{jobs}x{machines}-s{seed}")

    def semi_active(self, order: Mapping[Step, float], machines: Mapping[Step, int]) -> Schedule:
        """Every operation on its machine of `machines`, as early as `order` and its job allow.

        Steps after a missing one are left out. Raises QoptError for a machine that cannot do its
        step.
        """
        for step, machine in machines.items():
            if all(m != machine for m, _ in self._choices.get(step, ())):
                raise QoptError(f"job {step[0]} step {step[1]} cannot be on machine {machine}")
        placed = {step: order[step] for step in machines if step in order}
        return self._work.schedule(placed, machines)

    @cached_property
    def _choices(self) -> dict[Step, tuple[tuple[int, int], ...]]:
        return {(j, s): step for j, job in enumerate(self.jobs) for s, step in enumerate(job)}

    def _prefix(self, step: Step, machine: int) -> str:
        return f"start[{step[0]},{step[1]},machine {machine}"


def _step(where: str, step: tuple[Any, ...], place: Place) -> tuple[tuple[int, int], ...]:
    """The (machine, duration) pairs, checked."""
    if any(isinstance(pair, str | bytes) or not hasattr(pair, "__len__") for pair in step):
        raise QoptError(
            f"{where} is {shown(step, 60)}; give the (machine, "
            "duration) pairs that it can choose from",
            place,
        )
    pairs: dict[int, int] = {}
    for pair in map(tuple, step):
        if len(pair) != 2 or not all(map(is_whole, pair)):
            raise QoptError(
                f"{where} has the choice {shown(pair, 60)}; give (machine, duration), "
                "whole numbers, from 0",
                place,
            )
        if int(pair[0]) in pairs:
            raise QoptError(f"{where} names machine {pair[0]} twice; give no machine twice", place)
        pairs[int(pair[0])] = int(pair[1])
    if not pairs:
        raise QoptError(f"{where} is (); give it one (machine, duration) or more", place)
    return tuple(pairs.items())
