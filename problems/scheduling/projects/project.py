"""A project as it is given: its activities, what they share, and what a plan of it is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

from qopt import Evaluation, QoptError, UnknownName, Violation
from qopt.kit.checks import listed, require_name, shown

from .network import Network, Starts, serial
from .plan import Activity, Execution, ProjectPlan

LONGEST = 10**12  # of a duration, need or capacity: sums of more would lose their units


@dataclass(frozen=True)
class Project:
    """Activities that follow each other and share resources.

    `ProjectScheduling` says what is asked of them.
    """

    activities: tuple[Activity, ...]
    capacity: Mapping[str, int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "activities", listed("activities", self.activities, kind=Activity))
        if not isinstance(self.capacity, Mapping):
            raise QoptError(
                "capacity: give how much there is of each resource by name", ("capacity",)
            )
        object.__setattr__(self, "capacity", dict(self.capacity))
        for resource, amount in self.capacity.items():
            require_name("resource", resource, ("capacity",))
            if not _whole(amount):
                raise QoptError(
                    f"resource {resource} has capacity {shown(amount, 60)}; give a whole number, "
                    "0 or more",
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
        if (cycle := _cycle(self.network)) is not None:
            waiting = " after ".join(self.names[a] for a in cycle)
            raise QoptError(
                f"activities wait for each other: {waiting}; drop one of these precedences"
            )

    def _check(self, k: int, activity: Activity) -> None:
        if not _whole(activity.duration):
            raise QoptError(
                f"activity {activity.name} takes {shown(activity.duration, 60)}; "
                "give a whole number of time units, 0 or more",
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

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the activities."""
        return tuple(activity.name for activity in self.activities)

    @cached_property
    def resources(self) -> tuple[str, ...]:
        return tuple(self.capacity)

    def evaluate(self, plan: ProjectPlan) -> Evaluation:
        """The makespan.

        Broken are activities missing, repeated or of another length, starts before 0 or before the
        end of what comes before, and, for each resource, the most that is taken beyond its capacity
        at any time.
        """
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
            # sorted, what ends at a time is given back before anything starts
            for time, change in sorted(changes):
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

    def scheduled(self, order: Mapping[int, int]) -> ProjectPlan:
        """The serial schedule of an order: a number for each activity.

        Without one it is left out, and what follows.
        """
        return self._plan(serial(self.network, order))

    def order_of(self, plan: ProjectPlan) -> Starts:
        """The start of each activity.

        Raises QoptError for a plan that does not give one to each, or another length.
        """
        starts = {self._number.get(e.activity, -1): e.start for e in plan.executions}
        if len(starts) != len(plan.executions) or set(starts) != set(range(len(self.activities))):
            raise QoptError(
                "the plan does not give a start to exactly the activities of the project"
            )
        return starts

    def _plan(self, starts: Starts) -> ProjectPlan:
        return ProjectPlan.of(
            Execution(self.names[a], start, self.network.durations[a])
            for a, start in starts.items()
        )

    @cached_property
    def _number(self) -> dict[str, int]:
        return {activity.name: k for k, activity in enumerate(self.activities)}

    @cached_property
    def network(self) -> Network:
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


def _whole(value: object) -> bool:
    return (
        isinstance(value, Integral) and not isinstance(value, bool) and 0 <= int(value) <= LONGEST
    )


def _cycle(network: Network) -> list[int] | None:
    """Activities each of which comes after the next, the last the same as the first.

    None where there are none.
    """
    unordered = set(range(len(network.durations))) - set(network.order)
    if not unordered:
        return None
    way = [min(unordered)]
    while True:
        before = min(unordered & set(network.before[way[-1]]))
        if before in way:
            return [*way[way.index(before) :], before]
        way.append(before)
