"""A plan that hands things out: who holds what. Bins hold items, agents jobs, sites customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import QoptError, Violation
from qopt.kit.plans import JsonPlan

Bits = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """What one holder has, by name, and how much room that takes, in the instance's units."""

    holder: str
    items: tuple[str, ...]
    amount: float


@dataclass(frozen=True)
class Loads(JsonPlan):
    """A load for each holder in use."""

    loads: tuple[Load, ...]

    @classmethod
    def of(
        cls,
        held: Bits,
        items: Sequence[str],
        holders: Sequence[str],
        amount: Floats,
        *,
        used: Bits | None = None,
    ) -> Loads:
        """From held[items, holders], and the amount[items, holders] each takes there.

        `used` says which holders are listed, by default those that hold something.
        """
        listed = np.flatnonzero(held.any(axis=0) if used is None else used).tolist()
        inside = {h: np.flatnonzero(held[:, h]).tolist() for h in listed}
        return cls(
            tuple(
                Load(
                    holders[h],
                    tuple(items[k] for k in inside[h]),
                    float(amount[inside[h], h].sum()),
                )
                for h in listed
            )
        )

    def held(self, items: Sequence[str], holders: Sequence[str]) -> Bits:
        """bool[items, holders]. Raises QoptError for a name that is not among these."""
        row, column = ({name: k for k, name in enumerate(names)} for names in (items, holders))
        held = np.zeros((len(items), len(holders)), dtype=np.bool_)
        for load in self.loads:
            if not load.items and load.holder not in column:
                raise QoptError(f"the plan uses {load.holder!r}; the model does not have it")
            for item in load.items:
                if item not in row or load.holder not in column:
                    raise QoptError(
                        f"the plan gives {item!r} to {load.holder!r}; "
                        "the model does not have both of them"
                    )
                held[row[item], column[load.holder]] = True
        return held

    def __str__(self) -> str:
        return "\n".join(
            f"{load.holder}: {', '.join(load.items) or 'nothing'}   load {load.amount:g}"
            for load in self.loads
        )

    def misplaced(
        self, of: str, items: Collection[str], holders: Collection[str]
    ) -> Iterator[Violation]:
        """Items not held just once, and items and holders that do not exist or come twice.

        `of` is what an item is called.
        """
        held = Counter(item for load in self.loads for item in load.items)
        for item in items:
            if held[item] != 1:
                yield Violation(
                    f"{of}[{item}]",
                    abs(held[item] - 1.0),
                    "left out" if not held[item] else "too many",
                )
        for item in sorted(held.keys() - set(items)):
            yield Violation(f"{of}[{item}]", float(held[item]), "that do not exist")
        for holder, times in Counter(load.holder for load in self.loads).items():
            if holder not in holders:
                yield Violation(holder, float(times), "that do not exist")
            elif times > 1:
                yield Violation(holder, times - 1.0, "too many")


def draw_loads(
    plan: Loads, width: Callable[[str, str], float], capacity: Callable[[str], float], axes: Any
) -> None:
    """A bar for each holder: its items one after another, and a line at its capacity.

    An item is `width(item, holder)` wide.
    """
    from matplotlib import colormaps

    colours = colormaps["tab20"]
    widest = max((capacity(load.holder) for load in plan.loads), default=0.0)
    for row, load in enumerate(plan.loads):
        left = 0.0
        for k, item in enumerate(load.items):
            part = width(item, load.holder)
            axes.barh(row, part, left=left, color=colours(k % 20), edgecolor="white")
            if part * 50 >= widest * len(item):  # else the name is wider than its part
                axes.text(left + part / 2, row, item, ha="center", va="center", fontsize=8)
            left += part
        axes.plot([capacity(load.holder)] * 2, [row - 0.45, row + 0.45], color="black")
    axes.set_yticks(range(len(plan.loads)), [load.holder for load in plan.loads])
    axes.invert_yaxis()
    axes.set_xlabel("load (line: capacity)")
