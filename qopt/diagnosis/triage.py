"""One page: is anything better known, can the model be kept, do the penalties work?"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..assignment import Assignment, as_problem
from ..errors import Infeasible, NotReady, QoptError
from ..kit.checks import require_count, require_positive
from ..problem import Approximate, Problem, name_of
from ..provenance import fingerprint
from ..result import Result
from ..solver import missing_package
from .references import References, improves
from .verdict import Diagnosis, Verdict

if TYPE_CHECKING:
    from ..compiler.model.grid import Reals
    from ..programs.conflicts import Conflict

SEARCH = 0.5  # share of the time left for something better
CONFLICT = 0.6  # share of the time left for a conflict, before the relaxation


def diagnose(
    subject: Any,
    *,
    model: Any = None,
    time_limit: float = 10.0,
    known: Any = None,
    seed: int | None = None,
    reals: Reals = None,
) -> Diagnosis:
    """Say whose fault it is that a result is infeasible or poor, with the proof.

    Without OR-tools (the extra 'baselines') less can be proved: not that a model has no feasible
    assignment.

    Parameters
    ----------
    subject
        A `Result`; or a `Problem`, or whatever `qopt.solve` takes for one, to ask only whether it
        has a feasible assignment.
    model
        What the result is of, for one that was loaded from a file.
    time_limit
        Seconds, more than 0, for all questions together; building the model comes on top. What
        there is no time to ask is left out, and named among what is `established`.
    known
        A feasible plan, or values by variable label, to hold the result against.
    seed
        0 or more; drawn and recorded when None.
    reals
        Steps of variables that are not whole, as `qopt.solve` takes them.

    Raises
    ------
    QoptError
        For a wrong argument, a result of another model, or a `known` that is not feasible. NotReady
        where a model is asked about and OR-tools is not installed.
    """
    require_positive("time_limit", time_limit, wanted="a number of seconds above 0")
    require_count("seed", seed, least=0, optional=True)
    seed = secrets.randbits(31) if seed is None else int(seed)
    began, problem = time.perf_counter(), _problem(subject, model, reals)
    clock, references = _Clock(began + time_limit), References(problem)
    if known is not None:
        references.offer_known(_values(problem, known))
    ask = _of_result if isinstance(subject, Result) else _of_model
    diagnosis = ask(subject, references, clock, seed)
    established = (*diagnosis.established, *references.notes)
    return replace(
        diagnosis,
        instance=name_of(problem),
        established=established,
        seconds=time.perf_counter() - began,
        seed=seed,
    )


def _of_result(result: Result[Any], references: References, clock: _Clock, seed: int) -> Diagnosis:
    references.offer_result(result)
    references.search(SEARCH * clock.left, seed)
    if references.best is None:
        of_model = _of_model(result, references, clock, seed)
        if references.best is None:
            return of_model
    if not references.beats(result.objective):
        return _as_good(result, references)
    return _of_solver(result, references, clock, seed)


def _of_solver(result: Result[Any], references: References, clock: _Clock, seed: int) -> Diagnosis:
    """Of a result that something better is known than: the penalties' fault, or the sampler's."""
    from .penalties import Penalties, compiled_as

    best = references.best
    assert best is not None
    own = "found none" if result.objective is None else f"found {result.objective:.10g}"
    known = f"there is a feasible assignment of objective {best.evaluation.objective:.10g}"
    missed = f"{result.ran_by} {own}, and {known}"
    finding = Diagnosis(Verdict.UNKNOWN, feasible=best)
    try:
        compiled = compiled_as(result, references.cqm, clock.left)
    except QoptError as error:
        return replace(finding, summary=f"{missed}; of its penalties nothing is known: {error}")
    if compiled is None:
        return replace(
            finding, verdict=Verdict.SAMPLER, summary=f"{missed}; it has no penalties to mislead it"
        )
    penalties = Penalties(compiled, best.values)
    penalties.look_among(result.samples, "the result", clock.deadline)
    penalties.settle(clock.left, seed)
    finding = replace(
        finding,
        feasible=replace(best, energy=penalties.ceiling),
        established=tuple(penalties.skipped),
    )
    if penalties.proof:
        summary = f"{missed}; the penalties are sufficient"
        return replace(
            finding,
            verdict=Verdict.SAMPLER,
            summary=summary,
            established=(penalties.proof, *penalties.skipped),
        )
    if penalties.found is not None:
        infeasible = penalties.witness(references.problem)
        low, ceiling = f"{infeasible.energy:.10g}", f"{penalties.ceiling:.10g}"
        summary = f"an infeasible assignment has energy {low}, a feasible one {ceiling}"
        return replace(
            finding,
            verdict=Verdict.PENALTY,
            summary=summary,
            infeasible=infeasible,
            raises=penalties.raises(),
        )
    return replace(
        finding, summary=f"{missed}; whether the penalties are sufficient was not settled in time"
    )


def _as_good(result: Result[Any], references: References) -> Diagnosis:
    """Of a result that nothing found is better than."""
    assert result.objective is not None
    best_known = references.known if result.best_known is None else result.best_known
    objective = f"objective {result.objective:.10g}"
    finding = Diagnosis(Verdict.NONE, feasible=references.best)
    if references.proved:
        return replace(finding, summary=f"{objective} is proved optimal")
    if best_known is not None and not improves(references.problem, best_known, result.objective):
        return replace(
            finding, summary=f"{objective} is as good as the best known, {best_known:.10g}"
        )
    though = "" if best_known is None else f", though {best_known:.10g} is known"
    if references.exhausted:
        summary = f"{objective} is the best that the model can express, proved by CP-SAT{though}"
        return replace(finding, verdict=Verdict.MODEL if though else Verdict.NONE, summary=summary)
    bound = (
        "no bound is proved"
        if references.bound is None
        else f"none can be better than {references.bound:.10g}"
    )
    return replace(
        finding,
        verdict=Verdict.UNKNOWN,
        summary=f"nothing better than {objective} was found{though}; {bound}",
    )


def _of_model(subject: Any, references: References, clock: _Clock, seed: int) -> Diagnosis:
    """Is there a feasible assignment? Where there is, it is offered to the references."""
    if references.best is not None:
        return Diagnosis(Verdict.NONE, "a feasible assignment is known", feasible=references.best)
    if references.misread is not None:
        return _misread(references)
    if (lacking := missing_package("ortools", "baselines")) is not None:
        if (contradiction := _plain_contradiction(references)) is not None:
            return Diagnosis(Verdict.MODEL, f"no feasible assignment: {contradiction}")
        if not isinstance(subject, Result):
            raise NotReady(f"to say whether a model has a feasible assignment: {lacking}")
        return Diagnosis(
            Verdict.UNKNOWN,
            f"no feasible assignment is known; to prove that there is none: {lacking}",
        )
    from ..programs.conflicts import Conflict, find_conflict

    conflict_or_assignment = find_conflict(
        references.cqm, time_limit=CONFLICT * clock.left, seed=seed
    )
    if conflict_or_assignment is None:
        return Diagnosis(
            Verdict.UNKNOWN, "neither a feasible assignment nor a contradiction was found in time"
        )
    if isinstance(conflict_or_assignment, Conflict):
        return _contradictory(references, conflict_or_assignment, clock, seed)
    references.offer_values("CP-SAT", conflict_or_assignment)
    if references.best is None:
        return _misread(references)
    return Diagnosis(Verdict.NONE, "a feasible assignment exists", feasible=references.best)


def _contradictory(
    references: References, conflict: Conflict, clock: _Clock, seed: int
) -> Diagnosis:
    """What stands in the way, and what would have to give."""
    from ..programs.relaxations import find_relaxation

    relaxation = find_relaxation(references.cqm, time_limit=clock.left, seed=seed)
    bounds = f" and {len(conflict.bounds)} bounds" if conflict.bounds else ""
    rows = f"{len(conflict.constraints)} constraints{bounds}"
    summary = f"no feasible assignment: {rows} contradict each other"
    coarse = isinstance(references.problem, Approximate) and not references.problem.model_is_exact
    established = [
        "the model is coarser or narrower than the problem: a finer one may be feasible"
    ] * coarse
    established += ["no relaxation was found in time"] * (relaxation is None)
    return Diagnosis(
        Verdict.MODEL,
        summary,
        conflict=conflict,
        relaxation=relaxation,
        established=tuple(established),
    )


def _plain_contradiction(references: References) -> Infeasible | None:
    """What presolve sees without any search."""
    from ..compiler.presolve.presolve import presolve

    try:
        presolve(references.arrays)
    except Infeasible as error:
        return error
    return None


def _misread(references: References) -> Diagnosis:
    summary = (
        "an assignment keeps all of the model's constraints, and its plan breaks the problem's own"
    )
    return Diagnosis(Verdict.MODEL, summary, feasible=references.misread)


def _problem(subject: Any, model: Any, reals: Reals) -> Problem[Any]:
    """What the subject is, or is a result of."""
    if not isinstance(subject, Result):
        if model is not None:
            raise QoptError("model= goes with a result; to ask about a model, give it alone")
        return as_problem(subject, reals=reals)
    if model is None:
        if subject.source is None:
            remedy = "give it, as diagnose(result, model=problem)"
            raise QoptError(f"a result from a file does not hold its model: {remedy}")
        return subject.source
    problem = as_problem(model, reals=reals)
    if fingerprint(problem) != subject.provenance.get("model"):
        other = f"the result is not of {name_of(problem)} as given"
        raise QoptError(f"{other}; give the file and the options it was made with")
    return problem


def _values(problem: Problem[Any], known: Any) -> Mapping[Any, float]:
    if isinstance(known, Mapping):
        return known
    return known.values if isinstance(known, Assignment) else problem.encode(known)


@dataclass(frozen=True)
class _Clock:
    deadline: float

    @property
    def left(self) -> float:
        return max(0.05, self.deadline - time.perf_counter())
