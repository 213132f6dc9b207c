"""Many problems in one submission come back as if each had been sent alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dimod
import networkx as nx
import numpy as np
import pytest
from dwave.samplers import SimulatedAnnealingSampler, TreeDecompositionSolver

from qopt import devices
from qopt.errors import NotEmbedded, QoptError
from qopt.ocean.embedding import Store, Target, embed
from qopt.ocean.packing import Packed, pack, packed
from qopt.ocean.ranges import Told, ranges_of

from .embedding import graphs


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(Path(tmp_path_factory.mktemp("kept")))


def model(n: int, seed: int, vartype: str = "SPIN", density: float = 1.0) -> Any:
    rng = np.random.default_rng(seed)
    bqm = dimod.BQM({f"x{k}": rng.normal() for k in range(n)}, {}, rng.normal(), vartype)
    for i in range(n):
        for j in range(i):
            if rng.random() < density:
                bqm.add_quadratic(f"x{i}", f"x{j}", rng.normal())
    return bqm


def annealed(pack: Packed, num_reads: int = 60) -> Any:
    """Reads by simulated annealing, at a scale where each tile is cold enough."""
    return SimulatedAnnealingSampler().sample_ising(
        pack.h, pack.j, num_reads=num_reads, num_sweeps=300, beta_range=(0.1, 20), seed=1
    )


def exactly(pack: Packed) -> Any:
    """The ground state of all qubits, by dynamic programming over a tree of the couplers."""
    return TreeDecompositionSolver().sample_ising(pack.h, pack.j, num_reads=1)


def lowest(bqm: Any) -> float:
    return float(dimod.ExactSolver().sample(bqm).first.energy)


def test_a_hundred_problems_of_sixteen_variables(store: Store) -> None:
    """All have places, in two submissions of disjoint tiles, and each its own ground state."""
    bqms = [model(16, seed, ["SPIN", "BINARY"][seed % 2]) for seed in range(100)]
    target = Target.of(graphs.advantage2())
    packs = list(packed(bqms, target, store=store, strength=20.0))
    assert sorted(number for pack in packs for number in pack.numbers) == list(range(100))
    assert len(packs) <= 3
    clock = devices.described("advantage2").access_time
    alone = clock(num_qubits=embed(bqms[0], target, store=store).qubits, num_reads=100)
    assert 5 * sum(clock(num_qubits=one.qubits, num_reads=100) for one in packs) < 100 * alone
    for pack_ in packs:
        used = [qubit for tile in pack_.tiles for qubit in tile.programmed.qubits.tolist()]
        assert len(used) == len(set(used)) == pack_.qubits
        pairs = np.array(list(pack_.j))
        assert target.joined(pairs[:, 0], pairs[:, 1]).all()
        part = Packed(pack_.tiles[-4:], pack_.numbers[-4:])
        for number, samples in zip(part.numbers, part.unpack(exactly(part)), strict=True):
            assert samples.vartype is bqms[number].vartype
            assert samples.first.energy == pytest.approx(lowest(bqms[number]))


def test_mixed_sizes_and_vartypes_come_back_right(store: Store) -> None:
    """A trap of Ocean's own composite, which gives spins for bits where the first was of spins."""
    bqms = [
        model(4, 1, "SPIN"),
        model(9, 2, "BINARY"),
        model(12, 3, "SPIN", 0.2),
        model(1, 4, "BINARY"),
        dimod.BQM({"a": 1.0, "b": -2.0}, {}, 3.0, "BINARY"),
    ]
    (one,) = packed(bqms, graphs.small(), store=store)
    found = dict(zip(one.numbers, one.unpack(annealed(one)), strict=True))
    for number, bqm in enumerate(bqms):
        samples = found[number]
        assert samples.vartype is bqm.vartype
        assert list(samples.variables) == list(bqm.variables)
        allowed = {0, 1} if bqm.vartype is dimod.BINARY else {-1, 1}
        assert set(np.unique(samples.record.sample)) <= allowed
        energies = bqm.energies((samples.record.sample, samples.variables))
        assert samples.record.energy == pytest.approx(energies)
        assert samples.first.energy == pytest.approx(lowest(bqm))
        assert samples.info["packed"]["problems"] == 5
        assert (
            (samples.record.chain_break_fraction >= 0) & (samples.record.chain_break_fraction <= 1)
        ).all()


def test_what_does_not_fit_at_once_goes_in_the_next_submission(store: Store) -> None:
    bqms = [model(16, seed) for seed in range(9)]
    packs = list(packed(bqms, graphs.small(), store=store))
    assert len(packs) > 1
    assert sorted(number for pack in packs for number in pack.numbers) == list(range(9))
    assert len(packs[0].tiles) >= len(packs[-1].tiles)


def test_places_that_were_searched_for_serve_the_next_submission_too(store: Store) -> None:
    """Nine triangles on a grid with room for a few of them."""
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 4))
    bqms = [dimod.BQM.from_ising({"a": 1.0}, {"ab": -1.0, "bc": 1.0, "ac": 1.0})] * 9
    packs = list(packed(bqms, grid, store=store, time_limit=2.0))
    assert 1 < len(packs) < 9
    assert sorted(number for pack in packs for number in pack.numbers) == list(range(9))


def test_templates_are_kept_and_damaged_ones_are_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bqms, kept = [model(6, seed) for seed in range(5)], Store(tmp_path)
    (first,) = packed(bqms, graphs.small(), store=kept)
    (file,) = tmp_path.rglob("*.json")
    sound = file.read_text()
    for damaged in (sound[:-9], sound.replace('"templates":[[[', '"templates":[[[9,'), "{}"):
        file.write_text(damaged)
        (again,) = packed(bqms, graphs.small(), store=kept)
        assert again.h == first.h
        assert file.read_text() == sound

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("a search was begun")

    monkeypatch.setattr("qopt.ocean.embedding.tiles.bounded", refuse)
    (last,) = packed(bqms, graphs.small(), store=kept)
    assert last.h == first.h


def test_problems_without_couplings(store: Store) -> None:
    bqms = [dimod.BQM.from_ising({"a": 1.0, "b": -1.0}, {}) for _ in range(10)]
    bqms += [dimod.BQM.from_ising({"a": -1.0}, {})] * 2
    for device in (graphs.small(), devices.described("advantage")):
        (one,) = packed(bqms, device, store=store)
        found = dict(zip(one.numbers, one.unpack(exactly(one)), strict=True))
        assert [found[k].first.energy for k in range(12)] == [-2.0] * 10 + [-1.0] * 2


def test_larger_problems_and_other_graphs_are_searched_for(store: Store) -> None:
    large = dimod.BQM.from_ising(
        {}, dict.fromkeys(nx.random_regular_graph(3, 40, seed=1).edges, 1.0)
    )
    (one,) = packed([large, model(5, 1)], graphs.small(), store=store)
    assert len(one.tiles) == 2
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(6, 6))
    bqms = [dimod.BQM.from_ising({"a": 1.0}, {"ab": -1.0, "bc": 1.0}) for _ in range(4)]
    (one,) = packed(bqms, grid, store=store)
    for samples in one.unpack(annealed(one)):
        assert samples.first.energy == -3


def test_one_without_a_place_is_named(store: Store) -> None:
    with pytest.raises(NotEmbedded, match=r"problem 0, of 60 .* 1,770 couplings, has no"):
        list(packed([model(60, 1)], graphs.small(), store=store, time_limit=10))


def test_each_tile_is_scaled_by_a_factor_of_its_own_which_is_told(store: Store) -> None:
    bqms = [model(6, 1), model(6, 2)]
    bqms[1].scale(100.0)
    ranges = Told((-4, 4), (-2, 1), (-18, 15))
    (one,) = packed(bqms, graphs.small(), store=store, ranges=ranges)
    for tile in one.tiles:
        on = tile.programmed
        total = np.bincount(on.couplers.ravel(), np.repeat(on.j, 2))
        filled = [on.h.max() / 4, -on.h.min() / 4, on.j.max(), -on.j.min() / 2]
        filled += [total.max() / 15, -total.min() / 18]
        assert tile.scale * max(filled) == pytest.approx(1)
    assert one.tiles[0].scale > 20 * one.tiles[1].scale
    assert [told["scale"] for told in one.info()["tiles"]] == [tile.scale for tile in one.tiles]
    assert one.unpack(annealed(one))[1].info["packed"]["scale"] == one.tiles[1].scale
    on = one.tiles[0].programmed
    h, j = on.ising()
    assert all(
        one.h[qubit] == pytest.approx(one.tiles[0].scale * bias) for qubit, bias in h.items()
    )
    assert all(one.j[pair] == pytest.approx(one.tiles[0].scale * bias) for pair, bias in j.items())


def test_ranges_come_from_the_device(store: Store) -> None:
    """Of a description and of the properties that a solver tells, the same; a graph has none."""
    for name in ("advantage2-small", "advantage"):
        device = devices.described(name)
        told = SimpleNamespace(properties=device.properties())
        assert isinstance(ranges_of(told), Told)
        for strength in (1.0, 50.0):  # where the couplers count, and where their sums do
            bqm = model(12, 1)
            found = embed(bqm, device, store=store, method="minorminer")
            one = pack([bqm], device, [found], strength=strength)
            on = one.tiles[0].programmed
            asked = on.qubits, on.h, on.couplers, on.j
            assert ranges_of(device).scale(*asked) == pytest.approx(ranges_of(told).scale(*asked))
            assert one.tiles[0].scale == ranges_of(device).scale(*asked) != 1
    nothing, one_qubit = np.zeros((0, 2), dtype=np.int64), np.array([3])
    for ranges, scale in ((ranges_of(graphs.small()), 1), (Told((-4, 4), (-2, 1)), 0.5)):
        assert ranges.scale(one_qubit, np.array([8.0]), nothing, np.zeros(0)) == scale
        assert ranges.scale(one_qubit, np.array([0.0]), nothing, np.zeros(0)) == 1


def test_packing_by_hand_checks_that_tiles_are_disjoint(store: Store) -> None:
    bqms = [model(3, 1), model(3, 2)]
    found = embed(bqms[0], graphs.small(), store=store)
    with pytest.raises(QoptError, match="problems 0 and 1 share qubit"):
        pack(bqms, graphs.small(), [found, found])
    with pytest.raises(QoptError, match="1 embeddings for 2 problems"):
        pack(bqms, graphs.small(), [found])
    with pytest.raises(QoptError, match="1 chain strengths for 2 problems"):
        pack(bqms, graphs.small(), [found, found], strength=[1.0])


def test_broken_chains_are_counted_a_tile(store: Store) -> None:
    bqms = [model(10, 1), model(10, 2)]
    (one,) = packed(bqms, graphs.small(), store=store)
    first, second = (tile.programmed for tile in one.tiles)
    reads = dict.fromkeys([*first.qubits.tolist(), *second.qubits.tolist()], 1)
    long = int(np.flatnonzero(first.sizes > 1)[0])
    reads[int(first.qubits[first.starts[long]])] = -1
    told = dimod.SampleSet.from_samples(reads, "SPIN", energy=0.0)
    broken = [float(samples.record.chain_break_fraction[0]) for samples in one.unpack(told)]
    assert broken == [0.1, 0.0]


def test_ties_of_one_tile_are_not_those_of_another(store: Store) -> None:
    """Forty reads in which one of the two qubits of each chain is turned."""
    bqm = dimod.BQM({"a": 0.0}, {}, 0, "SPIN")
    edges = list(nx.maximal_matching(graphs.small()))[:2]
    one = pack([bqm, bqm], graphs.small(), [{"a": edge} for edge in edges])
    reads = {qubit: sign for edge in edges for qubit, sign in zip(edge, (-1, 1), strict=True)}
    told = dimod.SampleSet.from_samples([reads] * 40, "SPIN", energy=0.0)
    first, second = (samples.record.sample.ravel().tolist() for samples in one.unpack(told))
    assert first != second


def test_the_ground_state_of_the_union_is_that_of_each(store: Store) -> None:
    bqms = [model(4, seed, ["SPIN", "BINARY"][seed % 2]) for seed in range(6)]
    (one,) = packed(bqms, graphs.small(), store=store, strength=20.0)
    for number, samples in zip(one.numbers, one.unpack(exactly(one)), strict=True):
        assert samples.first.energy == pytest.approx(lowest(bqms[number]))
        assert not samples.record.chain_break_fraction.any()
