"""Schedules, projects, rosters, timetables and colourings scored by their definitions.

Of whatever a plan repeats the first one counts for the rules behind it. `broken` has the kinds of
the problems' violations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from problems.graphs import Colouring, GraphColouring
from problems.scheduling import (
    Employee,
    FlexibleJobShop,
    JobShop,
    ParallelMachines,
    ProjectPlan,
    ProjectScheduling,
    Queues,
    Roster,
    Rostering,
    Schedule,
    Timetable,
    Timetabling,
)

from . import Score

Step = tuple[int, int]


def _score(objective: float, broken: set[str]) -> Score:
    return Score(float(objective), not broken, frozenset(broken))


def job_shop(problem: JobShop, plan: Schedule) -> Score:
    able = {(j, s): {step} for j, job in enumerate(problem.jobs) for s, step in enumerate(job)}
    return _shop(able, plan)


def flexible_job_shop(problem: FlexibleJobShop, plan: Schedule) -> Score:
    able = {(j, s): set(step) for j, job in enumerate(problem.jobs) for s, step in enumerate(job)}
    return _shop(able, plan)


def _shop(able: Mapping[Step, set[tuple[int, int]]], plan: Schedule) -> Score:
    """With the (machine, duration) pairs that each step may have."""
    broken, first = set(), {}
    for operation in plan.operations:
        step = (operation.job, operation.step)
        if step in first:
            broken.add("operation")
            continue
        first[step] = operation
        if (operation.machine, operation.duration) not in able.get(step, ()):
            broken.add("operation")
    for job, s in able:
        if (job, s) not in first:
            broken.add("operation")
            continue
        before = first.get((job, s - 1))
        if first[job, s].start < (0 if before is None else before.start + before.duration):
            broken.add("order")
    work = [operation for operation in first.values() if operation.duration > 0]
    for a in work:
        for b in work:
            together = a.start < b.start + b.duration and b.start < a.start + a.duration
            if a is not b and a.machine == b.machine and together:
                broken.add("machine")
    return _score(max((o.start + o.duration for o in plan.operations), default=0), broken)


def project_scheduling(problem: ProjectScheduling, plan: ProjectPlan) -> Score:
    activity = {activity.name: activity for activity in problem.activities}
    broken, first = set(), {}
    for execution in plan.executions:
        name = execution.activity
        if name in first:
            broken.add("activity")
            continue
        first[name] = execution
        if name not in activity or activity[name].duration != execution.duration:
            broken.add("activity")
    for name in activity:
        if name not in first:
            broken.add("activity")
            continue
        earlier = [first[before] for before in activity[name].after if before in first]
        if first[name].start < max((e.start + e.duration for e in earlier), default=0):
            broken.add("order")
        if first[name].start < 0:
            broken.add("order")
    for resource, capacity in problem.capacity.items():
        taken: dict[int, int] = {}  # in each unit of time
        for name, execution in first.items():
            for time in range(execution.start, execution.start + execution.duration):
                if name in activity:
                    need = activity[name].needs.get(resource, 0)
                    taken[time] = taken.get(time, 0) + need
        if any(much > capacity for much in taken.values()):
            broken.add("resource")
    return _score(max((e.start + e.duration for e in plan.executions), default=0), broken)


def parallel_machines(problem: ParallelMachines, plan: Queues) -> Score:
    broken = set()
    for name in problem.jobs:
        if sum(turn.job == name for turn in plan.turns) != 1:
            broken.add("job")
    known = []
    for turn in plan.turns:
        if turn.job not in problem.jobs or turn.machine not in problem.machines:
            broken.add("job")
            continue
        known.append(turn)
        job, machine = problem.jobs.index(turn.job), problem.machines.index(turn.machine)
        if turn.end - turn.start != problem.durations[job][machine] or turn.start < 0:
            broken.add("job")
    for m, machine in enumerate(problem.machines):
        queue = sorted((t for t in known if t.machine == machine), key=lambda t: (t.start, t.end))
        for k in range(1, len(queue)):
            before, after = problem.jobs.index(queue[k - 1].job), problem.jobs.index(queue[k].job)
            table = problem.setups[m if len(problem.setups) > 1 else 0] if problem.setups else None
            setup = table[before][after] if table else 0
            if queue[k].start - queue[k - 1].end < setup:
                broken.add("machine")
    return _score(max((turn.end for turn in plan.turns), default=0), broken)


def rostering(problem: Rostering, plan: Roster) -> Score:
    broken, names = set(), [shift.name for shift in problem.shifts]
    staff = {employee.name: employee for employee in problem.staff}
    cells: dict[str, list[set[str]]] = {
        name: [set() for _ in range(problem.days)] for name in staff
    }
    if sorted(line.employee for line in plan.lines) != sorted(staff):
        broken.add("line")
    for line in plan.lines:
        if len(line.shifts) != problem.days:
            broken.add("days")
        for day, text in enumerate(line.shifts):
            for name in text.split("+") if text else ():
                if name not in names:
                    broken.add("shift")
                elif line.employee in staff and day < problem.days:
                    cells[line.employee][day].add(name)
    for employee in problem.staff:
        broken |= set(_broken_by(problem, employee, cells[employee.name]))
    cost = 0.0
    for request in problem.requests:
        works = request.shift in cells[request.employee][request.day]
        if works != request.wanted:
            cost += request.weight
    for cover in problem.cover:
        there = sum(cover.shift in line[cover.day] for line in cells.values())
        if there > cover.needed:
            cost += cover.over * (there - cover.needed)
        elif there < cover.needed and cover.under == math.inf:
            broken.add("cover")
        elif there < cover.needed:
            cost += cover.under * (cover.needed - there)
    return _score(cost, broken)


def _broken_by(problem: Rostering, employee: Employee, line: list[set[str]]) -> Iterator[str]:
    """The rules that an employee's shifts of each day break."""
    shift = {shift.name: shift for shift in problem.shifts}
    every = [name for cell in line for name in cell]
    if any(line[day] for day in employee.days_off):
        yield "days_off"
    if any(len(cell) > 1 for cell in line):
        yield "day"
    for day in range(1, problem.days):
        for before in line[day - 1]:
            if line[day] & set(shift[before].not_before):
                yield "not_before"
    if any(every.count(name) > most for name, most in employee.max_shifts.items()):
        yield "max_shifts"
    minutes = sum(shift[name].minutes for name in every)
    if minutes < employee.min_minutes:
        yield "min_minutes"
    if employee.max_minutes is not None and minutes > employee.max_minutes:
        yield "max_minutes"
    weekends = {day // 7 for day, cell in enumerate(line) if cell and day % 7 >= 5}
    if employee.max_weekends is not None and len(weekends) > employee.max_weekends:
        yield "max_weekends"
    first = 0
    while first < problem.days:
        end = first
        while end < problem.days and bool(line[end]) == bool(line[first]):
            end += 1
        length, inside = end - first, first > 0 and end < problem.days
        if line[first]:
            if employee.max_consecutive is not None and length > employee.max_consecutive:
                yield "max_consecutive"
            if inside and length < employee.min_consecutive:
                yield "min_consecutive"
        elif inside and length < employee.min_days_off:
            yield "min_days_off"
        first = end


def timetabling(problem: Timetabling, plan: Timetable) -> Score:
    broken, cost = set(), 0.0
    events = {event.name: event for event in problem.events}
    rooms = {room.name: room for room in problem.rooms}
    known = []
    for lecture in plan.lectures:
        names = (lecture.event in events, lecture.room in rooms, lecture.period in problem.periods)
        if all(names):
            known.append((events[lecture.event], rooms[lecture.room], lecture.period))
        else:
            broken.add("event")
    for name in events:
        if sum(event.name == name for event, _, _ in known) != 1:
            broken.add("event")
    for event, room, period in known:
        cost += event.preferences.get(period, 0.0)
        if room.seats < event.seats:
            broken.add("seats")
        if event.rooms and room.name not in event.rooms:
            broken.add("room of")
        if period in event.unavailable or period in room.unavailable:
            broken.add("unavailable")
        if any(period in problem.absences.get(who, ()) for who in event.who):
            broken.add("unavailable")
    day = dict(zip(problem.periods, problem.days, strict=True))
    for k, (event, room, period) in enumerate(known):
        for other, other_room, other_period in known[:k]:
            if period == other_period and room is other_room:
                broken.add("room")
            if period == other_period and set(event.who) & set(other.who):
                broken.add("who")
            same = event.course and event.course == other.course
            if same and day[period] == day[other_period]:
                cost += problem.spread
    return _score(cost, broken)


def graph_colouring(problem: GraphColouring, plan: Colouring) -> Score:
    broken, colours = set(), plan.colours
    if set(colours) != set(problem.nodes):
        broken.add("node")
    for colour in colours.values():
        if colour < 1 or (problem.colours is not None and colour > problem.colours):
            broken.add("node")
    for a, b in problem.edges:
        if a in colours and b in colours and colours[a] == colours[b]:
            broken.add("differ")
    return _score(len(set(colours.values())) if problem.colours is None else 0, broken)


SCORES: dict[type, Callable[[Any, Any], Score]] = {
    JobShop: job_shop,
    FlexibleJobShop: flexible_job_shop,
    ProjectScheduling: project_scheduling,
    ParallelMachines: parallel_machines,
    Rostering: rostering,
    Timetabling: timetabling,
    GraphColouring: graph_colouring,
}
