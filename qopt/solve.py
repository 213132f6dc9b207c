"""One page: model -> compile -> sample -> decode -> evaluate -> Result."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, overload

from .assignment import Assignment, Model, as_problem
from .errors import Infeasible
from .kit.checks import require, require_count, require_positive
from .plugins import is_resumable, kind_of, make_solver
from .problem import (
    Approximate,
    Evaluation,
    Noted,
    Plan,
    Problem,
    Published,
    Scored,
    name_of,
    plan_key,
)
from .provenance import fingerprint, versions
from .result import PlanT, Ranked, Result, Status
from .solver import Answer, Progress, Solver, Task, Timing

if TYPE_CHECKING:
    from pathlib import Path

    import dimod

    from .compiler.model.grid import Reals

NOTED = 0.5  # seconds after a time limit that a result speaks of


@overload
def solve(model: Problem[PlanT], *, solver: str = ..., **options: Any) -> Result[PlanT]: ...
@overload
def solve(model: str | Path | Any, *, solver: str = ..., **options: Any) -> Result[Assignment]: ...
def solve(
    model: Any,
    *,
    solver: str = "auto",
    time_limit: float | None = 10.0,
    seed: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    initial: Any = None,
    interrupt: Callable[[], bool] | None = None,
    parameters: Mapping[str, float] | None = None,
    reals: Reals = None,
    **options: Any,
) -> Result[Any]:
    """Solve a problem and score every plan found by the problem's own arithmetic.

    Parameters
    ----------
    model
        A `Problem`; a dimod CQM, BQM, DQM or BinaryPolynomial; a PyQUBO model; a dict of terms of
        any degree; a square matrix Q for x'Qx, with labels or without; an Ising model's (h, J); or
        the path of a file: LP, MPS, or one of `Qubo.read`'s.
    solver
        A name that `qopt solvers` lists. "auto" takes `annealer`, `hybrid` or `qubo-annealer`, as
        measurements say for the problem and its size; the result says which, and why. "race" runs
        several side by side.
    time_limit
        Seconds, more than 0, of sampling, decoding and scoring; reading and compiling the model,
        and compiling the kernels, is counted apart, as `Result.timing` tells. A solver that cannot
        keep the limit says so before it starts. None: no limit, for a solver with another budget
        (`num_sweeps=` of the annealer) or one that ends by itself.
    seed
        0 or more. None draws one; the result's provenance records it. Of solvers that keep a
        journal of what they submit, None is 0: the same call again must be the same question, or
        it would be paid for twice.
    on_progress
        Called with a `Progress` after each round or incumbent.
    initial
        A plan to start from; the result is never worse than it. Of a bare model it may be a dict
        of values by variable.
    interrupt
        Asked every few milliseconds, from any thread; True ends the solve with the best plan so
        far.
    parameters
        Values of PyQUBO's placeholders, by name.
    reals
        Steps above 0 in which variables move that are not whole, from their lower bounds: by label,
        or one for all. Default: steps that lose nothing, where such are known.
    **options
        The solver's own parameters, as `num_sweeps=2000`; unknown ones are an error.

    Raises
    ------
    QoptError
        For a wrong argument, naming its value and the remedy. That no feasible plan was found is
        not an error: see `Result.status`.
    TimeTooShort
        For a time limit that the solver cannot keep on this model; names the least that it needs.
    """
    require_positive("time_limit", time_limit, wanted="a number of seconds above 0", optional=True)
    require_count("seed", seed, least=0, optional=True)
    timing = Timing()
    with timing("compile"):
        problem = as_problem(model, parameters=parameters, reals=reals)
    initial = _plan_of(problem, initial)
    chosen = make_solver(solver, options)
    if seed is None:
        seed = 0 if _keeps_a_journal(chosen) else secrets.randbits(32)
    seed = int(seed)
    with timing("compile"):
        content, made_with = fingerprint(problem), versions()
    task = Task(problem, time_limit, seed, initial, on_progress, interrupt, timing)
    try:
        answer = chosen.solve(task)
    except Infeasible as error:  # said at compile, and so by every solver that compiles
        answer = Answer(infeasible=True, info={"infeasible": str(error)})
    if isinstance(problem, Approximate) and not problem.model_is_exact and not answer.direct:
        answer.bound, answer.infeasible = None, False
        if "infeasible" in answer.info:
            answer.info["model_infeasible"] = answer.info.pop("infeasible")
    plans = rank(task, answer)
    answer.info = _with_notes(answer, solver, task)
    return Result(
        problem=kind_of(problem),
        instance=name_of(problem),
        solver=solver,
        sense=problem.sense,
        status=_status(plans, answer),
        stopped_by=answer.stopped_by,
        plans=plans,
        best_known=problem.best_known if isinstance(problem, Published) else None,
        bound=-answer.bound
        if answer.bound is not None and problem.sense == "max"
        else answer.bound,
        samples=answer.samples,
        trace=tuple(task.incumbents.trace),
        timing=task.timing.seconds,
        provenance={
            "seed": seed,
            "time_limit": time_limit,
            "parameters": {name: repr(value) for name, value in options.items()},
            "model": content,
            "versions": made_with,
            "input": {"notes": list(problem.notes) if isinstance(problem, Noted) else []},
            "solver": answer.info,
        },
        source=problem,
    )


def rank(task: Task, answer: Answer) -> tuple[Ranked[Any], ...]:
    """Every distinct plan scored once, the best feasible first, then the least broken."""
    counted: dict[Any, Ranked[Any]] = {}
    for plan, evaluation, occurrences in _candidates(task, answer):
        key = plan_key(plan)
        before = counted.get(key)
        if before is not None:
            counted[key] = replace(before, occurrences=before.occurrences + occurrences)
        else:
            counted[key] = Ranked(plan, evaluation or task.evaluate(plan), occurrences)
    sign = 1 if task.problem.sense == "min" else -1

    def order(ranked: Ranked[Any]) -> tuple[float, float]:
        broken = sum(violation.amount for violation in ranked.evaluation.violations)
        return broken, sign * ranked.evaluation.objective

    ranked = sorted(counted.values(), key=order)
    if ranked and ranked[0].evaluation.feasible:
        task.conclude(ranked[0].plan, ranked[0].evaluation)
    return tuple(ranked)


def _candidates(task: Task, answer: Answer) -> Iterator[tuple[Plan, Evaluation | None, int]]:
    """Plans, their evaluations where they are known already, and how often each was sampled."""
    if task.initial is not None:
        yield task.initial, None, 0
    best = task.incumbents.best
    if best is not None and not answer.replayable:
        yield *best, 0
    for plan in answer.plans:
        yield plan, None, 1
    if answer.samples is not None:
        yield from _sampled(task, answer.samples)


def _sampled(task: Task, samples: dimod.SampleSet) -> Iterator[tuple[Plan, Evaluation | None, int]]:
    """The plans of samples; equal samples are decoded once."""
    import numpy as np

    record, labels = samples.record, list(samples.variables)
    if not len(record):
        return
    # rows are told apart by their bytes: to sort long ones takes as long as to score them
    place: dict[bytes, int] = {}
    plain = record.sample + record.sample.dtype.type(0)  # and no -0.0
    group = [place.setdefault(row.tobytes(), len(place)) for row in plain]
    _, first = np.unique(group, return_index=True)  # as they came
    counts = np.bincount(group, weights=record.num_occurrences).astype(int).tolist()
    rows = record.sample[first]
    if isinstance(task.problem, Scored):
        with task.timing("evaluate"):
            scored = task.problem.score_samples(rows, labels)
        for (plan, evaluation), occurrences in zip(scored, counts, strict=True):
            yield plan, evaluation, occurrences
        return
    for values, occurrences in zip(rows.tolist(), counts, strict=True):
        yield task.decode(dict(zip(labels, values, strict=True))), None, occurrences


def _with_notes(answer: Answer, solver: str, task: Task) -> dict[str, Any]:
    """The answer's `info`, and a note where the solver has outlasted its time limit by far."""
    late = 0.0 if task.deadline is None else time.perf_counter() - task.deadline
    if late <= NOTED:
        return answer.info
    note = f"{solver} ended {late:.1f} s after its time_limit of {task.time_limit:g} s"
    return answer.info | {"notes": [*answer.info.get("notes", []), note]}


def _status(plans: tuple[Ranked[Any], ...], answer: Answer) -> Status:
    if plans and plans[0].evaluation.feasible:
        return Status.FEASIBLE
    return Status.INFEASIBLE_PROVED if answer.infeasible else Status.NONE_FOUND


def _plan_of(problem: Problem[Any], initial: Any) -> Any:
    """As a plan; values by variable are one of a bare model. Raises QoptError for anything else."""
    if isinstance(problem, Model) and isinstance(initial, Mapping):
        return Assignment(dict(initial))
    plan = initial is None or hasattr(initial, "to_dict")
    require(plan, "initial", initial, "a plan of the problem, as a result's `best` is")
    return initial


def _keeps_a_journal(solver: Solver) -> bool:
    """Whether it, or the solver of its parts, takes up again what it submitted before."""
    part = getattr(solver, "subsolver", None)
    return bool(getattr(solver, "resumable", False)) or (part is not None and is_resumable(part))
