"""A project as a network of activities 0..n-1, and schedules built in one go.

The serial scheme takes one activity after the other, each as early as what it follows and the
resources allow; the parallel one goes through time and starts what may start. Either can be used
from the project's end backwards. Justification pushes all to the right and to the left again, which
often makes a schedule shorter.

Sources: Kolisch (1996) for the schemes and the priority rules; Valls, Ballestin and Quintanilla
(2005) for justification.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush

Need = Sequence[tuple[int, int]]  # (resource, amount) of what an activity takes, amounts above 0
Starts = dict[int, int]
ROUNDS = 10  # of justification, at most; it ends where one brings nothing


@dataclass(frozen=True, eq=False)
class Network:
    """Activities by number: durations, what each directly follows, and what it needs.

    Durations are at least 0. `capacity` is how much of each resource there is.

    None needs more than there is, and those of duration 0 need nothing.
    """

    durations: Sequence[int]
    before: Sequence[Sequence[int]]
    needs: Sequence[Need]
    capacity: Sequence[int]

    @cached_property
    def after(self) -> list[list[int]]:
        """What directly follows each activity."""
        after: list[list[int]] = [[] for _ in self.durations]
        for activity, earlier in enumerate(self.before):
            for a in earlier:
                after[a].append(activity)
        return after

    @cached_property
    def order(self) -> list[int]:
        """The activities, none before one that it follows.

        Those of a cycle, and what comes behind, are left out.
        """
        waits = [len(earlier) for earlier in self.before]
        order = [activity for activity, count in enumerate(waits) if not count]
        for activity in order:  # it grows
            for later in self.after[activity]:
                waits[later] -= 1
                if not waits[later]:
                    order.append(later)
        return order

    @cached_property
    def rank(self) -> list[int]:
        """The place of each activity in `order`."""
        rank = [0] * len(self.durations)
        for place, activity in enumerate(self.order):
            rank[activity] = place
        return rank

    @cached_property
    def heads(self) -> list[int]:
        """The earliest start of each activity, without regard to resources."""
        heads = [0] * len(self.durations)
        for activity in self.order:
            heads[activity] = max(
                (heads[a] + self.durations[a] for a in self.before[activity]), default=0
            )
        return heads

    @property
    def tails(self) -> list[int]:
        """The least time between the end of each activity and the project's."""
        return self.backwards.heads

    @cached_property
    def backwards(self) -> Network:
        """The project from its end."""
        return Network(self.durations, self.after, self.needs, self.capacity)

    @cached_property
    def least(self) -> int:
        """No schedule is shorter: the longest chain, or a resource's work over its capacity."""
        work = [0] * len(self.capacity)
        for duration, needs in zip(self.durations, self.needs, strict=True):
            for resource, amount in needs:
                work[resource] += duration * amount
        chain = max(map(int.__add__, self.heads, self.durations), default=0)
        return max(chain, *(-(-w // c) for w, c in zip(work, self.capacity, strict=True) if c), 0)

    def makespan(self, starts: Mapping[int, int]) -> int:
        return max(
            (start + self.durations[activity] for activity, start in starts.items()), default=0
        )

    def mirrored(self, starts: Mapping[int, int], end: int) -> Starts:
        """A schedule of the network `backwards` as one of this network, and the other way round.

        It takes `end` or less.
        """
        return {
            activity: end - start - self.durations[activity] for activity, start in starts.items()
        }


class Profile:
    """What is free of each resource over time.

    It is `free[k]` from `times[k]` to `times[k + 1]`, the last for ever.
    """

    def __init__(self, capacity: Sequence[int]) -> None:
        self.times = [0]
        self.free = [list(capacity)]

    def earliest(self, ready: int, duration: int, needs: Need) -> int:
        """The first time from `ready` on at which the needs are free for so long."""
        if not needs:
            return ready
        times, free = self.times, self.free
        k, start = bisect_right(times, ready) - 1, ready
        while k < len(times) and times[k] < start + duration:
            available = free[k]
            for resource, amount in needs:
                if available[resource] < amount:
                    start = times[k + 1]  # at the last of all times everything is free
                    break
            k += 1
        return start

    def take(self, start: int, duration: int, needs: Need) -> None:
        if not needs:
            return
        first, last = self._split(start), self._split(start + duration)
        for available in self.free[first:last]:
            for resource, amount in needs:
                available[resource] -= amount

    def _split(self, time: int) -> int:
        """Where in `times` a time is, put there if need be."""
        k = bisect_right(self.times, time) - 1
        if self.times[k] < time:
            k += 1
            self.times.insert(k, time)
            self.free.insert(k, list(self.free[k - 1]))
        return k


def serial(network: Network, key: Mapping[int, float]) -> Starts:
    """Of those that follow nothing unplaced always the one of least key, as early as can be.

    Those without a key are left out, and what follows them.
    """
    profile, ends = Profile(network.capacity), dict[int, int]()
    durations, rank = network.durations, network.rank
    waits = [len(earlier) for earlier in network.before]
    waiting = [(key[a], rank[a], a) for a in key if not waits[a]]
    heapify(waiting)
    while waiting:
        _, _, activity = heappop(waiting)
        duration, needs = durations[activity], network.needs[activity]
        ready = 0
        for a in network.before[activity]:
            if ends[a] > ready:
                ready = ends[a]
        start = profile.earliest(ready, duration, needs)
        profile.take(start, duration, needs)
        ends[activity] = start + duration
        for later in network.after[activity]:
            waits[later] -= 1
            if not waits[later] and later in key:
                heappush(waiting, (key[later], rank[later], later))
    return {activity: end - durations[activity] for activity, end in ends.items()}


def parallel(network: Network, key: Mapping[int, float]) -> Starts:
    """Whenever something ends, what may start does, the least key first."""
    durations, needs = network.durations, network.needs
    waits = [len(earlier) for earlier in network.before]
    free = list(network.capacity)
    may = sorted((key[a], a) for a, count in enumerate(waits) if not count)
    running: list[tuple[int, int]] = []
    starts: Starts = {}
    now = 0
    while may or running:
        blocked = []
        for entry in may:
            activity = entry[1]
            if all(free[resource] >= amount for resource, amount in needs[activity]):
                starts[activity] = now
                heappush(running, (now + durations[activity], activity))
                for resource, amount in needs[activity]:
                    free[resource] -= amount
            else:
                blocked.append(entry)
        may = blocked
        now = running[0][0]
        while running and running[0][0] == now:
            _, activity = heappop(running)
            for resource, amount in needs[activity]:
                free[resource] += amount
            for later in network.after[activity]:
                waits[later] -= 1
                if not waits[later]:
                    may.append((key[later], later))
        may.sort()
    return starts


def justified(network: Network, starts: Starts) -> Starts:
    """`starts`, or a shorter schedule.

    All are pushed to the right, those that end last first, then to the left again.
    """
    for _ in range(ROUNDS):
        end = network.makespan(starts)
        right = serial(network.backwards, network.mirrored(starts, end))
        left = serial(network, network.mirrored(right, end))
        if network.makespan(left) >= end:
            return starts
        starts = left
    return starts


def built(network: Network) -> Starts:
    """The best of four priority rules, with either scheme and from either end."""
    schedules = []
    for way in (network, network.backwards):
        for key in _rules(way):
            for scheme in (serial, parallel):
                starts = scheme(way, key)
                if way is not network:  # turned round, and pushed to the left
                    starts = serial(network, network.mirrored(starts, network.makespan(starts)))
                schedules.append(starts)
    return min(schedules, key=network.makespan)


def _rules(network: Network) -> Iterator[dict[int, float]]:
    """Latest finish, latest start, most successors, greatest rank positional weight."""
    durations, tails = network.durations, network.tails
    successors: list[set[int]] = [set() for _ in durations]
    for activity in reversed(network.order):
        successors[activity].update(
            network.after[activity], *(successors[later] for later in network.after[activity])
        )
    activities = range(len(durations))
    yield {a: -tails[a] for a in activities}
    yield {a: -tails[a] - durations[a] for a in activities}
    yield {a: -len(successors[a]) for a in activities}
    yield {
        a: -durations[a] - sum(durations[later] for later in network.after[a]) for a in activities
    }
