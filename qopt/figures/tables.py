"""The tables of a comparison: each solver by itself, and against the baseline."""

from __future__ import annotations

import math

from ..compare import Comparison, Verdict
from ..compare.sentences import amount
from ..pages import Cell, Column, Section, Toned
from ..pages.content import numbers, words

TONES = {Verdict.BETTER: "good", Verdict.WORSE: "bad"}


def solver_table(comparison: Comparison, *, verdicts: bool = True) -> Section:
    """A row a solver, the baseline first; without `verdicts` it is not called so."""
    baseline, target = comparison.question.baseline, comparison.question.target
    ordered = sorted(comparison.solvers, key=lambda each: (each.solver != baseline, each.solver))
    rows: list[list[Cell]] = []
    for each in ordered:
        marked = verdicts and each.solver == baseline
        name = f"{each.solver} (baseline)" if marked else each.solver
        rows.append(
            [
                Toned(name, "strong"),
                each.instances,
                f"{each.feasible:,} of {each.runs:,}",
                f"{each.gap:.2f} %",
                f"{each.gap_over_time:.2f} %",
                f"{each.waiting.reached:,} of {each.waiting.runs:,}",
                _time(each.times_to_solution.median),
                amount(each.seconds),
                f"{each.disturbed:,}",
            ]
        )
    columns = [
        Column("solver", whole=True),
        *numbers(
            "instances",
            "runs with a plan",
            "mean gap",
            "gap over time",
            f"within {target:g} %",
            "time to target, s",
            "seconds a run",
            "disturbed",
        ),
    ]
    return Section(columns=columns, rows=rows)


def difference_table(comparison: Comparison) -> Section:
    """A row for each solver that was compared with the baseline."""
    unit = comparison.question.unit
    rows: list[list[Cell]] = []
    for each in comparison.differences:
        tone = TONES.get(each.verdict)
        verdict = each.verdict.value
        rows.append(
            [
                Toned(each.solver, "strong"),
                Toned(verdict, tone) if tone else verdict,  # type: ignore[arg-type]  # a tone
                _signed(each.estimate),
                _signed(each.outer.low),
                _signed(each.outer.high),
                f"{each.wins} / {each.ties} / {each.losses}",
                f"{each.p:.3g}",
                f"{each.p_holm:.3g}",
            ]
        )
    columns = [
        *words("solver", "verdict"),
        *numbers(f"difference, {unit}", "from", "to", "won / tied / lost", "p", "p after Holm"),
    ]
    return Section(columns=columns, rows=rows)


def _time(seconds: float) -> str:
    """Infinite where most instances have no run that reached the target."""
    return "never" if math.isinf(seconds) else amount(seconds)


def _signed(value: float) -> str:
    shown = amount(value)
    return f"+{shown}" if value > 0 and shown != "no limit" else shown
