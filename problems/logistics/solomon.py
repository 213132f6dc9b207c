"""Reading Solomon's text format of vehicle routing with time windows (1987), which Gehring and Homberger use, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from qopt import QoptError

from .number_file import NumberFile
from .vrplib import Floats, straight

CUSTOMER_LIMIT = 10_000  # of a file: their distances take 0.8 GB
COLUMNS = 7  # number, two coordinates, demand, ready, due, service


def truncated(length: Floats) -> Floats:
    """To one decimal, down: what the published optima of total distance are counted in.

    The rest is what rounding of a root that is not above may take: 5 must not become 4.9.
    """
    return np.asarray(np.floor(length * 10.0 + 1e-9) / 10.0)


def read_solomon(path: str | Path, take_first: int | None = None) -> dict[str, Any]:
    """The fields of a `VehicleRouting`, of the first customers or all; customers keep their numbers.

    Travel times are the distances. Raises FileError with the line.
    """
    if take_first is not None and not (isinstance(take_first, int) and take_first >= 1):
        raise QoptError(f"take_first={take_first!r}: give a whole number, 1 or more")
    file = SolomonFile(path)
    name = file.word("the name")
    file.expect("VEHICLE", "NUMBER", "CAPACITY")
    vehicles, capacity = file.whole("the number of vehicles"), file.number("the capacity", 1e-9)
    file.expect("CUSTOMER")
    while not file.at_number() and file.peek():
        file.word("the heads of the columns")
    rows: list[list[float]] = []
    while file.peek():
        if len(rows) > CUSTOMER_LIMIT:
            raise file.error(f"the file has more than {CUSTOMER_LIMIT} customers")
        number = file.whole("the number of a customer", 0)
        if number != len(rows):
            raise file.error(
                f"customer {number} follows {len(rows) - 1}; customers are numbered in turn, 0 is the depot"
            )
        x, y = file.number("a coordinate"), file.number("a coordinate")
        demand = file.number("a demand", 0)
        if demand > capacity or (number == 0 and demand):
            raise file.error(
                f"customer {number} has demand {demand:g}; the capacity is {capacity:g}, the depot takes 0"
            )
        ready, due = file.number("a ready time"), file.number("a due date")
        if due < ready:
            raise file.error(
                f"customer {number} is due at {due:g}, before it is ready at {ready:g}"
            )
        service = file.number("a service time", 0)
        rows.append([x, y, demand, ready, due, service * (number > 0)])
    if len(rows) < 2:
        raise file.error("the file holds no customers; is it cut short?")
    if take_first is not None and take_first >= len(rows):
        raise QoptError(f"take_first={take_first}: the file holds {len(rows) - 1} customers")
    table = np.array(rows[: None if take_first is None else take_first + 1])
    places = table[:, :2]
    return {
        "distance": truncated(straight(places)),
        "demand": table[:, 2],
        "capacity": capacity,
        "vehicles": vehicles,
        "coordinates": places,
        "windows": table[:, 3:5],
        "service": table[:, 5],
        "name": name if take_first is None else f"{name}.{take_first}",
    }


class SolomonFile(NumberFile):
    """Its words, between numbers."""

    def expect(self, *words: str) -> None:
        for word in words:
            if self.word(word) != word:
                raise self.error(f"{word} is expected here, as in Solomon's format")

    def at_number(self) -> bool:
        return self.peek().replace(".", "", 1).lstrip("-").isdigit()
