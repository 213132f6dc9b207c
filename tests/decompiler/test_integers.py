"""Whole numbers in bits are one variable again: no state is lost, and no two items are one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import dimod
import numpy as np
import pytest

from problems.graphs import MaxCut
from problems.logistics import MultiKnapsack
from qopt import Qubo, compile
from qopt.decompiler import Decompiled, decompile
from qopt.decompiler.integers import Integer

from .draft import Draft
from .test_traps import energies_by_definition, lost_ground_state, states_of


def numbers(seed: int, uppers: Sequence[int]) -> dimod.ConstrainedQuadraticModel:
    """Whole numbers with a quadratic objective, products of two and of a bit among its terms, and
    a limit on their sum."""
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    n = [dimod.Integer(f"n{k}", upper_bound=upper) for k, upper in enumerate(uppers)]
    bit = dimod.Binary("open")
    costs = [int(random.integers(1, 4)) * (v - 2) * (v - 2) for v in n]
    mixed = [int(random.integers(-3, 4)) * a * b for a, b in itertools.combinations(n, 2)]
    cqm.set_objective(dimod.quicksum(costs + mixed) + n[0] * bit - 2 * bit)
    sizes = random.integers(1, 4, len(n)).tolist()
    total = dimod.quicksum(size * v for size, v in zip(sizes, n, strict=True))
    cqm.add_constraint(total + 2 * bit <= 7, label="total")
    return cqm


def values(cqm: dimod.ConstrainedQuadraticModel) -> list[dict[Any, int]]:
    """Every assignment."""
    names = list(cqm.variables)
    ranges = [range(int(cqm.lower_bound(v)), int(cqm.upper_bound(v)) + 1) for v in names]
    return [dict(zip(names, each, strict=True)) for each in itertools.product(*ranges)]


@pytest.mark.parametrize("uppers", [(3, 5, 3), (7, 4), (6, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_numbers_are_read_back_with_their_values(uppers: tuple[int, ...], seed: int) -> None:
    """Of every state: the plan that it says, what that costs, and its bits again."""
    cqm = numbers(seed, uppers)
    bqm, _ = dimod.cqm_to_bqm(cqm, lagrange_multiplier=1000.0)
    found = decompile(bqm)
    meant = found.meant
    assert {number.label: number.most for number in found.integers} == {
        f"n{k}": upper for k, upper in enumerate(uppers)
    }
    assert found.proof <= 1e-9 * np.abs(found.qubo.quad).max()
    assert len(found.rows) == 1  # what numbers cost is no rule
    states = states_of(found.qubo.num_variables)
    lowest: dict[tuple[float, ...], float] = {}
    energies = energies_by_definition(found.qubo, states).tolist()
    for state, energy in zip(states.astype(int), energies, strict=True):
        plan = tuple(found.decode(state)[name] for name in meant.variables)
        lowest[plan] = min(lowest.get(plan, math.inf), energy)
    assert set(meant.variables) == set(cqm.variables)
    assert len(lowest) == len(values(meant)) == len(values(cqm))
    for plan in values(meant):
        energy = lowest[tuple(plan.values())]
        assert meant.check_feasible(plan) == cqm.check_feasible(plan)
        if meant.check_feasible(plan):
            bits = found.encode(plan)
            assert found.decode(bits) == plan
            assert found.qubo.energies(bits[None])[0] == pytest.approx(energy)
            assert meant.objective.energy(plan) == pytest.approx(energy)
            assert cqm.objective.energy(plan) == pytest.approx(energy)
        else:
            assert energy > 500


def test_the_page_and_the_models_have_the_numbers() -> None:
    cqm = numbers(1, (7, 5))
    found = decompile(dimod.cqm_to_bqm(cqm, lagrange_multiplier=1000.0)[0])
    for model in (found.meant, found.cqm):
        assert model.vartype("n0") is dimod.INTEGER
        assert (model.lower_bound("n0"), model.upper_bound("n0")) == (0, 7)
    told = str(found.report())
    assert "2 whole numbers in bits" in told
    row = next(line for line in told.splitlines() if line.startswith("n0 "))
    assert row.split()[1] == "0..7"
    assert row.split()[-1] == "3"
    assert "numbers: 2" in str(found)


@pytest.mark.parametrize("options", [{}, {"encodings": "bounded"}], ids=["log", "bounded"])
def test_numbers_without_names_are_told_by_many_signs(options: dict[str, str]) -> None:
    """Bits with numbers for labels, each in a row and coupled to the others of its number."""
    random = np.random.default_rng(1)
    cqm = dimod.ConstrainedQuadraticModel()
    n = [dimod.Integer(f"n{k}", upper_bound=11) for k in range(6)]
    cqm.set_objective(dimod.quicksum(v * v - 7 * v for v in n))
    needs = random.integers(1, 6, 6).tolist()
    total = dimod.quicksum(a * v for a, v in zip(needs, n, strict=True))
    cqm.add_constraint(total <= 4 * sum(needs))
    qubo = compile(cqm, penalties=1e4, **options).qubo
    bare = Qubo.from_arrays(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset)
    found = decompile(bare)
    told = {frozenset(number.bits.tolist()): number for number in found.integers}
    plan = {}
    for k, value in enumerate([4, 3, 3, 3, 3, 4]):
        mine = [at for at, label in enumerate(qubo.labels) if str(label).startswith(f"n{k}#")]
        number = told.pop(frozenset(mine))
        assert number.label in {f"number[{j}]" for j in range(len(found.integers))}
        assert number.most == 11
        plan[number.label] = value
    slack = {at for at, label in enumerate(qubo.labels) if str(label).startswith("slack")}
    assert all(bits <= slack for bits in told)  # where its weight was not read exactly
    plan |= dict.fromkeys(set(found.meant.variables) - set(plan), 0)
    again = found.decode(found.encode(plan))
    assert {label: again[label] for label in plan} == plan


@pytest.mark.parametrize("worth", [[1, 2, 4], [1, 2, 4, 3], [1, 1, 2], [1, 2, 4, 4, 1]])
def test_every_value_has_bits(worth: list[int]) -> None:
    number = Integer(np.arange(len(worth)), np.array(worth, dtype=float), "n")
    for value in range(sum(worth) + 1):
        assert number.bits_of(value) @ worth == value


def test_items_that_are_in_proportion_by_chance_stay_items() -> None:
    """Sizes and prices of few values: many items are equal, or twice another."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        draft = Draft(random, 25, 4)
        sizes = random.integers(1, 5, 25)
        draft.square(np.arange(29), np.r_[sizes, 1, 2, 4, 8], 15.0, 100.0)
        draft.biases[np.arange(25), np.arange(25)] -= random.integers(1, 3, 25) * sizes
        for label in ("x{}", "x[{}]", None):
            qubo = draft.qubo()
            names = [k if label is None else label.format(k) for k in range(29)]
            qubo = Qubo.from_arrays(
                qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset, labels=names
            )
            found = decompile(qubo)
            assert found.rows
            assert not found.integers


def test_two_equal_items_are_no_number() -> None:
    problem = MultiKnapsack.generate(items=12, resources=5, seed=1)
    cqm = problem.model()
    bqm = dimod.cqm_to_bqm(cqm, lagrange_multiplier=1000.0)[0]
    first, second = list(cqm.variables)[:2]
    assert not decompile(bqm).integers
    bqm.relabel_variables({first: "item 1", second: "item 2"})
    assert not decompile(bqm).integers


@pytest.mark.parametrize("seed", range(3))
def test_no_numbers_are_found_where_there_are_none(seed: int) -> None:
    random = np.random.default_rng(seed)
    i, j = np.triu_indices(40, 1)
    dense = Qubo.from_arrays(
        random.integers(-2, 3, 40), i, j, random.integers(-2, 3, len(i)).astype(float)
    )
    cut = compile(MaxCut.generate(nodes=60, degree=4.0, seed=seed).model()).qubo
    for qubo in (dense, cut):
        assert not decompile(qubo).integers


@pytest.mark.parametrize(
    "spoil",
    ["coupling", "price", "worth", "inner"],
    ids=lambda spoil: f"a {spoil} out of proportion",
)
def test_one_bit_out_of_proportion_is_enough(spoil: str) -> None:
    """n0 and n1 in bits a and b, in a row and coupled to each other; n0 is squared."""
    draft = Draft(np.random.default_rng(0), 8, 3)
    worth = np.array([1.0, 2.0, 4.0])
    sizes = np.r_[worth, 3 * worth, 1.0, 1.0]
    if spoil == "worth":
        sizes[2] = 5.0
    draft.biases[:3, 3:6] += 2 * np.outer(worth, worth)
    draft.square(np.arange(3), worth, 3.0, 1.0)
    draft.square(np.arange(11), np.r_[sizes, worth], 9.0, 1000.0)
    if spoil == "coupling":
        draft.biases[1, 6] += 1.0
    elif spoil == "price":
        draft.biases[1, 1] += 1.0
    elif spoil == "inner":
        draft.biases[0, 1] += 1.0
    names = ["a0", "a1", "a2", "b0", "b1", "b2", "c", "d", "s", "t", "u"]
    qubo = draft.qubo()
    qubo = Qubo.from_arrays(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset, labels=names)
    found = decompile(qubo)
    assert [len(row.bits) for row in found.rows] == [11]
    assert "a" not in {number.label for number in found.integers}
    assert lost_ground_state(qubo, found) is None


def test_without_a_spoiled_bit_there_are_two() -> None:
    """The same as above, so that what is spoiled is what tells."""
    draft = Draft(np.random.default_rng(0), 8, 3)
    worth = np.array([1.0, 2.0, 4.0])
    draft.biases[:3, 3:6] += 2 * np.outer(worth, worth)
    draft.square(np.arange(3), worth, 3.0, 1.0)
    draft.square(np.arange(11), np.r_[worth, 3 * worth, 1.0, 1.0, worth], 9.0, 1000.0)
    names = ["a0", "a1", "a2", "b0", "b1", "b2", "c", "d", "s", "t", "u"]
    qubo = draft.qubo()
    qubo = Qubo.from_arrays(qubo.linear, qubo.row, qubo.col, qubo.quad, qubo.offset, labels=names)
    found = decompile(qubo)
    assert {number.label for number in found.integers} == {"a", "b"}
    assert lost_ground_state(qubo, found) is None


def least(found: Decompiled) -> float:
    return min(
        (
            float(found.cqm.objective.energy(plan))
            for plan in values(found.cqm)
            if found.cqm.check_feasible(plan)
        ),
        default=math.inf,
    )


def test_compiled_again_numbers_keep_their_bits() -> None:
    found = decompile(dimod.cqm_to_bqm(numbers(2, (3, 5)), lagrange_multiplier=1000.0)[0])
    assert found.integers
    again = found.recompiled().bqm()
    bits = {found.qubo.labels[bit] for number in found.integers for bit in number.bits.tolist()}
    assert bits <= set(again.variables)
    after = dimod.ExactSolver().sample(again).first.energy
    assert after == pytest.approx(least(found))


def test_rows_that_are_not_proved_have_bits_in_the_careful_model() -> None:
    """dimod squares no violation of integers; bits and numbers both have a way back."""
    found = decompile(dimod.cqm_to_bqm(numbers(0, (3, 5)), lagrange_multiplier=20.0)[0])
    assert found.rows
    assert not found.proved.all()
    assert found.integers
    assert {"n0", "n1"} <= set(found.meant.variables)
    assert not {"n0", "n1"} & set(found.cqm.variables)
    assert lost_ground_state(found.qubo, found) is None
    plan = dict.fromkeys(found.meant.variables, 1)
    bits = found.encode(plan)
    state = dict(zip(found.qubo.labels, bits.tolist(), strict=True))
    again = found.encode({label: state[label] for label in found.cqm.variables})
    assert again.tolist() == bits.tolist()
