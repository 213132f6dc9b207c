"""Whose plans these are, where a solver's fallback solved some of its trials."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...batch import Record


def fallback_notes(records: Sequence[Record]) -> list[str]:
    """A sentence for each solver and how its trials were solved instead: how many, and by whom."""
    trials = Counter(record.solver for record in records)
    replaced = Counter(
        (record.solver, record.instead.partition(":")[0]) for record in records if record.instead
    )
    return [
        f"{count:,} of {trials[solver]:,} trials of {solver} were {how}: what is said of {solver} "
        "is said of both together."
        for (solver, how), count in sorted(replaced.items())
    ]
