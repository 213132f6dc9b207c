"""Portfolios, scored from their definitions: an asset at a time, a scenario at a time.

Weights are fractions of wealth. Limits hold to a millionth of a lot, which is what the sums of
weights in floating point allow.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from problems.portfolio import (
    Allocation,
    AllocationPath,
    ConditionalValueAtRisk,
    IndexTracking,
    MeanVariance,
    Rebalancing,
)

from . import Score

HAIR = 1e-6  # of a lot
DUST = 1e-9  # of wealth: what weighs less is not held


def of_mean_variance(problem: MeanVariance, plan: Allocation) -> Score:
    """Markowitz (1952): risk aversion times the variance of the return, less its mean."""
    w = _weights(problem, plan)
    n = range(len(w))
    variance = sum(w[i] * w[j] * float(problem.covariance[i, j]) for i in n for j in n)
    earned = sum(w[i] * float(problem.mean[i]) for i in n)
    objective = problem.risk_aversion * variance - earned
    return _scored(objective + _trading(problem, w), _broken(problem, plan))


def of_index_tracking(problem: IndexTracking, plan: Allocation) -> Score:
    """Beasley, Meade and Chang (2003): the mean squared difference from the index."""
    w = _weights(problem, plan)
    squares = []
    for returns, index in zip(problem.returns.tolist(), problem.index.tolist(), strict=True):
        squares.append((sum(w[i] * returns[i] for i in range(len(w))) - index) ** 2)
    objective = sum(squares) / len(squares)
    return _scored(objective + _trading(problem, w), _broken(problem, plan))


def of_tail(problem: ConditionalValueAtRisk, plan: Allocation) -> Score:
    """Rockafellar and Uryasev (2000), equation 4, whose least value lies at one of the losses."""
    w = _weights(problem, plan)
    scenarios = problem.returns.tolist()
    losses = [-sum(w[i] * returns[i] for i in range(len(w))) for returns in scenarios]
    worst = (1 - problem.level) * len(losses)
    objective = min(a + sum(max(0.0, loss - a) for loss in losses) / worst for a in losses)
    broken = _broken(problem, plan)
    mean = -sum(losses) / len(losses)
    if problem.min_return is not None and mean < problem.min_return - DUST:
        broken.add("return")
    return _scored(objective + _trading(problem, w), broken)


def of_rebalancing(problem: Rebalancing, plan: AllocationPath) -> Score:
    """Boyd and others (2017): the sum over periods, and what is traded between them."""
    broken = set()
    if any(period not in problem.periods for period in plan.periods):
        broken.add("periods")
    objective = 0.0
    before: list[float] | None = None
    for period, selection in zip(problem.periods, problem.selections, strict=True):
        allocation = plan.periods.get(period, Allocation({}))
        own = of_mean_variance(selection, allocation)
        objective += own.objective
        broken |= own.broken
        now = _weights(selection, allocation)
        if before is not None:
            moved = [abs(now[i] - before[i]) for i in range(len(now))]
            lot = selection.limits.holdings.lot
            objective += _costs(problem, moved, lot)
            if _above(sum(moved), problem.max_turnover, lot * len(now)):
                broken.add("turnover")
        before = now
    return _scored(objective, broken)


def _weights(problem: Any, plan: Allocation) -> list[float]:
    """Of each asset; what is no finite number counts as nothing."""
    given = [plan.weights.get(name, 0.0) for name in problem.names]
    return [weight if isfinite(weight) else 0.0 for weight in given]


def _trading(problem: Any, w: list[float]) -> float:
    trading, lot = problem.limits.trading, problem.limits.holdings.lot
    if trading.current is None:
        return 0.0
    now = trading.current.tolist()
    return _costs(trading, [abs(w[i] - now[i]) for i in range(len(w))], lot)


def _costs(trading: Any, moved: list[float], lot: float) -> float:
    cost = 0.0
    for i, traded in enumerate(moved):
        cost += float(trading.linear_cost[i]) * traded
        if traded > HAIR * lot:
            cost += float(trading.fixed_cost[i])
    return cost


def _broken(problem: Any, plan: Allocation) -> set[str]:
    """The limits of a selection of assets that the plan does not keep."""
    broken = set()
    if any(name not in problem.names for name in plan.weights):
        broken.add("assets")
    if any(not isfinite(plan.weights.get(name, 0.0)) for name in problem.names):
        broken.add("holding")
    limits, holdings = problem.limits, problem.limits.holdings
    w, lot = _weights(problem, plan), holdings.lot
    held = [weight for weight in w if abs(weight) > DUST]
    if abs(sum(w) - 1) > DUST * len(w):
        broken.add("budget")
    for weight in held:
        low, high = max(0.0, holdings.min_holding), holdings.max_holding
        if weight < low - HAIR * lot or weight > high + HAIR * lot:
            broken.add("holding")
        if abs(weight / lot - round(weight / lot)) > HAIR:
            broken.add("lot")
    if holdings.max_assets is not None and len(held) > holdings.max_assets:
        broken.add("max_assets")
    if holdings.min_assets is not None and len(held) < holdings.min_assets:
        broken.add("min_assets")
    for sector, cap in limits.sectors.caps.items():
        inside = [w[i] for i in range(len(w)) if limits.sectors.each[i] == sector]
        if _above(sum(inside), cap, lot):
            broken.add("sector")
    if limits.trading.current is not None:
        moved = sum(abs(w[i] - float(limits.trading.current[i])) for i in range(len(w)))
        if _above(moved, limits.trading.max_turnover, lot * len(w)):
            broken.add("turnover")
    return broken


def _above(amount: float, limit: float | None, lots: float) -> bool:
    return limit is not None and amount > limit + HAIR * lots


def _scored(objective: float, broken: set[str]) -> Score:
    return Score(objective, not broken, frozenset(broken))


SCORES: dict[type, Callable[[Any, Any], Score]] = {
    MeanVariance: of_mean_variance,
    IndexTracking: of_index_tracking,
    ConditionalValueAtRisk: of_tail,
    Rebalancing: of_rebalancing,
}
