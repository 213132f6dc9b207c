from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.scheduling import JobShop, Operation, Schedule
from qopt import Evaluation, FileError, QoptError, UnknownName

from .... import tiny
from ... import models, published

# an optimal schedule of ft06 from CP-SAT, which proves that 54 is too short:
# a row a job, a start a step
FT06 = [
    [0, 1, 16, 30, 38, 42],
    [0, 8, 13, 28, 38, 48],
    [1, 6, 10, 18, 27, 48],
    [8, 13, 22, 27, 30, 45],
    [13, 22, 25, 41, 48, 52],
    [13, 16, 19, 28, 38, 42],
]
CROSS = JobShop((((0, 2), (1, 1)), ((1, 3), (0, 1))))
RETURNING = JobShop(
    (((0, 2), (1, 1), (0, 3)), ((0, 1), (0, 2))), name="returning"
)  # jobs that come back to a machine
FIRST, THEN = Operation(0, 0, 2, 0, 0), Operation(1, 3, 1, 0, 1)
OTHER, LAST = Operation(1, 0, 3, 1, 0), Operation(0, 3, 1, 1, 1)
TEXT = "# two jobs\n# best known: 4\n2 2\n0 2  1 1\n\n1 3  0 1\n"


def _operations(problem: JobShop, starts: list[list[int]]) -> Schedule:
    return Schedule(
        tuple(
            Operation(machine, starts[j][s], duration, j, s)
            for j, job in enumerate(problem.jobs)
            for s, (machine, duration) in enumerate(job)
        )
    )


def _work(problem: JobShop) -> int:
    return sum(duration for job in problem.jobs for _, duration in job)


def _steps(problem: JobShop) -> list[tuple[int, int]]:
    return [(j, s) for j, job in enumerate(problem.jobs) for s in range(len(job))]


@st.composite
def _orders(draw: st.DrawFn) -> tuple[JobShop, dict[tuple[int, int], int]]:
    """A small job shop, with any number a step: ties too, and orders no job could keep."""
    step = st.tuples(st.integers(0, 2), st.integers(1, 5))
    jobs = draw(st.lists(st.lists(step, min_size=1, max_size=3), min_size=1, max_size=3))
    rows = tuple(tuple(job) for job in jobs)
    problem = JobShop(rows, bucket=1, horizon=_work(JobShop(rows)))
    return problem, {step: draw(st.integers(0, 9)) for step in _steps(problem)}


def test_the_bundled_optimum_is_55() -> None:
    """ft06 is 197 units of work on six machines."""
    problem = JobShop.bundled()
    score = problem.evaluate(_operations(problem, FT06))
    assert (score.objective, score.violations, problem.best_known) == (55, (), 55)
    assert score.kpis == {"utilisation": pytest.approx(197 / (55 * 6))}


def test_the_bundled_model_holds_its_optimum() -> None:
    """Encoded, it keeps every constraint, and its energy is the makespan."""
    problem = JobShop.bundled()
    cqm, sample = problem.model(), problem.encode(_operations(problem, FT06))
    assert cqm.check_feasible(sample)
    assert cqm.objective.energy(sample) == 55


def test_an_unknown_bundled_name_is_told_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'ft60'; did you mean ft06"):
        JobShop.bundled("ft60")


@pytest.mark.parametrize(
    ("operations", "violations"),
    [
        ([FIRST, THEN, OTHER, LAST], []),
        ([FIRST, OTHER, LAST], ["operation[0,1] by 1 missing"]),
        ([], [f"operation[{j},{s}] by 1 missing" for j, s in [(0, 0), (0, 1), (1, 0), (1, 1)]]),
        ([FIRST, THEN, OTHER, LAST, Operation(1, 9, 1, 0, 1)], ["operation[0,1] by 1 extra"]),
        ([FIRST, THEN, OTHER, LAST, Operation(2, 9, 1, 7, 0)], ["operation[7,0] by 1 extra"]),
        ([FIRST, Operation(1, 3, 9, 0, 1), OTHER, LAST], ["operation[0,1] by 1 changed"]),
        ([FIRST, Operation(2, 3, 1, 0, 1), OTHER, LAST], ["operation[0,1] by 1 changed"]),
        ([FIRST, THEN, OTHER, Operation(0, 2, 1, 1, 1)], ["order[1,1] by 1 time units"]),
        ([Operation(0, -3, 2, 0, 0), THEN, OTHER, LAST], ["order[0,0] by 3 time units"]),
        ([FIRST, Operation(1, 2, 1, 0, 1), OTHER, LAST], ["machine[1] by 1 time units"]),
        (
            [Operation(0, 2, 2, 0, 0), THEN, OTHER, LAST],
            ["order[0,1] by 1 time units", "machine[0] by 1 time units"],
        ),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    operations: list[Operation], violations: list[str]
) -> None:
    assert [
        str(violation) for violation in CROSS.evaluate(Schedule(tuple(operations))).violations
    ] == violations


def test_the_objective_is_the_end_of_the_last_operation() -> None:
    assert CROSS.evaluate(Schedule((FIRST, OTHER, Operation(1, 8, 1, 0, 1), LAST))).objective == 9
    assert CROSS.evaluate(Schedule(())).objective == 0


@pytest.mark.parametrize(
    ("order", "starts"),
    [
        ([0, 1, 0, 1], [[0, 3], [0, 3]]),  # both jobs at once: machine 1 is free for job 0 at 3
        ([0, 1, 2, 3], [[0, 2], [3, 6]]),  # job 0 first
        ([2, 3, 0, 1], [[4, 6], [0, 3]]),  # job 1 first: machine 0 waits for its last step
        (
            [9, 0, 5, 0],
            [[4, 6], [0, 3]],
        ),  # a step is not before the one it follows, whatever its number
    ],
)
def test_semi_active_pushes_everything_left_in_the_given_order(
    order: list[int], starts: list[list[int]]
) -> None:
    schedule = CROSS.semi_active(dict(zip(_steps(CROSS), order, strict=True)))
    assert set(schedule.operations) == set(_operations(CROSS, starts).operations)
    assert CROSS.evaluate(schedule).feasible


def test_semi_active_leaves_out_what_follows_a_missing_step() -> None:
    schedule = CROSS.semi_active({(0, 1): 0, (1, 0): 0, (1, 1): 1})
    assert {(o.job, o.step) for o in schedule.operations} == {(1, 0), (1, 1)}


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_orders())
def test_every_semi_active_schedule_comes_back(
    drawn: tuple[JobShop, dict[tuple[int, int], int]],
) -> None:
    problem, order = drawn
    plan = problem.semi_active(order)
    assert problem.evaluate(plan).feasible
    assert problem.decode(problem.encode(plan)) == plan


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_orders())
def test_the_energy_of_a_schedule_is_its_makespan(
    drawn: tuple[JobShop, dict[tuple[int, int], int]],
) -> None:
    problem, order = drawn
    plan, cqm = problem.semi_active(order), problem.model()
    sample = problem.encode(plan)
    assert cqm.check_feasible(sample)
    assert cqm.objective.energy(sample) == plan.makespan


def test_the_model_s_optimum_is_the_best_schedule_s() -> None:
    """By enumerating assignments on one side and schedules on the other."""
    assert models.optimum(tiny.shop().model()) == tiny.optimum(tiny.shop())


@pytest.mark.parametrize(
    "problem",
    [
        CROSS,
        RETURNING,
        JobShop((((0, 2), (1, 3)),), name="one job"),
        JobShop.generate(jobs=3, machines=2, seed=4),
        JobShop(JobShop.generate(jobs=3, machines=3).jobs, bucket=10, name="bucketed"),
        JobShop(CROSS.jobs, horizon=7, name="roomy"),
    ],
    ids=lambda problem: problem.name or "cross",
)
def test_model_size_is_the_model_s(problem: JobShop) -> None:
    assert problem.model_size() == models.size(problem.model())


def test_the_model_speaks_of_starts_and_makespan() -> None:
    cqm = CROSS.model()
    assert {"start[0,0,0]", "start[1,1,3]", "makespan[4]"} <= set(cqm.variables)
    once = {"once[0,0]", "once[0,1]", "once[1,0]", "once[1,1]"}
    assert set(cqm.constraints) == once | {
        "makespan",
        "order[0,1]",
        "order[1,1]",
        "end[0]",
        "end[1]",
        "machine[0]",
        "machine[1]",
    }


@settings(deadline=None, max_examples=40, derandomize=True)
@given(data=st.data(), seed=st.integers(0, 3))
def test_with_wide_buckets_any_start_a_step_decodes_to_a_feasible_schedule(
    data: st.DataObject, seed: int
) -> None:
    problem = JobShop(JobShop.generate(jobs=3, machines=3, seed=seed).jobs, bucket=5)
    labels = [label for label in problem.model().variables if label.startswith("start")]
    sample = dict.fromkeys(problem.model().variables, 0.0)
    for j, s in _steps(problem):
        own = [label for label in labels if label.startswith(f"start[{j},{s},")]
        sample[data.draw(st.sampled_from(own))] = 1.0
    assert problem.evaluate(problem.decode(sample)).feasible


@pytest.mark.parametrize("bucket", [5, 20])
def test_with_wide_buckets_a_schedule_keeps_its_order(bucket: int) -> None:
    exact = JobShop.generate(jobs=4, machines=3, seed=2)
    problem = JobShop(exact.jobs, bucket=bucket)
    assert problem.decode(problem.encode(exact.greedy())) == exact.greedy()


def test_durations_are_rounded_to_buckets_and_at_least_one() -> None:
    """7, 8 and 2 time units are 1, 2 and 1 buckets of 5: the one job leaves each step one start."""
    cqm = JobShop((((0, 7), (1, 8), (2, 2)),), bucket=5).model()
    assert list(cqm.variables) == ["start[0,0,0]", "start[0,1,1]", "start[0,2,3]", "makespan[4]"]


@pytest.mark.parametrize(
    ("options", "exact"), [({}, True), ({"bucket": 2}, False), ({"horizon": 4}, True)]
)
def test_a_model_is_exact_in_single_units_with_room_for_the_greedy_schedule(
    options: dict[str, int], exact: bool
) -> None:
    """Greedy needs 4 here."""
    assert JobShop(CROSS.jobs, **options).model_is_exact is exact


def test_a_horizon_below_the_greedy_schedule_may_cut_off_the_best() -> None:
    assert not JobShop(JobShop.bundled().jobs, horizon=60).model_is_exact  # greedy needs 61


def test_a_long_horizon_is_cut_into_at_most_a_hundred_buckets() -> None:
    """One after the other ends at 200: buckets of 2, and the first starts in one of 0..50."""
    problem = JobShop((((0, 100),), ((0, 100),)))
    starts = [label for label in problem.model().variables if label.startswith("start[0,")]
    assert starts == [f"start[0,0,{t}]" for t in range(51)]
    assert not problem.model_is_exact


@pytest.mark.parametrize("more", [[], ["start[0,0,0]", "start[0,0,1]"]])
def test_a_step_without_just_one_start_is_missing_with_those_after_it(more: list[str]) -> None:
    problem = JobShop(CROSS.jobs, horizon=6)
    sample = problem.encode(Schedule((FIRST, THEN, OTHER, LAST)))
    sample |= {label: 0.0 for label in sample if label.startswith("start[0,0,")} | dict.fromkeys(
        more, 1.0
    )
    violations = problem.evaluate(problem.decode(sample)).violations
    assert [str(violation) for violation in violations] == [
        "operation[0,0] by 1 missing",
        "operation[0,1] by 1 missing",
    ]


def test_a_schedule_with_idle_time_is_pushed_left() -> None:
    late = Schedule((FIRST, Operation(1, 8, 1, 0, 1), OTHER, Operation(0, 9, 1, 1, 1)))
    assert set(CROSS.decode(CROSS.encode(late)).operations) == {FIRST, THEN, OTHER, LAST}


def test_a_schedule_past_the_horizon_is_refused() -> None:
    """Job after job takes 7."""
    apart = JobShop(CROSS.jobs, horizon=7)
    plan = apart.semi_active({(0, 0): 0, (0, 1): 1, (1, 0): 2, (1, 1): 3})
    assert apart.decode(apart.encode(plan)) == plan
    with pytest.raises(
        QoptError, match="the plan ends at 7, after the model's horizon 6; give a larger horizon="
    ):
        JobShop(CROSS.jobs, horizon=6).encode(plan)


@pytest.mark.parametrize(
    "operations", [(FIRST, THEN, OTHER), (FIRST, THEN, OTHER, LAST, Operation(0, 9, 1, 2, 0))]
)
def test_a_schedule_of_other_operations_is_refused(operations: tuple[Operation, ...]) -> None:
    with pytest.raises(QoptError, match="exactly the operations"):
        CROSS.encode(Schedule(operations))


@pytest.mark.parametrize(
    "problem", [RETURNING, *(JobShop.generate(jobs=8, machines=5, seed=seed) for seed in range(3))]
)
def test_greedy_is_feasible(problem: JobShop) -> None:
    assert problem.evaluate(problem.greedy()).feasible


def test_a_generated_job_visits_every_machine_once() -> None:
    problem = JobShop.generate(jobs=4, machines=5, seed=3)
    assert [sorted(machine for machine, _ in job) for job in problem.jobs] == [[0, 1, 2, 3, 4]] * 4
    assert (
        problem
        == JobShop.generate(jobs=4, machines=5, seed=3)
        != JobShop.generate(jobs=4, machines=5, seed=4)
    )


def test_plans_survive_json() -> None:
    plan = Schedule((FIRST, THEN, OTHER, LAST))
    assert Schedule.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert plan.to_dict()["makespan"] == 4


def test_plans_read_machine_by_machine() -> None:
    plan = CROSS.semi_active(dict.fromkeys(_steps(CROSS), 0))
    assert (
        str(plan) == "machine 0: job 0 0-2  job 1 6-7\nmachine 1: job 0 2-3  job 1 3-6\nmakespan 7"
    )


@pytest.mark.parametrize(
    ("jobs", "options", "message"),
    [
        ((), {}, "at least one job"),
        ((((0, 1),), ()), {}, "every job at least one step"),
        ((((0, 1), (-1, 2)),), {}, r"job 0 step 1 is \(-1, 2\)"),
        ((((0, 1),), ((2, -1),)), {}, r"job 1 step 0 is \(2, -1\)"),
        (CROSS.jobs, {"bucket": 0}, "bucket=0: give a whole number"),
        (CROSS.jobs, {"horizon": -4}, "horizon=-4: give a whole number"),
    ],
)
def test_bad_data_is_refused_by_name(jobs: Any, options: dict[str, int], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        JobShop(jobs, **options)


@pytest.mark.parametrize("bucket", [1, 3])
def test_a_step_of_length_0_waits_for_no_machine(bucket: int) -> None:
    """Job 1's first step is done at once, in the middle of job 0's only one."""
    problem = JobShop((((0, 5),), ((0, 0), (1, 5)), ((2, 0),)), bucket=bucket)
    plan = problem.greedy()
    assert {(o.job, o.step): o.start for o in plan.operations} == {
        (0, 0): 0,
        (1, 0): 0,
        (1, 1): 0,
        (2, 0): 0,
    }
    assert problem.evaluate(plan) == Evaluation(5.0, (), {"utilisation": 10 / (5 * 3)})
    cqm, sample = problem.model(), problem.encode(plan)
    assert cqm.check_feasible(sample)
    assert problem.decode(sample) == plan
    assert problem.model_size() == models.size(cqm)
    within = Schedule(
        (
            Operation(0, 0, 5, 0, 0),
            Operation(0, 2, 0, 1, 0),
            Operation(1, 2, 5, 1, 1),
            Operation(2, 7, 0, 2, 0),
        )
    )
    assert problem.evaluate(within).violations == ()


def test_jobs_of_length_0_alone_end_at_0() -> None:
    problem = JobShop((((0, 0), (1, 0)), ((0, 0),)))
    assert problem.greedy().makespan == 0
    assert models.optimum(problem.model()) == 0


@pytest.mark.parametrize("size", [{"jobs": 0}, {"machines": -1}])
def test_generating_nothing_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(QoptError, match="=".join(map(str, next(iter(size.items()))))):
        JobShop.generate(**size)


def test_a_file_gives_jobs_name_and_best_known(tmp_path: Path) -> None:
    (tmp_path / "cross.txt").write_text(TEXT)
    problem = JobShop.read(tmp_path / "cross.txt", bucket=2, horizon=8)
    assert problem == JobShop(CROSS.jobs, bucket=2, horizon=8, name="cross", best_known=4.0)


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ("1 3  0 1\n", "", None, "the file ends after 1 of 2 jobs; is it cut short?"),
        ("1 3  0 1", "1 3  0 1\n9 9", 7, "'9 9' follows the last of 2 jobs"),
        ("1 3  0 1", "1 3  2 1", 6, "machine 2 is outside 0..1"),
        ("1 3  0 1", "-1 3  0 1", 6, "machine -1 is outside 0..1"),
        ("0 2  1 1", "0 2  1", 4, "3 numbers; a job is pairs of 'machine duration'"),
        (
            "0 2  1 1",
            "0 2  1 -1",
            4,
            "job 0 step 1 is (1, -1); give (machine, duration), whole numbers",
        ),
        ("0 2  1 1", "0 2  1 1.5", 4, "'1.5': give a whole number"),
        ("2 2\n", "two 2\n", 3, "'two 2': the first line gives 'jobs machines', both at least 1"),
        ("2 2\n", "2\n", 3, "the first line gives 'jobs machines'"),
        ("2 2\n", "0 2\n", 3, "both at least 1"),
        (TEXT, "", None, "the file is empty"),
        (TEXT, "# only a comment\n", None, "the file is empty"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "cross.txt"
    assert TEXT.count(valid) == 1
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        JobShop.read(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert message in str(caught.value)


def test_a_missing_file_and_a_binary_one_are_named(tmp_path: Path) -> None:
    path = tmp_path / "shop.txt"
    with pytest.raises(FileError, match=r"shop.txt: No such file"):
        JobShop.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"shop.txt: not a text file"):
        JobShop.read(path)


@published.instances("jobshop")
def test_published_instances_have_their_size(entry: dict[str, Any]) -> None:
    """Every job of these visits every machine once."""
    problem = JobShop.read(published.FOLDER / entry["path"])
    machines = list(range(entry["size"]["machines"]))
    assert [sorted(machine for machine, _ in job) for job in problem.jobs] == [machines] * entry[
        "size"
    ]["jobs"]


@published.instances("jobshop")
def test_greedy_schedules_published_instances_no_better_than_the_best_known(
    entry: dict[str, Any],
) -> None:
    problem = JobShop.read(published.FOLDER / entry["path"])
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert entry["best_known"] <= score.objective < 2 * entry["best_known"]


@pytest.mark.parametrize(
    ("jobs", "options", "message"),
    [
        ((((0, 1.5),),), {}, "1.5"),
        ((((0, math.nan),),), {}, "nan"),
        ((((0, "a"),),), {}, "'a'"),
        ((((0, 1, 2),),), {}, "job 0 step 0"),
        ((((0, 5),),), {"bucket": 2.5}, "bucket=2.5"),
        ((((0, 5),),), {"bucket": "2"}, "bucket='2'"),
        ((((0, 5),), ((0, 5),)), {"horizon": 1}, "horizon=1"),
    ],
)
def test_more_bad_shops_are_refused_by_name(
    jobs: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(QoptError, match=message):
        JobShop(jobs, **options)


def test_best_known_in_other_digits_breaks_no_reader(tmp_path: Path) -> None:
    """'²'.isdigit() holds and float('²') does not."""
    path = tmp_path / "shop.txt"
    path.write_text("# best known: ²\n1 1\n0 1\n")
    assert JobShop.read(path).best_known is None


def test_an_overlap_is_the_time_two_operations_share() -> None:
    """Two steps of 1 within one of 10."""
    problem = JobShop((((0, 10),), ((0, 1),), ((0, 1),)))
    plan = Schedule((Operation(0, 0, 10, 0, 0), Operation(0, 1, 1, 1, 0), Operation(0, 3, 1, 2, 0)))
    assert sum(violation.amount for violation in problem.evaluate(plan).violations) == 2


def test_a_schedule_that_repeats_an_operation_is_refused() -> None:
    problem = JobShop((((0, 1),),))
    with pytest.raises(QoptError):
        problem.encode(Schedule((Operation(0, 0, 1, 0, 0), Operation(0, 5, 1, 0, 0))))


def test_the_horizon_can_be_the_greedy_schedule_s() -> None:
    """Durations are rounded to buckets, so that its order can take longer there."""
    for seed in range(30):
        shop = JobShop.generate(jobs=6, machines=6, seed=seed)
        greedy = shop.greedy()
        JobShop(shop.jobs, horizon=greedy.makespan).encode(greedy)
