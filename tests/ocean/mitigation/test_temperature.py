"""Temperatures of exact Boltzmann samples, and those that Ocean estimates."""

from __future__ import annotations

import json
import math
from typing import Any

import dimod
import numpy as np
import pytest
from dwave.system.temperatures import maximum_pseudolikelihood_temperature

from qopt.errors import QoptError
from qopt.ocean.mitigation import temperature

from ..on_chip import OnChip, boltzmann


def model(seed: int, n: int = 10) -> Any:
    rng = np.random.default_rng(seed)
    j = {(u, v): rng.normal() / 2 for u in range(n) for v in range(u) if rng.random() < 0.4}
    return dimod.BQM.from_ising({k: rng.normal() / 2 for k in range(n)}, j)


@pytest.mark.parametrize("true", [0.2, 0.5, 1.0, 3.0])
def test_it_is_that_of_an_exact_distribution_and_oceans(true: float) -> None:
    bqm = model(1)
    samples = boltzmann(true, 7)(*bqm.to_ising()[:2], 4000)
    found = temperature(samples, bqm, seed=1)
    assert found.low <= true <= found.high
    assert found.high - found.low < 0.25 * true
    theirs, _ = maximum_pseudolikelihood_temperature(bqm, samples)
    assert found.value == pytest.approx(theirs, rel=1e-5)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    bqm, true, held = model(2, 6), 0.8, 0
    for seed in range(60):
        samples = boltzmann(true, seed)(*bqm.to_ising()[:2], 200)
        found = temperature(samples, bqm, bootstraps=60, seed=seed)
        held += found.low <= true <= found.high
    assert held >= 48  # of 60 at 95 in 100; fewer would be rarer than 1 in 10 000


def test_rows_that_stand_for_several_reads_and_bits_count_alike() -> None:
    bqm = model(3)
    samples = boltzmann(0.7, 1)(*bqm.to_ising()[:2], 500)
    plain = temperature(samples, bqm, seed=2)
    together = temperature(samples.aggregate(), bqm, seed=2)
    assert together.value == pytest.approx(plain.value)
    assert together.reads == plain.reads == 500
    assert together.excited == pytest.approx(plain.excited)
    bits = temperature(samples.change_vartype("BINARY", inplace=False), bqm.binary, seed=2)
    assert bits.value == pytest.approx(plain.value)


def test_limits() -> None:
    bqm = model(1)
    ground = dimod.ExactSolver().sample(bqm).truncate(1)
    assert temperature(ground, bqm).value == 0
    random = dimod.SampleSet.from_samples_bqm(
        (np.random.default_rng(1).choice([-1, 1], size=(200, 10)), list(bqm.variables)), bqm
    )
    opposite = dimod.ExactSolver().sample(-1 * bqm).truncate(1)
    assert temperature(random, bqm).high > 5
    hottest = temperature(opposite, bqm)
    assert hottest.value == math.inf
    assert json.loads(json.dumps(hottest.info()))["value"] is None


def test_the_chips_is_its_own() -> None:
    """Native pairs of qubits, which an anneal leaves at the chip's temperature."""
    chip = OnChip(seed=1)
    ends = chip.description.couplers
    taken: set[int] = set()
    pairs = {}
    for u, v in ends.tolist():
        if not {u, v} & taken:
            taken |= {u, v}
            pairs[u, v] = -0.2
    h = dict.fromkeys(sorted(taken), 0.05)
    found = temperature(chip(h, pairs, 200), dimod.BQM.from_ising(h, pairs))
    assert found.value == pytest.approx(chip.description.temperature, rel=0.1)


def test_what_tells_of_no_temperature_is_refused() -> None:
    bqm = model(1)
    nothing = dimod.SampleSet.from_samples([], "SPIN", energy=[])
    with pytest.raises(QoptError, match="samples: there are none"):
        temperature(nothing, dimod.BQM("SPIN"))
    flat = dimod.BQM.from_ising(dict.fromkeys(bqm.variables, 0.0), {})
    with pytest.raises(QoptError, match="all biases are 0"):
        temperature(boltzmann(1.0, 1)(*flat.to_ising()[:2], 5), flat)
    with pytest.raises(QoptError, match="bootstraps=-1"):
        temperature(boltzmann(1.0, 1)(*bqm.to_ising()[:2], 5), bqm, bootstraps=-1)
