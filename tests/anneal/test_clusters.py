from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qopt.anneal.core.ising import Ising
from qopt.anneal.ising import clusters
from qopt.anneal.ising.layout import FLOAT32, INT8, LARGE_FLOAT32, Form

from . import oracle
from .rig import SPARSE, Rig, name

every_form = pytest.mark.parametrize("form", SPARSE, ids=name)
SIDE = 8


def _grid(seed: int, copies: int = 1, whole: bool = True) -> Ising:
    """Toroidal grids with random couplings and fields, not connected with each other."""
    random = np.random.default_rng(seed)
    n = SIDE * SIDE
    place = np.arange(n).reshape(SIDE, SIDE)
    row = np.concatenate([place.ravel(), place.ravel()])
    col = np.concatenate([np.roll(place, 1, axis=0).ravel(), np.roll(place, 1, axis=1).ravel()])
    row, col = (np.concatenate([part + n * k for k in range(copies)]) for part in (row, col))
    if whole:
        quad, linear = (
            random.choice([-3, -2, -1, 1, 2, 3], len(row)),
            random.integers(-2, 3, n * copies),
        )
    else:
        quad, linear = random.normal(0, 1, len(row)), random.normal(0, 0.5, n * copies)
    return Ising.from_arrays(linear, row, col, quad)


class Moves:
    """A rig, and the cluster moves made on it."""

    def __init__(self, ising: Ising, form: Form, seed: int = 0, alike: float = 0.5) -> None:
        self.rig = Rig(ising, form, seed)
        random = np.random.default_rng(seed)
        states = self.rig.states()
        states[:, random.random(ising.num_variables) < alike] = (
            1  # so that the clusters do not percolate
        )
        self.rig.put(states)
        self.dice = np.array([seed], dtype=np.uint64)
        self.stack, self.seen = (
            np.empty(ising.num_variables, dtype=np.int64),
            np.zeros(ising.num_variables, dtype=np.bool_),
        )
        self.coupled = oracle.dense(ising.num_variables, *ising.neighbours()) != 0

    def move(self, holder: Any) -> float:
        rig = self.rig
        return clusters.move(
            rig.layout.couplings,
            rig.spins,
            rig.field_rows,
            np.asarray(holder, dtype=np.int64),
            self.dice,
            self.stack,
            self.seen,
        )

    def exchanged(self, holder: Any) -> tuple[list[Any], float]:
        """The sites that each pair of `holder`, of distinct replicas, exchanged, checked; and the
        share of the hotter ones.
        """
        rig, before = self.rig, self.rig.states()
        energies = rig.ising.energies(before)
        share = self.move(holder)
        after, sites, hot, others = rig.states(), [], [], set(range(rig.replicas))
        now = rig.ising.energies(after)
        for first in range(0, len(holder) - 1, 2):
            for k, (a, b) in enumerate(zip(holder[first], holder[first + 1], strict=True)):
                touched = np.flatnonzero(after[a] != before[a])
                np.testing.assert_array_equal(touched, np.flatnonzero(after[b] != before[b]))
                differ = before[a] != before[b]
                assert differ[touched].all()
                np.testing.assert_array_equal(after[a, touched], before[b, touched])
                np.testing.assert_array_equal(after[b, touched], before[a, touched])
                if len(touched):
                    assert touched.tolist() == self.cluster(touched[0], differ)
                assert now[a] + now[b] == pytest.approx(
                    energies[a] + energies[b], rel=1e-12, abs=1e-10
                )
                others -= {int(a), int(b)}
                sites.append(touched)
                hot += [len(touched)] * (4 * k < len(holder[first]))
        np.testing.assert_array_equal(after[list(others)], before[list(others)])
        assert not self.seen.any()
        assert share == pytest.approx(sum(hot) / (len(hot) * rig.n) if hot else 0)
        return sites, share

    def cluster(self, site: int, differ: Any) -> list[int]:
        """All sites of `differ` that couplings among them connect with `site`."""
        found, edge = {int(site)}, [int(site)]
        while edge:
            edge = [
                int(j)
                for i in edge
                for j in np.flatnonzero(self.coupled[i] & differ)
                if int(j) not in found
            ]
            found.update(edge)
        return sorted(found)


def _holder(rig: Rig, rungs: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).permutation(rig.replicas).reshape(-1, rungs)


@every_form
@pytest.mark.parametrize("seed", range(4))
def test_a_move_exchanges_one_connected_cluster_where_two_replicas_differ(
    seed: int, form: Form
) -> None:
    """A whole one; no other replica and no other spin is touched."""
    moves = Moves(_grid(seed), form, seed)
    sites = []
    for k in range(5):
        sites += moves.exchanged(_holder(moves.rig, 4, k))[0]
    sizes = np.array([len(touched) for touched in sites])
    assert sizes.max() > 5
    assert len(set(sizes.tolist())) > 5


@every_form
def test_energies_add_up_exactly_and_fields_are_those_of_the_spins(form: Form) -> None:
    moves = Moves(_grid(10), form, 10)
    rig = moves.rig
    for k in range(10):
        holder = _holder(rig, 4, k)
        pairs = holder.reshape(-1, 2, 4)
        before, totals = (
            rig.ising.energies(rig.states())[pairs].sum(axis=1),
            rig.totals()[pairs].sum(axis=1),
        )
        moves.move(holder)
        np.testing.assert_array_equal(rig.ising.energies(rig.states())[pairs].sum(axis=1), before)
        np.testing.assert_array_equal(rig.totals()[pairs].sum(axis=1), totals)
        np.testing.assert_array_equal(rig.fields(), rig.true_fields())


@pytest.mark.parametrize("form", [FLOAT32, LARGE_FLOAT32], ids=name)
def test_fields_of_any_biases_follow_to_rounding(form: Form) -> None:
    moves = Moves(_grid(11, whole=False), form, 11)
    for k in range(20):
        moves.exchanged(_holder(moves.rig, 4, k))
    np.testing.assert_allclose(
        moves.rig.fields(), moves.rig.true_fields(), atol=1e-5 * moves.rig.layout.unit
    )


@pytest.mark.parametrize("form", [form for form in SPARSE if form.whole], ids=name)
def test_doubled_couplings_that_wrap_around_leave_the_fields_exact(form: Form) -> None:
    n, largest = 40, np.iinfo(form.number).max
    linear = np.tile([0, 0, 1, -1], n // 4)
    quad = np.where(np.arange(0, n, 2) % 4 == 0, largest, 1 - largest)
    ising = Ising.from_arrays(linear, np.arange(0, n, 2), np.arange(1, n, 2), quad)
    assert ising.reach().max() == largest
    moves = Moves(ising, form, 12, alike=0)
    assert moves.rig.layout.unit == 1
    for k in range(20):
        moves.exchanged(_holder(moves.rig, 4, k))
        np.testing.assert_array_equal(moves.rig.fields(), moves.rig.true_fields())


@every_form
def test_clusters_never_cross_between_components(form: Form) -> None:
    moves = Moves(_grid(13, copies=2), form, 13, alike=0)
    halves = set()
    for k in range(4):
        for touched in moves.exchanged(_holder(moves.rig, 4, k))[0]:
            half = set((touched // (SIDE * SIDE)).tolist())
            assert len(half) == 1
            halves |= half
    assert halves == {0, 1}


@every_form
def test_a_replica_and_its_opposite_exchange_everything(form: Form) -> None:
    moves = Moves(_grid(14), form, 14)
    states = moves.rig.states()
    states[1::2] = -states[::2]
    moves.rig.put(states)
    sites, share = moves.exchanged(np.arange(moves.rig.replicas).reshape(-1, 2).T)
    assert share == 1
    assert all(len(touched) == moves.rig.n for touched in sites)
    np.testing.assert_array_equal(moves.rig.states(), -states)


@every_form
def test_replicas_that_agree_exchange_nothing(form: Form) -> None:
    moves = Moves(_grid(15), form, 15, alike=1)
    sites, share = moves.exchanged(_holder(moves.rig, 4))
    assert share == 0
    assert not any(map(len, sites))


@every_form
@pytest.mark.parametrize("ladders", [1, 3])
def test_the_last_of_an_odd_number_of_ladders_is_left_out(ladders: int, form: Form) -> None:
    moves = Moves(_grid(16), form, 16)
    holder = (
        np.random.default_rng(16).permutation(moves.rig.replicas)[: ladders * 4].reshape(ladders, 4)
    )
    sites, _ = moves.exchanged(holder)
    assert len(sites) == 4 * (ladders // 2)
    assert ladders == 1 or any(map(len, sites))


def test_the_start_is_any_site_that_differs() -> None:
    """Where they differ at three sites that are not coupled, each is exchanged as often, within
    five standard errors.
    """
    ising = _grid(17)
    moves = Moves(ising, INT8, 17, alike=1)
    apart, counts, tries = [0, 2 * SIDE + 4, 5 * SIDE + 1], np.zeros(ising.num_variables), 3000
    states = moves.rig.states()
    states[0, apart] = -states[0, apart]
    moves.rig.put(states)
    for _ in range(tries):
        before = moves.rig.spins.copy()
        moves.move([[0], [1]])
        counts += before != moves.rig.spins
    assert counts.sum() == counts[apart].sum()
    # of 64 looks at one site of 64 each, none finds one of the three with probability (1 - 3 / 64)
    # ** 64
    found = 1 - (1 - 3 / ising.num_variables) ** 64
    assert abs(counts.sum() / tries - found) < 5 * np.sqrt(found * (1 - found) / tries)
    assert (np.abs(counts[apart] / counts.sum() - 1 / 3) < 5 * np.sqrt(2 / 9 / counts.sum())).all()
