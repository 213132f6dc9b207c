from __future__ import annotations

import numpy as np
import pytest

from qopt.anneal.core.ising import Ising
from qopt.anneal.ising import tempering
from qopt.anneal.ising.layout import DENSE_FLOAT32, FLOAT32, INT8, Fit, Form, Layout
from qopt.anneal.ising.replicas import Replicas
from qopt.anneal.ising.schedule import Ladder
from qopt.anneal.ising.search import Search, default_beta_range
from qopt.anneal.ising.tempering import SCAN, Tempering

from .exact import boltzmann, counts, p_value, small


def _grid(side: int, seed: int = 0) -> Ising:
    """A toroidal grid of couplings -1 and +1."""
    site = np.arange(side * side).reshape(side, side)
    row = np.concatenate([site.ravel()] * 2)
    col = np.concatenate([np.roll(site, 1, axis).ravel() for axis in (0, 1)])
    return Ising.from_arrays(
        np.zeros(side**2), row, col, np.random.default_rng(seed).choice([-1.0, 1.0], len(row))
    )


def _random_graph(n: int, degree: int, seed: int = 0) -> Ising:
    random = np.random.default_rng(seed)
    row = random.integers(0, n, n * degree // 2)
    col = (row + random.integers(1, n, len(row))) % n
    return Ising.from_arrays(np.zeros(n), row, col, np.ones(len(row)))


def _temper(
    model: Ising, num_sweeps: int | None = 6000, narrow: bool = True, form: Form | None = None
) -> Tempering:
    layout = Layout(model, None if form is None else Fit.of(model).to(form))
    replicas = Replicas(model, layout)
    replicas.restart([1])
    run = Tempering(replicas, default_beta_range(model, layout), narrow)
    for _ in run.run(num_sweeps):
        pass
    return run


@pytest.mark.parametrize(
    ("form", "clusters"),
    [(FLOAT32, False), (FLOAT32, True), (DENSE_FLOAT32, False)],
    ids=["sparse", "clusters", "dense"],
)
def test_every_rung_has_boltzmanns_distribution(form: Form, clusters: bool) -> None:
    """Exchanges and cluster moves leave each temperature's own distribution as it is: three rungs
    of each way.
    """
    model = small(6, seed=5)
    replicas = Replicas(model, Layout(model, Fit.of(model).to(form)))
    replicas.restart([7])
    betas = np.linspace(0.3, 1.5, 8)
    ladder = Ladder.of(betas, replicas.layout)
    seen = {rung: np.zeros(64, dtype=int) for rung in (0, 3, 7)}
    for sample in range(1500):
        replicas.temper(ladder, sample * 20, 20, 2)
        if clusters:
            replicas.move_clusters(ladder.holder)
        if sample >= 20:
            for rung, total in seen.items():
                total += counts(replicas.layout.states(replicas.spins, ladder.holder[:, rung]))
    assert ladder.exchange_rates.min() > 0.3
    for rung, total in seen.items():
        # Metropolis sweeps, unlike heat-bath ones, leave some correlation: counts a little wider
        # than independent draws'
        assert p_value(total // 2, boltzmann(model, betas[rung])) > 1e-4


def test_replicas_hold_each_rung_once() -> None:
    ladder = _temper(_random_graph(500, 12)).ladder
    assert ladder is not None
    assert sorted(ladder.holder.ravel()) == list(range(64))
    np.testing.assert_allclose(
        ladder.scale[ladder.holder],
        np.tile(Layout(_random_graph(500, 12)).scale(ladder.betas), (len(ladder.holder), 1)),
    )


@pytest.mark.parametrize(
    "model",
    [_random_graph(800, 40), _random_graph(2000, 12), _grid(45)],
    ids=["dense", "sparse", "grid"],
)
def test_exchange_rates_are_even(model: Ising) -> None:
    ladder = _temper(model, 12_000).ladder
    assert ladder is not None
    rates = ladder.exchange_rates
    assert rates.min() > 0.08
    assert rates.max() < 4 * rates.min()


@pytest.mark.parametrize("scale", [1.0, 2.0**-40, 2.0**30])
def test_the_ladder_scales_with_the_model(scale: float) -> None:
    model = _random_graph(300, 8)
    scaled = Ising.from_arrays(model.linear, model.row, model.col, model.quad * scale)
    plain, other = _temper(model).ladder, _temper(scaled).ladder
    assert plain is not None
    assert other is not None
    np.testing.assert_allclose(other.betas * scale, plain.betas)


def test_the_hot_end_forgets_and_the_cold_end_is_all_but_frozen() -> None:
    run = _temper(_random_graph(1000, 12), 8000)
    assert run.ladder is not None
    replicas, layout = run.replicas, run.replicas.layout
    kept = []
    for beta in run.ladder.betas[[0, -1]]:
        replicas.restart([3])
        replicas.anneal(layout.scale(np.geomspace(run.ladder.betas[0], beta, 200)), 0)
        before = replicas.spins.copy()
        replicas.anneal(layout.scale(np.full(60, beta)), 0)
        kept.append(layout.overlap(replicas.spins, before))
    hot, cold = kept
    assert hot < 0.5
    assert cold > 0.85


def test_a_few_huge_biases_hardly_move_the_ladder() -> None:
    """Couplings a million times the rest, on a hundredth of the spins, leave the temperatures of
    the others as they are.
    """
    model = _random_graph(1000, 12)
    pairs = np.arange(0, 10)
    row, col = np.concatenate([model.row, pairs]), np.concatenate([model.col, pairs + 500])
    outliers = Ising.from_arrays(
        model.linear, row, col, np.concatenate([model.quad, np.full(10, 1e6)])
    )
    plain, other = _temper(model, form=FLOAT32).ladder, _temper(outliers).ladder
    assert plain is not None
    assert other is not None
    assert 0.4 < other.betas[0] / plain.betas[0] < 2.5
    assert 0.4 < other.betas[-1] / plain.betas[-1] < 2.5


def test_a_range_that_is_given_is_kept() -> None:
    ladder = Search(_random_graph(300, 8), beta_range=(0.4, 3.0), rounds=[[2000]])
    ladder.run(1)
    assert ladder.ladder is not None
    assert ladder.ladder.betas[0] == pytest.approx(0.4, rel=0.1)
    assert ladder.ladder.betas[-1] == pytest.approx(3.0)


def test_where_nothing_would_be_exchanged_it_anneals() -> None:
    """A quarter of a million spins fluctuate too much for 64 temperatures: there is no ladder, and
    the run is an anneal.
    """
    run = _temper(_grid(500), SCAN + 30)
    assert run.ladder is None
    assert np.isfinite(run.replicas.lowest).all()


def test_cluster_moves_end_where_clusters_percolate() -> None:
    assert len(_temper(_grid(30))._shares) > tempering.TRIALS
    assert len(_temper(_random_graph(1000, 6))._shares) == tempering.TRIALS
    assert len(_temper(_random_graph(500, 12))._shares) == 0


def test_cluster_moves_find_lower_states_of_a_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurement in `clusters`, in small: same sweeps, with and without; mean of the replicas'
    best, over three seeds.
    """
    model = _grid(60)
    found = {}
    for share in (0.4, 0.0):
        monkeypatch.setattr(tempering, "PERCOLATED", share)
        monkeypatch.setattr(tempering, "TRIALS", 10 if share else 1)
        layout = Layout(model, Fit.of(model).to(INT8))
        runs = [
            Search(model, rounds=[[3000]], seed=seed, layout=layout).run(64) for seed in range(3)
        ]
        found[share] = np.mean([run.energies.mean() for run in runs])
    assert found[0.4] < found[0.0]


def test_a_stale_run_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempering, "STALE", 200)
    run = _temper(_random_graph(100, 8), None)
    assert np.isfinite(run.replicas.lowest).all()


@pytest.mark.parametrize(
    "model", [_random_graph(500, 12), _grid(30)], ids=["one ladder", "several"]
)
def test_initial_states_begin_on_the_coldest_rungs(
    model: Ising, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the hottest they would be forgotten at once.

    Of several ladders each has one before any has a second.
    """
    layout = Layout(model)
    replicas = Replicas(model, layout)
    replicas.restart([1])
    given = np.random.default_rng(3).choice([-1, 1], (3, model.num_variables)).astype(np.int8)
    run = Tempering(replicas, default_beta_range(model, layout), True, given)
    begun: list[np.ndarray] = []

    def temper(ladder: Ladder, *_: object) -> None:
        assert (np.diff(ladder.betas) > 0).all()
        coldest = ladder.holder[:, ::-1].T.ravel()[:3]
        begun.append(layout.states(replicas.spins, coldest))

    monkeypatch.setattr(replicas, "temper", temper)
    for _ in run.run(SCAN + 1):
        pass
    np.testing.assert_array_equal(begun[0], given)
