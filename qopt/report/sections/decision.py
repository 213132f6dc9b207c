"""What to do, by a rule that is printed beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...batch import Record
from ...batch.comparing import disturbed
from ...compare import BreakEven, Comparison, Difference, Verdict
from .fallbacks import fallback_notes
from .registration import Registration

FEW = 8  # instances, below which five comparisons at once can hardly reach 5 %


@dataclass(frozen=True)
class Rule:
    """The first rule whose condition holds decides."""

    condition: str
    advice: str
    holds: bool


@dataclass(frozen=True)
class Decision:
    """The advice of the first rule that holds, all rules, and what speaks for caution."""

    advice: str
    rules: tuple[Rule, ...]
    risks: tuple[str, ...]


def decision(
    comparison: Comparison | None,
    break_evens: Sequence[BreakEven],
    registered: Registration,
    records: Sequence[Record],
    missing: Sequence[str],
) -> Decision:
    """Without a comparison, there is nothing to recommend."""
    rules = _rules(comparison, break_evens)
    advice = next(rule.advice for rule in rules if rule.holds)
    return Decision(advice, rules, tuple(_risks(comparison, registered, records, missing)))


def _rules(comparison: Comparison | None, break_evens: Sequence[BreakEven]) -> tuple[Rule, ...]:
    differences = () if comparison is None else comparison.differences
    baseline = "" if comparison is None else comparison.question.baseline
    control = comparison.control if comparison is not None else None
    verdicts = {each.verdict for each in differences}
    winners = [each for each in differences if each.verdict is Verdict.BETTER]
    paying = [each.solver for each in break_evens if each.verdict is Verdict.BETTER]
    best = _best(winners, paying, priced=bool(break_evens))
    open_ = [each.solver for each in differences if each.verdict is Verdict.UNDECIDED]
    withheld = [each.solver for each in differences if each.verdict is Verdict.WITHHELD]
    return (
        Rule(
            "no solver was compared with a baseline",
            "Nothing is recommended: name a baseline in the study's `compare`.",
            not differences,
        ),
        Rule(
            "the baseline differs from itself under other seeds",
            "Believe none of the verdicts yet: find out first why the control fails.",
            control is not None and not control.holds,
        ),
        Rule(
            "a solver is better than the baseline beyond the margin and, where rates were given, "
            "pays",
            f"Use {best}: it is better than {baseline} beyond the margin.",
            best is not None,
        ),
        Rule(
            "a solver is better beyond the margin, and at the rates given it does not surely pay",
            f"Stay with {baseline}, unless the rates change as the break-even says.",
            bool(winners) and bool(break_evens) and not paying,
        ),
        Rule(
            "a comparison is undecided or withheld",
            f"Stay with {baseline} for now: {_named([*open_, *withheld])} not decided.",
            bool({Verdict.UNDECIDED, Verdict.WITHHELD} & verdicts),
        ),
        Rule(
            "every solver is equivalent to the baseline, or worse",
            f"Stay with {baseline}: no solver is better beyond the margin.",
            True,
        ),
    )


def _best(winners: Sequence[Difference], paying: Sequence[str], *, priced: bool) -> str | None:
    """The winner with the largest difference; of those that pay, where that is known."""
    left = [each for each in winners if not priced or each.solver in paying]
    return max(left, key=lambda each: each.estimate).solver if left else None


def _named(solvers: Sequence[str]) -> str:
    if len(solvers) < 2:
        return f"{''.join(solvers)} is"
    return f"{', '.join(solvers[:-1])} and {solvers[-1]} are"


def _risks(
    comparison: Comparison | None,
    registered: Registration,
    records: Sequence[Record],
    missing: Sequence[str],
) -> list[str]:
    slowed = sum(disturbed(record) for record in records)
    failed = sum(record.failed for record in records)
    risks = []
    if not registered.sound:
        risks.append("The question was not settled before all of the trials; see Provenance.")
    if missing:
        risks.append(f"{len(missing):,} trials have no record yet.")
    if failed:
        risks.append(f"{failed:,} of {len(records):,} trials failed; they count as without a plan.")
    if slowed:
        risks.append(
            f"{slowed:,} of {len(records):,} trials were disturbed by other work on the machine; "
            "times are less sure than objectives."
        )
    risks += fallback_notes(records)
    if comparison is None:
        return risks
    if comparison.control is not None and not comparison.control.holds:
        risks.append("The control fails: the baseline differs from itself.")
    instances = len(comparison.references)
    if instances < FEW:
        risks.append(f"Only {instances} instances: what holds of them may not hold of others.")
    found = sum(reference.source == "best of the runs" for reference in comparison.references)
    if found:
        risks.append(
            f"On {found} of {instances} instances the best possible objective is not known: "
            "gaps there are measured from the best of these runs."
        )
    for each in comparison.differences:
        if each.reliability.feasible < each.reliability.runs:
            lost = each.reliability.runs - each.reliability.feasible
            risks.append(
                f"{each.solver} has no plan in {lost:,} of {each.reliability.runs:,} runs."
            )
    return risks
