"""At which prices a solver begins, or ceases, to pay."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import QoptError
from ...kit.checks import require
from ..difference import Difference
from ..inference import Verdict
from ..records import Document
from ..sentences import amount


@dataclass(frozen=True)
class Rates(Document):
    """What a planner knows of the business.

    `runs_a_year` above 0; `worth_of_percent`, money that one percent of the objective of one run
    is worth; `device_a_year`, what the solver's device costs a year however often it runs;
    `extra_a_run`, what a run of the solver costs more than one of the baseline.
    """

    runs_a_year: float
    worth_of_percent: float
    device_a_year: float
    extra_a_run: float = 0.0

    def __post_init__(self) -> None:
        for name in ("runs_a_year", "worth_of_percent", "device_a_year"):
            value = getattr(self, name)
            require(0 <= value < math.inf, name, value, "0 or more")
        require(self.runs_a_year > 0, "runs_a_year", self.runs_a_year, "more than 0")
        require(math.isfinite(self.extra_a_run), "extra_a_run", self.extra_a_run, "a number")


@dataclass(frozen=True)
class Turn(Document):
    """The value of a rate at which the solver begins, or ceases, to pay.

    `surely` where the whole interval of the difference pays, `on_average` by the estimate,
    `at_best` where its best end does. Infinite: it never pays, however high the rate.
    """

    surely: float
    on_average: float
    at_best: float


@dataclass(frozen=True)
class BreakEven(Document):
    """Whether the solver pays, in money a year, and at which rates that changes.

    `gain`, `low` and `high` are the estimate and the ends of the interval. The solver pays up to
    `device_a_year`, from `runs_a_year` on, and from `worth_of_percent` on, each with the other
    rates as they are.
    """

    solver: str
    baseline: str
    verdict: Verdict
    gain: float
    low: float
    high: float
    device_a_year: Turn
    runs_a_year: Turn
    worth_of_percent: Turn

    def sentence(self) -> str:
        """Whether it pays, and what would change that."""
        says = {
            Verdict.BETTER: "pays",
            Verdict.WORSE: "does not pay",
        }.get(self.verdict, "may pay or not")
        return (
            f"{self.solver} {says} beside {self.baseline}: {amount(self.gain)} a year "
            f"({amount(self.low)} to {amount(self.high)}). It surely pays up to "
            f"{_rate(self.device_a_year.surely)} a year for the device, from "
            f"{_rate(self.runs_a_year.surely)} runs a year, or from "
            f"{_rate(self.worth_of_percent.surely)} for one percent."
        )


def break_even(difference: Difference, rates: Rates) -> BreakEven:
    """Where the verdict turns. The difference must be one of objectives, in percent."""
    if difference.metric != "objective":
        raise QoptError(
            f"a difference of {difference.metric} has no worth in percent of the objective; "
            'compare with metric="objective"'
        )
    ends = (difference.outer.low, difference.estimate, difference.outer.high)
    low, gain, high = (_gain(percent, rates) for percent in ends)
    verdict = Verdict.BETTER if low > 0 else Verdict.WORSE if high < 0 else Verdict.UNDECIDED
    if verdict is Verdict.BETTER and difference.verdict is Verdict.WITHHELD:
        verdict = Verdict.UNDECIDED  # whatever forbids it to win forbids it to pay
    a_run = [rates.worth_of_percent * percent - rates.extra_a_run for percent in ends]
    fixed = rates.device_a_year / rates.runs_a_year + rates.extra_a_run
    return BreakEven(
        difference.solver,
        difference.baseline,
        verdict,
        gain,
        low,
        high,
        Turn(*(rates.runs_a_year * each for each in a_run)),
        Turn(*(_from(rates.device_a_year, each) for each in a_run)),
        Turn(*(_from(fixed, percent) for percent in ends)),
    )


def _gain(percent: float, rates: Rates) -> float:
    a_run = rates.worth_of_percent * percent - rates.extra_a_run
    return rates.runs_a_year * a_run - rates.device_a_year


def _from(cost: float, a_unit: float) -> float:
    """Units that bring in a cost."""
    if cost <= 0:
        return 0.0
    return cost / a_unit if a_unit > 0 else math.inf


def _rate(value: float) -> str:
    return "no finite number of" if math.isinf(value) else amount(value)
