"""Facility location: which sites to open, and who is served from where, at the least cost of both.

A customer has one site. Benchmarks that split customers, as the OR-Library's cap41 to cap134, have
optima at most as large: the same where no capacity binds (cap71 to cap74, cap101, ...).

Source: Balinski (1965); single source after Barcelo and Casanovas (1984).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError
from qopt.kit.checks import require, require_count, require_positive

from ..loads import Loads, draw_loads
from .files import read_sites
from .greedy import added
from .model import SitesModel
from .parts import served_anew
from .supply import Supply

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Floats

MOST_PARTS = 1000


@dataclass(frozen=True, eq=False)
class FacilityLocation:
    """Sites to open and customers to serve from them, each from one, at the least total cost.

    Parameters
    ----------
    fixed
        float64[sites], at least 0: the cost of opening.
    cost
        float64[customers, sites]: of serving all of the customer's demand from the site.
    demand
        float64[customers], above 0; by default 1 each.
    capacity
        float64[sites], at least 0, in the units of demand; by default enough for everyone.
    sites, customers
        Names; by default the labels of the tables, which are put in the order of the names, or
        "site 1" and on, and numbers from 1.
    formulation
        "summed" or "strong": see `docs/problems/facility-location.md` for when each wins.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the site or the customer; Infeasible for a customer
        too large for every site, and where all sites together are too small.
    """

    fixed: Floats
    cost: Floats
    demand: Floats | None = None
    capacity: Floats | None = None
    sites: Sequence[str] = ()
    customers: Sequence[str] = ()
    name: str = ""
    best_known: float | None = None
    formulation: Literal["summed", "strong"] = "summed"

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Loads
    formats: ClassVar = (
        "OR-Library cap text: 'sites customers', capacity and fixed cost a site, demand and costs "
        "a customer; or Holmberg's, demands first"
    )
    kinds: ClassVar = ("sites", "near sites", "customers")

    def __post_init__(self) -> None:
        supply = Supply.of(
            self.fixed, self.cost, self.demand, self.capacity, self.sites, self.customers
        )
        for field, value in vars(supply).items():
            object.__setattr__(self, field, value)
        if self.formulation not in ("summed", "strong"):
            raise QoptError(f"formulation={self.formulation!r}: give 'summed' or 'strong'")
        supply.require_room()

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        capacity: float | None = None,
        parts: int = 1,
        formulation: Literal["summed", "strong"] = "summed",
    ) -> FacilityLocation:
        """Read the OR-Library's text, or Holmberg's.

        The first has "sites customers", each site's capacity and fixed cost, then each customer's
        demand and what all of it costs from each site. In the second all demands precede the costs,
        site by site.

        `capacity` is that of every site, whatever the file says: capa to capc leave it open. With
        `parts` each customer becomes so many, of equal shares: for files with customers too large
        for one site. Raises FileError with the line.
        """
        require_count("parts", parts)
        require(parts <= MOST_PARTS, "parts", parts, f"a whole number, {MOST_PARTS} at most")
        require_positive("capacity", capacity, optional=True)
        fields = read_sites(path, capacity=capacity, parts=parts)
        return fields.make(cls, formulation=formulation)

    @classmethod
    def generate(cls, *, sites: int = 10, customers: int = 30, seed: int = 0) -> FacilityLocation:
        """Sites and customers spread over a square, with room for twice the demand.

        Demands are 1 to 9, and the cost is distance times demand.
        """
        require_count("sites", sites)
        require_count("customers", customers)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        site, customer = random.uniform(0, 100, (sites, 2)), random.uniform(0, 100, (customers, 2))
        demand = random.integers(1, 10, customers).astype(np.float64)
        distance = np.hypot(*(customer[:, None] - site).transpose(2, 0, 1))
        capacity = np.full(sites, max(9.0, np.ceil(2 * demand.sum() / sites)))
        fixed = random.integers(200, 601, sites).astype(np.float64)
        cost = np.floor(distance * demand[:, None])
        return cls(fixed, cost, demand, capacity, name=f"random-{sites}x{customers}-s{seed}")

    @cached_property
    def _supply(self) -> Supply:
        assert self.demand is not None
        assert self.capacity is not None
        names = tuple(self.sites), tuple(self.customers)
        return Supply(self.fixed, self.cost, self.demand, self.capacity, *names)

    @cached_property
    def _model(self) -> SitesModel:
        return SitesModel(self._supply, self.formulation == "strong")

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Loads:
        """Sites that are open or serve somebody: who serves is open."""
        return self._model.plan(sample)

    def encode(self, plan: Loads) -> dict[Any, float]:
        """The plan's assignment. Raises QoptError for a customer or a site that does not exist."""
        return self._model.sample(plan)

    def evaluate(self, plan: Loads) -> Evaluation:
        """Fixed costs of the sites listed, and the cost of serving.

        Broken are customers not served just once, sites above their capacity, and names that do not
        exist.
        """
        return self._supply.evaluate(plan)

    def greedy(self) -> Loads:
        """Open what saves most until there is room for all, then serve the largest customers first.

        Who fits nowhere opens another site, or breaks a capacity.
        """
        return added(self._supply)

    def neighbourhood(
        self,
        plan: Loads,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some customers served anew.

        "sites": all those of some sites, which may open and close; "near sites" are such that serve
        the same customers cheaply. "customers": any, from all sites, in the room the others leave.
        Customers that nobody serves are always free. None where a freed customer has no room: of a
        plan that breaks capacities.
        """

        def part_of(part: Supply) -> FacilityLocation:
            return FacilityLocation(
                part.fixed,
                part.cost,
                part.demand,
                part.capacity,
                part.sites,
                part.customers,
                formulation=self.formulation,
            )

        return served_anew(self._supply, plan, kind, size, random, part_of)

    def draw(self, plan: Loads, axes: Any) -> None:
        """A bar an open site, its customers one after another.

        Raises QoptError for a name that does not exist.
        """
        supply = self._supply
        supply.held(plan)
        demand = dict(zip(self.customers, supply.demand.tolist(), strict=True))
        room = dict(zip(self.sites, supply.room.tolist(), strict=True))
        draw_loads(plan, lambda customer, _: demand[customer], lambda site: room[site], axes)
        cost = f"cost {self.evaluate(plan).objective:g}"
        axes.set_title(f"{self.name or 'sites'}: {len(plan.loads)} open, {cost}")
