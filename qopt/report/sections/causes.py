"""Why trials have no plan, counted: by solver, how they ended and what stood in the way."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ...batch import Record
from ...pages import Cell, Section, Toned
from ...pages.content import numbers, words

WORDS = {
    "infeasible": "proved that there is none",
    "none-found": "no plan found",
    "failed": "the solver raised an error",
    "timeout": "did not end by itself",
    "killed": "was killed",
    "interrupted": "was interrupted",
}


@dataclass(frozen=True)
class Cause:
    """So many trials of a solver that ended in one way, for one reason; one of them by label."""

    solver: str
    outcome: str
    reason: str
    trials: int
    example: str


def causes(records: Sequence[Record]) -> tuple[Cause, ...]:
    """The most frequent first. A trial that breaks several kinds of constraints counts for each."""
    counts = Counter[tuple[str, str, str]]()
    examples: dict[tuple[str, str, str], str] = {}
    for record in records:
        if record.outcome == "feasible":
            continue
        for reason in _reasons(record):
            key = (record.solver, record.outcome, reason)
            counts[key] += 1
            examples.setdefault(key, record.label)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Cause(*key, count, examples[key]) for key, count in ordered)


def cause_table(found: Sequence[Cause], most: int = 40) -> Section:
    """A row a cause."""
    totals = defaultdict[str, int](int)
    for each in found:
        totals[each.solver] += each.trials
    rows: list[list[Cell]] = [
        [
            Toned(each.solver, "strong"),
            WORDS.get(each.outcome, each.outcome),
            each.reason,
            each.trials,
            each.example,
        ]
        for each in found[:most]
    ]
    columns = [*words("solver", "ended", "reason"), *numbers("trials"), *words("for example")]
    left = len(found) - most
    return Section(
        columns=columns,
        rows=rows,
        lines=[f"{left:,} rarer cause{'s are' if left > 1 else ' is'} left out."] * (left > 0),
    )


def _reasons(record: Record) -> list[str]:
    """Names of broken constraints without what is in brackets, each once; or the error."""
    if record.error:
        return [record.error[:200]]
    if record.violations:
        kinds = (re.split(r"[\[( ]", violation, maxsplit=1)[0] for violation in record.violations)
        return [f"breaks {kind}" for kind in dict.fromkeys(kinds)]
    return ["no plan at all came back"]
