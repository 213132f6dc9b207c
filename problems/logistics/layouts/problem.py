"""Quadratic assignment: facilities to locations, so that what flows between them travels as little as possible.

Formulation: `at[f,l]` says that facility f is at location l. Every facility is placed once and every location used at most
once, or once where there are as many of both: a permutation, which annealers that know it keep by exchanging two facilities.
The objective has a coupling for each two facilities with a flow and each two locations, so the model grows as facilities^2 x
locations^2: 378,000 couplings for 30, 8 million for 64. Larger ones are improved in parts.

Source: Koopmans and Beckmann (1957).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import axis, quantities, require_count
from qopt.kit.files import noted
from qopt.kit.models import assignment, at_most, chosen, exactly_one, labels, minimise

from .files import published, read_qaplib
from .moves import exchanged
from .plan import Layout

if TYPE_CHECKING:
    import dimod

    from qopt.kit.files import noted
from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class QuadraticAssignment:
    """Facilities to locations, at most one each, for the least sum of flow times distance.

    Parameters
    ----------
    flow
        float64[facilities, facilities], from row to column.
    distance
        float64[locations, locations], from row to column; at least as many locations as facilities.
    cost
        float64[facilities, locations], of having the facility there; by default nothing.
    facilities, locations
        Names; by default the labels of the tables, which are put in the order of the names, or numbers from 1.
    coordinates
        float64[locations, 2], for drawing only.

    Raises
    ------
    QoptError
        For data that is not finite or has another shape, and for too few locations.
    """

    flow: Floats
    distance: Floats
    cost: Floats | None = None
    facilities: Sequence[str] = ()
    locations: Sequence[str] = ()
    coordinates: Floats | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Layout
    formats: ClassVar = "QAPLIB .dat: the size, then two square matrices, flow first"

    def __post_init__(self) -> None:
        both = ("flow", self.flow, 0), ("flow", self.flow, 1), ("cost", self.cost, 0)
        facilities = axis("facility", self.facilities, *both)
        ways = ("distance", self.distance, 0), ("distance", self.distance, 1)
        places = ("cost", self.cost, 1), ("coordinates", self.coordinates, 0)
        locations = axis("location", self.locations, *ways, *places)
        flow = quantities("flow", self.flow, facilities, facilities)
        distance = quantities("distance", self.distance, locations, locations)
        if len(flow) > len(distance):
            raise QoptError(
                f"{len(flow)} facilities for {len(distance)} locations; give as many locations or more"
            )
        cost = np.zeros((len(flow), len(distance))) if self.cost is None else self.cost
        made: dict[str, Any] = {
            "flow": flow,
            "distance": distance,
            "cost": quantities("cost", cost, facilities, locations),
            "facilities": facilities[1],
            "locations": locations[1],
        }
        if self.coordinates is not None:
            made["coordinates"] = quantities(
                "coordinates", self.coordinates, locations, ("axis", ("x", "y"))
            )
        for field, value in made.items():
            object.__setattr__(self, field, value)

    @classmethod
    def read(cls, path: str | Path) -> QuadraticAssignment:
        """Read QAPLIB's .dat: n, then two n x n matrices; the first is the flow. Raises FileError with the line.

        The best known value is what the permutation of the .sln file beside it costs, if there is one.
        """
        problem = read_qaplib(path).make(cls)

        def cost(order: list[int]) -> float:
            return problem.evaluate(problem.layout(order)).objective

        best, notes = published(path, len(problem.flow), cost)
        if best is not None:
            notes = [*getattr(problem, "notes", ()), *notes]
            problem = replace(problem, best_known=best)
        return noted(problem, notes) if notes else problem

    @classmethod
    def generate(cls, *, facilities: int = 12, seed: int = 0) -> QuadraticAssignment:
        """Flows 0 to 9, half of them 0, and locations on a grid as square as may be, at Manhattan distances."""
        require_count("facilities", facilities)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        flow = np.triu(
            random.integers(0, 10, (facilities, facilities))
            * (random.random((facilities, facilities)) < 0.5),
            1,
        )
        row, column = np.divmod(np.arange(facilities), int(np.ceil(facilities**0.5)))
        places = np.stack([column, row], axis=1).astype(np.float64)
        distance = np.abs(places[:, None] - places).sum(axis=2)
        return cls(
            (flow + flow.T).astype(np.float64),
            distance,
            coordinates=places,
            name=f"random-{facilities}-s{seed}",
        )

    @cached_property
    def _at(self) -> Any:
        return labels("at", self.facilities, self.locations)

    def model_size(self) -> ModelSize:
        facilities, locations = self._at.shape
        apart = ~np.eye(locations, dtype=np.bool_)
        couplings = 0
        i, j = np.triu_indices(facilities, 1)
        flows, times = np.unique(
            np.stack([self.flow[i, j], self.flow[j, i]]), axis=1, return_counts=True
        )
        for (there, back), count in zip(flows.T.tolist(), times.tolist(), strict=True):
            if there or back:
                costs = there * self.distance + back * self.distance.T
                couplings += count * int(np.count_nonzero(costs[apart]))
        return ModelSize(facilities * locations, couplings, facilities + locations)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        facilities, locations = self._at.shape
        cell = np.arange(facilities * locations).reshape(facilities, locations)
        i, j = np.triu_indices(facilities, 1)
        flows = (self.flow[i, j] != 0) | (self.flow[j, i] != 0)
        i, j = i[flows], j[flows]
        k, m = np.nonzero(
            ~np.eye(locations, dtype=np.bool_)
        )  # no plan has two facilities at one location
        bias = np.outer(self.flow[i, j], self.distance[k, m]) + np.outer(
            self.flow[j, i], self.distance[m, k]
        )
        pair, way = np.nonzero(bias)
        couplings = (cell[i[pair], k[way]], cell[j[pair], m[way]], bias[pair, way])
        cqm = minimise(self._at, self._alone, couplings)
        exactly_one(cqm, "placed", self.facilities, self._at)
        if facilities == locations:
            exactly_one(cqm, "used", self.locations, self._at.T)
        else:
            for location, column in zip(self.locations, self._at.T, strict=True):
                at_most(cqm, f"used[{location}]", column, np.ones(facilities), 1.0)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Layout:
        """A facility at several locations is listed with each, one at none is left out."""
        return self._layout(chosen(sample, self._at))

    def encode(self, plan: Layout) -> dict[Any, float]:
        """The plan's assignment. Raises QoptError for a facility or a location that does not exist."""
        return assignment(self._at, self._placed(plan))

    def evaluate(self, plan: Layout) -> Evaluation:
        """Flow times distance, and costs; broken are facilities not placed just once, locations used twice, unknown names."""
        row, column = (
            {name: k for k, name in enumerate(known)} for known in (self.facilities, self.locations)
        )
        known = [(row[f], column[at]) for f, at in plan.places if f in row and at in column]
        placed, used = Counter(f for f, _ in plan.places), Counter(at for _, at in plan.places)
        violations = [
            Violation(f"placed[{f}]", abs(placed[f] - 1.0), "too many" if placed[f] else "left out")
            for f in self.facilities
            if placed[f] != 1
        ]
        violations += [
            Violation(f"used[{at}]", count - 1.0, "too many")
            for at, count in used.items()
            if count > 1
        ]
        violations += [
            Violation(f"{kind}[{name}]", float(count), "that do not exist")
            for kind, counts, names in (("facility", placed, row), ("location", used, column))
            for name, count in counts.items()
            if name not in names
        ]
        f, at = np.array(known, dtype=np.int64).reshape(-1, 2).T
        travel = float((self.flow[np.ix_(f, f)] * self.distance[np.ix_(at, at)]).sum())
        here = float(self._cost[f, at].sum())
        return Evaluation(travel + here, tuple(violations), {"travel": travel, "cost": here})

    def layout(self, location: Sequence[int]) -> Layout:
        """The plan that puts facility f at location[f], both numbers from 0."""
        return Layout(
            tuple((f, self.locations[at]) for f, at in zip(self.facilities, location, strict=True))
        )

    def greedy(self) -> Layout:
        """Busiest facilities first, each where it adds least to what is placed already; the first in the most central place."""
        flow, distance = self.flow + self.flow.T, self.distance + self.distance.T
        at: dict[int, int] = {}
        free = np.ones(len(self.locations), dtype=np.bool_)
        for f in np.argsort(-flow.sum(axis=1), kind="stable").tolist():
            others, places = list(at), list(at.values())
            added = (
                self._alone[f]
                + self.distance[:, places] @ self.flow[f, others]
                + self.flow[others, f] @ self.distance[places]
            )
            central = distance.sum(axis=1) * 1e-9  # decides among equals
            at[f] = int(np.argmin(np.where(free, added + central, np.inf)))
            free[at[f]] = False
        return self.layout([at[f] for f in range(len(self.facilities))])

    def improve(self, plan: Layout) -> Layout:
        """Exchanges of two facilities, and moves into empty locations, until none gains; infeasible plans stay as they are."""
        placed = self._placed(plan)
        if (placed.sum(axis=1) != 1).any() or (placed.sum(axis=0) > 1).any():
            return plan
        before = placed.argmax(axis=1)
        after = exchanged(self.flow, self.distance, self._cost, before)
        return plan if (after == before).all() else self.layout(after.tolist())

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("facilities", "neighbours")

    def neighbourhood(
        self,
        plan: Layout,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some facilities among their locations, and as many empty ones where there are any; the rest, which stay, make their
        costs. "facilities": any; "neighbours": those that most flows to and from one of them. None of infeasible plans."""
        placed = self._placed(plan)
        if (placed.sum(axis=1) != 1).any() or (placed.sum(axis=0) > 1).any():
            return None
        location = placed.argmax(axis=1)
        order = random.permutation(len(location))
        if kind == "neighbours":
            flows = np.abs(self.flow + self.flow.T)[order[0]] * (0.5 + random.random(len(order)))
            flows[order[0]] = np.inf
            order = np.argsort(-flows, kind="stable")
        empty = random.permutation(np.flatnonzero(~placed.any(axis=0)))
        count = np.arange(1, len(order) + 1)
        taken = int(np.count_nonzero(count * (count + np.minimum(count, len(empty))) <= size))
        if taken < 2:
            return None
        free = np.sort(order[:taken])
        rest = np.setdiff1d(order, free)
        places = np.sort(np.concatenate([location[free], empty[:taken]]))
        away = location[rest]
        cost = self._cost[np.ix_(free, places)]
        cost = cost + self.flow[np.ix_(free, rest)] @ self.distance[np.ix_(places, away)].T
        cost = cost + self.flow[np.ix_(rest, free)].T @ self.distance[np.ix_(away, places)]
        part = QuadraticAssignment(
            self.flow[np.ix_(free, free)],
            self.distance[np.ix_(places, places)],
            cost,
            [self.facilities[f] for f in free.tolist()],
            [self.locations[k] for k in places.tolist()],
        )

        def back(again: Layout) -> Layout:
            """The other facilities stay where they are."""
            whole = placed.copy()
            whole[free] = False
            whole[np.ix_(free, places)] = part._placed(again)
            return self._layout(whole)

        return Neighbourhood(part, part._layout(placed[np.ix_(free, places)]), back)

    def draw(self, plan: Layout, axes: Any) -> None:
        """Facilities on a map with their flows, wide where much flows; without coordinates, what each two of them cost."""
        placed = self._placed(plan)
        f, at = np.nonzero(placed)
        flow = self.flow[np.ix_(f, f)]
        axes.set_title(
            f"{self.name or 'layout'}: flow times distance {self.evaluate(plan).objective:g}"
        )
        if self.coordinates is None:
            axes.imshow(flow * self.distance[np.ix_(at, at)], cmap="Blues")
            ticks = [
                f"{self.facilities[a]} at {self.locations[b]}"
                for a, b in zip(f.tolist(), at.tolist(), strict=True)
            ]
            axes.set_yticks(range(len(f)), ticks, fontsize="small")
            axes.set_xticks([])
            axes.set_xlabel("flow times distance (dark: much)")
            return
        both = flow + flow.T
        x, y = self.coordinates[at].T
        for a, b in np.argwhere(np.triu(both, 1) > 0):
            axes.plot(
                x[[a, b]],
                y[[a, b]],
                color="tab:blue",
                alpha=0.4,
                linewidth=4 * both[a, b] / both.max(),
            )
        axes.plot(*self.coordinates.T, "s", color="lightgrey", markersize=18)
        for a, k in enumerate(f.tolist()):
            axes.annotate(self.facilities[k], (x[a], y[a]), ha="center", va="center")
        axes.set_aspect("equal")
        axes.margins(0.1)

    @property
    def _cost(self) -> Floats:
        assert self.cost is not None
        return self.cost

    @property
    def _alone(self) -> Floats:
        """[facilities, locations]: what a facility costs there by itself."""
        return self._cost + np.outer(self.flow.diagonal(), self.distance.diagonal())

    def _placed(self, plan: Layout) -> Bits:
        row, column = (
            {name: k for k, name in enumerate(known)} for known in (self.facilities, self.locations)
        )
        placed = np.zeros(self._at.shape, dtype=np.bool_)
        for facility, location in plan.places:
            if facility not in row or location not in column:
                raise QoptError(
                    f"the plan puts {facility!r} at {location!r}; the model does not have both of them"
                )
            placed[row[facility], column[location]] = True
        return placed

    def _layout(self, placed: Bits) -> Layout:
        return Layout(
            tuple(
                (self.facilities[f], self.locations[at]) for f, at in np.argwhere(placed).tolist()
            )
        )
