"""Reading Solomon's text format of vehicle routing with time windows (1987).

Gehring and Homberger use it, too.
"""

from __future__ import annotations

import numpy as np

from qopt import QoptError
from qopt.kit.files import Fields, Text, Words, number

from ...places.distances import Rule, between, require_rounding, straight
from ...places.sections import stem

CUSTOMER_LIMIT = 10_000  # of a file: their distances take 0.8 GB
COLUMNS = (
    "an x coordinate", "a y coordinate", "a demand", "a ready time", "a due date", "a service time",
)  # fmt: skip
RULE = Rule(straight, "tenths")

FLEET_HEADS = {"VEHICLE", "VEHICLES", "NUMBER", "CAPACITY"}
CUSTOMER_HEADS = {
    "CUSTOMER", "CUSTOMERS", "CUST", "CUST.", "NO", "NO.",
    "XCOORD", "XCOORD.", "YCOORD", "YCOORD.", "X", "Y", "COORD", "COORD.",
    "DEMAND", "READY", "TIME", "DUE", "DATE", "SERVICE",
}  # fmt: skip


def read_solomon(text: Text, take_first: int | None = None, rounding: str | None = None) -> Fields:
    """The arguments of a `VehicleRouting`, of the first customers or all.

    Customers keep their numbers.

    Travel times are the distances, cut to one decimal as the published optima have them, or rounded
    as asked for. The service time of the depot, if any, does not count. Raises FileError with the
    line.
    """
    require_rounding(rounding)
    if take_first is not None and not (isinstance(take_first, int) and take_first >= 1):
        raise QoptError(
            f"take_first={take_first!r}: give a whole number, 1 or more", ("take_first",)
        )
    words = text.words(comments=("#",))
    name = _name(words) or stem(text)
    _pass_heads(words, FLEET_HEADS, "VEHICLE")
    vehicles, fleet = words.whole("the number of vehicles"), words.line
    capacity = words.number("the capacity", 1e-9)
    _pass_heads(words, CUSTOMER_HEADS, "CUSTOMER")
    rows, lines = _rows(words)
    if take_first is not None and take_first >= len(rows):
        raise QoptError(
            f"take_first={take_first}: the file holds {len(rows) - 1} customers", ("take_first",)
        )
    table = np.array(rows[: None if take_first is None else take_first + 1])
    notes = []
    if table[0, 5]:
        notes.append(
            f"line {lines[0]}: the service time {table[0, 5]:g} of the depot does not count"
        )
        table[0, 5] = 0.0
    distance, warning = between(table[:, :2], RULE, rounding)
    if not np.isfinite(distance).all():
        raise text.error("two customers are too far apart for a distance", lines[0])
    return Fields(
        text,
        {
            "distance": distance,
            "demand": table[:, 2],
            "capacity": capacity,
            "vehicles": vehicles,
            "coordinates": table[:, :2],
            "windows": table[:, 3:5],
            "service": table[:, 5],
            "name": name if take_first is None else f"{name}.{take_first}",
        },
        {("vehicles",): fleet, ("capacity",): fleet}
        | {
            (what, node): line
            for what in ("demand", "windows", "service")
            for node, line in enumerate(lines[: len(table)])
        },
        notes,
        [warning] if warning else [],
    )


def is_solomon(text: Text) -> bool:
    """Whether a file has no field or section of VRPLIB, and does have something else."""
    heads = {line.text.split()[0].upper().rstrip(":=") for line in text.lines(comments=("#",))}
    keyed = any(":" in line.text for line in text.lines(comments=("#",)))
    named = any(head.endswith("_SECTION") or head in ("DIMENSION", "EOF") for head in heads)
    return bool(heads) and not named and (not keyed or "VEHICLE" in heads or "CUSTOMER" in heads)


def _name(words: Words) -> str:
    """What stands on the first line, unless that is a head or a number."""
    if words.peek().upper() in FLEET_HEADS or number(words.peek()) is not None:
        return ""
    return " ".join(words.word("the name") for _ in range(words.words_on_first_line()))


def _pass_heads(words: Words, heads: set[str], first: str) -> None:
    """The words up to the next number, which must be heads of columns."""
    while words.left() and number(words.peek()) is None:
        if words.word(first).upper() not in heads:
            raise words.error(f"{first} is expected here, as in Solomon's format")


def _rows(words: Words) -> tuple[list[list[float]], list[int]]:
    """The depot's and the customers' numbers, and the line of each."""
    rows: list[list[float]] = []
    lines: list[int] = []
    while words.left():
        if len(rows) > CUSTOMER_LIMIT:
            raise words.error(f"the file has more than {CUSTOMER_LIMIT} customers")
        customer = words.whole("the number of a customer", 0)
        if customer != len(rows):
            raise words.error(
                f"customer {customer} follows {len(rows) - 1}; customers are numbered in turn, "
                "0 is the depot, "
                "and have 7 numbers each"
            )
        lines.append(words.line)
        rows.append([words.number(column) for column in COLUMNS])
    if len(rows) < 2:
        raise words.error("the file holds no customers; is it cut short?")
    return rows, lines
