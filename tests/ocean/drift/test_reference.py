"""The reference problem: native, spread over the device, its ground states known."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import networkx
import numpy as np
import pytest

from qopt.errors import QoptError
from qopt.ocean.drift import Reference
from qopt.ocean.drift.cells import SPINS

from .graphs import RANGES, pegasus, zephyr

GRAPHS = {"zephyr": zephyr(), "pegasus": pegasus()}
BOTH = pytest.mark.parametrize("name", GRAPHS)


def _cell_bqm(reference: Reference, number: int) -> dimod.BinaryQuadraticModel:
    mine = set(reference.cells[number].qubits.tolist())
    return dimod.BinaryQuadraticModel.from_ising(
        {q: h for q, h in reference.h.items() if q in mine},
        {pair: j for pair, j in reference.j.items() if mine.issuperset(pair)},
    )


@BOTH
def test_it_is_native_and_its_cells_are_apart(name: str) -> None:
    graph = GRAPHS[name]
    reference = Reference.of(graph, RANGES, 3)
    assert len(reference.cells) == 12
    qubits = [q for cell in reference.cells for q in cell.qubits.tolist()]
    assert len(set(qubits)) == len(qubits) == 12 * SPINS == len(reference.h)
    assert all(graph.has_edge(u, v) for u, v in reference.j)
    for cell in reference.cells:
        inside = graph.subgraph(cell.qubits.tolist())
        assert networkx.is_connected(inside)
        assert inside.number_of_edges() == len(cell.j) >= SPINS


@BOTH
def test_cells_are_spread_over_the_device(name: str) -> None:
    graph = GRAPHS[name]
    reference = Reference.of(graph, RANGES, 3)
    place = {q: k / len(graph) for k, q in enumerate(sorted(graph))}
    starts = [place[int(cell.qubits[0])] for cell in reference.cells]
    gaps = [b - a for a, b in itertools.pairwise(sorted([*starts, min(starts) + 1]))]
    assert max(gaps) < 0.25


@BOTH
def test_lowest_energies_are_exact(name: str) -> None:
    reference = Reference.of(GRAPHS[name], RANGES, 5, cells=4)
    for number, cell in enumerate(reference.cells):
        exact = dimod.ExactSolver().sample(_cell_bqm(reference, number)).first.energy
        assert cell.ground == pytest.approx(exact, abs=1e-9)


def test_at_the_temperature_the_share_is_that_of_boltzmanns_law() -> None:
    reference = Reference.of(GRAPHS["zephyr"], RANGES, 2, cells=3, share=0.7, temperature=0.11)
    for number, cell in enumerate(reference.cells):
        energies = dimod.ExactSolver().sample(_cell_bqm(reference, number)).record.energy
        weights = np.exp(-(energies - energies.min()) / 0.11)
        share = weights[energies < energies.min() + 1e-9].sum() / weights.sum()
        if np.abs(cell.j).max() < 1:  # else the range bounds it, and the share is smaller
            assert share == pytest.approx(0.7, abs=1e-6)


def test_biases_stay_within_the_ranges() -> None:
    cold = Reference.of(GRAPHS["zephyr"], RANGES, 1, share=0.999, temperature=5.0)
    assert max(map(abs, [*cold.h.values(), *cold.j.values()])) == 1.0
    narrow = {"h_range": [-0.25, 4], "j_range": [-1, 1]}
    cold = Reference.of(GRAPHS["zephyr"], narrow, 1, share=0.999, temperature=5.0)
    assert max(map(abs, [*cold.h.values(), *cold.j.values()])) == 0.25


def test_the_same_arguments_give_the_same_reference() -> None:
    one, same, other = (Reference.of(GRAPHS["zephyr"], RANGES, seed) for seed in (1, 1, 2))
    assert (one.name, one.h, one.j) == (same.name, same.h, same.j)
    assert other.name != one.name


@BOTH
def test_it_goes_round_what_is_broken(name: str) -> None:
    graph = GRAPHS[name].copy()
    random = np.random.default_rng(1)
    graph.remove_nodes_from(random.choice(sorted(graph), len(graph) // 5, replace=False).tolist())
    edges = sorted(graph.edges)
    graph.remove_edges_from([edges[k] for k in random.choice(len(edges), 100, replace=False)])
    reference = Reference.of(graph, RANGES, 3)
    assert len(reference.cells) == 12
    assert all(graph.has_edge(u, v) for u, v in reference.j)


@pytest.mark.parametrize(
    "graph", [networkx.Graph(), networkx.path_graph(400), networkx.complete_graph(30)]
)
def test_a_device_without_room_is_one_line(graph: Any) -> None:
    with pytest.raises(QoptError, match=r"has room for \d of 12 cells") as raised:
        Reference.of(graph, RANGES)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"cells": 2}, {"share": 1.0}, {"share": 0}, {"temperature": 0}]
)
def test_arguments_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(wrong))):
        Reference.of(GRAPHS["zephyr"], RANGES, **wrong)


def _answer(reference: Reference, rows: list[dict[int, int]], counts: list[int]) -> dimod.SampleSet:
    return dimod.SampleSet.from_samples(rows, "SPIN", energy=0, num_occurrences=counts)


def test_its_score_is_the_share_of_reads_in_a_ground_state() -> None:
    reference = Reference.of(GRAPHS["zephyr"], RANGES, 4, cells=3)
    grounds: dict[int, int] = {}
    for number in range(3):
        grounds |= dimod.ExactSolver().sample(_cell_bqm(reference, number)).first.sample
    wrong = dict(grounds)
    first = reference.cells[0].qubits.tolist()
    # the first cell as far from its ground state as can be
    bqm = _cell_bqm(reference, 0)
    worst = max(dimod.ExactSolver().sample(bqm).data(), key=lambda row: row.energy).sample
    wrong |= {q: worst[q] for q in first}
    found = reference.score(_answer(reference, [grounds, wrong], [3, 1]))
    assert found.shares == (0.75, 1.0, 1.0)
    assert (found.reads, found.reference) == (4, reference.name)
    assert found.share == pytest.approx(2.75 / 3)


def test_what_cannot_be_scored_is_told() -> None:
    reference = Reference.of(GRAPHS["zephyr"], RANGES, 4, cells=3)
    with pytest.raises(QoptError, match=r"cannot be scored: qubit \d+ is not in it"):
        reference.score(_answer(reference, [{0: 1}], [1]))
    with pytest.raises(QoptError, match="cannot be scored: it has no reads"):
        reference.score(_answer(reference, [dict.fromkeys(reference.h, 1)], [0]))


def test_all_states_of_a_sampler_at_its_temperature_score_its_share() -> None:
    """Drawn from Boltzmann's law itself, cell by cell."""
    from qopt.ocean.drift.cells import all_states

    reference = Reference.of(GRAPHS["zephyr"], RANGES, 6, share=0.8, temperature=0.11)
    random, columns, states = np.random.default_rng(1), [], all_states(SPINS)
    for cell in reference.cells:
        weights = np.exp(-(cell.energies(states) - cell.ground) / 0.11)
        columns.append(states[random.choice(len(states), 2000, p=weights / weights.sum())])
    qubits = [q for cell in reference.cells for q in cell.qubits.tolist()]
    samples = (np.hstack(columns), qubits)
    found = reference.score(dimod.SampleSet.from_samples(samples, "SPIN", energy=0))
    assert found.share == pytest.approx(0.8, abs=0.015)
