"""Random models, written to files by SCIP and HiGHS, and the optimum of a file in two ways."""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from qopt.assignment import Model


def random_program(random: np.random.Generator) -> dict[str, Any]:
    """A few variables, rows `low <= a x <= high`, an objective with an offset and products."""
    n, m = int(random.integers(2, 6)), int(random.integers(1, 5))
    binary = random.random(n) < 0.5
    lower = np.where(binary, 0, random.integers(-3, 2, n))
    upper = np.where(binary, 1, lower + random.integers(0, 5, n))
    kinds = random.choice(["<", ">", "=", "range"], m, p=[0.4, 0.3, 0.1, 0.2])
    rows = random.integers(-4, 5, (m, n)) * (random.random((m, n)) < 0.7)
    inside = rows @ (lower + np.floor(random.random(n) * (upper - lower + 1))).astype(int)
    width = random.integers(0, 6, m)
    low = np.where(np.isin(kinds, ["<"]), -np.inf, inside - np.where(kinds == "=", 0, width))
    high = np.where(kinds == ">", np.inf, inside + np.where(kinds == "=", 0, width))
    return {
        "n": n,
        "binary": binary,
        "lower": lower,
        "upper": upper,
        "rows": rows,
        "low": low,
        "high": high,
        "cost": np.round(random.normal(size=n) * 5, int(random.integers(0, 4))),
        "offset": float(random.choice([0, 0, 3, -2.5])),
        "products": np.triu(random.integers(-3, 4, (n, n))) * (random.random() < 0.4),
        "maximise": bool(random.random() < 0.5),
    }


def write_scip(program: dict[str, Any], path: Path) -> None:
    """By SCIP; products go into one more row, as SCIP has no others."""
    from pyscipopt import Model as Scip
    from pyscipopt import quicksum

    model = Scip()
    model.hideOutput()
    x = [
        model.addVar(
            f"x_{k}",
            vtype="B" if program["binary"][k] else "I",
            lb=int(program["lower"][k]),
            ub=int(program["upper"][k]),
        )
        for k in range(program["n"])
    ]
    for c, row in enumerate(program["rows"]):
        total = quicksum(int(a) * v for a, v in zip(row, x, strict=True))
        low, high = float(program["low"][c]), float(program["high"][c])
        if not row.any():
            continue
        if low == high:
            model.addCons(total == low, name=f"row{c}")
        elif np.isinf(low):
            model.addCons(total <= high, name=f"row{c}")
        elif np.isinf(high):
            model.addCons(total >= low, name=f"row{c}")
        else:
            model.addCons((total <= high) >= low, name=f"row{c}")
    q = program["products"]
    if q.any():
        products = quicksum(int(q[i, j]) * x[i] * x[j] for i, j in zip(*np.nonzero(q), strict=True))
        model.addCons(products <= int(np.abs(q).sum()), name="bent")
    cost = quicksum(float(a) * v for a, v in zip(program["cost"], x, strict=True))
    model.setObjective(cost + program["offset"], "maximize" if program["maximise"] else "minimize")
    model.writeProblem(str(path), verbose=False)


def write_highs(program: dict[str, Any], path: Path) -> None:
    """By HiGHS, with products in the objective."""
    import highspy

    n = program["n"]
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    for k in range(n):
        model.addVar(float(program["lower"][k]), float(program["upper"][k]))
        model.changeColCost(k, float(program["cost"][k]))
        model.changeColIntegrality(k, highspy.HighsVarType.kInteger)
        model.passColName(k, f"x_{k}")
    for c, row in enumerate(program["rows"]):
        there = np.flatnonzero(row)
        model.addRow(
            float(program["low"][c]),
            float(program["high"][c]),
            len(there),
            there.astype(np.int32),
            row[there].astype(np.float64),
        )
        model.passRowName(c, f"row{c}")
    model.changeObjectiveOffset(program["offset"])
    if program["maximise"]:
        model.changeObjectiveSense(highspy.ObjSense.kMaximize)
    q = program["products"]
    if q.any():
        hessian = highspy.HighsHessian()
        full = (q + q.T).T  # the lower triangle, by columns
        start, index, value = [0], [], []
        for column in range(n):
            for row in range(column, n):
                if full[row, column]:
                    index.append(row)
                    value.append(float(full[row, column]))
            start.append(len(index))
        hessian.dim_, hessian.format_ = n, highspy.HessianFormat.kTriangular
        hessian.start_, hessian.index_, hessian.value_ = start, index, value
        model.passHessian(hessian)
    model.writeModel(str(path))


def scip_optimum(path: Path) -> float | str | None:
    """Of the file; None where it is infeasible, "refused" where SCIP does not read it."""
    from pyscipopt import Model as Scip

    model = Scip()
    model.hideOutput()
    try:
        with _silent():
            model.readProblem(str(path))
    except OSError:
        return "refused"
    model.setParam("limits/time", 20)
    try:
        with _silent():
            model.optimize()
    except Exception:  # what PySCIPOpt raises for bounds that cross, of a file it has read
        return "refused"
    if model.getStatus() in ("infeasible", "inforunbd"):
        return None
    if model.getStatus() == "unbounded":
        return "unbounded"
    return float(model.getObjVal())


def optimum(path: Path) -> float | None:
    """Of our model of the file, by trying every assignment; None where none is feasible."""
    problem = Model.of(path)
    cqm = problem.source.cqm
    ranges = [range(int(cqm.lower_bound(v)), int(cqm.upper_bound(v)) + 1) for v in cqm.variables]
    size = np.prod([float(len(one)) for one in ranges])
    assert size <= 200_000, size
    states = np.array(list(itertools.product(*ranges)), dtype=np.float64)
    found = [
        evaluation.objective
        for _, evaluation in problem.score_samples(states, list(cqm.variables))
        if evaluation.feasible
    ]
    if not found:
        return None
    return max(found) if problem.sense == "max" else min(found)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """SCIP tells what it refuses on the process's own standard error."""
    with tempfile.TemporaryFile() as nowhere:
        kept = os.dup(2)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def random_text(random: np.random.Generator) -> str:
    """An LP text with conditions, ordered sets, products, and numbers that rows bound."""
    n = int(random.integers(3, 6))
    x, kinds = (
        [f"x{k}" for k in range(n)],
        random.choice(["bin", "gen", "open"], n, p=[0.4, 0.4, 0.2]),
    )
    high = {name: int(random.integers(1, 5)) for name in x}

    def total(most: int = 3) -> str:
        chosen = random.choice(x, int(random.integers(1, most + 1)), replace=False)
        return " ".join(f"{random.choice([-3, -2, -1, 1, 2, 3, 1.5]):+g} {name}" for name in chosen)

    lines = [str(random.choice(["min", "Maximize"])), f" o: {total(n)}"]
    if random.random() < 0.3:
        a, b = random.choice(x, 2)
        lines[-1] += f" + [ {random.choice([-2, 1, 3])} {a} * {b} - {a} ^2 ] / 2"
    lines[-1] += random.choice(["", " + 4", " - 0.5"])
    lines.append("Subject To")
    lines += [f" cap{name}: {name} + {x[0]} <= {high[name] + 1}" for name in x]
    for c in range(int(random.integers(1, 4))):
        sense = random.choice(["<=", ">=", "="], p=[0.5, 0.4, 0.1])
        lines.append(f" r{c}: {total()} {sense} {random.integers(-3, 6)}")
    switches = [name for name, kind in zip(x, kinds, strict=True) if kind == "bin"]
    for c in range(int(random.integers(0, 3)) if switches else 0):
        sense = random.choice(["<=", ">=", "="], p=[0.4, 0.4, 0.2])
        when = f"{random.choice(switches)} = {random.integers(0, 2)}"
        lines.append(f" i{c}: {when} -> {total()} {sense} {random.integers(-1, 4)}")
    lines.append("Bounds")
    for name, kind in zip(x, kinds, strict=True):
        if kind == "gen":
            lines.append(
                random.choice([f" {name} <= {high[name]}", f" {-high[name]} <= {name} <= 2"])
            )
    for heading, wanted in (("Generals", ("gen", "open")), ("Binaries", ("bin",))):
        listed = [name for name, kind in zip(x, kinds, strict=True) if kind in wanted]
        lines += [heading, " " + " ".join(listed)] if listed else []
    positive = [name for name in x if not any(f" <= {name} <=" in line for line in lines)]
    if len(positive) > 2 and random.random() < 0.4:
        order = random.permutation(positive)[:3]
        members = " ".join(
            f"{name}:{weight}" for name, weight in zip(order, (2, 5, 9), strict=True)
        )
        lines += ["SOS", f" s: S{random.integers(1, 3)}:: {members}"]
    return "\n".join([*lines, "End", ""])


def random_mps(random: np.random.Generator, *, fixed: bool = False) -> str:
    """An MPS text with each kind of row, range and bound, conditions, ordered sets and products.

    Of the fixed format the names have spaces in them, and numbers fill their columns to the last.
    """
    n, m = int(random.integers(3, 6)), int(random.integers(2, 5))
    x = [f"my x{k}" if fixed else f"x{k}" for k in range(n)]
    rows = [f"row {c}" if fixed else f"row{c}" for c in range(m)]

    def line(*fields: str) -> str:
        """Fields 1 to 6 of the format; a number stands at the right of its columns."""
        if not fixed:
            return " " + " ".join(field for field in fields if field)
        kind, first, second, number, third, last = (*fields, *[""] * (6 - len(fields)))
        return f" {kind:<2} {first:<8}  {second:<8}  {number:>12}   {third:<8}  {last:>12}".rstrip()

    senses = random.choice(["L", "G", "E"], m, p=[0.45, 0.45, 0.1])
    matrix = random.integers(-3, 4, (m, n))
    lines = ["NAME          random", "OBJSENSE", f"  {random.choice(['MAX', 'MIN'])}", "ROWS"]
    capped = random.random() < 0.5  # a row is what bounds the last variable above
    if capped:
        rows, senses = [*rows, "cap"], [*senses, "L"]
        matrix = np.vstack([matrix, (np.arange(n) == n - 1).astype(int)])
        m += 1
    lines += [line("N", "cost"), *map(line, senses, rows), "COLUMNS"]
    whole = random.random(n) < 0.8
    whole[-1] |= capped
    for k, name in enumerate(x):
        marker = line("", f"M{k}", "'MARKER'", "", "'INTORG'")
        lines += [marker] if whole[k] else []
        entries = [("cost", f"{random.integers(-9, 10) / 4:g}")]
        entries += [(rows[c], str(matrix[c, k])) for c in range(m) if matrix[c, k]]
        for at in range(0, len(entries), 2):
            pair = entries[at : at + 2]
            lines.append(line("", name, *[part for entry in pair for part in entry]))
        lines += [marker.replace("ORG", "END")] if whole[k] else []
    lines.append("RHS")
    for c in range(m):
        lines.append(line("", "RHS", rows[c], f"{random.integers(-2, 6)}.000000000"))
    lines.append(line("", "RHS", "cost", str(random.integers(-3, 4))))
    ranged = [c for c in range(m - capped) if random.random() < 0.4]
    lines += ["RANGES"] if ranged else []
    for c in ranged:
        lines.append(line("", "RNG", rows[c], str(random.choice([-3, -1, 2, 4]))))
    lines.append("BOUNDS")
    positive = []
    for k, name in enumerate(x):
        bounds = _bounds(random, bool(whole[k]))
        if name == x[-1] and capped:
            bounds = [("LO", "1")] if random.random() < 0.5 else [("PL", "")]
        lines += [line(kind, "BND", name, value) for kind, value in bounds]
        positive += [name] if not any(value.startswith("-") for _, value in bounds) else []
    if len(positive) > 2 and not fixed and random.random() < 0.5:
        lines += ["SOS", f" {random.choice(['S1', 'S2'])} first"]
        members = zip(random.permutation(positive)[:3], (4, 1, 7), strict=True)
        lines += [f" {name} {weight}" for name, weight in members]
    if random.random() < 0.4:
        lines.append("QUADOBJ")
        lines += [line("", x[0], x[0], "2"), line("", x[0], x[1], str(random.choice([-1, 3])))]
    return "\n".join([*lines, "ENDATA", ""])


def _bounds(random: np.random.Generator, whole: bool) -> list[tuple[str, str]]:
    """The bounds of a variable, each as its kind and its number, so that both ends are finite."""
    high = str(random.integers(1, 4))
    choices = [
        [("BV", "")],
        [("UI" if whole else "BV", high if whole else "")],
        [("FX", high)],
        [("LO", "-2"), ("UP", high)],
        [("LI", "1"), ("UI", "3")],
        [("UP", high)],
        [("LO", "-3"), ("UP", "-1")],
    ]
    open_ends = [0, 2] if not whole else range(len(choices))
    return choices[int(random.choice(list(open_ends)))]
