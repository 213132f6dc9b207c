"""Moves weighed in objective and prices, and made or left.

A move is a list of changes, as in `proposals`; followers and indicators follow by themselves, as
further changes.
"""

from __future__ import annotations

import math
from typing import Any

from ...core.compiling import inlined
from ...core.dice import uniform
from ..model import NONE
from ..state import BROKEN, CLASHES, OBJECTIVE, PENDING, VIOLATION
from .following import settle


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
    """Append the changes of the indicators whose rows need them now, or no longer do; returns how
    many changes there are.
    """
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
def added_by(tables: Any, state: Any, proposed: int, count: int) -> float:
    """What `count` changes add to the objective, soft rows apart; only the first are of variables
    that can be coupled.
    """
    added = 0.0
    coupled = tables.num_pairs > 0
    dense = tables.dense
    for k in range(count):
        v, by = state.moved[k], state.by[k]
        added += by * (
            tables.linear[v] + state.field[v] + tables.square[v] * (2.0 * state.x[v] + by)
        )
        if coupled and k < proposed:
            for earlier in range(k):
                u = state.moved[earlier]
                if dense:
                    added += by * state.by[earlier] * tables.matrix[u * tables.num_variables + v]
                elif tables.inside or not related(tables, u, v):
                    place = coupling(tables.pair_ptr, tables.pair_to, u, v)
                    if place != NONE:
                        added += by * state.by[earlier] * tables.pair_value[place]
    return added


@inlined
def related(tables: Any, u: int, v: int) -> bool:
    """Whether two variables are in one group, or in one column."""
    return bool(
        (tables.group[u] == tables.group[v] != NONE)
        or (tables.column[u] == tables.column[v] != NONE)
    )


@inlined
def clashed(tables: Any, state: Any, proposed: int, settled: int, count: int) -> float:
    """What `count` changes add to the clashes; those from `proposed` to `settled` are of whole
    numbers, which have none.
    """
    clashes = 0.0
    for k in range(count):
        if proposed <= k < settled:
            continue
        v, by = state.moved[k], state.by[k]
        clashes += by * state.clash[v]
        for earlier in range(k):
            if proposed <= earlier < settled:
                continue
            if coupling(tables.conflict_ptr, tables.conflict_to, state.moved[earlier], v) != NONE:
                clashes += by * state.by[earlier]
    return clashes


@inlined
def weigh(tables: Any, state: Any, count: int) -> Any:
    """What the move would add: (cost, objective, broken rows, clashes, violation), with the number
    of changes and rows touched.

    The cost is the objective's share plus priced violations, or infinite where followers would go
    round in circles. `state.change` is left as it is, for `make` or `drop`.
    """
    touched, proposed, settled = 0, count, count
    if tables.num_rows:
        for k in range(count):
            touched = touch(tables, state, k, touched)
        if tables.num_followers:
            settled, touched, ended = settle(tables, state, proposed, touched)
            if not ended:
                return math.inf, 0.0, 0.0, 0.0, 0.0, proposed, touched
        count = follow(tables, state, settled, touched)
        for k in range(settled, count):
            touched = touch(tables, state, k, touched)
    added = added_by(tables, state, proposed, count)
    clashes = clashed(tables, state, proposed, settled, count) if tables.num_conflicts else 0.0
    priced = clashes * state.price[tables.num_rows]
    violation, broken = clashes, 0.0
    for t in range(touched):
        row = state.touched[t]
        before = over(tables, row, state.activity[row])
        after = over(tables, row, state.activity[row] + state.change[row])
        if before == after:
            continue
        if tables.weight[row] < math.inf:
            added += tables.weight[row] * (
                after**2 - before**2 if tables.squared[row] else after - before
            )
        else:
            priced += state.price[row] * (after - before)
            violation += after - before
            broken += (1.0 if after > 0.0 else 0.0) - (1.0 if before > 0.0 else 0.0)
    return added + priced, added, broken, clashes, violation, count, touched


@inlined
def attempt(tables: Any, state: Any, count: int, temperature: float) -> bool:
    """Make the move or leave it, by Metropolis' rule on objective plus priced violations."""
    cost, added, broken, clashes, violation, count, touched = weigh(tables, state, count)
    accepted = cost <= 0.0 or (
        cost < 30.0 * temperature and uniform(state.dice) < math.exp(-cost / temperature)
    )
    if accepted:
        record(tables, state, added, broken, clashes, violation)
        make(tables, state, count, touched)
        state.totals[OBJECTIVE] += added
        state.totals[BROKEN] += broken
        state.totals[CLASHES] += clashes
        state.totals[VIOLATION] += violation
    drop(state, touched)
    return bool(accepted)


@inlined
def record(
    tables: Any, state: Any, added: float, broken: float, clashes: float, violation: float
) -> None:
    """Note what these changes of the totals lead to, if it is better than the record; else keep
    what `x` is now, if that is it.

    Better is a feasible assignment of a lower objective or, before there is a feasible one, one
    that is less violated.
    """
    totals, best = state.totals, state.record
    after = 0.0
    if totals[BROKEN] + broken > 0.5 or totals[CLASHES] + clashes > 0.5:
        after = max(totals[VIOLATION] + violation, 1e-12)
    objective = totals[OBJECTIVE] + added
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
