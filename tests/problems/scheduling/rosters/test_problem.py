from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.scheduling import Cover, Employee, Line, Request, Roster, Rostering, Shift
from problems.scheduling.rosters.lines import Lines
from qopt import FileError, Infeasible, QoptError, UnknownName

from ... import models, published

TEXT = """\
# a fortnight
SECTION_HORIZON
# days
14

SECTION_SHIFTS
E,480,
L,300,E
SECTION_STAFF
# ID, MaxShifts, MaxMinutes, MinMinutes, MaxInARow, MinInARow, MinDaysOff, MaxWeekends
ann,E=14|L=3,3000,960,4,2,2,1
bob,E=0|L=14,3000,0,5,1,1,2
SECTION_DAYS_OFF
ann,0,6
SECTION_SHIFT_ON_REQUESTS
bob,2,L,3
SECTION_SHIFT_OFF_REQUESTS
ann,12,E,1.5
SECTION_COVER
0,L,1,100,1
3,E,2,50,2
"""


@st.composite
def _problems(draw: st.DrawFn, *, days: int = 9, staff: int = 2, hard: bool = True) -> Rostering:
    days, names = draw(st.integers(1, days)), ["E", "L"][: draw(st.integers(1, 2))]
    shifts = tuple(
        Shift(name, draw(st.sampled_from([480, 300])), draw(st.sampled_from([(), ("E",)])))
        for name in names
    )
    people = [_employee(draw, f"e{k}", names, days) for k in range(draw(st.integers(1, staff)))]
    under = st.sampled_from([0.0, 3.0, 100.0, math.inf] if hard else [0.0, 3.0, 100.0])
    cover = [
        Cover(
            day, name, draw(st.integers(0, 2)), draw(under), draw(st.sampled_from([0.0, 1.0, 2.5]))
        )
        for day in range(days)
        for name in names
        if draw(st.booleans())
    ]
    requests = [
        Request(
            draw(st.sampled_from(people)).name,
            draw(st.integers(0, days - 1)),
            draw(st.sampled_from(names)),
            w,
            wanted,
        )
        for w, wanted in draw(
            st.lists(st.tuples(st.sampled_from([1.0, 2.0]), st.booleans()), max_size=4)
        )
    ]
    formulation: Any = draw(st.sampled_from(["slack", "soft"]))
    return Rostering(days, shifts, tuple(people), tuple(cover), tuple(requests), formulation)


def _employee(draw: st.DrawFn, name: str, shifts: list[str], days: int) -> Employee:
    least, most = draw(st.integers(1, 3)), draw(st.none() | st.integers(3, 4))
    return Employee(
        name,
        draw(st.dictionaries(st.sampled_from(shifts), st.integers(0, 3), max_size=2)),
        draw(st.sampled_from([0, 0, 480, 900])),
        draw(st.sampled_from([None, 960, 1500])),
        least,
        most,
        draw(st.integers(1, 3)),
        draw(st.none() | st.integers(0, 1)),
        tuple(draw(st.lists(st.integers(0, days - 1), max_size=2))),
    )


def _keeps(problem: Rostering, employee: Employee, line: tuple[str, ...]) -> bool:
    """Whether a line keeps the employee's rules: read as a text of 0 and 1 and by counting."""
    shift_of = {shift.name: shift for shift in problem.shifts}
    worked = "".join("0" if shift == "" else "1" for shift in line)
    minutes = sum(shift_of[shift].minutes for shift in line if shift)
    kept = (
        employee.min_minutes
        <= minutes
        <= (math.inf if employee.max_minutes is None else employee.max_minutes)
    )
    kept &= all(line.count(shift) <= most for shift, most in employee.max_shifts.items())
    kept &= all(line[day] == "" for day in employee.days_off)
    kept &= all(
        not b or not a or b not in shift_of[a].not_before for a, b in itertools.pairwise(line)
    )
    if employee.max_consecutive is not None:
        kept &= "1" * (employee.max_consecutive + 1) not in worked
    kept &= not any("0" + "1" * n + "0" in worked for n in range(1, employee.min_consecutive))
    kept &= not any("1" + "0" * n + "1" in worked for n in range(1, employee.min_days_off))
    weekends = {day // 7 for day, one in enumerate(worked) if one == "1" and day % 7 in (5, 6)}
    return kept and (employee.max_weekends is None or len(weekends) <= employee.max_weekends)


def _score(problem: Rostering, lines: dict[str, tuple[str, ...]]) -> tuple[float, bool]:
    """Cost, and whether all hard rules are kept."""
    cost, kept = (
        0.0,
        all(_keeps(problem, employee, lines[employee.name]) for employee in problem.staff),
    )
    for request in problem.requests:
        heard = (lines[request.employee][request.day] == request.shift) == request.wanted
        cost += 0.0 if heard else request.weight
    for cover in problem.cover:
        there = sum(line[cover.day] == cover.shift for line in lines.values())
        if there < cover.needed and cover.under == math.inf:
            kept = False
        elif there < cover.needed:
            cost += cover.under * (cover.needed - there)
        cost += cover.over * max(there - cover.needed, 0)
    return cost, kept


def _lines(problem: Rostering, employee: Employee) -> list[tuple[str, ...]]:
    """All that the employee's rules allow."""
    every = itertools.product(["", *(shift.name for shift in problem.shifts)], repeat=problem.days)
    return [line for line in every if _keeps(problem, employee, line)]


def _feasible(problem: Rostering) -> Iterator[float]:
    """The cost of each roster that keeps the rules."""
    names = [employee.name for employee in problem.staff]
    for chosen in itertools.product(*(_lines(problem, employee) for employee in problem.staff)):
        cost, kept = _score(problem, dict(zip(names, chosen, strict=True)))
        if kept:
            yield cost


def _plan(lines: dict[str, tuple[str, ...]]) -> Roster:
    return Roster(tuple(Line(name, line) for name, line in lines.items()))


def _random_line(problem: Rostering, random: np.random.Generator) -> tuple[str, ...]:
    """Few changes of mind, so that a rule is kept now and then."""
    line = [str(random.choice(["", *(shift.name for shift in problem.shifts)]))]
    while len(line) < problem.days:
        line.append(
            line[-1]
            if random.random() < 0.6
            else str(random.choice(["", *(s.name for s in problem.shifts)]))
        )
    return tuple(line)


def _feasible_with_best_rest(
    cqm: dimod.ConstrainedQuadraticModel, sample: dict[Any, float]
) -> bool:
    """Hard constraints only: soft ones are what dimod, too, calls violated."""
    return all(
        violation <= 1e-9
        for label, violation in cqm.violations(sample).items()
        if not cqm.constraints[label].lhs.is_soft()
    )


def _energy(cqm: dimod.ConstrainedQuadraticModel, sample: dict[Any, float]) -> float:
    """With what soft constraints charge."""
    charged = [
        cqm.constraints[label].lhs.weight() * violation
        for label, violation in cqm.violations(sample, clip=True).items()
        if cqm.constraints[label].lhs.is_soft()
    ]
    objective = (
        cqm.objective.energy(sample) if len(cqm.variables) else cqm.objective.offset
    )  # dimod says 0 without variables
    return float(objective) + sum(charged)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(), st.integers(0, 2**32 - 1))
def test_any_roster_is_judged_by_every_rule_and_the_model_agrees(
    problem: Rostering, seed: int
) -> None:
    random = np.random.default_rng(seed)
    try:
        cqm = problem.model()
    except Infeasible:
        cqm = None
    for _ in range(6):
        lines = {}
        for employee in problem.staff:
            line = _random_line(problem, random)
            for _ in range(30):
                if _keeps(problem, employee, line) or random.random() < 0.1:
                    break
                line = _random_line(problem, random)
            lines[employee.name] = line
        plan, (cost, kept) = _plan(lines), _score(problem, lines)
        score = problem.evaluate(plan)
        assert score.feasible == kept
        assert score.objective == pytest.approx(cost)
        if cqm is None:
            assert not kept
            continue
        try:
            sample = problem.encode(plan)
        except QoptError:
            assert not kept  # on a day off, or on a shift that is never worked
            continue
        assert problem.decode(sample) == plan
        assert _feasible_with_best_rest(cqm, sample) == kept
        assert not kept or _energy(cqm, sample) == pytest.approx(cost)


@pytest.mark.parametrize(
    "rules",
    [{"max_consecutive": 2}, {"min_consecutive": 3}, {"min_days_off": 3}, {"max_weekends": 1}],
    ids=lambda rules: next(iter(rules)),
)
def test_rules_on_days_in_a_row_hold_from_the_first_day_to_the_last(rules: dict[str, int]) -> None:
    """All lines of fourteen days but those of more than three changes.

    Many break a rule in one place alone.
    """
    ann = Employee("ann", **rules)  # type: ignore[arg-type]  # each rule is a number here
    problem = Rostering(14, (Shift("E", 480),), (ann,))
    cqm, last = problem.model(), False
    for ends in itertools.combinations(range(15), 4):
        first, second = slice(*ends[:2]), slice(*ends[2:])
        line = [""] * 14
        line[first] = ["E"] * (ends[1] - ends[0])
        line[second] = ["E"] * (ends[3] - ends[2])
        plan, kept = _plan({"ann": tuple(line)}), _keeps(problem, ann, tuple(line))
        assert problem.evaluate(plan).feasible == kept, line
        assert cqm.check_feasible(problem.encode(plan)) == kept, line
        last |= not kept and ends[3] == 14
    assert last


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(), st.integers(0, 2**32 - 1))
def test_any_assignment_is_decoded_as_it_is(problem: Rostering, seed: int) -> None:
    """Two shifts on a day, too: the plan says so, and breaks the rule that the model breaks."""
    random = np.random.default_rng(seed)
    try:
        cqm = problem.model()
    except Infeasible:
        return
    drawn = {label: float(random.random() < 0.3) for label in cqm.variables}
    plan = problem.decode(drawn)
    sample = problem.encode(plan)
    assert {label: value for label, value in sample.items() if label.startswith("work")} == {
        label: value for label, value in drawn.items() if label.startswith("work")
    }
    assert problem.evaluate(plan).feasible == _feasible_with_best_rest(cqm, sample)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(days=16, staff=3))
def test_model_size_is_the_model_s(problem: Rostering) -> None:
    try:
        assert problem.model_size() == models.size(problem.model())
    except Infeasible:
        return


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(days=4))
def test_the_model_s_optimum_is_the_best_roster_s(problem: Rostering) -> None:
    costs = list(_feasible(problem))
    try:
        found = qopt.solve(problem, solver="exact", limit=2**14)
    except Infeasible:
        assert not costs
    except qopt.ModelTooLarge:
        return
    else:
        assert found.objective == (pytest.approx(min(costs)) if costs else None)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(days=7, staff=1), st.integers(0, 2**32 - 1))
def test_lines_are_the_cheapest_there_are_and_all_are_found(problem: Rostering, seed: int) -> None:
    random, employee = np.random.default_rng(seed), problem.staff[0]
    names = ["", *(shift.name for shift in problem.shifts)]
    cost = np.round(random.normal(size=(problem.days, len(names))), 3)
    cost[:, 1:][~problem.rules.allowed[0]] = np.inf
    every = _lines(problem, employee)
    lines = Lines(problem.rules, 0)
    found = lines.cheapest(cost)
    drawn = lines.drawn(cost, 400, 3.0, random)
    assert {tuple(names[k] for k in line) for line in drawn.tolist()} <= set(every)
    assert len(np.unique(drawn, axis=0)) == len(drawn)
    if every:
        assert lines.possible
        assert lines.longest >= max(sum(map(bool, line)) for line in every)
    limited = any(0 < most < problem.days for most in employee.max_shifts.values())
    if not limited:
        assert lines.possible == bool(every)
        assert len(every) > 20 or len(drawn) == len(every)
        assert (found is None) == (not every)
    if found is not None:
        least = min(
            sum(cost[day, names.index(shift)] for day, shift in enumerate(line)) for line in every
        )
        costs = sum(cost[day, shift] for day, shift in enumerate(found.tolist()))
        assert costs >= least - 1e-9
        assert limited or costs == pytest.approx(least)


def test_a_limit_on_a_kind_of_shift_makes_it_dearer_until_it_is_kept() -> None:
    problem = Rostering(
        14, (Shift("E", 480), Shift("L", 480)), (Employee("ann", {"L": 2}, max_consecutive=5),)
    )
    cost = np.column_stack([np.zeros(14), np.full(14, -1.0), -1.0 - np.arange(14) / 7])
    line = Lines(problem.rules, 0).cheapest(cost)
    assert line is not None
    assert np.bincount(line).tolist() == [2, 10, 2]
    assert line[-2:].tolist() == [2, 2]


def test_lengths_without_a_common_unit_are_rounded_and_the_rules_still_kept() -> None:
    shifts = (Shift("E", 487), Shift("L", 503))
    problem = Rostering(
        28, shifts, (Employee("ann", min_minutes=7000, max_minutes=9000, max_consecutive=5),)
    )
    lines = Lines(problem.rules, 0).drawn(np.zeros((28, 3)), 50, 1.0, np.random.default_rng(0))
    minutes = np.array([0, 487, 503])[lines].sum(axis=1)
    assert len(lines) > 20
    assert (minutes >= 7000).all()
    assert (minutes <= 9000).all()


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(days=14, staff=4))
def test_greedy_keeps_the_rules_of_everyone(problem: Rostering) -> None:
    try:
        plan = problem.greedy()
    except Infeasible:
        return
    limited = {
        employee.name for employee in problem.staff if employee.max_shifts and employee.min_minutes
    }
    for violation in problem.evaluate(plan).violations:
        name = violation.constraint
        assert name.startswith("cover") or any(name == f"min_minutes[{who}]" for who in limited)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(
    _problems(days=14, staff=4),
    st.sampled_from(Rostering.kinds),
    st.integers(1, 120),
    st.integers(0, 99),
)
def test_a_neighbourhood_scores_as_the_whole(
    problem: Rostering, kind: str, size: int, seed: int
) -> None:
    try:
        plan = problem.greedy()
    except Infeasible:
        return
    random, whole = np.random.default_rng(seed), problem.evaluate(plan)
    found = problem.neighbourhood(plan, kind, size, random)
    if found is None or any(not v.constraint.startswith("cover") for v in whole.violations):
        return
    part: Any = found.problem
    cqm = part.model()
    assert part.model_size() == models.size(cqm)
    assert len(cqm.variables) <= size
    assert found.back(found.plan) == plan
    own, sample = part.evaluate(found.plan), part.encode(found.plan)
    assert own == whole
    assert set(sample) == set(cqm.variables)
    assert part.decode(sample) == found.plan
    assert _feasible_with_best_rest(cqm, sample)
    _same_ranking(problem, whole, _energy(cqm, sample))
    result = qopt.solve(
        part, solver="annealer", time_limit=None, num_sweeps=20, seed=seed, num_threads=1
    )
    for ranked in result.plans[:4]:
        if ranked.evaluation.feasible or whole.violations:
            after, sample = problem.evaluate(found.back(ranked.plan)), part.encode(ranked.plan)
            assert after == ranked.evaluation
            if _feasible_with_best_rest(cqm, sample):
                assert all(
                    violation.constraint.startswith("cover") for violation in after.violations
                )
                _same_ranking(problem, after, _energy(cqm, sample))


def _same_ranking(problem: Rostering, score: qopt.Evaluation, energy: float) -> None:
    """Energies are the objective, and what those who must not lack cost beyond all else."""
    missing = sum(violation.amount for violation in score.violations)
    assert energy == pytest.approx(score.objective + problem.rules.beyond * missing)


@pytest.mark.parametrize(
    "rules",
    [
        {"max_shifts": {"E": 2, "L": 3}},
        {"min_minutes": 2400},
        {"max_minutes": 1800},
        {"max_consecutive": 2},
        {"min_consecutive": 3},
        {"min_days_off": 3},
        {"max_weekends": 1},
    ],
    ids=lambda rules: next(iter(rules)),
)
def test_a_part_allows_what_the_rules_allow_beside_the_days_that_are_kept(
    rules: dict[str, Any],
) -> None:
    """Every way to fill the free days of one employee, beside a line that keeps the rules."""
    ann = Employee("ann", **rules)
    problem = Rostering(14, (Shift("E", 480, ()), Shift("L", 300, ("E",))), (ann,))
    random, judged = np.random.default_rng(1), {True: 0, False: 0}
    for _ in range(8):
        line = _random_line(problem, random)
        while not _keeps(problem, ann, line):
            line = _random_line(problem, random)
        part = problem.neighbourhood(_plan({"ann": line}), "days", 9, random)
        assert part is not None
        inner: Any = part.problem
        cqm, days = inner.model(), np.flatnonzero(inner.free[0]).tolist()
        for shifts in itertools.product(["", "E", "L"], repeat=len(days)):
            again = list(line)
            for day, shift in zip(days, shifts, strict=True):
                again[day] = shift
            kept = _keeps(problem, ann, tuple(again))
            try:
                sample = inner.encode(_plan({"ann": tuple(again)}))
            except QoptError:
                assert not kept, again
                continue
            assert cqm.check_feasible(sample) == kept, again
            judged[kept] += 1
    assert min(judged.values()) > 10


@pytest.mark.parametrize("kind", Rostering.kinds)
@pytest.mark.parametrize("formulation", ["slack", "soft"])
def test_every_kind_of_part_finds_something_better(kind: str, formulation: Any) -> None:
    problem = Rostering.generate(staff=6, weeks=2, shifts=2, formulation=formulation, seed=1)
    plan, random = (
        replace(problem, cover=()).greedy(),
        np.random.default_rng(0),
    )  # as if nobody were needed
    before, best = problem.evaluate(plan).objective, math.inf
    for seed in range(4):
        part = problem.neighbourhood(plan, kind, 80, random)
        assert part is not None
        result = qopt.solve(
            part.problem,
            solver="annealer",
            time_limit=None,
            num_sweeps=200,
            seed=seed,
            num_threads=1,
        )
        if result.best is not None:
            score = problem.evaluate(part.back(result.best))
            assert score.feasible
            best = min(best, score.objective)
    assert best < before


def test_hybrid_finds_the_roster_that_costs_least() -> None:
    problem = Rostering.generate(staff=3, weeks=1, shifts=1, seed=5)
    result = qopt.solve(
        problem, solver="hybrid", size=60, num_rounds=12, time_limit=None, seed=1, num_threads=1
    )
    assert result.objective == min(_feasible(problem))


def test_who_must_not_lack_comes_first() -> None:
    """Greedy gives ann, who comes first, the night that only bob could leave her.

    Parts put it right.
    """
    shifts = (Shift("D", 480), Shift("N", 480))
    staff = (
        Employee("ann", {"N": 0}, max_consecutive=1),
        Employee("bob", {"D": 0}, max_consecutive=1),
    )
    cover = (Cover(0, "D", 1, 1.0), Cover(1, "D", 1), Cover(2, "D", 1, 1.0))
    problem = Rostering(3, shifts, staff, cover)
    plan = _plan({"ann": ("D", "", "D"), "bob": ("", "", "")})
    assert [str(violation) for violation in problem.evaluate(plan).violations] == [
        "cover[1,D] by 1 too few"
    ]
    result = qopt.solve(
        problem, solver="hybrid", num_rounds=6, time_limit=None, seed=1, initial=plan, num_threads=1
    )
    assert result.best is not None
    assert result.best.lines[0].shifts == ("", "D", "")
    assert result.objective == 2


SHIFTS = (Shift("E", 480), Shift("L", 300, ("E",)))
ANN = Employee("ann", {"L": 2}, 960, 2000, 2, 3, 2, 1, (8,))
WEEK = Rostering(
    9, SHIFTS, (ANN,), (Cover(0, "E", 1, math.inf, 2.0),), (Request("ann", 1, "E", 4.0),)
)
GOOD = ("E", "E", "", "", "L", "L", "", "", "")


@pytest.mark.parametrize(
    ("line", "violations"),
    [
        (GOOD, []),
        (
            ("", "", "", "", "L", "L", "", "", ""),
            ["cover[0,E] by 1 too few", "min_minutes[ann] by 360 minutes too few"],
        ),
        (
            ("E", "E", "", "", "L", "L", "", "", "L"),
            ["days_off[ann,8] by 1 shifts", "max_shifts[ann,L] by 1 shifts too many"],
        ),
        (("E", "E", "", "L", "L", "", "", "", ""), ["min_days_off[ann,2] by 1 days too few"]),
        (("E", "E", "", "", "L", "", "", "", ""), ["min_consecutive[ann,4] by 1 days too few"]),
        (("E", "E", "", "", "L", "E", "", "", ""), ["not_before[ann,4,E] by 1 succession"]),
        (("E", "E", "E", "L", "", "", "", "", ""), ["max_consecutive[ann,0] by 1 days too many"]),
        (("E", "E+L", "", "", "L", "L", "", "", ""), ["day[ann,1] by 1 shifts too many"]),
        (("E", "E", "E", "", "", "E", "E", "", ""), ["max_minutes[ann] by 400 minutes too many"]),
        (("E", "E", "X", "", "L", "L", "", "", ""), ["shift[ann,2,X] by 1 unknown shift"]),
        (GOOD[:-1], ["days[ann] by 1 days out of place"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_unit(
    line: tuple[str, ...], violations: list[str]
) -> None:
    found = [str(violation) for violation in WEEK.evaluate(_plan({"ann": line})).violations]
    for wanted in violations:
        assert wanted in found
    assert bool(found) == bool(violations)


def test_lines_that_are_missing_or_nobody_s_are_named() -> None:
    plan = Roster((Line("bob", GOOD), Line("bob", GOOD)))
    found = [str(violation) for violation in WEEK.evaluate(plan).violations]
    assert found[:3] == [
        "line[ann] by 1 line missing",
        "line[bob] by 1 lines too many",
        "line[bob] by 1 unknown employee",
    ]
    with pytest.raises(QoptError, match=r"line\[ann\]"):
        WEEK.encode(plan)
    with pytest.raises(QoptError, match="ann on shift E on day 8, where the model has no variable"):
        WEEK.encode(_plan({"ann": (*GOOD[:-1], "E")}))


def test_the_cost_is_of_cover_and_of_requests() -> None:
    cover = (Cover(0, "E", 0, 9.0, 2.0), Cover(4, "L", 3, 10.0, 7.0), Cover(5, "L", 1, 10.0, 7.0))
    requests = (
        Request("ann", 2, "E", 4.0),
        Request("ann", 1, "E", 8.0),
        Request("ann", 5, "L", 0.5, wanted=False),
    )
    score = replace(WEEK, cover=cover, requests=requests).evaluate(_plan({"ann": GOOD}))
    assert (score.objective, score.feasible) == (2 + 20 + 4 + 0.5, True)
    assert score.kpis == {"requests": 4.5, "too_few": 2, "too_many": 1}


def test_the_model_speaks_of_employees_days_and_shifts() -> None:
    cqm = replace(WEEK, cover=(Cover(0, "E", 1, 5.0, 2.0),)).model()
    assert {"work[ann,0,E]", "work[ann,7,L]", "short[0,E]"} <= set(cqm.variables)
    assert not any(label.startswith(("work[ann,8", "weekend")) for label in cqm.variables)
    names = {
        "day[ann,0]",
        "max_shifts[ann,L]",
        "min_minutes[ann]",
        "max_minutes[ann]",
        "not_before[ann]",
        "cover[0,E]",
    }
    names |= {"max_consecutive[ann,0,4]", "min_consecutive[ann,0,3]", "min_days_off[ann,0,3]"}
    assert names <= set(cqm.constraints)


@pytest.mark.parametrize(
    ("changes", "message", "labels"),
    [
        (
            {"staff": (replace(ANN, min_minutes=1900, max_shifts={"E": 0}),)},
            "employee ann can have no line: by all other rules .* min_minutes=1900 or more",
            ("min_minutes[ann]",),
        ),
        (
            {"cover": (Cover(8, "E", 1),)},
            "shift E on day 8 needs 1, and 0 of the staff can work it",
            ("cover[8,E]",),
        ),
        (
            {"cover": (Cover(3, "E", 1), Cover(3, "L", 1))},
            "day 3 needs 2 on all shifts, and 1 of the staff can work then",
            ("cover[3,E]", "cover[3,L]"),
        ),
        (
            {"cover": tuple(Cover(day, "L", 1) for day in (0, 3, 6))},
            "shift L needs 3 on all days, and the staff may work 2 of it in all",
            ("cover[0,L]", "cover[3,L]", "cover[6,L]"),
        ),
        (
            {"cover": tuple(Cover(day, "E", 1) for day in range(7))},
            "7 shifts need someone, and the staff can work 6 in all",
            tuple(f"cover[{day},E]" for day in range(7)),
        ),
    ],
)
def test_a_roster_that_nobody_can_fill_is_named_before_anything_is_solved(
    changes: dict[str, Any], message: str, labels: tuple[str, ...]
) -> None:
    problem = replace(WEEK, requests=(), **changes)
    for call in (problem.model, problem.greedy):
        with pytest.raises(Infeasible, match=message) as caught:
            call()
        assert caught.value.labels == labels


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(WEEK, days=0), "days=0"),
        (lambda: replace(WEEK, staff=()), "employees: give at least one"),
        (lambda: replace(WEEK, shifts=()), "shifts: give at least one"),
        (lambda: replace(WEEK, staff=(ANN, ANN)), "2 employees are named 'ann'"),
        (lambda: replace(WEEK, shifts=(SHIFTS[0], SHIFTS[0])), "2 shifts are named 'E'"),
        (
            lambda: replace(WEEK, cover=(Cover(9, "E", 1),)),
            "the cover of shift E is on day 9; give one from 0 to 8",
        ),
        (
            lambda: replace(WEEK, staff=(replace(ANN, days_off=(9,)),)),
            "a day off of employee ann is on day 9",
        ),
        (
            lambda: replace(WEEK, requests=(Request("ann", -1, "E"),)),
            "the day of a request of employee ann=-1",
        ),
        (
            lambda: replace(WEEK, cover=(Cover(1, "E", 1), Cover(1, "E", 2))),
            "shift E on day 1 is given 2 times",
        ),
        (lambda: Shift("E+L", 480), "stands between two shifts"),
        (lambda: Shift("", 480), "shift '': give a name"),
        (lambda: Shift("E", 0), "minutes of shift E=0"),
        (lambda: replace(ANN, min_minutes=2001), "min_minutes=2001 is above max_minutes=2000"),
        (lambda: replace(ANN, min_consecutive=4), "min_consecutive=4 is above max_consecutive=3"),
        (lambda: replace(ANN, max_shifts={"E": -1}), "max_shifts of employee ann on shift E=-1"),
        (lambda: replace(ANN, max_weekends=1.5), "max_weekends of employee ann=1.5"),
        (lambda: Request("ann", 0, "E", math.inf), "weight of a request of employee ann is inf"),
        (lambda: Cover(0, "E", 1, over=-1.0), "cover of shift E on day 0: over is -1.0"),
        (lambda: Cover(0, "E", 1, under=math.nan), "cover of shift E on day 0: under is nan"),
    ],
)
def test_bad_data_is_refused_in_a_line(make: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message.replace("+", r"\+")) as caught:
        make()
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"shifts": (SHIFTS[0], Shift("L", 300, ("e",)))},
            "shift that may not follow shift L named 'e'",
        ),
        (
            {"staff": (replace(ANN, max_shifts={"X": 1}),)},
            "shift in max_shifts of employee ann named 'X'",
        ),
        ({"cover": (Cover(0, "X", 1),)}, "shift of the cover of day 0 named 'X'"),
        (
            {"requests": (Request("anne", 0, "E"),)},
            "employee of a request named 'anne'; did you mean ann",
        ),
        ({"requests": (Request("ann", 0, "X"),)}, "shift of a request of employee ann named 'X'"),
        ({"formulation": "hard"}, "formulation of rostering named 'hard'"),
    ],
)
def test_unknown_names_are_told_the_nearest(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        replace(WEEK, **changes)


def test_a_file_gives_the_whole_problem(tmp_path: Path) -> None:
    path = tmp_path / "fortnight.txt"
    path.write_text(TEXT)
    staff = (
        Employee("ann", {"E": 14, "L": 3}, 960, 3000, 2, 4, 2, 1, (0, 6)),
        Employee("bob", {"E": 0, "L": 14}, 0, 3000, 1, 5, 1, 2),
    )
    cover = (Cover(0, "L", 1, 100.0, 1.0), Cover(3, "E", 2, 50.0, 2.0))
    requests = (Request("bob", 2, "L", 3.0), Request("ann", 12, "E", 1.5, wanted=False))
    assert Rostering.read(path, formulation="soft") == Rostering(
        14, SHIFTS, staff, cover, requests, "soft", name="fortnight"
    )


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ("\n14\n", "\nx\n", 4, "the number of days is 'x'"),
        ("\n14\n", "\n0\n", 4, "the number of days is 0"),
        ("\n14\n", "\n", None, "there is no SECTION_HORIZON, or nothing in it"),
        ("SECTION_HORIZON", "HORIZON", 2, "comes before the first section"),
        ("SECTION_SHIFTS", "SECTION_SHIFT", 6, "no section named 'SHIFT'; did you mean SHIFTS"),
        ("SECTION_SHIFTS", "SECTION_HORIZON", 6, "a second SECTION_HORIZON"),
        ("L,300,E", "L,300", 8, "'L,300' has 2 entries; give name,minutes"),
        ("L,300,E", "L,300,X", 8, "no shift that may not follow shift L named 'X'"),
        ("L,300,E", "E,300,E", 8, "2 shifts are named 'E'"),
        ("L,300,E", "L,0,E", 8, "minutes of shift L=0"),
        ("ann,E=14|L=3", "ann,E=14|L", 11, "the most of shift L is ''"),
        ("3000,960,4", "3000,3960,4", 11, "min_minutes=3960 is above max_minutes=3000"),
        ("ann,0,6", "anne,0,6", 14, "no employee named 'anne'"),
        (
            "ann,0,6",
            "ann,0,14",
            14,
            "a day off of employee ann is on day 14; give one from 0 to 13",
        ),
        ("bob,2,L,3", "bob,2,L", 16, "'bob,2,L' has 3 entries"),
        ("bob,2,L,3", "bob,2,L,nan", 16, "the weight is 'nan'"),
        ("3,E,2,50,2", "0,L,2,50,2", 21, "cover of shift L on day 0 is given 2 times"),
        ("3,E,2,50,2", "3,E,2.5,50,2", 21, "the number needed is '2.5'"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "fortnight.txt"
    assert TEXT.count(valid) == 1
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        Rostering.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "id" : "n005w4",\n "numberOfWeeks" : 4 }', "a scenario of the INRC-II"),
        ('{"week": 0, "scenario": "x", "nurseHistory": []}', "a history of the INRC-II"),
        ('{"scenario": "x", "requirements": []}', "a week's data of the INRC-II"),
        ("SCENARIO = n005w4\n\nWEEKS = 4\n", "a scenario of the INRC-II"),
        ("WEEK_DATA\nn005w4\n", "a week's data of the INRC-II"),
        ('<?xml version="1.0"?>\n<SchedulingPeriod>', "a scheduling period in XML"),
        ('{"days": 3}', "JSON"),
    ],
)
def test_rosters_of_other_formats_are_refused_by_what_they_are(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "week.txt"
    path.write_text(text)
    with pytest.raises(FileError, match=f"{message}, which is not read here"):
        Rostering.read(path)


def test_days_off_on_several_lines_add_up_and_a_limit_given_twice_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "week.txt"
    path.write_text(TEXT.replace("ann,0,6", "ann,0\nann,6"))
    assert Rostering.read(path).staff[0].days_off == (0, 6)
    path.write_text(TEXT.replace("ann,E=14|L=3", "ann,E=14|E=3"))
    with pytest.raises(FileError, match="the most of shift 'E' is given twice"):
        Rostering.read(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shift("D", 480, "EL"), "not_before of shift D='EL': give a list"),
        (lambda: Employee("ann", days_off="12"), "days_off of employee ann='12': give a list"),
        (lambda: Employee("ann", ["E"]), "max_shifts of employee ann: give the most"),
        (lambda: Shift("a\nb", 480), r"shift 'a\\nb': give a name"),
        (lambda: Shift("D", 10**30), "minutes of shift D=10+: give fewer"),
        (lambda: Cover(0, "D", 10**30), "needed=10+: give 1,000,000,000 or fewer"),
        (lambda: replace(WEEK, staff="ab"), "staff='ab': give a list"),
    ],
)
def test_texts_are_no_lists_and_numbers_have_an_end(make: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        make()
    assert len(str(caught.value).splitlines()) == 1


def test_a_drawing_of_unknown_names_is_refused_by_name() -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    for plan, name in ((_plan({"anne": GOOD}), "anne"), (_plan({"ann": ("X",) * 9}), "X")):
        with pytest.raises(QoptError, match=f"{name}.*: the problem has no such thing"):
            WEEK.draw(plan, axes)


def test_a_missing_file_and_a_binary_one_are_named(tmp_path: Path) -> None:
    path = tmp_path / "fortnight.txt"
    with pytest.raises(FileError, match=r"fortnight.txt: No such file"):
        Rostering.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"fortnight.txt: not a text file"):
        Rostering.read(path)


def test_plans_survive_json_and_read_day_by_day() -> None:
    plan = _plan({"ann": GOOD})
    assert Roster.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert str(plan) == "     M T W T F S S M T\nann  E E - - L L - - -"


@pytest.mark.parametrize("options", [{"staff": 0}, {"weeks": 0}, {"shifts": 0}, {"seed": -1}])
def test_generating_nonsense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(options))):
        Rostering.generate(**options)


def test_what_is_generated_is_the_same_each_time_and_can_be_covered() -> None:
    problem = Rostering.generate(staff=5, weeks=3, shifts=3, seed=2)
    assert problem == Rostering.generate(staff=5, weeks=3, shifts=3, seed=2)
    assert sum(cover.needed for cover in problem.cover) >= 5 * 10
    assert problem.evaluate(problem.greedy()).feasible


def test_a_drawing_has_every_shift() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.add_subplot()
    WEEK.draw(_plan({"ann": GOOD}), axes)
    assert [text.get_text() for text in axes.texts] == ["E", "E", "L", "L"]
    assert len(axes.containers) == 4


@published.instances("shift_scheduling", "best_known")
def test_published_instances_are_filled_by_greedy_and_none_beats_the_best_known(
    entry: dict[str, Any],
) -> None:
    problem = Rostering.read(published.FOLDER / entry["path"])
    size = entry["size"]
    assert (len(problem.staff), len(problem.shifts), problem.days) == (
        size["staff"],
        size["shift_types"],
        size["days"],
    )
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert score.objective >= entry["best_known"]


@published.instances("shift_scheduling", "best_known")
def test_small_published_instances_are_solved_nearly(entry: dict[str, Any]) -> None:
    if len(entry["size"]) and entry["size"]["staff"] > 8:
        pytest.skip("only Instance1 takes seconds")
    problem = Rostering.read(published.FOLDER / entry["path"])
    result = qopt.solve(
        problem, solver="hybrid", num_rounds=25, time_limit=None, size=150, seed=1, num_threads=1
    )
    assert entry["best_known"] <= result.objective <= 1.05 * entry["best_known"]
