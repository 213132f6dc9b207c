"""A law that is true is found; one that is not is told by its misfit."""

from __future__ import annotations

import json
from typing import Any

import dimod
import numpy as np
import pytest

from qopt.errors import QoptError
from qopt.ocean.mitigation import extrapolate


def reads(law: Any, seed: int, count: int = 400) -> Any:
    rng = np.random.default_rng(seed)

    def sample(time: float) -> Any:
        energy = law(time) + rng.normal(0, 0.3, count)
        return dimod.SampleSet.from_samples(np.ones((count, 1)), "SPIN", energy=energy)

    return sample


def test_a_true_law_is_found_within_its_error() -> None:
    z = []
    for seed in range(40):
        found = extrapolate(reads(lambda t: -7 + 3 / t, seed), [1, 2, 5, 20])
        z.append((found.value + 7) / found.error)
    assert abs(np.mean(z)) < 4 / np.sqrt(40)
    assert 0.6 < np.std(z) < 1.5
    assert found.slope == pytest.approx(3, abs=0.3)
    assert found.misfit is not None
    assert found.misfit < 5


def test_another_law_is_told_by_its_misfit() -> None:
    found = extrapolate(reads(lambda t: -7 + np.cos(t), 1), [1, 3, 6, 9])
    assert found.misfit is not None
    assert found.misfit > 20


def test_power_observable_and_two_points() -> None:
    found = extrapolate(
        reads(lambda t: -7, 1),
        [1, 4],
        power=0.5,
        observable=lambda samples: samples.record.sample.mean(axis=1),
    )
    assert (found.value, found.misfit, found.power) == (pytest.approx(1), None, 0.5)
    told = json.loads(json.dumps(found.info()))
    assert told["experiment"] is True
    assert [point["annealing_time"] for point in told["points"]] == [1, 4]


@pytest.mark.parametrize(
    ("times", "more", "told"),
    [
        ([5], {}, "give at least two that differ"),
        ([5, 5], {}, "give at least two that differ"),
        ([5, 0], {}, "annealing_times=0.0"),
        ([5, 6], {"power": 0}, "power=0"),
        ("ab", {}, "give a list"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(times: Any, more: Any, told: str) -> None:
    with pytest.raises(QoptError, match=told):
        extrapolate(reads(lambda t: -t, 1), times, **more)
