"""What a fleet cannot do: serve a customer far away or too late, and carry more than it holds."""

from __future__ import annotations

import numpy as np

from qopt import Infeasible, QoptError

from .trips import LOAD_TOLERANCE, Trips


def require_room(trips: Trips) -> None:
    """Raises Infeasible where all vehicles together hold less than must be delivered."""
    count = sum(vehicle.count for vehicle in trips.types)
    room = sum(vehicle.capacity * vehicle.count for vehicle in trips.types)
    asked = float(trips.demand[np.isinf(trips.prize)].sum())
    if asked > room * (1 + LOAD_TOLERANCE):
        message = f"the customers' demands add up to {asked:g}; all {count} trucks together hold"
        served = tuple(f"served[{customer}]" for customer in trips.customers)
        raise Infeasible(f"{message} {room:g}", served)


def require_reach(trips: Trips, windowed: bool) -> None:
    """Raises QoptError for a customer that no vehicle can serve on a trip of its own.

    Who may be left out need not be reached. It tells of the customer's window where there are any.
    """
    must = [c for c in trips.customers if np.isinf(trips.prize[c])]
    stranded = [c for c in must if not _reached(trips, c)]
    if not stranded:
        return
    fastest = trips.with_fastest_ways()  # a detour may be faster than the straight way
    for customer in stranded:
        if not _reached(fastest, customer):
            raise _out_of_reach(trips, customer, windowed)


def _reached(trips: Trips, customer: int) -> bool:
    return any(trips.fits([customer], kind) for kind in range(len(trips.types)))


def _out_of_reach(trips: Trips, customer: int, windowed: bool) -> QoptError:
    alone = "even on a trip of its own"
    if not windowed:
        longest = max(kind.max_duration or 0.0 for kind in trips.types)
        takes = f"customer {customer} takes longer than {longest:g}"
        return QoptError(f"{takes}, {alone}; lengthen the longest trip", ("max_duration",))
    window = f"{trips.ready[customer]:g}..{trips.due[customer]:g}"
    return QoptError(
        f"customer {customer} cannot be served in time, {alone}: its window is {window}; "
        "widen it or the hours of the vehicles",
        ("windows", customer),
    )
