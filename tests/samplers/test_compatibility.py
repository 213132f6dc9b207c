"""What `SimulatedAnnealingSampler` is told of its sweeps: used, or said to be unused."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

from qopt import InputWarning, QoptError
from qopt.samplers import QuboAnnealer

BQM = dimod.generators.gnp_random_bqm(10, 0.5, "SPIN", random_state=1)
BEST = dimod.ExactSolver().sample(BQM).first.energy


def info(**options: Any) -> dict[str, Any]:
    found = QuboAnnealer().sample(BQM, **{"num_reads": 4, "seed": 1, "num_threads": 1} | options)
    assert found.first.energy == pytest.approx(BEST)
    read: dict[str, Any] = found.info
    return read


@pytest.mark.parametrize(
    "option",
    [
        {"beta_schedule_type": "linear"},
        {"beta_schedule_type": "geometric"},
        {"num_sweeps_per_beta": 2},
        {"randomize_order": True},
        {"randomize_order": False},
        {"proposal_acceptance_criteria": "Gibbs"},
        {"proposal_acceptance_criteria": "Metropolis"},
    ],
    ids=repr,
)
def test_what_is_not_used_is_said_and_changes_nothing(option: dict[str, Any]) -> None:
    (name,) = option
    read = info(num_sweeps=50, **option)
    assert read["notes"] == [f"{name}: not used, the annealer sweeps in its own way"]
    assert read["num_sweeps"] == info(num_sweeps=50)["num_sweeps"]


def test_a_schedule_gives_its_ends_and_its_length_and_warns() -> None:
    betas = np.geomspace(0.2, 6.0, 40)
    with pytest.warns(InputWarning, match="only its ends and its length"):
        read = info(
            beta_schedule=betas,
            beta_schedule_type="custom",
            num_sweeps_per_beta=3,
            method="annealing",
        )
    assert read["beta_range"] == pytest.approx([0.2, 6.0])
    assert read["num_sweeps"] == [120]
    assert read["notes"] == ["beta_schedule: its ends and its length are used, its steps are not"]


def test_a_schedule_from_infinite_temperature_starts_at_its_first_finite_one() -> None:
    with pytest.warns(InputWarning):
        read = info(beta_schedule=[0, 0.5, 1, 5], method="annealing", num_sweeps=30)
    assert read["beta_range"] == [0.5, 5.0]
    assert read["num_sweeps"] == [30]


@pytest.mark.parametrize("ends", [[0.1, 4.0], (0.1, 4.0), np.array([0.1, 4.0])], ids=repr)
def test_a_range_of_any_form_is_used(ends: Any) -> None:
    assert info(beta_range=ends, method="annealing", num_sweeps=50)["beta_range"] == [0.1, 4.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"beta_schedule_type": "square"},
        {"beta_schedule_type": "custom"},
        {"beta_schedule_type": "linear", "beta_schedule": [1, 2]},
        {"proposal_acceptance_criteria": "Glauber"},
        {"num_sweeps_per_beta": 0},
        {"beta_schedule": []},
        {"beta_schedule": 5.0},
        {"beta_schedule": [0.0, 0.0]},
        {"beta_schedule": [2.0, 1.0]},
        {"beta_schedule": [-1.0, 1.0]},
        {"beta_schedule": [1.0, np.inf]},
        {"beta_schedule": ["hot", "cold"]},
    ],
    ids=repr,
)
def test_what_cannot_be_used_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=f"^{next(iter(wrong))}=") as caught:
        QuboAnnealer().sample(BQM, **wrong)
    assert "\n" not in str(caught.value)
