"""Random small models, several in a submission: their samples against exact enumeration."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt.assignment import as_problem
from qopt.emulator import Service
from qopt.ocean.anneals import Anneals
from qopt.ocean.qpu import Qpu
from qopt.solver import Answer, Task


def _model(rng: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """Of binaries, spins and integers, with an offset and a constraint that 0 keeps."""
    made: list[Any] = [dimod.Binary("a"), dimod.Spin(("s", 1)), dimod.Binary("b")]
    made.append(dimod.Integer("n", lower_bound=-int(rng.integers(0, 3)), upper_bound=2))
    objective = float(rng.integers(-5, 6)) + sum(float(rng.integers(-4, 5)) * one for one in made)
    for one, other in ((0, 1), (0, 3), (1, 2), (2, 3)):
        objective += float(rng.integers(-3, 4)) * made[one] * made[other]
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(objective)
    cqm.add_constraint(made[0] - 2 * made[2] + made[3] <= int(rng.integers(0, 2)))
    return cqm


@pytest.mark.parametrize("spin_reversals", [0, 2])
def test_samples_have_the_models_energies_and_every_read_is_counted_once(
    spin_reversals: int, service: Service
) -> None:
    rng, before = np.random.default_rng(spin_reversals), service.charged
    models = [_model(rng) for _ in range(5)]
    tasks = [Task(as_problem(model), 20, seed) for seed, model in enumerate(models)]
    anneals = Anneals(Qpu(num_reads=101, spin_reversals=spin_reversals, penalties="bounds"))
    answers = anneals.solve_together(tasks)
    anneals.close()
    charged = 0.0
    for model, answer in zip(models, answers, strict=True):
        assert isinstance(answer, Answer)
        samples = answer.samples
        assert samples is not None
        record = samples.record
        assert record.num_occurrences.sum() == 101
        energies = model.objective.energies((record.sample, list(samples.variables)))
        assert np.allclose(record.energy, energies)
        feasible = [model.check_feasible(sample) for sample in samples.samples(sorted_by=None)]
        best = qopt.solve(model, solver="exact").objective
        assert best == pytest.approx(energies[feasible].min())
        charged += answer.info["device_seconds"]
    assert charged == pytest.approx(service.charged - before)
