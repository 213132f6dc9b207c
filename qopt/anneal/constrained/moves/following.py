"""Whole numbers that follow: each is as small as the rows that push it leave it, or as large, where
it is wanted large.

One that moves pushes others, or makes way for them: a queue of those whose rows have changed is
worked off until none moves (Bellman 1958, Ford 1956). Where rows push each other round in a circle,
values would rise to their bounds step by step. That shows early where a move makes one row push:
what pushes there is pushed itself.
"""

from __future__ import annotations

import math
from typing import Any

from ...core.compiling import called, inlined
from ..model import NONE

# times as many looks at followers as there are: what has not settled by then is taken for a circle
PATIENCE = 8


@inlined
def wanted(tables: Any, state: Any, v: int, here: float) -> float:
    """What the rows leave a follower that is at `here`, with the changes noted so far."""
    most = -math.inf
    for e in range(tables.push_ptr[v], tables.push_ptr[v + 1]):
        row = tables.push_row[e]
        most = max(
            most, (state.activity[row] + state.change[row] - tables.limit[row]) * tables.steps[e]
        )
    there = here + tables.toward[v] * math.ceil(most)
    return float(min(max(there, tables.lower[v]), tables.upper[v]))


@inlined
def concerns(tables: Any, state: Any, row: int, before: float) -> bool:
    """Whether a row's follower has to move, or may, now that its activity is no longer `before`."""
    limit = tables.limit[row]
    after = state.activity[row] + state.change[row]
    return bool(after > limit or (after < before and before + tables.push_of[row] > limit))


@inlined
def source(tables: Any, row: int, v: int) -> int:
    """A follower that pushes v in this row, -1 where there is none."""
    for e in range(tables.pushed_ptr[row], tables.pushed_ptr[row + 1]):
        u = tables.pushed_by[e]
        if u != v and tables.pushed_value[e] * tables.toward[u] > 0.0:
            return int(u)
    return NONE


@called
def settle(tables: Any, state: Any, count: int, touched: int) -> Any:
    """Append what followers do about the touched rows: (changes, rows touched, whether they have
    settled).
    """
    size, head, waiting, newly, pusher = tables.num_followers, 0, 0, 0, NONE
    for t in range(touched):
        row = state.touched[t]
        v = tables.follower[row]
        if v != NONE and concerns(tables, state, row, state.activity[row]):
            if state.queued[v] == 0:
                state.line[waiting], state.queued[v] = v, 1
                waiting += 1
            if state.change[row] > 0.0:
                newly += 1
                pusher = source(tables, row, v) if newly == 1 else NONE
    first, circle, looks = count, False, PATIENCE * (size + 4)
    while waiting > 0 and looks > 0:
        v = state.line[head]
        head = head + 1 if head + 1 < size else 0
        waiting -= 1
        looks -= 1
        state.queued[v] = 0
        k = state.place[v] - 1
        here = state.x[v] + (state.by[k] if k >= 0 else 0.0)
        by = wanted(tables, state, v, here) - here
        if by == 0.0:
            continue
        if v == pusher and (here + by - state.x[v]) * tables.toward[v] > 0.0:
            circle = True
            break
        if k < 0:
            k = count
            state.moved[k], state.by[k], state.place[v] = v, 0.0, k + 1
            count += 1
        state.by[k] += by
        for e in range(tables.entry_ptr[v], tables.entry_ptr[v + 1]):
            row = tables.entry_row[e]
            if state.mark[row] == 0:
                state.touched[touched], state.mark[row] = row, 1
                touched += 1
            before = state.activity[row] + state.change[row]
            state.change[row] += by * tables.entry_value[e]
            w = tables.follower[row]
            if (
                w != NONE
                and w != v
                and state.queued[w] == 0
                and concerns(tables, state, row, before)
            ):
                last = head + waiting
                state.line[last if last < size else last - size], state.queued[w] = w, 1
                waiting += 1
    settled = waiting == 0 and not circle
    for k in range(waiting):
        last = head + k
        state.queued[state.line[last if last < size else last - size]] = 0
    for k in range(first, count):
        state.place[state.moved[k]] = 0
    return count, touched, settled
