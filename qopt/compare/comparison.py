"""Which solver is better, by how much and how sure: the whole of it, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import QoptError, UnknownName
from .against_baseline import difference
from .anytime import common_horizon
from .changes import Change, unchanged
from .difference import Difference
from .inference import Verdict, holm
from .records import Document, Question, Reference, Run, by_instance, by_solver, references
from .sentences import amount, way, ways
from .summaries import Summary, summaries


@dataclass(frozen=True)
class Control(Document):
    """The baseline against itself under other seeds: whatever is found there is chance.

    It `holds` where no verdict "better" or "worse" comes of it. Where one does, the rest of the
    study is not to be believed: the seeds are too few or the machine was not the same for all.
    """

    difference: Difference
    holds: bool

    def sentence(self) -> str:
        """Whether the control holds."""
        if self.holds:
            found = self.difference
            shown = ways(found.outer, found.unit)
            return (
                f"The control holds: {found.baseline} against itself under other seeds is not "
                "shown to differ by more than the margin "
                f"({way(found.estimate, found.unit)} on average, {shown})."
            )
        return f"The control FAILS, so believe none of the verdicts: {self.difference.sentence()}"


@dataclass(frozen=True)
class Comparison(Document):
    """All that records of runs say of a question.

    Attributes
    ----------
    horizon
        Seconds at which all solvers are compared.
    references
        What the gaps of each instance are measured from.
    solvers
        Each solver by itself, the baseline too.
    differences
        Each other solver against the baseline, in the order of their names.
    control
        The baseline against itself; None where it has fewer than two seeds everywhere.
    notes
        What else is to be known, a sentence each.
    """

    question: Question
    horizon: float
    references: tuple[Reference, ...]
    solvers: tuple[Summary, ...]
    differences: tuple[Difference, ...]
    control: Control | None
    notes: tuple[str, ...]

    def of(self, solver: str) -> Difference:
        """That solver against the baseline. Raises UnknownName where it was not compared."""
        for found in self.differences:
            if found.solver == solver:
                return found
        known = [found.solver for found in self.differences]
        raise UnknownName("solver in the comparison", solver, known)

    def sentences(self) -> tuple[str, ...]:
        """The verdicts, the control and the notes, for a planner."""
        found = (difference.sentence() for difference in self.differences)
        control = () if self.control is None else (self.control.sentence(),)
        return (*found, *control, *self.notes)

    def sentence(self) -> str:
        """All of them in one text."""
        return " ".join(self.sentences())


SOURCES: dict[Literal["best known", "best of the runs", "none"], str] = {
    "best known": "On {} of {} instances, gaps are measured from the best known objective.",
    "best of the runs": "On {} of {} instances, gaps are measured from the best of these runs.",
    "none": "On {} of {} instances, no solver found a plan.",
}


def compare(runs: Iterable[Run], question: Question) -> Comparison:
    """Every solver against the baseline, over the instances that both ran on.

    The same runs in any order give the same numbers, to the last bit. Raises QoptError for runs
    that contradict each other, a baseline without runs, and times that cannot be compared.
    """
    groups = by_instance(runs)
    everything = [run for group in groups.values() for run in group]
    solvers = {run.solver for run in everything}
    if question.baseline not in solvers:
        raise UnknownName("solver with runs", question.baseline, solvers)
    horizon, known = common_horizon(everything, question.horizon), references(groups)
    compared, changes = dict[str, Difference | None](), dict[str, tuple[Change, ...]]()
    for solver in sorted(solvers - {question.baseline}):
        kept, changes[solver] = unchanged(groups, solver, question.baseline)
        compared[solver] = difference(kept, solver, question, known, horizon)
    return Comparison(
        question=question,
        horizon=horizon,
        references=tuple(known.values()),
        solvers=summaries(groups, question, known, horizon),
        differences=_corrected([found for found in compared.values() if found is not None]),
        control=_control(groups, question, known, horizon),
        notes=_notes(compared, changes, question, known, horizon),
    )


def control(baseline: Iterable[Run], again: Iterable[Run], question: Question) -> Control:
    """The baseline against a second set of runs of it, made under other seeds."""
    renamed = [replace(run, solver=_other(question)) for run in again]
    groups = by_instance([*baseline, *renamed])
    everything = [run for group in groups.values() for run in group]
    horizon = common_horizon(everything, question.horizon) if everything else 0.0
    found = difference(groups, _other(question), question, references(groups), horizon)
    if found is None:
        raise QoptError(f"the two sets of runs of {question.baseline} share no instance")
    return _controlled(found)


def _control(
    groups: Mapping[str, Sequence[Run]],
    question: Question,
    known: Mapping[str, Reference],
    horizon: float,
) -> Control | None:
    """The baseline's runs dealt to two sides by their seeds: the first, third, ... and the rest; of
    a device that changed, those in each of its states by themselves.
    """
    halves = {}
    for name, runs in groups.items():
        own = by_solver(runs).get(question.baseline, [])
        own = sorted(own, key=lambda run: (run.snapshot or "", run.seed))
        others = [replace(run, solver=_other(question)) for run in own[1::2]]
        halves[name] = [*own[::2], *others]
    found = difference(halves, _other(question), question, known, horizon)
    return None if found is None else _controlled(found)


def _controlled(found: Difference) -> Control:
    return Control(found, found.verdict not in (Verdict.BETTER, Verdict.WORSE))


def _other(question: Question) -> str:
    return f"{question.baseline} under other seeds"


def _corrected(found: Sequence[Difference]) -> tuple[Difference, ...]:
    raised = holm([each.p for each in found])
    return tuple(replace(each, p_holm=p) for each, p in zip(found, raised, strict=True))


def _notes(
    compared: Mapping[str, Difference | None],
    changes: Mapping[str, Sequence[Change]],
    question: Question,
    known: Mapping[str, Reference],
    horizon: float,
) -> tuple[str, ...]:
    notes = [f"All solvers are compared at {amount(horizon)} seconds."]
    sources = Counter(reference.source for reference in known.values())
    for source, told in SOURCES.items():
        if sources[source]:
            notes.append(told.format(sources[source], len(known)))
    for solver, found in compared.items():
        notes += [change.sentence(solver, question.baseline) for change in changes[solver]]
        if found is None and changes[solver]:
            notes.append(f"{solver} is not compared with {question.baseline}: no runs are left.")
        elif found is None:
            notes.append(f"{solver} shares no instance with {question.baseline}: not compared.")
        elif found.left_out:
            notes.append(
                f"{solver} and {question.baseline} did not both run on "
                f"{', '.join(found.left_out)}: left out of their comparison."
            )
    return tuple(notes)
