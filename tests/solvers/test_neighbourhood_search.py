"""Solver `hybrid` on bare models, whose neighbourhoods are freed groups."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import dimod
import numpy as np
import pytest

import qopt
from qopt import Evaluation, Improvable, Neighbourhood, QoptError, UnknownName, Violation
from qopt.assignment import Assignment, Model
from qopt.compiler.sources.sources import Source
from qopt.errors import NotEmbedded
from qopt.samplers.cqm_run import CqmRun
from qopt.solver import Answer, Task
from qopt.solvers.annealer import Annealer
from qopt.solvers.neighbourhood_search import NeighbourhoodSearch
from qopt.solvers.neighbourhoods import search as page
from qopt.solvers.neighbourhoods.annealer import CLEANED
from qopt.solvers.neighbourhoods.choice import Choice
from qopt.solvers.neighbourhoods.parts import Solution, Unlearning
from qopt.solvers.neighbourhoods.position import Position, rank
from qopt.solvers.neighbourhoods.search import Search


def qap(n: int = 9, seed: int = 0) -> dimod.ConstrainedQuadraticModel:
    """Facilities in a row, flows between all: each to one place."""
    random = np.random.default_rng(seed)
    flow = np.triu(random.integers(0, 9, (n, n)), 1)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary(f"x[{i},{j}]") for j in range(n)] for i in range(n)]
    pairs = [(i, k) for i in range(n) for k in range(n) if flow[i, k]]
    cqm.set_objective(
        dimod.quicksum(
            float(flow[i, k] * abs(a - b)) * x[i][a] * x[k][b]
            for i, k in pairs
            for a in range(n)
            for b in range(n)
            if a != b
        )
    )
    for i in range(n):
        cqm.add_constraint(dimod.quicksum(x[i]) == 1, label=f"facility[{i}]")
        cqm.add_constraint(dimod.quicksum(row[i] for row in x) == 1, label=f"place[{i}]")
    return cqm


def in_order(n: int = 9) -> Assignment:
    return Assignment({f"x[{i},{j}]": float(i == j) for i in range(n) for j in range(n)})


def _solve(cqm: Any, **changes: Any) -> Any:
    return qopt.solve(
        cqm,
        solver="hybrid",
        **({"num_rounds": 30, "size": 16, "time_limit": None, "seed": 1} | changes),
    )


def test_it_finds_the_optimum_through_small_parts() -> None:
    optimum = qopt.solve(
        qap(7), solver="annealer", num_sweeps=2000, time_limit=None, seed=1
    ).objective
    assert _solve(qap(7), num_rounds=60).objective == pytest.approx(optimum)


def test_same_seed_same_answer_on_any_number_of_threads() -> None:
    one, two, other = (
        _solve(qap(), initial=in_order(), num_threads=t, seed=s)
        for t, s in ((1, 1), (2, 1), (2, 2))
    )
    assert one.best == two.best
    assert one.provenance["solver"]["gains"] == two.provenance["solver"]["gains"]
    assert (
        one.provenance["solver"]["neighbourhoods"] != other.provenance["solver"]["neighbourhoods"]
    )


def test_a_timed_run_is_replayed_by_its_rounds() -> None:
    timed = _solve(qap(), num_rounds=None, time_limit=1.0)
    rounds = timed.provenance["solver"]["num_rounds"]
    assert timed.stopped_by == "time"
    assert rounds > 2
    assert _solve(qap(), num_rounds=rounds).best == timed.best


@pytest.mark.parametrize(("reason", "part"), [("time", 0), ("interrupt", 1)])
def test_a_round_of_which_a_part_was_cut_is_dropped(
    reason: Any, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is that of the rounds before, whatever was found in the one of which a part was
    cut.
    """
    solve = Annealer.solve
    run: dict[str, Any] = {"initial": in_order(), "num_threads": 1, "seed": 4}
    replays = [_solve(qap(), **run | {"num_rounds": rounds}) for rounds in range(1, 5)]
    objectives = [replay.objective for replay in replays]
    assert objectives == sorted(set(objectives), reverse=True)  # each round found something
    for rounds, replay in enumerate(replays[:3], 1):
        count = iter(range(1000))

        def cut(
            self: Annealer, task: Task, last: int = 2 * rounds + part, calls: Any = count
        ) -> Any:
            answer = solve(self, task)
            return replace(answer, stopped_by=reason) if next(calls) == last else answer

        with monkeypatch.context() as patch:
            patch.setattr(Annealer, "solve", cut)
            result = _solve(qap(), **run)
        assert result.stopped_by == reason
        assert result.provenance["solver"]["num_rounds"] == rounds
        assert result.best == replay.best


@pytest.mark.parametrize("rounds", [1, 10])
def test_it_is_never_worse_than_the_plan_given(rounds: int) -> None:
    model = Model.of(qap())
    start = model.evaluate(in_order()).objective
    result = _solve(model, initial=in_order(), num_rounds=rounds)
    assert result.provenance["solver"]["start"] == start
    assert result.objective <= start


def test_the_account_adds_up() -> None:
    result = _solve(qap(), initial=in_order())
    account = result.provenance["solver"]
    assert account["start"] - account["gain"] == pytest.approx(result.objective)
    assert sum(account["gains"].values()) == pytest.approx(account["gain"])
    assert account["gain"] > 0
    tried = sum(arm["tried"] for arm in account["neighbourhoods"])
    assert tried == 30 * 2
    line = next(line for line in str(result).splitlines() if "better than" in line)
    start = f"{account['start']:.10g} it began with"
    assert line == f"{account['gain']:.6g} better than the {start}: groups 100%"
    assert 0 < sum(arm["improved"] for arm in account["neighbourhoods"]) <= tried


@dataclass
class Polished(Model):
    """A model with a local search: the first exchange of two facilities that improves, repeated."""

    n: int
    kinds: ClassVar = ("groups",)

    def __init__(self, n: int) -> None:
        super().__init__(Source.of(qap(n)))
        self.n = n

    def improve(self, plan: Assignment) -> Assignment:
        return plan if self.evaluate(plan).objective <= 0 else self._best_swap(plan)

    def _best_swap(self, plan: Assignment) -> Assignment:
        place = [
            next(j for j in range(self.n) if plan.values[f"x[{i},{j}]"]) for i in range(self.n)
        ]
        best, score = plan, self.evaluate(plan).objective
        for i in range(self.n):
            for k in range(i):
                other = place.copy()
                other[i], other[k] = other[k], other[i]
                swapped = Assignment(
                    {
                        f"x[{f},{j}]": float(other[f] == j)
                        for f in range(self.n)
                        for j in range(self.n)
                    }
                )
                if (found := self.evaluate(swapped).objective) < score:
                    best, score = swapped, found
        return best


def test_what_local_search_gained_is_told_apart() -> None:
    problem = Polished(7)
    assert isinstance(problem, Improvable)
    account = _solve(problem, initial=in_order(7), num_rounds=5).provenance["solver"]
    first = (
        problem.evaluate(in_order(7)).objective
        - problem.evaluate(problem.improve(in_order(7))).objective
    )
    assert account["gains"]["local search"] >= first > 0
    assert sum(account["gains"].values()) == pytest.approx(account["gain"])


def test_what_local_search_gains_behind_a_part_that_was_no_better_is_both_s() -> None:
    problem, plan = Polished(6), in_order(6)
    search = Search(
        Task(problem, None, 1, None), problem, Unlearning(Annealer()), Choice(problem.kinds, 16), 1
    )
    start = Position(plan, problem.evaluate(plan), {})
    level = search._improved(start.moved(plan, start.evaluation, "groups"), since=start)
    assert level.gains == {
        "groups and local search": start.evaluation.objective - level.evaluation.objective
    }
    better = problem.improve(plan)
    ahead = search._improved(start.moved(better, problem.evaluate(better), "groups"), since=start)
    assert (
        ahead.gains["groups"] == start.evaluation.objective - problem.evaluate(better).objective > 0
    )
    assert set(ahead.gains) <= {"groups", "local search"}


def test_a_part_is_credited_with_what_it_gained_on_the_plan_it_is_a_part_of() -> None:
    """Two parts of one round: the first gains more, and the second is no failure beside it."""
    problem, plan = Polished(6), in_order(6)
    search = Search(
        Task(problem, None, 1, None), problem, Unlearning(Annealer()), Choice(problem.kinds, 16), 2
    )
    base = Position(plan, problem.evaluate(plan), {})
    best = _solve(qap(6), num_rounds=60).best
    better = problem.improve(plan)
    gained = base.evaluation.objective - problem.evaluate(better).objective
    assert 0 < gained < base.evaluation.objective - problem.evaluate(best).objective
    search.present = search.best = base.moved(best, problem.evaluate(best), "groups")
    search.seen = deque([plan])
    taken: list[Position] = []
    search._improved = lambda position, since=None: taken.append(position) or position
    arm, part = search.choice.arms[0], Neighbourhood(problem, plan, lambda found: found)
    late = base.rank("min")
    search._accept(base, arm, part, better, late)
    assert taken[0].gains == {"groups": gained}
    assert (arm.tried, arm.improved) == (1, 1)
    assert search.best.plan == best


@dataclass(frozen=True)
class InOneCall(Annealer):
    """An annealer that takes the parts of a round in one call, and charges for each."""

    calls: list[int] = field(default_factory=list, hash=False, compare=False)
    fails: QoptError | None = None

    def solve_together(self, tasks: Sequence[Task]) -> list[Answer | QoptError]:
        self.calls.append(len(tasks))
        answers: list[Answer | QoptError] = [self.solve(task) for task in tasks]
        for answer in answers:
            answer.info["device_seconds"] = 0.25
        if self.fails is not None:
            answers[0] = self.fails
        return answers


def _together(solver: InOneCall, ended: str = "sweeps") -> Search:
    problem = Polished(6)
    task = Task(problem, None, 1, in_order(6))
    search = Search(task, problem, Unlearning(solver), Choice(problem.kinds, 16), 3)
    task.start()
    assert search.run(4, 1) == ended
    return search


def test_a_solver_that_takes_several_parts_gets_those_of_a_round_in_one_call() -> None:
    solver = InOneCall(num_sweeps=50)
    search = _together(solver)
    assert solver.calls == [3] * 4
    assert search.info()["device_seconds"] == 3.0
    alone = Search(
        Task(search.problem, None, 1, in_order(6)),
        search.problem,
        Unlearning(Annealer(num_sweeps=50)),
        Choice(search.problem.kinds, 16),
        3,
    )
    alone.task.start()
    alone.run(4, 1)
    assert search.best.plan == alone.best.plan
    assert "device_seconds" not in alone.info()


def test_a_part_that_fails_alone_leaves_the_others_of_its_round() -> None:
    solver = InOneCall(num_sweeps=50, fails=NotEmbedded("too dense"))
    search = _together(solver)
    assert search.rounds == 4
    info = search.info()
    assert info["device_seconds"] == 2.0
    assert info["parts_too_large"] == {"count": 4, "why": ["too dense"]}
    assert info["notes"] == [
        "4 parts had no place at the other solver, and changed nothing: too dense"
    ]
    broken = InOneCall(num_sweeps=50, fails=QoptError("the service is gone"))
    ended = _together(broken, "failure").info()
    assert len(broken.calls) == 1
    assert ended["notes"] == [
        "ended in round 1, with the best plan until then: the service is gone"
    ]
    assert ended["device_seconds"] == 0.5


def test_a_subsolver_that_fails_from_the_beginning_is_an_error() -> None:
    class Gone(InOneCall):
        def solve_together(self, tasks: Sequence[Task]) -> list[Answer | QoptError]:
            return [QoptError("the service is gone")] * len(tasks)

    with pytest.raises(QoptError, match="the service is gone"):
        _together(Gone(num_sweeps=50))


@pytest.mark.parametrize(("problem", "sweeps"), [(Polished(6), CLEANED), (Model.of(qap(6)), 200)])
def test_parts_are_annealed_for_longer_where_nothing_cleans_up(
    problem: Any, sweeps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, solve = set(), Annealer.solve
    monkeypatch.setattr(
        Annealer,
        "solve",
        lambda self, task: (taken.add((self.method, self.num_sweeps)), solve(self, task))[1],
    )
    _solve(problem, initial=in_order(6), num_rounds=10)
    assert {spent for method, spent in taken if method == "annealing"} == {sweeps}
    taken.clear()
    _solve(
        problem,
        initial=in_order(6),
        num_rounds=10,
        subparameters={"method": "annealing", "num_sweeps": 30, "num_threads": 1},
    )
    assert {spent for method, spent in taken if method == "annealing"} == {30}


@pytest.mark.parametrize(
    ("subsolver", "parameters"),
    [("qubo-annealer", None), ("exact", {}), ("annealer", {"num_sweeps": 20})],
)
def test_any_solver_takes_the_parts(subsolver: str, parameters: dict[str, Any] | None) -> None:
    start = Model.of(qap()).evaluate(in_order()).objective
    result = _solve(
        qap(), subsolver=subsolver, subparameters=parameters, initial=in_order(), num_rounds=12
    )
    assert result.objective < start
    assert result.provenance["solver"]["subsolver"] == subsolver


def test_feasible_samples_of_a_part_are_looked_at_before_lower_ones_that_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The subsolver gives back every assignment; in a part of an assignment nothing is lower than
    to place nothing at all.
    """

    def everything(self: Annealer, task: Task) -> Answer:
        every = dimod.ExactCQMSolver().sample_cqm(task.cqm)
        assert not every.first.is_feasible
        return Answer(samples=every, stopped_by="sweeps")

    monkeypatch.setattr(Annealer, "solve", everything)
    start = Model.of(qap()).evaluate(in_order()).objective
    assert _solve(qap(), initial=in_order(), num_rounds=10, size=9).objective < start


class Stubborn:
    """A problem whose parts are never any better, and whose last kind has none at all."""

    sense: ClassVar = "max"
    kinds: ClassVar = ("worse", "none")
    sizes: ClassVar[list[int]] = []

    def __init__(self) -> None:
        self.inner = Model.of(qap(4))

    def greedy(self) -> Assignment:
        return in_order(4)

    def evaluate(self, plan: Assignment) -> Evaluation:
        return Evaluation(float(plan == in_order(4)))

    def neighbourhood(
        self,
        plan: Assignment,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        self.sizes.append(size)
        assert seen
        if kind == "none":
            return None
        return Neighbourhood(
            self.inner, plan, lambda part: Assignment(dict.fromkeys(part.values, 0.0))
        )

    def model(self) -> Any:
        raise AssertionError("the whole model is never built")

    decode = encode = model_size = model


class Scripted(Stubborn):
    """The first part makes the plan better, and the second worse again, though not as bad as it
    was.
    """

    sense: ClassVar = "min"
    kinds: ClassVar = ("steps",)
    objectives: ClassVar = {"greedy": 5.0, "first": 3.0, "second": 4.0}

    def greedy(self) -> Assignment:
        return Assignment({"greedy": 1.0})

    def evaluate(self, plan: Assignment) -> Evaluation:
        return Evaluation(self.objectives[next(iter(plan.values))])

    def neighbourhood(self, plan: Assignment, *_: Any, seen: Sequence[Any] = ()) -> Neighbourhood:
        after = {"greedy": "first", "first": "second", "second": "second"}
        following = Assignment({after[next(iter(plan.values))]: 1.0})
        return Neighbourhood(self.inner, in_order(4), lambda part: following)


def test_the_best_plan_is_the_answer_where_the_search_went_on_from_a_worse_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Solution(Assignment({"part": 1.0}))
    monkeypatch.setattr(page, "solved", lambda *_: found)
    seen: list[Any] = []
    accept = Search._accept
    monkeypatch.setattr(
        Search,
        "_accept",
        lambda self, *rest: (accept(self, *rest), seen.append(self.present.plan))[0],
    )
    result = _solve(Scripted(), num_rounds=2, breadth=1, num_threads=1)
    assert [next(iter(plan.values)) for plan in seen] == ["first", "second"]
    assert result.best.values == {"first": 1.0}
    assert result.objective == 3
    assert result.provenance["solver"]["gain"] == 2


def test_the_best_plan_stays_and_the_whole_model_is_never_built() -> None:
    problem = Stubborn()
    result = _solve(problem, num_rounds=25, size=100, seed=3)
    assert result.best == in_order(4)
    assert result.objective == 1.0
    assert max(Stubborn.sizes) == 100
    assert all(arm["improved"] == 0 for arm in result.provenance["solver"]["neighbourhoods"])


def test_deadlines_and_interrupts() -> None:
    cqm = qap(16)
    _solve(cqm, num_rounds=1)  # kernels compiled
    result = _solve(cqm, num_rounds=None, time_limit=0.7, size=256, initial=in_order(16))
    assert result.timing["sample"] <= 0.9
    calls = iter(range(10**9))
    result = _solve(
        cqm,
        num_rounds=None,
        time_limit=60,
        interrupt=lambda: next(calls) > 50,
        initial=in_order(16),
    )
    assert result.stopped_by == "interrupt"
    assert result.timing["sample"] < 30


def test_parts_that_come_back_without_a_plan_leave_the_plan_as_it_is() -> None:
    result = _solve(
        qap(), initial=in_order(), num_rounds=3, subsolver="exact", subparameters={"limit": 2}
    )
    assert result.best == in_order()
    assert result.stopped_by == "sweeps"


def test_misuse_is_told_in_one_line() -> None:
    with pytest.raises(QoptError, match=r"needs a time_limit or num_rounds"):
        _solve(qap(), num_rounds=None)
    with pytest.raises(QoptError, match=r"subsolver='hybrid': give a solver of whole problems"):
        _solve(qap(), subsolver="hybrid")
    with pytest.raises(UnknownName, match=r"no solver named 'anealer'; did you mean annealer"):
        _solve(qap(), subsolver="anealer")
    with pytest.raises(UnknownName, match=r"parameter of solver 'annealer' named 'sweeps'"):
        _solve(qap(), subparameters={"sweeps": 3})
    with pytest.raises(QoptError, match=r"size=0: give a whole number, 1 or more"):
        _solve(qap(), size=0)


def test_what_the_subsolver_lacks_is_what_hybrid_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Annealer, "missing", lambda self: "a wrench")
    lacking = NeighbourhoodSearch().missing()
    assert lacking is not None
    assert "a wrench" in lacking


def test_an_unknown_subsolver_is_refused_at_the_door() -> None:
    with pytest.raises(UnknownName, match="no solver named 'anealer'; did you mean annealer"):
        NeighbourhoodSearch(subsolver="anealer")


@pytest.mark.parametrize(("sense", "better"), [("min", 1.0), ("max", 3.0)])
def test_plans_are_ranked_by_how_much_they_break_and_then_by_the_objective(
    sense: Any, better: float
) -> None:
    """And not by how many constraints: two broken by a little are better than one by much."""
    once, twice = (Violation("load", 10.0),), (Violation("load", 0.5), Violation("rest", 0.5))
    worse = 4.0 - better
    order = [
        Evaluation(better),
        Evaluation(worse),
        Evaluation(better, twice),
        Evaluation(worse, twice),
        Evaluation(better, once),
    ]
    ranks = [rank(evaluation, sense) for evaluation in order]
    assert ranks == sorted(set(ranks))


def test_every_anneal_of_parts_has_a_limit_within_that_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits: list[float | None] = []
    plain = CqmRun.__call__

    def told(run: CqmRun, *arguments: Any, **options: Any) -> Any:
        limits.append(run.time_limit)
        return plain(run, *arguments, **options)

    monkeypatch.setattr(CqmRun, "__call__", told)
    _solve(qap(), num_rounds=2, time_limit=30)
    assert len(limits) > 2
    assert all(limit is not None and 0 < limit <= 30 for limit in limits)


def test_progress_is_told_after_each_round_even_where_nothing_is_gained() -> None:
    told: list[qopt.Progress] = []
    _solve(Stubborn(), num_rounds=4, size=100, on_progress=told.append)
    assert {progress.sweeps for progress in told} >= {1, 2, 3, 4}


def test_a_round_that_cannot_end_in_time_is_not_begun() -> None:
    """A cut round is dropped: rounds of a second, with 0.2 s left, would be waited for in vain."""
    problem, plan = Polished(6), in_order(6)
    task = Task(problem, 10.0, 1, plan)
    search = Search(task, problem, Unlearning(Annealer()), Choice(problem.kinds, 16), 1)
    started = task.start()
    assert task.deadline is not None
    search.took.extend([1.0, 2.0])
    task.time_limit = time.perf_counter() - started + 0.2
    assert search._over(None) == "time"
    task.time_limit += 1.5
    assert search._over(None) is None
