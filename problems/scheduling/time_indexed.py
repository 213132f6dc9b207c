"""Time-indexed models of shops: a binary for each start that an operation may have.

Constraints: one start an operation, and pairs that exclude each other, in product rows without
slack: a successor that starts too early, operations at once on a machine. A penalty row of products
is 0 or counts the clashes, so every clash can be mended by itself, and no slack bit holds anything
in place.

Source: Venturelli, Marchand and Rojo (2016), section III.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qopt import ModelSize

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Pairs = tuple[Ints, Ints]


@dataclass(frozen=True, eq=False)
class Arc:
    """Operation `b` starts no earlier than `gap` after the end of `a`.

    `row` is the label of its constraint.
    """

    a: int
    b: int
    gap: int
    row: str


@dataclass(frozen=True, eq=False)
class Starts:
    """A start a variable: int64[variables] each.

    `operation`, from 0 and not decreasing; `job`, whose operations are kept apart by arcs alone;
    `machine`, -1 for none; `start` and `end`, at least 0, on one machine a start before its end.
    `groups` are the labels of the constraints that say that an operation has one start; arcs of one
    `row` follow each other.
    """

    operation: Ints
    job: Ints
    machine: Ints
    start: Ints
    end: Ints
    groups: Sequence[str]
    arcs: Sequence[Arc]

    def size(self) -> ModelSize:
        """By counting, without a pair being built."""
        pairs = sum(int(count.sum()) for _, (_, count) in self._orders())
        rows = len({arc.row for arc in self.arcs})
        if len(self._on_machines):
            _, machine = np.unique(self.machine[self._on_machines], return_inverse=True)
            jobs = self.job[self._on_machines]
            visits, of_visit = np.unique(np.stack([machine, jobs]), axis=1, return_inverse=True)
            pairs += int(self._overlaps(machine)[2].sum()) - int(
                self._overlaps(of_visit.ravel())[2].sum()
            )
            rows += int((np.bincount(visits[0]) > 1).sum())
        return ModelSize(len(self.start), pairs, len(self.groups) + rows)

    def cqm(
        self, labels: Sequence[str], cost: Floats | None = None, offset: float = 0.0
    ) -> dimod.ConstrainedQuadraticModel:
        """The model that minimises `offset` and the sum of `cost` float64[variables]."""
        import dimod

        none = np.empty(0, dtype=np.int64)
        costs = np.zeros(len(labels)) if cost is None else cost
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                costs, (none, none, none.astype(float)), offset, "BINARY", variable_order=labels
            )
        )
        bounds = np.searchsorted(self.operation, np.arange(len(self.groups) + 1)).tolist()
        for group, (a, b) in zip(self.groups, pairwise(bounds), strict=True):
            cqm.add_constraint_from_iterable(
                [(label, 1.0) for label in labels[a:b]], "==", rhs=1.0, label=group
            )
        for row, (first, second) in self.exclusions():
            involved, place = np.unique(np.concatenate([first, second]), return_inverse=True)
            pairs = (place[: len(first)], place[len(first) :], np.ones(len(first)))
            names = [labels[v] for v in involved.tolist()]
            clash = dimod.BinaryQuadraticModel.from_numpy_vectors(
                np.zeros(len(names)), pairs, 0.0, "BINARY", variable_order=names
            )
            cqm.add_constraint_from_model(clash, "==", rhs=0.0, label=row)
        return cqm

    def exclusions(self) -> Iterator[tuple[str, Pairs]]:
        """Labels of constraints with the pairs of variables that exclude each other.

        There is a constraint an arc's row, and one a machine that several jobs may visit.
        """
        by_operation = self._by_operation[0]
        for row, ((variables, first), count) in self._orders():
            yield row, (np.repeat(variables, count), by_operation[_ranges(first, count)])
        order, first, count = self._overlaps(self.machine[self._on_machines])
        order = self._on_machines[order]
        bounds = np.flatnonzero(np.diff(self.machine[order], prepend=-1, append=-1))
        for begin, end in pairwise(bounds.tolist()):
            visitors = self.job[order[begin:end]]
            if (visitors == visitors[0]).all():
                continue
            a = order[np.repeat(np.arange(begin, end), count[begin:end])]
            b = order[_ranges(first[begin:end], count[begin:end])]
            apart = self.job[a] != self.job[b]
            yield f"machine[{self.machine[order[begin]]}]", (a[apart], b[apart])

    @cached_property
    def _on_machines(self) -> Ints:
        return np.flatnonzero(self.machine >= 0)

    @cached_property
    def _span(self) -> int:
        """More than any start."""
        return int(self.start.max()) + 2

    @cached_property
    def _by_operation(self) -> tuple[Ints, Ints, Ints]:
        """The variables by operation and start, their keys, and where an operation's begin."""
        order = np.lexsort((self.start, self.operation))
        keys = self.operation[order] * self._span + self.start[order]
        return order, keys, np.searchsorted(self.operation, np.arange(len(self.groups) + 1))

    def _orders(self) -> Iterator[tuple[str, tuple[tuple[Ints, Ints], Ints]]]:
        """A row's label.

        The variables of the arcs' `a`, with the place of their `b`'s first one by operation and
        start; and how many from there on are too early.
        """
        if not self.arcs:
            return
        _, keys, begins = self._by_operation
        a, b = np.array([arc.a for arc in self.arcs]), np.array([arc.b for arc in self.arcs])
        gap = np.array([arc.gap for arc in self.arcs])
        widths = begins[a + 1] - begins[a]
        variables = _ranges(begins[a], widths)
        first = np.repeat(begins[b], widths)
        ready = np.clip(self.end[variables] + np.repeat(gap, widths), 0, self._span - 1)
        count = np.searchsorted(keys, np.repeat(b, widths) * self._span + ready) - first
        ends = np.cumsum(widths).tolist()
        begin = 0
        for k, arc in enumerate(self.arcs):
            if k + 1 == len(self.arcs) or self.arcs[k + 1].row != arc.row:
                part = slice(begin, ends[k])
                yield arc.row, ((variables[part], first[part]), count[part])
                begin = ends[k]

    def _overlaps(self, group: Ints) -> tuple[Ints, Ints, Ints]:
        """Of the variables on machines, in groups: an order by group and start.

        Behind each in it, where those that start before its end begin, and how many they are.
        """
        start, end = self.start[self._on_machines], self.end[self._on_machines]
        _, group = np.unique(group, return_inverse=True)  # names of machines may be any numbers
        order = np.lexsort((start, group))
        keys = (group * self._span + start)[order]
        last = np.searchsorted(keys, (group * self._span + np.minimum(end, self._span - 1))[order])
        first = np.arange(1, len(order) + 1)
        return order, first, last - first


def _ranges(first: Ints, count: Ints) -> Ints:
    """first[0], first[0] + 1, ... count[0] of them, then those from first[1] on."""
    ends = np.cumsum(count)
    return np.repeat(first - ends + count, count) + np.arange(int(ends[-1]) if len(ends) else 0)
