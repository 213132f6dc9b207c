"""What job shops have in common: jobs of steps in a fixed order, each on a machine it may take.

`decode` reads only the machines and the *order* of the sampled starts and builds the semi-active
schedule of that order. So a sample whose operations all have one start gives a feasible schedule
with an exact makespan, whatever the width of the model's buckets (`model.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError
from qopt.kit.checks import require_count

from .dispatching import Step
from .gantt import draw_schedule
from .model import BucketsModel
from .moves import descended
from .parts.freed import Freed
from .parts.opening import Opening
from .plan import Schedule
from .work import Work

if TYPE_CHECKING:
    import dimod

BUCKETS = 100  # the horizon is cut into at most this many, unless `bucket` says otherwise

# Variables an operation of a window, about: 30 operations in 200 variables got 83 to 90 % of what
# could be gained, and 72 to 86 % in 400, in nearly twice the time (a trial).
STARTS = 8


@dataclass(frozen=True)
class Shop(ABC):
    """The common part of `JobShop` and `FlexibleJobShop`, which explain the fields."""

    jobs: tuple[Any, ...]
    bucket: int | None = None
    horizon: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar = "min"
    plan_type: ClassVar = Schedule
    anneal_whole_up_to: ClassVar = 0
    kinds: ClassVar[tuple[str, ...]] = ("time", "machines", "critical")

    def __post_init__(self) -> None:
        require_count("bucket", self.bucket, optional=True)
        require_count("horizon", self.horizon, optional=True)
        least = self._work.least_makespan(lambda duration: duration)
        if self.horizon is not None and self.horizon < least:
            message = f"horizon={self.horizon}: a job or a machine alone takes {least}"
            raise QoptError(f"{message}; give that or more", ("horizon",))

    @property
    @abstractmethod
    def _choices(self) -> dict[Step, tuple[tuple[int, int], ...]]:
        """The machines, with durations, that each step may take, job by job."""

    @abstractmethod
    def _prefix(self, step: Step, machine: int) -> str:
        """The label of a start without its time."""

    @cached_property
    def _work(self) -> Work:
        return Work(self._choices)

    @cached_property
    def _model(self) -> BucketsModel:
        first = self.greedy()
        width = self.bucket or max(1, -(-(self.horizon or first.makespan) // BUCKETS))
        return BucketsModel(self._work, width, self.horizon, first, self._prefix)

    @property
    def model_is_exact(self) -> bool:
        """With buckets of one time unit, and a horizon that the greedy schedule keeps."""
        return self._model.exact

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Schedule:
        """The semi-active schedule of the sampled machines and order.

        An operation without exactly one start is left out, and with it the later steps of its job.
        """
        once = self._model.chosen(sample)
        order = {step: start for step, (_, start) in once.items()}
        machines = {step: machine for step, (machine, _) in once.items()}
        return self._work.schedule(order, machines)

    def encode(self, plan: Schedule) -> dict[Any, float]:
        """The assignment with the plan's machines and orders, pushed to the left.

        Raises QoptError for a plan that lacks an operation, has one where it may not be, or whose
        order ends after the model's horizon.
        """
        order = {(o.job, o.step): o.start for o in plan.operations}
        machines = {(o.job, o.step): o.machine for o in plan.operations}
        if set(order) != set(self._choices) or len(order) != len(plan.operations):
            exactly = "exactly the operations of the job shop"
            raise QoptError(f"the plan does not give a start to {exactly}")
        for o in plan.operations:
            if (o.machine, o.duration) not in self._choices[o.job, o.step]:
                there = f"on machine {o.machine} for {o.duration}"
                raise QoptError(f"job {o.job} step {o.step} cannot be {there}")
        return self._model.sample(order, machines)

    def evaluate(self, plan: Schedule) -> Evaluation:
        """The makespan.

        Broken are operations missing, repeated, on a wrong machine or of another length, steps
        before their predecessor's end, and two operations at once on a machine. Operations of
        length 0 need no machine.
        """
        return self._work.evaluate(plan)

    def greedy(self) -> Schedule:
        """The best of three dispatching rules.

        They are most work remaining, shortest operation first, and first come first served.
        """
        return self._work.dispatched()

    def neighbourhood(
        self,
        plan: Schedule,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Operations that get new orders on the machines they have; the others keep theirs.

        They start one after the other ("time"), are those of some machines ("machines"), or near a
        critical one ("critical"). None where no order of them gives a shorter schedule, or the plan
        is not feasible.
        """
        choices = sum(map(len, self._choices.values())) / len(self._choices)
        count = int(size / max(STARTS, 2 * choices))  # two starts a machine or more
        opening = Opening.of(self._work, plan)
        if opening is None or count < 2:
            return None
        choose = {
            "time": opening.in_time,
            "machines": opening.on_machines,
            "critical": opening.near_critical,
        }[kind]
        free = choose(count, random)
        freed = Freed(opening, free)
        window = freed.window(size)
        if window is None:
            return None
        return Neighbourhood(window, opening.schedule(free), freed.restored)

    def improve(self, plan: Schedule) -> Schedule:
        """Operations moved to the ends of their critical blocks, as long as that is shorter."""
        opening = Opening.of(self._work, plan)
        if opening is None:
            return plan
        better = descended(opening.graph)
        return plan if better is opening.graph else replace(opening, graph=better).schedule()

    def draw(self, plan: Schedule, axes: Any) -> None:
        """A Gantt chart: a row a machine, a colour a job."""
        draw_schedule(plan, axes, self.name or "schedule")
