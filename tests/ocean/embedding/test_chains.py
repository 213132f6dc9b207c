"""What is programmed, and what reads become: equal to Ocean's, and to what can be counted."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest
from dwave import embedding as ocean
from dwave.embedding import chain_strength as ocean_strength

from qopt.errors import QoptError
from qopt.ocean.embedding import (
    Programmed,
    Store,
    embed,
    program,
    scaled,
    unembed,
    uniform_torque_compensation,
)

from . import graphs

NOWHERE = Store(None)


def model(n: int, seed: int, vartype: str = "SPIN", density: float = 0.6) -> Any:
    rng = np.random.default_rng(seed)
    bqm = dimod.BQM({f"x{k}": rng.normal() for k in range(n)}, {}, rng.normal(), vartype)
    for i in range(n):
        for j in range(i):
            if rng.random() < density:
                bqm.add_quadratic(f"x{i}", f"x{j}", rng.normal())
    return bqm


def placed(bqm: Any, seed: int = 1, **options: Any) -> tuple[dict[Any, Any], Programmed]:
    found = embed(bqm, graphs.small(), seed=seed, store=NOWHERE, method="minorminer")
    return dict(found.chains), program(bqm, found, graphs.small(), **options)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "strength",
    [None, 3.5, "by variable", ocean_strength.scaled],
    ids=["default", "number", "by variable", "function"],
)
def test_it_is_programmed_as_oceans(vartype: str, seed: int, strength: Any) -> None:
    bqm = model(14, seed, vartype)
    if strength == "by variable":
        strength = {label: 1.0 + k for k, label in enumerate(bqm.variables)}
    chains, ours = placed(bqm, seed, strength=strength)
    adjacency = {qubit: set(graphs.small()[qubit]) for qubit in graphs.small()}
    theirs = ocean.embed_bqm(
        bqm, chains, adjacency, chain_strength=strength, smear_vartype=dimod.SPIN
    ).spin
    h, j = ours.ising()
    assert h == pytest.approx(dict(theirs.linear))
    assert {frozenset(pair): bias for pair, bias in j.items()} == pytest.approx(
        {frozenset(pair): bias for pair, bias in theirs.quadratic.items()}
    )
    assert ours.offset == pytest.approx(theirs.offset)


def test_the_strengths_are_oceans() -> None:
    for seed in range(5):
        for vartype in ("SPIN", "BINARY"):
            bqm = model(9, seed, vartype)
            for ours, theirs in (
                (uniform_torque_compensation, ocean_strength.uniform_torque_compensation),
                (scaled, ocean_strength.scaled),
            ):
                assert ours(bqm) == pytest.approx(theirs(bqm))
                assert ours(bqm, prefactor=0.7) == pytest.approx(theirs(bqm, prefactor=0.7))
    alone = dimod.BQM({"a": 5.0}, {}, 0, "SPIN")
    assert uniform_torque_compensation(alone) == scaled(alone) == 1


def test_energies_of_whole_chains_are_the_problems() -> None:
    bqm = model(12, 4)
    _, ours = placed(bqm)
    rng = np.random.default_rng(0)
    spins = rng.choice([-1, 1], size=(20, 12)).astype(np.int8)
    h, j = ours.ising()
    on_qubits = dimod.BQM.from_ising(h, j, ours.offset)
    reads = spins[:, ours.owners], ours.qubits.tolist()
    assert on_qubits.energies(reads) == pytest.approx(bqm.energies((spins, list(bqm.variables))))


def reads_of(ours: Programmed, values: Any, **options: Any) -> Any:
    shuffled = np.random.default_rng(9).permutation(len(ours.qubits))
    values = np.asarray(values, dtype=np.int8)[:, shuffled]
    labelled = values, ours.qubits[shuffled].tolist()
    return dimod.SampleSet.from_samples(labelled, "SPIN", energy=0.0, **options)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_whole_chains_come_back_as_they_were(vartype: str) -> None:
    bqm = model(10, 5, vartype)
    _, ours = placed(bqm)
    spins = np.random.default_rng(1).choice([-1, 1], size=(6, 10)).astype(np.int8)
    count = [1, 2, 3, 4, 5, 6]
    told = reads_of(ours, spins[:, ours.owners], num_occurrences=count, info={"timing": {"a": 1}})
    for method in ("majority", "weighted", "discard", "minimise-energy"):
        found = unembed(told, ours, method=method)
        values = spins if vartype == "SPIN" else (spins + 1) // 2
        assert found.vartype is bqm.vartype
        assert list(found.variables) == list(bqm.variables)
        assert found.record.sample.tolist() == values.tolist()
        assert found.record.energy == pytest.approx(bqm.energies((values, list(bqm.variables))))
        assert found.record.num_occurrences.tolist() == count
        assert not found.record.chain_break_fraction.any()
        assert found.info["timing"] == {"a": 1}
        assert found.info["unembedding"]["reads"] == 21


def noise(ours: Programmed, reads: int, seed: int) -> Any:
    return np.random.default_rng(seed).choice([-1, 1], size=(reads, len(ours.qubits)))


def test_broken_chains_are_counted_and_voted_on_as_oceans() -> None:
    bqm = model(24, 6)
    chains, ours = placed(bqm)
    told = reads_of(ours, noise(ours, 50, 1))
    theirs = ocean.unembed_sampleset(told, chains, bqm, chain_break_fraction=True)
    found = unembed(told, ours)
    assert found.record.chain_break_fraction == pytest.approx(theirs.record.chain_break_fraction)
    odd = [k for k, size in enumerate(ours.sizes) if size % 2]
    assert 0 < len(odd) < 24
    order = [list(theirs.variables).index(label) for label in found.variables]
    assert (found.record.sample == theirs.record.sample[:, order])[:, odd].all()
    even = unembed(told, ours, seed=1).record.sample != unembed(told, ours, seed=2).record.sample
    assert even.any()
    assert not even[:, odd].any()  # only ties are drawn
    again = unembed(told, ours, seed=1).record.sample
    assert (again == unembed(told, ours, seed=1).record.sample).all()


def test_ties_fall_either_way_equally_often() -> None:
    bqm = dimod.BQM({"a": 0.0, "b": 0.0}, {"ab": 1.0}, 0, "SPIN")
    u, v = next(iter(graphs.small().edges))
    w = next(qubit for qubit in graphs.small()[v] if qubit != u)
    ours = program(bqm, {"a": [u, v], "b": [w]}, graphs.small())
    reads = np.tile(np.where(ours.qubits == u, -1, 1), (2000, 1))
    for method in ("majority", "weighted"):
        mean = unembed(reads_of(ours, reads), ours, method=method).record.sample.mean(axis=0)
        assert abs(mean[0]) < 4 / np.sqrt(2000)
        assert mean[1] == 1


def test_weighted_draws_by_the_share_of_the_qubits() -> None:
    bqm = model(24, 6)
    _, ours = placed(bqm)
    one = noise(ours, 1, 3)
    drawn = unembed(reads_of(ours, np.tile(one, (4000, 1))), ours, method="weighted")
    shares = np.add.reduceat(one[0], ours.starts) / ours.sizes
    assert np.abs(drawn.record.sample.mean(axis=0) - shares).max() < 5 / np.sqrt(4000)


def test_discard_leaves_out_reads_and_says_so() -> None:
    bqm = model(10, 5)
    _, ours = placed(bqm)
    whole = np.ones((3, len(ours.qubits)), dtype=np.int8)
    long = int(np.flatnonzero(ours.sizes > 1)[0])
    whole[1, ours.starts[long]] = -1
    found = unembed(reads_of(ours, whole, num_occurrences=[1, 5, 2]), ours, method="discard")
    assert found.record.num_occurrences.tolist() == [1, 2]
    assert found.info["unembedding"]["left_out"] == 5
    assert found.info["unembedding"]["broken_reads"] == 5
    assert found.info["unembedding"]["mean_chain_break_fraction"] == pytest.approx(5 / 8 / 10)
    none = unembed(reads_of(ours, whole[1:2]), ours, method="discard")
    assert len(none) == 0
    assert list(none.variables) == list(bqm.variables)


def test_least_energy_is_oceans() -> None:
    bqm = model(24, 8)
    chains, ours = placed(bqm)
    told = reads_of(ours, noise(ours, 40, 2))
    rule = ocean.MinimizeEnergy(bqm, {label: list(chain) for label, chain in chains.items()})
    theirs = ocean.unembed_sampleset(told, chains, bqm, chain_break_method=rule)
    found = unembed(told, ours, method="minimise-energy")
    assert sorted(found.record.energy) == pytest.approx(sorted(theirs.record.energy))
    voted = unembed(told, ours)
    assert found.record.energy.mean() < voted.record.energy.mean()


def test_descent_ends_where_no_flip_lowers_the_energy_and_says_so() -> None:
    bqm = model(24, 8, "BINARY")
    _, ours = placed(bqm)
    told = reads_of(ours, noise(ours, 30, 2))
    plain, found = unembed(told, ours), unembed(told, ours, descend=True)
    assert (found.record.energy <= plain.record.energy + 1e-9).all()
    changed = (found.record.sample != plain.record.sample).any(axis=1).sum()
    assert found.info["unembedding"]["descent"] == {"changed": changed}
    assert "descent" not in plain.info["unembedding"]
    variables = list(bqm.variables)
    for k in range(24):
        flipped = found.record.sample.copy()
        flipped[:, k] = 1 - flipped[:, k]
        assert (bqm.energies((flipped, variables)) >= found.record.energy - 1e-9).all()
    assert found.record.chain_break_fraction == pytest.approx(plain.record.chain_break_fraction)


def test_reads_of_other_qubits_are_refused() -> None:
    _, ours = placed(model(6, 1))
    told = dimod.SampleSet.from_samples({0: 1}, "SPIN", energy=0.0)
    with pytest.raises(QoptError, match=r"reads: qubit \d+ is not among them"):
        unembed(told, ours)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"strength": 0}, "chain_strength=0"),
        ({"strength": {"x0": 1.0}}, "chain_strength of variable 'x1' is None"),
        ({"strength": dict.fromkeys([f"x{k}" for k in range(6)], 0)}, "variable 'x0' is 0;"),
        ({"strength": dict.fromkeys([f"x{k}" for k in range(6)], "1")}, "variable 'x0' is '1';"),
        ({"strength": lambda bqm: -1.0}, "chain_strength=-1.0"),
        ({"chains": {"x0": [1]}}, "none is given for variable 'x1'"),
        ({"chains": {f"x{k}": [k] for k in range(6)}}, "no coupler joins the chains"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_programmed_is_named(wrong: dict[str, Any], told: str) -> None:
    bqm = model(6, 1)
    chains = embed(bqm, graphs.small(), store=NOWHERE).chains
    given = {"chains": chains} | wrong
    with pytest.raises(QoptError) as raised:
        program(bqm, given.pop("chains"), graphs.small(), **given)
    assert told in str(raised.value)


def test_a_problem_without_couplings_is_programmed_too() -> None:
    bqm = dimod.BQM({"a": 2.0, "b": -1.0}, {}, 0.5, "BINARY")
    ours = program(bqm, {"a": [0], "b": [1]}, graphs.small())
    assert ours.ising() == ({0: 1.0, 1: -0.5}, {})
    assert ours.offset == 1.0
    empty = program(dimod.BQM("SPIN"), {}, graphs.small())
    assert unembed(dimod.SampleSet.from_samples([], "SPIN", energy=[]), empty).variables == []
