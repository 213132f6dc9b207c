"""The time-indexed model of a project, or of a part of one.

`start[a,t]` says that activity a starts in time bucket t.

    sum_t start[a,t] = 1                                           for each a        once[a]
    start[a,s] start[b,t] = 0      where t < s + d_a               b behind a        order[b]
    sum_a u_ar sum_{t - d_a < s <= t} start[a,s] <= free[r,t]      for each r, t     resource[r,t]

with durations d in buckets and needs u. Rows of resources that cannot be broken are left out. With
makespans,

    minimise sum_t t makespan[t],   sum_t makespan[t] = 1
    start[a,s] makespan[t] = 0     where t < s + d_a               for each a        end[a]

for each activity a that nothing follows. Source: Pritsker, Watters and Wolfe (1969).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qopt import ModelSize

from ..time_indexed import Arc, Starts
from .network import Network

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ProjectModel:
    """The starts that activities may have.

    Parameters
    ----------
    names, resources
        Of all activities and resources of the network.
    network
        Durations in buckets.
    activity, start
        int64[variables]: a start of an activity, by activity; those without any are not part of the
        model.
    free
        int64[resources, buckets] of each resource, for all buckets in which an activity may run.
    makespans
        Where given, the project's end is minimised, and one of these.
    """

    names: Sequence[str]
    resources: Sequence[str]
    network: Network
    activity: Ints
    start: Ints
    free: Ints
    makespans: range = range(0)

    def size(self) -> ModelSize:
        size = self._starts.size()
        return ModelSize(size.variables, size.couplings, size.constraints + int(self._scarce.sum()))

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        ends = list(self.makespans)
        cost = np.array([0.0] * len(self.start) + [float(t - ends[0]) for t in ends])
        labels = [*self.labels, *(f"makespan[{t}]" for t in ends)]
        cqm = self._starts.cqm(labels, cost, float(ends[0]) if ends else 0.0)
        for row, limit, terms in self._rows():
            cqm.add_constraint_from_iterable(
                [(labels[v], u) for v, u in terms], "<=", rhs=limit, label=row
            )
        return cqm

    @cached_property
    def labels(self) -> list[str]:
        """Of the starts."""
        return [
            f"start[{self.names[a]},{t}]"
            for a, t in zip(self.activity.tolist(), self.start.tolist(), strict=True)
        ]

    def chosen(self, sample: Mapping[Any, float]) -> dict[int, int]:
        """The start of each activity that has just one in the sample."""
        starts_of: dict[int, list[int]] = {}
        for label, activity, start in zip(
            self.labels, self.activity.tolist(), self.start.tolist(), strict=True
        ):
            if sample[label] > 0.5:
                starts_of.setdefault(activity, []).append(start)
        return {activity: starts[0] for activity, starts in starts_of.items() if len(starts) == 1}

    def sample(self, chosen: Mapping[int, int]) -> dict[Any, float]:
        """The assignment of a start for each activity, all of which are there."""
        ones = {f"start[{self.names[activity]},{start}]": 1.0 for activity, start in chosen.items()}
        return {**dict.fromkeys(self.labels, 0.0), **ones}

    @cached_property
    def members(self) -> list[int]:
        """The activities that have starts."""
        return list(dict.fromkeys(self.activity.tolist()))

    @cached_property
    def _lengths(self) -> Ints:
        return np.array(self.network.durations, dtype=np.int64)

    @cached_property
    def _needs(self) -> Ints:
        """int64[activities, resources]."""
        needs = np.zeros((len(self.names), len(self.resources)), dtype=np.int64)
        for activity, need in enumerate(self.network.needs):
            for resource, amount in need:
                needs[activity, resource] = amount
        return needs

    @cached_property
    def _starts(self) -> Starts:
        """The makespan is one operation more, of length 0, behind all that nothing follows."""
        number = {a: k for k, a in enumerate(self.members)}
        last = len(number)
        operation = np.concatenate(
            [np.searchsorted(self.members, self.activity), np.full(len(self.makespans), last)]
        )
        start = np.concatenate([self.start, np.array(self.makespans, dtype=np.int64)])
        end = start.copy()
        end[: len(self.start)] += self._lengths[self.activity]
        groups = [f"once[{self.names[a]}]" for a in self.members]
        arcs = [
            Arc(number[a], k, 0, f"order[{self.names[b]}]")
            for b, k in number.items()
            for a in self.network.before[b]
            if a in number
        ]
        if self.makespans:
            groups.append("makespan")
            arcs += [
                Arc(k, last, 0, f"end[{self.names[a]}]")
                for a, k in number.items()
                if not self.network.after[a]
            ]
        none = np.full(len(start), -1)
        return Starts(operation, none, none, start, end, groups, arcs)

    @cached_property
    def _scarce(self) -> npt.NDArray[np.bool_]:
        """bool[resources, buckets]: where all that may run then need more than there is."""
        edges = np.zeros((len(self.names), self.free.shape[1] + 1), dtype=np.int64)
        np.add.at(edges, (self.activity, self.start), 1)
        np.add.at(edges, (self.activity, self.start + self._lengths[self.activity]), -1)
        running = edges.cumsum(axis=1)[:, :-1] > 0
        return np.asarray(self._needs.T @ running > self.free)

    def _rows(self) -> Iterator[tuple[str, float, list[tuple[int, float]]]]:
        """Label, limit and (variable, need) of each row of a resource."""
        length = self._lengths[self.activity]
        variable = np.repeat(np.arange(len(self.start)), length)
        ends = np.cumsum(length)
        bucket = np.repeat(self.start - ends + length, length) + np.arange(len(variable))
        for r, resource in enumerate(self.resources):
            need = self._needs[self.activity[variable], r]
            used = np.flatnonzero((need > 0) & self._scarce[r, bucket])
            used = used[np.argsort(bucket[used], kind="stable")]
            bounds = np.flatnonzero(np.diff(bucket[used], prepend=-1, append=-1))
            variables, needs = variable[used].tolist(), need[used].astype(np.float64).tolist()
            for a, b in pairwise(bounds.tolist()):
                t = int(bucket[used[a]])
                yield (
                    f"resource[{resource},{t}]",
                    float(self.free[r, t]),
                    list(zip(variables[a:b], needs[a:b], strict=True)),
                )
