"""Bin packing: items into as few equal bins as possible.

Formulation: `pack[i,b]` says that item i is in bin b, `used[b]` that bin b is in use. Every item is
packed once (one-hot), and `sum_i size_i pack[i,b] <= capacity used[b]` is all that links the two:
such a row makes `used` an indicator, which annealers that know them never move by itself. There are
as many bins as first fit takes, so the model has the optimum.

The count of bins says nothing of two plans with the same count, so large instances are improved in
parts (`parts/`).

Source: assignment model of Kantorovich (1960), as in Martello and Toth, Knapsack Problems (1990),
chapter 8, which has first fit decreasing, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, Infeasible, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import axis, names, quantities, require_count, require_positive
from qopt.kit.models import assignment, at_most, chosen, exactly_one, labels, minimise

from ..excess import TOLERANCE, excess
from ..loads import Loads, draw_loads
from .files import read_bins
from .parts.choice import repacked

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class BinPacking:
    """Items of given sizes into as few bins of one capacity as possible.

    Parameters
    ----------
    size
        float64[items], above 0 and at most `capacity`.
    capacity
        What a bin holds, above 0, in the units of `size`.
    items
        Names of the items; by default the labels of `size`, or numbers from 1.
    bins
        How many bins there are; by default enough.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the item and the remedy; Infeasible where the items
        together do not fit.
    """

    size: Floats
    capacity: float
    items: Sequence[str] = ()
    bins: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Loads
    formats: ClassVar = (
        "OR-Library binpack text; "
        "BPPLIB text: items, capacity, then sizes, or sizes with how many there are"
    )

    def __post_init__(self) -> None:
        items = axis("item", self.items, ("size", self.size, 0))
        object.__setattr__(self, "size", quantities("size", self.size, items, least=0))
        object.__setattr__(self, "items", items[1])
        require_positive("capacity", self.capacity)
        require_count("bins", self.bins, optional=True)
        for k, (item, amount) in enumerate(self._size_of.items()):
            if amount == 0:
                raise QoptError(
                    f"size of item {item} is 0; give more than 0, or leave the item out",
                    ("size", k),
                )
            if excess(amount, self.capacity):
                raise QoptError(
                    f"item {item} has size {amount:g}, above the capacity {self.capacity:g}; "
                    "split it",
                    ("size", k),
                )
        if self.bins is not None and self.bins < self.least_bins:
            raise Infeasible(
                f"bins={self.bins}: the items take {self.size.sum():g}, "
                f"more than {self.bins} bins of {self.capacity:g}; "
                f"give {self.least_bins} or more",
                tuple(f"capacity[{holder}]" for holder in self._holders),
                ("bins",),
            )

    @classmethod
    def read(
        cls, path: str | Path, *, problem: int | str | None = None, bins: int | None = None
    ) -> BinPacking:
        """Read the OR-Library's text, or BPPLIB's.

        The first has several problems, with a name and a best known count each. The second has the
        number of items, the capacity, and sizes, or, of cutting stock, lines of a size and how many
        items have it.

        `problem` is the name or the number, from 1, of a problem of the first. Raises FileError
        with the line.
        """
        return read_bins(path, problem).make(cls, bins=bins)

    @classmethod
    def generate(cls, *, items: int = 30, seed: int = 0) -> BinPacking:
        """Sizes 20 to 100, bins of 150: the uniform class of Falkenauer (1996)."""
        require_count("items", items)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        return cls(
            random.integers(20, 101, items).astype(np.float64),
            150.0,
            name=f"random-u{items}-s{seed}",
        )

    @property
    def least_bins(self) -> int:
        """No plan takes fewer: the sizes' sum, in bins."""
        return max(1, ceil(float(self.size.sum()) / self.capacity * (1 - TOLERANCE)))

    @cached_property
    def _size_of(self) -> dict[str, float]:
        return dict(zip(self.items, self.size.tolist(), strict=True))

    @cached_property
    def _holders(self) -> tuple[str, ...]:
        """The bins of the model: those there are, else as many as the greedy plan takes."""
        return names("bin", (), self.bins or len(self.greedy().loads), prefix="bin ")

    @cached_property
    def _pack(self) -> Any:
        return labels("pack", self.items, self._holders)

    def model_size(self) -> ModelSize:
        n, bins = len(self.size), len(self._holders)
        return ModelSize(n * bins + bins, 0, n + bins)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        used = labels("used", self._holders)
        variables = np.concatenate([used, self._pack.ravel()])
        cqm = minimise(variables, np.repeat([1.0, 0.0], [used.size, self._pack.size]))
        exactly_one(cqm, "packed", self.items, self._pack)
        for holder, use, column in zip(self._holders, used, self._pack.T, strict=True):
            at_most(cqm, f"capacity[{holder}]", [*column, use], [*self.size, -self.capacity], 0.0)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Loads:
        """What is in each bin; bins without items are left out."""
        return self._loads(chosen(sample, self._pack), self._holders)

    def encode(self, plan: Loads) -> dict[Any, float]:
        """The plan's assignment. Raises QoptError for an item or a bin the model does not have."""
        packed = plan.held(self.items, self._holders)
        used = assignment(labels("used", self._holders), np.logical_or.reduce(packed))
        return used | assignment(self._pack, packed)

    def evaluate(self, plan: Loads) -> Evaluation:
        """How many bins hold something.

        Broken are items not packed just once, and bins that are too full or do not exist.
        """
        size = self._size_of
        holders = [load.holder for load in plan.loads] if self.bins is None else self._holders
        violations = list(plan.misplaced("item", size, holders))
        loads = dict.fromkeys((load.holder for load in plan.loads), 0.0)
        for load in plan.loads:
            loads[load.holder] += sum(size.get(item, 0.0) for item in load.items)
        violations += [
            Violation(f"capacity[{holder}]", over, "units")
            for holder, load in loads.items()
            if (over := excess(load, self.capacity))
        ]
        used = sum(bool(load.items) for load in plan.loads)
        fills = [load / self.capacity for load in loads.values()]
        kpis = {
            "fill": float(np.mean(fills)) if fills else 0.0,
            "emptiest": min(fills, default=0.0),
        }
        return Evaluation(float(used), tuple(violations), kpis)

    def packing(self, bins: Sequence[Sequence[int]]) -> Loads:
        """A plan of the items, by number from 0, in each bin; bins without items are left out."""
        filled = [items for items in bins if len(items)]
        held = np.zeros((len(self.size), len(filled)), dtype=np.bool_)
        for b, items in enumerate(filled):
            held[list(items), b] = True
        return self._loads(held, names("bin", (), len(filled), prefix="bin "))

    def greedy(self) -> Loads:
        """First fit by falling size, or best fit where that takes fewer bins.

        At worst it takes 11/9 of the least number, and 6/9 of a bin.
        """
        fits = [self._fit(best=False), self._fit(best=True)]
        return self.packing(min(fits, key=len))

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("patterns",)

    def neighbourhood(
        self,
        plan: Loads,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some bins packed anew out of patterns; those with room come more often."""
        return repacked(plan, self._size_of, self.capacity, size, random)

    def draw(self, plan: Loads, axes: Any) -> None:
        """A bar a bin, its items one after another.

        Raises QoptError for an item that does not exist.
        """
        plan.held(self.items, [load.holder for load in plan.loads])
        draw_loads(plan, lambda item, _: self._size_of[item], lambda _: self.capacity, axes)
        axes.set_title(f"{self.name or 'packing'}: {len(plan.loads)} bins")

    def _loads(self, held: Bits, holders: Sequence[str]) -> Loads:
        return Loads.of(held, self.items, holders, np.broadcast_to(self.size[:, None], held.shape))

    def _fit(self, *, best: bool) -> list[list[int]]:
        """Each item, largest first, into the first bin with room for it, or the fullest such."""
        bins: list[list[int]] = []
        room = np.empty(0)
        for item in np.argsort(-self.size, kind="stable").tolist():
            fitting = np.flatnonzero(self.size[item] <= room + TOLERANCE * self.capacity)
            if len(fitting):
                b = int(fitting[np.argmin(room[fitting])] if best else fitting[0])
                bins[b].append(item)
                room[b] -= self.size[item]
            else:
                bins.append([item])
                room = np.append(room, self.capacity - self.size[item])
        return bins
