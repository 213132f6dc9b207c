"""A verdict and its evidence, as data and for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..pages import Page, Printed, Section
from ..problem import Evaluation, Plan

if TYPE_CHECKING:
    from ..programs.conflicts import Conflict
    from ..programs.relaxations import Relaxation

SHOWN = 12  # constraints in a text; the data has them all


class Verdict(StrEnum):
    """Where the fault lies.

    PENALTY: an infeasible assignment has no higher energy than a feasible one. SAMPLER: that is
    ruled out, or there are no penalties, and a better assignment is known. MODEL: there is no
    feasible assignment, or the model does not say what the problem means. NONE: there is nothing to
    mend. UNKNOWN: the time was not enough to say.
    """

    PENALTY = "penalty"
    SAMPLER = "sampler"
    MODEL = "model"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Witness:
    """An assignment shown as evidence.

    `source` is where it comes from, `plan` and `evaluation` what it means in the problem's own
    terms, `energy` what the QUBO gives it, with the slack bits that suit it best; None where there
    is no QUBO.
    """

    source: str
    values: Mapping[Any, float]
    plan: Plan
    evaluation: Evaluation
    energy: float | None = None


@dataclass(frozen=True)
class Raise:
    """A constraint that an assignment of too low an energy breaks, by `amount` in its own units.

    Raised to more than `needed`, its weight alone would lift that assignment above the feasible
    one.
    """

    constraint: Any
    amount: float
    weight: float
    needed: float

    def __str__(self) -> str:
        heavier = f"its weight of {self.weight:.6g} to above {self.needed:.6g}"
        return f"{self.constraint}, broken by {self.amount:g}: {heavier}"


@dataclass(frozen=True)
class Diagnosis(Printed):
    """Whose fault it is, and the proof.

    Attributes
    ----------
    summary
        One line.
    feasible
        The best feasible assignment known.
    infeasible
        With verdict "penalty": one that the penalties leave at no higher an energy, and
    raises
        the constraints it breaks, each with the weight that would do by itself.
    conflict, relaxation
        With verdict "model": constraints that contradict each other, and the least move of
        right-hand sides.
    established
        What else is known, a line each.
    seconds, seed
        What it took, and what makes it the same again where the time was enough.
    """

    verdict: Verdict
    summary: str = ""
    instance: str = ""
    feasible: Witness | None = None
    infeasible: Witness | None = None
    raises: tuple[Raise, ...] = ()
    conflict: Conflict | None = None
    relaxation: Relaxation | None = None
    established: tuple[str, ...] = ()
    seconds: float = 0.0
    seed: int = 0

    def details(self) -> Iterator[tuple[str, str]]:
        """The evidence as (what, text)."""
        if self.conflict is not None:
            parts = [*map(str, self.conflict.constraints), *map(str, self.conflict.bounds)]
            yield (
                "minimal conflict" if self.conflict.minimal else "conflict, perhaps not minimal",
                _listed(parts, ", "),
            )
        if self.relaxation is not None:
            least = (
                "cheapest relaxation"
                if self.relaxation.least
                else "a relaxation, perhaps not the cheapest"
            )
            yield least, _listed([str(move) for move in self.relaxation.moves], "; ")
        for what, witness in (("feasible", self.feasible), ("infeasible", self.infeasible)):
            if witness is not None and (
                self.verdict is not Verdict.NONE or witness.energy is not None
            ):
                yield what, _described(witness)
        if self.raises:
            yield "raise any of", _listed([str(one) for one in self.raises], "; ")
        yield from (("established", line) for line in self.established)

    def page(self) -> Page:
        head = f"{self.instance}: {self.verdict.value}: {self.summary} ({self.seconds:.1f} s)"
        return Page(head, [Section(facts=list(self.details()))])


def _described(witness: Witness) -> str:
    energy = "" if witness.energy is None else f"energy {witness.energy:.10g}, "
    broken = [str(violation) for violation in witness.evaluation.violations]
    violated = f", violates {_listed(broken, ', ')}" if broken else ""
    return f"{energy}objective {witness.evaluation.objective:.10g}{violated}, from {witness.source}"


def _listed(parts: list[str], between: str) -> str:
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return between.join(parts[:SHOWN]) + more
