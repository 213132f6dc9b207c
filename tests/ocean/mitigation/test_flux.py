"""Biases of qubits themselves are found to within their errors, and taken off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qopt.emulator.chip.chip import of_flux
from qopt.errors import QoptError
from qopt.ocean.mitigation import offsets

from ..on_chip import OnChip, boltzmann

TRUE = dict(enumerate(np.linspace(-0.3, 0.3, 8)))


EXACT = boltzmann(0.5, 3)


def leaning(h: Any, j: Any, num_reads: int) -> Any:
    return EXACT({q: bias + TRUE[q] for q, bias in h.items()}, j, num_reads)


def test_offsets_are_found_to_within_their_errors() -> None:
    found = offsets(leaning, TRUE, temperature=0.5, num_reads=2000)
    z = [(found.h[q] - TRUE[q]) / found.error[q] for q in TRUE]
    assert max(map(abs, z)) < 4
    assert max(found.error.values()) < 0.02
    rms = float(np.sqrt(np.mean(np.square(list(TRUE.values())))))
    assert found.spread == pytest.approx(rms, rel=0.1)
    none = offsets(EXACT, TRUE, temperature=0.5, num_reads=2000)
    assert none.spread < 0.01


def test_errors_of_each_programming_are_told_apart() -> None:
    """Each submission has errors of 0.2 of its own beside the offsets, and only these stay."""
    rng = np.random.default_rng(5)

    def programmed(h: Any, j: Any, num_reads: int) -> Any:
        return leaning({q: bias + rng.normal(0, 0.2) for q, bias in h.items()}, j, num_reads)

    found = offsets(programmed, TRUE, temperature=0.5, num_reads=2000, submissions=16)
    z = [(found.h[q] - TRUE[q]) / found.error[q] for q in TRUE]
    assert max(map(abs, z)) < 4
    assert 0.03 < np.mean(list(found.error.values())) < 0.08  # 0.2 / 4 and the reads' own
    nothing = offsets(
        lambda h, j, reads: EXACT({q: rng.normal(0, 0.2) for q in h}, j, reads),
        range(8),
        temperature=0.5,
        submissions=16,
    )
    assert nothing.share < 0.6 < found.share
    mended = nothing.compensated(dict.fromkeys(range(8), 0.0), share=0.5)
    assert mended[3] == -0.5 * nothing.h[3]


def test_compensated_biases_read_as_if_there_were_none() -> None:
    found = offsets(leaning, TRUE, temperature=0.5, num_reads=2000)
    mended = found.compensated(dict.fromkeys(TRUE, 0.0))
    again = leaning(mended, {}, 5000).record.sample.mean(axis=0)
    assert np.abs(again).max() < 0.06
    assert found.compensated({3: 1.0, 99: 2.0}, share=0) == {3: 1.0, 99: 2.0}
    assert found.compensated({99: 2.0}) == {99: 2.0}


def test_a_spin_that_never_turned_is_given_a_finite_bias() -> None:
    found = offsets(
        lambda h, j, reads: boltzmann(0.01, 1)(dict.fromkeys(h, 1.0), j, reads),
        [4],
        temperature=0.01,
        num_reads=100,
    )
    assert 0.02 < found.h[4] < 0.05
    assert np.isfinite(found.error[4])
    assert len(found.info()["submissions"]) == 4


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"qubits": []}, "qubits: there are none"),
        ({"temperature": 0}, "temperature=0"),
        ({"num_reads": 1}, "num_reads=1"),
        ({"submissions": 0}, "submissions=0"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(wrong: dict[str, Any], told: str) -> None:
    given = {"qubits": [1], "temperature": 0.5, "num_reads": 10} | wrong
    with pytest.raises(QoptError, match=told):
        offsets(leaning, given.pop("qubits"), **given)


def test_flux_biases_are_worth_the_offsets_on_the_chip() -> None:
    """A chip with early noise, whose qubits lean by 0.05 of h: with them they do not."""
    chip = OnChip(noise="early", seed=2)
    device = chip.description
    chip.parameters["flux_drift_compensation"] = False
    qubits = device.qubits[:150].tolist()
    asked = {"temperature": device.temperature, "num_reads": 100, "submissions": 3}
    found = offsets(chip, qubits, **asked)
    assert found.spread > 0.04
    fluxes = found.flux_biases(device, share=1.0)
    assert len(fluxes) == device.num_qubits
    assert np.count_nonzero(fluxes) == len(qubits)
    worth = of_flux(device, np.array(fluxes)[qubits])
    assert worth == pytest.approx([-found.h[qubit] for qubit in qubits], rel=1e-4)
    chip.parameters["flux_biases"] = found.flux_biases(device)
    assert offsets(chip, qubits, **asked).spread < 0.5 * found.spread
