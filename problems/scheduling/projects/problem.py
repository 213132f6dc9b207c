"""Project scheduling with limited resources (RCPSP): all activities done as early as can be.

Formulation: time-indexed (`model.py`), with buckets where the time units are many. Each
activity starts once, between the longest chain before it and the longest one behind it;
`makespan[t]` says that all is done by bucket t.

`decode` reads only the *order* of the sampled starts and builds the serial schedule of that order,
so a sample whose activities all have one start gives a feasible plan with an exact makespan,
whatever rows it breaks and however wide the buckets are.

Sources: Pritsker, Watters and Wolfe (1969) for the model; Kolisch (1996) for schedule generation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import ModelSize, Neighbourhood, QoptError
from qopt.kit.checks import require_count

from .files.formats import read_project
from .model import ProjectModel
from .network import Network, built, justified, serial
from .parts.opening import ProjectOpening
from .plan import Activity, ProjectPlan
from .project import Project

if TYPE_CHECKING:
    import dimod

BUCKETS = 200  # the horizon is cut into at most this many, unless `bucket` says otherwise
STARTS = 20  # variables a free activity of a window, about


@dataclass(frozen=True)
class ProjectScheduling(Project):
    """Activities that follow each other and share resources, all done as early as possible.

    Parameters
    ----------
    activities
        With names of their own, one or more.
    capacity
        How much there is of each resource at any time, by name; whole numbers, 0 or more.
    bucket
        Width of a time bucket of the model, at least 1, in time units. 1 makes the model exact;
        wider ones keep it small, rounding durations to buckets, at least one. Default: so that the
        horizon has at most 200 buckets.
    horizon
        Latest end of a plan the model can express, in time units. Default: the greedy plan's
        makespan.

    Raises
    ------
    QoptError
        For numbers outside these ranges, names given twice or unknown, activities that wait for
        each other, or one that needs more than there is: by name.
    """

    bucket: int | None = None
    horizon: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = ProjectPlan
    formats: ClassVar = "PSPLIB .sm and Patterson .rcp: one mode an activity, renewable resources"
    kinds: ClassVar = ("time", "related", "critical")
    anneal_whole_up_to: ClassVar = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_count("bucket", self.bucket, optional=True)
        require_count("horizon", self.horizon, optional=True)
        if self.horizon is not None and self.horizon < self.network.least:
            raise QoptError(
                f"horizon={self.horizon}: no plan ends before {self.network.least}; "
                "give that or more"
            )

    @classmethod
    def read(
        cls, path: str | Path, *, bucket: int | None = None, horizon: int | None = None
    ) -> ProjectScheduling:
        """Read a PSPLIB `.sm` file with one mode an activity, or a Patterson `.rcp` file.

        The first and last jobs, which are dummies, are left out.

        Activities have the numbers of the file's jobs, resources are "R 1", "R 2", ... Raises
        FileError with the line.
        """
        return read_project(Path(path)).make(cls, bucket=bucket, horizon=horizon)

    @classmethod
    def generate(
        cls, *, activities: int = 30, resources: int = 4, seed: int = 0
    ) -> ProjectScheduling:
        """Durations 1 to 10.

        Each activity follows up to 3 of the 10 before it, and needs 1 to 10 of each resource, or
        none in one case of four; there are 16 to 24 of each.

        Raises QoptError for counts below 1.
        """
        require_count("activities", activities)
        require_count("resources", resources)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        names = [f"R {r}" for r in range(1, resources + 1)]
        capacity = {resource: int(random.integers(16, 25)) for resource in names}
        project = []
        for a in range(activities):
            before = (
                sorted(set(random.integers(max(0, a - 10), a, random.integers(0, 4)).tolist()))
                if a
                else []
            )
            needs = {
                resource: int(random.integers(1, 11))
                for resource in names
                if random.random() < 0.75
            }
            project.append(
                Activity(
                    str(a + 1),
                    int(random.integers(1, 11)),
                    needs,
                    tuple(str(b + 1) for b in before),
                )
            )
        return cls(tuple(project), capacity, name=f"random-{activities}x{resources}-s{seed}")

    @property
    def model_is_exact(self) -> bool:
        """With buckets of one time unit, and a horizon that the greedy plan keeps."""
        return self._bucket == 1 and (
            self.horizon is None or self.horizon >= self.greedy().makespan
        )

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> ProjectPlan:
        """The serial schedule of the sampled order.

        An activity without just one start is left out, and what follows it.
        """
        return self.scheduled(self._model.chosen(sample))

    def encode(self, plan: ProjectPlan) -> dict[Any, float]:
        """The assignment with the plan's order, each activity as early as that allows.

        Raises QoptError for a plan that is not complete, whose order ends after the model's
        horizon, or takes longer where wide buckets blur it.
        """
        starts = serial(self._in_buckets, self.order_of(plan))
        end, ends, width = self._in_buckets.makespan(starts), self._model.makespans, self._bucket
        if end > ends[-1]:
            raise QoptError(
                f"the plan ends at {end * width}, after the model's horizon {ends[-1] * width}; "
                "give a larger horizon="
            )
        if self.scheduled(starts).makespan > plan.makespan:
            raise QoptError(
                f"buckets of {width} time units are too wide for the order of this plan; "
                "give a smaller bucket="
            )
        return self._model.sample(starts) | {
            f"makespan[{t}]": float(t == max(end, ends[0])) for t in ends
        }

    def greedy(self) -> ProjectPlan:
        """The best of four priority rules in serial and parallel schemes, from either end."""
        return self._plan(built(self.network))

    def neighbourhood(
        self,
        plan: ProjectPlan,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Activities placed anew, so that the project ends a bucket earlier.

        They start one after the other ("time"), are joined by precedence or a resource ("related"),
        or are near a critical one ("critical").

        None where that is impossible as things are, or the plan is not feasible.
        """
        count = size // STARTS
        if count < 2 or self.evaluate(plan).violations:
            return None
        network = self._in_buckets
        opening = ProjectOpening(self, network, serial(network, self.order_of(plan)))
        if opening.end <= network.least:
            return None
        choose = {
            "time": opening.in_time,
            "related": opening.related,
            "critical": opening.near_critical,
        }[kind]
        window = opening.window(*choose(count, random), size)
        return None if window is None else Neighbourhood(window, plan, _same)

    def improve(self, plan: ProjectPlan) -> ProjectPlan:
        """All activities pushed to the right and to the left again, as long as that is shorter."""
        if self.evaluate(plan).violations:
            return plan
        better = self._plan(justified(self.network, self.order_of(plan)))
        return better if better.makespan < plan.makespan else plan

    def draw(self, plan: ProjectPlan, axes: Any) -> None:
        """A Gantt chart: a row an activity, by start."""
        for row, execution in enumerate(plan.executions):
            axes.barh(
                row, execution.duration, left=execution.start, color="tab:blue", edgecolor="white"
            )
            if not execution.duration:
                axes.plot(execution.start, row, marker="D", color="tab:blue")
        axes.set_yticks(
            range(len(plan.executions)),
            [execution.activity for execution in plan.executions],
            fontsize=8,
        )
        axes.invert_yaxis()
        axes.set_xlabel("time")
        axes.set_title(f"{self.name or 'project'}: makespan {plan.makespan}")

    @cached_property
    def _bucket(self) -> int:
        if self.bucket is not None:
            return self.bucket
        return max(1, -(-(self.horizon or self.greedy().makespan) // BUCKETS))

    @cached_property
    def _in_buckets(self) -> Network:
        """Durations in buckets, at least one unless they are 0."""
        network, width = self.network, self._bucket
        durations = [
            max(1, round(duration / width)) if duration else 0 for duration in network.durations
        ]
        return Network(durations, network.before, network.needs, network.capacity)

    @cached_property
    def _model(self) -> ProjectModel:
        network = self._in_buckets
        last = (
            network.least
            if self.horizon is None
            else max(network.least, -(-self.horizon // self._bucket))
        )
        greedy = self.greedy()
        if self.horizon is None or self.horizon >= greedy.makespan:
            # rounded to buckets it may end later, and the model must have its order all the same
            last = max(last, network.makespan(serial(network, self.order_of(greedy))))
        heads, tails = np.array(network.heads), np.array(network.tails)
        counts = last - tails - np.array(network.durations) - heads + 1
        activity = np.repeat(np.arange(len(counts)), counts)
        start = np.arange(len(activity)) - np.repeat(np.cumsum(counts) - counts - heads, counts)
        free = np.repeat(np.array(network.capacity, dtype=np.int64)[:, None], last, axis=1)
        return ProjectModel(
            self.names,
            self.resources,
            network,
            activity,
            start,
            free,
            range(network.least, last + 1),
        )


def _same(plan: ProjectPlan) -> ProjectPlan:
    return plan
