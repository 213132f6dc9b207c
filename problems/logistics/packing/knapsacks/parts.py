"""Some items chosen anew in the room that the others leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..excess import TOLERANCE

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Floats, Ints

WIDTH = 0.1  # of the core, as a share of all items: further away, items come less often


@dataclass(frozen=True, eq=False)
class Part:
    """`items` int64 are free, bool `staying` are taken anyway, which leaves `room` float64."""

    items: Ints
    staying: Bits
    room: Floats


def chosen_anew(
    taken: Bits,
    efficiency: Floats,
    need: Floats,
    capacity: Floats,
    kind: str,
    size: int,
    random: np.random.Generator,
) -> Part | None:
    """`size` items that may come and go: any, or with "core" rather those that are disputed.

    These are the items whose efficiency is near that at which a plan has no room left. None of a
    plan that breaks capacities.
    """
    waits = random.exponential(size=len(taken))
    if kind == "core":
        rank = np.argsort(np.argsort(-efficiency, kind="stable"))
        waits *= 1.0 + np.abs(rank - int(taken.sum())) / (WIDTH * len(taken) + 1.0)
    items = np.sort(np.argsort(waits)[:size])
    staying = taken.copy()
    staying[items] = False
    room = capacity - need @ staying
    if not len(items) or room.min() < -TOLERANCE * capacity.max():
        return None
    return Part(items, staying, np.maximum(room, 0.0))
