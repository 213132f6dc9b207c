"""Operations of a schedule set free, as a problem of their own, and the way back.

All others keep their machines and their order. A machine whose fixed operations come before or
after all free ones is open: a free operation may come to it, leave it, and take any place between
those. On the other machines free operations stay, and stay between the same fixed ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ..plan import Schedule
from .opening import Opening
from .window import Mode, Window


@dataclass(frozen=True, eq=False)
class Freed:
    """The operations `free` of the schedule `whole`, in the order of its `sequence`."""

    whole: Opening
    free: Sequence[int]

    def window(self, size: int) -> Window | None:
        """None where nothing makes the whole shorter, or the model is larger than `size`."""
        modes, least = self._modes
        latest = int(self.whole.graph.makespan) - 1
        if (
            least > latest
            or sum(mode.earliest_end <= latest for every in modes for mode in every) > size
        ):
            return None
        steps = tuple(self.whole.steps[i] for i in self.free)
        return Window(steps, modes, self._gaps(), least, latest, size)

    def restored(self, plan: Schedule) -> Schedule:
        """The whole with the free operations on the machines and in the order of `plan`.

        Those that it lacks are left out.
        """
        machine, durations = list(self.whole.machine), list(self.whole.graph.durations)
        of_step = {self.whole.steps[i]: i for i in self.free}
        lacking, ordered = set(self.free), dict[int, list[int]]()
        for o in sorted(plan.operations, key=lambda o: o.start):
            i = of_step[o.job, o.step]
            lacking.discard(i)
            machine[i], durations[i] = o.machine, o.duration
            if o.duration:
                ordered.setdefault(o.machine, []).append(i)
        queues = []
        for m, queue in self._queues:
            if m in self._open:
                a, b = self._open[m]
                queues.append([*queue[:a], *ordered.get(m, ()), *queue[b:]])
            else:
                turns = iter(ordered.get(m, ()))
                queues.append(
                    [next(turns) if i in self._number else i for i in queue if i not in lacking]
                )
        kept = [i for i in range(len(machine)) if i not in lacking]
        return self.whole.changed(machine, durations, queues).schedule(kept)

    @cached_property
    def _number(self) -> dict[int, int]:
        return {i: k for k, i in enumerate(self.free)}

    @property
    def _queues(self) -> list[tuple[int, Sequence[int]]]:
        return list(zip(self.whole.machines, self.whole.graph.queues, strict=True))

    @cached_property
    def _open(self) -> dict[int, tuple[int, int]]:
        """Of each open machine where in its queue the free operations begin and end."""
        rank = self.whole.rank
        opened = {}
        for m, queue in self._queues:
            ranks = [rank[i] for i in queue]
            a, b = bisect_left(ranks, rank[self.free[0]]), bisect_right(ranks, rank[self.free[-1]])
            if all(i in self._number for i in queue[a:b]):
                opened[m] = a, b
        return opened

    def _choices(self, i: int) -> Sequence[tuple[int, int]]:
        """(machine, duration) that a free operation may have."""
        own = (self.whole.machine[i], self.whole.graph.durations[i])
        if own[1] and own[0] not in self._open:
            return (own,)
        return [
            (m, duration)
            for m, duration in self.whole.choices[i]
            if m in self._open or not duration
        ]

    @cached_property
    def _behind(self) -> list[list[int]]:
        """What directly follows each operation, whatever order the free ones have.

        Not those on open machines, see `_modes`.
        """
        behind = [[after] if after >= 0 else [] for after in self.whole.graph.following]
        for m, queue in self._queues:
            if m in self._open:
                for a, b in pairwise([i for i in queue if i not in self._number]):
                    behind[a].append(b)
                continue
            before: list[int] = []  # the last fixed operation and the free ones since
            for i in queue:
                if i in self._number:
                    if before and before[0] not in self._number:
                        behind[before[0]].append(i)
                    before.append(i)
                else:
                    for earlier in before:
                        behind[earlier].append(i)
                    before = [i]
        return behind

    @cached_property
    def _modes(self) -> tuple[tuple[tuple[Mode, ...], ...], int]:
        """The modes of each free operation, and a makespan that no schedule is below."""
        durations, queues = self.whole.graph.durations, dict(self._queues)
        n = len(durations)
        heads, ends = [0] * n, [0] * n
        # from the end, and from the start, of each operation to the end of the whole
        tails, needs = [0] * n, [0] * n
        choices = {i: self._choices(i) for i in self.free}
        # the fixed ones just before and behind the free ones on each open machine
        last = {m: queues[m][a - 1] for m, (a, _) in self._open.items() if a}
        next_ = {m: queues[m][b] for m, (_, b) in self._open.items() if b < len(queues[m])}

        def head(i: int, m: int, d: int) -> int:
            return max(heads[i], ends[last[m]]) if d and m in last else heads[i]

        def tail(i: int, m: int, d: int) -> int:
            return max(tails[i], needs[next_[m]]) if d and m in next_ else tails[i]

        for i in self.whole.sequence:
            ends[i] = (
                min(head(i, m, d) + d for m, d in choices[i])
                if i in choices
                else heads[i] + durations[i]
            )
            for after in self._behind[i]:
                heads[after] = max(heads[after], ends[i])
        for i in reversed(self.whole.sequence):
            tails[i] = max((needs[after] for after in self._behind[i]), default=0)
            needs[i] = (
                min(d + tail(i, m, d) for m, d in choices[i])
                if i in choices
                else durations[i] + tails[i]
            )
        modes = [
            tuple(Mode(m, d, head(i, m, d), tail(i, m, d)) for m, d in choices[i])
            for i in self.free
        ]
        least = (
            max(heads[i] + durations[i] + tails[i] for i in range(n) if i not in choices)
            if len(modes) < n
            else 0
        )
        return tuple(modes), max(
            least, *(min(mode.earliest_end for mode in every) for every in modes)
        )

    def _gaps(self) -> tuple[tuple[int, int, int], ...]:
        """The longest ways from free operations to the next free ones, over fixed ones only."""
        durations, ahead = self.whole.graph.durations, len(self.free)
        gaps: list[tuple[int, int, int]] = []
        # of each operation: the free ones before it, and the least time since their ends
        since: dict[int, dict[int, int]] = {}
        for i in self.whole.sequence:
            ways = since.pop(i, {})
            if i in self._number:
                gaps += [(a, self._number[i], gap) for a, gap in ways.items()]
                ways, ahead = {self._number[i]: 0}, ahead - 1
            elif ways:
                ways = {a: gap + durations[i] for a, gap in ways.items()}
            if not ahead:
                break
            if ways:
                for after in self._behind[i]:
                    known = since.setdefault(after, {})
                    for a, gap in ways.items():
                        if known.get(a, -1) < gap:
                            known[a] = gap
        return tuple(gaps)
