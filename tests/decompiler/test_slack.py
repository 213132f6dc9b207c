"""Slack that costs something, and slack of one bit: gone, with no energy changed. All state by
state."""

from __future__ import annotations

import itertools
import math
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import Qubo
from qopt.decompiler import Decompiled, decompile
from qopt.decompiler.couplings import Row

from .draft import Draft
from .test_traps import energies_by_definition, lost_ground_state, states_of


def budget(price: int, weight: float, seed: int) -> tuple[Qubo, np.ndarray]:
    """What is spent and the cash that is left, in three bits, add up to 7; each unit of the cash
    has a price. And the objective of the rest, float64[6, 6]."""
    random = np.random.default_rng(seed)
    draft = Draft(random, 6, 3)
    draft.objective()
    objective = draft.biases[:6, :6].copy()
    sizes = np.r_[random.integers(1, 4, 6), 1, 2, 4]
    draft.square(np.arange(9), sizes, 7.0, weight)
    draft.biases[[6, 7, 8], [6, 7, 8]] += price * np.array([1, 2, 4])
    return draft.qubo(), objective


def lowest(qubo: Qubo, kept: int) -> dict[tuple[int, ...], float]:
    """The lowest energy of each state of the first bits, over the others."""
    states = states_of(qubo.num_variables)
    energies = energies_by_definition(qubo, states)
    least: dict[tuple[int, ...], float] = {}
    for state, energy in zip(states.astype(int).tolist(), energies.tolist(), strict=True):
        key = tuple(state[:kept])
        least[key] = min(least.get(key, math.inf), energy)
    return least


@pytest.mark.parametrize("price", [-10, 3, 40])
@pytest.mark.parametrize("seed", range(4))
def test_the_price_of_slack_is_paid_by_the_rest_of_its_row(price: int, seed: int) -> None:
    qubo, _ = budget(price, 1000.0, seed)
    found = decompile(qubo)
    assert [len(number.bits) for number in found.slack] == [3]
    assert found.proved.all()
    assert found.proof <= 1e-9 * np.abs(qubo.quad).max()
    assert "had a price" in str(found.report())
    least = lowest(qubo, 6)
    for model in (found.meant, found.cqm):
        assert list(model.variables) == list(range(6))
        feasible = 0
        for state in itertools.product((0, 1), repeat=6):
            plan = dict(enumerate(state))
            if model.check_feasible(plan):
                feasible += 1
                assert model.objective.energy(plan) == pytest.approx(least[state])
                bits = found.encode(plan)
                assert found.decode(bits) == plan
                assert qubo.energies(bits[None])[0] == pytest.approx(least[state])
            else:
                assert least[state] > 500
        assert 0 < feasible < 64
    assert lost_ground_state(qubo, found) is None


def test_slack_whose_row_is_not_proved_keeps_its_bits() -> None:
    """No row says what the slack is in a state that breaks it."""
    kept = 0
    for seed in range(12):
        for weight in (0.5, 2.0, 4.0):
            qubo, _ = budget(3, weight, seed)
            found = decompile(qubo)
            for number, proved in zip(found.slack, found.proved.tolist(), strict=True):
                assert proved or number.price == 0
                kept += not proved
            assert lost_ground_state(qubo, found) is None, (seed, weight)
    assert kept > 0


@pytest.mark.parametrize("price", [-3.0, 3.0])
@pytest.mark.parametrize("over", [True, False])
def test_a_price_makes_rows_cheaper_to_break(price: float, over: bool) -> None:
    """2 a + 2 b + c + s = 3, with s in 0..3 at a price: the weight that is proved to be enough is,
    and what is a price less may not be."""
    wanted = -2.0 if over else 2.0
    told = set()
    for weight in np.arange(0.5, 14.0, 0.5):
        sizes = np.array([2.0, 2.0, 1.0, 1.0, 2.0])
        linear, first, second, pairs, offset = Row(np.arange(5), sizes, 3.0, weight).square()
        linear = linear + np.array([wanted, wanted, wanted, price, 2 * price])
        qubo = Qubo.from_arrays(linear, first, second, pairs, offset)
        found = decompile(qubo)
        if not any(number.price for number in found.slack):
            continue
        states = states_of(5)
        energies = energies_by_definition(qubo, states)
        ground = states[energies <= energies.min() + 1e-9]
        assert found.proved.all()
        assert (ground @ sizes == 3).all(), weight
        told.add(weight)
    assert told


@pytest.mark.parametrize(
    ("sizes", "price", "gone"),
    [
        ([1, 2, 4], [5, -20, 80], set()),
        ([1, 2, 5], [3, 6, 15], {6, 7}),
        ([2, 3, 4], [2, 3, 4], set()),
    ],
)
def test_slack_with_gaps_or_different_prices_stays(
    sizes: list[int], price: list[int], gone: set[int]
) -> None:
    draft = Draft(np.random.default_rng(1), 6, 3)
    draft.biases[np.arange(6), np.arange(6)] = [-2, -3, -7, -5, 1, 4]
    draft.square(np.arange(9), np.r_[2, 3, 3, 2, 3, 2, sizes], 7.0, 1000.0)
    draft.biases[[6, 7, 8], [6, 7, 8]] += price
    found = decompile(draft.qubo())
    assert set(range(9)) - set(found.meant.variables) == gone
    assert lost_ground_state(found.qubo, found) is None


def said(found: Decompiled) -> set[tuple[tuple[tuple[Any, float], ...], str, float]]:
    constraints = found.meant.constraints.values()
    turned = {"<=": ">=", ">=": "<=", "==": "=="}
    told = set()
    for c in constraints:
        terms, sense = sorted(c.lhs.linear.items()), c.sense.value
        sign = 1.0 if terms[0][1] > 0 else -1.0
        sides = sense if sign > 0 else turned[sense]
        told.add((tuple((bit, sign * size) for bit, size in terms), sides, sign * c.rhs))
    return told


@pytest.mark.parametrize("seed", range(4))
def test_pairs_with_a_slack_bit_are_inequalities(seed: int) -> None:
    """As dimod writes that two exclude each other, and that one needs another."""
    random = np.random.default_rng(seed)
    cqm, x = dimod.ConstrainedQuadraticModel(), [dimod.Binary(k) for k in range(7)]
    cqm.set_objective(dimod.quicksum(int(random.integers(-9, 10)) * bit for bit in x))
    pairs = random.permutation(list(itertools.combinations(range(7), 2)))
    wanted = set()
    for i, j in pairs[:5].tolist():
        cqm.add_constraint(x[i] + x[j] <= 1)
        wanted.add((((i, 1.0), (j, 1.0)), "<=", 1.0))
    for i, j in pairs[5:8].tolist():
        cqm.add_constraint(x[i] - x[j] <= 0)
        wanted.add((((i, 1.0), (j, -1.0)), "<=", 0.0))  # i < j
    found = decompile(dimod.cqm_to_bqm(cqm, lagrange_multiplier=200.0)[0])
    assert set(found.meant.variables) == set(range(7))
    assert said(found) == wanted
    for state in itertools.product((0, 1), repeat=7):
        plan = dict(enumerate(state))
        assert found.meant.check_feasible(plan) == cqm.check_feasible(plan)
        if cqm.check_feasible(plan):
            energy = found.qubo.energies(found.encode(plan)[None])[0]
            assert energy == pytest.approx(cqm.objective.energy(plan))
