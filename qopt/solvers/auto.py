"""Solver `auto`, the default: the one of qopt's own solvers that measurements say suits the
problem.

A model of bits without constraints goes to `qubo-annealer`, which looks for those that somebody has
made penalties of. Of the others the whole is annealed by `annealer`, or a plan is improved in parts
by `hybrid`: `python -m tests.benchmarks.whole_or_parts` measures both on twenty kinds of problems
from small to large. Where a problem has a local search that knows its structure (routes, tours,
shops, projects), parts win at every size, by 2 to 250 %; elsewhere the whole wins, by up to 70 %,
until the model is so large that an anneal comes to nothing. A problem says where that is by
`anneal_whole_up_to`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from ..errors import ModelTooLarge, QoptError, TimeTooShort
from ..plugins import make_solver, solver_class
from ..problem import Approximate, Constructive, Neighbourhoods, Sized
from ..solver import COUPLING_LIMIT, VARIABLE_LIMIT, Answer, Task

# variables up to which a model is annealed whole, of problems that do not say otherwise: in 5 s
# whole anneals were better by 12 % at 18,000 (facilities) and 16 % at 11,000 (timetables); at
# 67,000 (bins) they found nothing, and at 80,000 (timetables) they were three times as far off
WHOLE = 40_000

# variables up to which an exact model is presolved before a plan is improved in parts, which would
# prove nothing; that is a part of compiling, and takes some tenths of a second
PRESOLVED = 3000

QUBO, WHOLE_MODEL, PARTS = "qubo-annealer", "annealer", "hybrid"


@dataclass(frozen=True)
class Auto:
    """One of `annealer`, `hybrid` and `qubo-annealer`, which explain the parameters.

    Only solvers that have all the parameters given are chosen from: `num_rounds=` means `hybrid`.
    Where the first choice cannot keep the time limit, or the model is too large for it, the next
    is taken. The answer's `info` names the solver as "chosen", and the reason as "why".
    """

    num_reads: int | None = None
    num_sweeps: Any = None
    method: str | None = None
    temperature_range: tuple[float, float] | None = None
    beta_range: tuple[float, float] | None = None
    num_replicas: int | None = None
    num_threads: int | None = None
    penalties: Any = None
    structure: str | None = None
    num_rounds: int | None = None
    breadth: int | None = None
    size: int | None = None
    subsolver: str | None = None
    subparameters: Mapping[str, Any] | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = "annealer, hybrid or qubo-annealer: what measurements say suits the problem"
    needs: ClassVar = "nothing"

    def __post_init__(self) -> None:
        given = self._given()
        able = [name for name in (WHOLE_MODEL, PARTS, QUBO) if not _lacking(name, given)]
        if not able:
            together = " and ".join(f"{name}=" for name in given)
            raise QoptError(
                f"none of the solvers that 'auto' chooses from takes {together} together: name a "
                "solver"
            )
        for name in able:
            make_solver(name, given)  # which refuses what is out of range

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        given, passed = self._given(), list[str]()
        if task.time_limit is None and not {"num_sweeps", "num_rounds"} & given.keys():
            raise QoptError("solver 'auto' needs a time_limit or num_sweeps or num_rounds")
        error: QoptError | None = None
        for name, why in ranking(task):
            if lacking := _lacking(name, given):
                passed.append(f"{name} has no {' and no '.join(lacking)}")
                continue
            try:
                answer = make_solver(name, given).solve(task)
            except (TimeTooShort, ModelTooLarge) as refusal:
                error = error or refusal
                passed.append(f"{name} refused: {refusal}")
                continue
            answer.info |= {"chosen": name, "why": "; ".join([*passed, why])}
            return answer
        if error is not None:
            raise error
        if _lacking(QUBO, given):  # as num_rounds= of a problem without neighbourhoods
            raise QoptError(f"solver 'auto' has none left for this problem: {'; '.join(passed)}")
        answer = make_solver(QUBO, given).solve(task)
        answer.info |= {"chosen": QUBO, "why": "; ".join(passed)}
        return answer

    def _given(self) -> dict[str, Any]:
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value is not None}


def _lacking(name: str, given: Mapping[str, Any]) -> list[str]:
    """The parameters given that a solver does not have.

    A mapping of `num_sweeps` is of two roads, which a QUBO's annealer alone takes.
    """
    chosen: Any = solver_class(name)
    known = {field.name for field in fields(chosen)}
    lacking = [parameter for parameter in given if parameter not in known]
    if name == WHOLE_MODEL and isinstance(given.get("num_sweeps"), Mapping):
        lacking.append("num_sweeps of two roads")
    return lacking


def ranking(task: Task) -> Iterator[tuple[str, str]]:
    """Solvers with the reason of each, the best first."""
    problem, size = task.problem, task.problem.model_size()
    count = f"{size.variables} variables"
    fits = size.variables <= VARIABLE_LIMIT and size.couplings <= COUPLING_LIMIT
    is_qubo = not size.constraints and fits and _is_binary(task)
    if is_qubo:
        yield QUBO, f"its model has {count} of two values and no constraints"
    most = problem.anneal_whole_up_to if isinstance(problem, Sized) else WHOLE
    whole = WHOLE_MODEL, f"its model of {count} is small enough to be annealed whole"
    if not isinstance(problem, Neighbourhoods):
        yield whole
    elif isinstance(problem, Constructive) and size.variables > most:
        exact = not isinstance(problem, Approximate) or problem.model_is_exact
        if exact and fits and size.variables <= PRESOLVED and _is_impossible(task):
            yield WHOLE_MODEL, "presolve of its model proves that no assignment is feasible"
        reason = f"a model of {count} is better solved in parts"
        yield PARTS, reason if most else "problems of its kind are better solved in parts"
        yield WHOLE_MODEL, "the whole model is annealed"
    else:
        yield whole
        yield PARTS, "a plan is improved in parts"


def _is_binary(task: Task) -> bool:
    import dimod

    cqm = task.cqm
    return all(cqm.vartype(v) in (dimod.BINARY, dimod.SPIN) for v in cqm.variables)


def _is_impossible(task: Task) -> bool:
    """Whether presolve, or its groups, show that the model has no feasible assignment."""
    from ..compiler.model.arrays import ModelArrays
    from ..samplers.cqm_run import CqmRun

    cqm = task.cqm
    with task.timing("compile"):
        ready = CqmRun(num_reads=1, num_sweeps=1).ready(ModelArrays.from_cqm(cqm))
    return ready.impossible is not None
