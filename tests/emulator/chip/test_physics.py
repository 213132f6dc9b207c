"""What a chip without noise reads, against exact enumeration."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from qopt import devices
from qopt.emulator.chip import Answered, Chip
from qopt.emulator.chip.annealing import sweeps

from .conftest import Floats, Job, job_on, native

READS = 6000


def _run(chip: Chip, job: Job, number: int = 0, **params: object) -> Answered:
    given = {"num_reads": READS, "auto_scale": False, "annealing_time": 80.0} | params
    return chip.answer("ising", job.linear, job.quadratic, given, job=number)


def _exact(job: Job, temperature: float) -> Floats:
    states = np.array(list(itertools.product((-1, 1), repeat=len(job.used))))
    energies = job.energies(states)
    weights = np.exp(-(energies - energies.min()) / temperature)
    return np.asarray(weights / weights.sum())


def _counts(answered: Answered) -> Floats:
    places = (answered.samples > 0) @ (1 << np.arange(answered.samples.shape[1])[::-1])
    seen = np.bincount(places, answered.occurrences, 2 ** answered.samples.shape[1])
    return np.asarray(seen, dtype=np.float64)


def _p_value(seen: Floats, probabilities: Floats) -> float:
    """Of a chi-square test, states that are expected fewer than ten times taken together."""
    expected = probabilities * seen.sum()
    often = expected >= 10
    found, wanted = (np.append(values[often], values[~often].sum()) for values in (seen, expected))
    if wanted[-1] < 10:
        found, wanted = (np.append(values[:-2], values[-2:].sum()) for values in (found, wanted))
    return float(chisquare(found, wanted).pvalue)


@pytest.mark.parametrize("seed", range(6))
def test_weakly_coupled_qubits_are_in_equilibrium(device: devices.Description, seed: int) -> None:
    """Six tests of a chip that keeps to the distribution, so each may err once in 2000."""
    job = job_on(device, native(device, 6, seed), seed, scale=0.15)
    seen = _counts(_run(Chip(device, seed=seed), job))
    assert _p_value(seen, _exact(job, device.temperature)) > 1 / 2000


def test_another_temperature_is_told_apart(device: devices.Description, chip: Chip) -> None:
    """The test above can fail."""
    job = job_on(device, native(device, 6, 0), 0, scale=0.15)
    seen = _counts(_run(chip, job))
    assert _p_value(seen, _exact(job, device.temperature * 1.2)) < 1e-6


@pytest.mark.parametrize("name", devices.names())
def test_a_single_qubit_has_the_documented_temperature(name: str) -> None:
    """P(up) = 1 / (1 + exp(2 h / T)): how the documented temperature is measured."""
    device = devices.described(name)
    for number, h in enumerate((-0.2, 0.0, 0.05, 0.1)):
        linear = np.full(len(device.qubits), np.nan)
        linear[100] = h
        params = {"num_reads": READS, "auto_scale": False}
        answered = Chip(device, seed=3).answer("ising", linear, [], params, job=number)
        up = int(answered.occurrences[answered.samples[:, 0] > 0].sum())
        expected = 1 / (1 + np.exp(2 * h / device.temperature))
        assert binomtest(up, READS, expected).pvalue > 1 / 10_000


def test_strong_couplings_freeze_out_and_longer_anneals_get_further(
    device: devices.Description, chip: Chip
) -> None:
    """Shares of ground states of twenty problems that fill the ranges: below the Boltzmann share,
    growing with the annealing time, and not far below it."""
    shares: dict[float, list[float]] = {1.0: [], 100.0: []}
    exact = []
    for seed in range(20):
        job = job_on(device, native(device, 8 + seed % 5, seed), seed)
        probabilities = _exact(job, device.temperature)
        exact.append(probabilities.max())
        for time, found in shares.items():
            answered = _run(chip, job, seed, num_reads=1000, annealing_time=time)
            ground = np.argmax(probabilities)
            found.append(_counts(answered)[ground] / 1000)
    short, long, ideal = (float(np.mean(each)) for each in (*shares.values(), exact))
    assert short + 0.05 < long < ideal
    assert long > 0.75 * ideal


def test_the_scale_of_a_problem_does_not_matter_where_it_is_scaled(
    device: devices.Description, chip: Chip, job: Job
) -> None:
    params = {"num_reads": 50}
    once = chip.answer("ising", job.linear, job.quadratic, params)
    twice = chip.answer("ising", 1024 * job.linear, 1024 * job.quadratic, params)
    np.testing.assert_array_equal(once.samples, twice.samples)
    np.testing.assert_allclose(1024 * once.energies, twice.energies)
    assert twice.facts["scale"] == pytest.approx(1024 * once.facts["scale"])


def test_a_qubo_is_the_ising_problem_of_the_same_energies(chip: Chip, job: Job) -> None:
    """x = (1 + s) / 2: h = 2 a / 4 + sum b / 4, so a qubo's biases are found from h and J."""
    around = np.zeros(len(job.used))
    for (u, v), weight in zip(job.couplers, job.quadratic, strict=True):
        around[np.searchsorted(job.used, [u, v])] += weight
    linear = job.linear.copy()
    linear[~np.isnan(linear)] = 2 * job.linear[~np.isnan(linear)] - 2 * around
    params = {"num_reads": 200, "answer_mode": "raw"}
    spins = chip.answer("ising", job.linear, job.quadratic, params)
    bits = chip.answer("qubo", linear, 4 * job.quadratic, params)
    np.testing.assert_array_equal(spins.samples, 2 * bits.samples - 1)
    constant = np.nansum(job.linear) - job.quadratic.sum()
    np.testing.assert_allclose(bits.energies, spins.energies + constant, atol=1e-9)


def _chained(device: devices.Description, strength: float) -> tuple[Job, list[list[int]]]:
    """K16 of random signs on the chains that Ocean finds, with couplings of -`strength` in them."""
    from minorminer.busclique import busgraph_cache

    graph = device.graph()
    chains = busgraph_cache(graph).find_clique_embedding(range(16))
    dice = np.random.default_rng(5)
    used = sorted(q for chain in chains.values() for q in chain)
    couplers = device.couplers[np.isin(device.couplers, used).all(axis=1)].astype(np.int64)
    of = {q: v for v, chain in chains.items() for q in chain}
    seen: set[frozenset[int]] = set()
    quadratic = np.zeros(len(couplers))
    for k, (a, b) in enumerate(couplers.tolist()):
        pair = frozenset((of[a], of[b]))
        if len(pair) == 1:
            quadratic[k] = -strength
        elif pair not in seen:
            seen.add(pair)
            quadratic[k] = dice.choice([-1.0, 1.0])
    linear = np.full(len(device.qubits), np.nan)
    linear[np.searchsorted(device.qubits, used)] = 0.0
    return Job(linear, quadratic, couplers, np.array(used)), [list(c) for c in chains.values()]


def test_chains_break_where_they_are_weak(device: devices.Description) -> None:
    chip, broken = Chip(device, noise="typical", seed=1), []
    for number, strength in enumerate((0.6, 1.2, 2.4, 6.0)):
        job, chains = _chained(device, strength)
        answered = chip.answer(
            "ising", job.linear, job.quadratic, {"num_reads": 500, "answer_mode": "raw"}, job=number
        )
        at = [np.searchsorted(job.used, chain) for chain in chains]
        broken.append(float(np.mean([np.ptp(answered.samples[:, k], axis=1) > 0 for k in at])))
    assert broken[0] > broken[1] > broken[2]
    assert broken[0] > 0.1
    assert broken[3] < 0.002


def test_sweeps_grow_as_the_root_of_the_annealing_time() -> None:
    assert [sweeps(t) for t in (0.5, 5.0, 20.0, 2000.0)] == [45, 143, 286, 2862]
