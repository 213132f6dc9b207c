"""Facility location: which sites to open, and who is served from where, at the least cost of both.

Formulation: `open[i]`, and `serve[j,i]`: site i serves all of customer j (single source, one-hot). What ties the two is, with

    summed    sum_j demand_j serve[j,i] <= capacity_i open[i]     a row a site, capacity and opening in one
    strong    serve[j,i] <= open[i] besides, and these rows only for sites that cannot serve everyone

Both make `open` an indicator, which annealers that know them never move by itself. Strong rows are pairs, so a penalty QUBO
needs no slack bits where capacities do not bind, and its relaxation is tighter for exact solvers.

A customer has one site. Benchmarks that split customers, as the OR-Library's cap41 to cap134, have optima at most as large:
the same where no capacity binds (cap71 to cap74, cap101, ...).

Source: Balinski (1965); single source after Barcelo and Casanovas (1984). `greedy` is the add heuristic of Kuehn and Hamburger
(1963).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, Infeasible, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import axis, quantities, require, require_count, require_positive
from qopt.kit.models import assignment, at_most, chosen, exactly_one, labels, minimise

from ..excess import TOLERANCE, excess
from ..loads import Loads, draw_loads
from .files import read_sites

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Bits, Floats


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
        Names; by default the labels of the tables, which are put in the order of the names, or "site 1" and on, and numbers
        from 1.
    formulation
        "summed" or "strong", as above; see `docs/problems/facility-location.md` for when each wins.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the site or the customer; Infeasible for a customer too large for every site, and
        where all sites together are too small.
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
        "OR-Library cap text: 'sites customers', capacity and fixed cost a site, demand and costs a "
        "customer; or Holmberg's, demands first"
    )

    def __post_init__(self) -> None:
        tables = ("fixed", self.fixed, 0), ("capacity", self.capacity, 0), ("cost", self.cost, 1)
        sites = axis("site", self.sites, *tables, prefix="site ")
        customers = axis(
            "customer", self.customers, ("cost", self.cost, 0), ("demand", self.demand, 0)
        )
        fixed = quantities("fixed", self.fixed, sites, least=0)
        cost = quantities("cost", self.cost, customers, sites)
        one = np.ones(len(cost))
        demand = quantities(
            "demand", one if self.demand is None else self.demand, customers, least=0
        )
        for j in np.flatnonzero(demand == 0).tolist():
            raise QoptError(
                f"demand of customer {customers[1][j]} is 0; give more than 0, or leave the customer out",
                ("demand", j),
            )
        room = np.full(len(fixed), demand.sum()) if self.capacity is None else self.capacity
        capacity = quantities("capacity", room, sites, least=0)
        made = {
            "fixed": fixed,
            "cost": cost,
            "demand": demand,
            "capacity": capacity,
            "sites": sites[1],
            "customers": customers[1],
        }
        for field, value in made.items():
            object.__setattr__(self, field, value)
        if self.formulation not in ("summed", "strong"):
            raise QoptError(f"formulation={self.formulation!r}: give 'summed' or 'strong'")
        rows = tuple(f"capacity[{site}]" for site in self.sites)
        for j, (name, amount) in enumerate(zip(self.customers, demand.tolist(), strict=True)):
            if excess(amount, float(capacity.max())):
                raise Infeasible(
                    f"customer {name} demands {amount:g}, above every capacity (the largest is {capacity.max():g}); "
                    "split the customer (of a file: parts=) or enlarge a site",
                    (f"served[{name}]", *rows),
                    ("demand", j),
                )
        if excess(float(demand.sum()), float(capacity.sum())):
            raise Infeasible(
                f"customers demand {demand.sum():g}, all sites together hold {capacity.sum():g}; enlarge a site or add one",
                rows,
            )

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        capacity: float | None = None,
        parts: int = 1,
        formulation: Literal["summed", "strong"] = "summed",
    ) -> FacilityLocation:
        """Read the OR-Library's text: "sites customers", each site's capacity and fixed cost, then each customer's demand and
        what all of it costs from each site; or Holmberg's, where all demands precede the costs, site by site.

        `capacity` is that of every site, whatever the file says: capa to capc leave it open. With `parts` each customer becomes
        so many, of equal shares: for files with customers too large for one site. Raises FileError with the line.
        """
        require_count("parts", parts)
        require(parts <= MOST_PARTS, "parts", parts, f"a whole number, {MOST_PARTS} at most")
        require_positive("capacity", capacity, optional=True)
        fields = read_sites(path, capacity=capacity, parts=parts)
        return fields.make(cls, formulation=formulation)

    @classmethod
    def generate(cls, *, sites: int = 10, customers: int = 30, seed: int = 0) -> FacilityLocation:
        """Sites and customers spread over a square; demands 1 to 9, cost distance times demand, room for twice the demand."""
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
    def _open(self) -> Any:
        return labels("open", self.sites)

    @cached_property
    def _serve(self) -> Any:
        return labels("serve", self.customers, self.sites)

    @cached_property
    def _room(self) -> Floats:
        """Each site's capacity, at most all demand, so that the row that ties it to its opening is tight."""
        room: Floats = np.minimum(self._capacity, self._demand.sum())
        return room

    @cached_property
    def _binding(self) -> Bits:
        """The sites that cannot serve everyone."""
        binding: Bits = self._capacity < self._demand.sum()
        return binding

    @property
    def _demand(self) -> Floats:
        assert self.demand is not None
        return self.demand

    @property
    def _capacity(self) -> Floats:
        assert self.capacity is not None
        return self.capacity

    def model_size(self) -> ModelSize:
        customers, sites = self.cost.shape
        rows = (
            sites if self.formulation == "summed" else customers * sites + int(self._binding.sum())
        )
        return ModelSize(sites + customers * sites, 0, customers + rows)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        variables = np.concatenate([self._open, self._serve.ravel()])
        cqm = minimise(variables, np.concatenate([self.fixed, self.cost.ravel()]))
        exactly_one(cqm, "served", self.customers, self._serve)
        for i, (site, use, column) in enumerate(
            zip(self.sites, self._open, self._serve.T, strict=True)
        ):
            if self.formulation == "strong":
                for customer, serve in zip(self.customers, column, strict=True):
                    at_most(cqm, f"open[{customer},{site}]", (serve, use), (1.0, -1.0), 0.0)
            if self.formulation == "summed" or self._binding[i]:
                at_most(
                    cqm, f"capacity[{site}]", [*column, use], [*self._demand, -self._room[i]], 0.0
                )
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Loads:
        """Sites that are open or serve somebody: who serves is open."""
        served = chosen(sample, self._serve)
        return self._loads(served, chosen(sample, self._open) | served.any(axis=0))

    def encode(self, plan: Loads) -> dict[Any, float]:
        """The plan's assignment. Raises QoptError for a customer or a site that does not exist."""
        held = plan.held(self.customers, self.sites)
        return assignment(self._open, self._listed(plan)) | assignment(self._serve, held)

    def evaluate(self, plan: Loads) -> Evaluation:
        """Fixed costs of the sites listed, and the cost of serving; broken are customers not served just once, sites above
        their capacity, and names that do not exist."""
        row, column = (
            {name: k for k, name in enumerate(known)} for known in (self.customers, self.sites)
        )
        violations = list(plan.misplaced("customer", self.customers, self.sites))
        opening, serving, used = 0.0, 0.0, dict.fromkeys(self.sites, 0.0)
        for part in plan.loads:
            if part.holder not in column:
                continue
            i, customers = (
                column[part.holder],
                [row[customer] for customer in part.items if customer in row],
            )
            opening += float(self.fixed[i])
            serving += float(self.cost[customers, i].sum())
            used[part.holder] += float(self._demand[customers].sum())
        for (site, load), capacity in zip(used.items(), self._capacity.tolist(), strict=True):
            if over := excess(load, capacity):
                violations.append(Violation(f"capacity[{site}]", over, "units"))
        kpis = {"sites": float(len(plan.loads)), "opening": opening, "serving": serving}
        return Evaluation(opening + serving, tuple(violations), kpis)

    def greedy(self) -> Loads:
        """Open what saves most, sites as if they held everyone, until nothing saves and there is room for all demand; then
        customers, largest first, to the cheapest with room. Who fits nowhere opens another site, or breaks a capacity."""
        opened, cheapest = (
            np.zeros(len(self.sites), dtype=np.bool_),
            self.cost.max(axis=1) + self.fixed.sum(),
        )
        while not opened.all():
            gain = np.maximum(cheapest[:, None] - self.cost, 0.0).sum(axis=0) - self.fixed
            best = int(np.argmax(np.where(opened, -np.inf, gain)))
            if gain[best] <= 0 and not excess(
                float(self._demand.sum()), float(self._capacity[opened].sum())
            ):
                break
            opened[best] = True
            cheapest = np.minimum(cheapest, self.cost[:, best])
        left, held = self._capacity * (1 + TOLERANCE), np.zeros(self.cost.shape, dtype=np.bool_)
        for j in np.argsort(-self._demand, kind="stable").tolist():
            fits = left >= self._demand[j]
            price = np.where(fits, self.cost[j] + np.where(opened, 0.0, self.fixed), np.inf)
            among = opened & fits if (opened & fits).any() else fits
            i = (
                int(np.argmin(np.where(among, price, np.inf)))
                if fits.any()
                else int(np.argmax(left))
            )
            held[j, i] = opened[i] = True
            left[i] -= self._demand[j]
        return self._loads(held, held.sum(axis=0) > 0)

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("sites", "near sites", "customers")

    def neighbourhood(
        self,
        plan: Loads,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some customers served anew. "sites": all those of some sites, which may open and close; "near sites" are such that
        serve the same customers cheaply. "customers": any, from all sites, in the room the others leave.

        Customers that nobody serves are always free. None where a freed customer has no room: of a plan that breaks capacities.
        """
        held, opened = plan.held(self.customers, self.sites), self._listed(plan)
        lost = held.sum(axis=1) == 0
        if kind == "customers":
            sites = np.arange(len(self.sites))
            first = np.argsort(np.where(lost, 0.0, 1.0 + random.random(len(lost))))
            customers = np.sort(first[: max(0, size // len(sites) - 1)])
        else:
            order = random.permutation(len(self.sites))
            if kind == "near sites":
                order = np.argsort(
                    np.abs(self._price - self._price[:, order[:1]]).sum(axis=0), kind="stable"
                )
            free = (
                np.maximum.accumulate(held[:, order], axis=1) | lost[:, None]
            )  # [customers, how many sites are taken]
            taken = int(
                np.count_nonzero((free.sum(axis=0) + 1) * np.arange(1, len(order) + 1) <= size)
            )
            sites, customers = np.sort(order[:taken]), np.flatnonzero(free[:, taken - 1])
        fixed = held.copy()
        fixed[customers] = False
        busy = fixed[:, sites].any(axis=0)  # they stay open for others
        left = self._capacity[sites] - self._demand @ fixed[:, sites]
        demand = self._demand[customers]
        if (
            len(sites) < 2
            or not len(customers)
            or left.min() < 0
            or demand.max() > left.max()
            or demand.sum() > left.sum()
        ):
            return None
        inside = np.ix_(customers, sites)
        part = FacilityLocation(
            np.where(busy, 0.0, self.fixed[sites]),
            self.cost[inside],
            demand,
            left,
            [self.sites[i] for i in sites.tolist()],
            [self.customers[j] for j in customers.tolist()],
            formulation=self.formulation,
        )

        def back(again: Loads) -> Loads:
            """The other customers stay where they are, and so do the sites that serve them."""
            whole, used = fixed.copy(), opened.copy()
            whole[inside] = again.held(part.customers, part.sites)
            used[sites] = part._listed(again) | busy
            return self._loads(whole, used)

        return Neighbourhood(part, part._loads(held[inside], opened[sites]), back)

    def draw(self, plan: Loads, axes: Any) -> None:
        """A bar an open site, its customers one after another. Raises QoptError for a name that does not exist."""
        plan.held(self.customers, self.sites)
        demand = dict(zip(self.customers, self._demand.tolist(), strict=True))
        room = dict(zip(self.sites, self._room.tolist(), strict=True))
        draw_loads(plan, lambda customer, _: demand[customer], lambda site: room[site], axes)
        axes.set_title(
            f"{self.name or 'sites'}: {len(plan.loads)} open, cost {self.evaluate(plan).objective:g}"
        )

    @cached_property
    def _price(self) -> Floats:
        """[customers, sites]: the cost of serving a unit."""
        price: Floats = self.cost / self._demand[:, None]
        return price

    def _listed(self, plan: Loads) -> Bits:
        listed = {load.holder for load in plan.loads}
        return np.array([site in listed for site in self.sites])

    def _loads(self, served: Bits, opened: Bits) -> Loads:
        return Loads.of(
            served,
            self.customers,
            self.sites,
            np.broadcast_to(self._demand[:, None], served.shape),
            used=opened,
        )
