"""Some facilities placed anew while all others stay where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Floats, Ints


@dataclass(frozen=True, eq=False)
class Part:
    """The `facilities` and `locations` int64 that are free, and what is between them.

    Flows from and to facilities that stay are costs here.
    """

    facilities: Ints
    locations: Ints
    flow: Floats
    distance: Floats
    cost: Floats


def placed_anew(
    placed: Bits,
    flow: Floats,
    distance: Floats,
    cost: Floats,
    kind: str,
    size: int,
    random: np.random.Generator,
) -> Part | None:
    """Facilities among their locations, and as many empty ones where there are any.

    `placed` bool[facilities, locations] has one location a facility. "facilities": any;
    "neighbours": those that most flows to and from one of them. None where not even two fit in
    `size` variables.
    """
    location = placed.argmax(axis=1)
    order = random.permutation(len(location))
    if kind == "neighbours":
        flows = np.abs(flow + flow.T)[order[0]] * (0.5 + random.random(len(order)))
        flows[order[0]] = np.inf
        order = np.argsort(-flows, kind="stable")
    empty = random.permutation(np.flatnonzero(~placed.any(axis=0)))
    count = np.arange(1, len(order) + 1)
    most = int(np.count_nonzero(count * (count + np.minimum(count, len(empty))) <= size))
    if most < 2:
        return None
    free = np.sort(order[:most])
    rest = np.setdiff1d(order, free)
    places = np.sort(np.concatenate([location[free], empty[:most]]))
    away = location[rest]
    alone = cost[np.ix_(free, places)]
    alone = alone + flow[np.ix_(free, rest)] @ distance[np.ix_(places, away)].T
    alone = alone + flow[np.ix_(rest, free)].T @ distance[np.ix_(away, places)]
    return Part(free, places, flow[np.ix_(free, free)], distance[np.ix_(places, places)], alone)
