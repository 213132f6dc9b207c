"""What follows from an assignment, in plain Python, from the definitions alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from qopt.anneal.constrained.model import NONE, Constrained


@dataclass(frozen=True)
class Truth:
    """`objective` without the offset, with what soft rows charge; `violation` of hard rows and
    clashes.
    """

    objective: float
    broken: int
    clashes: float
    violation: float
    activity: list[float]
    over: list[float]
    field: list[float]
    clash: list[float]
    needs: list[int]

    @property
    def feasible(self) -> bool:
        return not self.broken and not self.clashes

    def priced(self, price: Any) -> float:
        return (
            self.objective
            + price[-1] * self.clashes
            + sum(p * over for p, over in zip(price, self.hard_over, strict=False))
        )

    hard_over: tuple[float, ...] = ()


def truth(model: Constrained, x: Any) -> Truth:
    p, rows, n = model.pairs, model.rows, model.num_variables
    field, clash, needs = [0.0] * n, [0.0] * n, [0] * n
    for u, v, value in zip(p.row, p.col, p.value, strict=True):
        field[u] += value * x[v]
        field[v] += value * x[u]
    for u, v in set(zip(*(part.tolist() for part in model.conflicts), strict=True)):
        clash[u] += x[v]
        clash[v] += x[u]
    activity = [0.0] * len(rows.rhs)
    scale, finest = [max(1.0, abs(rhs)) for rhs in rows.rhs], [math.inf] * len(rows.rhs)
    room = [0.0] * len(rows.rhs)
    for r, v, a in zip(rows.row, rows.col, rows.value, strict=True):
        activity[r] += a * x[v]
        scale[r], finest[r] = max(scale[r], abs(a)), min(finest[r], abs(a))
        room[r] = a if rows.indicator[r] == v else room[r]
    for r, u, v, a in zip(rows.owner, rows.first, rows.second, rows.product, strict=True):
        activity[r] += a * x[u] * x[v]
        scale[r], finest[r] = max(scale[r], abs(a)), min(finest[r], abs(a))
    tolerance = [min(1e-9 * most, 1e-2 * least) for most, least in zip(scale, finest, strict=True)]
    objective = sum(
        x[v] * (model.linear[v] + field[v] / 2 + model.square[v] * x[v]) for v in range(n)
    )
    over, hard_over = [], []
    for r in range(len(rows.rhs)):
        beyond = activity[r] - rows.rhs[r]
        beyond = abs(beyond) if rows.equality[r] else beyond
        beyond = beyond if beyond > tolerance[r] else 0.0
        over.append(beyond)
        soft = math.isfinite(rows.weight[r])
        hard_over.append(0.0 if soft else beyond)
        if soft:
            objective += rows.weight[r] * (beyond**2 if rows.squared[r] else beyond)
        y = rows.indicator[r]
        if y != NONE and activity[r] - room[r] * x[y] - rows.rhs[r] > tolerance[r]:
            needs[y] += 1
    clashes = sum(x[v] * clash[v] for v in range(n)) / 2
    return Truth(
        objective=float(objective),
        broken=sum(value > 0 for value in hard_over),
        clashes=clashes,
        violation=clashes + sum(hard_over),
        activity=activity,
        over=over,
        field=field,
        clash=clash,
        needs=needs,
        hard_over=tuple(hard_over),
    )


def keeps(model: Constrained, x: Any) -> bool:
    """Whether values are within bounds, on their steps, and groups, columns and indicators as they
    must be.
    """
    within = (model.lower <= x) & (x <= model.upper) & ((x - model.lower) % model.step == 0)
    sums = [x[model.group == g].sum() == total for g, total in enumerate(model.total)]
    ones = [x[model.column == c].sum() == 1 for c in range(model.column.max(initial=NONE) + 1)]
    needs = truth(model, x).needs
    follow = [x[y] == (needs[y] > 0) for y in np.unique(model.rows.indicator) if y != NONE]
    pushed = [x[v] == left(model, x, v) for v in np.unique(model.rows.follower) if v != NONE]
    return bool(within.all()) and all(sums) and all(ones) and all(follow) and all(pushed)


def left(model: Constrained, x: Any, v: int) -> float:
    """The best value that the rows of follower v leave it, the rest as it is; where they leave
    none, the last of its values.
    """
    rows, (low, high) = model.rows, (model.lower[v], model.upper[v])
    own = np.flatnonzero(rows.follower == v)
    small = any(
        a < 0 for r, u, a in zip(rows.row, rows.col, rows.value, strict=True) if u == v and r in own
    )
    values = np.arange(low, high + 1) if small else np.arange(high, low - 1, -1)
    for value in values:
        there = x.copy()
        there[v] = value
        if not any(truth(model, there).over[r] for r in own):
            return float(value)
    return float(values[-1])


def assert_state(model: Constrained, state: Any, walker: int) -> Truth:
    """Every running quantity of a walker is what follows from its assignment, and its scratch is
    clean.
    """
    x = state.x[walker]
    assert keeps(model, x), x
    true = truth(model, x)
    size = 1 + max(map(abs, [true.objective, *true.activity, *true.field]), default=0.0)
    close = {"rtol": 1e-9, "atol": 1e-9 * size}
    totals = [true.objective, true.broken, true.clashes, true.violation, 0.0]
    np.testing.assert_allclose(state.totals[walker], totals, **close)
    np.testing.assert_allclose(state.activity[walker], true.activity, **close)
    np.testing.assert_allclose(state.field[walker], true.field, **close)
    np.testing.assert_array_equal(state.clash[walker], true.clash)
    np.testing.assert_array_equal(state.needs[walker], true.needs)
    single = [
        g for g, total in enumerate(model.total) if total == 1 and _binary(model, model.group == g)
    ]
    assert [state.one[walker, g] for g in single] == [
        int(np.flatnonzero((model.group == g) & (x == 1))[0]) for g in single
    ]
    columns = range(model.column.max(initial=NONE) + 1)
    assert state.one_of_column[walker].tolist() == [
        int(np.flatnonzero((model.column == c) & (x == 1))[0]) for c in columns
    ]
    for scratch in (state.mark, state.change, state.want, state.place, state.queued):
        assert not scratch[walker].any()
    return true


def _binary(model: Constrained, members: Any) -> bool:
    return bool((model.lower[members] == 0).all() and (model.upper[members] == 1).all())
