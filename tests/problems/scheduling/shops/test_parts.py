"""How shops are improved in parts: the graph of a schedule, local search, windows."""

from __future__ import annotations

import itertools
import math
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.scheduling import FlexibleJobShop, JobShop, Operation, Schedule
from problems.scheduling.shops.disjunctive import DisjunctiveGraph
from problems.scheduling.shops.moves import descended
from problems.scheduling.shops.parts.opening import Opening
from problems.scheduling.shops.parts.window import Mode, Window
from qopt import QoptError
from qopt.kit import laws

from ... import models

KINDS = JobShop.kinds


@st.composite
def _shops(draw: st.DrawFn) -> JobShop | FlexibleJobShop:
    """Up to six jobs that may come back to a machine, with steps of length 0, choices or none."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    jobs, machines = draw(st.integers(2, 6)), draw(st.integers(2, 4))
    flexible = draw(st.booleans())

    def step() -> tuple[tuple[int, int], ...]:
        able = random.permutation(machines)[: random.integers(1, 4) if flexible else 1].tolist()
        return tuple((m, int(random.integers(0, 9)) if random.random() < 0.9 else 0) for m in able)

    rows = tuple(tuple(step() for _ in range(random.integers(1, 6))) for _ in range(jobs))
    return (
        FlexibleJobShop(rows)
        if flexible
        else JobShop(tuple(tuple(choices[0] for choices in job) for job in rows))
    )


def _plan(problem: JobShop | FlexibleJobShop, random: np.random.Generator) -> Schedule:
    """A semi-active schedule at random."""
    order = {
        (j, s): int(random.integers(50))
        for j, job in enumerate(problem.jobs)
        for s in range(len(job))
    }
    if isinstance(problem, JobShop):
        return problem.semi_active(order)
    machines = {
        (j, s): problem.jobs[j][s][random.integers(len(problem.jobs[j][s]))][0] for j, s in order
    }
    return problem.semi_active(order, machines)


def _starts(graph: DisjunctiveGraph) -> dict[int, int]:
    """Earliest starts by pushing every operation until nothing moves."""
    arcs = [(a, b) for a, b in enumerate(graph.following) if b >= 0]
    arcs += [pair for queue in graph.queues for pair in itertools.pairwise(queue)]
    starts = dict.fromkeys(range(len(graph.durations)), 0)
    for _ in starts:
        for a, b in arcs:
            starts[b] = max(starts[b], starts[a] + graph.durations[a])
    return starts


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_shops(), st.integers(0, 99))
def test_heads_tails_and_blocks_are_those_of_the_schedule(problem: Any, seed: int) -> None:
    plan = _plan(problem, np.random.default_rng(seed))
    opening: Any = Opening.of(problem._work, plan)
    graph = opening.graph
    assert graph.makespan == plan.makespan
    assert dict(enumerate(graph.heads)) == _starts(graph)
    assert opening.schedule() == plan
    reverse = [-1] * len(graph.following)
    for a, b in enumerate(graph.following):
        if b >= 0:
            reverse[b] = a
    backwards = DisjunctiveGraph(
        reverse, graph.durations, [list(reversed(queue)) for queue in graph.queues]
    )
    assert graph.tails == backwards.heads
    if plan.makespan:
        path = list(itertools.chain.from_iterable(graph.critical_blocks()))
        assert sum(graph.durations[i] for i in path) == plan.makespan


def test_machine_orders_that_contradict_the_jobs_never_end() -> None:
    """Each job's second step waits for the other's."""
    graph = DisjunctiveGraph([1, -1, 3, -1], [1, 1, 1, 1], [[3, 0], [1, 2]])
    assert graph.makespan == math.inf
    assert graph.reordered(1, [2, 1]).makespan == 4


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_shops(), st.integers(0, 99))
def test_local_search_never_lengthens_and_ends_where_no_move_helps(problem: Any, seed: int) -> None:
    plan = _plan(problem, np.random.default_rng(seed))
    better = problem.improve(plan)
    score = problem.evaluate(better)
    assert score.feasible
    assert score.objective < plan.makespan or better is plan
    opening: Any = Opening.of(problem._work, better)
    graph = opening.graph
    assert descended(graph) is graph


def test_local_search_finds_the_swap_that_helps() -> None:
    """Job 0 is first on machine 0, although job 1 has further to go behind it.

    That is 3 + 3 + 8, against 3 + 8 beside 3 + 3.
    """
    problem = JobShop((((0, 3),), ((0, 3), (1, 8))))
    wrong = problem.semi_active({(0, 0): 0, (1, 0): 1, (1, 1): 2})
    assert (wrong.makespan, problem.improve(wrong).makespan) == (14, 11)


def test_local_search_leaves_alone_what_is_no_schedule() -> None:
    plan = Schedule((Operation(0, 0, 3, 0, 0),))
    assert JobShop((((0, 3),), ((0, 3), (1, 8)))).improve(plan) is plan


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=40, derandomize=True)
@given(problem=_shops(), seed=st.integers(0, 99), size=st.sampled_from([20, 60, 200]))
def test_a_part_is_worth_what_the_whole_is(kind: str, problem: Any, seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    part = laws.part_of(problem, _plan(problem, random), kind, size, random)
    if part is not None:
        laws.moves_as_the_whole(problem, part, random)


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_parts_of_every_kind_and_plans_of_them_at_random(kind: str) -> None:
    """What the law above says is said of some."""
    shops = (
        JobShop.generate(jobs=5, machines=4, seed=1),
        FlexibleJobShop.generate(jobs=6, machines=4, seed=1),
    )
    random, found, feasible = np.random.default_rng(3), 0, 0
    for problem in shops:
        for _ in range(10):
            part = laws.part_of(problem, _plan(problem, random), kind, 100, random)
            if part is not None:
                found, feasible = (
                    found + 1,
                    feasible + laws.moves_as_the_whole(problem, part, random),
                )
    assert found >= 10
    assert feasible >= 20


@pytest.mark.parametrize("kind", ["time", "machines"])
def test_operations_of_a_part_may_change_machines(kind: str) -> None:
    problem, random = FlexibleJobShop.generate(jobs=6, machines=4, seed=2), np.random.default_rng(0)
    plan = _plan(problem, random)
    parts = [problem.neighbourhood(plan, kind, 200, random) for _ in range(10)]
    assert any(len(modes) > 1 for part in parts if part is not None for modes in part.problem.modes)


def test_there_are_parts_where_steps_may_take_any_of_many_machines() -> None:
    """Of 12 machines each, so that 8 variables are not a start for each."""
    problem, random = (
        FlexibleJobShop((((tuple((m, 5) for m in range(12))),) * 3,) * 8),
        np.random.default_rng(0),
    )
    plan = problem.semi_active(
        {(j, s): s for j in range(8) for s in range(3)},
        {(j, s): j % 2 for j in range(8) for s in range(3)},
    )
    parts = [
        laws.part_of(problem, plan, "time", size, random)
        for size in (60, 150, 600)
        for _ in range(4)
    ]
    assert all(part is not None for part in parts)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_part_s_plan_lacks_the_whole_lacks(kind: str) -> None:
    """A sample may leave operations out, whether or not their machine is open to others."""
    problem, random = JobShop.generate(jobs=5, machines=4, seed=1), np.random.default_rng(3)
    plan, found = problem.greedy(), 0
    for _ in range(10):
        part = problem.neighbourhood(plan, kind, 60, random)
        if part is None:
            continue
        found += 1
        gone = part.plan.operations[int(random.integers(len(part.plan.operations)))]
        kept = Schedule(tuple(o for o in part.plan.operations if o != gone))
        assert f"operation[{gone.job},{gone.step}] by 1 missing" in map(
            str, problem.evaluate(part.back(kept)).violations
        )
    assert found


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_asks_for_a_shorter_schedule(kind: str) -> None:
    """With buckets of one unit every feasible assignment is one, and the present plan is none."""
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    problem, random, solved = (
        JobShop.generate(jobs=5, machines=4, seed=3),
        np.random.default_rng(3),
        0,
    )
    for _ in range(8):
        plan = _plan(problem, random)
        part = problem.neighbourhood(plan, kind, 60, random)
        if part is None:
            continue
        whole = Window(
            part.problem.steps,
            part.problem.modes,
            part.problem.gaps,
            part.problem.least,
            part.problem.latest,
            10**6,
        )
        with pytest.raises(QoptError, match="no room"):
            whole.encode(part.plan)
        result = qopt.solve(whole, solver="cp-sat", num_workers=1)
        if result.best is not None:
            solved += 1
            assert problem.evaluate(part.back(result.best)).objective < plan.makespan
    assert solved > 2


def test_where_nothing_can_be_shorter_there_is_no_part() -> None:
    """Job 0 alone takes as long as the schedule."""
    problem = JobShop((((0, 3), (1, 3)), ((1, 1),)))
    random = np.random.default_rng(0)
    assert all(problem.neighbourhood(problem.greedy(), kind, 100, random) is None for kind in KINDS)


@pytest.mark.parametrize(
    "plan", [Schedule(()), Schedule((Operation(0, 0, 3, 0, 0), Operation(0, 0, 3, 0, 0)))]
)
def test_a_plan_that_is_no_schedule_has_no_parts(plan: Schedule) -> None:
    assert (
        JobShop((((0, 3),), ((0, 3),))).neighbourhood(plan, "time", 100, np.random.default_rng(0))
        is None
    )


def _fork() -> Window:
    """Two operations of one machine and one that follows the first, 2 later at the earliest.

    It may be on either of two others.
    """
    return Window(
        steps=((0, 0), (0, 2), (1, 0)),
        modes=((Mode(0, 3, 1, 3),), (Mode(1, 3, 6, 0), Mode(2, 1, 6, 4)), (Mode(0, 2, 0, 2),)),
        gaps=((0, 1, 2),),
        least=8,
        latest=12,
        size=30,
    )


def test_a_window_names_what_is_broken() -> None:
    wrong = (Operation(0, 0, 3, 0, 0), Operation(1, 4, 3, 0, 2), Operation(0, 1, 2, 1, 0))
    assert [str(violation) for violation in _fork().evaluate(Schedule(wrong)).violations] == [
        "head[0,0] by 1 time units",
        "head[0,2] by 2 time units",
        "order[0,2] by 1 time units",
        "machine[0] by 2 time units",
    ]
    elsewhere = (
        Operation(1, 1, 3, 0, 0),
        Operation(2, 6, 1, 0, 2),
        Operation(2, 6, 1, 0, 2),
        Operation(0, 0, 1, 9, 0),
    )
    assert [str(violation) for violation in _fork().evaluate(Schedule(elsewhere)).violations] == [
        "operation[0,0] by 1 changed",
        "operation[0,2] by 1 changed",
        "operation[9,0] by 1 extra",
        "operation[0,0] by 1 missing",
        "operation[1,0] by 1 missing",
    ]


def test_a_window_s_makespan_is_the_whole_s() -> None:
    """The operation of machine 0 first.

    The other waits until 2, and ends with its tail at 2 + 3 + 2 + 4 + 1.
    """
    plan = Schedule((Operation(0, 0, 2, 1, 0), Operation(0, 2, 3, 0, 0), Operation(2, 7, 1, 0, 2)))
    assert (_fork().evaluate(plan).objective, _fork().evaluate(plan).violations) == (12.0, ())
    other = Schedule((Operation(0, 0, 2, 1, 0), Operation(0, 2, 3, 0, 0), Operation(1, 7, 3, 0, 2)))
    assert _fork().evaluate(other).objective == 10


def test_feasible_assignments_of_a_window_in_single_units_are_its_schedules_in_time() -> None:
    """All of them, by enumeration on both sides."""
    window = Window(_fork().steps, _fork().modes, _fork().gaps, 8, 10, 30)
    assert window.bucket == 1
    cqm = window.model()
    assert len(cqm.variables) <= 16
    bits = (
        (np.arange(2 ** len(cqm.variables))[:, None] >> np.arange(len(cqm.variables))) & 1
    ).astype(np.int8)
    scored = dimod.SampleSet.from_samples_cqm((bits, list(cqm.variables)), cqm)
    found = set()
    for sample, feasible in zip(
        scored.samples(sorted_by=None), scored.record.is_feasible, strict=True
    ):
        if feasible:
            found.add(tuple(sorted(label for label, bit in sample.items() if bit)))
            assert window.evaluate(window.decode(sample)).objective <= 10
    wanted = set()
    for one, two, three in itertools.product(window.modes[0], window.modes[1], window.modes[2]):
        for starts in itertools.product(range(12), repeat=3):
            modes = (one, two, three)
            operations = [
                Operation(mode.machine, start, mode.duration, *step)
                for mode, start, step in zip(modes, starts, window.steps, strict=True)
            ]
            score = window.evaluate(Schedule.of(operations))
            if score.feasible and score.objective <= 10:
                labels = [
                    f"start[{o.job},{o.step},machine {o.machine},{o.start}]" for o in operations
                ]
                wanted.add(tuple(sorted(labels)))
    assert found == wanted != set()


def test_a_window_s_plan_comes_back() -> None:
    window, plan = (
        _fork(),
        Schedule((Operation(0, 0, 2, 1, 0), Operation(0, 2, 3, 0, 0), Operation(1, 7, 3, 0, 2))),
    )
    sample = window.encode(plan)
    assert window.model().check_feasible(sample)
    assert window.decode(sample) == plan


def test_a_window_s_buckets_are_as_wide_as_its_size_asks() -> None:
    wide = Window(_fork().steps, _fork().modes, _fork().gaps, 8, 30, 12)
    assert wide.model_size() == models.size(wide.model())
    assert wide.model_size().variables <= 12
    assert Window(wide.steps, wide.modes, wide.gaps, 8, 30, 10**4).bucket == 1


def test_a_plan_of_other_operations_is_refused() -> None:
    with pytest.raises(QoptError, match="exactly the operations of the window"):
        _fork().encode(Schedule((Operation(0, 0, 2, 1, 0),)))
    late = Schedule(
        (Operation(0, 0, 2, 1, 0), Operation(0, 90, 3, 0, 0), Operation(1, 97, 3, 0, 2))
    )
    assert _fork().decode(_fork().encode(late)).makespan == 10  # it is pushed to the left


def test_an_operation_without_just_one_start_is_left_out_with_what_follows() -> None:
    window = _fork()
    sample = dict.fromkeys(window.model().variables, 0.0) | {
        "start[1,0,machine 0,0]": 1.0,
        "start[0,2,machine 1,6]": 1.0,
    }
    assert window.decode(sample) == Schedule((Operation(0, 0, 2, 1, 0),))


@pytest.mark.parametrize(
    "problem",
    [
        JobShop.generate(jobs=6, machines=5, seed=3),
        FlexibleJobShop.generate(jobs=7, machines=4, seed=3),
    ],
)
def test_parts_improve_what_local_search_cannot(problem: Any) -> None:
    local = problem.improve(problem.greedy())
    result = qopt.solve(
        problem, solver="hybrid", num_rounds=20, seed=1, initial=local, num_threads=1
    )
    assert result.objective < local.makespan
