"""The efficient frontier: the best return for each risk, one portfolio an aversion to risk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import qopt
from qopt import QoptError
from qopt.kit.checks import require_count

from ..selection.arguments import number
from ..selection.plan import Allocation
from .problem import MeanVariance

WIDEST = (0.5, 64.0)  # the default sweep, in units of `_unit`


@dataclass(frozen=True)
class FrontierPoint:
    """A portfolio of the frontier, `plan` None where no feasible one was found.

    `objective` is that of the problem at `risk_aversion`, `bound` a proved lower one where the
    solver has it, `mean` the expected return, `volatility` the standard deviation.
    """

    risk_aversion: float
    plan: Allocation | None
    objective: float | None
    mean: float | None
    volatility: float | None
    bound: float | None
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        return vars(self) | {"plan": None if self.plan is None else self.plan.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FrontierPoint:
        plan = None if data["plan"] is None else Allocation.from_dict(data["plan"])
        return cls(**{**data, "plan": plan})


@dataclass(frozen=True)
class Frontier:
    """Points by ascending risk aversion: from the most return to the least risk.

    `notes` are those of the problem's input.
    """

    points: tuple[FrontierPoint, ...]
    name: str = ""
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        points = [point.to_dict() for point in self.points]
        return {"name": self.name, "points": points, "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Frontier:
        points = tuple(map(FrontierPoint.from_dict, data["points"]))
        return cls(points, data["name"], tuple(data["notes"]))

    def table(self) -> list[dict[str, Any]]:
        """A row a point, fit for a frame of pandas or polars: how many assets, but no plan."""
        return [
            {key: value for key, value in vars(point).items() if key != "plan"}
            | {"assets": None if point.plan is None else len(point.plan.weights)}
            for point in self.points
        ]

    def efficient(self) -> Frontier:
        """Without points that another beats or equals in both return and volatility."""
        return replace(
            self, points=tuple(point for k, point in enumerate(self.points) if not self._beaten(k))
        )

    def __str__(self) -> str:
        rows = [("risk aversion", "return", "volatility", "assets", "objective")]
        for point in self.points:
            if point.plan is None or point.mean is None or point.volatility is None:
                rows.append((f"{point.risk_aversion:.4g}", "-", "-", "-", "no plan found"))
                continue
            figures = (
                f"{point.mean:.4%}",
                f"{point.volatility:.4%}",
                f"{len(point.plan.weights)}",
                f"{point.objective:.6g}",
            )
            rows.append((f"{point.risk_aversion:.4g}", *figures))
        table = ["  ".join(cell.rjust(13) for cell in row) for row in rows]
        return "\n".join([*(f"note: {note}" for note in self.notes), *table])

    def draw(self, axes: Any) -> None:
        """Return against volatility."""
        reached = [point for point in self.points if point.plan is not None]
        axes.plot([point.volatility for point in reached], [point.mean for point in reached], "o-")
        axes.set_xlabel("volatility")
        axes.set_ylabel("expected return")
        axes.set_title(self.name or "efficient frontier")

    def _beaten(self, k: int) -> bool:
        mine = self.points[k]
        if mine.mean is None or mine.volatility is None:
            return True
        for j, other in enumerate(self.points):
            if other.mean is None or other.volatility is None or j == k:
                continue
            same = (other.mean, other.volatility) == (mine.mean, mine.volatility)
            if (
                other.mean >= mine.mean
                and other.volatility <= mine.volatility
                and (not same or j < k)
            ):
                return True
        return False


@dataclass(frozen=True)
class EfficientFrontier:
    """A sweep over `problem`, whose own risk aversion does not count.

    Parameters
    ----------
    problem
        Assets and limits.
    risk_aversions
        At least 0, one a point. Default: `points` of them, evenly spaced by their logarithm, from
        where return alone counts to where risk alone does: 1/2 to 64 times what the best return is
        worth beyond the safest asset, in variance.
    points
        How many by default, at least 2.
    """

    problem: MeanVariance
    risk_aversions: Sequence[float] | None = None
    points: int = 10

    def __post_init__(self) -> None:
        require_count("points", self.points, least=2)
        if self.risk_aversions is None:
            low, high = (self._unit() * end for end in WIDEST)
            sweep = np.geomspace(low, high, self.points).tolist()
        else:
            sweep = sorted(number("risk_aversion", value) for value in self.risk_aversions)
        if not sweep:
            raise QoptError("risk_aversions is empty; give one a point")
        for value in sweep:
            self.problem.at(value)
        object.__setattr__(self, "risk_aversions", tuple(sweep))

    def problems(self) -> Iterator[MeanVariance]:
        """The problem of each point."""
        for risk_aversion in self.risk_aversions or ():
            yield self.problem.at(risk_aversion)

    def solve(
        self,
        *,
        solver: str = "auto",
        time_limit: float | None = 5.0,
        seed: int = 0,
        on_point: Callable[[FrontierPoint], None] | None = None,
        **parameters: Any,
    ) -> Frontier:
        """Each point by any solver that qopt knows, started from the point before.

        `time_limit` seconds a point, and `parameters` as `qopt.solve` takes them. At the end each
        point gets the best of the portfolios of all points: one found for another risk aversion may
        be better than its own.
        """
        points: list[FrontierPoint] = []
        previous: Allocation | None = None
        for problem in self.problems():
            began = time.perf_counter()
            result = qopt.solve(
                problem,
                solver=solver,
                time_limit=time_limit,
                seed=seed,
                initial=previous,
                **parameters,
            )
            plan = result.best if result.status is qopt.Status.FEASIBLE else None
            point = _point(problem, plan, result.bound, time.perf_counter() - began)
            points.append(point)
            previous = plan or previous
            if on_point is not None:
                on_point(point)
        plans = [point.plan for point in points if point.plan is not None]
        best = [
            _point(problem, _best(problem, plans), point.bound, point.seconds)
            for problem, point in zip(self.problems(), points, strict=True)
        ]
        return Frontier(tuple(best), self.problem.name, getattr(self.problem, "notes", ()))

    def _unit(self) -> float:
        """What the asset of the highest mean earns beyond the safest, by unit of variance."""
        mean, variance = self.problem.mean, np.diag(self.problem.covariance)
        high, safe = int(np.argmax(mean)), int(np.argmin(variance))
        gain, risk = float(mean[high] - mean[safe]), float(variance[high] - variance[safe])
        return gain / risk if gain > 0 and risk > 0 else 1.0


def _best(problem: MeanVariance, plans: Sequence[Allocation]) -> Allocation | None:
    return min(plans, key=lambda plan: problem.evaluate(plan).objective, default=None)


def _point(
    problem: MeanVariance, plan: Allocation | None, bound: float | None, seconds: float
) -> FrontierPoint:
    if plan is None:
        return FrontierPoint(problem.risk_aversion, None, None, None, None, bound, seconds)
    score = problem.evaluate(plan)
    mean, volatility = score.kpis["return"], score.kpis["volatility"]
    return FrontierPoint(
        problem.risk_aversion, plan, score.objective, mean, volatility, bound, seconds
    )
