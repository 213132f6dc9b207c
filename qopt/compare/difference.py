"""One solver against the baseline: by how much, how sure, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .inference import Interval, Method, Needed, Verdict
from .records import Document
from .sentences import amount, sizes, way, ways
from .withholding import Reliability

ON = {
    "objective": "",
    "anytime": " in the gap over time",
    "time": " in the time to the target",
    "money": " in total cost",
}


@dataclass(frozen=True)
class Difference(Document):
    """A solver against the baseline; every number above 0 speaks for the solver.

    Attributes
    ----------
    instances, seeds
        How many instances both ran on, and how many runs each had there on average.
    single
        The name of the instance, where there is only one: all that is said holds of it alone.
    estimate
        The mean difference over instances, in `unit`: percents of the gap, of the longer time, or
        money.
    outer, inner
        Intervals for it, of level 1 - alpha and 1 - 2 alpha, by `method`.
    verdict, reason
        By the margin; of a verdict that is withheld, the reason.
    needed
        How much more would decide, where the verdict is "not enough data".
    p, p_holm
        Of the Wilcoxon test over instances, on a single one of the permutation test over runs; and
        that after Holm's correction for the number of solvers.
    middle
        The Hodges-Lehmann estimate, which a few extreme instances hardly move.
    wins, ties, losses
        Instances on which the solver is better, equal and worse.
    reliability
        Runs with a plan on both sides.
    p_times
        Of the log-rank test, within instances, that both reach the target equally fast.
    by_instance
        The difference on each instance.
    left_out
        Instances that only one of the two ran on.
    """

    solver: str
    baseline: str
    metric: str
    unit: str
    margin: float
    instances: int
    seeds: float
    single: str | None
    estimate: float
    outer: Interval
    inner: Interval
    method: Method
    verdict: Verdict
    reason: str
    needed: Needed | None
    p: float
    p_holm: float
    middle: float
    wins: int
    ties: int
    losses: int
    reliability: Reliability
    p_times: float
    by_instance: Mapping[str, float]
    left_out: tuple[str, ...]

    @property
    def win_share(self) -> float:
        """Of the instances, those won; a tie is half a win."""
        return (self.wins + self.ties / 2) / self.instances

    def sentence(self) -> str:
        """For a planner: who is better, by how much, how sure, on what, at which margin."""
        only = "" if self.single is None else "; this holds of that instance only"
        return f"{self._said()}; the margin was {self.margin:g} {self.unit}{self._more()}{only}."

    def _said(self) -> str:
        on, where = ON[self.metric], self._where()
        if self.verdict in (Verdict.BETTER, Verdict.WORSE):
            size = f"{amount(abs(self.estimate))} {self.unit}"
            interval = sizes(self.outer, self.unit)
            return (
                f"{self.solver} is {self.verdict.value} than {self.baseline}{on} by {size} "
                f"({interval}) {where}"
            )
        if self.verdict is Verdict.EQUIVALENT:
            return (
                f"{self.solver} is equivalent to {self.baseline}{on} {where}: "
                f"{self._on_average(self.inner)}"
            )
        if self.verdict is Verdict.WITHHELD:
            return (
                f"no verdict on {self.solver} against {self.baseline}{on} {where}, because "
                f"{self.reason}: {self._on_average(self.outer)}"
            )
        return (
            f"not enough data to tell {self.solver} from {self.baseline}{on} {where}: "
            f"{self._on_average(self.outer)}"
        )

    def _on_average(self, interval: Interval) -> str:
        shown = ways(interval, self.unit)
        return f"{self.solver} is {way(self.estimate, self.unit)} on average ({shown})"

    def _where(self) -> str:
        return f"on {self.instances} instances" if self.single is None else f"on {self.single}"

    def _more(self) -> str:
        return "" if self.needed is None else f"; {self.needed}"
