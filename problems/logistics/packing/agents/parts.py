"""Some jobs done anew, in the room that the others leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..freed import any_items, held_by

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Floats, Ints


@dataclass(frozen=True, eq=False)
class Part:
    """`jobs` and `agents` int64 are free; bool[jobs, agents] `staying` leaves `room` of each."""

    jobs: Ints
    agents: Ints
    staying: Bits
    room: Floats


def done_anew(
    held: Bits, load: Floats, capacity: Floats, kind: str, size: int, random: np.random.Generator
) -> Part | None:
    """With "agents" all jobs of some agents, among these; with "jobs" any, among all agents.

    Jobs that nobody does are always free. None where a freed job has no room: of a plan that breaks
    capacities.
    """
    order = random.permutation(len(capacity))
    if kind == "agents":
        jobs, agents = held_by(held, order, size)
    else:
        jobs, agents = any_items(held, size // len(order), random), np.sort(order)
    if not len(jobs):
        return None
    staying = held.copy()
    staying[jobs] = False
    room = capacity[agents] - (load * staying)[:, agents].sum(axis=0)
    if room.min() < 0 or not (load[np.ix_(jobs, agents)] <= room).any(axis=1).all():
        return None
    return Part(jobs, agents, staying, room)
