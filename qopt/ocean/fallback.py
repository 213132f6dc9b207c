"""When another solver solves a problem instead of a device, and why, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ..errors import NotReady, QoptError, Stopped, UnknownName
from ..kit.checks import require, require_name
from .account import TokenRefused

Rule = Literal["away", "budget"]
RULES: tuple[Rule, ...] = get_args(Rule)
# what `qopt.ocean.jobs` says became of a job that the device gave no answer to
AWAY = frozenset({"not-sent", "failed", "unreachable", "too-late", "ambiguous", "lost"})
RUNNING = frozenset({"unreachable", "too-late", "ambiguous"})


@dataclass(frozen=True)
class Fallback:
    """Who solves a problem instead of a device, and when.

    Attributes
    ----------
    to
        The name of the other solver.
    on
        "away": the device is not ready, or gave no answer by the deadline; "budget": there is no
        room for it in a budget. Studies know a third reason, that the device was worse over the
        last trials that both solved.

    A wrong token, arguments that a device refuses, and what a policy does not allow are no reason:
    they are mistakes, which another solver would only hide.
    """

    to: str = "annealer"
    on: tuple[Rule, ...] = RULES

    def __post_init__(self) -> None:
        require_name("fallback", self.to)
        require(len(self.on) > 0, "on", self.on, f"at least one of {', '.join(RULES)}")
        for rule in self.on:
            if rule not in RULES:
                raise UnknownName("rule of a fallback", str(rule), RULES)

    @classmethod
    def of(cls, given: Fallback | str | Mapping[str, Any] | None) -> Fallback | None:
        """What a parameter says: the name of a solver, or `to` and `on`; None for none.

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
        if any(isinstance(each, Stopped) for each in getattr(error, "errors", (error,))):
            return None
        status = getattr(error, "status", None)
        if isinstance(error, NotReady) and not isinstance(error, TokenRefused):
            status = "not-sent"
        said = (str(error).splitlines() or [type(error).__name__])[0]
        if status == "over-budget" and "budget" in self.on:
            return f"solved by {self.to} instead, as there was no room in the budget: {said}"
        if status not in AWAY or "away" not in self.on:
            return None
        if status in RUNNING:
            return self.late(said)
        return f"solved by {self.to} instead, as the device gave no answer: {said}"

    def late(self, said: str) -> str | None:
        """The same where jobs still wait at the service, of which `said` is told."""
        if "away" not in self.on:
            return None
        return (
            f"solved by {self.to} instead, as the device gave no answer: {said}; the job may still "
            "be run and charged: `qopt jobs` lists it"
        )


def require_other(fallback: Fallback | None, solver: str) -> None:
    """Raise a QoptError where a solver would be its own fallback."""
    if fallback is not None and fallback.to == solver:
        raise QoptError(f"fallback={solver!r}: give another solver than the one that may fail")
