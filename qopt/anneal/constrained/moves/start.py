"""Where a walk starts: an assignment at random, or one that is given, with every group and column
as it must be.
"""

from __future__ import annotations

import math
from typing import Any

from ...core.compiling import called, inlined
from ...core.dice import uniform
from ..model import NONE
from .proposals import at, below

# of the range of followers: how far from where they are best they are put at most, before they are
# ordered
SPREAD = 0.2
# of pushes: far more than followers wait for each other in a row, in the order of their numbers
ROUNDS = 64


@inlined
def start(tables: Any, state: Any, given: bool) -> bool:
    """Fill `state.x`: from itself where `given`, groups mended, else at random. False where the
    columns have no matching.

    What a group has been given stays as far as its total and its columns allow.
    """
    n, x = tables.num_variables, state.x
    for v in range(n):
        lower, upper = tables.lower[v], tables.upper[v]
        if not given:
            x[v] = lower + tables.step[v] * math.floor(
                uniform(state.dice) * ((upper - lower) / tables.step[v] + 1.0)
            )
        x[v] = min(max(x[v], lower), upper)
    for group in range(tables.num_groups):
        if not tables.single[group]:
            _add_up(tables, state, group, given)
    return _match(tables, state, given)


@inlined
def _add_up(tables: Any, state: Any, group: int, given: bool) -> None:
    """Members in random order, each as it is or at random, within what the others can still make up
    for.
    """
    x = state.x
    first = tables.member_ptr[group]
    count = tables.member_ptr[group + 1] - tables.member_ptr[group]
    rest, room = tables.total[group], 0.0
    for k in range(count):
        rest -= tables.lower[tables.member[first + k]]
        room += tables.upper[tables.member[first + k]] - tables.lower[tables.member[first + k]]
    offset = below(state.dice, count)
    for k in range(count):
        v = tables.member[first + (k + offset) % count]
        lower, step = tables.lower[v], tables.step[v]
        room -= tables.upper[v] - lower
        least, most = max(0.0, rest - room), min(tables.upper[v] - lower, rest)
        wanted = (
            x[v] - lower
            if given
            else least + step * math.floor(uniform(state.dice) * ((most - least) / step + 1.0))
        )
        wanted = min(max(wanted, least), most)
        x[v] = lower + wanted
        rest -= wanted


@inlined
def _match(tables: Any, state: Any, given: bool) -> bool:
    """One variable of each single group, no two in a column: augmenting paths (Kuhn 1955), from a
    greedy beginning.
    """
    groups, columns = tables.num_groups, tables.num_columns
    for column in range(columns):
        state.one_of_column[column] = NONE
    for group in range(groups):
        state.one[group] = NONE
    for wished in range(2):  # what was given first, then anything
        if wished == 0 and not given:
            continue
        turn = below(state.dice, max(groups, 1))
        for k in range(groups):
            group = (k + turn) % groups
            if tables.single[group] and state.one[group] == NONE:
                first = tables.member_ptr[group]
                count = tables.member_ptr[group + 1] - tables.member_ptr[group]
                offset = below(state.dice, count)
                for j in range(count):
                    v = tables.member[first + (j + offset) % count]
                    column = tables.column[v]
                    if (wished == 1 or state.x[v] == 1.0) and (
                        column == NONE or state.one_of_column[column] == NONE
                    ):
                        _give(tables, state, group, v)
                        break
    for group in range(groups):
        if tables.single[group] and state.one[group] == NONE and not _augment(tables, state, group):
            return False
    for column in range(columns):
        empty = state.one_of_column[column] == NONE
        if empty and tables.stand_in[column] == NONE and not _fill(tables, state, column):
            return False
    for v in range(tables.num_variables):
        group = tables.group[v]
        if group != NONE and tables.single[group]:
            state.x[v] = 1.0 if state.one[group] == v else 0.0
    for column in range(columns):
        v = tables.stand_in[column]
        if v != NONE:
            empty = state.one_of_column[column] == NONE
            state.x[v] = 1.0 if empty else 0.0
            if empty:
                state.one_of_column[column] = v
    return True


@inlined
def _give(tables: Any, state: Any, group: int, v: int) -> None:
    state.one[group] = v
    if tables.column[v] != NONE:
        state.one_of_column[tables.column[v]] = v


@inlined
def _augment(tables: Any, state: Any, root: int) -> bool:
    """Breadth-first from a group without a place, over columns and the groups that hold them, to a
    free column.
    """
    groups, columns = tables.num_groups, tables.num_columns
    reached = state.via  # of each column: the variable by which it was reached
    for column in range(columns):
        reached[column] = NONE
    state.queue[0] = root
    head, tail = 0, 1
    while head < tail:
        group = state.queue[head]
        head += 1
        for j in range(tables.member_ptr[group], tables.member_ptr[group + 1]):
            v = tables.member[j]
            column = tables.column[v]
            if column == NONE or (reached[column] == NONE and state.one_of_column[column] == NONE):
                # along the path back, each group takes what it was reached for, and leaves its own
                # to the one before
                while True:
                    owner = tables.group[v]
                    before = state.one[owner]
                    _give(tables, state, owner, v)
                    if owner == root:
                        return True
                    v = reached[tables.column[before]]
            if reached[column] == NONE:
                reached[column] = v
                holder = tables.group[state.one_of_column[column]]
                if holder != root and tail < groups + 1:
                    state.queue[tail] = holder
                    tail += 1
    return False


@inlined
def _fill(tables: Any, state: Any, root: int) -> bool:
    """Breadth-first from a column that may not stay empty, over groups and the columns they would
    leave, to one that may.
    """
    left_for = state.via  # of each column: the variable its group would leave it for
    for column in range(tables.num_columns):
        left_for[column] = NONE
    state.queue[0] = root
    head, tail = 0, 1
    while head < tail:
        column = state.queue[head]
        head += 1
        for group in range(tables.num_groups):
            v = at(tables, group, column) if tables.single[group] else NONE
            if v == NONE:
                continue
            old_column = tables.column[state.one[group]]
            if old_column == NONE or tables.stand_in[old_column] != NONE:
                if old_column != NONE:
                    state.one_of_column[old_column] = NONE
                # along the path back, each group goes where its column was reached from
                while True:
                    _give(tables, state, tables.group[v], v)
                    if tables.column[v] == root:
                        return True
                    v = left_for[tables.column[v]]
            if old_column != root and left_for[old_column] == NONE:
                left_for[old_column] = v
                state.queue[tail] = old_column
                tail += 1
    return False


@called
def arrange(tables: Any, state: Any) -> None:
    """Free variables that followers wait for, as some values of the followers have it that are in
    an order.

    Values at random, not far from where each is best, are pushed by what holds whatever the free
    variables are. Of two that wait for each other then goes first which is first. `state.x` of
    followers is scratch.
    """
    x, spread = state.x, 0.0
    for k in range(tables.num_followers):
        v = tables.followers[k]
        spread += (tables.upper[v] - tables.lower[v]) / tables.num_followers
    spread *= SPREAD * uniform(state.dice)
    for k in range(tables.num_followers):
        v = tables.followers[k]
        base = tables.lower[v] if tables.toward[v] > 0.0 else tables.upper[v]
        x[v] = base + tables.toward[v] * spread * uniform(state.dice)
    for _ in range(ROUNDS):
        pushed = False
        for k in range(tables.num_followers):
            v, most = tables.followers[k], 0.0
            for e in range(tables.push_ptr[v], tables.push_ptr[v + 1]):
                row = tables.push_row[e]
                most = max(most, _relaxed(tables, state, row) * tables.steps[e])
            if most > 1e-9:
                x[v] += tables.toward[v] * most
                pushed = True
        if not pushed:
            break
    for k in range(tables.num_steering):
        v = tables.steering[k]
        lower, upper = tables.lower[v], tables.upper[v]
        at_lower, at_upper = 0.0, 0.0
        for e in range(tables.entry_ptr[v], tables.entry_ptr[v + 1]):
            row, value = tables.entry_row[e], tables.entry_value[e]
            if tables.follower[row] != NONE:
                rest = _relaxed(tables, state, row) - min(value * lower, value * upper)
                at_lower += max(rest + value * lower, 0.0)
                at_upper += max(rest + value * upper, 0.0)
        if at_lower != at_upper:
            x[v] = lower if at_lower < at_upper else upper


@inlined
def _relaxed(tables: Any, state: Any, row: int) -> float:
    """By how much a row is broken, whatever its variables are but for the followers."""
    beyond = tables.relaxed[row] - tables.rhs[row]
    for e in range(tables.pushed_ptr[row], tables.pushed_ptr[row + 1]):
        if tables.toward[tables.pushed_by[e]] != 0.0:
            beyond += tables.pushed_value[e] * state.x[tables.pushed_by[e]]
    return float(beyond)
