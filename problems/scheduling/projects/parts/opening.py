"""Which activities of a project's schedule to free, and the window that they are then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..model import ProjectModel
from ..network import Network, Profile, Starts, serial
from ..project import Project
from .window import ProjectWindow

RELATED = 2.0  # mean durations that an activity may be further away for what it shares
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ProjectOpening:
    """A schedule whose activities can be freed.

    Starts are in buckets, each as early as the order of all allows.
    """

    project: Project
    network: Network
    starts: Starts

    @cached_property
    def sequence(self) -> list[int]:
        """The activities by start."""
        return sorted(self.starts, key=lambda a: (self.starts[a], self.network.rank[a]))

    @cached_property
    def end(self) -> int:
        return self.network.makespan(self.starts)

    def in_time(self, count: int, random: np.random.Generator) -> tuple[list[int], int]:
        """`count` activities that start one after the other."""
        first = int(random.integers(max(1, len(self.sequence) - count + 1)))
        free = self.sequence[first : first + count]
        return free, self.starts[free[len(free) // 2]]

    def related(self, count: int, random: np.random.Generator) -> tuple[list[int], int]:
        """Activities near a random one, and rather those joined to it.

        They are joined by precedence, or by what both need, the more of it the rather.
        """
        starts = np.array([self.starts[a] for a in self.sequence])
        amounts = self._shares[self.sequence]
        centre = int(random.integers(len(starts)))
        joined = np.minimum(amounts, amounts[centre]).max(axis=1, initial=0.0)
        direct = {
            *self.network.before[self.sequence[centre]],
            *self.network.after[self.sequence[centre]],
        }
        joined[[k for k, a in enumerate(self.sequence) if a in direct]] = 1.0
        away = np.abs(starts - starts[centre]) + (
            random.random(len(starts)) - RELATED * joined
        ) * np.mean(self.network.durations)
        nearest = np.argsort(away, kind="stable")[:count]
        return [self.sequence[k] for k in nearest], int(starts[centre])

    @cached_property
    def _shares(self) -> npt.NDArray[np.float64]:
        """float64[activities, resources]: how much of what there is each activity needs."""
        shares = np.zeros((len(self.network.durations), len(self.network.capacity)))
        for a, needs in enumerate(self.network.needs):
            for resource, amount in needs:
                shares[a, resource] = amount / self.network.capacity[resource]
        return shares

    def near_critical(self, count: int, random: np.random.Generator) -> tuple[list[int], int]:
        """Activities near one that cannot start later, rather those that cannot by much."""
        starts = np.array([self.starts[a] for a in self.sequence])
        right = self.network.mirrored(
            serial(self.network.backwards, self.network.mirrored(self.starts, self.end)), self.end
        )
        slack = np.array([right[a] for a in self.sequence]) - starts
        middle = starts[random.choice(np.flatnonzero(slack == slack.min()))]
        blur = random.random(len(starts)) * np.mean(self.network.durations)
        nearest = np.argsort(np.abs(starts - middle) + slack + blur, kind="stable")[:count]
        return [self.sequence[k] for k in nearest], int(middle)

    def window(self, free: Sequence[int], cut: int, size: int) -> ProjectWindow | None:
        """A model of at most `size` variables that asks for an end one bucket earlier.

        What is not free starts before the cut as now, and behind it as late as can be. None where
        there is no such model.
        """
        room = self._room(set(free), cut)
        if room is None:
            return None
        fixed, early, late = room
        remaining = self._left(fixed)
        allowed = {}
        for a in self.sequence:
            if a not in fixed:
                allowed[a] = self._fitting(a, early[a], late[a], remaining)
                if not len(allowed[a]):
                    return None
        if len(allowed) > size:
            return None
        nearest = self._nearest(allowed, size)
        members = sorted(nearest)
        model = ProjectModel(
            self.project.names,
            self.project.resources,
            self.network,
            np.repeat(members, [len(nearest[a]) for a in members]),
            np.concatenate([nearest[a] for a in members]),
            remaining,
        )
        return ProjectWindow(self.project, model, fixed, self.end - 1)

    def _room(self, free: set[int], cut: int) -> tuple[Starts, Starts, Starts] | None:
        """The starts of what stays fixed, and the earliest and latest ones of all others.

        Activities before the cut stay, the others are as late as they can be for an end one bucket
        earlier. None where something has no room.
        """
        network, end = self.network, self.end - 1
        fixed: Starts = {}
        late: Starts = {}
        profile = Profile(network.capacity)  # of the time before the new end, backwards
        for a in self.sequence:
            if (
                a not in free
                and self.starts[a] < cut
                and self.starts[a] + network.durations[a] <= end
            ):
                fixed[a] = self.starts[a]
                profile.take(
                    end - fixed[a] - network.durations[a], network.durations[a], network.needs[a]
                )
        for a in sorted(
            self.starts, key=lambda a: (-self.starts[a] - network.durations[a], -network.rank[a])
        ):
            length = network.durations[a]
            deadline = min((late[b] for b in network.after[a]), default=end)
            late[a] = deadline - length
            if a in fixed:
                if fixed[a] > late[a]:
                    del fixed[a]
                else:
                    late[a] = fixed[a]
            elif a not in free and self.starts[a] >= cut:
                start = end - length - profile.earliest(end - deadline, length, network.needs[a])
                if start >= max(network.heads[a], self.starts[a] - 1):
                    fixed[a] = late[a] = start
                    profile.take(end - start - length, length, network.needs[a])
        early: Starts = {}
        for a in self.sequence:
            early[a] = max((early[b] + network.durations[b] for b in network.before[a]), default=0)
            if a in fixed:
                if fixed[a] < early[a]:
                    del fixed[a]
                else:
                    early[a] = fixed[a]
            if early[a] > late[a]:
                return None
        return fixed, early, late

    def _left(self, fixed: Starts) -> Ints:
        """int64[resources, buckets]: what is left of each resource."""
        network = self.network
        remaining = np.repeat(np.array(network.capacity, dtype=np.int64)[:, None], self.end, axis=1)
        for a, start in fixed.items():
            for resource, amount in network.needs[a]:
                remaining[resource, start : start + network.durations[a]] -= amount
        return remaining

    def _fitting(self, activity: int, early: int, late: int, remaining: Ints) -> Ints:
        """The starts from `early` to `late` at which it has what it needs for all its time."""
        length, needs = self.network.durations[activity], self.network.needs[activity]
        starts = np.arange(early, late + 1)
        if not needs:
            return starts
        resources, amounts = np.array(needs).T
        short = (remaining[resources, early : late + length] < amounts[:, None]).any(axis=0)
        before = np.concatenate([[0], np.cumsum(short)])
        return np.asarray(starts[before[length:] == before[: len(starts)]])

    def _nearest(self, allowed: dict[int, Ints], size: int) -> dict[int, Ints]:
        """Of the starts allowed the nearest to the present, `size` or fewer, one each at least."""
        away = {a: np.abs(starts - self.starts[a]) for a, starts in allowed.items()}
        if sum(map(len, away.values())) <= size:
            return allowed
        away = {a: distance - distance.min() for a, distance in away.items()}
        low, high = 0, self.end
        while high - low > 1:
            middle = (low + high) // 2
            if sum(int((distance < middle).sum()) for distance in away.values()) <= size:
                low = middle
            else:
                high = middle
        return (
            {a: starts[away[a] < low] for a, starts in allowed.items()}
            if low
            else {a: s[:1] for a, s in allowed.items()}
        )
