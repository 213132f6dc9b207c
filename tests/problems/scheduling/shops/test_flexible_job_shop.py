from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.scheduling import FlexibleJobShop, JobShop, Operation, Schedule
from qopt import FileError, QoptError
from qopt.kit import laws

from .... import tiny
from ... import models, published

PAIR = FlexibleJobShop(
    (((((0, 2), (1, 3))), ((1, 1),)), (((0, 2),), ((0, 1), (1, 4)))), name="pair"
)
TEXT = "# best known: 4\n2 2 1.5\n2  2 1 2 2 3  1 2 1\n\n2  1 1 2  2 1 1 2 4\n"


def _work(problem: FlexibleJobShop) -> int:
    return sum(max(duration for _, duration in step) for job in problem.jobs for step in job)


@st.composite
def _shops(draw: st.DrawFn) -> FlexibleJobShop:
    """At most three jobs on three machines, steps of length 0 too, with room for any schedule."""
    step = st.dictionaries(st.integers(0, 2), st.integers(0, 4), min_size=1).map(
        lambda able: tuple(able.items())
    )
    jobs = tuple(
        tuple(job)
        for job in draw(st.lists(st.lists(step, min_size=1, max_size=3), min_size=1, max_size=3))
    )
    return FlexibleJobShop(jobs, bucket=1, horizon=max(1, _work(FlexibleJobShop(jobs))))


def _random_plan(problem: FlexibleJobShop, random: np.random.Generator) -> Schedule:
    steps = [(j, s) for j, job in enumerate(problem.jobs) for s in range(len(job))]
    machines = {
        (j, s): problem.jobs[j][s][random.integers(len(problem.jobs[j][s]))][0] for j, s in steps
    }
    return problem.semi_active({step: int(random.integers(9)) for step in steps}, machines)


def test_a_step_takes_as_long_as_its_machine_needs() -> None:
    plan = PAIR.semi_active(
        {(0, 0): 0, (0, 1): 2, (1, 0): 1, (1, 1): 3}, {(0, 0): 1, (0, 1): 1, (1, 0): 0, (1, 1): 0}
    )
    assert {(o.job, o.step): (o.machine, o.start, o.end) for o in plan.operations} == {
        (0, 0): (1, 0, 3),
        (0, 1): (1, 3, 4),
        (1, 0): (0, 0, 2),
        (1, 1): (0, 2, 3),
    }
    score = PAIR.evaluate(plan)
    assert (score.objective, score.violations, score.kpis) == (4.0, (), {"utilisation": 7 / 8})


@pytest.mark.parametrize(
    ("wrong", "violations"),
    [
        (Operation(1, 2, 2, 1, 0), ["operation[1,0] by 1 changed"]),  # machine 1 cannot do it
        (Operation(0, 2, 3, 1, 0), ["operation[1,0] by 1 changed"]),  # it takes 2 there
        (Operation(0, 1, 2, 1, 0), ["machine[0] by 1 time units"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    wrong: Operation, violations: list[str]
) -> None:
    rest = (Operation(0, 0, 2, 0, 0), Operation(1, 5, 1, 0, 1), Operation(0, 6, 1, 1, 1))
    assert [
        str(violation) for violation in PAIR.evaluate(Schedule((*rest, wrong))).violations
    ] == violations


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_shops(), st.integers(0, 99))
def test_a_schedule_is_what_its_assignment_says(problem: FlexibleJobShop, seed: int) -> None:
    random = np.random.default_rng(seed)
    score = laws.judged(problem, problem.encode(_random_plan(problem, random)))
    assert score.feasible


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_shops(), st.integers(0, 99))
def test_any_start_a_step_is_a_schedule(problem: FlexibleJobShop, seed: int) -> None:
    random = np.random.default_rng(seed)
    sample = dict.fromkeys(problem.model().variables, 0.0)
    for row, comparison in problem.model().constraints.items():
        if str(row).startswith("once") or row == "makespan":
            group = list(comparison.lhs.linear)
            sample[group[random.integers(len(group))]] = 1.0
    assert laws.judged(problem, sample).feasible


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_shops(), st.sampled_from([1, 2, 3]))
def test_model_size_is_the_model_s(problem: FlexibleJobShop, bucket: int) -> None:
    bucketed = FlexibleJobShop(problem.jobs, bucket=bucket)
    assert bucketed.model_size() == models.size(bucketed.model())


def test_the_model_s_optimum_is_the_best_schedule_s() -> None:
    assert models.optimum(tiny.flexible_shop().model()) == tiny.optimum(tiny.flexible_shop())


def test_the_model_speaks_of_starts_machines_and_makespan() -> None:
    cqm = PAIR.model()
    assert {
        "start[0,0,machine 0,0]",
        "start[0,0,machine 1,0]",
        "start[0,1,machine 1,2]",
        "makespan[3]",
    } <= set(cqm.variables)


def test_a_flexible_shop_without_choices_is_a_job_shop() -> None:
    """The same greedy schedule, the same parts, and as many variables, pairs and rows."""
    fixed = JobShop.generate(jobs=4, machines=3, seed=5)
    flexible = FlexibleJobShop(tuple(tuple((step,) for step in job) for job in fixed.jobs))
    assert flexible.greedy() == fixed.greedy()
    assert flexible.model_size() == fixed.model_size()
    for kind in fixed.kinds * 3:
        one, other = (
            p.neighbourhood(fixed.greedy(), kind, 60, np.random.default_rng(1))
            for p in (fixed, flexible)
        )
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert one.problem.model().is_equal(other.problem.model())


def test_the_fastest_machine_is_not_always_the_best() -> None:
    """Three jobs of one step: all on the fast machine end at 6, one on the slow one leaves 4."""
    problem = FlexibleJobShop(((((0, 2), (1, 3)),),) * 3)
    plans = (
        problem.semi_active(
            {(j, 0): j for j in range(3)}, {(j, 0): m for j, m in enumerate(machines)}
        )
        for machines in itertools.product((0, 1), repeat=3)
    )
    assert min(plan.makespan for plan in plans) == 4
    assert problem.greedy().makespan == 4


@pytest.mark.parametrize("seed", range(3))
def test_greedy_is_feasible(seed: int) -> None:
    problem = FlexibleJobShop.generate(jobs=7, machines=4, steps=4, choices=3, seed=seed)
    assert problem.evaluate(problem.greedy()).feasible


def test_generated_steps_choose_among_machines() -> None:
    problem = FlexibleJobShop.generate(jobs=9, machines=4, steps=5, choices=3, seed=1)
    numbers = {len(step) for job in problem.jobs for step in job}
    assert numbers == {1, 2, 3}
    assert problem == FlexibleJobShop.generate(jobs=9, machines=4, steps=5, choices=3, seed=1)
    assert problem != FlexibleJobShop.generate(jobs=9, machines=4, steps=5, choices=3, seed=2)


@pytest.mark.parametrize(
    ("jobs", "message"),
    [
        ((), "at least one job"),
        (((),), "every job at least one step"),
        ((((0, 2), (1, 3)),), r"job 0 step 0 is \(0, 2\); give the \(machine, duration\) pairs"),
        (((((0, 2, 1),),),), "job 0 step 0"),
        ((((),),), r"job 0 step 0 is \(\); give it one"),
        (((((0, 2), (0, 3)),),), "no machine twice"),
        (((((0, -2),),),), r"job 0 step 0 has the choice \(0, -2\)"),
        (((((0, 2),), ((-1, 2),)),), r"job 0 step 1 has the choice \(-1, 2\)"),
        (((((0, 1.5),),),), r"\(0, 1.5\)"),
        ((((("a", 1),),),), r"\('a', 1\)"),
    ],
)
def test_bad_data_is_refused_by_name(jobs: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message):
        FlexibleJobShop(jobs)


@pytest.mark.parametrize("size", [{"jobs": 0}, {"steps": -1}, {"choices": 6}])
def test_generating_nothing_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(QoptError, match="=".join(map(str, next(iter(size.items()))))):
        FlexibleJobShop.generate(**size)


def test_a_machine_that_cannot_do_a_step_is_refused() -> None:
    with pytest.raises(QoptError, match="job 0 step 1 cannot be on machine 0"):
        PAIR.semi_active({(0, 0): 0, (0, 1): 1}, {(0, 0): 0, (0, 1): 0})
    plan = PAIR.greedy()
    moved = Schedule.of(Operation(7, o.start, o.duration, o.job, o.step) for o in plan.operations)
    with pytest.raises(QoptError, match="job 0 step 0 cannot be on machine 7"):
        PAIR.encode(moved)


def test_a_file_gives_jobs_name_and_best_known(tmp_path: Path) -> None:
    """Machines from 1 there, and the mean number of choices is passed over."""
    (tmp_path / "pair.fjs").write_text(TEXT)
    problem = FlexibleJobShop.read(tmp_path / "pair.fjs", bucket=2, horizon=8)
    assert problem == FlexibleJobShop(PAIR.jobs, bucket=2, horizon=8, name="pair", best_known=4.0)


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ("2 2 1.5", "2", 2, "the first line gives 'jobs machines'"),
        ("2 2 1.5", "2 0", 2, "both at least 1"),
        ("2  1 1 2  2 1 1 2 4\n", "", None, "the file ends after 1 of 2 jobs; is it cut short?"),
        (
            "2  1 1 2  2 1 1 2 4",
            "2  1 1 2  2 1 1 2",
            5,
            "the line ends before a duration of step 2; is it cut short?",
        ),
        ("2  1 1 2  2 1 1 2 4", "2  1 1 2  2 1 1 2 4 9", 5, "numbers follow the last of 2 steps"),
        (
            "2  1 1 2  2 1 1 2 4",
            "2  1 1 2  2 1 1 3 4",
            5,
            "machine 3 is outside 1..2",
        ),
        (
            "2  1 1 2  2 1 1 2 4",
            "2  1 0 2  2 1 1 2 4",
            5,
            "machine 0 is outside 1..2; line 3 has machine 2, so do they count from 0 or from 1?",
        ),
        ("2  1 1 2  2 1 1 2 4", "2  1 1 2  2 1 1 1 4", 5, "job 1 step 1 names machine 0 twice"),
        (
            "2  1 1 2  2 1 1 2 4",
            "2  1 1 -2  2 1 1 2 4",
            5,
            "job 1 step 0 has the choice (0, -2); give (machine, duration)",
        ),
        ("2  1 1 2  2 1 1 2 4", "2  0  2 1 1 2 4", 5, "the number of machines of step 1 is 0"),
        ("2  1 1 2  2 1 1 2 4", "0", 5, "the number of steps is 0; give one 1 or more"),
        ("2  1 1 2  2 1 1 2 4", "2  1 1 two", 5, "'two': give a whole number"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "pair.fjs"
    assert TEXT.count(valid) == 1
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        FlexibleJobShop.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


@published.instances("flexible_jobshop")
def test_published_instances_have_their_size_and_a_greedy_schedule(entry: dict[str, Any]) -> None:
    problem = FlexibleJobShop.read(published.FOLDER / entry["path"])
    assert len(problem.jobs) == entry["size"]["jobs"]
    assert {m for job in problem.jobs for step in job for m, _ in step} <= set(
        range(entry["size"]["machines"])
    )
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert entry["best_known"] <= score.objective < 2 * entry["best_known"]
