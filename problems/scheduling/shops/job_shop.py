"""Job shop: jobs of operations in a fixed order, each on its machine.

The last one done as early as possible.

The model, and how schedules are improved in parts, are those of every `Shop`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from qopt import QoptError
from qopt.kit.bundled import Bundled
from qopt.kit.checks import Place, require_count, shown

from .dispatching import Step
from .files.job_shops import read_job_shop
from .given import is_whole, jobs_of
from .plan import Schedule
from .shop import Shop

BUNDLED = Bundled("job-shop", "problems.scheduling", ".txt")


@dataclass(frozen=True)
class JobShop(Shop):
    """Jobs of ordered steps on machines, all done as early as possible.

    Parameters
    ----------
    jobs
        For each job its steps in order, each a (machine, duration): machines from 0, durations
        whole and at least 0. A job may visit a machine more than once; a step of length 0 needs no
        machine time and waits for none.
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
        For a machine or duration outside these ranges, naming the job and step.
    """

    jobs: tuple[tuple[tuple[int, int], ...], ...]

    formats: ClassVar = "text in JSPLIB's, Taillard's or the OR-Library's layout"

    def __post_init__(self) -> None:
        object.__setattr__(self, "jobs", jobs_of(self.jobs, "a job shop", _step))
        super().__post_init__()

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        problem: int | str | None = None,
        bucket: int | None = None,
        horizon: int | None = None,
    ) -> JobShop:
        """Read text in JSPLIB's, Taillard's or the OR-Library's layout.

        `files/job_shops.py` shows them. Machines count from 0 here, whether they do so there or
        not.

        `problem` is the number, from 1, or the name of one of several in a file. A comment "best
        known: 55" becomes `best_known`. Raises FileError with the line.
        """
        return read_job_shop(Path(path), problem).make(cls, bucket=bucket, horizon=horizon)

    @classmethod
    def bundled(cls, name: str = "ft06", **options: Any) -> JobShop:
        """An instance that comes with qopt; `options` as for `read`."""
        with BUNDLED.file(name) as path:
            return cls.read(path, **options)

    @classmethod
    def instances(cls) -> list[str]:
        """The names `bundled` knows."""
        return BUNDLED.names

    @classmethod
    def generate(cls, *, jobs: int = 6, machines: int = 6, seed: int = 0) -> JobShop:
        """Each job visits every machine once in a random order.

        Durations are 1 to 99 (as Taillard 1993 draws them).
        """
        require_count("jobs", jobs)
        require_count("machines", machines)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        rows = tuple(
            tuple(
                zip(
                    random.permutation(machines).tolist(),
                    random.integers(1, 100, machines).tolist(),
                    strict=True,
                )
            )
            for _ in range(jobs)
        )
        return cls(rows, name=f"random-{jobs}x{machines}-s{seed}")

    def semi_active(self, order: Mapping[Step, int]) -> Schedule:
        """Every operation as early as `order` on its machine and its job allow.

        Steps after a missing one are left out.
        """
        machines = {step: choices[0][0] for step, choices in self._choices.items()}
        return self._work.schedule(order, machines)

    @cached_property
    def _choices(self) -> dict[Step, tuple[tuple[int, int], ...]]:
        return {(j, s): (step,) for j, job in enumerate(self.jobs) for s, step in enumerate(job)}

    def _prefix(self, step: Step, machine: int) -> str:
        return f"start[{step[0]},{step[1]}"


def _step(where: str, step: tuple[Any, ...], place: Place) -> tuple[int, int]:
    """(machine, duration), checked."""
    if len(step) != 2 or not all(map(is_whole, step)):
        raise QoptError(
            f"{where} is {shown(step, 60)}; give (machine, duration), whole numbers, "
            "machines and durations from 0",
            place,
        )
    return int(step[0]), int(step[1])
