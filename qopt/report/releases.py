"""Two runs of one study, as a release and the one before: is any solver worse than it was?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..batch import Record, Run
from ..batch.comparing import runs_of
from ..batch.records.stale import reasons
from ..compare import Comparison, Difference, Question, Verdict, compare
from ..compare.changes import unchanged
from ..compare.records import by_instance
from ..compare.withholding import SIGNIFICANT
from ..errors import QoptError
from ..pages import Cell, Page, Section, Toned
from ..pages.content import numbers, words


@dataclass(frozen=True)
class Release:
    """What became of each solver that both runs have; `notes` say what could not be compared,
    and with which other parameters, time limit or version of its algorithm a solver ran.

    A solver is `worse` where it is worse beyond the margin, or has a feasible plan significantly
    less often.
    """

    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def worse(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if _worse(each))

    def page(self) -> Page:
        """For the command line."""
        rows: list[list[Cell]] = []
        for each in self.differences:
            worse = _worse(each)
            tone = "bad" if worse else "good" if each.verdict is Verdict.BETTER else "plain"
            said = "worse" if worse else each.verdict.value
            rows.append(
                [
                    Toned(each.solver.removesuffix(SECOND), "strong"),
                    Toned(said, tone),  # type: ignore[arg-type]  # a tone
                    each.instances,
                    f"{each.estimate:+.3g} {each.unit}",
                    f"{each.reliability.feasible} of {each.reliability.runs}",
                    f"{each.reliability.baseline_feasible} of {each.reliability.baseline_runs}",
                ]
            )
        columns = [
            *words("solver", "second run"),
            *numbers("instances", "difference", "plans now", "plans before"),
        ]
        lines = [*(each.sentence() for each in self.differences), *self.notes]
        return Page("", [Section(columns=columns, rows=rows), Section(lines=lines)])


FIRST, SECOND = " in the first run", " in the second run"


def compare_runs(first: Run, second: Run, **question: Any) -> Release:
    """Each solver in the second run against itself in the first, by the second's question.

    Instances are paired by name where their content is the same. `question` says what to ask
    otherwise: `metric=`, `margin=`, ... of `qopt.compare.Question`. Raises QoptError where the
    two share no solver with an instance.
    """
    asked = {**second.question, **question}
    asked.setdefault("margin", 1.0)
    notes = []
    changed = _changed(first.records, second.records)
    if changed:
        notes.append(
            f"Not compared, because the instance is another now: {', '.join(sorted(changed))}."
        )
    copied = sum(record.copied for record in second.records)
    if copied:
        notes.append(
            f"{copied:,} of {len(second.records):,} trials of the second run were taken over from "
            "another study and not solved again: run it with --fresh to compare what is solved now."
        )
    if first.folder.resolve() == second.folder.resolve():
        notes.append("Both are the same run: nothing can differ.")
    sides = [_apart(run.records, changed) for run in (first, second)]
    for solver in sorted(sides[0].keys() ^ sides[1].keys()):
        where = "first" if solver in sides[0] else "second"
        notes.append(f"{solver} is in the {where} run alone: not compared.")
    found = []
    for solver in sorted(sides[0].keys() & sides[1].keys()):
        compared, changes = _compared(solver, sides[0][solver], sides[1][solver], asked)
        notes += changes
        if compared.differences:
            found.append(compared.differences[0])
            asked_otherwise = _asked_otherwise(sides[0][solver], sides[1][solver])
            notes += [f"{solver}, in the second run: {reason}." for reason in asked_otherwise]
        else:
            share = "no instance in one state of the device" if changes else "no instance"
            notes.append(f"{solver}: the two runs share {share}: not compared.")
    if not found:
        told = " ".join(notes) or "they have no records"
        raise QoptError(f"{first.folder} and {second.folder} have nothing in common: {told}")
    return Release(tuple(found), tuple(notes))


def _compared(
    solver: str, before: Iterable[Record], after: Iterable[Record], asked: dict[str, Any]
) -> tuple[Comparison, list[str]]:
    """The two sides, and what was left out as a device changed between them."""
    old = [replace(run, solver=f"{solver}{FIRST}") for run in runs_of(before)]
    new = [replace(run, solver=f"{solver}{SECOND}") for run in runs_of(after)]
    names = f"{solver}{SECOND}", f"{solver}{FIRST}"
    _, changes = unchanged(by_instance([*old, *new]), *names)
    found = compare([*old, *new], Question(**{**asked, "baseline": names[1]}))
    return found, [change.sentence(*names) for change in changes]


def _worse(each: Difference) -> bool:
    return each.verdict is Verdict.WORSE or each.reliability.p_fewer <= SIGNIFICANT


def _asked_otherwise(before: Iterable[Record], after: Iterable[Record]) -> list[str]:
    """What differs in how one solver was run: parameters, time limit, version of the algorithm."""
    then = {(_name(record), record.seed): record.parts for record in before}
    found: dict[str, None] = {}
    for record in after:
        parts = then.get((_name(record), record.seed))
        if parts is not None:
            found.update(dict.fromkeys(reasons(parts, record.parts)))
    return list(found)


def _apart(records: Iterable[Record], without: set[str]) -> dict[str, list[Record]]:
    by_solver = defaultdict[str, list[Record]](list)
    for record in records:
        if _name(record) not in without and record.outcome != "interrupted":
            by_solver[record.solver].append(record)
    return dict(by_solver)


def _changed(before: Iterable[Record], after: Iterable[Record]) -> set[str]:
    """Names of instances whose content differs."""
    then = {_name(record): record.parts.get("instance") for record in before}
    now = {_name(record): record.parts.get("instance") for record in after}
    return {name for name in then.keys() & now.keys() if then[name] != now[name]}


def _name(record: Record) -> str:
    return f"{record.kind}: {record.instance}"
