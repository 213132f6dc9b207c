"""What a planner gives of nodes and times, as arrays; what is out of its range is refused.

Each complaint names the depot or the customer, and how to put it right.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from qopt import QoptError
from qopt.kit.checks import floats, labels

from ..places.nodes import Nodes, square
from .spans import Floats


def nodes_of(distance: Any, demand: Any, depots: Any) -> tuple[Nodes, Floats, Floats]:
    """The nodes, and the distances and the demands in their order."""
    amounts = floats("demand", demand)
    if amounts.ndim != 1 or len(amounts) < 2:
        wanted = "give one for the depot, 0, and one for each customer"
        raise QoptError(f"demand has shape {amounts.shape}; {wanted}", ("demand",))
    n = len(amounts)
    if not (isinstance(depots, Integral) and 1 <= int(depots) < n):
        wanted = f"give a whole number from 1 to {n - 1}, and leave a customer"
        raise QoptError(f"depots={depots!r}: {wanted}", ("depots",))
    ways, given = square("distance", distance)
    nodes = Nodes(n, int(depots), given or labels(demand)[0])
    return nodes, nodes.ways("distance", ways, given), nodes.column("demand", demand)


def coordinates_of(nodes: Nodes, coordinates: Any) -> Floats:
    """[n, 2]"""
    return nodes.column("coordinates", coordinates, 2)


def prizes_of(nodes: Nodes, prize: Any) -> Floats:
    """What is lost by each customer left out, infinite for who must be served."""
    prizes = nodes.column("prize", prize)
    for node in np.flatnonzero(~(prizes >= 0)).tolist():
        wanted = "give 0 or more, infinite for who must be served"
        message = f"the prize of {nodes.called(node)} is {prizes[node]:g}; {wanted}"
        raise QoptError(message, ("prize", node))
    return prizes


def require_demands(
    nodes: Nodes, demand: Floats, capacity: float, prize: Floats | None = None
) -> None:
    """Nothing at depots, and no more of a customer than a vehicle holds.

    Who may be left out may also ask for more than any vehicle holds.
    """
    for depot in np.flatnonzero(demand[: nodes.depots]).tolist():
        message = f"{nodes.called(depot)} has demand {demand[depot]:g}; give 0"
        raise QoptError(message, ("demand", depot))
    optional = np.zeros(len(demand), dtype=np.bool_) if prize is None else np.isfinite(prize)
    fits = (demand <= capacity) | (optional & (demand < np.inf))
    for node in np.flatnonzero(~((demand >= 0) & fits)).tolist():
        heavy = demand[node] > capacity
        remedy = "split the order or use larger trucks" if heavy else "give 0 or more"
        outside = f"outside 0..{capacity:g} (the capacity)"
        message = f"{nodes.called(node)} has demand {demand[node]:g}, {outside}; {remedy}"
        raise QoptError(message, ("demand", node))


def times_of(nodes: Nodes, travel_time: Any) -> Floats:
    time, given = square("travel_time", travel_time)
    return nodes.ways("travel_time", time, given)


def services_of(nodes: Nodes, service: Any) -> Floats:
    """How long service takes, nothing at depots."""
    times = nodes.column("service", service)
    takes = "service at {} takes {:g}; {}"
    for node in np.flatnonzero(~((times >= 0) & (times < np.inf))).tolist():
        wanted = "give a finite number, 0 or more"
        message = takes.format(nodes.called(node), times[node], wanted)
        raise QoptError(message, ("service", node))
    for depot in np.flatnonzero(times[: nodes.depots]).tolist():
        message = takes.format(nodes.called(depot), times[depot], "give 0")
        raise QoptError(message, ("service", depot))
    return times


def windows_of(nodes: Nodes, windows: Any) -> Floats:
    """[n, 2]: when service may begin, first and last."""
    hours = nodes.column("windows", windows, 2)
    right = np.isfinite(hours[:, 0]) & (hours[:, 0] <= hours[:, 1])
    for node in np.flatnonzero(~right).tolist():
        first, last = hours[node]
        wrong = f"the window of {nodes.called(node)} is {first:g}..{last:g}"
        message = f"{wrong}; its end must not be before its begin"
        raise QoptError(message, ("windows", node))
    return hours
