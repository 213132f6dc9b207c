"""Where walks start, beside enumeration."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from qopt.anneal.constrained import walk
from qopt.anneal.constrained.model import Constrained
from qopt.anneal.constrained.tables import tables
from qopt.anneal.constrained.walkers import Walkers

from .models import Builder, mixture
from .oracle import keeps


def crowd(model: Constrained, count: int = 4) -> Walkers:
    return Walkers(model, tables(model), count)


def begun(walkers: Walkers, walker: int, values: object) -> np.ndarray:
    """Where it starts from these."""
    walkers.state.x[walker] = values
    assert walk.begin(*walkers.blocks, walker, True)
    return np.array(walkers.state.x[walker])


def bipartite(
    places: list[list[int]], columns: int, must: set[int], outside: int = 0
) -> Constrained:
    """Group g may be in the columns `places[g]`, or in `outside` other places; the columns in
    `must` may not stay empty.
    """
    b = Builder()
    members = [b.binaries(len(mine) + outside) for mine in places]
    for mine in members:
        b.group(mine)
    for c in range(columns):
        here = [mine[own.index(c)] for mine, own in zip(members, places, strict=True) if c in own]
        b.column(here, may_stay_empty=c not in must)
    return b.model()


def matchable(places: list[list[int]], must: set[int], outside: int = 0) -> bool:
    """Whether some choice of a column for each group, or none where that is allowed, has none twice
    and all of `must`.
    """
    options = [[*mine, *[None] * outside] for mine in places]
    for choice in itertools.product(*options):
        used = [c for c in choice if c is not None]
        if len(set(used)) == len(used) and must <= set(used):
            return True
    return False


@pytest.mark.parametrize("seed", range(10))
def test_a_matching_is_found_exactly_where_there_is_one(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = []
    for trial in range(60):
        groups, columns = int(random.integers(1, 6)), int(random.integers(1, 6))
        share, outside = random.uniform(0.2, 0.8), int(random.random() < 0.3)
        places = [[c for c in range(columns) if random.random() < share] for _ in range(groups)]
        must = {c for c in range(columns) if random.random() < random.choice([0.0, 0.5, 1.0])}
        if not all(places) or not must <= {c for mine in places for c in mine}:
            continue
        model = bipartite(places, columns, must, outside)
        walkers = crowd(model, 2)
        there = matchable(places, must, outside)
        assert walkers.restart([trial]) == there, (places, must, outside)
        if there:
            assert all(keeps(model, x) for x in walkers.state.x)
        found.append(there)
    assert 5 < sum(found) < len(found) - 3


@pytest.mark.parametrize("extra", [0, 1, 40])
@pytest.mark.parametrize("seed", range(3))
def test_the_one_way_of_many_is_found(seed: int, extra: int) -> None:
    """Forty groups on forty columns in one order, hidden behind a chain of places that lead astray,
    and random ones.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(40)
    places = [sorted({int(order[g]), *order[:g].tolist()[-3:]}) for g in range(40)]
    for _ in range(extra):
        g = int(random.integers(40))
        places[g] = sorted({*places[g], int(random.integers(40))})
    model = bipartite(places, 40, set(range(40)))
    walkers = crowd(model)
    assert walkers.restart([seed])
    assert all(keeps(model, x) for x in walkers.state.x)


def test_a_column_that_must_be_filled_is_filled_from_outside() -> None:
    """Four groups that may all stay outside of the two columns, or in the other one: a chain of two
    makes way.
    """
    model = bipartite([[0], [0, 1], [1, 2], [2]], 3, {0, 1, 2}, outside=3)
    walkers = crowd(model, 64)
    assert walkers.restart([1])
    assert all(keeps(model, x) for x in walkers.state.x)


def test_every_permutation_is_a_start() -> None:
    model = bipartite([[0, 1, 2]] * 3, 3, {0, 1, 2})
    walkers = crowd(model, 2000)
    assert walkers.restart([1])
    seen = Counter(map(tuple, walkers.state.x.tolist()))
    assert len(seen) == 6
    assert min(seen.values()) > 2000 / 6 / 3


def test_every_sum_is_a_start() -> None:
    b = Builder()
    b.group(b.integers(3, -1, 2), 1.0)
    b.group(b.binaries(4), 2.0)
    b.spins(1)
    model = b.model()
    walkers = crowd(model, 4000)
    assert walkers.restart([1])
    seen = Counter(map(tuple, walkers.state.x.tolist()))
    ways = sum(sum(x) == 1 for x in itertools.product(range(-1, 3), repeat=3))
    assert len(seen) == ways * 6 * 2
    assert all(keeps(model, x) for x in walkers.state.x[:50])


def test_a_given_state_that_keeps_everything_stays() -> None:
    for seed in range(60):
        model = mixture(seed)
        walkers = crowd(model, 3)
        assert walkers.restart([seed])
        walkers.anneal(np.full(3, 100.0))
        for x in walkers.state.x.copy():
            np.testing.assert_array_equal(begun(walkers, 0, x), x)


def test_a_given_state_without_its_indicators_gets_them() -> None:
    for seed in range(60):
        model = mixture(seed)
        walkers = crowd(model, 1)
        assert walkers.restart([seed])
        x = walkers.state.x[0].copy()
        without = x.copy()
        without[model.rows.indicator[model.rows.indicator >= 0]] = 0
        np.testing.assert_array_equal(begun(walkers, 0, without), x)


def test_only_what_is_broken_is_mended() -> None:
    b = Builder()
    groups = [b.binaries(3) for _ in range(4)]
    for members in groups:
        b.group(members)
    some, amounts, free = b.binaries(4), b.integers(3, 0, 9), b.integers(2, -5, 5)
    b.group(some, 2.0)
    b.group(amounts, 12.0)
    walkers = crowd(b.model(), 1)
    given = np.zeros(b.model().num_variables)
    given[[groups[0][2], groups[1][0], groups[1][1], groups[3][1]]] = (
        1  # the second has two, the third none
    )
    given[some[:3]] = 1
    given[amounts], given[free] = [9, 9, 0], [-3, 4]
    x = begun(walkers, 0, given)
    assert keeps(walkers.model, x)
    assert x[groups[0][2]] == x[groups[3][1]] == 1
    assert x[groups[1][0]] + x[groups[1][1]] == 1
    assert x[some[:3]].sum() == 2
    assert sorted(x[amounts].tolist()) in ([0, 3, 9], [1, 2, 9])  # one of them as it was
    assert x[free].tolist() == [-3, 4]


def test_a_given_matching_is_completed_not_replaced() -> None:
    """Two of five groups have no place yet, and two have the same."""
    model = bipartite([[0, 1, 2, 3, 4]] * 5, 5, set(range(5)))
    walkers = crowd(model, 1)
    given = np.zeros((5, 5))
    given[0, 3] = given[1, 1] = given[2, 1] = 1
    x = begun(walkers, 0, given.ravel()).reshape(5, 5)
    assert keeps(model, x.ravel())
    assert x[0, 3] == 1
    assert x[1, 1] + x[2, 1] == 1


def test_values_out_of_bounds_are_cut() -> None:
    b = Builder()
    b.integers(1, -2, 3)
    b.binaries(1)
    assert begun(crowd(b.model(), 1), 0, [7.0, -1.0]).tolist() == [3.0, 0.0]


def test_starts_depend_on_the_seed_alone() -> None:
    model = mixture(3)
    one, two, other = crowd(model), crowd(model), crowd(model)
    assert one.restart([4])
    two.restart([9])
    two.anneal(np.full(3, 1.0))
    two.restart([4])
    other.restart([5])
    np.testing.assert_array_equal(one.state.x, two.state.x)
    assert not np.array_equal(one.state.x, other.state.x)
