"""A gauge is undone exactly, and what submissions told stays."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

from qopt.errors import QoptError
from qopt.ocean.mitigation import Gauge, reversed_spins

from ..on_chip import boltzmann

H = {1: 0.4, 2: -0.3, 5: 0.0, 9: 0.7}
J = {(1, 2): 0.5, (2, 5): -0.8, (5, 9): 0.6, (1, 9): -0.2}
ISING = dimod.BQM.from_ising(H, J)


def test_energies_stay_as_they_were() -> None:
    gauge = Gauge.drawn(H, 3)
    assert set(gauge.signs.values()) == {-1, 1}
    turned = dimod.BQM.from_ising(*gauge.applied(H, J))
    every = dimod.ExactSolver().sample(turned)
    back = gauge.undone(every)
    assert back.record.energy == pytest.approx(ISING.energies((back.record.sample, back.variables)))
    assert back.record.energy == pytest.approx(every.record.energy)
    assert gauge.undone(back).record.sample.tolist() == every.record.sample.tolist()
    assert gauge.applied(*gauge.applied(H, J)) == (H, J)


def test_each_seed_draws_its_own_signs_equally_often() -> None:
    signs = np.array(list(Gauge.drawn(range(4000), 1).signs.values()))
    assert abs(signs.mean()) < 4 / np.sqrt(4000)
    assert Gauge.drawn(range(50), 1) == Gauge.drawn(range(50), 1) != Gauge.drawn(range(50), 2)


def test_what_comes_back_is_the_problem_with_the_submissions_facts() -> None:
    asked: list[Any] = []

    def sample(h: Any, j: Any, num_reads: int) -> Any:
        asked.append((h, j, num_reads))
        found = boltzmann(0.01, 1)(h, j, num_reads)
        found.info["timing"] = {"qpu_access_time": 100.0 * len(asked)}
        return found

    merged = reversed_spins(sample, H, J, 10, transforms=3, seed=5)
    assert [reads for _, _, reads in asked] == [4, 3, 3]
    assert asked[0][:2] == (H, J)
    assert asked[1][0] != H
    assert asked[1][0] != asked[2][0]
    assert len(merged) == 10
    energies = ISING.energies((merged.record.sample, merged.variables))
    assert merged.record.energy == pytest.approx(energies)
    assert set(energies.round(9)) == {round(dimod.ExactSolver().sample(ISING).first.energy, 9)}
    told = merged.info["spin_reversal"]
    assert [one["timing"]["qpu_access_time"] for one in told["submissions"]] == [100, 200, 300]
    assert (told["transforms"], told["seed"], told["reads"]) == (3, 5, [4, 3, 3])
    one = reversed_spins(sample, H, J, 2, transforms=1)
    assert one.info["timing"] == {"qpu_access_time": 400.0}


def test_biases_of_the_device_itself_average_out() -> None:
    """Each qubit has a bias of 0.3 of its own: without transforms all spins lean its way."""

    def leaning(h: Any, j: Any, num_reads: int) -> Any:
        return boltzmann(1.0, num_reads)({q: bias + 0.3 for q, bias in h.items()}, j, num_reads)

    nothing, reads = dict.fromkeys(range(8), 0.0), 4000
    plain = leaning(nothing, {}, reads).record.sample.mean()
    assert plain < -0.25
    many = reversed_spins(leaning, nothing, {}, reads, transforms=40, seed=2).record.sample.mean()
    assert abs(many) < 0.1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"transforms": 0}, "transforms=0"),
        ({"transforms": 11}, "num_reads=10: give 11 or more"),
        ({"seed": -1}, "seed=-1"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(wrong: dict[str, int], told: str) -> None:
    with pytest.raises(QoptError, match=told):
        reversed_spins(boltzmann(1.0, 1), H, J, 10, **wrong)
