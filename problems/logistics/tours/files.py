"""Reading TSPLIB files of one round trip."""

from __future__ import annotations

from typing import Any

from qopt.kit.files import At, Fields, Text

from ..places.distances import require_rounding
from ..places.edge_weights import read_ways
from ..places.sections import KeywordFile, stem

CITY_LIMIT = 10_000  # of a file: their distances take 0.8 GB

ROUTING = "vehicles and customers are routed by 'vehicle-routing'"
TYPES: dict[str, str | None] = {
    "TSP": None,
    "ATSP": None,
    "CVRP": ROUTING,
    "VRPTW": ROUTING,
    "CVRPTW": ROUTING,
    "TOUR": "a tour is an answer and no problem; give the file of distances it belongs to",
    "HCP": "a cycle in a graph of some edges has no distances",
    "HPP": "a path in a graph of some edges has no distances",
    "SOP": "cities that must come before others are not modelled",
    "TSPTW": "windows of cities are not modelled here; "
    "as one vehicle they are, by 'vehicle-routing'",
    "GTSP": "visiting one city of each group is not modelled",
    "PDTSP": "pickups and deliveries are not modelled",
    "TRP": "the sum of arrivals is not modelled",
    "MLP": "the sum of arrivals is not modelled",
}
REFUSED = {
    "CAPACITY": ROUTING,
    "VEHICLES": ROUTING,
    "SALESMEN": ROUTING,
    "DEMAND_SECTION": ROUTING,
    "TIME_WINDOW_SECTION": "windows of cities are not modelled here",
    "SERVICE_TIME": "times at cities are not modelled here",
    "SERVICE_TIME_SECTION": "times at cities are not modelled here",
}


def read_tsplib(text: Text, rounding: str | None = None) -> Fields:
    """The arguments of a `TravellingSalesman`; cities are named by their nodes.

    Raises FileError with the line.
    """
    require_rounding(rounding)
    file = KeywordFile(text, (), REFUSED, TYPES)
    n = file.nodes(CITY_LIMIT)
    ways = read_ways(file, n, rounding)
    values: dict[str, Any] = {
        "distance": ways.distance,
        "cities": [str(node) for node in range(file.first, file.first + n)],
        "coordinates": ways.drawn,
        "name": file.text("NAME").removesuffix(".tsp") or stem(text),
    }
    lines: dict[tuple[str | int, ...], At] = {("distance",): file.line("EDGE_WEIGHT_TYPE") or 1}
    fields = Fields(text, values, lines, ways.notes, ways.warnings)
    if depots := file.sections.get("DEPOT_SECTION"):
        fields.notes.append(
            f"line {depots.line}: DEPOT_SECTION does not matter, a round trip may begin anywhere"
        )
    return fields
