"""Vehicle routing as set partitioning: `route[3>5>8]` says that some truck drives 0 > 3 > 5 > 8 > 0.

One variable for each set of customers that fits in a truck, in the shortest order of its customers. Capacity and order are
settled before the QUBO is made; what is left is to serve each customer once, with at most as many routes as trucks. No slack
bits but those of the fleet, which is why this form gives feasible plans as penalties (E-n13-k4, 538 sets: 0.59 of 160 reads
feasible after 1000 sweeps; `python -m tests.benchmarks.choices`). The number of sets explodes with the customers a truck holds.

A customer is served once in every feasible plan, so half its round trip can be taken off each route through it and put into
the offset. The prices of routes, 18..149 on E-n13-k4, become -59..56, and so do the penalties that must outweigh them.

Source: set partitioning after Balinski and Quandt (1964); shortest orders by Held and Karp (1962).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qopt import ModelSize, QoptError

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Route = tuple[int, ...]


def shortest_routes(distance: Floats, demand: Floats, capacity: float, limit: int) -> dict[Route, float] | None:
    """The shortest route through each set of customers that fits in a truck, with its length; None for more than `limit`."""
    # for each set (ascending), for each last customer: the shortest way from the depot through the set, and its length
    paths: dict[frozenset[int], dict[int, tuple[float, Route]]] = {}
    grown = [frozenset[int]()]
    while grown:
        larger: list[frozenset[int]] = []
        for base in grown:
            load = sum(demand[c] for c in base)
            for c in range(max(base, default=0) + 1, len(demand)):
                if load + demand[c] <= capacity:
                    larger.append(base | {c})
                    if len(paths) + len(larger) > limit:
                        return None
        for customers in larger:
            paths[customers] = {last: _shortest_path(paths, customers, last, distance) for last in sorted(customers)}
        grown = larger
    routes: dict[Route, float] = {}
    for ends in paths.values():
        length, route = min((length + distance[last, 0], route) for last, (length, route) in ends.items())
        routes[route] = float(length)
    return routes


def _shortest_path(
    paths: Mapping[frozenset[int], Mapping[int, tuple[float, Route]]],
    customers: frozenset[int],
    last: int,
    distance: Floats,
) -> tuple[float, Route]:
    before = paths.get(customers - {last})
    if not before:
        return float(distance[0, last]), (last,)
    return min((length + float(distance[end, last]), (*route, last)) for end, (length, route) in before.items())


@dataclass(frozen=True, eq=False)
class RouteSets:
    """The model over `routes`, each with its length."""

    distance: Floats
    vehicles: int
    routes: Mapping[Route, float]

    @cached_property
    def _label_of(self) -> dict[frozenset[int], str]:
        return {frozenset(route): f"route[{'>'.join(map(str, route))}]" for route in self.routes}

    def size(self) -> ModelSize:
        return ModelSize(len(self.routes), 0, len(self.distance))

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        labels = list(self._label_of.values())
        price = (self.distance[0] + self.distance[:, 0]) / 2
        objective = dimod.BinaryQuadraticModel("BINARY")
        for label, (route, length) in zip(labels, self.routes.items(), strict=True):
            objective.add_variable(label, length - float(price[list(route)].sum()))
        objective.offset = float(price[1:].sum())
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        for customer in range(1, len(self.distance)):
            through = [(label, 1.0) for label, route in zip(labels, self.routes, strict=True) if customer in route]
            cqm.add_constraint_from_iterable(through, "==", rhs=1.0, label=f"served[{customer}]")
        cqm.add_constraint_from_iterable([(label, 1.0) for label in labels], "<=", rhs=self.vehicles, label="vehicles")
        return cqm

    def trucks(self, sample: Mapping[Any, float]) -> list[Route]:
        """The chosen routes."""
        return [route for route, label in zip(self.routes, self._label_of.values(), strict=True) if sample[label] > 0.5]

    def sample(self, routes: Sequence[Sequence[int]]) -> dict[Any, float]:
        """The assignment of these routes. Raises QoptError for one that no truck can carry or that repeats a customer."""
        sample = dict.fromkeys(self._label_of.values(), 0.0)
        for route in routes:
            label = self._label_of.get(frozenset(route))
            if label is None or len(set(route)) != len(route):
                raise QoptError(f"route {'>'.join(map(str, route))} repeats a customer or does not fit in a truck")
            if sample[label]:
                raise QoptError(f"route {'>'.join(map(str, route))} is driven twice")
            sample[label] = 1.0
        return sample
