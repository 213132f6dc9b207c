"""How many vehicles are as good as any number of them, where none is said; and what is enough."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .savings import merged_by_savings, savings_matrix
from .trips import Trips

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.bool_]

LARGEST_CAPACITY = 1_000_000  # of which every load can be listed


def enough(trips: Trips) -> tuple[int, str]:
    """A number of vehicles of one type that a best plan never exceeds, and why.

    Two trips that fit in one vehicle can be driven as one, end to beginning, which saves what
    `savings_matrix` has for that pair. Of a best plan with as few trips as possible, no two fit in
    one where all pairs save something or nothing: their loads over the capacity, and their
    durations over the longest, add up to more than 1. Summed over all trips in a circle that is
    twice the sum of all, so there are fewer trips than that.

    Where some pairs save less than nothing (as rounding brings about), trips can only stay apart
    whose ends all lie at such pairs: in the graph of these pairs, the first customers of trips that
    are half empty or less are all neighbours of each other. There are no more such trips than it
    takes colours to colour that graph, and of others less than twice the sum.
    """
    n = len(trips.customers)
    whole = _filled(trips)
    if whole is None:
        return n, "one for each customer, as times may keep trips apart"
    vehicle = trips.types[0]
    heavy = max(1, math.ceil(2 * whole) - 1)
    nodes = np.array([vehicle.depot, *trips.customers])
    loss = savings_matrix(trips.distance[np.ix_(nodes, nodes)]) < 0
    if not loss.any():
        return min(n, heavy), "as two that are half empty could be one"
    if not trips.symmetric:
        return (
            n,
            "one for each customer, as some ways by the depot are shorter than the straight ones",
        )
    few = heavy + colours(loss | loss.T)
    return min(
        n, few
    ), "as two that are half empty could be one unless the way by the depot is shorter"


def _filled(trips: Trips) -> float | None:
    """How many vehicles all demands fill, and all hours of a best plan.

    It takes no longer than a plan that is known.

    None where that is not known: with windows, with times that are not the distances, or without a
    first plan.
    """
    vehicle = trips.types[0]
    loads = float(trips.demand[trips.depots :].sum()) / trips.room(0)
    if not trips.timed:
        return loads
    opened = not np.isfinite(trips.due).any() and (trips.ready <= trips.ready[vehicle.depot]).all()
    if not opened or vehicle.max_duration is None or trips.time is not trips.distance:
        return None
    plan = merged_by_savings(trips)
    if not all(trips.fits(trip, 0) for trip in plan):
        return None
    cost = sum(trips.length(trip, 0) for trip in plan) + _left_out(trips, plan)
    return loads + (cost + float(trips.service.sum())) / vehicle.max_duration


def _left_out(trips: Trips, plan: list[list[int]]) -> float:
    """The prizes that a plan loses."""
    served = {customer for trip in plan for customer in trip}
    return sum(float(trips.prize[c]) for c in trips.customers if c not in served)


def colours(joined: Bits) -> int:
    """A number of colours that is enough for a graph [n, n], neighbours differing.

    Each node takes the first colour that is free.
    """
    colour = np.full(len(joined), -1)
    for node in range(len(joined)):
        used = set(colour[joined[node]].tolist())
        colour[node] = next(c for c in range(len(joined)) if c not in used)
    return int(colour.max()) + 1


def packs(demand: Floats, capacity: float, trucks: int) -> bool:
    """Whether a way to load the demands float64[n] into so many trucks was found.

    Where none was found, there may still be one.

    Trucks are filled one after another, each with its largest demand and then as full as can be,
    which finds loads that leave no room at all; or each demand goes to the fullest truck that has
    room.
    """
    if demand.max(initial=0.0) > capacity:
        return False
    wholes = bool((demand == np.rint(demand)).all()) and capacity <= LARGEST_CAPACITY
    return _fits_best(demand, capacity, trucks) or (wholes and _fills(demand, capacity, trucks))


def _fits_best(demand: Floats, capacity: float, trucks: int) -> bool:
    room = np.full(min(trucks, len(demand)), float(capacity))
    for quantity in sorted(demand.tolist(), reverse=True):
        fitting = np.flatnonzero(room >= quantity)
        if not len(fitting):
            return False
        room[fitting[np.argmin(room[fitting])]] -= quantity
    return True


def _fills(demand: Floats, capacity: float, trucks: int) -> bool:
    waiting = sorted((int(quantity) for quantity in demand if quantity > 0), reverse=True)
    for _ in range(trucks):
        if not waiting:
            break
        first, rest = waiting[0], waiting[1:]
        loaded = _fullest(rest, int(capacity) - first)
        waiting = [quantity for k, quantity in enumerate(rest) if k not in loaded]
    return not waiting


def _fullest(quantities: list[int], room: int) -> set[int]:
    """Which of them add up to as much of the room as any do.

    `sums` has a bit for each sum of those before.
    """
    sums = [1]
    within = (1 << (room + 1)) - 1
    for quantity in quantities:
        sums.append((sums[-1] | (sums[-1] << quantity)) & within)
    target = sums[-1].bit_length() - 1
    loaded = set()
    for k in range(len(quantities) - 1, -1, -1):
        if not sums[k] >> target & 1:
            loaded.add(k)
            target -= quantities[k]
    return loaded
