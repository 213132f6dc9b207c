"""When another solver solves a problem instead of a device, and why, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, get_args

from ..errors import NotReady, QoptError, UnknownName
from ..kit.checks import require, require_count, require_name
from ..kit.json_lines import JsonLines
from ..problem import Sense

Rule = Literal["away", "budget", "worse"]
RULES: tuple[Rule, ...] = get_args(Rule)
# what `qopt.ocean.jobs` says became of a job that the device gave no answer to
AWAY = frozenset({"not-sent", "failed", "unreachable", "too-late", "ambiguous", "lost"})
RUNNING = frozenset({"unreachable", "too-late", "ambiguous"})


@dataclass(frozen=True)
class Outcome:
    """What a solver found: the hash of the `instance`, and the `objective`, None without a plan.

    `instead` says that it was asked instead of the device, by a fallback.
    """

    instance: str
    solver: str
    sense: Sense
    objective: float | None
    when: str | None = None
    instead: bool = False

    def to_dict(self) -> dict[str, Any]:
        """In JSON's values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """As `to_dict` wrote it."""
        return cls(**data)


class Outcomes(JsonLines[Outcome]):
    """A file with a line of JSON for each outcome, which several processes may add to."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path, Outcome, "an outcome of a solver")


@dataclass(frozen=True)
class Fallback:
    """Who solves a problem instead of a device, and when.

    Attributes
    ----------
    to
        The name of the other solver.
    on
        "away": the device is not ready, or gave no answer by the deadline; "budget": there is no
        room for it in a budget; "worse": it was worse than the other solver, over the `last`
        instances that both solved.

    A wrong token, arguments that a device refuses, and what a policy does not allow are no reason:
    they are mistakes, which another solver would only hide.
    """

    to: str = "annealer"
    on: tuple[Rule, ...] = RULES
    last: int = 10

    def __post_init__(self) -> None:
        require_name("fallback", self.to)
        require(len(self.on) > 0, "on", self.on, f"at least one of {', '.join(RULES)}")
        for rule in self.on:
            if rule not in RULES:
                raise UnknownName("rule of a fallback", str(rule), RULES)
        require_count("last", self.last)

    @classmethod
    def of(cls, given: Fallback | str | Mapping[str, Any] | None) -> Fallback | None:
        """What a parameter says: the name of a solver, or `to`, `on` and `last`; None for none.

        Raises QoptError.
        """
        if given is None or isinstance(given, Fallback):
            return given
        if isinstance(given, str):
            return cls(given)
        require(
            isinstance(given, Mapping), "fallback", given, "a solver, or {to: solver, on: [..]}"
        )
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise UnknownName("key of a fallback", str(name), known)
        values = dict(given)
        if "on" in values:
            listed = isinstance(values["on"], list | tuple)
            values["on"] = tuple(values["on"]) if listed else (values["on"],)
        return cls(**values)

    def after(self, error: BaseException) -> str | None:
        """Why an error sends the problem to the other solver; None where it does not."""
        status = getattr(error, "status", None)
        if isinstance(error, NotReady):
            status = "not-sent"
        said = (str(error).splitlines() or [type(error).__name__])[0]
        if status == "over-budget" and "budget" in self.on:
            return f"solved by {self.to} instead, as there was no room in the budget: {said}"
        if status not in AWAY or "away" not in self.on:
            return None
        why = f"solved by {self.to} instead, as the device gave no answer: {said}"
        if status in RUNNING:
            why += "; the job may still be run and charged: `qopt jobs` lists it"
        return why

    def before(self, outcomes: Iterable[Outcome], solver: str) -> str | None:
        """Why a device is not asked at all: it was worse over the last instances that both solved.

        Of each instance the last outcome of either solver counts. A gap is the difference from the
        better of the two, as a share of the larger; without a plan it is 1. None where there are
        not as many instances as the rule asks for, and where the device was as good; and after so
        many that were solved instead of it, so that it gets another chance.
        """
        if "worse" not in self.on:
            return None
        latest: dict[tuple[str, str], Outcome] = {}
        spared = 0
        for outcome in outcomes:
            spared = 0 if outcome.solver == solver else spared + outcome.instead
            key = outcome.solver, outcome.instance
            latest.pop(key, None)  # so that the order is that of the last outcomes
            latest[key] = outcome
        both = [
            (outcome, latest[self.to, instance])
            for (who, instance), outcome in latest.items()
            if who == solver and (self.to, instance) in latest
        ][-self.last :]
        if len(both) < self.last or spared >= self.last:
            return None
        own, others = (fmean(gaps) for gaps in zip(*(_gaps(*pair) for pair in both), strict=True))
        if own <= others:
            return None
        return (
            f"solved by {self.to} instead: over the last {self.last} instances that both solved, "
            f"the mean gap of {solver} was {own:.2%}, and that of {self.to} {others:.2%}; after as "
            f"many that were solved instead, {solver} is asked again"
        )


def _gaps(one: Outcome, other: Outcome) -> tuple[float, float]:
    """Of both, from the better of the two."""
    if one.objective is None or other.objective is None:
        return float(one.objective is None), float(other.objective is None)
    distance = abs(one.objective - other.objective)
    if distance == 0:
        return 0.0, 0.0
    largest = max(abs(one.objective), abs(other.objective))
    gap = 1.0 if (one.objective < 0) != (other.objective < 0) else distance / largest
    better = (one.objective < other.objective) == (one.sense == "min")
    return (0.0, gap) if better else (gap, 0.0)


def require_other(fallback: Fallback | None, solver: str) -> None:
    """Raise a QoptError where a solver would be its own fallback."""
    if fallback is not None and fallback.to == solver:
        raise QoptError(f"fallback={solver!r}: give another solver than the one that may fail")
