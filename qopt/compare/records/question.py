"""What is asked, settled before the first run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ...errors import QoptError
from .documents import Document

Metric = Literal["objective", "anytime", "time", "money"]


@dataclass(frozen=True)
class Question(Document):
    """What is to be decided, and by which rule; to be written down before the first run.

    Attributes
    ----------
    baseline
        The solver that all others are compared with.
    margin
        The least difference that matters, above 0: in percent, with `metric="money"` in money.
    metric
        "objective": the gap of the plan handed over. "anytime": the mean gap from the start to the
        horizon. "time": seconds until a plan is within `target` percent of the reference. "money":
        what the run cost, and `worth_of_percent` for each percent of its gap.
    alpha
        The risk of a wrong verdict that is accepted, in (0, 0.5).
    horizon
        Seconds at which all solvers are compared; None: the shortest time limit of all runs.
    target
        In percent: a plan whose gap is at most this counts as good enough.
    quantile
        In (0, 1): how surely repeated runs shall reach the target, for the time to solution.
    worth_of_percent
        Money that one percent of an instance's objective is worth; `metric="money"` needs it.
    currency
        The name of the money, for people.
    tolerated_failures
        Share of runs, in [0, 1], in which a winner may fail above the share of the other.
    most_disturbed
        Share of disturbed runs, in [0, 1], above which no verdict on times is given.
    """

    baseline: str
    margin: float
    metric: Metric = "objective"
    alpha: float = 0.05
    horizon: float | None = None
    target: float = 1.0
    quantile: float = 0.99
    worth_of_percent: float | None = None
    currency: str = "units of money"
    tolerated_failures: float = 0.1
    most_disturbed: float = 0.1

    def __post_init__(self) -> None:
        metrics = get_args(Metric)
        self._require("metric", self.metric in metrics, f"one of {', '.join(metrics)}")
        self._require("margin", 0 < self.margin < math.inf, "a number above 0")
        self._require("alpha", 0 < self.alpha < 0.5, "a number above 0 and below 0.5")
        self._require("quantile", 0 < self.quantile < 1, "a number above 0 and below 1")
        self._require("target", 0 <= self.target < 100, "percent, from 0 to below 100")
        for name in ("tolerated_failures", "most_disturbed"):
            self._require(name, 0 <= getattr(self, name) <= 1, "a share from 0 to 1")
        horizon = self.horizon is None or 0 < self.horizon < math.inf
        self._require("horizon", horizon, "seconds above 0, or None")
        worth = self.worth_of_percent is None or 0 <= self.worth_of_percent < math.inf
        self._require("worth_of_percent", worth, "0 or more, or None")
        if self.metric == "money" and self.worth_of_percent is None:
            raise QoptError('metric="money" needs worth_of_percent=, what one percent is worth')

    def _require(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise QoptError(f"{name}={getattr(self, name)!r}: give {wanted}", (name,))

    @property
    def timed(self) -> bool:
        """Whether the answer hangs on how fast the machine was."""
        return self.metric in ("anytime", "time")

    @property
    def unit(self) -> str:
        """Of the margin and of all differences."""
        return self.currency if self.metric == "money" else "%"

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Question:
        """A question as `to_dict` wrote it."""
        return cls(**document)
