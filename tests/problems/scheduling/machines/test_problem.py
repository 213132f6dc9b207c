from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.scheduling import ParallelMachines, Queues, Turn
from qopt import FileError, QoptError, UnknownName

from ... import models

TWO = ParallelMachines(
    ((2, 3), (4, None), (1, 1)), ("press", "lathe"), jobs=("axle", "gear", "pin"), name="two"
)
SET_UP = ParallelMachines(
    ((2, 3), (4, None), (1, 1)),
    ("press", "lathe"),
    (((0, 5, 1), (2, 0, 1), (1, 1, 0)),),
    ("axle", "gear", "pin"),
    name="set up",
)
TEXT = """\
{"name": "two", "best_known": 5,
 "machines": ["press", "lathe"],
 "jobs": [{"name": "axle", "durations": [2, 3]},
          {"name": "gear", "durations": [4, null]},
          {"name": "pin", "durations": 1}],
 "setups": [[0, 5, 1],
            [2, 0, 1],
            [1, 1, 0]]}
"""


@st.composite
def _problems(draw: st.DrawFn, most: int = 5) -> ParallelMachines:
    jobs, machines = draw(st.integers(1, most)), draw(st.integers(1, 3))
    takes = st.none() | st.integers(1, 6)
    row = st.lists(takes, min_size=machines, max_size=machines).filter(lambda row: any(row))
    durations = tuple(tuple(draw(row)) for _ in range(jobs))
    tables = draw(st.sampled_from([0, 1, machines]))
    setups = draw(
        st.lists(st.integers(0, 4), min_size=tables * jobs * jobs, max_size=tables * jobs * jobs)
    )
    table = np.array(setups, dtype=int).reshape(tables, jobs, jobs).tolist()
    return ParallelMachines(durations, tuple(f"m{k}" for k in range(machines)), table)


@st.composite
def _planned(draw: st.DrawFn) -> tuple[ParallelMachines, Queues]:
    """A problem with room for any schedule of each job once, and such a schedule."""
    problem = draw(_problems())
    order = draw(st.permutations(range(len(problem.jobs))))
    queues: dict[str, list[str]] = {machine: [] for machine in problem.machines}
    for job in order:
        able = [
            machine
            for machine, takes in zip(problem.machines, problem.durations[job], strict=True)
            if takes
        ]
        queues[draw(st.sampled_from(able))].append(problem.jobs[job])
    roomy = ParallelMachines(
        problem.durations, problem.machines, problem.setups, problem.jobs, horizon=_longest(problem)
    )
    return roomy, roomy.schedule(roomy.queues(roomy.schedule(queues)))


def _longest(problem: ParallelMachines) -> int:
    work = sum(max(takes or 0 for takes in row) for row in problem.durations)
    return work + len(problem.jobs) * int(np.max(problem.setups, initial=0))


def _every(problem: ParallelMachines) -> Iterator[Queues]:
    """Every order of the jobs on the machines."""
    for order in itertools.permutations(problem.jobs):
        for cuts in itertools.combinations_with_replacement(
            range(len(order) + 1), len(problem.machines) - 1
        ):
            ends = itertools.pairwise([0, *cuts, len(order)])
            yield problem.schedule(
                {m: order[a:b] for m, (a, b) in zip(problem.machines, ends, strict=True)}
            )


def _end(problem: ParallelMachines, queues: dict[str, list[str]]) -> int:
    """The makespan, added up job by job."""
    ends = []
    for k, machine in enumerate(problem.machines):
        now, before = 0, None
        for name in queues[machine]:
            job = problem.jobs.index(name)
            if before is not None and problem.setups:
                now += problem.setups[k if len(problem.setups) > 1 else 0][before][job]
            now += problem.durations[job][k] or 0
            before = job
        ends.append(now)
    return max(ends)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_planned())
def test_a_schedule_comes_back_with_its_makespan(drawn: tuple[ParallelMachines, Queues]) -> None:
    problem, plan = drawn
    score = problem.evaluate(plan)
    assert (score.objective, score.violations) == (_end(problem, problem.queues(plan)), ())
    sample, cqm = problem.encode(plan), problem.model()
    assert problem.decode(sample) == plan
    assert cqm.check_feasible(sample)
    assert cqm.objective.energy(sample) == max(score.objective, cqm.lower_bound("makespan"))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(), st.integers(0, 2**32 - 1))
def test_a_feasible_assignment_is_a_feasible_plan_and_the_other_way_round(
    problem: ParallelMachines, seed: int
) -> None:
    """Where there are slots, only of those filled in turn; the makespan is as late as can be."""
    random = np.random.default_rng(seed)
    cqm = problem.model()
    sample = dict.fromkeys(cqm.variables, 0.0)
    for name in problem.jobs:
        own = [label for label in sample if str(label).startswith(f"on[{name},")]
        for label in random.choice(own, random.choice([1, 1, 1, 1, 1, 2])):
            sample[label] = 1.0
    sample["makespan"] = cqm.upper_bound("makespan")
    score = problem.evaluate(problem.decode(sample))
    if cqm.check_feasible(sample):
        assert score.feasible
        assert score.objective <= sample["makespan"]
    elif problem.formulation == "assignment":
        assert not score.feasible or score.objective > sample["makespan"]


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems())
def test_model_size_is_the_model_s(problem: ParallelMachines) -> None:
    assert problem.model_size() == models.size(problem.model())


@settings(deadline=None, max_examples=25, derandomize=True)
@given(_problems(most=4))
def test_the_model_s_optimum_is_the_best_schedule_s(problem: ParallelMachines) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    scores = [problem.evaluate(plan) for plan in _every(problem)]
    best = min(score.objective for score in scores if score.feasible)
    result = qopt.solve(problem, solver="cp-sat", num_workers=1)
    assert result.objective == result.bound == best


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(most=8))
def test_greedy_is_feasible_and_the_model_can_say_it(problem: ParallelMachines) -> None:
    plan = problem.greedy()
    assert problem.evaluate(plan).feasible
    assert problem.decode(problem.encode(plan)) == plan


def test_greedy_puts_the_longest_first() -> None:
    """5 and 4 apart, then 3 with the 4, and 3 with the 5: 8 is best.

    That is not what shortest first gives.
    """
    problem = ParallelMachines(((3,) * 2, (5,) * 2, (3,) * 2, (4,) * 2), ("a", "b"))
    assert problem.greedy().makespan == 8


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    _problems(most=8),
    st.sampled_from(ParallelMachines.kinds),
    st.integers(5, 120),
    st.integers(0, 99),
)
def test_a_neighbourhood_scores_as_the_whole(
    problem: ParallelMachines, kind: str, size: int, seed: int
) -> None:
    plan, random = problem.greedy(), np.random.default_rng(seed)
    neighbourhood = problem.neighbourhood(plan, kind, size, random)
    if neighbourhood is None:
        return
    part: Any = neighbourhood.problem
    assert part.model_size() == models.size(part.model())
    assert part.model_size().variables <= size
    assert neighbourhood.back(neighbourhood.plan) == plan
    assert part.decode(part.encode(neighbourhood.plan)) == neighbourhood.plan
    others = [turn.end for turn in plan.turns if turn.machine not in part.machines]
    shuffled = random.permutation(part.jobs).tolist()
    for cut in range(len(shuffled) + 1):
        empty = {machine: [] for machine in part.machines[2:]}
        other = part.schedule(
            {part.machines[0]: shuffled[:cut], part.machines[1]: shuffled[cut:]} | empty
        )
        score, whole = part.evaluate(other), problem.evaluate(neighbourhood.back(other))
        assert score.feasible == whole.feasible
        if score.feasible:
            assert whole.objective == max([score.objective, *others])


def test_the_busiest_machine_is_relieved() -> None:
    problem = ParallelMachines(
        ((4,) * 3, (3,) * 3, (2,) * 3, (1,) * 3), ("a", "b", "c"), horizon=10
    )
    plan = problem.schedule({"a": [], "b": ["1", "2", "3", "4"], "c": []})
    for seed in range(3):
        part = problem.neighbourhood(plan, "busiest", 50, np.random.default_rng(seed))
        assert part is not None
        result = qopt.solve(
            part.problem, solver="annealer", time_limit=None, num_sweeps=50, seed=1, num_threads=1
        )
        assert problem.evaluate(part.back(result.best)).objective in (4, 5)


def test_many_jobs_stay_together_in_blocks_where_the_model_would_be_too_large() -> None:
    problem = ParallelMachines.generate(jobs=60, machines=3, setups=9, seed=1)
    plan = problem.greedy()
    part = problem.neighbourhood(plan, "busiest", 100, np.random.default_rng(1))
    assert part is not None
    assert part.problem.model_size().variables <= 100
    assert 2 <= len(part.problem.jobs) < 30  # type: ignore[attr-defined]
    assert part.back(part.plan) == plan


PRESS, LATHE = (
    [Turn("press", "gear", 0, 4), Turn("press", "pin", 4, 5)],
    [Turn("lathe", "axle", 0, 3)],
)


@pytest.mark.parametrize(
    ("turns", "violations"),
    [
        (PRESS + LATHE, []),
        (PRESS, ["job[axle] by 1 missing"]),
        (PRESS + LATHE + [Turn("lathe", "axle", 3, 6)], ["job[axle] by 1 extra"]),
        (
            [Turn("lathe", "gear", 3, 7), PRESS[1], *LATHE],
            ["job[gear] by 1 on lathe, which cannot do it"],
        ),
        ([Turn("press", "gear", 0, 3), PRESS[1], *LATHE], ["job[gear] by 1 time units changed"]),
        ([Turn("press", "gear", -2, 2), PRESS[1], *LATHE], ["job[gear] by 2 time units before 0"]),
        ([PRESS[0], Turn("press", "pin", 2, 3), *LATHE], ["machine[press] by 2 time units"]),
        (
            PRESS + LATHE + [Turn("drill", "pin", 0, 1)],
            ["job[pin] by 1 unknown, or on unknown machine drill"],
        ),
        (
            PRESS + LATHE + [Turn("lathe", "cog", 9, 10)],
            ["job[cog] by 1 unknown, or on unknown machine lathe"],
        ),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    turns: list[Turn], violations: list[str]
) -> None:
    assert [
        str(violation) for violation in TWO.evaluate(Queues(tuple(turns))).violations
    ] == violations


def test_that_a_short_horizon_leaves_no_schedule_proves_nothing_of_the_problem() -> None:
    short = replace(SET_UP, horizon=4)
    assert SET_UP.model_is_exact
    assert replace(SET_UP, horizon=5).model_is_exact
    assert not short.model_is_exact
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    result = qopt.solve(short, solver="cp-sat", num_workers=1)
    assert (result.objective, result.status) == (None, qopt.Status.NONE_FOUND)


def test_a_set_up_left_out_is_a_violation() -> None:
    """From gear to pin takes 1."""
    plan = Queues((*PRESS, *LATHE))
    assert [str(violation) for violation in SET_UP.evaluate(plan).violations] == [
        "machine[press] by 1 time units"
    ]
    assert SET_UP.schedule(SET_UP.queues(plan)).turns[1] == Turn("press", "pin", 5, 6)


@pytest.mark.parametrize(
    ("problem", "queues", "message"),
    [
        (TWO, {"press": ["axle", "gear"]}, "does not have each job just once"),
        (
            TWO,
            {"press": ["axle", "pin"], "lathe": ["gear"]},
            "has job gear on lathe, which cannot do it",
        ),
        (
            SET_UP,
            {"press": ["axle", "gear", "pin"]},
            "has job pin on press, which has no slot left",
        ),
        (
            TWO,
            {"press": ["axle", "gear", "pin"]},
            "ends at 7, after the model's horizon 4; give a larger horizon=",
        ),
    ],
)
def test_a_plan_that_the_model_cannot_express_is_refused(
    problem: ParallelMachines, queues: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(QoptError, match=message):
        problem.encode(problem.schedule(queues))


def test_the_model_speaks_of_jobs_and_machines() -> None:
    assert set(TWO.model().variables) == {
        "on[axle,press]",
        "on[axle,lathe]",
        "on[gear,press]",
        "on[pin,press]",
        "on[pin,lathe]",
        "makespan",
    }
    assert set(TWO.model().constraints) == {
        "once[axle]",
        "once[gear]",
        "once[pin]",
        "load[press]",
        "load[lathe]",
    }
    assert {"on[pin,lathe,2]", "makespan"} <= set(SET_UP.model().variables)
    assert {"slot[press,1]", "turn[press,2]", "load[lathe]", "once[pin]"} <= set(
        SET_UP.model().constraints
    )


@pytest.mark.parametrize("solver", ["annealer", "hybrid", "cp-sat"])
def test_set_ups_are_scheduled_around(solver: str) -> None:
    if solver == "cp-sat":
        pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    problem = ParallelMachines.generate(jobs=5, machines=2, setups=40, seed=2)
    best = min(
        score.objective for plan in _every(problem) if (score := problem.evaluate(plan)).feasible
    )
    options: dict[str, Any] = {
        "annealer": {"num_sweeps": 300},
        "hybrid": {"num_rounds": 15},
        "cp-sat": {"num_workers": 1},
    }
    result = qopt.solve(problem, solver=solver, time_limit=None, seed=1, **options[solver])
    assert result.objective == best


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"durations": (), "machines": ("a",)}, "jobs=0: give a whole number, 1 or more"),
        ({"durations": (3,), "machines": 0}, "machines=0: give a whole number, 1 or more"),
        ({"durations": (3,), "machines": "ab"}, "machines='ab': give each machine a name"),
        ({"durations": (3,), "machines": ("a", "a")}, "2 machines are named 'a'"),
        ({"durations": ((1, 2),), "machines": 3}, "job 1 has 2 durations for 3 machines"),
        ({"durations": ((1, 0),), "machines": 2}, "job 1 takes 0 on 2; give a whole number"),
        ({"durations": ((1, 2.5),), "machines": 2}, "job 1 takes 2.5 on 2; give a whole number"),
        ({"durations": ((None, None),), "machines": 2}, "job 1 can be done on no machine"),
        ({"durations": (1, 2), "machines": 1, "jobs": ("a",)}, "jobs has 1 names for 2 durations"),
        ({"durations": (1, 2), "machines": 1, "setups": ((1, 2),)}, r"setups has shape \(1, 2\)"),
        (
            {"durations": (1, 2), "machines": 1, "setups": ((0, -1), (1, 0))},
            "set-up from job 1 to job 2",
        ),
        (
            {"durations": (1, 2), "machines": 1, "setups": (("x", -1), (1, 0))},
            "setups holds something that is not a number",
        ),
        (
            {"durations": (1, 2), "machines": 1, "horizon": 2},
            "horizon=2: no schedule ends before 3",
        ),
        (
            {
                "durations": (1, 2),
                "machines": 1,
                "setups": ((0, 1), (1, 0)),
                "formulation": "assignment",
            },
            "knows no order",
        ),
    ],
)
def test_bad_data_is_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        ParallelMachines(**arguments)
    assert len(str(caught.value).splitlines()) == 1


NAMED = ParallelMachines(
    ((4, 2), (1, None), (5, 6)), ("press", "lathe"), (), ("axle", "gear", "pin")
)
GRID = [[4.0, 2.0], [1.0, math.nan], [5.0, 6.0]]


def _shuffled(kind: str) -> Any:
    """The durations of NAMED as a table with labels in another order."""
    if kind == "pandas":
        pandas = pytest.importorskip("pandas")
        table = pandas.DataFrame(GRID, ["axle", "gear", "pin"], ["press", "lathe"])
        return table.loc[["pin", "axle", "gear"], ["lathe", "press"]]
    polars = pytest.importorskip("polars")
    return polars.DataFrame(
        {"job": ["pin", "axle", "gear"], "lathe": [6, 2, None], "press": [5, 4, 1]}
    )


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_tables_with_labels_are_put_in_the_order_of_the_names(kind: str) -> None:
    table = _shuffled(kind)
    assert ParallelMachines(table, NAMED.machines, (), NAMED.jobs) == NAMED
    labelled = ParallelMachines(table)
    assert (labelled.machines, labelled.jobs) == (("lathe", "press"), ("pin", "axle", "gear"))
    assert labelled.durations == ((6, 5), (2, 4), (None, 1))
    with pytest.raises(QoptError, match="durations has a label 'lathe', which is no machine"):
        ParallelMachines(table, ("press", "saw"))
    with pytest.raises(QoptError, match="durations has a label 'pin', which is no job"):
        ParallelMachines(table, 2, (), ("axle", "gear", "bolt"))


def test_arrays_and_lists_are_as_good_as_tuples() -> None:
    """NaN in an array is None."""
    names = (["press", "lathe"], (), np.array(["axle", "gear", "pin"]))
    assert ParallelMachines(np.array(GRID), *names) == NAMED
    assert ParallelMachines([[4, 2], [1, None], [5, 6]], *names) == NAMED
    by_name = {"pin": [5, 6], "axle": [4, 2], "gear": [1, None]}
    assert ParallelMachines(by_name, *names) == NAMED
    assert ParallelMachines(np.array([3, 4]), 2).durations == ((3, 3), (4, 4))
    assert ParallelMachines([[3, 4]]).machines == ("1", "2")


def test_one_duration_a_job_may_be_a_series() -> None:
    pandas = pytest.importorskip("pandas")
    series = pandas.Series({"pin": 5, "axle": 4})
    problem = ParallelMachines(series, 2, jobs=("axle", "pin"))
    assert (problem.durations, problem.jobs) == (((4, 4), (5, 5)), ("axle", "pin"))


def test_set_ups_have_labels_too() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame([[9, 1, 2], [3, 9, 4], [5, 6, 9]], NAMED.jobs, NAMED.jobs)
    right = replace(NAMED, setups=[[0, 1, 2], [3, 0, 4], [5, 6, 0]], formulation=None)
    shuffled = table.loc[["pin", "axle", "gear"], ["gear", "pin", "axle"]]
    assert replace(NAMED, setups=shuffled, formulation=None) == right
    each = {"lathe": shuffled, "press": 2 * table}
    both = replace(NAMED, setups=each, formulation=None)
    assert both.setups == (
        tuple(tuple(2 * s for s in row) for row in right.setups[0]),
        *right.setups,
    )
    assert replace(NAMED, setups=[2 * table, shuffled], formulation=None) == both
    with pytest.raises(QoptError, match="setups has nothing for machine lathe"):
        replace(NAMED, setups={"press": table}, formulation=None)
    with pytest.raises(QoptError, match="setups has 3 tables for 2 machines"):
        replace(NAMED, setups=[table] * 3, formulation=None)


def test_a_label_that_comes_twice_is_refused_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(QoptError, match="2 machines are named 'press'"):
        ParallelMachines(pandas.DataFrame([[1, 2]], ["a"], ["press", "press"]))
    with pytest.raises(QoptError, match="2 jobs are named 'a'"):
        ParallelMachines(pandas.DataFrame([[1, 2], [3, 4]], ["a", "a"], ["m", "n"]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NAMED.schedule({"saw": ["pin"]}), "no machine of the problem named 'saw'"),
        (lambda: NAMED.schedule({"press": ["pim"]}), "named 'pim'; did you mean pin"),
        (lambda: NAMED.takes(["pim"], "press"), "no job of the problem named 'pim'"),
        (lambda: NAMED.setup("pin", "pim", "press"), "no job of the problem named 'pim'"),
        (lambda: NAMED.draw(Queues((Turn("saw", "pin", 0, 5),)), None), "named 'saw'"),
        (lambda: NAMED.draw(Queues((Turn("press", "pim", 0, 5),)), None), "named 'pim'"),
    ],
)
def test_unknown_names_are_told_wherever_a_plan_comes_in(call: Any, message: str) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(UnknownName, match=message):
        call()


def test_an_unknown_formulation_is_told_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean slots"):
        ParallelMachines(((1,),), ("a",), formulation="slot")  # type: ignore[arg-type]


def test_a_file_gives_names_durations_and_set_ups(tmp_path: Path) -> None:
    path = tmp_path / "shop.json"
    path.write_text(TEXT)
    problem = ParallelMachines.read(path)
    assert (problem.durations, problem.setups) == (((2, 3), (4, None), (1, 1)), SET_UP.setups)
    assert (problem.name, problem.best_known, problem.formulation) == ("two", 5, "slots")
    path.write_text('{"machines": 2, "jobs": [{"name": "a", "durations": 3}]}')
    assert ParallelMachines.read(path, horizon=9) == ParallelMachines(
        ((3, 3),), ("1", "2"), (), ("a",), horizon=9, name="shop"
    )


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ('"lathe"]', '"lathe"', 3, "not JSON"),
        ("[4, null]", "[4, -1]", 4, "job gear takes -1 on lathe; give a whole number, 1 or more"),
        ("[4, null]", '[4, "x"]', 4, "jobs[1].durations[1] is 'x'"),
        ("[4, null]", "[null, null]", 4, "job gear can be done on no machine"),
        ('"name": "gear", ', "", 4, "jobs[1] has no 'name'; give one"),
        ('"name": "gear"', '"name": 3', 4, "jobs[1].name is 3; give a text"),
        ('"gear", "durations"', '"gear", "name"', 4, "the key 'name' is given twice"),
        ('"setups"', '"setup"', 6, "no key of a job list named 'setup'; did you mean setups"),
        ("[2, 0, 1]", "[2, 0]", 6, "setups holds"),
        ("[2, 0, 1]", "[2, 0, 1.5]", 7, "setups[1][2] is 1.5; give a whole number"),
        ('["press", "lathe"]', "true", 2, "machines is True; give a whole number or a list"),
        (TEXT, "[]", 1, "job list: give an object with machines, jobs"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "shop.json"
    assert TEXT.count(valid) == 1
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        ParallelMachines.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize("options", [{"jobs": 0}, {"machines": 0}, {"setups": -1}, {"seed": -1}])
def test_generating_nonsense_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(QoptError, match=next(iter(options))):
        ParallelMachines.generate(**options)


def test_generated_machines_are_alike_where_asked() -> None:
    alike = ParallelMachines.generate(jobs=5, machines=3, unrelated=False, seed=1)
    assert all(len(set(row)) == 1 for row in alike.durations)
    assert alike == ParallelMachines.generate(jobs=5, machines=3, unrelated=False, seed=1)


def test_plans_survive_json_and_read_machine_by_machine() -> None:
    plan = Queues((*PRESS, *LATHE))
    assert Queues.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert str(plan) == "press: gear 0-4  pin 4-5\nlathe: axle 0-3\nmakespan 5"


def test_a_drawing_has_a_bar_a_turn() -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    TWO.draw(Queues((*PRESS, *LATHE)), axes)
    assert len(axes.patches) == 3
