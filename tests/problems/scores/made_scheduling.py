"""Scheduling problems at random, and plans: sampled, greedy, and broken by a change or two."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from problems.graphs import Colouring, GraphColouring
from problems.scheduling import (
    Activity,
    Cover,
    Employee,
    Event,
    FlexibleJobShop,
    JobShop,
    Line,
    ParallelMachines,
    ProjectPlan,
    ProjectScheduling,
    Queues,
    Request,
    Room,
    Roster,
    Rostering,
    Schedule,
    Shift,
    Timetable,
    Timetabling,
)
from qopt import Infeasible
from qopt.kit import laws

Random = np.random.Generator
UNKNOWN = "nobody's"


def _below(random: Random, most: int) -> int:
    return int(random.integers(most))


def _some(random: Random, names: Sequence[str], most: int) -> tuple[str, ...]:
    """Up to `most` of the names."""
    return tuple(random.permutation(names)[: _below(random, most + 1)].tolist())


def job_shop(random: Random, jobs: int = 2, steps: int = 3, longest: int = 4) -> JobShop:
    """Up to so many steps of that many jobs or one more.

    They skip machines and come back, and may take no time.
    """

    def step() -> tuple[int, int]:
        return _below(random, 3), _below(random, longest + 1) if random.random() < 0.9 else 0

    counts = [1 + _below(random, steps) for _ in range(jobs + _below(random, 2))]
    return JobShop(tuple(tuple(step() for _ in range(count)) for count in counts), bucket=1)


def flexible_job_shop(
    random: Random, jobs: int = 2, steps: int = 3, longest: int = 4
) -> FlexibleJobShop:
    """The same, where each step may take up to three machines."""

    def step() -> tuple[tuple[int, int], ...]:
        able = random.permutation(3)[: 1 + _below(random, 3)].tolist()
        return tuple((m, _below(random, longest + 1) if random.random() < 0.9 else 0) for m in able)

    counts = [1 + _below(random, steps) for _ in range(jobs + _below(random, 2))]
    return FlexibleJobShop(tuple(tuple(step() for _ in range(n)) for n in counts), bucket=1)


def project(random: Random, activities: int = 3, longest: int = 4) -> ProjectScheduling:
    """That many activities or up to two more, with milestones and needs of 0.

    There is a resource that there is none of.
    """
    capacity = {"crew": 3, "crane": 2, "oven": 0}
    names = [f"activity {k}" for k in range(activities + _below(random, 3))]
    found = []
    for k, name in enumerate(names):
        needs = {r: _below(random, c + 1) for r, c in capacity.items() if random.random() < 0.7}
        found.append(
            Activity(name, _below(random, longest + 1), needs, _some(random, names[:k], 2))
        )
    return ProjectScheduling(tuple(found), capacity, bucket=1)


def machines(random: Random) -> ParallelMachines:
    """With jobs that a machine cannot do, and set-ups of each machine, of all, or none."""
    jobs, count = 3 + _below(random, 3), 2 + _below(random, 2)
    able = random.random((jobs, count)) < 0.8
    able[np.arange(jobs), random.integers(0, count, jobs)] = True
    takes = np.where(able, random.integers(1, 7, (jobs, count)), np.nan)
    setups = random.integers(0, 4, ((), (jobs, jobs), (count, jobs, jobs))[_below(random, 3)])
    return ParallelMachines(takes, setups=setups if setups.ndim else ())


def _employee(random: Random, name: str, days: int) -> Employee:
    return Employee(
        name,
        {shift: _below(random, 5) for shift in ("E", "L") if random.random() < 0.3},
        int(random.choice([0, 0, 480, 900])),
        [None, 1500, 2400][_below(random, 3)],
        1 + _below(random, 3),
        [None, 3, 4][_below(random, 3)],
        1 + _below(random, 3),
        [None, 1, 1, 2][_below(random, 4)],
        tuple(set(random.integers(0, days, _below(random, 3)).tolist())),
    )


def roster(random: Random) -> Rostering:
    """Up to three weekends, requests for and against, and cover of all kinds.

    It must be, has a price, or has none.
    """
    days, staff = 5 + _below(random, 11), [f"e{k}" for k in range(1 + _below(random, 3))]
    cover = [
        Cover(day, shift, _below(random, 3), under, float(random.choice([0, 1, 2.5])))
        for day in range(days)
        for shift in ("E", "L")
        for under in [
            float(random.choice([0, 3, 100, 100, math.inf], p=[0.2, 0.3, 0.2, 0.25, 0.05]))
        ]
        if random.random() < 0.5
    ]
    requests = [
        Request(
            str(random.choice(staff)),
            _below(random, days),
            str(random.choice(["E", "L"])),
            float(random.choice([1, 2.5])),
            bool(random.random() < 0.5),
        )
        for _ in range(_below(random, 6))
    ]
    return Rostering(
        days,
        (Shift("E", 480), Shift("L", 300, ("E",) if random.random() < 0.7 else ())),
        tuple(_employee(random, name, days) for name in staff),
        tuple(cover),
        tuple(requests),
    )


def timetable(random: Random, events: int = 2) -> Timetabling:
    """So many events or up to three more, with all that there is of rules and prices.

    People may be named twice.
    """
    periods = ["Mon 9", "Mon 11", "Tue 9", "Tue 11"]
    people, rooms = ["ann", "bob", "cy"], {"hall": 50, "lab": 20, "den": 5}
    found = [
        Event(
            f"event {k}",
            tuple(random.choice(people, _below(random, 4)).tolist()),
            int(random.choice([0, 5, 20, 21])),
            str(random.choice(["", "maths", "maths", "arts"])),
            _some(random, periods, 1),
            _some(random, ["hall", "lab"], 2),
            {period: float(random.integers(-2, 4)) for period in _some(random, periods, 4)},
        )
        for k in range(events + _below(random, 4))
    ]
    return Timetabling(
        tuple(found),
        tuple(Room(name, seats, _some(random, periods, 1)) for name, seats in rooms.items()),
        tuple(periods),
        tuple(period[:3] for period in periods),
        {who: _some(random, periods, 1) for who in people},
        float(random.choice([0, 2.5, 2.5])),
    )


def graph(random: Random) -> GraphColouring:
    names = [f"n{k}" for k in range(3 + _below(random, 4))]
    edges = [(a, b) for k, a in enumerate(names) for b in names[:k] if random.random() < 0.5]
    return GraphColouring(tuple(edges), tuple(names), None if random.random() < 0.5 else 4)


def _parts_broken(
    parts: Sequence[Any], random: Random, changes: Sequence[Callable[[Any, Any], Any]]
) -> tuple[Any, ...]:
    """One part dropped, there twice, or changed by what another one is."""
    if not parts:
        return ()
    k, other = _below(random, len(parts)), parts[_below(random, len(parts))]
    which = _below(random, len(changes) + 2)
    if which == 0:
        return tuple(parts[:k]) + tuple(parts[k + 1 :])
    if which == 1:
        return (*parts, parts[k])
    return (*parts[:k], changes[which - 2](parts[k], other), *parts[k + 1 :])


def _broken_schedule(
    problem: JobShop | FlexibleJobShop, plan: Schedule, random: Random
) -> Schedule:
    def elsewhere(operation: Any, _: Any) -> Any:
        able: Any = problem.jobs[operation.job][operation.step]
        m, d = able if isinstance(able[0], int) else able[_below(random, len(able))]
        return replace(operation, machine=m, duration=d)

    changes: list[Callable[[Any, Any], Any]] = [
        lambda o, other: replace(o, start=o.start - 1),
        lambda o, other: replace(o, start=o.start + 1),
        lambda o, other: replace(o, start=other.start),
        lambda o, other: replace(o, start=other.start + other.duration),
        lambda o, other: replace(o, machine=o.machine + 1),
        lambda o, other: replace(o, duration=o.duration + 1),
        lambda o, other: replace(o, job=99),
    ]
    known = all(o.job != 99 for o in plan.operations)
    return Schedule(_parts_broken(plan.operations, random, changes + [elsewhere] * known))


def _broken_project(problem: ProjectScheduling, plan: ProjectPlan, random: Random) -> ProjectPlan:
    changes: list[Callable[[Any, Any], Any]] = [
        lambda e, other: replace(e, start=e.start - 1),
        lambda e, other: replace(e, start=other.start),
        lambda e, other: replace(e, start=other.start + other.duration),
        lambda e, other: replace(e, start=other.start + other.duration - 1),
        lambda e, other: replace(e, duration=e.duration + 1),
        lambda e, other: replace(e, activity=UNKNOWN),
    ]
    return ProjectPlan(_parts_broken(plan.executions, random, changes))


def _broken_queues(problem: ParallelMachines, plan: Queues, random: Random) -> Queues:
    def moved(turn: Any, start: int) -> Any:
        return replace(turn, start=start, end=start + turn.end - turn.start)

    changes: list[Callable[[Any, Any], Any]] = [
        lambda t, other: moved(t, t.start - 1),
        lambda t, other: moved(t, t.start + 1),
        lambda t, other: moved(t, other.end),
        lambda t, other: moved(t, other.end + 3),
        lambda t, other: replace(t, end=t.end + 1),
        lambda t, other: replace(t, machine=str(random.choice(problem.machines))),
        lambda t, other: replace(t, job=other.job),
        lambda t, other: replace(t, job=UNKNOWN),
        lambda t, other: replace(t, machine=UNKNOWN),
    ]
    return Queues(_parts_broken(plan.turns, random, changes))


def _broken_roster(problem: Rostering, plan: Roster, random: Random) -> Roster:
    def turned(line: Line, _: Any) -> Line:
        """A day, or two in a row, worked or free instead."""
        cells = list(line.shifts)
        day = _below(random, len(cells)) if cells else 0
        for at in range(day, min(day + 1 + _below(random, 2), len(cells))):
            cells[at] = ["", "", "E", "L"][_below(random, 4)]
        return replace(line, shifts=tuple(cells))

    def told(line: Line, _: Any) -> Line:
        cells = list(line.shifts)
        if cells:
            cells[_below(random, len(cells))] = ["E+L", "X", "E+X"][_below(random, 3)]
        return replace(line, shifts=tuple(cells))

    changes: list[Callable[[Any, Any], Any]] = [
        *[turned] * 12,
        *[told] * 2,
        lambda line, other: replace(line, shifts=other.shifts),
        lambda line, other: replace(line, shifts=line.shifts[:-1]),
        lambda line, other: replace(line, shifts=(*line.shifts, "E")),
        lambda line, other: replace(line, employee=UNKNOWN),
    ]
    return Roster(_parts_broken(plan.lines, random, changes))


def _broken_timetable(problem: Timetabling, plan: Timetable, random: Random) -> Timetable:
    rooms = [room.name for room in problem.rooms]
    changes: list[Callable[[Any, Any], Any]] = [
        *[lambda x, other: replace(x, period=str(random.choice(problem.periods)))] * 4,
        *[lambda x, other: replace(x, room=str(random.choice(rooms)))] * 4,
        lambda x, other: replace(x, period=other.period),
        lambda x, other: replace(x, period=other.period, room=other.room),
        lambda x, other: replace(x, event=other.event),
        lambda x, other: replace(x, event=UNKNOWN),
        lambda x, other: replace(x, room=UNKNOWN),
        lambda x, other: replace(x, period=UNKNOWN),
    ]
    return Timetable(_parts_broken(plan.lectures, random, changes))


def _broken_colouring(problem: GraphColouring, plan: Colouring, random: Random) -> Colouring:
    node, other = (str(name) for name in random.choice(problem.nodes, 2))
    colour = [plan.colours.get(other, 1), 1 + _below(random, 5), 0][_below(random, 3)]
    left = {name: c for name, c in plan.colours.items() if name != node}
    return Colouring([left | {node: colour}, left, {**plan.colours, UNKNOWN: 1}][_below(random, 3)])


def schedule(problem: JobShop | FlexibleJobShop, random: Random) -> Schedule:
    """Semi-active, in any order and on any machines."""
    steps = [(j, s) for j, job in enumerate(problem.jobs) for s in range(len(job))]
    order = {step: _below(random, 50) for step in steps}
    if isinstance(problem, JobShop):
        return problem.semi_active(order)
    able = {(j, s): problem.jobs[j][s] for j, s in steps}
    return problem.semi_active(
        order, {step: every[_below(random, len(every))][0] for step, every in able.items()}
    )


def queues(problem: ParallelMachines, random: Random) -> Queues:
    """Each job on any machine that can do it, in any order."""
    found: dict[str, list[str]] = {machine: [] for machine in problem.machines}
    for job in random.permutation(len(problem.jobs)).tolist():
        able = [m for m, takes in enumerate(problem.durations[job]) if takes is not None]
        found[problem.machines[able[_below(random, len(able))]]].append(problem.jobs[job])
    return problem.schedule(problem.queues(problem.schedule(found)))


def colouring(problem: GraphColouring, random: Random) -> Colouring:
    """Every node has any colour that its neighbours leave it; with four there it may be none."""
    found: dict[str, int] = {}
    for node in random.permutation(problem.nodes).tolist():
        near = {b if a == node else a for a, b in problem.edges if node in (a, b)}
        taken = {found.get(other) for other in near}
        left = [c for c in range(1, (problem.colours or len(problem.nodes)) + 1) if c not in taken]
        if left and (problem.colours is None or random.random() < 0.8):
            found[node] = left[_below(random, min(3, len(left)))]
    return Colouring(found)


DRAWN: dict[type[Any], Callable[[Random], Any]] = {
    JobShop: job_shop,
    FlexibleJobShop: flexible_job_shop,
    ProjectScheduling: project,
    ParallelMachines: machines,
    Rostering: roster,
    Timetabling: timetable,
    GraphColouring: graph,
}
BROKEN: dict[type[Any], Callable[[Any, Any, Random], Any]] = {
    JobShop: _broken_schedule,
    FlexibleJobShop: _broken_schedule,
    ProjectScheduling: _broken_project,
    ParallelMachines: _broken_queues,
    Rostering: _broken_roster,
    Timetabling: _broken_timetable,
    GraphColouring: _broken_colouring,
}


def sampled(problem: Any, random: Random) -> Any | None:
    """The plan of an assignment at random; None where the problem has no model."""
    try:
        return problem.decode(laws.drawn(problem, random))
    except Infeasible:
        return None


def greedy(problem: Any) -> Any | None:
    """None where there is no plan at all."""
    try:
        return problem.greedy()
    except Infeasible:
        return None


def plans(problem: Any, random: Random, changes: int = 12) -> Iterator[Any]:
    """Two sampled ones, the greedy one, and each with one change and with two, `changes` times."""
    broken = BROKEN[type(problem)]
    found = [sampled(problem, random), sampled(problem, random), greedy(problem)]
    for plan in found:
        if plan is not None:
            yield plan
    for k in range(changes):
        plan = found[2 if k % 2 else k % 3]
        if plan is not None:
            yield (once := broken(problem, plan, random))
            yield broken(problem, once, random)
