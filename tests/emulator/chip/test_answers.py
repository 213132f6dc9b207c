"""The form of a chip's answers: modes, energies, timing, and the same again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qopt import devices
from qopt.emulator.chip import Answered, Chip

from .conftest import Job, job_on, native


def _run(chip: Chip, job: Job, number: int = 0, **params: Any) -> Answered:
    return chip.answer("ising", job.linear, job.quadratic, params, job=number)


@pytest.mark.parametrize("noise", ["none", "typical", "early"])
def test_energies_are_of_the_problem_as_submitted(
    device: devices.Description, job: Job, noise: str
) -> None:
    answered = _run(Chip(device, noise=noise, seed=2), job, num_reads=300)
    np.testing.assert_allclose(answered.energies, job.energies(answered.samples), atol=1e-12)
    assert answered.active.tolist() == job.used.tolist()
    assert answered.active.dtype == answered.occurrences.dtype == np.int32
    assert answered.samples.dtype == np.int8
    assert set(np.unique(answered.samples)) <= {-1, 1}


def test_whole_biases_have_whole_energies(device: devices.Description, chip: Chip) -> None:
    job = job_on(device, native(device, 12, 4), 4)
    signs = np.where(job.quadratic < 0, -3.0, 7.0)
    for type in ("ising", "qubo"):
        answered = chip.answer(type, np.sign(job.linear), signs, {"num_reads": 200})
        assert (answered.energies == np.rint(answered.energies)).all()


def test_a_histogram_merges_raw_answers(chip: Chip, job: Job) -> None:
    raw = _run(chip, job, num_reads=400, answer_mode="raw")
    merged = _run(chip, job, num_reads=400)
    assert raw.samples.shape == (400, len(job.used))
    assert (raw.occurrences == 1).all()
    assert merged.occurrences.sum() == 400
    assert (np.diff(merged.energies) >= 0).all()
    assert len({row.tobytes() for row in merged.samples}) == len(merged.samples) < 400
    for row, count in zip(merged.samples, merged.occurrences, strict=True):
        assert (raw.samples == row).all(axis=1).sum() == count


def test_max_answers_keeps_the_lowest_of_a_histogram_and_the_first_reads(
    chip: Chip, job: Job
) -> None:
    for mode in ("histogram", "raw"):
        whole = _run(chip, job, num_reads=100, answer_mode=mode)
        part = _run(chip, job, num_reads=100, answer_mode=mode, max_answers=3)
        np.testing.assert_array_equal(part.samples, whole.samples[:3])
        np.testing.assert_array_equal(part.energies, whole.energies[:3])
        np.testing.assert_array_equal(part.occurrences, whole.occurrences[:3])


@pytest.mark.parametrize("noise", ["none", "typical"])
def test_the_same_job_of_the_same_chip_is_the_same(
    device: devices.Description, job: Job, noise: str
) -> None:
    def run(seed: int, number: int, threads: int = 1) -> bytes:
        chip = Chip(device, noise=noise, seed=seed, num_threads=threads)
        return _run(chip, job, number, num_reads=200, answer_mode="raw").samples.tobytes()

    assert run(1, 5) == run(1, 5, threads=2)
    assert len({run(1, 5), run(1, 6), run(2, 5)}) == 3


@pytest.mark.parametrize("name", devices.names())
def test_timing_is_the_devices_model(name: str) -> None:
    device = devices.described(name)
    job = job_on(device, native(device, 9, 1), 1)
    params: dict[str, Any] = {
        "num_reads": 37,
        "annealing_time": 12.5,
        "readout_thermalization": 30.0,
        "programming_thermalization": 200.0,
        "reduce_intersample_correlation": True,
    }
    chip = Chip(device)
    timing = _run(chip, job, **params).timing
    assert set(timing) == {
        "qpu_sampling_time",
        "qpu_anneal_time_per_sample",
        "qpu_readout_time_per_sample",
        "qpu_delay_time_per_sample",
        "qpu_programming_time",
        "qpu_access_time",
        "qpu_access_overhead_time",
        "total_post_processing_time",
        "post_processing_overhead_time",
    }
    seconds = device.access_time(num_qubits=9, **params)
    assert timing["qpu_access_time"] == pytest.approx(1e6 * seconds, abs=0.01)
    assert chip.estimate("ising", job.linear, job.quadratic, params) == seconds
    assert timing["qpu_anneal_time_per_sample"] == 12.5
    per_read = sum(timing[f"qpu_{part}_time_per_sample"] for part in ("anneal", "readout", "delay"))
    assert timing["qpu_sampling_time"] == pytest.approx(37 * per_read, abs=1.0)
    assert timing["qpu_access_time"] == pytest.approx(
        timing["qpu_programming_time"] + timing["qpu_sampling_time"], abs=0.02
    )


def test_facts_say_that_it_is_emulated(device: devices.Description, job: Job) -> None:
    facts = _run(Chip(device, noise="early", seed=9), job, 4).facts
    assert facts["emulated"] is True
    assert (facts["noise"], facts["seed"], facts["job"]) == ("early", 9, 4)
    assert facts["temperature"] == device.temperature


def test_a_schedule_of_two_points_is_an_annealing_time(chip: Chip, job: Job) -> None:
    time = _run(chip, job, num_reads=20, annealing_time=50.0)
    schedule = _run(chip, job, num_reads=20, anneal_schedule=[[0, 0], [50, 1]])
    np.testing.assert_array_equal(time.samples, schedule.samples)
    assert time.timing == schedule.timing


def test_a_device_that_lost_qubits_answers_on_the_rest(
    device: devices.Description, job: Job
) -> None:
    lost = [int(q) for q in device.qubits[:3] if q not in job.used]
    smaller = device.without(lost)
    assert len(smaller.qubits) == len(device.qubits) - len(lost)
    assert not np.isin(smaller.couplers, lost).any()
    assert smaller.graph_id != device.graph_id
    linear = job.linear[~np.isin(device.qubits, lost)]
    answered = Chip(smaller).answer("ising", linear, job.quadratic, {"num_reads": 10})
    assert answered.active.tolist() == job.used.tolist()


def test_a_whole_chip_is_answered(device: devices.Description, chip: Chip) -> None:
    job = job_on(device, device.qubits.tolist(), 0)
    answered = _run(chip, job, num_reads=64, annealing_time=1.0)
    assert answered.samples.shape == (64, len(device.qubits))
    np.testing.assert_allclose(answered.energies[:1], job.energies(answered.samples[:1]))
