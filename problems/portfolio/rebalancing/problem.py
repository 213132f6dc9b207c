"""Portfolios over several periods, with what it costs to come from one to the next.

Minimises sum_p (risk_aversion w_p' C_p w_p - mean_p' w_p) and what trading costs before each
period, over weights w_p, in whole lots, that sum to 1 in each of them. Weights do not drift: what
is held in a period is what was traded to before it, and the next trade is counted from there. The
model is that of `trajectory`.

Sources: Boyd and others (2017) for the problem; Mugel and others (2022) for it on annealers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Unpack

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import require_count
from qopt.kit.files import Text, noted

from ..frozen import Frozen
from ..inputs import Conventions, Reading, named_scenarios, steps_in
from ..mean_variance.problem import MeanVariance
from ..selection.arguments import given
from ..selection.limits import LimitOptions
from ..selection.plan import Allocation
from ..selection.trades import Floats, Ints
from ..selection.trading import Trading
from .chart import draw_path
from .files import fields_of, spans
from .given import Formulation, covariances_of, formulation_of, periods_of, selections_of, trades_of
from .moves import of_assets
from .plan import AllocationPath
from .trajectory import Trajectory

if TYPE_CHECKING:
    import dimod


class ReadOptions(LimitOptions, Reading, total=False):
    """The options of reading a file: what may be held, and those of `inputs.Conventions`."""


class Rebalancing(Frozen):
    """Holdings in each of several periods.

    Parameters
    ----------
    means
        Expected returns [periods, n]: an array, or a pandas or polars frame with a column an asset.
    covariances
        Their covariances [periods, n, n], or one [n, n] for all.
    risk_aversion
        At least 0.
    periods
        A name a period; default "period 1", ...
    names
        A name an asset; default the columns', else "asset 1", ...
    formulation
        "slack" counts what is sold in whole numbers, which every solver takes; "soft" charges it by
        soft rows, which a QUBO cannot have. Default: slack up to 20 assets.
    **limits
        As `Selection` explains them, in each period; costs and turnover are those of coming to it,
        to the first one from `current`. Without `current` the first portfolio is free.

    Raises
    ------
    QoptError
        For data outside these ranges, and for limits that no portfolio keeps, naming the value.
    """

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = AllocationPath
    formats: ClassVar = "CSV of prices or returns, cut into periods"
    kinds: ClassVar[tuple[str, ...]] = ("assets",)

    names: tuple[str, ...]
    periods: tuple[str, ...]
    formulation: Formulation
    name: str
    best_known: float | None
    selections: tuple[MeanVariance, ...]
    max_turnover: float | None
    linear_cost: Floats
    fixed_cost: Floats

    def __init__(
        self,
        means: Any,
        covariances: Any,
        *,
        risk_aversion: float,
        periods: Sequence[str] | None = None,
        names: Sequence[str] | None = None,
        formulation: Formulation | None = None,
        name: str = "",
        best_known: float | None = None,
        **limits: Unpack[LimitOptions],
    ) -> None:
        assets, mean = named_scenarios(means, names, "means")
        covariance = covariances_of(covariances, len(mean))
        self._set(
            names=assets,
            periods=periods_of(periods, len(mean)),
            formulation=formulation_of(formulation, len(assets)),
            name=name,
            best_known=best_known,
        )
        options: Any = {
            "risk_aversion": risk_aversion,
            "names": assets,
            "formulation": "folded" if self._slack else "counted",
        }
        self._set(selections=selections_of(mean, covariance, limits, **options))
        self._set(**trades_of(mean, covariance, limits, **options))

    @classmethod
    def of_prices(
        cls, prices: Any, *, risk_aversion: float, periods: int = 4, **options: Any
    ) -> Rebalancing:
        """From a table of prices, a row a date and a column an asset, cut as `read` does."""
        conventions, limits = Conventions.split(options)
        steps = steps_in(prices, conventions)
        made = cls(**spans(steps, periods), risk_aversion=risk_aversion, **limits)
        return noted(made, steps.notes, steps.warnings)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        risk_aversion: float,
        periods: int = 4,
        formulation: Formulation | None = None,
        **options: Unpack[ReadOptions],
    ) -> Rebalancing:
        """Read a CSV of prices, whose returns are cut into `periods` spans of equal length, the
        first longer where they must.

        Mean and covariance of a period are those of its span, for a step of it: a plan in
        hindsight. `kind`, `gaps`, `returns`, `field`, `decimal` and `date_format` say how the table
        is read, as `inputs.Conventions` explains; the other options are those of the class. Raises
        FileError with the line.
        """
        text = Text.read(path)
        conventions, limits = Conventions.split(options)
        fields = fields_of(text, conventions, periods)
        chosen = given(formulation=formulation, **limits)
        return fields.make(cls, risk_aversion=risk_aversion, **chosen)

    @classmethod
    def generate(cls, *, assets: int = 8, periods: int = 4, seed: int = 0) -> Rebalancing:
        """Expected returns that drift, one covariance.

        A half of the assets, lots of 10 %, 0.2 % for each trade.
        """
        require_count("periods", periods)
        first = MeanVariance.generate(assets=assets, seed=seed)
        random = np.random.default_rng([seed, periods])
        drift = np.cumsum(random.normal(0.0, 0.03, (periods, assets)), axis=0)
        limits: Any = {
            "max_assets": max(1, assets // 2),
            "lot": 0.1,
            "linear_cost": 0.002,
            "current": {},
        }
        name = f"random-{assets}x{periods}-s{seed}"
        return cls(first.mean + drift, first.covariance, risk_aversion=3.0, name=name, **limits)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.trajectory.cqm()

    def model_size(self) -> ModelSize:
        return self.trajectory.size()

    def decode(self, sample: Mapping[Any, float]) -> AllocationPath:
        return self.allocations(self.trajectory.lots_of(sample))

    def encode(self, plan: AllocationPath) -> dict[Any, float]:
        """Raises QoptError for other periods, and for weights that are no lots in the limits."""
        return self.trajectory.sample(self.lots_in(plan))

    def evaluate(self, plan: AllocationPath) -> Evaluation:
        """Each period's objective and trading costs, by their definitions.

        What is broken names its period.
        """
        broken = [
            Violation("periods", 1.0, f"unknown period {period}")
            for period in plan.periods
            if period not in self.periods
        ]
        objective, kpis = 0.0, {"return": 0.0, "turnover": 0.0, "trading_cost": 0.0}
        before: Floats | None = None  # to the first period its own selection knows the way
        for period, selection in zip(self.periods, self.selections, strict=True):
            allocation = plan.periods.get(period, Allocation({}))
            w, lot = selection.weights_in(allocation), selection.limits.holdings.lot
            score, way = selection.evaluate(allocation), self._way_from(before)
            traded = way.figures(w, lot)
            objective += score.objective + traded.get("trading_cost", 0.0)
            figures = dict(score.kpis) | traded
            kpis = {name: total + figures.get(name, 0.0) for name, total in kpis.items()}
            broken += [
                Violation(f"{one.constraint}, {period}", one.amount, one.unit)
                for one in (*score.violations, *way.violations(w, lot))
            ]
            before = w
        return Evaluation(objective, tuple(broken), kpis)

    def allocations(self, lots: Any) -> AllocationPath:
        """A plan of so many lots [periods, n]."""
        rows = zip(self.periods, self.selections, np.asarray(lots).tolist(), strict=True)
        return AllocationPath(
            {period: selection.allocation(row) for period, selection, row in rows}
        )

    def lots_in(self, plan: AllocationPath) -> Ints:
        """int64[periods, n]. Raises QoptError."""
        if set(plan.periods) != set(self.periods):
            has, are = ", ".join(plan.periods), ", ".join(self.periods)
            raise QoptError(f"the plan has periods {has}, and they are {are}")
        each = zip(self.periods, self.selections, strict=True)
        return np.array([selection.lots_in(plan.periods[period]) for period, selection in each])

    def greedy(self) -> AllocationPath:
        """Period by period, or the same portfolio in all: what breaks less, then costs less."""
        plans = [self.allocations(lots) for lots in self.trajectory.greedy()]
        scores = [self.evaluate(plan) for plan in plans]
        ranks = [(sum(v.amount for v in score.violations), score.objective) for score in scores]
        return plans[ranks.index(min(ranks))]

    def neighbourhood(
        self,
        plan: AllocationPath,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[AllocationPath] = (),
    ) -> Neighbourhood | None:
        """Some assets free in all periods, held ones rather than others."""
        try:
            lots = self.lots_in(plan)
        except QoptError:  # some weight is none that the model has
            return None
        wealth = self.selections[0].limits.holdings.total_lots
        return of_assets(self.trajectory, lots, wealth, size, random)

    def draw(self, plan: AllocationPath, axes: Any) -> None:
        """Weights over periods, one on the other."""
        kpis = self.evaluate(plan).kpis
        figures = f"return {kpis['return']:.3%}, trading cost {kpis['trading_cost']:.3%}"
        ordered = AllocationPath({period: plan.periods[period] for period in self.periods})
        draw_path(ordered, self.names, axes, f"{self.name or 'path'}: {figures}")

    def fingerprint_parts(self) -> dict[str, Any]:
        """Everything that decides the problem."""
        own = {
            name: value
            for name, value in vars(self).items()
            if name not in ("trajectory", "selections", "notes")
        }
        return own | {
            "selections": [selection.fingerprint_parts() for selection in self.selections]
        }

    @cached_property
    def trajectory(self) -> Trajectory:
        """The same in whole lots."""
        lot = self.selections[0].limits.holdings.lot
        limit = np.inf if self.max_turnover is None else self.max_turnover / lot
        return Trajectory(
            periods=self.periods,
            lots=tuple(selection.lots for selection in self.selections),
            linear=self.linear_cost * lot,
            fixed=self.fixed_cost,
            limits=(limit,) * (len(self.periods) - 1),
            soft=not self._slack,
        )

    def _way_from(self, before: Floats | None) -> Trading:
        """Coming from weights float64[n] to a period; from None it is free."""
        costs = {"linear_cost": self.linear_cost, "fixed_cost": self.fixed_cost}
        return Trading(self.names, before, self.max_turnover, **costs)

    @property
    def _slack(self) -> bool:
        return self.formulation == "slack"
