"""Reading facility location: the OR-Library's capacitated warehouses, and Holmberg's problems.

    sites customers                         both
    capacity and fixed cost                 for each site, on a line

    demand, then what it costs, by site     for each customer: the OR-Library's
    demands of all customers                Holmberg's: then costs site by site, maybe the optimum

Either has as many numbers as the other. Which it is, the ends of the lines tell.
"""

from __future__ import annotations

from pathlib import Path

from qopt.kit.files import At, Fields, Place, Text, Words
from qopt.kit.numbered import COMMENTS

OPEN = "capacity"  # stands for a number in capa to capc


def read_sites(path: str | Path, *, capacity: float | None = None, parts: int = 1) -> Fields:
    """The fields of a `FacilityLocation`. Raises FileError with the line.

    `capacity` is each site's, whatever the file says; with `parts` each customer becomes so many,
    of equal shares.
    """
    text = Text.read(path)
    words, fields = text.words(comments=COMMENTS), Fields(text, {"name": text.stem})
    sites, customers = words.whole("the number of sites"), words.whole("the number of customers")
    words.close_line("'sites customers'")
    _take_sites(fields, words, sites, capacity)
    if _by_site(fields, words, sites, customers):
        fields.take(words, "demand", "the customers' demands", customers)
        fields.take(words, "cost", "the costs from each site", sites, customers, turned=True)
        if words.left() == 1:
            fields.values["best_known"] = words.number("the optimum")
            fields.notes.append("the number below the costs is taken for the optimum")
    else:
        _take_customers(fields, words, sites, customers)
        fields.notes.append(
            "a customer has one site here; the OR-Library's published optima may split it"
        )
    words.end("the last customer")
    if parts > 1:
        _split(fields, parts)
    return fields


def _take_sites(fields: Fields, words: Words, sites: int, capacity: float | None) -> None:
    rooms: list[float] = []
    fixed: list[float] = []
    lines: dict[Place, At] = {}
    for site in range(sites):
        if words.peek().lower() == OPEN:
            words.word("a site's capacity")
            if capacity is None:
                raise words.error("the file leaves the sites' capacity open; give capacity=")
        else:
            rooms.append(words.number("a site's capacity"))
            lines["capacity", site] = words.line
        fixed.append(words.number("a site's fixed cost"))
        lines["fixed", site] = words.line
        words.close_line("a site's capacity and fixed cost")
    if capacity is not None and rooms:
        fields.notes.append(f"capacity={capacity:g} stands for the sites' capacities in the file")
    every = rooms if capacity is None else [capacity] * sites
    fields.values |= {"capacity": every, "fixed": fixed}
    fields.places = {**fields.places, **lines}


def _by_site(fields: Fields, words: Words, sites: int, customers: int) -> bool:
    """Whether the demands come first and the costs site by site.

    Raises FileError where there are enough numbers, and the ends of the lines do not tell.
    """
    if words.left() < customers * (sites + 1):
        return False  # which is told by whoever takes them
    customer_by_customer = words.closes([1 + sites] * customers)
    site_by_site = words.closes([customers] * (1 + sites))
    if not site_by_site and customer_by_customer:
        return False
    if site_by_site and not customer_by_customer:
        fields.notes.append("read as the demands of all customers, then costs site by site")
        return True
    if words.closes([1, sites] * customers):  # a number on each line, most likely
        fields.notes.append("read as the demand of each customer, followed by its costs")
        return False
    raise words.error(
        "the lines below do not tell whether a customer's costs follow its demand, or all demands "
        "come first; put each demand on a line of its own, and the customer's costs below"
    )


def _take_customers(fields: Fields, words: Words, sites: int, customers: int) -> None:
    """Each customer's demand and its costs."""
    fields.take(words, "rows", "the customers' demands and costs", customers, sites + 1)
    rows = fields.values.pop("rows")
    fields.values |= {"demand": [row[0] for row in rows], "cost": [row[1:] for row in rows]}
    fields.places = {_of_customer(place): line for place, line in fields.places.items()}


def _of_customer(place: Place) -> Place:
    """In a customer's row the demand is the first."""
    if place[0] != "rows" or len(place) < 3:
        return place
    _, customer, column = place
    assert isinstance(column, int)
    return ("cost", customer, column - 1) if column else ("demand", customer)


def _split(fields: Fields, parts: int) -> None:
    """Customers in equal shares: 3/2 is the second part of the third."""
    demand, cost = fields.values["demand"], fields.values["cost"]
    shares = [(j, part) for j in range(len(demand)) for part in range(parts)]
    fields.values |= {
        "demand": [demand[j] / parts for j, _ in shares],
        "cost": [[each / parts for each in cost[j]] for j, _ in shares],
        "customers": [f"{j + 1}/{part + 1}" for j, part in shares],
    }
    lines = fields.places
    demand_places: dict[Place, At] = {
        ("demand", k): lines["demand", j] for k, (j, _) in enumerate(shares)
    }
    fields.places = {**lines, **demand_places}
    fields.notes.append(f"each customer of the file is {parts} here, of equal shares")
