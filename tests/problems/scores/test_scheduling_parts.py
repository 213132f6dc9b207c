"""Parts of scheduling problems, put back, score as the whole does by its definition.

And their models allow just that.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import dimod
import numpy as np
import pytest

from problems.graphs import GraphColouring
from problems.scheduling import (
    Activity,
    Employee,
    Execution,
    FlexibleJobShop,
    JobShop,
    Line,
    Operation,
    ParallelMachines,
    ProjectPlan,
    ProjectScheduling,
    Request,
    Roster,
    Rostering,
    Schedule,
    Shift,
    Timetable,
    Timetabling,
)
from problems.scheduling.projects.parts.window import ProjectWindow
from problems.scheduling.rosters.model import Part
from problems.scheduling.shops.parts.window import Window
from qopt import Infeasible, Neighbourhood, QoptError
from qopt.kit import laws

from ...fuzz import examples
from . import made_scheduling as made
from . import score

Random = np.random.Generator
SHOPS = {JobShop: made.job_shop, FlexibleJobShop: made.flexible_job_shop}


def _parts(
    problem: Any, plan: Any, random: Random, found: Counter[str], most: int = 80
) -> Iterator[tuple[str, Neighbourhood]]:
    """One of each kind, of at most 10 to `most` variables, counted.

    With its own plan put back nothing has changed.
    """
    for kind in problem.kinds:
        try:
            part = laws.part_of(problem, plan, kind, int(random.integers(10, most + 1)), random)
        except Infeasible:  # its model says so: someone has more events than periods there
            continue
        if part is not None:
            assert score(problem, part.back(part.plan)) == score(problem, plan)
            found[kind] += 1
            yield kind, part


def _one_of_each(labels: list[str], random: Random) -> list[str]:
    """One start at random for each operation or activity.

    That is what stands before the last comma, and before a machine.
    """
    of: dict[str, list[str]] = {}
    for label in labels:
        of.setdefault(label.rsplit(",", 1)[0].split(",machine")[0], []).append(label)
    return [str(random.choice(starts)) for starts in of.values()]


def _assignment(cqm: dimod.ConstrainedQuadraticModel, ones: list[str]) -> dict[Any, float]:
    return dict.fromkeys(cqm.variables, 0.0) | dict.fromkeys(ones, 1.0)


# shops


def _windows(kind: type[Any], seeds: int) -> Iterator[tuple[Any, Any, Neighbourhood, Random]]:
    found = Counter[str]()
    for seed in range(examples(seeds)):
        random = np.random.default_rng(seed)
        problem = SHOPS[kind](random, 4, 4, 9)
        plan = made.schedule(problem, random)
        for _, part in _parts(problem, plan, random, found):
            yield problem, plan, part, random
    assert all(found[of] > 10 for of in kind.kinds)


def _operations(window: Any, labels: list[str]) -> Schedule:
    """The operations where these starts put them."""
    found = []
    for label in labels:
        job, step, machine, start = label[len("start[") : -1].split(",")
        modes = window.modes[window.steps.index((int(job), int(step)))]
        mode = next(mode for mode in modes if f"machine {mode.machine}" == machine)
        found.append(Operation(mode.machine, int(start), mode.duration, int(job), int(step)))
    return Schedule.of(found)


@pytest.mark.parametrize("kind", SHOPS)
def test_a_window_of_a_shop_scores_as_the_whole(kind: type[Any]) -> None:
    complete = 0
    for problem, plan, part, random in _windows(kind, 60):
        inner = part.problem
        before, inside = score(problem, plan), inner.evaluate(part.plan)
        for ones in (_one_of_each(list(inner.model().variables), random), *[None] * 3):
            again = (
                made.sampled(inner, random)
                if ones is None
                else inner.decode(_assignment(inner.model(), ones))
            )
            now, found = score(problem, part.back(again)), inner.evaluate(again)
            assert found.feasible == now.feasible
            if now.feasible:
                complete += 1
                assert before.objective - now.objective == inside.objective - found.objective
    assert complete > 100


@pytest.mark.parametrize("kind", SHOPS)
def test_a_window_in_single_units_allows_just_the_schedules_in_time(kind: type[Any]) -> None:
    """Starts at random.

    They keep all rows where nothing overlaps and nothing is too early, and the whole ends in time.
    """
    kept = Counter[bool]()
    for problem, _, part, random in _windows(kind, 40):
        inner: Any = part.problem
        latest = inner.latest + int(random.integers(9))
        exact = Window(inner.steps, inner.modes, inner.gaps, inner.least, latest, 10**6)
        cqm = exact.model()
        for _ in range(12):
            ones = _one_of_each(list(cqm.variables), random)
            placed, feasible = _operations(exact, ones), cqm.check_feasible(_assignment(cqm, ones))
            kept[feasible] += 1
            assert feasible == exact.evaluate(placed).feasible
            if feasible:
                assert cqm.check_feasible(exact.encode(placed))
                whole = score(problem, part.back(placed))
                assert whole.feasible
                assert whole.objective <= latest
            again = exact.decode(_assignment(cqm, ones))
            if exact.evaluate(again).objective <= latest:
                own = exact.encode(again)
                assert set(own) == set(cqm.variables)
                assert cqm.check_feasible(own)
                assert exact.decode(own) == again
    assert min(kept.values()) > 20


@pytest.mark.parametrize("kind", SHOPS)
def test_a_window_s_buckets_shorten_durations_by_half_a_bucket(kind: type[Any]) -> None:
    """Half of an odd width is rounded down, and nothing that takes time takes none.

    So it is told which starts exclude each other.
    """
    widths = Counter[int]()
    for _, _, part, _ in _windows(kind, 30):
        window: Any = part.problem
        half, cqm = window.bucket // 2, window.model()
        widths[window.bucket] += 1
        pairs = {
            frozenset(pair)
            for row in cqm.constraints.values()
            for pair in row.lhs.quadratic
            if row.sense is dimod.sym.Sense.Eq and row.rhs == 0
        }
        starts = {label: _operations(window, [label]).operations[0] for label in cqm.variables}
        number = {step: k for k, step in enumerate(window.steps)}
        least = {(a, b): gap for a, b, gap in window.gaps}
        wanted = set()
        for (one, a), (other, b) in itertools.permutations(starts.items(), 2):
            end = a.start + (max(1, a.duration - half) if a.duration else 0)
            gap = least.get((number[a.job, a.step], number[b.job, b.step]))
            if gap is not None and b.start < end + gap:
                wanted.add(frozenset((one, other)))
            at_once = a.job != b.job and a.machine == b.machine and a.duration and b.duration
            if at_once and a.start <= b.start < end:
                wanted.add(frozenset((one, other)))
        assert pairs == wanted
    assert len(widths) > 3
    assert any(width > 1 and width % 2 for width in widths)


@pytest.mark.parametrize("bucket", [2, 3, 4, 5])
def test_durations_of_models_are_to_the_nearest_bucket(bucket: int) -> None:
    """Of two steps in a row, and of two activities: how much later the second one may start.

    A half goes to the even one.
    """
    for duration in range(1, 14):
        nearest = max(1, min(range(9), key=lambda k: (abs(k * bucket - duration), k % 2)))
        shop = JobShop((((0, duration), (1, 1)),), bucket=bucket, horizon=60)
        house = ProjectScheduling(
            (Activity("a", duration), Activity("b", 1, after=("a",))),
            {"crew": 1},
            bucket=bucket,
            horizon=60,
        )
        for problem, first, second in (
            (shop, "start[0,0,{}]", "start[0,1,{}]"),
            (house, "start[a,{}]", "start[b,{}]"),
        ):
            cqm: Any = problem.model()  # type: ignore[attr-defined]
            row: Any = next(
                row for label, row in cqm.constraints.items() if label.startswith("order")
            )
            apart = {frozenset(pair) for pair in row.lhs.quadratic}
            allowed = [
                later - earlier
                for earlier, later in itertools.product(range(12), repeat=2)
                if {first.format(earlier), second.format(later)} <= set(cqm.variables)
                and frozenset((first.format(earlier), second.format(later))) not in apart
            ]
            assert min(allowed) == nearest


# projects


def test_a_window_of_a_project_scores_as_the_whole_and_allows_just_what_ends_earlier() -> None:
    """What is free starts at random beside what is fixed.

    The rows are kept just where the project is.
    """
    kept, found = Counter[bool](), Counter[str]()
    for seed in range(examples(60)):
        random = np.random.default_rng(seed)
        problem = made.project(random, 6, 5)
        order = dict(enumerate(random.permutation(len(problem.activities)).tolist()))
        plan = problem.scheduled(order)
        for _, part in _parts(problem, plan, random, found):
            inner: Any = part.problem
            assert isinstance(inner, ProjectWindow)
            cqm = inner.model()
            takes = {a.name: a.duration for a in problem.activities}
            for _ in range(16):
                ones = _one_of_each(list(cqm.variables), random)
                again = inner.decode(_assignment(cqm, ones))
                whole = score(problem, part.back(again))
                assert whole.feasible
                assert inner.evaluate(again).objective == whole.objective
                starts = {problem.names[a]: start for a, start in inner.fixed.items()} | {
                    name: int(start)
                    for name, start in (label[len("start[") : -1].rsplit(",", 1) for label in ones)
                }
                placed = ProjectPlan.of(Execution(a, t, takes[a]) for a, t in starts.items())
                feasible = cqm.check_feasible(_assignment(cqm, ones))
                assert feasible == score(problem, placed).feasible
                assert placed.makespan <= inner.end < plan.makespan
                kept[feasible] += 1
                if feasible:
                    own = inner.encode(placed)
                    assert set(own) == set(cqm.variables)
                    assert cqm.check_feasible(own)
                    assert whole.objective < plan.makespan
    assert min(kept.values()) > 20
    assert all(found[kind] > 5 for kind in ProjectScheduling.kinds)


# machines


def test_some_machines_score_as_all_do() -> None:
    found = Counter[str]()
    for seed in range(examples(60)):
        random = np.random.default_rng(seed)
        problem = made.machines(random)
        plan = made.queues(problem, random)
        for _, part in _parts(problem, plan, random, found):
            inner: Any = part.problem
            others = [turn.end for turn in plan.turns if turn.machine not in inner.machines]
            for again in (made.queues(inner, random), made.sampled(inner, random)):
                now, inside = score(problem, part.back(again)), inner.evaluate(again)
                assert inside == inner.evaluate(again)
                assert inside.feasible == score(inner, again).feasible == now.feasible
                if now.feasible:
                    assert now.objective == max([inside.objective, *others])
                    if inside.objective <= part.plan.makespan:  # the model's horizon
                        laws.judged(inner, inner.encode(again))
    assert all(found[kind] > 10 for kind in ParallelMachines.kinds)


# colourings


def test_some_nodes_keep_the_colour_to_go_as_often_in_the_whole() -> None:
    """Where no colour is the one to go, it is that fewer are without."""
    found, spares = Counter[str](), Counter[bool]()
    for seed in range(examples(80)):
        random = np.random.default_rng(seed)
        problem = made.graph(random)
        plan = made.colouring(problem, random)
        for _, part in _parts(problem, plan, random, found):
            inner: Any = part.problem
            spares[inner.spare > 0] += 1
            fixed = {node: c for node, c in plan.colours.items() if node not in inner.nodes}
            for node, choice in inner.choices.items():
                near = {b if a == node else a for a, b in problem.edges if node in (a, b)}
                taken = {fixed.get(other) for other in near}
                assert not taken & {c for c in choice if c}
                assert set(part.plan.colours.values()) - taken <= set(choice)

            def going(plan: Any, nodes: Any, spare: int = inner.spare) -> int:
                return sum(plan.colours.get(node, 0) == spare for node in nodes)

            for _ in range(6):
                inside = laws.judged(inner, sample := laws.drawn(inner, random))
                again = inner.decode(sample)
                whole = part.back(again)
                assert inside.objective == going(again, again.colours)
                if inside.feasible:
                    assert score(problem, whole).broken == {"node"} & {
                        "node" for node in problem.nodes if node not in whole.colours
                    }
                    gain = going(part.plan, inner.nodes) - going(again, inner.nodes)
                    assert going(plan, problem.nodes) - going(whole, problem.nodes) == gain
    assert all(found[kind] > 10 for kind in GraphColouring.kinds)
    assert min(spares.values()) > 10


# timetables


def test_some_events_score_as_all_do() -> None:
    """What they cost more or less is the same, whatever is broken.

    And they break something just where the whole does.
    """
    found, feasible = Counter[str](), 0
    for seed in range(examples(60)):
        random = np.random.default_rng(seed)
        problem = made.timetable(random, (2, 5, 8)[seed % 3])
        plan = made.BROKEN[Timetabling](problem, made.greedy(problem), random)
        if made.UNKNOWN in str(plan):
            continue
        for _, part in _parts(problem, plan, random, found, 30):
            inner: Any = part.problem
            rest = part.back(Timetable(()))
            fixed = {lecture.event for lecture in rest.lectures}
            held = len(fixed) == len(rest.lectures) and score(problem, rest).broken <= {"event"}
            homeless = {event.name for event in problem.events} - fixed
            homeless -= {event.name for event in inner.events}
            before, start = score(problem, plan).objective, score(inner, part.plan).objective
            for k in range(8):
                again = inner.decode(sample := laws.drawn(inner, random))
                if k == 0:
                    laws.judged(inner, sample)
                if k % 2:
                    again = made.BROKEN[Timetabling](inner, part.plan, random)
                    if made.UNKNOWN in str(again):
                        continue
                now, inside = score(problem, part.back(again)), inner.evaluate(again)
                assert inside.feasible == score(inner, again).feasible
                assert now.objective - before == pytest.approx(inside.objective - start)
                if held and not homeless:
                    assert inside.feasible == now.feasible
                    feasible += now.feasible
                elif held and inside.feasible:
                    assert now.broken == {"event"}
    assert feasible > 20
    assert all(found[kind] > 10 for kind in Timetabling.kinds)


# rosters


def _charged(part: Any, cqm: dimod.ConstrainedQuadraticModel, problem: Any, plan: Roster) -> bool:
    """Whether the part's model allows a plan, after a check.

    It does just where all rules are kept, and charges the cost.

    Where someone who must not lack does, it is the cover that may be broken, for a price above all
    others.
    """
    plain = score(problem, plan)
    kept = plain.feasible if part.strict else plain.broken <= {"cover"}
    try:
        own = part.encode(plan)
    except QoptError:
        assert plain.broken - {"cover"}
        return False
    assert cqm.check_feasible(own) == kept
    if plain.feasible:
        assert cqm.objective.energy(own) == pytest.approx(plain.objective)
    return bool(kept)


def test_some_cells_of_a_roster_and_their_model_score_as_the_whole() -> None:
    kept, found = Counter[tuple[str, bool]](), Counter[str]()
    for seed in range(examples(60)):
        random = np.random.default_rng(seed)
        problem = made.roster(random)
        plan = made.greedy(problem)
        if plan is None or score(problem, plan).broken - {"cover"}:
            continue
        for kind, part in _parts(problem, plan, random, found):
            inner: Any = part.problem
            cqm, again = inner.model(), part.plan
            for k in range(12):
                if kind == "lines":
                    lines = [label for label in cqm.variables if label.startswith("line")]
                    again = inner.decode(_assignment(cqm, _one_of_each(lines, random)))
                    assert not score(problem, again).broken - {"cover"}
                elif k % 4:
                    again = _refilled(problem, inner, again, random)
                else:
                    again = inner.decode(laws.drawn(inner, random, 0.2))
                now, inside = score(problem, part.back(again)), inner.evaluate(again)
                assert inside.feasible == now.feasible
                assert inside.objective == pytest.approx(now.objective)
                kept[kind, _charged(inner, cqm, problem, again)] += 1
                again = part.plan if k % 4 == 3 else again
    assert all(found[kind] > 10 for kind in Rostering.kinds)
    assert all(kept[kind, True] > 10 for kind in Rostering.kinds)
    assert all(kept[kind, False] > 10 for kind in ("staff", "days", "block"))


def _refilled(problem: Rostering, part: Part, plan: Roster, random: Random) -> Roster:
    """A free day, or two in a row, with another shift or none."""
    cells = np.argwhere(part.free).tolist()
    e, day = cells[int(random.integers(len(cells)))]
    lines = [list(line.shifts) for line in plan.lines]
    for at in (day, day + 1)[: 1 + int(random.integers(2))]:
        if at < problem.days and part.free[e, at]:
            lines[e][at] = str(random.choice(["", "E", "L"]))
    return Roster(
        tuple(
            Line(employee.name, tuple(line))
            for employee, line in zip(problem.staff, lines, strict=True)
        )
    )


SHIFTS = (Shift("E", 480), Shift("L", 300, ("E",)))
ON, TWO = ("", "E"), ("", "E", "L")
WEEK: tuple[tuple[str, ...], ...] = (ON,) * 8
# of each rule the employee, and what each day may be
CASES: dict[str, tuple[dict[str, Any], tuple[tuple[str, ...], ...]]] = {
    "max_consecutive": ({"max_consecutive": 2}, WEEK),
    "min_consecutive": ({"min_consecutive": 3}, WEEK),
    "min_days_off": ({"min_days_off": 3}, WEEK),
    "both runs": ({"min_consecutive": 2, "min_days_off": 2, "max_consecutive": 3}, WEEK),
    "max_weekends": ({"max_weekends": 1}, (*[("",)] * 4, ON, ON, ON, *[("E",)] * 4, ON, ON)),
    "no weekend": ({"max_weekends": 0}, (*[("",)] * 4, ON, ON, ON, *[("E",)] * 4, ON, ON)),
    "max_shifts": ({"max_shifts": {"E": 2, "L": 1}}, (TWO,) * 5),
    "min_minutes": ({"min_minutes": 1080}, (TWO,) * 5),
    "max_minutes": ({"max_minutes": 1080}, (TWO,) * 5),
    "days_off": ({"days_off": (0, 3)}, (TWO,) * 4),
    "not_before": ({}, (TWO,) * 5),
    "day": ({}, ((*TWO, "E+L"),) * 4),
}


@pytest.mark.parametrize("rule", CASES)
def test_every_line_is_allowed_just_where_it_keeps_the_rule(rule: str) -> None:
    """All lines there are, in the model of the whole, and in those of parts.

    Parts have all others of the cells that are kept.
    """
    options, choices = CASES[rule]
    wish = Request("ann", len(choices) - 1, "E", 3.0)
    problem = Rostering(len(choices), SHIFTS, (Employee("ann", **options),), (), (wish,))
    every = {cells: score(problem, _ann(cells)) for cells in itertools.product(*choices)}
    fine = [cells for cells, plain in every.items() if plain.feasible]
    random = np.random.default_rng(0)
    _allows_just(problem, fine[0], np.ones(problem.days, dtype=np.bool_), every)
    seen = Counter[bool]()
    for _ in range(examples(12)):
        free = random.random(problem.days) < 0.6
        if free.any():
            seen += _allows_just(problem, fine[int(random.integers(len(fine)))], free, every)
    assert min(seen[True], seen[False]) > 10


def _ann(cells: tuple[str, ...]) -> Roster:
    return Roster((Line("ann", cells),))


def _allows_just(problem: Any, base: Any, free: Any, every: dict[Any, Any]) -> Counter[bool]:
    """How many lines with the kept days of `base` the part's model allows, and does not.

    All are checked first.
    """
    grid = problem.rules.grid(_ann(base))
    part = Part(rules=problem.rules, kept=grid & ~free[None, :, None], free=free[None])
    if not part.variables:
        return Counter()
    cqm, samples, lines = part.model(), [], []
    seen = Counter[bool]()
    for cells in every:
        if all(now == then or may for now, then, may in zip(cells, base, free, strict=True)):
            try:
                samples.append(part.encode(_ann(cells)))
                lines.append(cells)
            except QoptError:
                seen[False] += 1
                assert not every[cells].feasible
    labels = list(cqm.variables)
    bits = np.array([[sample[label] for label in labels] for sample in samples])
    scored = dimod.SampleSet.from_samples_cqm((bits, labels), cqm)
    for cells, kept, energy in zip(
        lines, scored.record.is_feasible.tolist(), scored.record.energy.tolist(), strict=True
    ):
        seen[kept] += 1
        assert kept == every[cells].feasible, cells
        assert energy == every[cells].objective
    return seen
