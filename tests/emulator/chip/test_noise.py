"""The errors of a chip's controls: their sizes, their drift, and what they leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from qopt import devices
from qopt.emulator.chip import NOISES, Chip, Noise
from qopt.emulator.chip.chip import of_flux
from qopt.emulator.chip.drift import Drift
from qopt.emulator.chip.problem import Graph, Problem

from .conftest import Floats, Job, job_on, native


@pytest.fixture(scope="module")
def whole(device: devices.Description) -> Problem:
    dice = np.random.default_rng(0)
    h = dice.uniform(-1, 1, len(device.qubits))
    return Graph(device).problem("ising", h, dice.uniform(-1, 1, len(device.couplers)))


def _errors(chip: Chip, whole: Problem, jobs: range) -> tuple[Floats, Floats]:
    """float64[jobs, qubits] and float64[jobs, couplers]: what is programmed less what was given."""
    made = [chip.controls.programmed(whole, whole.h, whole.j, job=job) for job in jobs]
    return np.array([h - whole.h for h, _ in made]), np.array([j - whole.j for _, j in made])


def test_without_noise_nothing_is_changed(chip: Chip, whole: Problem) -> None:
    of_h, of_j = _errors(chip, whole, range(2))
    assert not of_h.any()
    assert not of_j.any()


@pytest.mark.parametrize("name", ["typical", "early"])
def test_spreads_and_means_are_the_documented_ones(
    device: devices.Description, whole: Problem, name: str
) -> None:
    """Of 1204 qubits and 10571 couplers; the gain of each qubit comes on top of the spread of h."""
    noise = NOISES[name]
    of_h, of_j = _errors(Chip(device, noise=name, seed=1), whole, range(0, 200_000, 10_000))
    spread = np.hypot(noise.h_sigma, noise.h_spread * np.sqrt((whole.h**2).mean()))
    assert of_h.std() == pytest.approx(spread, rel=0.1)
    assert of_h.mean() == pytest.approx(noise.h_mean, abs=5e-4)
    negative = whole.j < 0
    for part, mean in (
        (negative, noise.j_mean_negative),
        (~negative, noise.j_mean_positive),
    ):
        assert of_j[:, part].std() == pytest.approx(noise.j_sigma, rel=0.03)
        assert of_j[:, part].mean() == pytest.approx(mean, abs=2e-4)


def test_each_qubit_has_a_gain_of_its_own(device: devices.Description) -> None:
    one, again, other = (Chip(device, noise="typical", seed=s).controls.gains for s in (1, 1, 2))
    assert one.std() == pytest.approx(0.01, rel=0.1)
    np.testing.assert_array_equal(one, again)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_steps_are_steps(device: devices.Description, whole: Problem) -> None:
    """With every other error off, h lies on a grid of its qubit and within half a step of what was
    given."""
    from qopt.emulator.chip.noise import Controls

    controls = Controls(
        Noise(name="steps", h_sigma=0.016 / np.sqrt(12), h_step=0.016, j_step=0.009,
              j_sigma=0.009 / np.sqrt(12)),
        seed=1, num_qubits=len(device.qubits), num_couplers=len(device.couplers),
    )  # fmt: skip
    first, _ = controls.programmed(whole, whole.h, whole.j, job=0)
    second, j = controls.programmed(whole, -whole.h, whole.j, job=1)
    assert np.abs(first - whole.h).max() <= 0.008 + 1e-9
    assert np.abs(j - whole.j).max() <= 0.0045 + 1e-9
    steps = (first - second) / 0.016
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)


def test_flux_drifts_slowly_and_the_same_for_the_same_seed() -> None:
    sigma, n = 0.009, 2000
    drift = Drift(sigma=sigma, seed=3, num_qubits=n)
    at = {job: drift.at(job) for job in (0, 1, 5, 1000, 10**6)}
    for flux in at.values():
        assert flux.std() == pytest.approx(sigma, rel=0.07)
        assert abs(flux.mean()) < 4 * sigma / np.sqrt(n)

    def correlation(one: int, other: int) -> float:
        return float(np.corrcoef(at[one], at[other])[0, 1])

    # four of nine decades drift over 10 jobs and more, three over 100
    assert correlation(0, 1) == pytest.approx(4 / 9, abs=0.06)
    assert correlation(0, 1) + 0.02 > correlation(0, 5) > correlation(0, 1000) + 0.1
    assert abs(correlation(0, 10**6)) < 0.1
    np.testing.assert_array_equal(Drift(sigma=sigma, seed=3, num_qubits=n).at(1000), at[1000])
    assert abs(np.corrcoef(Drift(sigma=sigma, seed=4, num_qubits=n).at(0), at[0])[0, 1]) < 0.1


def test_drift_is_larger_where_it_is_not_compensated() -> None:
    drift = Drift(sigma=0.009, seed=3, num_qubits=5000)
    spread = drift.at(70, compensated=False).std()
    assert spread == pytest.approx(0.009 * np.sqrt(11 / 9), rel=0.04)


def test_noise_moves_the_answers_of_jobs_together(device: devices.Description) -> None:
    """Free qubits read the drift: their magnetisations in two jobs that follow each other are more
    alike than in two that are far apart."""
    chip = Chip(device, noise="early", seed=2)
    linear = np.zeros(len(device.qubits))
    quadratic = np.zeros(len(device.couplers))

    def magnetisations(job: int) -> Floats:
        params = {"num_reads": 1000, "answer_mode": "raw", "annealing_time": 1.0,
                  "auto_scale": False}  # fmt: skip
        answered = chip.answer("ising", linear, quadratic, params, job=job)
        return np.asarray(answered.samples.mean(axis=0))

    near = np.corrcoef(magnetisations(0), magnetisations(1))[0, 1]
    far = np.corrcoef(magnetisations(0), magnetisations(200_000))[0, 1]
    assert near > far + 0.03
    assert magnetisations(0).mean() > 0.1  # the early mean of h is below 0, which favours up


def test_a_field_leaks_to_a_neighbour(device: devices.Description) -> None:
    """Pairs of qubits far from each other, h on the one and a weak J: the other's magnetisation is
    that of h' = chi J h."""
    pairs: list[int] = []
    taken: set[int] = set()
    graph = device.graph()
    for k, (u, v) in enumerate(device.couplers.tolist()):
        if not {u, v} & taken:
            pairs.append(k)
            taken |= {u, v} | set(graph[u]) | set(graph[v])
    first, second = device.ends[pairs].T
    linear = np.full(len(device.qubits), np.nan)
    linear[first], linear[second] = 0.4, 0.0
    chip, chi, j = Chip(device, seed=1), -0.3, 0.1
    chip.noise = Noise(name="susceptible", susceptibility=chi)
    params = {"num_reads": 2000, "auto_scale": False, "answer_mode": "raw"}
    answered = chip.answer("ising", linear, np.full(len(pairs), j), params)
    at = np.searchsorted(answered.active, device.qubits[second])
    weights = {
        (s, t): np.exp(-(0.4 * s + chi * j * 0.4 * t + j * s * t) / device.temperature)
        for s in (-1, 1)
        for t in (-1, 1)
    }
    expected = sum(t * w for (_, t), w in weights.items()) / sum(weights.values())
    seen = answered.samples[:, at].mean()
    assert seen == pytest.approx(expected, abs=5 / np.sqrt(2000 * len(pairs)))


def test_readout_flips_as_often_as_documented(device: devices.Description) -> None:
    chip = Chip(device, noise="early", seed=1)
    spins = np.ones((1000, 1204), dtype=np.int8)
    chip.controls.misread(spins, job=0)
    wrong = int((spins < 0).sum())
    assert abs(wrong - 1204) < 5 * np.sqrt(1204)
    again = np.ones_like(spins)
    chip.controls.misread(again, job=0)
    np.testing.assert_array_equal(spins, again)


@pytest.mark.parametrize("name", devices.names())
def test_flux_biases_are_worth_what_ocean_says(name: str) -> None:
    from dwave.system.temperatures import fluxbias_to_h

    device = devices.described(name)
    flux = np.array([1e-5, -3e-4])
    expected = fluxbias_to_h(flux, B=device.critical_gigahertz, MAFM=device.coupler_picohenry)
    np.testing.assert_allclose(of_flux(device, flux), expected, rtol=1e-4)


def test_a_flux_bias_tilts_a_free_qubit(device: devices.Description, chip: Chip) -> None:
    linear = np.full(len(device.qubits), np.nan)
    linear[7] = 0.0
    biases = np.zeros(device.num_qubits)
    biases[device.qubits[7]] = 5e-5
    params = {"num_reads": 5000, "flux_biases": biases.tolist()}
    answered = chip.answer("ising", linear, [], params)
    up = answered.occurrences[answered.samples[:, 0] > 0].sum() / 5000
    h = float(of_flux(device, np.array([5e-5]))[0])
    expected = 1 / (1 + np.exp(2 * h / device.temperature))
    assert expected > 0.6
    assert up == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 5000))


def test_a_planted_drop_in_success(device: devices.Description) -> None:
    """A fifth of the reads is spoilt, so that success falls by about a fifth."""
    whole, spoilt = (Chip(device, seed=1, degraded=share) for share in (0.0, 0.2))
    found = np.zeros(2)
    for seed in range(12):
        job: Job = job_on(device, native(device, 12, seed), seed)
        best = np.inf
        shares = []
        for chip in (whole, spoilt):
            answered = chip.answer("ising", job.linear, job.quadratic, {"num_reads": 1000})
            best = min(best, answered.energies[0])
            shares.append(answered.occurrences[answered.energies <= best + 1e-9].sum())
        found += shares
    assert found[1] / found[0] == pytest.approx(0.8, abs=0.05)
