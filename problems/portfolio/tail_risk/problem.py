"""Portfolio selection by the mean of the worst losses, over scenarios that are equally likely.

Minimises the conditional value at risk at a level, which is the mean loss of the worst 1 - level of
S scenarios, over weights w, in whole lots, that sum to 1; the loss of a scenario is -w'r. The model
is that of `tail` over `lots`.

Source: Rockafellar and Uryasev (2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np

from qopt import Violation
from qopt.kit.checks import require_count
from qopt.kit.files import Text, noted

from ..inputs import Conventions, named_scenarios, steps_in
from ..selection.arguments import given, number, number_or_none
from ..selection.holdings import TOLERANCE
from ..selection.limits import Formulation, ReadOptions, SelectionOptions
from ..selection.plan import Allocation
from ..selection.problem import Selection
from ..selection.trades import Floats
from .chart import draw_losses
from .files import fields_of
from .generated import drawn
from .model import Tail, TailLots, last_of_worst, mean_of_worst

# of the model, in the range of losses; a soft row costs no variables
STEPS = {"slack": 256, "soft": 1024}
AVERSIONS = (0.0, 1.0, 4.0, 16.0, 64.0)  # of the greedy plans, whose best is taken


class ConditionalValueAtRisk(Selection):
    """Holdings whose worst losses are small.

    Parameters
    ----------
    returns
        Returns of the assets [scenarios, n], each scenario as likely as any other: an array, or a
        pandas or polars frame with a column an asset. A history of returns is such scenarios.
    level
        The share of scenarios that are not among the worst, 0 <= level < 1; 0 minimises the mean
        loss.
    min_return
        The least mean return over all scenarios; default no such wish.
    step
        What losses are counted in where the model counts them, as a fraction of wealth: the value
        at risk and, of formulation "slack", shortfalls. Default a 1024th of the range that losses
        can have, and a 256th for "slack".
    names
        A name an asset; default the columns', else "asset 1", ...
    **limits
        As `Selection` explains them, but for `formulation`: "slack" has shortfalls as whole
        numbers, which every solver takes, "soft" as soft rows with linear charges, which a QUBO
        cannot have. Default: slack up to 20 assets.

    Raises
    ------
    QoptError
        For data outside these ranges, and for limits that no portfolio keeps, naming the value.
    """

    formats: ClassVar = "CSV of prices; OR-Library indtrack text, without its index"
    formulations: ClassVar[tuple[Formulation, ...]] = ("slack", "soft")

    returns: Floats
    level: float
    min_return: float | None
    step: float | None
    name: str
    best_known: float | None

    def __init__(
        self,
        returns: Any,
        *,
        level: float = 0.95,
        min_return: float | None = None,
        step: float | None = None,
        names: Sequence[str] | None = None,
        name: str = "",
        best_known: float | None = None,
        **limits: Unpack[SelectionOptions],
    ) -> None:
        chosen, scenarios = named_scenarios(returns, names)
        self._set(
            returns=scenarios,
            level=number("level", level),
            min_return=number_or_none("min_return", min_return),
            step=number_or_none("step", step),
            name=name,
            best_known=best_known,
        )
        super().__init__(chosen, **limits)

    @classmethod
    def of_prices(cls, prices: Any, **options: Any) -> ConditionalValueAtRisk:
        """From a table of prices, a row a date and a column an asset: each step of the history is a
        scenario.

        Rows are put in order by their dates. `inputs.Conventions` say how the table is read; the
        other `options` are those of the class. The problem's `notes` say what was used.
        """
        conventions, limits = Conventions.split(options)
        steps = steps_in(prices, conventions)
        made = cls(steps.returns, **{"names": steps.names} | limits)
        return noted(made, steps.notes, steps.warnings)

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        level: float | None = None,
        min_return: float | None = None,
        step: float | None = None,
        **options: Unpack[ReadOptions],
    ) -> ConditionalValueAtRisk:
        """Read a CSV of prices or returns, or OR-Library indtrack text, whose index is left out:
        each return is a scenario.

        `kind`, `gaps`, `returns`, `field`, `decimal` and `date_format` say how a table is read, as
        `inputs.Conventions` explains; the other options are those of the class. Raises FileError
        with the line.
        """
        text = Text.read(path)
        conventions, limits = Conventions.split(options)
        fields = fields_of(text, conventions)
        return fields.make(cls, **given(level=level, min_return=min_return, step=step, **limits))

    @classmethod
    def generate(
        cls, *, assets: int = 12, scenarios: int = 60, seed: int = 0
    ) -> ConditionalValueAtRisk:
        """Returns driven by three common factors with fat tails.

        A third of the assets, lots of 5 %, level 0.9.
        """
        require_count("assets", assets)
        require_count("scenarios", scenarios)
        require_count("seed", seed, least=0)
        returns = drawn(assets, scenarios, np.random.default_rng(seed))
        most, name = max(1, assets // 3), f"random-{assets}x{scenarios}-s{seed}"
        return cls(returns, level=0.9, max_assets=most, lot=0.05, name=name)

    @property
    def model_is_exact(self) -> bool:
        """Whether nothing is rounded: a step divides what each lot loses in each scenario."""
        lots = self.lots
        assert isinstance(lots, TailLots)
        return lots.tail.exact

    def quadratic(self) -> tuple[Floats, Floats, float]:
        """Nothing: the tail is no polynomial of weights."""
        n = len(self.names)
        return np.zeros((n, n)), np.zeros(n), 0.0

    def score(self, w: Floats) -> tuple[float, dict[str, float]]:
        """The mean of the worst losses; figures are the least of these, and the mean return."""
        losses = -self.returns @ w
        kpis = {
            "value_at_risk": float(last_of_worst(losses, self._worst)),
            "return": -float(losses.mean()),
        }
        return mean_of_worst(losses, self._worst), kpis

    def greedy(self) -> Allocation:
        """The best plan of a few aversions to variance, which stands for the tail."""
        mean, centred = self.returns.mean(axis=0), self.returns - self.returns.mean(axis=0)
        covariance = centred.T @ centred / len(centred)
        lot = self.limits.holdings.lot
        plain = [
            replace(self.lots, quadratic=lot**2 * aversion * covariance, linear=-lot * mean)
            for aversion in AVERSIONS
        ]
        plans = [self.allocation(lots.greedy().tolist()) for lots in plain]
        scores = [self.evaluate(plan) for plan in plans]
        ranks = [(sum(v.amount for v in score.violations), score.objective) for score in scores]
        return plans[ranks.index(min(ranks))]

    def draw(self, plan: Allocation, axes: Any) -> None:
        """How often which loss is, and where the worst begin."""
        score, losses = self.evaluate(plan), -self.returns @ self.weights_in(plan)
        worst = f"mean of the worst {1 - self.level:.3g} is {score.objective:.3%}"
        title = f"{self.name or 'portfolio'}: {worst}"
        draw_losses(losses, score.kpis["value_at_risk"], axes, title)

    @property
    def _worst(self) -> float:
        """How many scenarios are the worst; the last may count in part."""
        worst = (1 - self.level) * len(self.returns)
        whole = abs(worst - round(worst)) < TOLERANCE * len(self.returns)
        return float(round(worst)) if whole else worst

    def _in_lots(self) -> TailLots:
        plain, lot = super()._in_lots(), self.limits.holdings.lot
        soft, losses = self.formulation == "soft", -self.returns
        spread = float(losses.max() - losses.min()) or 1.0
        tail = Tail(
            losses=lot * losses,
            fixed=np.zeros(len(losses)),
            k=self._worst,
            step=self.step or spread / STEPS[self.formulation],
            soft=soft,
        )
        return TailLots(
            **vars(plain),
            tail=tail,
            earning=lot * self.returns.mean(axis=0),
            wish=self.min_return,
        )

    def _violations(self, w: Floats) -> Iterator[Violation]:
        yield from super()._violations(w)
        if self.min_return is not None:
            short = self.min_return - float(self.returns.mean(axis=0) @ w)
            if short > TOLERANCE:
                yield Violation("return", short, "of wealth")

    def _complaints(self) -> Iterator[str]:
        yield from super()._complaints()
        if not 0 <= self.level < 1:
            yield f"level={self.level:g}: give 0 <= level < 1, as 0.95"
        if self.step is not None and not 0 < self.step < np.inf:
            yield f"step={self.step:g}: give a fraction of wealth above 0"
        if self.min_return is None:
            return
        if not np.isfinite(self.min_return):
            yield f"min_return={self.min_return:g}: give a number"
        reach = self._most_return()
        if self.min_return > reach + TOLERANCE:
            earned = f"no portfolio within the holding limits earns more than {reach:g}"
            yield f"min_return={self.min_return:g}, and {earned}"

    def _most_return(self) -> float:
        """At most so much is earned in the mean: the best assets as full as they may be."""
        holdings = self.limits.holdings
        remaining, earned = holdings.total_lots, 0.0
        for mean in np.sort(self.returns.mean(axis=0))[::-1].tolist():
            lots = min(remaining, holdings.max_lots)
            earned, remaining = earned + holdings.lot * lots * mean, remaining - lots
        return earned
