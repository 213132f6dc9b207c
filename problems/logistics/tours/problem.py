"""The travelling salesman's problem: one round trip through all cities, as short as possible.

Formulation: `visit[c,p]` says that city c is the p-th of the tour; the first city is the first,
which takes the rotations away. Every other city has one place and every place one city, a
permutation. `model.py` has the formulas: a city is the shortest chain.

    (n - 1)^2 variables, 2 (n - 1) constraints, and a coupling for each leg between
    other cities at n - 2 places

What is long is improved in parts (`parts.py`): legs of a tour are cut, and the chains that are left
are joined anew, in another order and, where distances are the same there and back, in either
direction. That is the best of all exchanges of these legs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import listed, names, quantities, require_count
from qopt.kit.files import Text

from ..places.distances import rounded, straight
from ..places.nodes import square
from ..places.published import with_published_tour
from .files import read_tsplib
from .model import Passage, Reconnection
from .moves import nearest_cities, shortened
from .parts import KINDS, Present, chains
from .plan import Tour

if TYPE_CHECKING:
    import dimod

    from .model import Floats, Ints


@dataclass(frozen=True, eq=False)
class TravellingSalesman:
    """Cities, each visited once, on the shortest round trip.

    Parameters
    ----------
    distance
        float64[n, n], at least 0, from row to column, for 2 cities or more; the diagonal does not
        count. The way back may be longer or shorter than the way there. A list, an array or a
        table.
    cities
        Their names; by default the labels of a table's rows, or numbers from 1.
    coordinates
        float64[n, 2], for drawing only.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the cities.
    """

    distance: Floats
    cities: Sequence[str] = ()
    coordinates: Floats | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Tour
    anneal_whole_up_to: ClassVar = 0
    formats: ClassVar = (
        "TSPLIB .tsp and .atsp: "
        "EUC, CEIL, FLOOR, EXACT, MAN and MAX in 2D and 3D, ATT, GEO, EXPLICIT"
    )

    def __post_init__(self) -> None:
        distance, given = square("distance", self.distance)
        n = len(distance)
        if n < 2:
            raise QoptError(
                f"distance has shape {distance.shape}; give a square array, for 2 cities or more",
                ("distance",),
            )
        cities = names("city", listed("cities", self.cities) or given, n)
        axis = ("city", cities)
        made: dict[str, Any] = {
            "distance": quantities("distance", distance, axis, axis, least=0.0),
            "cities": cities,
        }
        if self.coordinates is not None:
            made["coordinates"] = quantities(
                "coordinates", self.coordinates, axis, ("axis", ("x", "y"))
            )
        for field, value in made.items():
            object.__setattr__(self, field, value)

    @classmethod
    def read(cls, path: str | Path, *, rounding: str | None = None) -> TravellingSalesman:
        """Read a TSPLIB file, symmetric or not; cities are named by their nodes, "1" to "n".

        `rounding` of distances is the file's own rule or one of "none", "nearest", "down", "up" and
        "tenths". A tour beside the file, of the same name with .opt.tour, gives the best known
        value. Raises FileError with the line.
        """
        text = Text.read(path)
        problem = read_tsplib(text, rounding).make(cls)
        return with_published_tour(
            problem,
            text,
            int(problem.cities[0]),
            lambda other: cls(**read_tsplib(text, other).values),
        )

    @classmethod
    def generate(cls, *, cities: int = 20, seed: int = 0) -> TravellingSalesman:
        """Cities spread evenly over a 1000 by 1000 square, distances rounded."""
        require_count("cities", cities, least=2)
        require_count("seed", seed, least=0)
        places = np.random.default_rng(seed).integers(0, 1001, (cities, 2)).astype(np.float64)
        return cls(rounded(straight(places)), coordinates=places, name=f"random-n{cities}-s{seed}")

    def model_size(self) -> ModelSize:
        return self._whole.model_size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._whole.model()

    def decode(self, sample: Mapping[Any, float]) -> Tour:
        """The cities by place.

        Those that share one follow each other, and places left empty are skipped.
        """
        return self.tour([0, *(1 + option for option in self._whole.decode(sample).options)])

    def encode(self, plan: Tour) -> dict[Any, float]:
        """Raises QoptError for a plan that does not visit every city once."""
        if broken := self.evaluate(plan).violations:
            raise QoptError(f"a tour with {broken[0]}: the model visits every city once")
        order = self._from_first(self._order(plan))
        return self._whole.encode(Passage(tuple((order[1:] - 1).tolist())))

    def evaluate(self, plan: Tour) -> Evaluation:
        """The length of the round trip; broken are cities not visited just once."""
        visits = Counter(plan.cities)
        broken = [
            Violation(f"visited[{c}]", abs(visits[c] - 1.0), "visits")
            for c in self.cities
            if visits[c] != 1
        ]
        broken += [
            Violation(f"visited[{c}]", float(visits[c]), "visits, and is none")
            for c in visits
            if c not in self._number
        ]
        return Evaluation(self._length(self._order(plan)), tuple(broken))

    def tour(self, order: Iterable[int]) -> Tour:
        """A plan of the cities at these rows of `distance` in turn, from the first city on."""
        cities = self.cities
        return Tour(
            tuple(
                [
                    cities[c]
                    for c in self._from_first(np.array(list(order), dtype=np.int64)).tolist()
                ]
            )
        )

    def greedy(self) -> Tour:
        """From the first city always to the nearest that is left."""
        unvisited = np.ones(len(self.cities), dtype=np.bool_)
        order = [0]
        for _ in range(len(self.cities) - 1):
            unvisited[order[-1]] = False
            order.append(int(np.argmin(np.where(unvisited, self.distance[order[-1]], np.inf))))
        return self.tour(order)

    def improve(self, plan: Tour) -> Tour:
        """2-opt and Or-opt until neither helps; a plan that is not feasible stays as it is."""
        order = self._order(plan)
        if self.evaluate(plan).violations:
            return plan
        better = shortened(order, self.distance, self._near)
        return self.tour(better) if self._length(better) < self._length(order) else plan

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(KINDS)

    def neighbourhood(
        self,
        plan: Tour,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Tour] = (),
    ) -> Neighbourhood | None:
        """Some legs of the tour are cut and the chains that are left joined anew.

        See `parts.py` for the kinds.

        `plan` and those `seen` visit every city once.
        """
        present = Present(
            self._order(plan),
            self.distance,
            [self._order(s) for s in seen],
            random,
            self._symmetric,
        )
        parts = chains(present, kind, size)
        if not parts:
            return None
        problem = Reconnection.of(parts, self.distance, both_ways=self._symmetric)
        return Neighbourhood(
            problem, problem.as_given(), lambda passage: self.tour(problem.joined(parts, passage))
        )

    def draw(self, plan: Tour, axes: Any) -> None:
        """A map, or, without coordinates, the cities along the distance travelled."""
        order = self._order(plan)
        trip = np.append(order, order[:1])
        if self.coordinates is not None:
            x, y = self.coordinates[trip].T
            axes.set_aspect("equal")
        else:
            x = np.concatenate([np.zeros(1), np.cumsum(self.distance[trip[:-1], trip[1:]])])[
                : len(trip)
            ]
            y = np.zeros(len(trip))
            axes.set_yticks([])
            axes.set_xlabel("distance travelled")
        axes.plot(x, y, marker="o", markersize=4)
        if len(trip) <= 60:  # more names hide the map
            for city, at, height in zip(trip[:-1].tolist(), x, y, strict=False):
                axes.annotate(
                    self.cities[city],
                    (at, height),
                    textcoords="offset points",
                    xytext=(0, 6),
                    ha="center",
                )
        axes.margins(0.06)
        axes.set_title(
            f"{self.name or 'tour'}: {len(order)} cities, length {self._length(order):g}"
        )

    @cached_property
    def _whole(self) -> Reconnection:
        return Reconnection.of(
            list(np.arange(len(self.cities))[:, None]), self.distance, names=self.cities
        )

    @cached_property
    def _number(self) -> dict[str, int]:
        return {city: number for number, city in enumerate(self.cities)}

    @cached_property
    def _symmetric(self) -> bool:
        return bool((self.distance == self.distance.T).all())

    @cached_property
    def _near(self) -> Ints:
        return nearest_cities(self.distance)

    def _order(self, plan: Tour) -> Ints:
        """int64[cities]: the rows of `distance` of a plan's cities.

        Those that do not exist are left out.
        """
        number = self._number
        return np.array([number[city] for city in plan.cities if city in number], dtype=np.int64)

    def _from_first(self, order: Ints) -> Ints:
        """The same round trip from the first city on, where it is visited."""
        at = np.flatnonzero(order == 0)
        return np.roll(order, -at[0]) if len(at) else order

    def _length(self, order: Ints) -> float:
        return float(self.distance[order, np.roll(order, -1)].sum())
