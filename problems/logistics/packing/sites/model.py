"""The model of sites: `open[i]`, and `serve[j,i]`, that site i serves all of customer j.

What ties the two is, with

    summed    sum_j demand_j serve[j,i] <= capacity_i open[i]    a row a site, both in one
    strong    serve[j,i] <= open[i] besides, and of those rows only where a site cannot serve all

Both make `open` an indicator, which annealers that know them never move by itself. Strong rows are
pairs, so a penalty QUBO needs no slack bits where capacities do not bind, and its relaxation is
tighter for exact solvers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize
from qopt.kit.models import assignment, at_most, chosen, exactly_one, labels, minimise

from ..loads import Loads
from .supply import Supply

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class SitesModel:
    """Sites that open and serve, with `strong` rows or summed ones."""

    supply: Supply
    strong: bool

    @cached_property
    def _open(self) -> Any:
        return labels("open", self.supply.sites)

    @cached_property
    def _serve(self) -> Any:
        return labels("serve", self.supply.customers, self.supply.sites)

    def size(self) -> ModelSize:
        customers, sites = self.supply.cost.shape
        rows = sites
        if self.strong:
            rows = customers * sites + int(self.supply.binding.sum())
        return ModelSize(sites + customers * sites, 0, customers + rows)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        supply = self.supply
        variables = np.concatenate([self._open, self._serve.ravel()])
        cqm = minimise(variables, np.concatenate([supply.fixed, supply.cost.ravel()]))
        exactly_one(cqm, "served", supply.customers, self._serve)
        columns = zip(supply.sites, self._open, self._serve.T, strict=True)
        for i, (site, use, column) in enumerate(columns):
            if self.strong:
                for customer, serve in zip(supply.customers, column, strict=True):
                    at_most(cqm, f"open[{customer},{site}]", (serve, use), (1.0, -1.0), 0.0)
            if not self.strong or supply.binding[i]:
                weights = [*supply.demand, -supply.room[i]]
                at_most(cqm, f"capacity[{site}]", [*column, use], weights, 0.0)
        return cqm

    def plan(self, sample: Mapping[Any, float]) -> Loads:
        """Sites that are open or serve somebody: who serves is open."""
        served = chosen(sample, self._serve)
        return self.supply.plan(served, chosen(sample, self._open) | served.any(axis=0))

    def sample(self, plan: Loads) -> dict[Any, float]:
        """Raises QoptError for a customer or a site that does not exist."""
        served = assignment(self._serve, self.supply.held(plan))
        return assignment(self._open, self.supply.opened(plan)) | served
