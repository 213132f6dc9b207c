"""Quadratic assignment: facilities to locations, so that what flows between them travels little.

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

from .files import published, read_qaplib
from .greedy import busiest_first
from .map import draw_map, draw_table
from .model import PlacesModel
from .moves import exchanged
from .parts import placed_anew
from .plan import Layout

if TYPE_CHECKING:
    import dimod

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
        Names; by default the labels of the tables, which are put in the order of the names, or
        numbers from 1.
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
    kinds: ClassVar = ("facilities", "neighbours")
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
            too_many = f"{len(flow)} facilities for {len(distance)} locations"
            raise QoptError(f"{too_many}; give as many locations or more")
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
        """Read QAPLIB's .dat: n, then two n x n matrices; the first is the flow.

        The best known value is what the permutation of the .sln file beside it costs, if there is
        one. Raises FileError with the line.
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
        """Flows 0 to 9, half of them 0, and locations on a grid as square as may be.

        Distances are Manhattan's.
        """
        require_count("facilities", facilities)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        shape = facilities, facilities
        flow = np.triu(random.integers(0, 10, shape) * (random.random(shape) < 0.5), 1)
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
    def _model(self) -> PlacesModel:
        names = self.facilities, self.locations
        return PlacesModel(self.flow, self.distance, self._alone, *names)

    @cached_property
    def _facility_number(self) -> dict[str, int]:
        return {facility: f for f, facility in enumerate(self.facilities)}

    @cached_property
    def _location_number(self) -> dict[str, int]:
        return {location: at for at, location in enumerate(self.locations)}

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Layout:
        """A facility at several locations is listed with each, one at none is left out."""
        return self._layout(self._model.chosen(sample))

    def encode(self, plan: Layout) -> dict[Any, float]:
        """The plan's assignment.

        Raises QoptError for a facility or a location that does not exist.
        """
        return self._model.sample(self._placed(plan))

    def evaluate(self, plan: Layout) -> Evaluation:
        """Flow times distance, and costs.

        Broken are facilities not placed just once, locations used twice, unknown names.
        """
        row, column = self._facility_number, self._location_number
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
        cost = float(self._cost[f, at].sum())
        return Evaluation(travel + cost, tuple(violations), {"travel": travel, "cost": cost})

    def layout(self, location: Sequence[int]) -> Layout:
        """The plan that puts facility f at location[f], both numbers from 0."""
        places = zip(self.facilities, location, strict=True)
        return Layout(tuple((f, self.locations[at]) for f, at in places))

    def greedy(self) -> Layout:
        """Busiest facilities first, each where it adds least to what is placed already.

        The first comes into the most central place.
        """
        return self.layout(busiest_first(self.flow, self.distance, self._alone))

    def improve(self, plan: Layout) -> Layout:
        """Exchanges of two facilities, and moves into empty locations, until none gains.

        Infeasible plans stay as they are.
        """
        placed = self._placed(plan)
        if (placed.sum(axis=1) != 1).any() or (placed.sum(axis=0) > 1).any():
            return plan
        before = placed.argmax(axis=1)
        after = exchanged(self.flow, self.distance, self._cost, before)
        return plan if (after == before).all() else self.layout(after.tolist())

    def neighbourhood(
        self,
        plan: Layout,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some facilities among their locations, and as many empty ones where there are any.

        The rest, which stay, make their costs. "facilities": any; "neighbours": those that most
        flows to and from one of them. None of infeasible plans.
        """
        placed = self._placed(plan)
        if (placed.sum(axis=1) != 1).any() or (placed.sum(axis=0) > 1).any():
            return None
        part = placed_anew(placed, self.flow, self.distance, self._cost, kind, size, random)
        if part is None:
            return None
        problem = QuadraticAssignment(
            part.flow,
            part.distance,
            part.cost,
            [self.facilities[f] for f in part.facilities.tolist()],
            [self.locations[k] for k in part.locations.tolist()],
        )
        inside = np.ix_(part.facilities, part.locations)

        def back(again: Layout) -> Layout:
            """The other facilities stay where they are."""
            whole = placed.copy()
            whole[part.facilities] = False
            whole[inside] = problem._placed(again)
            return self._layout(whole)

        return Neighbourhood(problem, problem._layout(placed[inside]), back)

    def draw(self, plan: Layout, axes: Any) -> None:
        """Facilities on a map with their flows, wide where much flows.

        Without coordinates, what each two of them cost.
        """
        placed, cost = self._placed(plan), self.evaluate(plan).objective
        axes.set_title(f"{self.name or 'layout'}: flow times distance {cost:g}")
        if self.coordinates is not None:
            draw_map(placed, self.flow, self.coordinates, self.facilities, axes)
            return
        names = [f"{facility} at {location}" for facility, location in self._layout(placed).places]
        draw_table(placed, self.flow, self.distance, names, axes)

    @property
    def _cost(self) -> Floats:
        assert self.cost is not None
        return self.cost

    @property
    def _alone(self) -> Floats:
        """[facilities, locations]: what a facility costs there by itself."""
        return self._cost + np.outer(self.flow.diagonal(), self.distance.diagonal())

    def _placed(self, plan: Layout) -> Bits:
        row, column = self._facility_number, self._location_number
        placed = np.zeros(self._alone.shape, dtype=np.bool_)
        for facility, location in plan.places:
            if facility not in row or location not in column:
                wrong = f"the plan puts {facility!r} at {location!r}"
                raise QoptError(f"{wrong}; the model does not have both of them")
            placed[row[facility], column[location]] = True
        return placed

    def _layout(self, placed: Bits) -> Layout:
        pairs = np.argwhere(placed).tolist()
        return Layout(tuple((self.facilities[f], self.locations[at]) for f, at in pairs))
