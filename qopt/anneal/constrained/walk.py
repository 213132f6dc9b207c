"""Walks: sweeps of moves at falling temperatures, prices that follow violation, and the best
assignment seen.

The first functions are what Python calls. Tables and states come as blocks of addresses, made by
`structures.addresses(tables)` and `structures.row_addresses(state)`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core.compiling import called, compiled, inlined
from ..core.dice import uniform
from ..core.ising import Floats, Ints
from ..core.structures import Block, addresses, reader, row_reader
from .model import NONE
from .moves import start
from .moves.following import settle, wanted
from .moves.proposals import propose
from .moves.weighing import attempt, drop, keep, over, record, weigh
from .state import BROKEN, CLASHES, OBJECTIVE, VIOLATION, State
from .tables import Tables

ROUNDS = 4  # of looks at all followers, before what has not settled is taken for a circle
# how far prices may go up or down from where they began: a row can be broken, or well, for so long
# that they would end as infinite or as 0, which no factor brings back
DEAREST = 1e9

# what Python asks for
ANNEAL, TEMPER, SURVEY, BEGIN, PRICED, REFRESH = range(6)

NO_FLOATS, NO_INTS = np.zeros(0), np.zeros(0, dtype=np.int64)


class Order(NamedTuple):
    """One call from Python: what to do, and with what. The functions below explain the rest."""

    what: int
    walker: int = 0
    given: bool = False
    first: int = 0
    sweeps: int = 0
    proposals: int = 0
    price_rate: float = 0.0
    hurry: float = 0.0
    temperatures: Floats = NO_FLOATS
    betas: Floats = NO_FLOATS
    rungs: int = 0
    holder: Ints = NO_INTS
    energies: Floats = NO_FLOATS
    proposed: Ints = NO_INTS
    accepted: Ints = NO_INTS
    added: Floats = NO_FLOATS
    costs: Floats = NO_FLOATS
    most: int = 0


the_tables, the_state, the_order = reader(Tables), row_reader(State), reader(Order)


def anneal(
    tables: Block,
    states: Block,
    temperatures: Floats,
    proposals: int,
    price_rate: float,
    hurry: float,
    walkers: int,
) -> None:
    """Each of the first `walkers` by itself, so many proposals at each of `temperatures`, with
    prices of its own.

    Prices change by `price_rate` at most, and `hurry` times as fast until the walker has been
    somewhere feasible.
    """
    order = Order(
        ANNEAL,
        walker=walkers,
        sweeps=len(temperatures),
        proposals=proposals,
        price_rate=price_rate,
        hurry=hurry,
        temperatures=temperatures,
    )
    _walk(tables, states, addresses(order))


def temper(
    tables: Block,
    states: Block,
    betas: Floats,
    holder: Ints,
    energies: Floats,
    proposed: Ints,
    accepted: Ints,
    first: int,
    count: int,
    proposals: int,
    price_rate: float,
    hurry: float,
) -> None:
    """Steps `first` to `first + count` of parallel tempering: proposals at every rung, then
    exchanges, then prices.

    `betas` float64[rungs] rise, `holder` int64[rungs] is the walker at each. All walkers pay the
    same prices: one rises by the share of the colder half that breaks its row, and falls by the
    share that breaks none. Where many rows are tight, each is broken as often as the whole is
    feasible: prices cannot fall until nothing is.
    """
    order = Order(
        TEMPER,
        first=first,
        sweeps=count,
        proposals=proposals,
        price_rate=price_rate,
        hurry=hurry,
        betas=betas,
        rungs=len(betas),
        holder=holder,
        energies=energies,
        proposed=proposed,
        accepted=accepted,
    )
    _walk(tables, states, addresses(order))


def survey(tables: Block, states: Block, walker: int, added: Floats, costs: Floats) -> int:
    """What random moves would add to the objective, and to it plus the priced violations; returns
    how many of them settle.
    """
    order = Order(SURVEY, walker=walker, added=added, costs=costs, most=len(costs))
    return int(_walk(tables, states, addresses(order)))


def begin(tables: Block, states: Block, walker: int, given: bool) -> bool:
    """Start from the walker's `x`, groups mended, where `given`, else at random; False where the
    groups cannot be kept.
    """
    return bool(_walk(tables, states, addresses(Order(BEGIN, walker=walker, given=given))))


def priced(tables: Block, states: Block, walker: int) -> float:
    """One walker's objective plus what its violations are priced at."""
    return float(_walk(tables, states, addresses(Order(PRICED, walker=walker))))


def refresh_all(tables: Block, states: Block) -> None:
    """Everything that follows from each walker's assignment, from scratch."""
    _walk(tables, states, addresses(Order(REFRESH)))


@compiled
def _walk(tables: Any, states: Any, order: Any) -> float:
    """One kernel for all, as each would compile the moves once more."""
    t, o = the_tables(tables), the_order(order)
    if o.what == ANNEAL:
        _anneal(t, states, o)
    elif o.what == TEMPER:
        _temper(t, states, o)
    elif o.what == SURVEY:
        return float(_survey(t, the_state(states, o.walker), o))
    elif o.what == BEGIN:
        return 1.0 if _begin(t, the_state(states, o.walker), o.given) else 0.0
    elif o.what == PRICED:
        return float(energy(t, the_state(states, o.walker)))
    else:
        _refresh_all(t, states)
    return 0.0


@called
def _anneal(t: Any, states: Any, order: Any) -> None:
    for walker in range(order.walker):
        s = the_state(states, walker)
        for k in range(order.sweeps):
            step(t, s, order.temperatures[k], order.proposals)
            feasible = is_feasible(s)
            rate = order.price_rate if s.record[0] == 0.0 else order.price_rate * order.hurry
            for row in range(t.num_rows + 1):
                s.price[row] = changed(s, row, rate * (breaks(t, s, row) - feasible))
        keep(t, s)


@called
def _temper(t: Any, states: Any, order: Any) -> None:
    for number in range(order.first, order.first + order.sweeps):
        for k in range(order.rungs):
            s = the_state(states, order.holder[k])
            step(t, s, 1.0 / order.betas[k], order.proposals)
            order.energies[k] = energy(t, s)
        _exchange(states, order, number % 2)
        _price(t, states, order)
    for k in range(order.rungs):
        keep(t, the_state(states, k))


@inlined
def _exchange(states: Any, order: Any, odd: int) -> None:
    """Walkers at neighbouring rungs change places; every other pair at a time."""
    dice = the_state(states, 0).dice
    betas = order.betas
    energies = order.energies
    holder = order.holder
    for k in range(odd, order.rungs - 1, 2):
        advantage = (betas[k] - betas[k + 1]) * (energies[k] - energies[k + 1])
        order.proposed[k] += 1
        if advantage >= 0 or uniform(dice) < math.exp(advantage):
            order.accepted[k] += 1
            holder[k], holder[k + 1] = holder[k + 1], holder[k]


@inlined
def _price(t: Any, states: Any, order: Any) -> None:
    """The prices that all walkers pay, by what the colder half breaks."""
    rungs, holder = order.rungs, order.holder
    colder = rungs - rungs // 2
    feasible, rate = 0.0, order.price_rate * order.hurry
    for k in range(rungs - colder, rungs):
        feasible += is_feasible(the_state(states, holder[k]))
    for k in range(rungs):
        if the_state(states, k).record[0] == 0.0:
            rate = order.price_rate
    for row in range(t.num_rows + 1):
        broken = 0.0
        for k in range(rungs - colder, rungs):
            broken += breaks(t, the_state(states, holder[k]), row)
        price = changed(the_state(states, 0), row, rate * (broken - feasible) / colder)
        for k in range(rungs):
            the_state(states, k).price[row] = price


@called
def _survey(t: Any, s: Any, order: Any) -> int:
    settled = 0
    for _ in range(4 * order.most):
        count = propose(t, s)
        if count > 0 and settled < order.most:
            cost, added, _, _, _, _, touched = weigh(t, s, count)
            drop(s, touched)
            if cost < math.inf:
                order.costs[settled], order.added[settled] = cost, added
                settled += 1
    return settled


@called
def _begin(t: Any, s: Any, given: bool) -> bool:
    if not start.start(t, s, given):
        return False
    if t.num_followers:
        if not given:
            start.arrange(t, s)
        follow_anew(t, s)
    # indicators are what the rows need when all of them are 0
    for row in range(t.num_rows):
        if t.indicator[row] >= 0:
            s.x[t.indicator[row]] = 0.0
    refresh(t, s)
    for v in range(t.num_variables):
        if s.needs[v] > 0:
            s.x[v] = 1.0
    refresh(t, s)
    record(t, s, 0.0, 0.0, 0.0, 0.0)
    keep(t, s)
    return True


@called
def _refresh_all(t: Any, states: Any) -> None:
    for walker in range(len(states)):
        s = the_state(states, walker)
        refresh(t, s)
        record(t, s, 0.0, 0.0, 0.0, 0.0)
        keep(t, s)


@called
def follow_anew(tables: Any, state: Any) -> None:
    """Followers from where they are best to where the rows leave them, whatever they were."""
    for k in range(tables.num_followers):
        v = tables.followers[k]
        state.x[v] = tables.lower[v] if tables.toward[v] > 0.0 else tables.upper[v]
    for turn in range(2 * ROUNDS):
        refresh(tables, state)
        if turn >= ROUNDS:  # circles: up to the bounds, and down again to what is left
            for k in range(tables.num_followers):
                v = tables.followers[k]
                further = wanted(tables, state, v, state.x[v]) - state.x[v]
                if further * tables.toward[v] > 0.0:
                    state.x[v] = tables.upper[v] if tables.toward[v] > 0.0 else tables.lower[v]
            refresh(tables, state)
        if settle_all(tables, state):
            break


@called
def settle_all(tables: Any, state: Any) -> bool:
    """Look at every row that pushes a follower, and move these as far as they must; whether that
    has settled.
    """
    touched = 0
    for row in range(tables.num_rows):
        if tables.follower[row] != NONE:
            state.touched[touched], state.mark[row] = row, 1
            touched += 1
    count, touched, settled = settle(tables, state, 0, touched)
    for k in range(count):
        state.x[state.moved[k]] += state.by[k]
    drop(state, touched)
    return bool(settled)


@called
def step(tables: Any, state: Any, temperature: float, proposals: int) -> None:
    for _ in range(proposals):
        count = propose(tables, state)
        if count > 0:
            attempt(tables, state, count, temperature)


@inlined
def energy(tables: Any, state: Any) -> float:
    total = state.totals[OBJECTIVE] + state.price[tables.num_rows] * state.totals[CLASHES]
    if state.totals[BROKEN] > 0.5:
        for row in range(tables.num_rows):
            if tables.weight[row] == math.inf:
                total += state.price[row] * over(tables, row, state.activity[row])
    return float(total)


@inlined
def is_feasible(state: Any) -> float:
    return 1.0 if state.totals[BROKEN] < 0.5 and state.totals[CLASHES] < 0.5 else 0.0


@inlined
def changed(state: Any, row: int, exponent: float) -> float:
    """A row's price times e to the exponent, within `DEAREST` of where it began."""
    unit = state.unit[0]
    return float(min(max(state.price[row] * math.exp(exponent), unit / DEAREST), unit * DEAREST))


@inlined
def breaks(tables: Any, state: Any, row: int) -> float:
    """1 where the row is broken, else 0; the row after the last stands for all clashes."""
    if row == tables.num_rows:
        return 1.0 if state.totals[CLASHES] > 0.5 else 0.0
    return 1.0 if over(tables, row, state.activity[row]) > 0.0 else 0.0


@called
def refresh(tables: Any, state: Any) -> None:
    """Everything that follows from the assignment, from scratch."""
    x = state.x
    for v in range(tables.num_variables):
        state.field[v], state.clash[v], state.needs[v] = 0.0, 0.0, 0
    for row in range(tables.num_rows):
        state.activity[row] = 0.0
    for v in range(tables.num_variables):
        if x[v] == 0.0:
            continue
        for e in range(tables.pair_ptr[v], tables.pair_ptr[v + 1]):
            state.field[tables.pair_to[e]] += x[v] * tables.pair_value[e]
        for e in range(tables.conflict_ptr[v], tables.conflict_ptr[v + 1]):
            state.clash[tables.conflict_to[e]] += x[v]
        for e in range(tables.entry_ptr[v], tables.entry_ptr[v + 1]):
            state.activity[tables.entry_row[e]] += tables.entry_value[e] * x[v]
        for e in range(tables.product_ptr[v], tables.product_ptr[v + 1]):
            half = 1.0 if tables.product_with[e] == v else 0.5
            state.activity[tables.product_row[e]] += (
                half * tables.product_value[e] * x[v] * x[tables.product_with[e]]
            )
        if tables.column[v] >= 0:
            state.one_of_column[tables.column[v]] = v
        if tables.group[v] >= 0 and tables.single[tables.group[v]]:
            state.one[tables.group[v]] = v
    objective, clashes, broken = 0.0, 0.0, 0.0
    for v in range(tables.num_variables):
        objective += x[v] * (tables.linear[v] + 0.5 * state.field[v] + tables.square[v] * x[v])
        clashes += 0.5 * x[v] * state.clash[v]
    violation = clashes
    for row in range(tables.num_rows):
        y = tables.indicator[row]
        if (
            y >= 0
            and state.activity[row] - tables.room[row] * x[y]
            > tables.rhs[row] + tables.tolerance[row]
        ):
            state.needs[y] += 1
        beyond = over(tables, row, state.activity[row])
        if tables.weight[row] < math.inf:
            objective += tables.weight[row] * (beyond**2 if tables.squared[row] else beyond)
        elif beyond > 0.0:
            broken += 1.0
            violation += beyond
    state.totals[OBJECTIVE], state.totals[BROKEN] = objective, broken
    state.totals[CLASHES], state.totals[VIOLATION] = clashes, violation
