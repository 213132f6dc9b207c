"""Reading VRPLIB files of capacitated vehicle routing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from .vrplib import Floats, VrplibFile

NODE_LIMIT = 10_000  # of a file: their distances take 0.8 GB


def read_vrplib(path: str | Path) -> dict[str, Any]:
    """The fields of a `VehicleRouting`; customer i is node i + 1 when node 1 is the depot. Raises FileError with the line."""
    file = VrplibFile(path)
    if (kind := file.text("TYPE", "CVRP")) != "CVRP":
        raise file.error(f"TYPE is {kind}; this reads CVRP", file.fields["TYPE"][1])
    n = file.whole("DIMENSION", 2)
    if n > NODE_LIMIT:
        raise file.error(
            f"DIMENSION is {n}; at most {NODE_LIMIT} nodes are read", file.fields["DIMENSION"][1]
        )
    capacity = file.number("CAPACITY", 1e-9)
    demand, lines = file.table("DEMAND_SECTION", 1, n)
    distance, places = file.distances(n)
    depot = file.depot(n)
    order = [depot, *(node for node in range(n) if node != depot)]
    for customer, node in enumerate(order):
        if not 0 <= demand[node, 0] <= capacity or (customer == 0 and demand[node, 0] != 0):
            raise file.error(bad_demand(customer, demand[node, 0], capacity), lines[node])
    quantities = demand[order, 0]
    best = re.search(
        r"(?:Optimal|Best) value: *(\d{1,15}(?:\.\d{1,15})?)(?!\.?\d)", file.text("COMMENT")
    )
    return {
        "distance": distance[np.ix_(order, order)],
        "demand": quantities,
        "capacity": capacity,
        "vehicles": _fleet(file, quantities, capacity),
        "coordinates": None if places is None else places[order],
        "name": file.text("NAME") or Path(path).stem,
        "best_known": float(best[1]) if best else None,
    }


def bad_demand(customer: int, demand: float, capacity: float) -> str:
    if customer == 0:
        return f"the depot has demand {demand:g}; give it 0"
    remedy = "split the order or use larger trucks" if demand > capacity else "give 0 or more"
    return f"customer {customer} has demand {demand:g}, outside 0..{capacity:g} (the capacity); {remedy}"


def _fleet(file: VrplibFile, demand: Floats, capacity: float) -> int:
    """Trucks by the file, its comment or its name; the "-k25" of an X instance is no limit but the fewest there could be.

    Where the triangle inequality holds no plan needs two trucks that are half empty, so twice as many do.
    """
    fewest = max(1, int(np.ceil(demand.sum() / capacity)))
    if "VEHICLES" in file.fields:
        return file.whole("VEHICLES", 1)
    if file.text("NAME").startswith("X-"):
        return min(2 * fewest, len(demand) - 1)
    stated = re.search(r"trucks: *(\d{1,6})\b", file.text("COMMENT")) or re.search(
        r"-k(\d{1,6})$", file.text("NAME")
    )
    return max(1, int(stated[1])) if stated else fewest
