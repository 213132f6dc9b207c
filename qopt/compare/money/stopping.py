"""What it costs to call a solver again and again, and to stop at the right time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import QoptError
from ...kit.checks import require
from ..anytime import common_horizon, objective_at
from ..records import Document, Question, Run, by_instance, by_solver, gap, references
from ..sentences import amount


@dataclass(frozen=True)
class StoppedCost(Document):
    """The least expected total cost of calling a solver until it is not worth it any more.

    Call again until a loss is at most `threshold`; that takes `calls` on average. `total` is the
    expected loss at that point and the `price` of all calls.
    """

    total: float
    threshold: float
    calls: float
    price: float

    def sentence(self) -> str:
        """When to stop, and what it comes to."""
        return (
            f"Calls at {amount(self.price)} each, until the loss is at most "
            f"{amount(self.threshold)}: {amount(self.calls)} calls on average, "
            f"{amount(self.total)} in all with the loss that is left."
        )


def optimally_stopped(losses: Sequence[float], price: float) -> StoppedCost:
    """The total cost under the best rule for stopping, with `price` above 0 for each call.

    `losses` are what the plans of single calls lose, in money: as a percent of gap times its worth,
    and 100 percent for a call without a plan. It is worth calling again as long as the expected
    gain is more than the price, so the threshold e solves E[max(0, e - loss)] = price, and the
    expected total cost is e itself. The optimum need not be known. A price so high that one call is
    all gives the mean loss and the price. Source: Vinci and Lidar, arXiv 1608.05764.
    """
    require(len(losses) > 0, "losses", losses, "the loss of one call or more")
    require(0 < price < math.inf, "price", price, "an amount above 0")
    ordered = np.sort(np.asarray(losses, dtype=float))
    counts = np.arange(1, len(ordered) + 1)
    # with k losses below it, the threshold e has k e - (their sum) = n price
    candidates = (len(ordered) * price + np.cumsum(ordered)) / counts
    next_ = np.append(ordered[1:], np.inf)
    below = int(np.argmax(candidates <= next_))
    total = float(candidates[below])
    return StoppedCost(total, total, len(ordered) / float(counts[below]), float(price))


@dataclass(frozen=True)
class CostOfSolver(Document):
    """The optimally stopped cost of a solver on each instance; `mean` is that of their totals."""

    solver: str
    mean: float
    by_instance: Mapping[str, StoppedCost]

    def sentence(self) -> str:
        """What the solver costs with its plans' losses."""
        number = len(self.by_instance)
        return (
            f"{self.solver} costs {amount(self.mean)} on average over {number} instances, calls "
            "and lost objective together, if each is called as long as another call pays."
        )


def stopped_costs(
    runs: Iterable[Run], question: Question, prices: Mapping[str, float] | None = None
) -> tuple[CostOfSolver, ...]:
    """Of each solver, with each run as a call; the losses are gaps by the question's worth.

    `prices` are those of a call by solver; of one that has none there, it is the mean cost of its
    runs. Raises QoptError where a call costs nothing: then one would go on for ever.
    """
    if question.worth_of_percent is None:
        raise QoptError("give the question worth_of_percent=, what one percent is worth")
    groups = by_instance(runs)
    everything = [run for group in groups.values() for run in group]
    horizon, known = common_horizon(everything, question.horizon), references(groups)
    return tuple(
        _cost(
            solver,
            own,
            question.worth_of_percent,
            _price(solver, own, prices or {}),
            horizon,
            {name: reference.objective for name, reference in known.items()},
        )
        for solver, own in sorted(by_solver(everything).items())
    )


def _price(solver: str, runs: Sequence[Run], prices: Mapping[str, float]) -> float:
    price = prices.get(solver, math.fsum(run.cost for run in runs) / len(runs))
    if not 0 < price < math.inf:
        raise QoptError(f"a call of {solver} costs {price!r}; give its price in prices=, above 0")
    return price


def _cost(
    solver: str,
    runs: Sequence[Run],
    worth: float,
    price: float,
    horizon: float,
    known: Mapping[str, float | None],
) -> CostOfSolver:
    stopped = {
        name: optimally_stopped(
            [100 * worth * gap(objective_at(run, horizon), known[name]) for run in own], price
        )
        for name, own in by_instance(runs).items()
    }
    mean = math.fsum(each.total for each in stopped.values()) / len(stopped)
    return CostOfSolver(solver, mean, stopped)
