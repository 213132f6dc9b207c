"""Sites, customers, and what serving these from those costs: what is given, and its arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import Evaluation, Infeasible, QoptError, Violation
from qopt.kit.checks import axis, quantities

from ..excess import excess
from ..loads import Loads

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class Supply:
    """As `FacilityLocation` explains it, without anything left open."""

    fixed: Floats
    cost: Floats
    demand: Floats
    capacity: Floats
    sites: tuple[str, ...]
    customers: tuple[str, ...]

    @classmethod
    def of(
        cls,
        fixed: Any,
        cost: Any,
        demand: Any | None,
        capacity: Any | None,
        site_names: Sequence[str],
        customer_names: Sequence[str],
    ) -> Supply:
        """Of what a planner gives. Raises QoptError, naming the site or the customer."""
        by_site = ("fixed", fixed, 0), ("capacity", capacity, 0), ("cost", cost, 1)
        by_customer = ("cost", cost, 0), ("demand", demand, 0)
        sites = axis("site", site_names, *by_site, prefix="site ")
        customers = axis("customer", customer_names, *by_customer)
        opening = quantities("fixed", fixed, sites, least=0)
        serving = quantities("cost", cost, customers, sites)
        wanted = np.ones(len(serving)) if demand is None else demand
        asked = quantities("demand", wanted, customers, least=0)
        for j in np.flatnonzero(asked == 0).tolist():
            remedy = "give more than 0, or leave the customer out"
            message = f"demand of customer {customers[1][j]} is 0; {remedy}"
            raise QoptError(message, ("demand", j))
        enough = np.full(len(opening), asked.sum())
        room = quantities("capacity", enough if capacity is None else capacity, sites, least=0)
        return cls(opening, serving, asked, room, sites[1], customers[1])

    def require_room(self) -> None:
        """Raises Infeasible for a customer too large for every site, and for too little room."""
        rows = tuple(f"capacity[{site}]" for site in self.sites)
        largest, asked = float(self.capacity.max()), float(self.demand.sum())
        for j, (name, amount) in enumerate(zip(self.customers, self.demand.tolist(), strict=True)):
            if excess(amount, largest):
                above = f"above every capacity (the largest is {largest:g})"
                remedy = "split the customer (of a file: parts=) or enlarge a site"
                message = f"customer {name} demands {amount:g}, {above}; {remedy}"
                raise Infeasible(message, (f"served[{name}]", *rows), ("demand", j))
        if excess(asked, float(self.capacity.sum())):
            held = f"all sites together hold {self.capacity.sum():g}"
            message = f"customers demand {asked:g}, {held}; enlarge a site or add one"
            raise Infeasible(message, rows)

    @cached_property
    def room(self) -> Floats:
        """Each site's capacity, at most all demand, so that what ties it to opening is tight."""
        room: Floats = np.minimum(self.capacity, self.demand.sum())
        return room

    @cached_property
    def binding(self) -> Bits:
        """The sites that cannot serve everyone."""
        binding: Bits = self.capacity < self.demand.sum()
        return binding

    @cached_property
    def price(self) -> Floats:
        """[customers, sites]: the cost of serving a unit."""
        price: Floats = self.cost / self.demand[:, None]
        return price

    def held(self, plan: Loads) -> Bits:
        """[customers, sites]: who is served from where. Raises QoptError for unknown names."""
        return plan.held(self.customers, self.sites)

    def opened(self, plan: Loads) -> Bits:
        """[sites]: those that a plan lists."""
        listed = {load.holder for load in plan.loads}
        return np.array([site in listed for site in self.sites])

    def plan(self, served: Bits, opened: Bits) -> Loads:
        """Of [customers, sites] and [sites]."""
        amount = np.broadcast_to(self.demand[:, None], served.shape)
        return Loads.of(served, self.customers, self.sites, amount, used=opened)

    def evaluate(self, plan: Loads) -> Evaluation:
        """Fixed costs of the sites listed, and the cost of serving."""
        row = {name: j for j, name in enumerate(self.customers)}
        column = {name: i for i, name in enumerate(self.sites)}
        violations = list(plan.misplaced("customer", self.customers, self.sites))
        opening, serving, used = 0.0, 0.0, dict.fromkeys(self.sites, 0.0)
        for part in plan.loads:
            if part.holder not in column:
                continue
            i = column[part.holder]
            customers = [row[customer] for customer in part.items if customer in row]
            opening += float(self.fixed[i])
            serving += float(self.cost[customers, i].sum())
            used[part.holder] += float(self.demand[customers].sum())
        for (site, load), capacity in zip(used.items(), self.capacity.tolist(), strict=True):
            if over := excess(load, capacity):
                violations.append(Violation(f"capacity[{site}]", over, "units"))
        kpis = {"sites": float(len(plan.loads)), "opening": opening, "serving": serving}
        return Evaluation(opening + serving, tuple(violations), kpis)
