"""Samplers of Ising problems: exact ones, and the emulated chip."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np

from qopt import devices
from qopt.emulator.chip import Chip


def boltzmann(temperature: float, seed: int) -> Any:
    """`sample(h, j, num_reads)` from the exact distribution of few spins."""
    rng = np.random.default_rng(seed)

    def sample(h: Any, j: Any, num_reads: int) -> dimod.SampleSet:
        bqm = dimod.BQM.from_ising(h, j)
        variables = list(bqm.variables)
        states = np.array(list(itertools.product((-1, 1), repeat=len(variables))), dtype=np.int8)
        energies = bqm.energies((states, variables))
        weights = np.exp(-(energies - energies.min()) / temperature)
        drawn = rng.choice(len(states), num_reads, p=weights / weights.sum())
        return dimod.SampleSet.from_samples_bqm((states[drawn], variables), bqm)

    return sample


class OnChip:
    """`sample(h, j, num_reads)` on an emulated chip, one job after the other."""

    def __init__(self, device: str = "advantage2-small", **options: Any) -> None:
        self.description = devices.described(device)
        self.chip = Chip(self.description, **options)
        self.parameters: dict[str, Any] = {"auto_scale": False, "answer_mode": "raw"}
        self.charged: list[float] = []  # seconds of each job

    def __call__(self, h: Any, j: Any, num_reads: int, **more: Any) -> dimod.SampleSet:
        device = self.description
        linear = np.full(len(device.qubits), np.nan)
        pairs = {tuple(sorted(pair)): bias for pair, bias in j.items()}
        used = sorted({*h, *itertools.chain.from_iterable(pairs)})
        linear[np.searchsorted(device.qubits, used)] = [h.get(qubit, 0.0) for qubit in used]
        both = ~np.isnan(linear)[device.ends].any(axis=1)
        quadratic = [pairs.get((int(u), int(v)), 0.0) for u, v in device.couplers[both]]
        told = {**self.parameters, "num_reads": num_reads, **more}
        found = self.chip.answer("ising", linear, quadratic, told, job=len(self.charged))
        self.charged.append(found.timing["qpu_access_time"] / 1e6)
        return dimod.SampleSet.from_samples(
            (found.samples, found.active.tolist()),
            "SPIN",
            energy=found.energies,
            num_occurrences=found.occurrences,
            info={"timing": found.timing, "job": len(self.charged) - 1},
        )
