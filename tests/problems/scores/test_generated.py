"""Instances made by chance: with the same seed the same, and with another seed another."""

from __future__ import annotations

from typing import Any

import pytest

from qopt.plugins import problem_class, problem_kinds
from qopt.provenance import fingerprint

MADE = [kind for kind in problem_kinds() if hasattr(problem_class(kind), "generate")]


@pytest.mark.parametrize("kind", MADE)
def test_a_generated_instance_is_a_matter_of_its_seed_alone(kind: str) -> None:
    made: Any = problem_class(kind)
    problem = made.generate()
    print_of = fingerprint(problem)
    assert fingerprint(made.generate(seed=0)) == print_of
    assert fingerprint(made.generate(seed=1)) != print_of
    assert problem.name.endswith("s0")
    assert made.generate(seed=1).name.endswith("s1")


# what a seed makes stays as it is:
# the name, variables, couplings, constraints, and the greedy plan's objective
MADE_BY_0 = {
    "bin-packing": ("random-u30-s0", 403, 0, 43, 13),
    "conditional-value-at-risk": ("random-12x60-s0", 85, 12, 74, 0.0157262),
    "facility-location": ("random-10x30-s0", 310, 0, 40, 6913),
    "flexible-job-shop": ("random-6x5-s0", 1571, 98997, 66, 98),
    "generalized-assignment": ("random-4x24-s0", 96, 0, 28, 522),
    "graph-colouring": ("random-20-s0", 84, 200, 150, 4),
    "index-tracking": ("random-20x60-s0", 40, 820, 22, 0.000116889),
    "job-shop": ("random-6x6-s0", 1427, 54099, 79, 536),
    "max-cut": ("random-50-s0", 50, 91, 0, 73),
    "mean-variance": ("random-20-s0", 40, 820, 22, -0.1621),
    "multi-knapsack": ("random-5x50-s0", 50, 0, 5, 11607),
    "parallel-machines": ("random-12x3-s0", 37, 0, 15, 147),
    "project-scheduling": ("random-30x4-s0", 638, 1354, 288, 57),
    "quadratic-assignment": ("random-12-s0", 144, 2904, 24, 338),
    "qubo-file": ("random-50-s0", 50, 116, 0, 3954),
    "rebalancing": ("random-8x4-s0", 88, 544, 64, -0.507661),
    "rostering": ("random-8x14-s0", 249, 90, 394, 119),
    "timetabling": ("random-30-s0", 1411, 6700, 285, 13),
    "travelling-salesman": ("random-n20-s0", 361, 6156, 38, 4084),
    "vehicle-routing": ("random-n21-s0", 800, 13320, 64, 646),
}


@pytest.mark.parametrize("kind", MADE)
def test_what_the_first_seed_makes_stays_as_it_is(kind: str) -> None:
    problem: Any = problem_class(kind).generate()
    size, greedy = problem.model_size(), problem.evaluate(problem.greedy()).objective
    found = problem.name, size.variables, size.couplings, size.constraints
    assert found == MADE_BY_0[kind][:4]
    assert greedy == pytest.approx(MADE_BY_0[kind][4], rel=1e-5)
