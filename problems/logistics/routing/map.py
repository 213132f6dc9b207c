"""Routes drawn on a map, or along the distance where there is none."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .plan import Routes
from .trips import Floats, Trips


def draw(trips: Trips, plan: Routes, axes: Any, coordinates: Floats | None, name: str) -> None:
    """On matplotlib axes; squares are depots, who is left out is a cross."""
    for number, route in enumerate(plan.routes, 1):
        depot = trips.types[trips.kind_of.get(route.vehicle, 0)].depot
        tour = [depot, *route.customers, depot]
        if coordinates is not None:
            x, y = coordinates[tour].T
        else:
            x = np.concatenate([[0], np.cumsum([trips.distance[a, b] for a, b in pairwise(tour)])])
            y = np.full(len(tour), number)
        of_type = f" ({route.vehicle})" if route.vehicle else ""
        axes.plot(x, y, marker="o", label=f"truck {number}{of_type}: load {route.load:g}")
        for at, customer in enumerate(tour[1:-1], 1):
            axes.annotate(
                str(customer),
                (x[at], y[at]),
                textcoords="offset points",
                xytext=(0, 6),
                ha="center",
            )
        axes.plot(x[[0, -1]], y[[0, -1]], "ks", zorder=3)
    if coordinates is not None:
        out = sorted(
            set(trips.customers)
            - {customer for route in plan.routes for customer in route.customers}
        )
        axes.plot(*coordinates[out].T, "kx")
        axes.set_aspect("equal")
        if plan.routes:
            axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    else:
        trucks = [
            f"truck {number}\nload {route.load:g}" for number, route in enumerate(plan.routes, 1)
        ]
        axes.set_xlabel("distance driven (squares: depot)")
        axes.set_yticks(range(1, len(plan.routes) + 1), trucks)
        axes.set_ylim(len(plan.routes) + 0.6, 0.4)
    axes.margins(0.06)
    total = sum(route.distance for route in plan.routes)
    axes.set_title(f"{name}: {len(plan.routes)} trucks, distance {total:g}")
