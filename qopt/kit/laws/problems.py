"""What every problem, solver and sampler owes, as checks that an author runs in tests of their own.

    from qopt.kit.laws import check_problem

    def test_crew_pairing_keeps_the_laws() -> None:
        check_problem(CrewPairing.generate(pairings=6))

Give a small instance, of at most some hundred variables. Each check draws at random, the same for
the same seed, and raises `Broken`, an AssertionError, which says what was found and what is owed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import QoptError
from ...problem import (
    Approximate,
    Constructive,
    Evaluation,
    Improvable,
    ModelSize,
    Neighbourhood,
    Neighbourhoods,
    Problem,
    better,
)
from ...solver import Answer, Solver, Task

if TYPE_CHECKING:
    import dimod
    import numpy as np

NEAR = 1e-6  # relative and absolute, within which two sums of the same terms are the same
PARTS = (8, 40, 200)  # variables of the parts that are asked for


class Broken(AssertionError):
    """What was found, and what is owed."""


def check_problem(problem: Problem[Any], *, seed: int = 0, trials: int = 20) -> int:
    """Check a problem's model, plans and parts against its own `evaluate`; returns how many plans were feasible.

    Its size is what its formula says. A plan survives JSON. The assignment of a plan decodes to the
    plan. Where the model is exact that assignment is feasible just where the plan is, its energy is
    the plan's objective, negated where the problem maximises, and no feasible assignment is worth
    more than its plan. A local search makes nothing worse. A part is no larger than asked, and a
    plan of it, put back, changes the whole's objective as it changes the part's.
    """
    import numpy as np

    random, feasible = np.random.default_rng(seed), 0
    cqm = problem.model()
    _hold(problem.model_size() == model_size(cqm), "model_size() is what model() has", cqm)
    plans: list[tuple[Any, Evaluation]] = []
    for _ in range(trials):
        sample = drawn(problem, random)
        plans.append((problem.decode(sample), judged(problem, sample)))
    if isinstance(problem, Constructive):
        plans.append((greedy := problem.greedy(), problem.evaluate(greedy)))
        _hold(problem.greedy() == greedy, "greedy() is the same each time", greedy)
    for plan, score in plans:
        feasible += score.feasible
        read = type(plan).from_dict(json.loads(json.dumps(plan.to_dict())))
        _hold(read == plan, "a plan that was written as JSON and read is the same", plan)
        _hold(problem.evaluate(plan) == score, "evaluate() is the same each time", plan)
        if isinstance(problem, Improvable):
            _check_improved(problem, plan, score)
        if isinstance(problem, Neighbourhoods) and score.feasible:
            _check_parts(problem, plan, random)
    return feasible


def judged(problem: Problem[Any], sample: Mapping[Any, float]) -> Evaluation:
    """The score of an assignment's plan, after the checks of `check_problem` on the two."""
    cqm, sign = problem.model(), 1 if problem.sense == "min" else -1
    plan = problem.decode(sample)
    score, kept = problem.evaluate(plan), cqm.check_feasible(dict(sample))
    try:
        own = problem.encode(plan)
    except QoptError as error:
        _hold(not kept, f"the plan of a feasible assignment has one: {error}", plan)
        return score
    _hold(problem.decode(own) == plan, "decode(encode(plan)) is the plan", plan)
    if isinstance(problem, Approximate) and not problem.model_is_exact:
        return score
    told = f"{plan}, scored {score}"
    _hold(
        cqm.check_feasible(own) == score.feasible,
        "the assignment of a plan is feasible just where the plan is",
        told,
    )
    if score.feasible:
        energy = cqm.objective.energy(own)
        _hold(
            math.isclose(energy, sign * score.objective, rel_tol=NEAR, abs_tol=NEAR),
            f"the energy of a plan's assignment, {energy}, is its objective",
            told,
        )
    if kept:
        energy = cqm.objective.energy(sample)
        _hold(score.feasible, "a feasible assignment has a feasible plan", told)
        _hold(
            sign * score.objective <= energy + NEAR * max(1.0, abs(score.objective)),
            f"no feasible assignment, as one of {energy}, is worth more than its plan",
            told,
        )
    return score


def drawn(
    problem: Problem[Any], random: np.random.Generator, ones: float = 0.3
) -> dict[Any, float]:
    """An assignment at random, within the bounds; `ones` is the share of binaries that are 1.

    Three times in four each row that asks for exactly one of its variables has one: few others
    decode to plans.
    """
    cqm = problem.model()
    sample: dict[Any, float] = {}
    for label in cqm.variables:
        low, high = cqm.lower_bound(label), cqm.upper_bound(label)
        binary = (low, high) == (0, 1)
        sample[label] = float(random.random() < ones) if binary else _whole(low, high, random)
    if random.random() < 0.75:
        for row in cqm.constraints.values():
            biases = row.lhs.linear
            if row.sense.value == "==" and set(biases.values()) == {1.0}:
                group = list(biases)
                sample |= dict.fromkeys(group, 0.0) | {group[int(random.integers(len(group)))]: 1.0}
    return sample


def part_of(
    problem: Any, plan: Any, kind: str, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """A part of a plan, after these checks: no larger than `size`, and put back it changes nothing."""
    found: Neighbourhood | None = problem.neighbourhood(plan, kind, size, random)
    if found is not None:
        sized = found.problem.model_size()
        _hold(sized == model_size(found.problem.model()), "a part's size is its model's", kind)
        _hold(0 < sized.variables <= size, f"a part has at most {size} variables", sized)
        _hold(
            problem.evaluate(found.back(found.plan)) == problem.evaluate(plan),
            "the present plan of a part, put back, scores as the whole does",
            kind,
        )
    return found


def moves_as_the_whole(
    problem: Any, part: Neighbourhood, random: np.random.Generator, trials: int = 6
) -> int:
    """How many plans of the part, drawn at random, are feasible, each after these checks.

    Put back it is feasible, and the whole gains what the part gains. Of a small model some are drawn
    from all that keep its constraints, of which few are found at random.
    """
    inner, feasible = part.problem, 0
    before, before_inside = problem.evaluate(part.back(part.plan)), inner.evaluate(part.plan)
    kept = _feasible_assignments(inner.model(), random, trials)
    for sample in [*kept, *(drawn(inner, random) for _ in range(trials))]:
        again = inner.decode(sample)
        inside, now = inner.evaluate(again), problem.evaluate(part.back(again))
        if inside.feasible:
            feasible += 1
            _hold(now.feasible, "a feasible plan of a part, put back, is feasible", again)
            gain, inner_gain = (
                old.objective - new.objective
                for old, new in ((before, now), (before_inside, inside))
            )
            _hold(
                math.isclose(gain, inner_gain, rel_tol=NEAR, abs_tol=NEAR),
                f"the whole gains what the part gains, {inner_gain}, and not {gain}",
                again,
            )
    return feasible


def check_solver(
    solver: Solver, problem: Problem[Any], *, seed: int = 0, time_limit: float | None = 1.0
) -> Answer:
    """Check what a solver brings back of a small problem; returns it.

    It says in a line what it is, what it needs and what is missing. Its plans can be scored. No
    feasible plan passes its bound, unless the model is not exact and it did not read the problem's
    own data; and what it calls infeasible has no feasible plan. The same seed gives the same answer
    where it is replayable and had no time limit. An interrupt ends it.
    """
    for name in ("summary", "needs"):
        told = getattr(solver, name, "")
        _hold(bool(told) and "\n" not in told, f"`{name}` says it in a line", told)
    _hold(solver.missing() is None, "nothing is missing here", solver.missing())
    answer, scores = _answered(solver, problem, Task(problem, time_limit, seed))
    best = _best(problem, scores)
    exact = not isinstance(problem, Approximate) or problem.model_is_exact
    if best is not None and (exact or answer.direct):
        sign = 1 if problem.sense == "min" else -1
        near = NEAR * max(1.0, abs(best))
        bound = -math.inf if answer.bound is None else answer.bound
        _hold(bound <= sign * best + near, "no plan is better than the bound", (bound, best))
        _hold(not answer.infeasible, "what has a feasible plan is not infeasible", best)
    if time_limit is None and answer.replayable:
        again, _ = _answered(solver, problem, Task(problem, None, seed))
        _hold(again.plans == answer.plans, "the same seed gives the same plans", seed)
        if answer.samples is not None and again.samples is not None:
            same = answer.samples.record.sample.tobytes() == again.samples.record.sample.tobytes()
            _hold(same, "the same seed gives the same samples", seed)
    stopped, _ = _answered(solver, problem, Task(problem, 60.0, seed, interrupt=lambda: True))
    _hold(stopped.stopped_by in ("interrupt", "done", "sweeps"), "an interrupt ends it", stopped)
    return answer


def check_sampler(sampler: dimod.Sampler, *, seed: int = 0, **parameters: Any) -> dimod.SampleSet:
    """Check a dimod sampler of models without constraints; returns its samples of a small one.

    Every variable has a value of the model's type, and every energy is the model's.
    """
    import dimod
    import numpy as np

    random = np.random.default_rng(seed)
    for vartype in ("SPIN", "BINARY"):
        bqm = dimod.BinaryQuadraticModel(vartype)
        for k in range(12):
            bqm.add_linear(f"v{k}", float(random.integers(-3, 4)))
            for other in range(k):
                if random.random() < 0.4:
                    bqm.add_quadratic(f"v{k}", f"v{other}", float(random.integers(-3, 4)))
        found = sampler.sample(bqm, **parameters)
        _hold(len(found) > 0, "there are samples", found)
        _hold(set(found.variables) == set(bqm.variables), "every variable has a value", found)
        _hold(found.vartype is bqm.vartype, f"values are of the model's type, {vartype}", found)
        energies = bqm.energies((found.record.sample, list(found.variables)))
        same = np.allclose(energies, found.record.energy, rtol=NEAR, atol=NEAR)
        _hold(same, "every energy is the model's", found)
    return found


def model_size(cqm: dimod.ConstrainedQuadraticModel) -> ModelSize:
    """The size of a model, counted: couplings are the products of objective and constraints."""
    products = [comparison.lhs.num_interactions for comparison in cqm.constraints.values()]
    return ModelSize(
        len(cqm.variables), cqm.objective.num_interactions + sum(products), len(cqm.constraints)
    )


def _feasible_assignments(
    cqm: dimod.ConstrainedQuadraticModel, random: np.random.Generator, count: int
) -> list[dict[Any, float]]:
    """At most `count` different ones, drawn from all; none of a model of more than 12 binaries."""
    import dimod
    import numpy as np

    n = len(cqm.variables)
    if not 0 < n <= 12 or any(cqm.vartype(label) is not dimod.BINARY for label in cqm.variables):
        return []
    bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    labelled = (bits.astype(np.int8), list(cqm.variables))
    scored = dimod.SampleSet.from_samples_cqm(labelled, cqm).record
    chosen = random.permutation(np.flatnonzero(scored.is_feasible))[:count].tolist()
    return [dict(zip(cqm.variables, bits[k].astype(float).tolist(), strict=True)) for k in chosen]


def _check_improved(problem: Any, plan: Any, score: Evaluation) -> None:
    improved = problem.improve(plan)
    now = problem.evaluate(improved)
    _hold(problem.improve(plan) == improved, "improve() is the same each time", plan)
    if score.feasible:
        _hold(now.feasible, "what improve() makes of a feasible plan is feasible", improved)
        worse = better(problem.sense, score.objective, now.objective)
        _hold(not worse, "improve() makes no plan worse", (score.objective, now.objective))


def _check_parts(problem: Any, plan: Any, random: np.random.Generator) -> None:
    for kind in problem.kinds:
        for size in PARTS:
            part = part_of(problem, plan, kind, size, random)
            exact = part is None or (
                not isinstance(part.problem, Approximate) or part.problem.model_is_exact
            )
            if part is not None and exact:
                moves_as_the_whole(problem, part, random, trials=2)


def _answered(solver: Solver, problem: Problem[Any], task: Task) -> tuple[Answer, list[Evaluation]]:
    """An answer, and what its plans and samples are worth."""
    answer = solver.solve(task)
    plans = list(answer.plans)
    if answer.samples is not None:
        plans += [problem.decode(dict(sample)) for sample in answer.samples.samples()]
    return answer, [problem.evaluate(plan) for plan in plans]


def _best(problem: Problem[Any], scores: list[Evaluation]) -> float | None:
    feasible = [score.objective for score in scores if score.feasible]
    if not feasible:
        return None
    return min(feasible) if problem.sense == "min" else max(feasible)


def _whole(low: float, high: float, random: np.random.Generator) -> float:
    return float(random.integers(math.ceil(low), math.floor(min(high, low + 1000)) + 1))


def _hold(holds: bool, owed: str, found: object) -> None:
    if not holds:
        raise Broken(f"owed: {owed}; found: {found}")
