"""Project scheduling with limited resources (RCPSP): activities after one another and beside one another, done early.

Formulation: time-indexed (`project_model.py`), with buckets where the time units are many. Each activity starts once, between
the longest chain before it and the longest one behind it; `makespan[t]` says that all is done by bucket t.

`decode` reads only the *order* of the sampled starts and builds the serial schedule of that order, so a sample whose activities
all have one start gives a feasible plan with an exact makespan, whatever rows it breaks and however wide the buckets are.

Sources: Pritsker, Watters and Wolfe (1969) for the model; Kolisch (1996) for schedule generation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, UnknownName, Violation
from qopt.kit.checks import listed, require_count, require_name, shown

from .files.formats import read_project
from .model import ProjectModel
from .network import Network, Starts, built, justified, serial
from .parts.opening import ProjectOpening
from .plan import Activity, Execution, ProjectPlan

if TYPE_CHECKING:
    import dimod

LONGEST = (
    10**12
)  # of a duration, need or capacity: sums of more would lose their units in floating point
BUCKETS = 200  # the horizon is cut into at most this many, unless `bucket` says otherwise
STARTS = 20  # variables a free activity of a window, about


@dataclass(frozen=True)
class ProjectScheduling:
    """Activities that follow each other and share resources, all done as early as possible.

    Parameters
    ----------
    activities
        With names of their own, one or more.
    capacity
        How much there is of each resource at any time, by name; whole numbers, 0 or more.
    bucket
        Width of a time bucket of the model, at least 1, in time units. 1 makes the model exact; wider ones keep it small,
        rounding durations to buckets, at least one. Default: so that the horizon has at most 200 buckets.
    horizon
        Latest end of a plan the model can express, in time units. Default: the greedy plan's makespan.

    Raises
    ------
    QoptError
        For numbers outside these ranges, names given twice or unknown, activities that wait for each other, or one that needs
        more than there is: by name.
    """

    activities: tuple[Activity, ...]
    capacity: Mapping[str, int]
    bucket: int | None = None
    horizon: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = ProjectPlan
    formats: ClassVar = "PSPLIB .sm and Patterson .rcp: one mode an activity, renewable resources"
    kinds: ClassVar = ("time", "related", "critical")

    def __post_init__(self) -> None:
        object.__setattr__(self, "activities", listed("activities", self.activities, kind=Activity))
        if not isinstance(self.capacity, Mapping):
            raise QoptError(
                "capacity: give how much there is of each resource by name", ("capacity",)
            )
        object.__setattr__(self, "capacity", dict(self.capacity))
        require_count("bucket", self.bucket, optional=True)
        require_count("horizon", self.horizon, optional=True)
        for resource, amount in self.capacity.items():
            require_name("resource", resource, ("capacity",))
            if not _whole(amount):
                raise QoptError(
                    f"resource {resource} has capacity {shown(amount, 60)}; give a whole number, 0 or more",
                    ("capacity", resource),
                )
        if not self.activities:
            raise QoptError("a project needs at least one activity", ("activities",))
        for k, activity in enumerate(self.activities):
            require_name("activity", activity.name, ("activities", k, "name"))
        for k, activity in enumerate(self.activities):
            if self._number[activity.name] != k:
                message = f"the activity {activity.name!r} is given twice; names must differ"
                raise QoptError(message, ("activities", self._number[activity.name]))
            self._check(k, activity)
        if (cycle := _cycle(self._network)) is not None:
            waiting = " after ".join(self.names[a] for a in cycle)
            raise QoptError(
                f"activities wait for each other: {waiting}; drop one of these precedences"
            )
        if self.horizon is not None and self.horizon < self._network.least:
            raise QoptError(
                f"horizon={self.horizon}: no plan ends before {self._network.least}; give that or more"
            )

    def _check(self, k: int, activity: Activity) -> None:
        if not _whole(activity.duration):
            raise QoptError(
                f"activity {activity.name} takes {shown(activity.duration, 60)}; give a whole number of time units, 0 or more",
                ("activities", k, "duration"),
            )
        for resource, amount in activity.needs.items():
            place = ("activities", k, "needs", str(resource))
            if resource not in self.capacity:
                of = f"resource (activity {activity.name} needs it)"
                raise UnknownName(of, str(resource), self.capacity, place=place)
            what = f"activity {activity.name} needs {shown(amount, 60)} of {resource}"
            if not _whole(amount):
                raise QoptError(f"{what}; give a whole number, 0 or more", place)
            if amount > self.capacity[resource]:
                there = f"of which there are {self.capacity[resource]}"
                raise QoptError(f"{what}, {there}; raise the capacity or need less", place)
        for earlier in activity.after:
            if not isinstance(earlier, str) or earlier not in self._number:
                of = f"activity (activity {activity.name} comes after it)"
                raise UnknownName(of, str(earlier), self._number, place=("activities", k, "after"))

    @classmethod
    def read(
        cls, path: str | Path, *, bucket: int | None = None, horizon: int | None = None
    ) -> ProjectScheduling:
        """Read a PSPLIB `.sm` file with one mode an activity, or a Patterson `.rcp` file; the first and last jobs, which are
        dummies, are left out.

        Activities have the numbers of the file's jobs, resources are "R 1", "R 2", ... Raises FileError with the line.
        """
        return read_project(Path(path)).make(cls, bucket=bucket, horizon=horizon)

    @classmethod
    def generate(
        cls, *, activities: int = 30, resources: int = 4, seed: int = 0
    ) -> ProjectScheduling:
        """Durations 1 to 10; each activity follows up to 3 of the 10 before it, and needs 1 to 10 of each resource, or none
        in one case of four; there are 16 to 24 of each.

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

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the activities."""
        return tuple(activity.name for activity in self.activities)

    @cached_property
    def resources(self) -> tuple[str, ...]:
        return tuple(self.capacity)

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
        """The serial schedule of the sampled order. An activity without just one start is left out, and what follows it."""
        return self.scheduled(self._model.chosen(sample))

    def encode(self, plan: ProjectPlan) -> dict[Any, float]:
        """The assignment with the plan's order, each activity as early as that allows.

        Raises QoptError for a plan that is not complete, whose order ends after the model's horizon, or takes longer where wide
        buckets blur it.
        """
        starts = serial(self._in_buckets, self.order_of(plan))
        end, ends, width = self._in_buckets.makespan(starts), self._model.makespans, self._bucket
        if end > ends[-1]:
            raise QoptError(
                f"the plan ends at {end * width}, after the model's horizon {ends[-1] * width}; give a larger horizon="
            )
        if self.scheduled(starts).makespan > plan.makespan:
            raise QoptError(
                f"buckets of {width} time units are too wide for the order of this plan; give a smaller bucket="
            )
        return self._model.sample(starts) | {
            f"makespan[{t}]": float(t == max(end, ends[0])) for t in ends
        }

    def evaluate(self, plan: ProjectPlan) -> Evaluation:
        """The makespan; broken are activities missing, repeated or of another length, starts before 0 or before the end of what
        comes before, and, for each resource, the most that is taken beyond its capacity at any time."""
        violations: list[Violation] = []
        placed: dict[str, Execution] = {}
        for execution in plan.executions:
            number = self._number.get(execution.activity)
            if number is None or execution.activity in placed:
                violations.append(Violation(f"activity[{execution.activity}]", 1.0, "extra"))
            elif execution.duration != self.activities[number].duration:
                violations.append(Violation(f"activity[{execution.activity}]", 1.0, "changed"))
            placed.setdefault(execution.activity, execution)
        for activity in self.activities:
            if activity.name not in placed:
                violations.append(Violation(f"activity[{activity.name}]", 1.0, "missing"))
                continue
            start = placed[activity.name].start
            ready = max(
                (placed[earlier].end for earlier in activity.after if earlier in placed), default=0
            )
            if start < max(ready, 0):
                violations.append(
                    Violation(f"order[{activity.name}]", float(max(ready, 0) - start), "time units")
                )
        kpis = {}
        for resource, capacity in self.capacity.items():
            changes: list[tuple[int, int]] = []
            for activity in self.activities:
                if (amount := activity.needs.get(resource, 0)) and activity.name in placed:
                    changes += [
                        (placed[activity.name].start, amount),
                        (placed[activity.name].end, -amount),
                    ]
            used = most = work = before = 0
            for time, change in sorted(
                changes
            ):  # what ends at a time is given back before anything starts
                work, before = work + used * (time - before), time
                used += change
                most = max(most, used)
            if most > capacity:
                violations.append(
                    Violation(f"resource[{resource}]", float(most - capacity), resource)
                )
            kpis[f"utilisation[{resource}]"] = (
                work / (capacity * plan.makespan) if capacity and plan.makespan else 0.0
            )
        return Evaluation(float(plan.makespan), tuple(violations), kpis)

    def greedy(self) -> ProjectPlan:
        """The best of four priority rules in serial and parallel schemes, from either end."""
        return self._plan(built(self._network))

    def neighbourhood(
        self,
        plan: ProjectPlan,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Activities that start one after the other ("time"), that are joined by precedence or a resource ("related"), or near
        a critical one ("critical") are placed anew, so that the project ends a bucket earlier.

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
        """All activities pushed to the right and to the left again, as long as that makes it shorter."""
        if self.evaluate(plan).violations:
            return plan
        better = self._plan(justified(self._network, self.order_of(plan)))
        return better if better.makespan < plan.makespan else plan

    def scheduled(self, order: Mapping[int, int]) -> ProjectPlan:
        """The serial schedule of an order: a number for each activity; without one it is left out, and what follows."""
        return self._plan(serial(self._network, order))

    def order_of(self, plan: ProjectPlan) -> Starts:
        """The start of each activity. Raises QoptError for a plan that does not give one to each, or another length."""
        starts = {self._number.get(e.activity, -1): e.start for e in plan.executions}
        if len(starts) != len(plan.executions) or set(starts) != set(range(len(self.activities))):
            raise QoptError(
                "the plan does not give a start to exactly the activities of the project"
            )
        return starts

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

    def _plan(self, starts: Starts) -> ProjectPlan:
        return ProjectPlan.of(
            Execution(self.names[a], start, self._network.durations[a])
            for a, start in starts.items()
        )

    @cached_property
    def _number(self) -> dict[str, int]:
        return {activity.name: k for k, activity in enumerate(self.activities)}

    @cached_property
    def _network(self) -> Network:
        """In time units."""
        number, resource = self._number, {name: r for r, name in enumerate(self.capacity)}
        return Network(
            [int(activity.duration) for activity in self.activities],
            [
                sorted({number[earlier] for earlier in activity.after})
                for activity in self.activities
            ],
            [
                [
                    (resource[name], int(amount))
                    for name, amount in activity.needs.items()
                    if amount and activity.duration
                ]
                for activity in self.activities
            ],
            [int(amount) for amount in self.capacity.values()],
        )

    @cached_property
    def _bucket(self) -> int:
        if self.bucket is not None:
            return self.bucket
        return max(1, -(-(self.horizon or self.greedy().makespan) // BUCKETS))

    @cached_property
    def _in_buckets(self) -> Network:
        """Durations in buckets, at least one unless they are 0."""
        network, width = self._network, self._bucket
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
            # durations are rounded to buckets: where the greedy plan keeps the horizon, its order must too
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


def _whole(value: object) -> bool:
    return (
        isinstance(value, Integral) and not isinstance(value, bool) and 0 <= int(value) <= LONGEST
    )


def _cycle(network: Network) -> list[int] | None:
    """Activities each of which comes after the next, the last the same as the first; None where there are none."""
    left = set(range(len(network.durations))) - set(network.order)
    if not left:
        return None
    way = [min(left)]
    while True:
        before = min(left & set(network.before[way[-1]]))
        if before in way:
            return [*way[way.index(before) :], before]
        way.append(before)
