from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.scheduling import Event, Lecture, Room, Timetable, Timetabling
from qopt import FileError, Infeasible, QoptError, UnknownName
from qopt.kit.files import LARGEST

from ... import models

ROOMS = (Room("hall", 80, ("Tue 9",)), Room("lab", 20))
EVENTS = (
    Event("algebra 1", ("Noether", "year 1"), 60, "algebra", preferences={"Mon 9": 2}),
    Event("algebra 2", ("Noether", "year 1"), 20, "algebra"),
    Event("optics", ("Meitner", "year 1"), 10, "optics", rooms=("lab",), unavailable=("Mon 11",)),
)
PERIODS = ("Mon 9", "Mon 11", "Tue 9")
DAYS = ("Mon", "Mon", "Tue")
WEEK = Timetabling(EVENTS, ROOMS, PERIODS, DAYS, {"Meitner": ("Mon 9",)}, spread=5, name="week")
PLAN = [
    Lecture("algebra 1", "Mon 9", "hall"),
    Lecture("algebra 2", "Mon 11", "lab"),
    Lecture("optics", "Tue 9", "lab"),
]
TEXT = """\
{"periods": ["Mon 9", "Mon 11", "Tue 9"], "days": ["Mon", "Mon", "Tue"],
 "rooms": [{"name": "hall", "seats": 80, "unavailable": ["Tue 9"]},
           {"name": "lab", "seats": 20}],
 "events": [{"name": "algebra 1", "who": ["Noether", "year 1"], "seats": 60, "course": "algebra",
             "preferences": {"Mon 9": 2}},
            {"name": "algebra 2", "who": ["Noether", "year 1"], "seats": 20, "course": "algebra"},
            {"name": "optics", "who": ["Meitner", "year 1"], "seats": 10, "course": "optics",
             "rooms": ["lab"], "unavailable": ["Mon 11"]}],
 "absences": {"Meitner": ["Mon 9"]},
 "spread": 5, "name": "week"}
"""


@st.composite
def _problems(draw: st.DrawFn, most: int = 5) -> Timetabling:
    periods = [f"p{k}" for k in range(draw(st.integers(1, 4)))]
    rooms = [
        Room(f"r{k}", draw(st.integers(0, 3)), draw(_some(periods)))
        for k in range(draw(st.integers(1, 2)))
    ]
    events = [
        Event(
            f"e{k}",
            draw(_some(["ann", "bob", "cy"])),
            draw(st.integers(0, 2)),
            draw(st.sampled_from(["", "x", "y"])),
            draw(_some(periods)),
            draw(st.sampled_from([(), (rooms[0].name,)])),
            draw(
                st.dictionaries(st.sampled_from(periods), st.integers(-3, 5).map(float), max_size=3)
            ),
        )
        for k in range(draw(st.integers(1, most)))
    ]
    days = [draw(st.sampled_from(["mon", "tue"])) for _ in periods]
    absences = {"ann": draw(_some(periods))}
    return Timetabling(
        tuple(events),
        tuple(rooms),
        tuple(periods),
        tuple(days),
        absences,
        draw(st.sampled_from([0.0, 2.5])),
    )


def _some(names: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), max_size=2, unique=True).map(tuple)


def _places(problem: Timetabling, event: Event) -> list[tuple[str, str]]:
    """Where an event can be, by the definition."""
    return [
        (period, room.name)
        for period in problem.periods
        for room in problem.rooms
        if room.seats >= event.seats
        and (not event.rooms or room.name in event.rooms)
        and period not in (*event.unavailable, *room.unavailable)
        and not any(period in problem.absences.get(who, ()) for who in event.who)
    ]


def _score(problem: Timetabling, plan: Timetable) -> tuple[float, bool]:
    """Cost, and whether every rule is kept, event by event and pair by pair.

    `plan` has known names only.
    """
    event_of = {event.name: event for event in problem.events}
    day = dict(zip(problem.periods, problem.days, strict=True))
    kept = sorted(lecture.event for lecture in plan.lectures) == sorted(event_of)
    cost = sum(
        event_of[lecture.event].preferences.get(lecture.period, 0.0) for lecture in plan.lectures
    )
    for lecture in plan.lectures:
        kept &= (lecture.period, lecture.room) in _places(problem, event_of[lecture.event])
    for a, b in itertools.combinations(plan.lectures, 2):
        one, other = event_of[a.event], event_of[b.event]
        if a.period == b.period:
            kept &= a.room != b.room and not set(one.who) & set(other.who)
        if one.course and one.course == other.course and day[a.period] == day[b.period]:
            cost += problem.spread
    return cost, kept


def _every(problem: Timetabling) -> Iterator[Timetable]:
    """Every choice of a place for each event."""
    cells = list(itertools.product(problem.periods, problem.rooms))
    for places in itertools.product(cells, repeat=len(problem.events)):
        yield Timetable(
            tuple(
                Lecture(event.name, period, room.name)
                for event, (period, room) in zip(problem.events, places, strict=True)
            )
        )


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(), st.integers(0, 2**32 - 1))
def test_model_and_plan_say_the_same_of_any_assignment(problem: Timetabling, seed: int) -> None:
    """Most events get one place, a few none or two."""
    try:
        cqm = problem.model()
    except Infeasible:
        return
    random = np.random.default_rng(seed)
    sample = dict.fromkeys(cqm.variables, 0.0)
    for event in problem.events:
        own = [label for label in sample if str(label).startswith(f"at[{event.name},")]
        for label in random.choice(own, random.choice([0, 1, 1, 1, 1, 1, 1, 1, 2])):
            sample[label] = 1.0
    plan = problem.decode(sample)
    score = problem.evaluate(plan)
    cost, kept = _score(problem, plan)
    assert score.feasible == kept == cqm.check_feasible(sample)
    assert score.objective == pytest.approx(cost)
    if len({lecture.event for lecture in plan.lectures}) == len(plan.lectures):
        assert cqm.objective.energy(sample) == pytest.approx(cost)
    assert problem.encode(plan) == sample
    assert problem.decode(problem.encode(plan)) == plan


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(), st.integers(0, 2**32 - 1))
def test_any_plan_at_all_is_judged_by_every_rule(problem: Timetabling, seed: int) -> None:
    random = np.random.default_rng(seed)
    lectures = [
        Lecture(
            event.name,
            str(random.choice(problem.periods)),
            str(random.choice([room.name for room in problem.rooms])),
        )
        for event in problem.events
    ]
    cost, kept = _score(problem, plan := Timetable(tuple(lectures)))
    score = problem.evaluate(plan)
    assert score.feasible == kept
    assert score.objective == pytest.approx(cost)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems())
def test_model_size_is_the_model_s(problem: Timetabling) -> None:
    try:
        assert problem.model_size() == models.size(problem.model())
    except Infeasible:
        return


@settings(deadline=None, max_examples=25, derandomize=True)
@given(_problems(most=3))
def test_the_model_s_optimum_is_the_best_timetable_s(problem: Timetabling) -> None:
    scores = [cost for plan in _every(problem) for cost, kept in [_score(problem, plan)] if kept]
    try:
        cqm = problem.model()
    except Infeasible:
        assert not scores
        return
    if scores and len(cqm.variables) <= 14:
        assert models.optimum(cqm) == pytest.approx(min(scores))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems())
def test_greedy_breaks_nothing_but_leaves_out_what_has_no_place(problem: Timetabling) -> None:
    plan = problem.greedy()
    left_out = {event.name for event in problem.events} - {
        lecture.event for lecture in plan.lectures
    }
    violations = {str(violation) for violation in problem.evaluate(plan).violations}
    assert violations == {f"event[{name}] by 1 missing" for name in left_out}


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    _problems(most=7), st.sampled_from(Timetabling.kinds), st.integers(1, 30), st.integers(0, 99)
)
def test_a_neighbourhood_scores_as_the_whole(
    problem: Timetabling, kind: str, size: int, seed: int
) -> None:
    plan, random = problem.greedy(), np.random.default_rng(seed)
    neighbourhood = problem.neighbourhood(plan, kind, size, random)
    if neighbourhood is None:
        return
    part: Any = neighbourhood.problem
    assert part.model_size().variables <= size
    assert sorted(neighbourhood.back(neighbourhood.plan).lectures, key=str) == sorted(
        plan.lectures, key=str
    )
    before, whole = part.evaluate(neighbourhood.plan), problem.evaluate(plan)
    missing = {event.name for event in problem.events} - {
        lecture.event for lecture in plan.lectures
    }
    hopeless = missing - {event.name for event in part.events}
    for _ in range(6):
        cells = [
            tuple(map(int, random.choice(np.argwhere(open_))))
            for open_ in part.allowed
            if open_.any()
        ]
        other = (
            part.timetable([(e, p, r) for e, (p, r) in enumerate(cells)])
            if len(cells) == len(part.events)
            else None
        )
        if other is None:
            return
        after, then = part.evaluate(other), problem.evaluate(neighbourhood.back(other))
        assert then.objective - whole.objective == pytest.approx(after.objective - before.objective)
        broken, still = (sum(v.amount for v in score.violations) for score in (after, then))
        assert still == broken + len(hopeless)


def test_hybrid_finds_the_timetable_that_costs_least() -> None:
    problem = Timetabling.generate(events=5, days=2, periods=2, rooms=2, seed=3)
    best = min(cost for plan in _every(problem) for cost, kept in [_score(problem, plan)] if kept)
    result = qopt.solve(
        problem, solver="hybrid", size=30, num_rounds=30, time_limit=None, seed=1, num_threads=1
    )
    assert result.objective == best


@pytest.mark.parametrize(
    ("lectures", "violations"),
    [
        (PLAN, []),
        (PLAN[:2], ["event[optics] by 1 missing"]),
        (
            [*PLAN, Lecture("algebra 2", "Tue 9", "lab")],
            ["event[algebra 2] by 1 extra", "room[lab,Tue 9] by 1 too many"],
        ),
        (
            [*PLAN, Lecture("chess", "Tue 9", "lab")],
            ["event[chess] by 1 unknown, or in an unknown place"],
        ),
        ([Lecture("algebra 1", "Mon 9", "lab"), *PLAN[1:]], ["seats[algebra 1] by 40 seats"]),
        (
            [*PLAN[:2], Lecture("optics", "Tue 9", "hall")],
            ["room of optics by 1", "unavailable[hall,Tue 9] by 1"],
        ),
        (
            [*PLAN[:2], Lecture("optics", "Mon 11", "lab")],
            ["unavailable[optics,Mon 11] by 1", "room[lab,Mon 11] by 1"],
        ),
        (
            [PLAN[0], Lecture("algebra 2", "Mon 9", "lab"), PLAN[2]],
            ["who[Noether,Mon 9] by 1", "who[year 1,Mon 9] by 1"],
        ),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    lectures: list[Lecture], violations: list[str]
) -> None:
    found = [str(violation) for violation in WEEK.evaluate(Timetable(tuple(lectures))).violations]
    for wanted in violations:
        assert any(one.startswith(wanted) for one in found)
    assert bool(found) == bool(violations)


def test_the_cost_is_of_periods_disliked_and_days_crowded() -> None:
    score = WEEK.evaluate(Timetable(tuple(PLAN)))
    assert (score.objective, score.kpis) == (7, {"disliked": 2, "crowded": 1})


@pytest.mark.parametrize(
    ("changes", "message", "labels"),
    [
        (
            {"rooms": (ROOMS[1],)},
            "event algebra 1 can be in no period and room: it needs 60 seats, .* has 20",
            ("once[algebra 1]",),
        ),
        (
            {"absences": {"Noether": PERIODS}},
            "event algebra 1 can be in no period and room: each that is large enough",
            ("once[algebra 1]",),
        ),
        (
            {"absences": {"year 1": ("Mon 11",), "Meitner": ("Mon 9",)}},
            "year 1 has 3 events, which can be in 2 periods only",
            ("once[algebra 1]", "once[algebra 2]", "once[optics]"),
        ),
    ],
)
def test_what_has_no_place_is_named_before_anything_is_solved(
    changes: dict[str, Any], message: str, labels: tuple[str, ...]
) -> None:
    with pytest.raises(Infeasible, match=message) as caught:
        replace(WEEK, **changes).model()
    assert caught.value.labels == labels


def test_a_lecture_where_it_cannot_be_is_refused() -> None:
    with pytest.raises(QoptError, match="optics at Mon 11 in lab, which it cannot be in"):
        WEEK.encode(Timetable((Lecture("optics", "Mon 11", "lab"),)))


def test_the_model_speaks_of_events_rooms_and_people() -> None:
    """The hall is closed on Tuesday, and the lab too small for algebra 1.

    Meitner is away at Mon 9 and optics at Mon 11.
    """
    cqm = WEEK.model()
    assert set(cqm.variables) == {
        "at[algebra 1,Mon 9,hall]",
        "at[algebra 1,Mon 11,hall]",
        "at[optics,Tue 9,lab]",
        *(
            f"at[algebra 2,{place}]"
            for place in ("Mon 9,hall", "Mon 9,lab", "Mon 11,hall", "Mon 11,lab", "Tue 9,lab")
        ),
    }
    assert set(cqm.constraints) == {
        *(f"once[{event.name}]" for event in EVENTS),
        "room[hall,Mon 9]",
        "room[hall,Mon 11]",
        "room[lab,Tue 9]",
        "who[Noether,Mon 9]",
        "who[Noether,Mon 11]",
        *(f"who[year 1,{period}]" for period in PERIODS),
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"events": ()}, "events: give at least one"),
        ({"events": (EVENTS[0], EVENTS[0])}, "2 events are named 'algebra 1'"),
        ({"rooms": (ROOMS[0], ROOMS[0])}, "2 rooms are named 'hall'"),
        ({"periods": ("Mon 9",) * 3}, "3 periods are named 'Mon 9'"),
        ({"days": ("Mon",)}, "days has 1 entries for 3 periods"),
        ({"spread": -1}, "spread=-1: give a cost"),
        ({"events": (replace(EVENTS[0], seats=-1),)}, "seats of event algebra 1=-1"),
        ({"events": (replace(EVENTS[0], preferences={"Mon 9": float("nan")}),)}, "Mon 9 costs nan"),
    ],
)
def test_bad_data_is_refused_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        replace(WEEK, **changes)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"events": (replace(EVENTS[0], unavailable=("Mon 8",)),)},
            "unavailable period of event algebra 1 named 'Mon 8'",
        ),
        (
            {"events": (replace(EVENTS[0], preferences={"Mo 9": 1.0}),)},
            "preferred period of event algebra 1 named 'Mo 9'",
        ),
        (
            {"events": (replace(EVENTS[0], rooms=("hell",)),)},
            "room of event algebra 1 named 'hell'; did you mean hall",
        ),
        (
            {"rooms": (replace(ROOMS[0], unavailable=("x",)), ROOMS[1])},
            "unavailable period of room hall named 'x'",
        ),
        ({"absences": {"Noether": ("x",)}}, "period of an absence of Noether named 'x'"),
    ],
)
def test_unknown_names_are_told_the_nearest(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        replace(WEEK, **changes)


def test_a_file_gives_the_whole_problem(tmp_path: Path) -> None:
    path = tmp_path / "autumn.json"
    path.write_text(TEXT)
    assert Timetabling.read(path) == WEEK
    path.write_text(
        '{"periods": ["p"], "rooms": [{"name": "r", "seats": 1}], "events": [{"name": "e"}]}'
    )
    assert Timetabling.read(path) == Timetabling(
        (Event("e"),), (Room("r", 1),), ("p",), name="autumn"
    )


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (
            '"seats": 60',
            '"seats": -1',
            4,
            "seats of event algebra 1=-1: give a whole number, 0 or more",
        ),
        (
            '{"Mon 9": 2}',
            '{"Mon 8": 2}',
            5,
            "no preferred period of event algebra 1 named 'Mon 8'; did you",
        ),
        ('{"Mon 9": 2}', '{"Mon 9": "2"}', 5, "events[0].preferences.Mon 9 is '2'; give a number"),
        (
            '"rooms": ["lab"]',
            '"rooms": ["lob"]',
            8,
            "no room of event optics named 'lob'; did you mean lab",
        ),
        (
            '"unavailable": ["Mon 11"]',
            '"unavailable": "Mon 11"',
            8,
            "events[2].unavailable: give a list",
        ),
        (
            '{"Meitner": ["Mon 9"]}',
            '{"Meitner": ["Mon"]}',
            9,
            "no period of an absence of Meitner named 'Mon'",
        ),
        ('"name": "lab", ', "", 3, "rooms[1] has no 'name'; give one"),
        ('{"name": "lab"', '{"name": "hall"', 3, "2 rooms are named 'hall'"),
        ('"algebra 2"', '"algebra 1"', 6, "2 events are named 'algebra 1'"),
        ('"days": ["Mon", ', '"days": [', 1, "days has 2 entries for 3 periods"),
        ('"spread": 5', '"spread": -5', 10, "spread=-5.0: give a cost"),
        (
            '"spread": 5',
            '"sprad": 5',
            10,
            "no key of a timetabling problem named 'sprad'; did you mean spread",
        ),
        (
            TEXT,
            '{"periods": [], "rooms": [], "events": []}',
            1,
            "events: give at least one",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "autumn.json"
    assert TEXT.count(valid) == 1
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        Timetabling.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize("options", [{"events": 0}, {"rooms": 0}, {"events": 61}, {"seed": -1}])
def test_generating_nonsense_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(QoptError, match=next(iter(options))):
        Timetabling.generate(**options)


def test_a_generated_week_that_is_full_can_be_kept() -> None:
    problem = Timetabling.generate(events=16, days=2, periods=4, rooms=2, seed=5)
    result = qopt.solve(
        problem, solver="annealer", time_limit=None, num_sweeps=300, seed=1, num_threads=1
    )
    assert result.objective is not None


def test_plans_survive_json_and_read_period_by_period() -> None:
    plan = Timetable(tuple(PLAN))
    assert Timetable.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert str(plan) == "Mon 9: algebra 1 in hall\nMon 11: algebra 2 in lab\nTue 9: optics in lab"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Event("e", who="Noether"), "who of event e='Noether': give a list"),
        (lambda: Event("e", rooms="hall"), "rooms of event e='hall': give a list"),
        (lambda: Event("e", preferences=["Mon 9"]), "preferences of event e: give what"),
        (lambda: Room("r", 1, "Mon 9"), "unavailable of room r='Mon 9': give a list"),
        (lambda: replace(WEEK, periods="Mon"), "periods='Mon': give a list"),
        (lambda: replace(WEEK, absences=["Noether"]), "absences: give the periods of each"),
        (lambda: replace(WEEK, absences={"Noether": "Mon 9"}), "absences of Noether='Mon 9'"),
        (lambda: replace(WEEK, events=(Event("a\u2028b"),)), r"event 'a\\u2028b': give a name"),
        (lambda: replace(WEEK, events=(Event("e", (3,)),)), "who of event e 3: give a name"),
        (lambda: replace(WEEK, spread=True), "spread=True: give a cost"),
    ],
)
def test_a_text_is_no_list_of_names(make: Any, message: str) -> None:
    """Its letters would be names else."""
    with pytest.raises(QoptError, match=message) as caught:
        make()
    assert len(str(caught.value).splitlines()) == 1


def test_lists_and_arrays_are_as_good_as_tuples() -> None:
    events = [
        Event(
            e.name,
            list(e.who),
            e.seats,
            e.course,
            list(e.unavailable),
            list(e.rooms),
            e.preferences,
        )
        for e in EVENTS
    ]
    rooms = [Room(room.name, room.seats, list(room.unavailable)) for room in ROOMS]
    lists = Timetabling(
        events,
        rooms,
        np.array(PERIODS),
        list(WEEK.days),
        {who: list(p) for who, p in WEEK.absences.items()},
        WEEK.spread,
        WEEK.name,
        WEEK.best_known,
    )
    assert lists == WEEK


def test_an_event_named_like_a_room_needs_seats_of_its_own() -> None:
    """Seats of both are numbers, whatever the other's are."""
    with pytest.raises(QoptError, match="seats of event hall=-3"):
        Timetabling((Event("hall", seats=-3),), (Room("hall", 5),), ("now",))
    problem = Timetabling((Event("hall", seats=9),), (Room("hall", 5),), ("now",))
    with pytest.raises(Infeasible, match="event hall can be in no period and room"):
        problem.model()
    plan = Timetable((Lecture("hall", "now", "hall"),))
    assert [str(v) for v in problem.evaluate(plan).violations] == ["seats[hall] by 4 seats"]


UNKNOWN = pytest.mark.parametrize(
    ("lecture", "message"),
    [
        (Lecture("algebra", "Mon 9", "hall"), "no event of the plan named 'algebra'; did you mean"),
        (Lecture("optics", "Mon", "hall"), "no period of the plan named 'Mon'"),
        (Lecture("optics", "Mon 9", "hell"), "no room of the plan named 'hell'; did you mean hall"),
    ],
)


@UNKNOWN
@pytest.mark.parametrize("kind", Timetabling.kinds)
def test_a_part_of_a_plan_of_unknown_names_is_refused_by_name(
    kind: str, lecture: Lecture, message: str
) -> None:
    with pytest.raises(UnknownName, match=message):
        WEEK.neighbourhood(Timetable((lecture,)), kind, 100, np.random.default_rng(0))


@UNKNOWN
def test_a_drawing_of_unknown_names_is_refused_by_name(lecture: Lecture, message: str) -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    with pytest.raises(UnknownName, match=message):
        WEEK.draw(Timetable((lecture,)), axes)


def test_a_drawing_has_a_bar_a_lecture() -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    WEEK.draw(Timetable(tuple(PLAN)), axes)
    assert len(axes.patches) == 3


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_cost_there_is_is_a_cost(sign: int) -> None:
    most = sign * LARGEST
    event = Event("e", preferences={"Mon": most})
    problem = Timetabling((event,), (Room("hall", 9),), ("Mon",))
    assert problem.evaluate(problem.greedy()).objective == most
    with pytest.raises(QoptError, match="Mon costs"):
        replace(problem, events=(replace(event, preferences={"Mon": 1.1 * most}),))
