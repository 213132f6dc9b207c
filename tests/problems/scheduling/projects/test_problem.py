from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.scheduling import Activity, Execution, ProjectPlan, ProjectScheduling
from problems.scheduling.projects.network import (
    Network,
    Profile,
    built,
    justified,
    parallel,
    serial,
)
from qopt import FileError, QoptError, UnknownName
from qopt.kit import laws

from .... import tiny
from ... import models, published

HOUSE = ProjectScheduling(
    (
        Activity("dig", 2, {"crew": 1}),
        Activity("pour", 1, {"crew": 1, "mixer": 1}, after=("dig",)),
        Activity("fence", 3, {"crew": 1}),
        Activity("done", 0, after=("pour", "fence")),
    ),
    {"crew": 2, "mixer": 1},
    horizon=6,
    name="house",
)
DIG, POUR, FENCE, DONE = (
    Execution("dig", 0, 2),
    Execution("pour", 2, 1),
    Execution("fence", 0, 3),
    Execution("done", 3, 0),
)

SM = """\
************************************************************************
file with basedata            : tiny.bas
************************************************************************
projects                      :  1
jobs (incl. supersource/sink ):  5
horizon                       :  9
RESOURCES
  - renewable                 :  2   R
  - nonrenewable              :  0   N
  - doubly constrained        :  0   D
************************************************************************
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      3      0        5        0        5
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           5
   4        1          1           5
   5        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
------------------------------------------------------------------------
  1      1     0       0    0
  2      1     3       1    0
  3      1     4       2    1
  4      1     2       1    1
  5      1     0       0    0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1  R 2
    2    1
************************************************************************
"""


@st.composite
def projects(
    draw: st.DrawFn, most: int = 5, longest: int = 4, roomy: bool = True
) -> ProjectScheduling:
    """Small, with milestones, activities without needs, and a horizon that every order keeps."""
    capacity = {f"R{r}": draw(st.integers(1, 4)) for r in range(draw(st.integers(0, 2)))}
    activities: list[Activity] = []
    for a in range(draw(st.integers(1, most))):
        needs = {resource: draw(st.integers(0, there)) for resource, there in capacity.items()}
        after = (
            draw(st.sets(st.sampled_from([earlier.name for earlier in activities]), max_size=2))
            if activities
            else set()
        )
        activities.append(
            Activity(f"a{a}", draw(st.integers(0, longest)), needs, tuple(sorted(after)))
        )
    order = draw(st.permutations(activities))  # which comes first in the list means nothing
    horizon = max(1, sum(activity.duration for activity in activities)) if roomy else None
    return ProjectScheduling(tuple(order), capacity, bucket=1, horizon=horizon)


def broken(problem: ProjectScheduling, plan: ProjectPlan) -> bool:
    """Whether a complete plan breaks anything, instant by instant."""
    at = {execution.activity: execution for execution in plan.executions}
    for activity in problem.activities:
        if at[activity.name].start < 0 or any(
            at[activity.name].start < at[earlier].end for earlier in activity.after
        ):
            return True
    for t in range(min(e.start for e in plan.executions), plan.makespan):
        for resource, there in problem.capacity.items():
            running = [a for a in problem.activities if at[a.name].start <= t < at[a.name].end]
            if sum(a.needs.get(resource, 0) for a in running) > there:
                return True
    return False


def every(problem: ProjectScheduling) -> Any:
    """The best makespan, by all starts of all activities."""
    last = sum(activity.duration for activity in problem.activities)
    found = []
    for starts in itertools.product(*(range(last - a.duration + 1) for a in problem.activities)):
        plan = ProjectPlan.of(
            Execution(a.name, s, a.duration)
            for a, s in zip(problem.activities, starts, strict=True)
        )
        if not broken(problem, plan):
            found.append(plan.makespan)
    return min(found)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(projects(), st.data())
def test_evaluate_finds_just_what_is_broken(
    problem: ProjectScheduling, data: st.DataObject
) -> None:
    starts = [data.draw(st.integers(-1, 8)) for _ in problem.activities]
    plan = ProjectPlan.of(
        Execution(a.name, s, a.duration) for a, s in zip(problem.activities, starts, strict=True)
    )
    score = problem.evaluate(plan)
    assert score.feasible != broken(problem, plan)
    assert score.objective == max(e.end for e in plan.executions)


@pytest.mark.parametrize(
    ("executions", "violations"),
    [
        ([DIG, POUR, FENCE, DONE], []),
        ([DIG, POUR, FENCE], ["activity[done] by 1 missing"]),
        ([DIG, POUR, FENCE, DONE, DIG], ["activity[dig] by 1 extra"]),
        ([DIG, POUR, FENCE, DONE, Execution("sing", 0, 1)], ["activity[sing] by 1 extra"]),
        ([Execution("dig", 0, 1), POUR, FENCE, DONE], ["activity[dig] by 1 changed"]),
        ([Execution("dig", -2, 2), POUR, FENCE, DONE], ["order[dig] by 2 time units"]),
        (
            [Execution("dig", -3, 2), Execution("pour", -1, 1), FENCE, DONE],
            ["order[dig] by 3 time units", "order[pour] by 1 time units"],
        ),
        (
            [DIG, Execution("pour", 1, 1), FENCE, DONE],
            ["order[pour] by 1 time units", "resource[crew] by 1 crew"],
        ),
        ([DIG, POUR, FENCE, Execution("done", 1, 0)], ["order[done] by 2 time units"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    executions: list[Execution], violations: list[str]
) -> None:
    assert [
        str(violation) for violation in HOUSE.evaluate(ProjectPlan(tuple(executions))).violations
    ] == violations


def test_utilisation_is_the_work_over_what_there_is() -> None:
    kpis = HOUSE.evaluate(ProjectPlan((DIG, POUR, FENCE, DONE))).kpis
    assert kpis == {"utilisation[crew]": 1.0, "utilisation[mixer]": pytest.approx(1 / 3)}


@settings(deadline=None, max_examples=60, derandomize=True)
@given(projects(), st.data())
def test_any_one_start_an_activity_is_a_feasible_plan(
    problem: ProjectScheduling, data: st.DataObject
) -> None:
    cqm = problem.model()
    sample = dict.fromkeys(cqm.variables, 0.0)
    for row in cqm.constraints.values():
        if row.sense.value == "==" and set(row.lhs.linear.values()) == {1.0}:
            sample[data.draw(st.sampled_from(list(row.lhs.variables)))] = 1.0
    assert laws.judged(problem, sample).feasible


@settings(deadline=None, max_examples=120, derandomize=True)
@given(projects(), st.data())
def test_the_model_allows_just_the_feasible_plans(
    problem: ProjectScheduling, data: st.DataObject
) -> None:
    """Starts at random, in the model's windows or nearly all at once, with their makespan."""
    cqm = problem.model()
    horizon = int(list(cqm.variables)[-1].split("[")[1][:-1])
    widest = data.draw(st.sampled_from([1, 3, horizon]))
    executions, sample = [], dict.fromkeys(cqm.variables, 0.0)
    for activity in problem.activities:
        own = [label for label in sample if label.startswith(f"start[{activity.name},")][
            : widest + 1
        ]
        label = data.draw(st.sampled_from(own))
        sample[label] = 1.0
        executions.append(
            Execution(activity.name, int(label.split(",")[1][:-1]), activity.duration)
        )
    plan = ProjectPlan.of(executions)
    ends = [label for label in sample if label.startswith("makespan[")]
    end = max(plan.makespan, int(ends[0][9:-1]))
    sample[f"makespan[{end}]"] = 1.0
    assert cqm.check_feasible(sample) == problem.evaluate(plan).feasible
    assert cqm.objective.energy(sample) == end


@settings(deadline=None, max_examples=40, derandomize=True)
@given(projects(most=4, longest=3, roomy=False))
def test_the_model_s_optimum_is_the_best_plan_s(problem: ProjectScheduling) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    result = qopt.solve(problem, solver="cp-sat", num_workers=1)
    assert problem.model_is_exact
    assert result.objective == result.bound == every(problem)


def test_the_tiny_model_s_optimum_is_the_best_plan_s() -> None:
    """By enumerating assignments on one side and orders on the other."""
    assert models.optimum(tiny.project().model()) == tiny.optimum(tiny.project())


@settings(deadline=None, max_examples=60, derandomize=True)
@given(projects(), st.sampled_from([1, 1, 2, 3]))
def test_model_size_is_the_model_s(problem: ProjectScheduling, bucket: int) -> None:
    other = ProjectScheduling(problem.activities, problem.capacity, bucket=bucket)
    assert other.model_size() == models.size(other.model())


def test_the_model_speaks_of_starts_resources_and_makespan() -> None:
    cqm = HOUSE.model()
    assert {"start[dig,0]", "start[pour,2]", "start[done,6]", "makespan[3]"} <= set(cqm.variables)
    rows = {label.split("[")[0] for label in cqm.constraints}
    assert rows == {"once", "order", "resource", "end", "makespan"}
    assert {"once[dig]", "order[pour]", "order[done]", "resource[crew,2]", "end[done]"} <= set(
        cqm.constraints
    )
    assert not any("mixer" in label for label in cqm.constraints)  # only one activity needs it


def test_an_activity_without_just_one_start_is_missing_with_those_after_it() -> None:
    sample = HOUSE.encode(ProjectPlan((DIG, POUR, FENCE, DONE)))
    twice = HOUSE.decode(sample | {"start[dig,1]": 1.0})
    assert twice == HOUSE.decode(sample | {"start[dig,0]": 0.0}) == ProjectPlan((FENCE,))


def test_what_is_encoded_is_pushed_to_the_left() -> None:
    late = ProjectPlan.of([DIG, Execution("pour", 4, 1), FENCE, Execution("done", 5, 0)])
    assert HOUSE.decode(HOUSE.encode(late)) == ProjectPlan.of([DIG, POUR, FENCE, DONE])


@pytest.mark.parametrize(
    "executions",
    [
        [DIG, POUR, FENCE],
        [DIG, POUR, FENCE, DONE, Execution("sing", 0, 1)],
        [DIG, POUR, FENCE, FENCE],
    ],
)
def test_a_plan_of_other_activities_is_refused(executions: list[Execution]) -> None:
    with pytest.raises(QoptError, match="exactly the activities"):
        HOUSE.encode(ProjectPlan(tuple(executions)))


def test_a_plan_past_the_horizon_is_refused() -> None:
    """A and b beside each other, then c, takes 4; c first takes 6."""
    activities = (
        Activity("a", 2, {"r": 1}),
        Activity("b", 4, {"r": 1}),
        Activity("c", 2, {"r": 1}),
    )
    problem = ProjectScheduling(activities, {"r": 2})
    assert problem.greedy().makespan == 4
    with pytest.raises(
        QoptError, match="the plan ends at 6, after the model's horizon 4; give a larger horizon="
    ):
        problem.encode(problem.scheduled({0: 0, 2: 1, 1: 2}))


@pytest.mark.parametrize("bucket", [2, 9])
def test_wide_buckets_keep_a_plan_as_good_or_say_that_they_blur_it(bucket: int) -> None:
    """Of 40 plans of 12 activities, buckets of 2 refuse none, and such of 9 a few."""
    refused = 0
    for seed in range(40):
        exact = ProjectScheduling.generate(activities=12, resources=2, seed=seed)
        problem = ProjectScheduling(exact.activities, exact.capacity, bucket=bucket, horizon=400)
        assert not problem.model_is_exact
        plan = exact.scheduled(
            dict(enumerate(np.random.default_rng(seed).permutation(12).tolist()))
        )
        try:
            sample = problem.encode(plan)
        except QoptError as error:
            refused += str(error).startswith(
                f"buckets of {bucket} time units are too wide for the order of this plan"
            )
        else:
            assert problem.decode(sample).makespan <= plan.makespan
    assert (refused == 0) == (bucket == 2)
    assert refused < 10


def test_a_long_horizon_is_cut_into_buckets() -> None:
    problem = ProjectScheduling(
        (Activity("a", 300, {"r": 1}), Activity("b", 500, {"r": 1})), {"r": 1}
    )
    starts = [label for label in problem.model().variables if label.startswith("start[a,")]
    assert starts[-1] == "start[a,125]"  # of 200 buckets of 4
    assert not problem.model_is_exact


@pytest.mark.parametrize(
    ("options", "exact"), [({}, True), ({"bucket": 2}, False), ({"horizon": 3}, True)]
)
def test_a_model_is_exact_in_single_units_with_room_for_the_greedy_plan(
    options: dict[str, int], exact: bool
) -> None:
    assert ProjectScheduling(HOUSE.activities, HOUSE.capacity, **options).model_is_exact is exact


@settings(deadline=None, max_examples=80, derandomize=True)
@given(projects(most=8), st.data())
def test_schedules_built_in_one_go_are_feasible(
    problem: ProjectScheduling, data: st.DataObject
) -> None:
    plan = problem.greedy()
    assert problem.evaluate(plan).feasible
    network: Network = problem.network
    key = {a: float(data.draw(st.integers(0, 4))) for a in range(len(problem.activities))}
    for scheme in (serial, parallel):
        starts = scheme(network, key)
        assert problem.evaluate(problem._plan(starts)).feasible
        assert serial(network, starts).keys() == starts.keys()
        assert all(again <= starts[a] for a, again in serial(network, starts).items())
        better = justified(network, starts)
        assert problem.evaluate(problem._plan(better)).feasible
        assert network.makespan(better) <= network.makespan(starts)
    assert network.least <= network.makespan(built(network)) == plan.makespan


def test_the_serial_scheme_fills_gaps_and_leaves_out_what_follows_a_missing_one() -> None:
    """A long one that waits does not keep a short one behind it from the time before."""
    network = Network([2, 3, 1, 1], [[], [], [], [0]], [[(0, 2)], [(0, 2)], [(0, 1)], []], [3])
    assert serial(network, {0: 0, 1: 1, 2: 2, 3: 3}) == {0: 0, 1: 2, 2: 0, 3: 2}
    assert serial(network, {1: 1, 2: 2, 3: 3}) == {1: 0, 2: 0}


def test_the_parallel_scheme_never_waits_while_something_may_start() -> None:
    """Serial keeps everything for the big one at 2; parallel starts the long small one first."""
    network = Network([2, 3, 5], [[], [0], []], [[(0, 1)], [(0, 2)], [(0, 1)]], [2])
    key = {0: 0.0, 1: 1.0, 2: 2.0}
    assert serial(network, key) == {0: 0, 1: 2, 2: 5}
    assert parallel(network, key) == {0: 0, 2: 0, 1: 5}


def test_justification_shortens_a_clumsy_schedule() -> None:
    """A short one first, that needs what the long chain needs: on the right it is no hindrance."""
    network = Network([4, 2, 2, 4], [[], [], [1], [2]], [[(0, 1)], [(0, 1)], [], []], [1])
    clumsy = serial(network, {0: 0, 1: 1, 2: 2, 3: 3})
    assert network.makespan(clumsy) == 12
    assert network.makespan(justified(network, clumsy)) == 8


@settings(deadline=None, max_examples=80, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.integers(0, 2)), max_size=6),
    st.data(),
)
def test_a_profile_knows_what_is_free(
    taken: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    profile, used = Profile([4]), np.zeros(60, dtype=int)
    for ready, duration, amount in taken:
        start = profile.earliest(ready, duration, [(0, amount)] if amount else [])
        fits = [t for t in range(ready, 50) if (used[t : t + duration] + amount <= 4).all()]
        assert start == fits[0]
        profile.take(start, duration, [(0, amount)] if amount else [])
        used[start : start + duration] += amount


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.integers(0, 40),
    st.sampled_from(ProjectScheduling.kinds),
    st.integers(20, 200),
    st.integers(0, 99),
)
def test_a_window_keeps_the_laws(instance: int, kind: str, size: int, seed: int) -> None:
    problem = ProjectScheduling.generate(activities=14, resources=2, seed=instance)
    random = np.random.default_rng(seed)
    plan = problem.scheduled(dict(enumerate(random.permutation(14).tolist())))
    part = laws.part_of(problem, plan, kind, size, random)
    if part is not None:
        laws.moves_as_the_whole(problem, part, random)


@pytest.mark.parametrize("kind", ProjectScheduling.kinds)
def test_a_feasible_assignment_of_a_window_is_a_shorter_plan(kind: str) -> None:
    """CP-SAT solves the windows of clumsy plans.

    Where one has a solution the plan gets shorter, and the model can say it.

    Half of the plans are as short as their longest chain and have no window, so there are 24.
    """
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    random, solved = np.random.default_rng(5), 0
    for seed in range(24):
        problem = ProjectScheduling.generate(activities=12, resources=2, seed=seed)
        plan = problem.scheduled(dict(enumerate(random.permutation(12).tolist())))
        part = problem.neighbourhood(plan, kind, 100, random)
        if part is None:
            continue
        with pytest.raises(QoptError, match="not shorter"):
            part.problem.encode(part.plan)
        result = qopt.solve(part.problem, solver="cp-sat", num_workers=1)
        if result.best is not None:
            solved += 1
            assert problem.evaluate(part.back(result.best)).objective < plan.makespan
    assert solved > 4


def test_windows_have_none_where_nothing_is_shorter() -> None:
    assert all(
        HOUSE.neighbourhood(HOUSE.greedy(), kind, 100, np.random.default_rng(1)) is None
        for kind in HOUSE.kinds
    )
    unfinished = ProjectPlan((DIG,))
    assert HOUSE.neighbourhood(unfinished, "time", 100, np.random.default_rng(1)) is None
    assert HOUSE.improve(unfinished) is unfinished


@pytest.mark.parametrize("seed", range(3))
def test_improving_keeps_a_plan_feasible(seed: int) -> None:
    problem = ProjectScheduling.generate(seed=seed)
    plan = problem.scheduled(dict(enumerate(np.random.default_rng(seed).permutation(30).tolist())))
    better = problem.improve(plan)
    assert problem.evaluate(better).feasible
    assert better.makespan <= plan.makespan


def test_hybrid_improves_a_generated_project() -> None:
    """Greedy needs 48, and CP-SAT proves that 46 is too short."""
    problem = ProjectScheduling.generate(activities=30, seed=5)
    assert problem.improve(problem.greedy()).makespan == 48
    result = qopt.solve(
        problem, solver="hybrid", time_limit=None, num_rounds=6, size=200, seed=1, num_threads=1
    )
    assert result.objective == 47


def test_plans_survive_json_and_read_by_start() -> None:
    plan = ProjectPlan.of([DONE, POUR, FENCE, DIG])
    assert ProjectPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert plan.to_dict()["makespan"] == 3
    assert str(plan) == "0-2: dig\n0-3: fence\n2-3: pour\n3-3: done\nmakespan 3"


A, B = Activity("a", 1), Activity("b", 2, {"r": 1}, ("a",))


@pytest.mark.parametrize(
    ("activities", "options", "message"),
    [
        ((), {}, "at least one activity"),
        ((A, B, A), {}, "the activity 'a' is given twice; names must differ"),
        ((Activity("", 1),), {}, "activity '': give a name"),
        (
            (Activity("a", -1),),
            {},
            "activity a takes -1; give a whole number of time units, 0 or more",
        ),
        ((Activity("a", 1.5),), {}, "activity a takes 1.5"),
        ((A, Activity("b", 1, {"r": -1})), {}, "activity b needs -1 of r; give a whole number"),
        (
            (A, Activity("b", 1, {"r": 3})),
            {},
            "activity b needs 3 of r, of which there are 2; raise the capacity or need less",
        ),
        (
            (
                Activity("a", 1, after=("c",)),
                Activity("b", 1, after=("a",)),
                Activity("c", 1, after=("b",)),
                Activity("d", 1),
            ),
            {},
            "activities wait for each other: a after c after b after a; "
            "drop one of these precedences",
        ),
        ((Activity("a", 1, after=("a",)),), {}, "activities wait for each other: a after a"),
        ((A, B), {"bucket": 0}, "bucket=0"),
        ((A, B), {"horizon": 2}, "horizon=2: no plan ends before 3; give that or more"),
        ((A, B), {"capacity": {"r": -1}}, "resource r has capacity -1"),
        ((A, B), {"capacity": {"r": 0.5}}, "resource r has capacity 0.5"),
    ],
)
def test_bad_data_is_refused_by_name(
    activities: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        ProjectScheduling(activities, **{"capacity": {"r": 2}, **options})
    assert len(str(caught.value).splitlines()) == 1


def test_unknown_names_are_refused_with_what_is_near() -> None:
    with pytest.raises(
        UnknownName, match=r"no resource \(activity b needs it\) named 'crow'; did you mean crew"
    ):
        ProjectScheduling((A, Activity("b", 1, {"crow": 1})), {"crew": 1})
    with pytest.raises(UnknownName, match=r"no activity \(activity b comes after it\) named 'dug'"):
        ProjectScheduling((Activity("dig", 1), Activity("b", 1, after=("dug",))), {})


@pytest.mark.parametrize("size", [{"activities": 0}, {"resources": -1}])
def test_generating_nothing_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(QoptError, match="=".join(map(str, next(iter(size.items()))))):
        ProjectScheduling.generate(**size)


def test_generated_projects_repeat() -> None:
    same = ProjectScheduling.generate(activities=9, seed=3)
    assert (
        same
        == ProjectScheduling.generate(activities=9, seed=3)
        != ProjectScheduling.generate(activities=9, seed=4)
    )


def test_a_file_gives_activities_and_resources(tmp_path: Path) -> None:
    (tmp_path / "tiny.sm").write_text(SM)
    problem = ProjectScheduling.read(tmp_path / "tiny.sm", bucket=1, horizon=9)
    activities = (
        Activity("2", 3, {"R 1": 1}),
        Activity("3", 4, {"R 1": 2, "R 2": 1}),
        Activity("4", 2, {"R 1": 1, "R 2": 1}, ("2",)),
    )
    assert problem == ProjectScheduling(activities, {"R 1": 2, "R 2": 1}, 1, 9, name="tiny")


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (SM, "", None, "no line says how many there are of 'jobs'"),
        (":  2   R", ":  two", 8, "give a whole number, 0 or more, after the colon"),
        (":  0   N", ":  1   N", 9, "1 nonrenewable resources; only renewable ones are known here"),
        (":  0   D", ":  3   D", 10, "3 doubly constrained resources"),
        ("):  5", "):  2", 5, "2 jobs; give 3 or more"),
        (
            "   3        1          1           5\n",
            "   3        2          1           5\n",
            20,
            "give job 3, 1 mode",
        ),
        (
            "   3        1          1           5\n",
            "   3        1          2           5\n",
            20,
            "how many jobs follow it",
        ),
        (
            "   3        1          1           5\n",
            "   3        1          1           9\n",
            20,
            "job 9 follows job 3",
        ),
        (
            "   3        1          1           5\n",
            "   3        1          1           1\n",
            20,
            "only jobs 2..5 follow others",
        ),
        (
            "   4        1          1           5\n",
            "   4        1          1           2\n",
            None,
            "wait for each other: 2 after 4",
        ),
        (
            "  3      1     4       2    1\n",
            "  3      1     4       3    1\n",
            29,
            "activity 3 needs 3 of R 1, of which there are 2",
        ),
        (
            "  3      1     4       2    1\n",
            "  3      1    -4       2    1\n",
            29,
            "activity 3 takes -4; give a whole number of time units, 0 or more",
        ),
        (
            "  3      1     4       2    1\n",
            "  3      1     4       2\n",
            29,
            "its duration and 2 needs",
        ),
        (
            "  1      1     0       0    0\n",
            "  1      1     1       0    0\n",
            27,
            "job 1 is a dummy",
        ),
        ("R 2\n    2    1\n", "R 2\n    2\n", 35, "give 2 capacities"),
        (
            "R 2\n    2    1\n",
            "R 2\n",
            None,
            "the file ends after 0 of 1 lines of 'RESOURCEAVAILABILITIES'",
        ),
        (
            "REQUESTS/DURATIONS:\n",
            "",
            None,
            "no section 'REQUESTS/DURATIONS'; is the file cut short?",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "tiny.sm"
    assert SM.count(valid) == 1
    path.write_text(SM.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        ProjectScheduling.read(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")


def test_a_missing_file_and_a_binary_one_are_named(tmp_path: Path) -> None:
    path = tmp_path / "project.sm"
    with pytest.raises(FileError, match=r"project.sm: No such file"):
        ProjectScheduling.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"project.sm: not a text file"):
        ProjectScheduling.read(path)


@published.instances("rcpsp")
def test_greedy_plans_published_projects_no_better_than_the_best_known(
    entry: dict[str, Any],
) -> None:
    problem = ProjectScheduling.read(published.FOLDER / entry["path"])
    assert len(problem.activities) == entry["size"]["activities"]
    assert len(problem.capacity) == entry["size"]["resources"]
    score = problem.evaluate(problem.improve(problem.greedy()))
    assert score.feasible
    assert entry["best_known"] <= score.objective < 1.2 * entry["best_known"]


@published.instances("rcpsp")
def test_published_projects_have_the_optimum_that_is_known(entry: dict[str, Any]) -> None:
    """CP-SAT on the model, for one that it proves at once."""
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    if entry["name"] not in ("j301_1", "j601_1"):
        pytest.skip("CP-SAT needs longer for the model of this one")
    result = qopt.solve(
        ProjectScheduling.read(published.FOLDER / entry["path"]),
        solver="cp-sat",
        num_workers=1,
        time_limit=20,
    )
    assert result.objective == result.bound == entry["best_known"]


def test_a_plan_is_drawn() -> None:
    pyplot = pytest.importorskip(
        "matplotlib.pyplot", reason="the extra 'notebook' is not installed"
    )
    figure, axes = pyplot.subplots()
    HOUSE.draw(HOUSE.greedy(), axes)
    assert axes.get_title() == "house: makespan 3"
    assert {label.get_text() for label in axes.get_yticklabels()} == {
        "dig",
        "pour",
        "fence",
        "done",
    }
    pyplot.close(figure)
