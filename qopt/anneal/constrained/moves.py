"""Moves: proposed so that groups keep their sums, weighed in objective and prices, made or left.

A move is a list of changes in the scratch of the state: `moved[k]` by `by[k]`. Each proposal returns how many, 0 where its dice
found nothing to do. Indicators follow by themselves, as further changes.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from ..kernel import uniform
from ..vectors import inlined
from .model import NONE

OBJECTIVE, BROKEN, CLASHES, VIOLATION, PENDING = 0, 1, 2, 3, 4  # places in `State.totals`


class State(NamedTuple):
    """One walker's assignment and what follows from it; all are modified in place. Python has a row a walker of each array."""

    x: Any  # float64[n]
    best: Any  # float64[n]: the best assignment seen, and in `record` float64[2] its violation and objective
    record: Any
    field: Any  # float64[n]: what the objective's couplings add to each variable's linear bias
    clash: Any  # float64[n]: how many binaries at 1 exclude this one
    activity: Any  # float64[rows]
    needs: Any  # int64[n]: of an indicator, the rows that would be broken without it
    one: Any  # int64[groups]: of a single group, the variable that is 1
    one_of_column: Any  # int64[columns]
    price: Any  # float64[rows + 1]: of a unit of violation; the last is that of a clash
    totals: Any  # float64[5]: objective, broken hard rows, clashes, violation of hard rows and clashes; and 1 where `x` is what
    # `record` speaks of, and `best` is not yet: on the way down that is copied once, not at every step
    dice: Any  # uint64[1]
    moved: Any  # int64[...]: scratch, as are all below
    by: Any
    touched: Any
    mark: Any
    change: Any
    wanting: Any
    want: Any
    queue: Any
    via: Any


@inlined
def below(dice: Any, count: int) -> int:
    """A random number 0..count - 1."""
    return min(int(uniform(dice) * count), count - 1)


# ---- proposals -------------------------------------------------------------------------------------------------------


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
    return transfer(tables, state) if tables.num_transferring > 0 else 0  # where nothing can move, nothing does


@inlined
def flip(tables: Any, state: Any, v: int, k: int) -> int:
    """A binary or spin to its other value; a whole number a step, or a power of two of steps, or anywhere."""
    lower, step = tables.lower[v], tables.step[v]
    steps = (tables.upper[v] - lower) / step
    here = (state.x[v] - lower) / step
    if steps == 1.0:
        there = 1.0 - here
    else:
        which = uniform(state.dice)
        if which < 0.8:
            far = 2.0 ** math.floor(uniform(state.dice) * math.log2(steps + 1.0)) if which < 0.4 else 1.0
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
    """The variable of a group that is in this column, or has this partner label; -1 where there is none."""
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
    """The 1 of a single group goes to v. Where that takes a column from another group, the two change columns."""
    group = tables.group[v]
    u = state.one[group]
    if u == v:
        return 0
    left, taken = tables.column[u], tables.column[v]
    turn(state, 0, u, v)
    if left == NONE and taken == NONE:
        return 2
    if taken == NONE:  # u's place stays empty
        if tables.stand_in[left] == NONE:
            return 0
        state.moved[2], state.by[2] = tables.stand_in[left], 1.0
        return 3
    w = state.one_of_column[taken]
    other = tables.group[w]
    state.moved[2], state.by[2] = w, -1.0
    if other == NONE:  # v's place was empty
        if left == NONE:
            return 3
        z = tables.stand_in[left]
    elif left == NONE:
        z = outside(tables, state, other)
    else:
        z = at(tables, other, left)
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
def transfer(tables: Any, state: Any) -> int:
    """One variable of a group gives to another: a step, all it has, or something between."""
    u = tables.transferring[below(state.dice, tables.num_transferring)]
    group = tables.group[u]
    first = tables.member_ptr[group]
    members = tables.member_ptr[group + 1] - first
    for _ in range(4):
        v = tables.member[first + below(state.dice, members)]
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


# ---- what a move would change ----------------------------------------------------------------------------------------


@inlined
def coupling(ptr: Any, to: Any, u: int, v: int) -> int:
    """The place of v among u's neighbours, or -1."""
    low, last = ptr[u], ptr[u + 1]
    high = last
    while low < high:
        middle = (low + high) >> 1
        if to[middle] < v:
            low = middle + 1
        else:
            high = middle
    return low if low < last and to[low] == v else NONE


@inlined
def over(tables: Any, row: int, activity: float) -> float:
    """By how much a row is broken at this activity."""
    beyond = activity - tables.rhs[row]
    if tables.equality[row]:
        beyond = abs(beyond)
    return beyond if beyond > tables.tolerance[row] else 0.0


@inlined
def touch(tables: Any, state: Any, k: int, touched: int) -> int:
    """Add change k to the changes of its rows; returns how many rows are touched by then."""
    v, by, change = state.moved[k], state.by[k], state.change
    for e in range(tables.entry_ptr[v], tables.entry_ptr[v + 1]):
        row = tables.entry_row[e]
        if state.mark[row] == 0:
            state.touched[touched], state.mark[row] = row, 1
            touched += 1
        change[row] += by * tables.entry_value[e]
    for e in range(tables.product_ptr[v], tables.product_ptr[v + 1]):
        row, other = tables.product_row[e], tables.product_with[e]
        if other == v:
            factor = 2.0 * state.x[v] + by
        else:
            factor = state.x[other]
            for earlier in range(k):
                if state.moved[earlier] == other:
                    factor += state.by[earlier]
        if state.mark[row] == 0:
            state.touched[touched], state.mark[row] = row, 1
            touched += 1
        change[row] += by * tables.product_value[e] * factor
    return touched


@inlined
def follow(tables: Any, state: Any, count: int, touched: int) -> int:
    """Append the changes of the indicators whose rows need them now, or no longer do; returns how many changes there are."""
    wanting = 0
    for t in range(touched):
        row = state.touched[t]
        y = tables.indicator[row]
        if y != NONE:
            without = state.activity[row] - tables.room[row] * state.x[y]
            limit = tables.rhs[row] + tables.tolerance[row]
            before, after = without > limit, without + state.change[row] > limit
            if before != after:
                if state.want[y] == 0:
                    state.wanting[wanting] = y
                    wanting += 1
                state.want[y] += 2 if after else -2
                state.want[y] |= 1  # so that a want that is taken back is listed once
    for t in range(wanting):
        y = state.wanting[t]
        needed = 1.0 if state.needs[y] + (state.want[y] >> 1) > 0 else 0.0
        if needed != state.x[y]:
            state.moved[count], state.by[count] = y, needed - state.x[y]
            count += 1
        state.want[y] = 0
    return count


@inlined
def gained(tables: Any, state: Any, count: int) -> float:
    """What `count` changes add to the objective, soft rows apart."""
    gain = 0.0
    coupled = tables.num_pairs > 0
    dense = tables.dense
    for k in range(count):
        v, by = state.moved[k], state.by[k]
        gain += by * (tables.linear[v] + state.field[v] + tables.square[v] * (2.0 * state.x[v] + by))
        if coupled:
            for earlier in range(k):
                u = state.moved[earlier]
                if dense:
                    gain += by * state.by[earlier] * tables.matrix[u * tables.num_variables + v]
                elif tables.inside or not related(tables, u, v):
                    place = coupling(tables.pair_ptr, tables.pair_to, u, v)
                    if place != NONE:
                        gain += by * state.by[earlier] * tables.pair_value[place]
    return gain


@inlined
def related(tables: Any, u: int, v: int) -> bool:
    """Whether two variables are in one group, or in one column."""
    return bool((tables.group[u] == tables.group[v] != NONE) or (tables.column[u] == tables.column[v] != NONE))


@inlined
def clashed(tables: Any, state: Any, count: int) -> float:
    """What `count` changes add to the clashes."""
    clashes = 0.0
    for k in range(count):
        v, by = state.moved[k], state.by[k]
        clashes += by * state.clash[v]
        for earlier in range(k):
            if coupling(tables.conflict_ptr, tables.conflict_to, state.moved[earlier], v) != NONE:
                clashes += by * state.by[earlier]
    return clashes


@inlined
def weigh(tables: Any, state: Any, count: int) -> Any:
    """What the move would add: (cost, objective, broken rows, clashes, violation), with the number of changes and rows touched.

    The cost is the objective's share plus priced violations. `state.change` is left as it is, for `make` or `drop`.
    """
    touched = 0
    if tables.num_rows:
        for k in range(count):
            touched = touch(tables, state, k, touched)
        followed = follow(tables, state, count, touched)
        for k in range(count, followed):
            touched = touch(tables, state, k, touched)
        count = followed
    gain = gained(tables, state, count)
    clashes = clashed(tables, state, count) if tables.num_conflicts else 0.0
    priced = clashes * state.price[tables.num_rows]
    violation, broken = clashes, 0.0
    for t in range(touched):
        row = state.touched[t]
        before = over(tables, row, state.activity[row])
        after = over(tables, row, state.activity[row] + state.change[row])
        if before == after:
            continue
        if tables.weight[row] < math.inf:
            gain += tables.weight[row] * (after**2 - before**2 if tables.squared[row] else after - before)
        else:
            priced += state.price[row] * (after - before)
            violation += after - before
            broken += (1.0 if after > 0.0 else 0.0) - (1.0 if before > 0.0 else 0.0)
    return gain + priced, gain, broken, clashes, violation, count, touched


@inlined
def attempt(tables: Any, state: Any, count: int, temperature: float) -> bool:
    """Make the move or leave it, by Metropolis' rule on objective plus priced violations."""
    cost, gain, broken, clashes, violation, count, touched = weigh(tables, state, count)
    accepted = cost <= 0.0 or (cost < 30.0 * temperature and uniform(state.dice) < math.exp(-cost / temperature))
    if accepted:
        record(tables, state, gain, broken, clashes, violation)
        make(tables, state, count, touched)
        state.totals[OBJECTIVE] += gain
        state.totals[BROKEN] += broken
        state.totals[CLASHES] += clashes
        state.totals[VIOLATION] += violation
    drop(state, touched)
    return bool(accepted)


@inlined
def record(tables: Any, state: Any, gain: float, broken: float, clashes: float, violation: float) -> None:
    """Note what these changes of the totals lead to, if it is better than the record; else keep what `x` is now, if that is it.

    Better is a feasible assignment of a lower objective or, before there is a feasible one, one that is less violated.
    """
    totals, best = state.totals, state.record
    after = 0.0
    if totals[BROKEN] + broken > 0.5 or totals[CLASHES] + clashes > 0.5:
        after = max(totals[VIOLATION] + violation, 1e-12)
    objective = totals[OBJECTIVE] + gain
    if after < best[0] or (after == best[0] and objective < best[1]):
        best[0], best[1], totals[PENDING] = after, objective, 1.0
    else:
        keep(tables, state)


@inlined
def keep(tables: Any, state: Any) -> None:
    """Copy the assignment that the record speaks of, if that has not been done."""
    if state.totals[PENDING] > 0.0:
        state.totals[PENDING] = 0.0
        for v in range(tables.num_variables):
            state.best[v] = state.x[v]


@inlined
def drop(state: Any, touched: int) -> None:
    """Forget the changes of rows that `weigh` noted."""
    for t in range(touched):
        row = state.touched[t]
        state.change[row], state.mark[row] = 0.0, 0


@inlined
def make(tables: Any, state: Any, count: int, touched: int) -> None:
    """The changes themselves, and all that follows from them but the totals."""
    for t in range(touched):
        row = state.touched[t]
        y = tables.indicator[row]
        if y != NONE:
            own = 0.0
            for k in range(count):
                if state.moved[k] == y:
                    own = state.by[k]
            without = state.activity[row] - tables.room[row] * state.x[y]
            limit = tables.rhs[row] + tables.tolerance[row]
            after = without + state.change[row] - tables.room[row] * own
            state.needs[y] += (1 if after > limit else 0) - (1 if without > limit else 0)
    for t in range(touched):
        row = state.touched[t]
        state.activity[row] += state.change[row]
    for k in range(count):
        v, by = state.moved[k], state.by[k]
        state.x[v] += by
        for e in range(tables.pair_ptr[v], tables.pair_ptr[v + 1]):
            state.field[tables.pair_to[e]] += by * tables.pair_value[e]
        for e in range(tables.conflict_ptr[v], tables.conflict_ptr[v + 1]):
            state.clash[tables.conflict_to[e]] += by
        if by > 0.0:
            if tables.column[v] != NONE:
                state.one_of_column[tables.column[v]] = v
            if tables.group[v] != NONE and tables.single[tables.group[v]]:
                state.one[tables.group[v]] = v
