"""Cuts and assignments of bits, scored from their definitions.

The weight of a cut is that of the edges with an end on each side (Barahona, Groetschel, Juenger and
Reinelt 1988); the value of bits is the sum of the terms of which every bit is 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from problems.graphs import Cut, MaxCut
from problems.plain import Bits, QuboFile

from . import Score


def of_cut(problem: MaxCut, plan: Cut) -> Score:
    """Every node has to be on just one side."""
    weight = 0.0
    for (a, b), own in zip(problem.edges, problem.weights, strict=True):
        if (a in plan.one and b in plan.other) or (b in plan.one and a in plan.other):
            weight += own
    placed = [*plan.one, *plan.other]
    wrong = [node for node in placed if node not in problem.nodes]
    wrong += [node for node in problem.nodes if placed.count(node) != 1]
    return Score(weight, not wrong, frozenset({"node"} if wrong else ()))


def of_bits(problem: QuboFile, plan: Bits) -> Score:
    """Every name has to be a bit's, and comes once."""
    bit = {k: int(name in plan.ones) for k, name in enumerate(problem.names)}
    value = problem.offset
    for k, weight in enumerate(problem.linear.tolist()):
        value += weight * bit[k]
    terms = zip(problem.row.tolist(), problem.col.tolist(), problem.quad.tolist(), strict=True)
    for a, b, weight in terms:
        value += weight * bit[a] * bit[b]
    broken = set()
    if any(name not in problem.names for name in plan.ones):
        broken.add("x")
    if any(name in problem.names and plan.ones.count(name) > 1 for name in plan.ones):
        broken.add("ones")
    return Score(value, not broken, frozenset(broken))


SCORES: dict[type, Callable[[Any, Any], Score]] = {MaxCut: of_cut, QuboFile: of_bits}
