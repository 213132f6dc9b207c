"""Reading VRPLIB files of vehicle routing.

CVRPLIB, LKH, PyVRP and the EURO-NeurIPS challenge write them.

Customer i is the i-th node that is no depot, behind the depots. Travel times are the distances, by
the file's own rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from qopt.kit.files import At, Fields, Text, whole

from ...places.distances import require_rounding
from ...places.edge_weights import read_ways
from ...places.sections import Floats, KeywordFile, stem
from ..fleet import VehicleType
from ..fleet_size import packs

NODE_LIMIT = 10_000  # of a file: their distances take 0.8 GB

BACKHAULS = "goods that are collected are not modelled"
PICKUPS = "pickups and deliveries are not modelled"
RISK = "the risk of cash in transit is not modelled"
TYPES: dict[str, str | None] = dict.fromkeys(
    (
        "CVRP", "VRP", "ACVRP", "DVRP", "DCVRP", "CDVRP", "ADCVRP",
        "VRPTW", "CVRPTW", "ACVRPTW", "MDVRP", "MDVRPTW",
        "HVRP", "HFVRP", "HFVRPTW", "PCVRP", "PCVRPTW", "SDVRP", "SDVRPTW",
    )
) | {
    "TSP": "one round trip is planned by 'travelling-salesman'",
    "ATSP": "one round trip is planned by 'travelling-salesman'",
    "TOUR": "a tour is an answer and no problem",
    "OVRP": "trips that end at their last customer are not modelled; "
    "an EXPLICIT matrix with ways of 0 back to the depot is",
    "CCVRP": "the sum of arrivals is not modelled",
    "GVRP": "serving one customer of each group is not modelled",
    "MTVRP": "vehicles that load again on the way are not modelled",
    "MTVRPTWR": "vehicles that load again on the way are not modelled",
    "VRPB": BACKHAULS,
    "VRPBTW": BACKHAULS,
    "VRPMPD": PICKUPS,
    "VRPMPDTW": PICKUPS,
    "VRPSPD": PICKUPS,
    "VRPSPDTW": PICKUPS,
    "VRPPD": PICKUPS,
    "PDPTW": PICKUPS,
    "PDVRP": PICKUPS,
    "RCTVRP": RISK,
    "RCTVRPTW": RISK,
}  # fmt: skip
NEEDED = {  # what the name of a type promises
    "VRPTW": ("TIME_WINDOW_SECTION",),
    "CVRPTW": ("TIME_WINDOW_SECTION",),
    "ACVRPTW": ("TIME_WINDOW_SECTION",),
    "MDVRPTW": ("TIME_WINDOW_SECTION",),
    "PCVRPTW": ("TIME_WINDOW_SECTION",),
    "PCVRP": ("PRIZE_SECTION",),
    "DVRP": ("DISTANCE", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE"),
    "DCVRP": ("DISTANCE", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE"),
}
EACH = {  # sections with a number for each vehicle, and the argument of a type of vehicles it is
    "CAPACITY_SECTION": "capacity",
    "VEHICLES_DEPOT_SECTION": "depot",
    "VEHICLES_FIXED_COST_SECTION": "fixed_cost",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION": "cost_per_distance",
    "VEHICLES_MAX_DURATION_SECTION": "max_duration",
}
USED = {
    "CAPACITY", "VEHICLES", "SALESMEN", "DISTANCE", "SERVICE_TIME",
    "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE",
    "DEMAND_SECTION", "LINEHAUL_SECTION", "TIME_WINDOW_SECTION", "SERVICE_TIME_SECTION",
    "PRIZE_SECTION", "VEHICLES_ALLOWED_CLIENTS_SECTION", *EACH,
}  # fmt: skip
RELOADS = "vehicles that load again on the way are not modelled"
REFUSED = {
    "BACKHAUL_SECTION": BACKHAULS,
    "PICKUP_AND_DELIVERY_SECTION": PICKUPS,
    "PICKUP_SECTION": PICKUPS,
    "MUTUALLY_EXCLUSIVE_GROUP_SECTION": "serving one customer of each group is not modelled",
    "RELEASE_TIME_SECTION": "goods that reach the depot during the day are not modelled",
    "VEHICLES_MAX_DISTANCE_SECTION": "a longest way of each vehicle is not read; "
    "give VEHICLES_MAX_DURATION_SECTION",
    "VEHICLES_RELOAD_DEPOT_SECTION": RELOADS,
    "VEHICLES_MAX_RELOADS": RELOADS,
    "VEHICLES_MAX_RELOADS_SECTION": RELOADS,
    "CTSP_SET_SECTION": "which vehicle may serve whom is not modelled",
    "DRAFT_LIMIT_SECTION": "loads that depend on the place are not modelled",
    "REQUIRED_NODES_SECTION": "nodes that only some plans visit are read from PRIZE_SECTION",
    "RISK_THRESHOLD": RISK,
    "DEMAND_DIMENSION": "demands of several goods are not modelled",
}

BEST = re.compile(
    r"(?:Optimal|Best)(?: known)? (?:value|cost|solution|distance|length)"
    r"\s*[:=]?\s*(\d{1,15}(?:\.\d{1,15})?)(?!\.?\d)",
    re.IGNORECASE,
)
STATED = re.compile(r"(?<!min )\bno\.? of trucks\s*[:=]\s*(\d{1,6})\b", re.IGNORECASE)
# sets whose values are of plans with k trucks
FIXED = re.compile(r"(?:[ABEFMP]|XSH)-n\d+-k(\d{1,6})(?:-\d+)?")
NAMED = re.compile(r"-k(\d{1,6})(?:-\d+)?")


@dataclass(eq=False)
class RoutingFields(Fields):
    """With the type of each vehicle of the file, from 0, where its vehicles are told apart."""

    kinds: list[int] = field(default_factory=list)


def read_vrplib(
    text: Text, rounding: str | None = None, vehicles: int | None = None
) -> RoutingFields:
    """The arguments of a `VehicleRouting`, `vehicles` None where the file sets no limit.

    Raises FileError with the line.

    `vehicles` stands for what the file says of their number.
    """
    require_rounding(rounding)
    file = KeywordFile(text, USED, REFUSED, TYPES)
    _require_promised(file)
    n = file.nodes(NODE_LIMIT)
    depots = file.depots(n)
    order = [*depots, *(node for node in range(n) if node not in set(depots))]
    ways = read_ways(file, n, rounding)
    fields = RoutingFields(
        text,
        {
            "distance": ways.distance[np.ix_(order, order)],
            "coordinates": None if ways.drawn is None else ways.drawn[order],
            "depots": len(depots),
            "name": file.text("NAME") or stem(text),
        },
        {("distance",): file.line("EDGE_WEIGHT_SECTION") or file.line("NODE_COORD_SECTION") or 1},
        ways.notes,
        ways.warnings,
    )
    _take_demand(file, fields, order)
    _take_times(file, fields, order)
    _take_limits(file, fields)
    _take_fleet(file, fields, order, vehicles)
    _take_best(file, fields, rounding)
    if depots != list(range(len(depots))) or file.first != 1:
        fields.notes.append(_numbering(file, order, len(depots)))
    return fields


def _require_promised(file: KeywordFile) -> None:
    kind = (file.text("TYPE").upper().split() or [""])[0]
    wanted = NEEDED.get(kind, ())
    if wanted and not file.has(*wanted):
        raise file.error(
            f"TYPE is {kind}, and {' or '.join(wanted)} is missing; is the file cut short?",
            file.line("TYPE"),
        )


def _numbering(file: KeywordFile, order: list[int], depots: int) -> str:
    """Who the customers are, where customer i is not node i + 1."""
    first, last = order[depots] + file.first, order[-1] + file.first
    names = ", ".join(str(node + file.first) for node in order[:depots][:5])
    return (
        f"customers {depots} to {len(order) - 1} are the nodes {first} to {last} of the file in "
        "turn, without the "
        f"depot{'s' if depots > 1 else ''} {names}"
    )


def _column(file: KeywordFile, fields: Fields, name: str, key: str, order: list[int]) -> Floats:
    """A number for each node, as an argument with its places."""
    values, lines = file.table(name, 1, len(order))
    fields.values[key] = values[order, 0]
    _place(fields, {(key, k): lines[node] for k, node in enumerate(order)})
    return fields.values[key]  # type: ignore[no-any-return]


def _place(fields: Fields, places: Mapping[tuple[str | int, ...], At]) -> None:
    fields.places = {**fields.places, **places}


def _take_demand(file: KeywordFile, fields: Fields, order: list[int]) -> None:
    if file.has("DEMAND_SECTION") and file.has("LINEHAUL_SECTION"):
        raise file.error(
            "LINEHAUL_SECTION beside DEMAND_SECTION: both are the demands; take one out",
            file.line("LINEHAUL_SECTION"),
        )
    name = "LINEHAUL_SECTION" if file.has("LINEHAUL_SECTION") else "DEMAND_SECTION"
    _column(file, fields, name, "demand", order)
    if file.has("PRIZE_SECTION"):
        prize = _column(file, fields, "PRIZE_SECTION", "prize", order)
        fields.values["prize"] = np.where(prize == 0, np.inf, prize)
        fields.notes.append(
            "PRIZE_SECTION: what leaving a customer out costs; "
            "those with a prize of 0 must be served"
        )


def _take_times(file: KeywordFile, fields: Fields, order: list[int]) -> None:
    if file.has("TIME_WINDOW_SECTION"):
        windows, lines = file.table("TIME_WINDOW_SECTION", 2, len(order))
        fields.values["windows"] = windows[order]
        _place(fields, {("windows", k): lines[node] for k, node in enumerate(order)})
    if file.has("SERVICE_TIME") and file.has("SERVICE_TIME_SECTION"):
        raise file.error(
            "SERVICE_TIME beside SERVICE_TIME_SECTION: either gives the service times; "
            "take one out",
            file.line("SERVICE_TIME"),
        )
    if file.has("SERVICE_TIME"):
        service = np.full(len(order), file.number("SERVICE_TIME", 0))
        service[: fields.values["depots"]] = 0
        fields.values["service"] = service
    elif file.has("SERVICE_TIME_SECTION"):
        _column(file, fields, "SERVICE_TIME_SECTION", "service", order)


def _take_limits(file: KeywordFile, fields: Fields) -> None:
    """The longest trip.

    DISTANCE limits the way and the services together, VEHICLES_MAX_DISTANCE the way alone.
    """
    given = [
        name
        for name in (
            "DISTANCE",
            "VEHICLES_MAX_DURATION",
            "VEHICLES_MAX_DISTANCE",
            "VEHICLES_MAX_DURATION_SECTION",
        )
        if file.has(name)
    ]
    if len(given) > 1:
        raise file.error(
            f"{given[1]} beside {given[0]}: one limit of a trip is read", file.line(given[1])
        )
    if not given or given[0].endswith("_SECTION"):
        return
    name = given[0]
    if name != "VEHICLES_MAX_DURATION" and file.has("TIME_WINDOW_SECTION"):
        raise file.error(
            f"{name} beside TIME_WINDOW_SECTION: "
            "a limit of the way without the waits is not modelled; "
            "VEHICLES_MAX_DURATION, with the waits, is",
            file.line(name),
        )
    fields.values["max_duration"] = file.number(name, 0)
    _place(fields, {("max_duration",): file.line(name) or 1})
    service = fields.values.get("service")
    if name == "VEHICLES_MAX_DISTANCE" and service is not None and service.any():
        del fields.values["service"]
        fields.notes.append(
            "the service times do not count: the file limits the way of a trip, and no times"
        )


def _take_fleet(
    file: KeywordFile, fields: RoutingFields, order: list[int], vehicles: int | None
) -> None:
    _require_all_allowed(file, fields.values["depots"], len(order))
    if file.has("VEHICLES") and file.has("SALESMEN"):
        raise file.error("SALESMEN beside VEHICLES: take one out", file.line("SALESMEN"))
    key = "SALESMEN" if file.has("SALESMEN") else "VEHICLES"
    stated = file.whole(key, 1) if file.has(key) else None
    if file.has(*EACH):
        _take_types(file, fields, order, stated)
        return
    if fields.values["depots"] > 1:
        raise file.error(
            "several depots: say in VEHICLES_DEPOT_SECTION at which of them each vehicle stands",
            file.line("DEPOT_SECTION"),
        )
    fields.values["capacity"] = file.number("CAPACITY", 0)
    given = stated if vehicles is None else vehicles
    fields.values["vehicles"] = _guessed(file, fields) if given is None else given
    _place(fields, {("capacity",): file.line("CAPACITY") or 1, ("vehicles",): file.line(key) or 1})


def _require_all_allowed(file: KeywordFile, depots: int, n: int) -> None:
    """Refuse vehicles that may not serve everybody."""
    if not file.has("VEHICLES_ALLOWED_CLIENTS_SECTION"):
        return
    for row in file.section("VEHICLES_ALLOWED_CLIENTS_SECTION").rows:
        vehicle, *clients = row.wholes(least=0)
        if len(set(clients)) < n - depots:
            raise row.error(
                f"vehicle {vehicle} may serve {len(clients)} of {n - depots} customers: "
                "who may serve whom is not modelled"
            )


def _take_types(
    file: KeywordFile, fields: RoutingFields, order: list[int], stated: int | None
) -> None:
    """Vehicles alike in all that the file says of them are one type, named after their numbers."""
    tables = [name for name in EACH if file.has(name)]
    count = stated or len(file.section(tables[0]).rows)
    columns: dict[str, Sequence[float]] = {}
    lines: dict[str, list[int]] = {}
    for name in tables:
        values, lines[EACH[name]] = file.table(name, 1, count, of="vehicle", first=1)
        columns[EACH[name]] = values[:, 0].tolist()
    if "capacity" not in columns:
        columns["capacity"] = [file.number("CAPACITY", 0)] * count
    elif file.has("CAPACITY"):
        raise file.error("CAPACITY beside CAPACITY_SECTION: take one out", file.line("CAPACITY"))
    if "depot" in columns:
        columns["depot"] = _depots_of(file, columns["depot"], order[: fields.values["depots"]])
    elif fields.values["depots"] > 1:
        raise file.error(
            "several depots: say in VEHICLES_DEPOT_SECTION at which of them each vehicle stands",
            file.line("DEPOT_SECTION"),
        )
    alike: dict[tuple[float, ...], list[int]] = {}
    for vehicle, about in enumerate(zip(*columns.values(), strict=True)):
        alike.setdefault(about, []).append(vehicle)
    fields.kinds = [0] * count
    fleet = []
    for kind, (about, vehicles) in enumerate(alike.items()):
        for vehicle in vehicles:
            fields.kinds[vehicle] = kind
        with file.source.blaming({(key,): line[vehicles[0]] for key, line in lines.items()}):
            fleet.append(
                VehicleType(
                    count=len(vehicles),
                    name=_spans(vehicles),
                    **dict(zip(columns, about, strict=True)),  # type: ignore[arg-type]
                )
            )
    fields.values["fleet"] = fleet
    _place(fields, {("fleet",): file.line(tables[0]) or 1})


def _depots_of(file: KeywordFile, nodes: Sequence[float], depots: list[int]) -> list[int]:
    for vehicle, node in enumerate(nodes, 1):
        if node - file.first not in depots:
            section = file.section("VEHICLES_DEPOT_SECTION")
            raise file.error(
                f"vehicle {vehicle} stands at node {node:g}, which is no depot", section.line
            )
    return [depots.index(int(node) - file.first) for node in nodes]


def _spans(vehicles: list[int]) -> str:
    """Their numbers, from 1: "vehicles 1-3, 7".

    Of many spans only the first, which no other type has.
    """
    spans: list[list[int]] = []
    for vehicle in vehicles:
        if spans and spans[-1][1] == vehicle:
            spans[-1][1] = vehicle + 1
        else:
            spans.append([vehicle + 1, vehicle + 1])
    named = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans[:3])
    named += " and others" if len(spans) > 3 else ""
    return f"vehicle{'s' if len(vehicles) > 1 else ''} {named}"


def _guessed(file: KeywordFile, fields: Fields) -> int | None:
    """Trucks by the comment or the name, where a plan of so many is sure to exist.

    None for as many as it takes.

    Only of sets whose published values are of plans with k trucks the name "A-n32-k5" counts;
    elsewhere it says how many there are in some plan, or at least.
    """
    said, source = STATED.search(file.text("COMMENT")), "COMMENT"
    if said is None:
        said, source = FIXED.fullmatch(fields.values["name"]), "NAME"
    if said is None:
        if named := NAMED.search(fields.values["name"]):
            fields.notes.append(
                f"k{named[1]} in the name is not taken as a limit; vehicles={named[1]} makes it one"
            )
        return None
    trucks = whole(said[1]) or 1
    demand, capacity = fields.values["demand"][1:], fields.values["capacity"]
    timed = any(key in fields.values for key in ("windows", "max_duration"))
    if timed or not packs(demand[demand > 0], capacity, trucks):
        fields.notes.append(
            f"{source} speaks of {_trucks(trucks)}, which may be too few: "
            "their number is not limited"
        )
        return None
    fields.notes.append(
        f"the file states no VEHICLES: at most {_trucks(trucks)}, as its {source} says; "
        f"vehicles={len(demand)} sets no limit"
    )
    return trucks


def _trucks(number: int) -> str:
    return f"{number} truck{'s' if number > 1 else ''}"


def _take_best(file: KeywordFile, fields: Fields, rounding: str | None) -> None:
    """The published value that a comment gives, which holds for the file's own rounding."""
    matched = BEST.search(file.text("COMMENT"))
    if matched is None:
        return
    if rounding is None:
        fields.values["best_known"] = float(matched[1])
    else:
        fields.notes.append(
            f"the best known value {matched[1]} of the COMMENT is of distances rounded "
            f"by the file's own rule, not by rounding={rounding!r}"
        )
