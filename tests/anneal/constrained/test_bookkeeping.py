"""What a walk keeps up to date, beside the same worked out from the assignment alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qopt.anneal.constrained import walk
from qopt.anneal.constrained.tables import tables
from qopt.anneal.constrained.walkers import Walkers

from .models import MOVES, Builder, mixture, one_move, possible, walkers
from .oracle import assert_state, keeps, truth

SEEDS = range(150)


@pytest.mark.parametrize("block", range(5))
def test_after_sweeps_everything_follows_from_the_assignment(block: int) -> None:
    for seed in SEEDS[block::5]:
        crowd = walkers(mixture(seed), seed=seed)
        crowd.price_rate = 0.02
        for temperature in (1e4, 3.0, 1e-3):
            crowd.anneal(np.full(2, temperature))
            for walker in range(crowd.count):
                assert_state(crowd.model, crowd.state, walker)


def test_the_models_of_these_tests_have_every_kind_of_move_and_row() -> None:
    models = [mixture(seed) for seed in SEEDS]
    shared = [tables(model) for model in models]
    for kind in MOVES:
        assert sum(kind in possible(part) for part in shared) > 30
    assert 20 < sum(part.dense for part in shared) < 130
    assert sum(part.inside for part in shared) > 20
    assert sum((part.stand_in >= 0).any() for part in shared) > 20
    assert sum((model.rows.indicator >= 0).any() for model in models) > 50
    assert sum((model.rows.first == model.rows.second).any() for model in models) > 20
    assert sum(len(model.conflicts[0]) > 0 for model in models) > 50
    assert sum(np.isfinite(model.rows.weight[model.rows.squared]).any() for model in models) > 20
    assert (
        sum((model.rows.equality & (model.rows.weight == math.inf)).any() for model in models) > 50
    )


@pytest.mark.parametrize("moves", MOVES)
def test_one_move_changes_everything_as_it_says(moves: str) -> None:
    """`survey` weighs the move that the same dice then make."""
    made = 0
    for seed in SEEDS:
        model = mixture(seed)
        if moves not in possible(tables(model)):
            continue
        crowd = walkers(model, 1, seed, moves)
        crowd.state.price[...] = np.random.default_rng(seed).uniform(
            0.1, 5, crowd.state.price.shape
        )
        for _ in range(4):
            before, dice = truth(model, crowd.state.x[0]), crowd.state.dice.copy()
            added, costs = np.zeros(1), np.zeros(1)
            found = walk.survey(*crowd.blocks, 0, added, costs)
            crowd.state.dice[...] = dice
            for _ in range(4 * found):
                before_x = crowd.state.x[0].copy()
                one_move(crowd)
                if (before_x != crowd.state.x[0]).any():
                    break
            else:
                continue
            after = assert_state(model, crowd.state, 0)
            price = crowd.state.price[0]
            size = 1e-9 * (1 + abs(before.priced(price)) + abs(after.priced(price)))
            assert costs[0] == pytest.approx(
                after.priced(price) - before.priced(price), rel=1e-9, abs=size
            )
            assert added[0] == pytest.approx(after.objective - before.objective, rel=1e-9, abs=size)
            assert walk.priced(*crowd.blocks, 0) == pytest.approx(
                after.priced(price), rel=1e-9, abs=size
            )
            made += 1
    assert made > 60


def test_weighing_leaves_everything_as_it_is() -> None:
    for seed in SEEDS[::5]:
        crowd = walkers(mixture(seed), 1, seed)
        before = [part.copy() for part in crowd.state]
        crowd.survey()
        for name, old, new in zip(crowd.state._fields, before, crowd.state, strict=True):
            if name not in (
                "dice",
                "moved",
                "by",
                "touched",
                "wanting",
                "line",
            ):  # what the next move overwrites
                np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("temperature", [1e4, 2.0])
def test_the_record_is_the_best_feasible_assignment_visited(temperature: float) -> None:
    seen = 0
    for seed in SEEDS[:90]:
        model = mixture(seed, rows=1)
        crowd = walkers(model, 2, seed)
        crowd.state.price[...] = 10.0
        states = [truth(model, x) for x in crowd.state.x]
        best = [state.objective if state.feasible else math.inf for state in states]
        least = [state.violation for state in states]
        for _ in range(30):
            one_move(crowd, temperature)
            for walker, x in enumerate(crowd.state.x):
                state = truth(model, x)
                best[walker] = min(best[walker], state.objective if state.feasible else math.inf)
                least[walker] = min(least[walker], state.violation)
        for walker in range(2):
            kept = crowd.state.best[walker]
            violation, objective = crowd.state.record[walker]
            assert keeps(model, kept)
            assert objective == pytest.approx(truth(model, kept).objective, rel=1e-9, abs=1e-6)
            assert (violation == 0) == truth(model, kept).feasible == math.isfinite(best[walker])
            if violation:
                assert truth(model, kept).violation == pytest.approx(least[walker], abs=1e-6)
            else:
                assert objective == pytest.approx(best[walker], rel=1e-9, abs=1e-6)
                seen += 1
    assert seen > 20


def test_walkers_share_nothing_but_prices() -> None:
    """The same walker, alone and in company."""
    model = mixture(3)
    alone, crowd = walkers(model, 1, 5), walkers(model, 4, 5)
    crowd.state.dice[0], crowd.state.x[0] = alone.state.dice[0], alone.state.x[0]
    for part in (alone, crowd):
        part.refresh()
        walk.anneal(*part.blocks, np.full(20, 2.0), 50, 0.02, 1.0, part.count)
    np.testing.assert_array_equal(alone.state.x[0], crowd.state.x[0])
    np.testing.assert_array_equal(alone.state.price[0], crowd.state.price[0])


def test_a_price_rises_where_its_row_is_broken_and_falls_where_all_is_well() -> None:
    b = Builder()
    x = b.binaries(3)
    b.row({x[0]: 1.0}, -0.5)  # never holds
    b.row({x[1]: 1.0}, 5.0)  # always holds
    crowd = walkers(b.model(), 1)
    crowd.price_rate = 0.1
    crowd.anneal(np.full(7, 1.0))
    np.testing.assert_allclose(crowd.state.price[0], [math.exp(0.7), 1.0, 1.0])
    b.rows.pop(0)
    crowd = walkers(b.model(), 1)
    crowd.price_rate = 0.1
    crowd.anneal(np.full(7, 1.0))
    np.testing.assert_allclose(crowd.state.price[0], [math.exp(-0.7)] * 2)


@pytest.mark.parametrize("rhs", [-0.5, 5.0], ids=["never holds", "always holds"])
def test_prices_stay_where_factors_still_move_them(rhs: float) -> None:
    b = Builder()
    x = b.binaries(2)
    b.row({x[0]: 1.0}, rhs)
    crowd = walkers(b.model(), 1)
    crowd.charge(3.0)
    crowd.price_rate = 0.5
    crowd.anneal(np.full(3000, 1.0))
    end = walk.DEAREST if rhs < 0 else 1 / walk.DEAREST
    np.testing.assert_allclose(crowd.state.price[0, 0], 3.0 * end)


@pytest.mark.parametrize("holds", [False, True])
def test_prices_hurry_until_something_feasible_was_seen(holds: bool) -> None:
    b = Builder()
    x = b.binaries(3)
    b.row({x[0]: 1.0}, 1.0 if holds else -0.5)
    for tempering in (False, True):
        crowd = walkers(b.model(), 4)
        crowd.price_rate, crowd.hurry = 0.1, 3.0
        if tempering:
            crowd.temper(_ladder(4), 0, 2)
        else:
            crowd.anneal(np.full(2, 1.0))
        expected = math.exp(-0.2) if holds else math.exp(0.6)
        np.testing.assert_allclose(crowd.state.price[:, 0], expected)


def test_tempering_ends_with_one_price_for_all() -> None:
    b = Builder()
    x = b.binaries(3)
    b.row({x[0]: 1.0, x[1]: 1.0}, -0.5)
    crowd = walkers(b.model(), 6)
    crowd.price_rate = 0.1
    ladder = _ladder(6)
    crowd.temper(ladder, 0, 5)
    np.testing.assert_allclose(crowd.state.price[:, 0], math.exp(0.5))
    assert sorted(ladder.holder) == list(range(6))


def test_exchanges_leave_walkers_consistent() -> None:
    for seed in SEEDS[::6]:
        crowd = walkers(mixture(seed), 6, seed)
        crowd.price_rate = 0.02
        ladder = _ladder(6)
        crowd.temper(ladder, 0, 9)
        for walker in range(6):
            assert_state(crowd.model, crowd.state, walker)
        energies = [
            truth(crowd.model, x).priced(p)
            for x, p in zip(crowd.state.x, crowd.state.price, strict=True)
        ]
        np.testing.assert_allclose(crowd.energies(6), energies, rtol=1e-9, atol=1e-6)


def _ladder(rungs: int) -> object:
    from qopt.anneal.constrained.tempering import Ladder

    return Ladder(np.linspace(0.1, 1.0, rungs), np.arange(rungs)[::-1].copy())


@pytest.mark.parametrize("scale", [1e-9, 1e9])
@pytest.mark.parametrize("offset", [0.0, 1e12])
def test_numbers_of_any_size_stay_exact(scale: float, offset: float) -> None:
    """Rounding errors after half a million moves, the hot ones first, beside what the objective is
    made of.
    """
    random = np.random.default_rng(3)
    b = Builder()
    x = b.binaries(20)
    b.group(x[:10], 4.0)
    i = b.integers(3, -50, 50)
    b.linear = {v: scale * random.normal() for v in x + i}
    b.pairs = [(u, v, scale * random.normal()) for u in x for v in x if u < v]
    b.square = {v: scale * random.normal() for v in i}
    b.offset = offset
    b.row({v: random.normal() for v in x + i}, 3.3)
    crowd = walkers(b.model(), 2)
    crowd.state.price[...] = scale
    for temperature in (1e3, 1.0, 1e-3):
        crowd.anneal(np.full(1000, scale * temperature))
    for walker in range(2):
        true = truth(crowd.model, crowd.state.x[walker])
        made_of = scale * (
            sum(map(abs, true.field)) + sum(abs(value) ** 2 for value in crowd.state.x[walker])
        )
        assert abs(crowd.state.totals[walker, 0] - true.objective) < 1e-9 * made_of
        violation, objective = crowd.state.record[walker]
        assert violation == 0
        assert (
            abs(objective - truth(crowd.model, crowd.state.best[walker]).objective) < 1e-9 * made_of
        )
    crowd.refresh()
    for walker in range(2):
        true = truth(crowd.model, crowd.state.x[walker])
        assert crowd.state.totals[walker, 0] == pytest.approx(true.objective, rel=1e-12)


def test_a_start_far_up_does_not_blur_what_lies_below() -> None:
    """A charge of 1e17 or so at random starts, for an optimum of -0.25 that takes the exact digits
    to find.
    """
    from qopt.anneal.constrained.tempering import start

    b = Builder()
    i, x = b.integers(2, -900, 900), b.binaries(1)
    b.row(
        {i[0]: 1.0, i[1]: -1.0},
        0.0,
        products=[(i[0], i[0], 1.0)],
        equality=True,
        weight=1e5,
        squared=True,
    )
    b.linear = {x[0]: -0.25}
    model = b.model()
    crowd = Walkers(model, tables(model), 16)
    start(crowd, [1], None)
    for walker in range(16):
        assert_state(model, crowd.state, walker)
        assert crowd.state.record[walker, 1] == truth(model, crowd.state.best[walker]).objective


@pytest.mark.parametrize("equality", [True, False])
def test_rounding_errors_break_no_row(equality: bool) -> None:
    """0.1 + 0.2 is more than 0.3; and what is less than a thousandth of the smallest term, in a row
    with large ones, is not.
    """
    b = Builder()
    x = b.binaries(4)
    b.linear = dict.fromkeys(x, -1.0)
    b.row({x[0]: 0.1, x[1]: 0.2}, 0.3, equality=equality)
    b.row({x[0]: 1e9, x[1]: -1e9, x[2]: 1.0}, 0.0, equality=equality)
    b.row({x[0]: 0.1, x[1]: 0.2, x[3]: -5.0}, 0.3, indicator=x[3])
    crowd = walkers(b.model(), 1)
    crowd.state.price[...] = 10.0
    crowd.anneal(np.full(20, 0.1))
    assert crowd.state.record[0].tolist() == [0, -2]
    assert crowd.state.best[0].tolist() == [1, 1, 0, 0]


def test_nothing_moves_where_nothing_can() -> None:
    b = Builder()
    b.integers(2, 3, 3)
    b.row({0: 1.0, 1: 1.0}, 5.0, equality=True)
    crowd = walkers(b.model(), 2)
    crowd.anneal(np.full(5, 1.0))
    assert crowd.survey()[0].size == 0
    assert (crowd.state.x == 3).all()


def test_a_move_that_closes_a_circle_is_left() -> None:
    """Three that may wait for each other: never all of them, however hot."""
    b = Builder()
    waits, times = b.binaries(3), b.integers(3, 0, 90)
    b.linear = dict.fromkeys(times, 1.0)
    for k, y in enumerate(waits):
        u, v = times[k], times[(k + 1) % 3]
        b.row({u: 1.0, v: -1.0, y: 99.0}, 99.0 - 4.0, follower=v)
    crowd = walkers(b.model(), 3, moves="flip")
    seen = set()
    for _ in range(400):
        one_move(crowd)
        for x in crowd.state.x:
            assert keeps(crowd.model, x)
            assert x[waits].sum() < 3
            seen.add(tuple(x[waits]))
    assert len(seen) == 7


def test_a_start_with_a_circle_ends_at_the_bounds() -> None:
    b = Builder()
    times = b.integers(2, 0, 20)
    b.domains[times[0]] = (0.0, 6.0, 1.0)
    b.row({times[0]: 1.0, times[1]: -1.0}, -3.0, follower=times[1])
    b.row({times[1]: 1.0, times[0]: -1.0}, -2.0, follower=times[0])
    crowd = walkers(b.model(), 1)
    assert crowd.state.x[0].tolist() == [6, 9]
    assert_state(crowd.model, crowd.state, 0)


def test_partner_labels_are_not_taken_for_columns() -> None:
    """Members outside the columns whose label has a column's number: two groups must not leave a
    column for them.
    """
    b = Builder()
    first, second = b.binaries(3), b.binaries(3)
    for members in (first, second):
        b.group(members)
    b.column([first[0], second[0]])
    b.column([first[1], second[1]])
    b.partners = [[first[2], second[2]]]
    crowd = walkers(b.model(), 2)
    for _ in range(200):
        one_move(crowd)
        assert all(keeps(crowd.model, x) for x in crowd.state.x)


def test_a_group_makes_way_for_another_to_any_place_outside_the_columns() -> None:
    """The only column must be filled; who is not in it has a place that the other has not."""
    b = Builder()
    first, second = b.binaries(3), b.binaries(2)
    b.group(first)
    b.group(second)
    b.column([first[0], second[0]])
    b.partners = [[first[1]], [first[2]]]
    crowd = walkers(b.model(), 1)
    seen = set()
    for _ in range(300):
        one_move(crowd)
        seen.add(tuple(crowd.state.x[0]))
    assert seen == {(1, 0, 0, 0, 1), (0, 1, 0, 1, 0), (0, 0, 1, 1, 0)}
