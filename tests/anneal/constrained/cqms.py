"""Small constrained models of dimod's at random, and all their assignments."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np

MOST = 3000  # assignments


def random_cqm(seed: int) -> dimod.ConstrainedQuadraticModel:
    """With structure that moves can keep, rows that they cannot, and numbers that are whole or
    halves.
    """
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    variables: list[Any] = []
    left = MOST

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    def binaries(count: int) -> list[Any]:
        nonlocal left
        count = min(count, int(np.log2(max(left, 1))))
        left //= 2**count
        new = [dimod.Binary(f"b{len(variables) + k}") for k in range(count)]
        variables.extend(new)
        return new

    def others(make: Any, count: int, values: int) -> list[Any]:
        nonlocal left
        new = []
        while len(new) < count and left >= values:
            left //= values
            new.append(make(f"o{len(variables)}"))
            variables.append(new[-1])
        return new

    def some(members: list[Any], least: int = 1) -> list[Any]:
        count = int(random.integers(min(least, len(members)), len(members) + 1))
        return [members[k] for k in sorted(random.choice(len(members), count, replace=False))]

    def number(size: int = 4) -> float:
        return float(random.integers(1, size + 1) * random.choice([-1, 1])) / float(
            random.choice([1, 2])
        )

    def add(left_side: Any, sense: str, right: float, **soft: Any) -> None:
        if len(left_side.variables):
            cqm.add_constraint_from_model(
                left_side, sense, rhs=right, label=f"c{len(cqm.constraints)}", **soft
            )

    def total(members: list[Any]) -> Any:
        return dimod.quicksum(members)

    sort = random.choice(["grid", "groups", "sums", "loose"])
    if sort == "grid":
        rows, columns = (3, 3) if chance(0.5) else (2, 4)
        cells = np.array([None, *binaries(rows * columns)], dtype=object)[1:].reshape(rows, columns)
        holes = random.random((rows, columns)) < random.choice([0.0, 0.15])
        sides, outside = [(cells, holes), (cells.T, holes.T)], random.choice([0.0, 0.4])
        senses = ["==" if chance(0.8) else "<=", "==" if rows == columns and chance(0.8) else "<="]
        for (side, out), sense in zip(sides, senses, strict=True):
            for line, hole in zip(side, out, strict=True):
                extra = binaries(1) if chance(outside) else []
                add(total([*line[~hole].tolist(), *extra]), sense, 1.0)
    elif sort == "groups":
        for sense in ("==", "<=", "=="):
            members = binaries(3)
            if members:
                add(float(random.choice([1.0, 1.0, 2.0, -0.5])) * total(members), sense, 1.0)
                if chance(0.6):
                    add(total(some(members, 2)[:2]), "<=", 1.0)
    elif sort == "sums":
        low = int(random.integers(-3, 1))
        members = others(
            lambda name: dimod.Integer(name, lower_bound=low, upper_bound=low + 3), 3, 4
        ) + binaries(1)
        sign = float(random.choice([1.0, -1.0, 2.0]))
        add(sign * total(members), "==", sign * float(random.integers(3 * low, 3 * low + 11)))
        members = binaries(5)
        add(float(random.choice([1.0, -1.0])) * total(members), "==", float(random.integers(-3, 4)))
        add(total(some(members, 2)[:2]), "<=", 1.0)
        add(total(some(members, 1)), ">=", 1.0)
    else:
        members = others(dimod.Spin, int(random.integers(0, 5)), 2) + binaries(5)
        add(total(members[:4]), "==", float(random.integers(-2, 3)))
    if chance(0.5):
        others(dimod.Spin, 1, 2)
    if chance(0.5):
        others(lambda name: dimod.Integer(name, lower_bound=-1, upper_bound=2), 1, 4)
    objective: Any = dimod.quicksum([number() * v for v in variables])
    base = list(variables)
    if chance(0.6):  # a warehouse or two
        for y in binaries(int(random.integers(1, 3))):
            objective += abs(number()) * y
            for _ in range(2):
                add(
                    dimod.quicksum([abs(number()) * v for v in some(base)]) - abs(number(9)) * y,
                    "<=",
                    number() / 2,
                )
            if chance(0.3):
                add(y + total(some(variables[:3])), "<=", float(random.integers(1, 3)))
    share = float(random.choice([0.0, 0.2, 0.8]))
    pairs = [pair for pair in itertools.combinations(base, 2) if chance(share)]
    if pairs:
        objective += dimod.quicksum([number() * p * q for p, q in pairs])
    for v in base:
        if cqm_integer(v) and chance(0.4):
            objective += number() * v * v
    cqm.set_objective(objective + number(50))
    for _ in range(int(random.integers(0, 3))):
        linear = dimod.quicksum([number() * v for v in some(variables if chance(0.3) else base)])
        if chance(0.3):
            pair = [some(base)[0], some(base)[-1]]
            linear += number() * pair[0] * pair[1]
        soft = (
            {"weight": abs(number()), "penalty": str(random.choice(["linear", "quadratic"]))}
            if chance(0.5)
            else {}
        )
        if soft.get("penalty") == "quadratic" and not all(
            linear.vartype(v) is dimod.BINARY for v in linear.variables
        ):
            soft["penalty"] = "linear"
        add(
            linear,
            str(random.choice(["<=", ">=", "=="] if soft else ["<=", ">="])),
            number(6),
            **soft,
        )
    if chance(0.3):
        first, second = (
            some(variables[:4], 2)[:2] if len(variables) > 1 else (variables[0], variables[0])
        )
        add(1.0 * first * second, "==" if chance(0.5) else "<=", 0.0)
    return cqm


def cqm_integer(variable: Any) -> bool:
    return bool(variable.vartype(next(iter(variable.variables))) is dimod.INTEGER)


def assignments(cqm: dimod.ConstrainedQuadraticModel) -> np.ndarray:
    """float64[k, n]: all of them, in the order of the model's variables."""
    values = []
    for v in cqm.variables:
        step = 2 if cqm.vartype(v) is dimod.SPIN else 1
        values.append(
            np.arange(
                int(np.ceil(cqm.lower_bound(v))),
                int(np.floor(cqm.upper_bound(v))) + 1,
                step,
                dtype=np.float64,
            )
        )
    return np.array(list(itertools.product(*values)), dtype=np.float64).reshape(-1, len(values))


def scored(cqm: dimod.ConstrainedQuadraticModel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All assignments, which of them are feasible, and their energies, as dimod has them."""
    states = assignments(cqm)
    record = dimod.SampleSet.from_samples_cqm(
        (states, list(cqm.variables)), cqm, sort_labels=False
    ).record
    return states, record.is_feasible, record.energy
