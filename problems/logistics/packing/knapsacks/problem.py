"""Loading with several limits, the multidimensional knapsack: the best items that fit all of them.

Formulation: `take[i]` says that item i is taken; one linear row a resource. No group holds the
items, so annealers flip or exchange them; as a penalty QUBO each row needs slack bits.

Source: Lorie and Savage (1955); Chu and Beasley (1998) for the benchmark. `greedy` after Senju and
Toyoda (1968), in one pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import axis, quantities, require_count
from qopt.kit.models import assignment, at_most, chosen, labels, minimise

from ..excess import TOLERANCE, excess
from .files import read_knapsack
from .parts import chosen_anew
from .plan import Selection

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class MultiKnapsack:
    """Items of given profits and needs, of which the best that fit the capacities are taken.

    Parameters
    ----------
    profit
        float64[items].
    need
        float64[resources, items], at least 0: what an item takes of each resource.
    capacity
        float64[resources], at least 0.
    items, resources
        Names; by default the labels of the tables, which are put in the order of the names, or
        numbers from 1, and "resource 1" and on.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the item or the resource.
    """

    profit: Floats
    need: Floats
    capacity: Floats
    items: Sequence[str] = ()
    resources: Sequence[str] = ()
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "max"
    plan_type: ClassVar = Selection
    anneal_whole_up_to: ClassVar = 1000
    formats: ClassVar = (
        "text 'items resources optimum', profits, needs, capacities; "
        "OR-Library mknap1, mknapcb and mknap2"
    )

    def __post_init__(self) -> None:
        items = axis("item", self.items, ("profit", self.profit, 0), ("need", self.need, 1))
        tables = ("capacity", self.capacity, 0), ("need", self.need, 0)
        resources = axis("resource", self.resources, *tables, prefix="resource ")
        made = {
            "profit": quantities("profit", self.profit, items),
            "need": quantities("need", self.need, resources, items, least=0),
            "capacity": quantities("capacity", self.capacity, resources, least=0),
            "items": items[1],
            "resources": resources[1],
        }
        for field, value in made.items():
            object.__setattr__(self, field, value)

    @classmethod
    def read(cls, path: str | Path, *, problem: int | str | None = None) -> MultiKnapsack:
        """Read a file of one problem, or the OR-Library's mknap1, mknapcb and mknap2.

        One problem is "items resources optimum", 0 for unknown, the profits, the needs resource by
        resource, and the capacities. `problem` is the number, from 1, or the name of one of
        several.

        Raises FileError with the line.
        """
        return read_knapsack(path, problem).make(cls)

    @classmethod
    def generate(cls, *, items: int = 50, resources: int = 5, seed: int = 0) -> MultiKnapsack:
        """Needs up to 1000, a quarter of them fits, and profits near the mean need.

        Chu and Beasley (1998) draw them so.
        """
        require_count("items", items)
        require_count("resources", resources)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        need = random.integers(1, 1001, (resources, items)).astype(np.float64)
        profit = np.floor(need.mean(axis=0) + 500 * random.random(items))
        return cls(
            profit, need, np.floor(need.sum(axis=1) / 4), name=f"random-{resources}x{items}-s{seed}"
        )

    @cached_property
    def _take(self) -> Any:
        return labels("take", self.items)

    @cached_property
    def _number_of(self) -> dict[str, int]:
        return {item: k for k, item in enumerate(self.items)}

    def model_size(self) -> ModelSize:
        return ModelSize(len(self.items), 0, len(self.resources))

    def model(self) -> dimod.ConstrainedQuadraticModel:
        cqm = minimise(self._take, -self.profit)
        for resource, need, capacity in zip(
            self.resources, self.need, self.capacity.tolist(), strict=True
        ):
            at_most(cqm, f"capacity[{resource}]", self._take, need, capacity)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Selection:
        return self.selection(chosen(sample, self._take))

    def encode(self, plan: Selection) -> dict[Any, float]:
        """The plan's assignment. Raises QoptError for an item that does not exist."""
        return assignment(self._take, self._taken(plan))

    def evaluate(self, plan: Selection) -> Evaluation:
        """The profit.

        Broken are resources used above their capacity, and items that come twice or do not exist.
        """
        row = self._number_of
        violations = []
        for item, times in Counter(plan.items).items():
            if item not in row:
                violations.append(Violation(f"item[{item}]", float(times), "that do not exist"))
            elif times > 1:
                violations.append(Violation(f"item[{item}]", times - 1.0, "too many"))
        numbers = [row[item] for item in plan.items if item in row]
        used = self.need[:, numbers].sum(axis=1)
        for resource, amount, capacity in zip(
            self.resources, used.tolist(), self.capacity.tolist(), strict=True
        ):
            if over := excess(amount, capacity):
                violations.append(Violation(f"capacity[{resource}]", over, "units"))
        fullest = float((used / np.where(self.capacity > 0, self.capacity, 1.0)).max())
        return Evaluation(
            float(self.profit[numbers].sum()),
            tuple(violations),
            {"items": float(len(numbers)), "fullest": fullest},
        )

    def selection(self, taken: Bits) -> Selection:
        """The plan that takes these, bool[items]."""
        used = (self.need @ taken).tolist()
        return Selection(
            tuple(self.items[k] for k in np.flatnonzero(taken).tolist()),
            dict(zip(self.resources, used, strict=True)),
        )

    def greedy(self) -> Selection:
        """Items by falling profit for their share of capacities, each taken if it fits."""
        taken, room = np.zeros(len(self.items), dtype=np.bool_), self.capacity * (1 + TOLERANCE)
        for k in np.argsort(-self._efficiency, kind="stable").tolist():
            if self.profit[k] > 0 and (self.need[:, k] <= room).all():
                taken[k] = True
                room = room - self.need[:, k]
        return self.selection(taken)

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("items", "core")

    def neighbourhood(
        self,
        plan: Selection,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some items chosen anew in the room that the others leave: any with "items".

        With "core" those whose efficiency is near that at which the greedy plan has no room left
        come more often.
        """
        taken = self._taken(plan)
        part = chosen_anew(taken, self._efficiency, self.need, self.capacity, kind, size, random)
        if part is None:
            return None
        problem = MultiKnapsack(
            self.profit[part.items],
            self.need[:, part.items],
            part.room,
            [self.items[k] for k in part.items.tolist()],
            self.resources,
        )

        def back(again: Selection) -> Selection:
            """The other items stay as they are."""
            whole = part.staying.copy()
            whole[part.items] = problem._taken(again)
            return self.selection(whole)

        return Neighbourhood(problem, problem.selection(taken[part.items]), back)

    def draw(self, plan: Selection, axes: Any) -> None:
        """A bar a resource: the share of its capacity in use.

        Raises QoptError for an item that does not exist.
        """
        used = self.need @ self._taken(plan)
        shares = (used / np.where(self.capacity > 0, self.capacity, 1.0)).tolist()
        axes.barh(range(len(shares)), [100 * share for share in shares])
        axes.axvline(100, color="black")
        axes.set_yticks(range(len(shares)), self.resources)
        axes.invert_yaxis()
        axes.set_xlabel("% of capacity in use")
        axes.set_title(
            f"{self.name or 'loading'}: {len(plan.items)} items, "
            f"profit {self.evaluate(plan).objective:g}"
        )

    @cached_property
    def _efficiency(self) -> Floats:
        """Profit for the share of all capacities that an item needs."""
        shares = self.need / np.where(self.capacity > 0, self.capacity, 1.0)[:, None]
        efficiency: Floats = self.profit / np.maximum(shares.sum(axis=0), 1e-12)
        return efficiency

    def _taken(self, plan: Selection) -> Bits:
        row = self._number_of
        taken = np.zeros(len(row), dtype=np.bool_)
        for item in plan.items:
            if item not in row:
                raise QoptError(f"the plan takes {item!r}; there is no such item")
            taken[row[item]] = True
        return taken
