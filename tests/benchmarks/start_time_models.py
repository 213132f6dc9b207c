"""Schedules as people write them as CQMs: whole start times, and binaries that say which of two
comes first.

Every model is drawn from a seed. `FORMS` are the ways to say that one of two operations waits for
the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np


@dataclass(frozen=True)
class Schedule:
    """A model to minimise, and what a plain heuristic gets; None where there is none."""

    name: str
    cqm: dimod.ConstrainedQuadraticModel
    greedy: float | None


Either = Callable[[dimod.ConstrainedQuadraticModel, Any, int, Any, int, Any, int, str], None]


def big_m(cqm: Any, a: Any, p: int, b: Any, q: int, y: Any, most: int, label: str) -> None:
    """`y` = 1 where a, of length p, is before b, of length q: two rows, of which one is void."""
    cqm.add_constraint(a - b + most * y >= q, label=f"{label} after")
    cqm.add_constraint(b - a - most * y >= p - most, label=f"{label} before")


def products(cqm: Any, a: Any, p: int, b: Any, q: int, y: Any, most: int, label: str) -> None:
    """The same as one row with products, as in D-Wave's example of a job shop."""
    cqm.add_constraint(a - b + (q - p) * y + 2 * y * b - 2 * y * a >= q, label=label)


def gates(cqm: Any, a: Any, p: int, b: Any, q: int, y: Any, most: int, label: str) -> None:
    """The same as two rows that `y` and 1 - `y` multiply."""
    cqm.add_constraint(y * a + p * y - y * b <= 0, label=f"{label} before")
    late = b + q - a - y * b - q * y + y * a
    cqm.add_constraint(late <= 0, label=f"{label} after")


def reversed_rows(cqm: Any, a: Any, p: int, b: Any, q: int, y: Any, most: int, label: str) -> None:
    """As `big_m`, with 1 - y for y, both rows doubled, one of them negated, and an M ten times as
    large.
    """
    much = 20 * most
    cqm.add_constraint(2 * b - 2 * a - much * (1 - y) <= -2 * q, label=f"{label} after")
    cqm.add_constraint(-2 * b + 2 * a - much * y <= -2 * p, label=f"{label} before")


FORMS: dict[str, Either] = {
    "big-M": big_m,
    "products": products,
    "gates": gates,
    "reversed": reversed_rows,
}


def integer(name: str, most: int) -> Any:
    return dimod.Integer(name, lower_bound=0, upper_bound=most)


def job_shop(jobs: int, machines: int, form: str, seed: int) -> Schedule:
    """Every job visits every machine in an order of its own; the makespan is to be least."""
    random = np.random.default_rng(seed)
    order = [random.permutation(machines).tolist() for _ in range(jobs)]
    length = random.integers(1, 20, (jobs, machines)).tolist()
    most = int(np.sum(length))
    cqm, end = dimod.ConstrainedQuadraticModel(), integer("end", most)
    start = [[integer(f"s{j}_{m}", most) for m in range(machines)] for j in range(jobs)]
    for j, visits in enumerate(order):
        for a, b in itertools.pairwise(visits):
            cqm.add_constraint(start[j][b] - start[j][a] >= length[j][a], label=f"order{j}_{b}")
        last = visits[-1]
        cqm.add_constraint(end - start[j][last] >= length[j][last], label=f"end{j}")
    for m in range(machines):
        for j, k in itertools.combinations(range(jobs), 2):
            first = dimod.Binary(f"y{j}_{k}_{m}")
            a, p, b, q = start[j][m], length[j][m], start[k][m], length[k][m]
            FORMS[form](cqm, a, p, b, q, first, most, f"one{j}_{k}_{m}")
    cqm.set_objective(end)
    return Schedule(f"job shop {jobs}x{machines} {form}", cqm, _dispatched(order, length))


def open_shop(jobs: int, machines: int, form: str, seed: int) -> Schedule:
    """Every job visits every machine in any order."""
    random = np.random.default_rng(seed)
    length = random.integers(1, 20, (jobs, machines)).tolist()
    most = int(np.sum(length))
    cqm, end = dimod.ConstrainedQuadraticModel(), integer("end", most)
    start = [[integer(f"s{j}_{m}", most) for m in range(machines)] for j in range(jobs)]
    cells = list(itertools.product(range(jobs), range(machines)))
    for j, m in cells:
        cqm.add_constraint(end - start[j][m] >= length[j][m], label=f"end{j}_{m}")
    for (j, m), (k, o) in itertools.combinations(cells, 2):
        if j == k or m == o:
            first = dimod.Binary(f"y{j}_{m}_{k}_{o}")
            a, p, b, q = start[j][m], length[j][m], start[k][o], length[k][o]
            FORMS[form](cqm, a, p, b, q, first, most, f"one{j}_{m}_{k}_{o}")
    cqm.set_objective(end)
    return Schedule(f"open shop {jobs}x{machines} {form}", cqm, None)


def tardiness(jobs: int, form: str, seed: int) -> Schedule:
    """One machine, release times and due dates; the weighted sum of delays is to be least."""
    random = np.random.default_rng(seed)
    length, weight = random.integers(1, 20, jobs).tolist(), random.integers(1, 10, jobs).tolist()
    release = random.integers(0, sum(length) // 2, jobs).tolist()
    due = [
        r + p + int(random.integers(0, sum(length) // 3))
        for r, p in zip(release, length, strict=True)
    ]
    most = max(release) + sum(length)
    cqm = dimod.ConstrainedQuadraticModel()
    start = [dimod.Integer(f"s{j}", lower_bound=release[j], upper_bound=most) for j in range(jobs)]
    late = [integer(f"late{j}", most) for j in range(jobs)]
    for j in range(jobs):
        cqm.add_constraint(late[j] - start[j] >= length[j] - due[j], label=f"late{j}")
    for j, k in itertools.combinations(range(jobs), 2):
        first = dimod.Binary(f"y{j}_{k}")
        FORMS[form](cqm, start[j], length[j], start[k], length[k], first, most, f"one{j}_{k}")
    cqm.set_objective(dimod.quicksum(w * t for w, t in zip(weight, late, strict=True)))
    now, greedy, left = 0, 0, set(range(jobs))
    while left:  # of those that are there, the one that is due first
        here = [j for j in left if release[j] <= now] or [min(left, key=lambda j: release[j])]
        j = min(here, key=lambda j: due[j])
        now = max(now, release[j]) + length[j]
        greedy += weight[j] * max(0, now - due[j])
        left.remove(j)
    return Schedule(f"tardiness {jobs} {form}", cqm, greedy)


def project(tasks: int, form: str, seed: int) -> Schedule:
    """Tasks with predecessors; some share one of four crews, and wait for each other."""
    random = np.random.default_rng(seed)
    length, crew = random.integers(1, 20, tasks).tolist(), random.integers(0, 4, tasks).tolist()
    most = sum(length)
    cqm, end = dimod.ConstrainedQuadraticModel(), integer("end", most)
    start = [integer(f"s{t}", most) for t in range(tasks)]
    for a, b in itertools.combinations(range(tasks), 2):
        if random.random() < 2 / tasks:
            cqm.add_constraint(start[b] - start[a] >= length[a], label=f"order{a}_{b}")
        elif crew[a] == crew[b]:
            first = dimod.Binary(f"y{a}_{b}")
            FORMS[form](cqm, start[a], length[a], start[b], length[b], first, most, f"one{a}_{b}")
    for t in range(tasks):
        cqm.add_constraint(end - start[t] >= length[t], label=f"end{t}")
    cqm.set_objective(end)
    return Schedule(f"project {tasks} {form}", cqm, None)


def round_trip(customers: int, seed: int) -> Schedule:
    """A vehicle visits all customers in their time windows and comes home; the way is to be
    shortest.
    """
    random = np.random.default_rng(seed)
    places = random.uniform(0, 50, (customers + 1, 2))
    way = np.rint(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))).astype(int)
    tour = [0, *(1 + random.permutation(customers)).tolist()]
    arrival = np.cumsum([0, *(way[i, j] for i, j in itertools.pairwise(tour))])
    most = int(arrival[-1]) + 200
    cqm = dimod.ConstrainedQuadraticModel()
    time = {0: 0}
    for j, there in zip(tour[1:], arrival[1:].tolist(), strict=True):
        early, late = (
            max(0, there - int(random.integers(5, 60))),
            there + int(random.integers(5, 60)),
        )
        time[j] = dimod.Integer(f"t{j}", lower_bound=early, upper_bound=late)
    arcs = {
        (i, j): dimod.Binary(f"x{i}_{j}")
        for i in range(customers + 1)
        for j in range(customers + 1)
        if i != j
    }
    for i in range(customers + 1):
        cqm.add_constraint(
            dimod.quicksum(x for (a, _), x in arcs.items() if a == i) == 1, label=f"out{i}"
        )
        cqm.add_constraint(
            dimod.quicksum(x for (_, b), x in arcs.items() if b == i) == 1, label=f"in{i}"
        )
    for (i, j), x in arcs.items():
        if j:
            cqm.add_constraint(
                time[j] - time[i] - most * x >= int(way[i, j]) - most, label=f"then{i}_{j}"
            )
    cqm.set_objective(dimod.quicksum(int(way[arc]) * x for arc, x in arcs.items()))
    return Schedule(f"round trip {customers}", cqm, None)


def _dispatched(order: list[list[int]], length: list[list[int]]) -> float:
    """The makespan where always the operation that can start first does, and of those the job with
    most work left.
    """
    free, ready, done = [0] * len(order[0]), [0] * len(order), [0] * len(order)
    left = [sum(row) for row in length]
    while unfinished := [j for j in range(len(order)) if done[j] < len(order[j])]:
        begin = {j: max(ready[j], free[order[j][done[j]]]) for j in unfinished}
        j = min(unfinished, key=lambda j: (begin[j], -left[j]))
        m = order[j][done[j]]
        ready[j] = free[m] = begin[j] + length[j][m]
        left[j] -= length[j][m]
        done[j] += 1
    return float(max(ready))
