"""Runs until the question is decided: a pilot, and at most three planned looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import QoptError
from .comparison import Comparison, compare
from .inference import Needed, Verdict
from .records import Document, Question, Run

MOST_LOOKS = 3


@dataclass(frozen=True)
class Look(Document):
    """What one planned look found.

    `decided` is whether every solver has a verdict; if not, `needed` is how much more would decide
    for the one that needs the most, None at the last look, after which nothing more may be run.
    """

    look: int
    looks: int
    decided: bool
    needed: Needed | None
    comparison: Comparison

    def sentence(self) -> str:
        """Whether to go on, and with how much."""
        head = f"Look {self.look} of {self.looks}"
        if self.decided:
            return f"{head}: decided. {self.comparison.sentence()}"
        if self.needed is None:
            return (
                f"{head}, the last: not decided, and running on until something shows would not "
                f"be honest. {self.comparison.sentence()}"
            )
        return f"{head}: not decided yet; {self.needed}. {self.comparison.sentence()}"


def look(runs: Iterable[Run], question: Question, number: int, *, looks: int = MOST_LOOKS) -> Look:
    """The runs so far, seen at look `number` (from 1) of `looks` that were planned, at most 3.

    Whoever looks often finds something by chance, so the risk `alpha` of the question is split
    evenly over the looks: the intervals of each are wider than those of a single look. Raises
    QoptError for more looks than were planned.
    """
    if not 1 <= looks <= MOST_LOOKS:
        raise QoptError(f"looks={looks!r}: give 1 to {MOST_LOOKS}, planned before the first run")
    if not 1 <= number <= looks:
        raise QoptError(f"look {number!r}: {looks} were planned, so give 1 to {looks}")
    comparison = compare(runs, replace(question, alpha=question.alpha / looks))
    open_ = [each for each in comparison.differences if each.verdict is Verdict.UNDECIDED]
    more = [each.needed for each in open_ if each.needed is not None]
    needed = _most(more) if more and number < looks else None
    return Look(number, looks, bool(comparison.differences) and not open_, needed, comparison)


def _most(needed: list[Needed]) -> Needed:
    """As much as all of them need; None where one has no such number."""
    instances = [each.instances for each in needed if each.instances is not None]
    seeds = [each.seeds for each in needed if each.seeds is not None]
    return Needed(
        max(instances) if len(instances) == len(needed) else None,
        max(seeds) if len(seeds) == len(needed) else None,
    )
