"""Moves, proposed so that groups keep their sums.

A move is a list of changes in the scratch of the state: `moved[k]` by `by[k]`. Each proposal
returns how many, 0 where its dice found nothing to do.
"""

from __future__ import annotations

import math
from typing import Any

from ...core.compiling import called, inlined
from ...core.dice import uniform
from ..model import NONE
from ..state import BROKEN


@inlined
def below(dice: Any, count: int) -> int:
    """A random number 0..count - 1."""
    return min(int(uniform(dice) * count), count - 1)


@inlined
def propose(tables: Any, state: Any) -> int:
    """Some move, each kind by its share."""
    which = uniform(state.dice)
    if which < tables.odds[0]:
        return flip(tables, state, tables.free[below(state.dice, tables.num_free)], 0)
    if which < tables.odds[1]:
        return shift(tables, state, tables.shifting[below(state.dice, tables.num_shifting)])
    if which < tables.odds[2]:
        return swap(tables, state)
    if which < tables.odds[3]:
        return exchange(tables, state)
    if which < tables.odds[4]:
        return transfer(tables, state)
    # where nothing can move, nothing does
    return release(tables, state) if tables.num_followers > 0 else 0


@inlined
def flip(tables: Any, state: Any, v: int, k: int) -> int:
    """A binary or spin to its other value; a whole number a step, or a power of two of steps, or
    anywhere.
    """
    lower, step = tables.lower[v], tables.step[v]
    steps = (tables.upper[v] - lower) / step
    here = (state.x[v] - lower) / step
    if steps == 1.0:
        there = 1.0 - here
    else:
        which = uniform(state.dice)
        if which < 0.8:
            far = (
                2.0 ** math.floor(uniform(state.dice) * math.log2(steps + 1.0))
                if which < 0.4
                else 1.0
            )
            there = here + far if uniform(state.dice) < 0.5 else here - far
            if there < 0.0 or there > steps:
                return 0
        else:
            there = math.floor(uniform(state.dice) * (steps + 1.0))
            if there == here:
                return 0
    state.moved[k], state.by[k] = v, (there - here) * step
    return k + 1


@inlined
def turn(state: Any, k: int, off: int, on: int) -> int:
    """One variable to 0 and another to 1, as changes k and k + 1."""
    state.moved[k], state.by[k] = off, -1.0
    state.moved[k + 1], state.by[k + 1] = on, 1.0
    return k + 2


@inlined
def at(tables: Any, group: int, crossing: int) -> int:
    """The variable of a group that is in this column, or has this partner label; -1 where there is
    none.
    """
    first, last = tables.member_ptr[group], tables.member_ptr[group + 1]
    low, high = first, last
    while low < high:
        middle = (low + high) >> 1
        if tables.crossing[tables.member[middle]] < crossing:
            low = middle + 1
        else:
            high = middle
    if low < last and tables.crossing[tables.member[low]] == crossing:
        return int(tables.member[low])
    return NONE


@inlined
def outside(tables: Any, state: Any, group: int) -> int:
    """A variable of a group that is in no column; -1 where there is none."""
    last = tables.member_ptr[group + 1]
    low, high = tables.member_ptr[group], last
    while low < high:
        middle = (low + high) >> 1
        if tables.crossing[tables.member[middle]] < tables.num_columns:
            low = middle + 1
        else:
            high = middle
    return int(tables.member[low + below(state.dice, last - low)]) if low < last else NONE


@inlined
def shift(tables: Any, state: Any, v: int) -> int:
    """The 1 of a single group goes to v.

    Where that takes a column from another group, the two change columns.
    """
    group = tables.group[v]
    u = state.one[group]
    if u == v:
        return 0
    old_column, new_column = tables.column[u], tables.column[v]
    turn(state, 0, u, v)
    if old_column == NONE and new_column == NONE:
        return 2
    if new_column == NONE:  # u's place stays empty
        if tables.stand_in[old_column] == NONE:
            return 0
        state.moved[2], state.by[2] = tables.stand_in[old_column], 1.0
        return 3
    w = state.one_of_column[new_column]
    other = tables.group[w]
    state.moved[2], state.by[2] = w, -1.0
    if other == NONE:  # v's place was empty
        if old_column == NONE:
            return 3
        z = tables.stand_in[old_column]
    elif old_column == NONE:
        z = outside(tables, state, other)
    else:
        z = at(tables, other, old_column)
    if z == NONE:
        return 0
    state.moved[3], state.by[3] = z, 1.0
    return 4


@inlined
def swap(tables: Any, state: Any) -> int:
    """Two single groups exchange their partner labels."""
    count = tables.num_swapping
    a, b = tables.swapping[below(state.dice, count)], tables.swapping[below(state.dice, count)]
    u, w = state.one[a], state.one[b]
    if a == b or tables.crossing[u] == tables.crossing[w]:
        return 0
    v, z = at(tables, a, tables.crossing[w]), at(tables, b, tables.crossing[u])
    if v == NONE or z == NONE:
        return 0
    return turn(state, turn(state, 0, u, v), w, z)


@inlined
def exchange(tables: Any, state: Any) -> int:
    """A free variable changes, and another of one of its rows makes up for it as far as it can."""
    u = tables.exchanging[below(state.dice, tables.num_exchanging)]
    entries = tables.entry_ptr[u + 1] - tables.entry_ptr[u]
    entry = tables.entry_ptr[u] + below(state.dice, entries)
    row = tables.entry_row[entry]
    first = tables.row_ptr[row]
    members = tables.row_ptr[row + 1] - first
    if members < 2 or flip(tables, state, u, 0) == 0:
        return 0
    wanted = -tables.entry_value[entry] * state.by[0]
    for _ in range(4):
        v = tables.row_member[first + below(state.dice, members)]
        if v == u:
            continue
        value = 0.0
        for e in range(tables.entry_ptr[v], tables.entry_ptr[v + 1]):
            if tables.entry_row[e] == row:
                value = tables.entry_value[e]
        step = tables.step[v]
        if tables.upper[v] - tables.lower[v] == step:
            by = step if state.x[v] == tables.lower[v] else -step
        else:
            by = step * round(wanted / (value * step))
            by = min(max(by, tables.lower[v] - state.x[v]), tables.upper[v] - state.x[v])
        if by * value * wanted > 0.0:
            state.moved[1], state.by[1] = v, by
            return 2
    return 0


@inlined
def having(tables: Any, state: Any, v: int, first: int, members: int) -> int:
    """v, or a random member of its group that is above its lower bound, if 16 throws find one."""
    for _ in range(16):
        if state.x[v] > tables.lower[v]:
            break
        v = tables.member[first + below(state.dice, members)]
    return int(v)


@inlined
def transfer(tables: Any, state: Any) -> int:
    """One variable of a group gives to another: a step, all it has, or something between.

    Who gives has something, and half of the time so has who takes, where both can have more than a
    step: of many whole numbers most are 0 (ten of 98 assets hold lots), and what those that are not
    0 share among them would hardly ever move.
    """
    u = tables.transferring[below(state.dice, tables.num_transferring)]
    group = tables.group[u]
    first = tables.member_ptr[group]
    members = tables.member_ptr[group + 1] - first
    u = having(tables, state, u, first, members)
    among = tables.upper[u] - tables.lower[u] > tables.step[u] and uniform(state.dice) < 0.5
    for _ in range(4):
        v = tables.member[first + below(state.dice, members)]
        if among:
            v = having(tables, state, v, first, members)
        most = min(state.x[u] - tables.lower[u], tables.upper[v] - state.x[v])
        if v == u or most <= 0.0:
            continue
        step = tables.step[u]
        if most > step:
            which = uniform(state.dice)
            if which < 0.4:
                most = step
            elif which < 0.7:
                most = step * (1.0 + math.floor(uniform(state.dice) * (most / step)))
        state.moved[0], state.by[0] = u, -most
        state.moved[1], state.by[1] = v, most
        return 2
    return 0


@inlined
def held(tables: Any, state: Any) -> int:
    """A follower that the objective charges, and that is held away from where it would be best; -1
    where the dice find none.
    """
    for _ in range(8):
        if tables.num_charged == 0:
            break
        v = tables.charged[below(state.dice, tables.num_charged)]
        if state.x[v] != (tables.lower[v] if tables.toward[v] > 0.0 else tables.upper[v]):
            return int(v)
    return NONE


@inlined
def overrun(tables: Any, state: Any) -> int:
    """The follower of a broken row; -1 where the dice find none."""
    for _ in range(32):
        row = below(state.dice, tables.num_rows)
        if tables.follower[row] != NONE and state.activity[row] > tables.limit[row]:
            return int(tables.follower[row])
    return NONE


@inlined
def binding(tables: Any, state: Any, v: int) -> int:
    """A row that would be broken if a follower were a step nearer to where it is best; -1 where
    there is none.
    """
    chosen, seen = NONE, 0
    for e in range(tables.push_ptr[v], tables.push_ptr[v + 1]):
        row = tables.push_row[e]
        if state.activity[row] + tables.push_of[row] > tables.limit[row]:
            seen += 1
            if seen == 1 or below(state.dice, seen) == 0:
                chosen = row
    return int(chosen)


@called
def release(tables: Any, state: Any) -> int:
    """Something that holds a follower up lets go.

    From a follower that is charged, or in a broken row, back along rows that bind: each names what
    could make room in it, and the follower that pushes this one. One of all that could make room
    does: by a flip, or by the 1 of its group.
    """
    v = (
        overrun(tables, state)
        if state.totals[BROKEN] > 0.5 and uniform(state.dice) < 0.5
        else held(tables, state)
    )
    chosen, seen = NONE, 0
    for _ in range(tables.num_followers):
        row = binding(tables, state, v) if v != NONE else NONE
        if row == NONE:
            break
        v, pushing = NONE, 0
        for e in range(tables.pushed_ptr[row], tables.pushed_ptr[row + 1]):
            u, value = tables.pushed_by[e], tables.pushed_value[e]
            if tables.toward[u] != 0.0:
                if value * tables.toward[u] > 0.0:
                    pushing += 1
                    if below(state.dice, pushing) == 0:
                        v = u
            elif state.x[u] > tables.lower[u] if value > 0.0 else state.x[u] < tables.upper[u]:
                seen += 1
                if below(state.dice, seen) == 0:
                    chosen = u
    if chosen == NONE:
        return 0
    group = tables.group[chosen]
    if group == NONE:
        return flip(tables, state, chosen, 0)
    if not tables.single[group]:
        return 0
    if state.x[chosen] == 1.0:
        first = tables.member_ptr[group]
        chosen = tables.member[first + below(state.dice, tables.member_ptr[group + 1] - first)]
    return shift(tables, state, chosen)
