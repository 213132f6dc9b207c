"""Biases of qubits themselves are found to within their errors, and taken off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qopt.errors import QoptError
from qopt.ocean.mitigation import offsets

from ..on_chip import boltzmann

TRUE = dict(enumerate(np.linspace(-0.3, 0.3, 8)))


def leaning(h: Any, j: Any, num_reads: int) -> Any:
    return boltzmann(0.5, 3)({q: bias + TRUE[q] for q, bias in h.items()}, j, num_reads)


def test_offsets_are_found_to_within_their_errors() -> None:
    found = offsets(leaning, TRUE, temperature=0.5, num_reads=5000)
    z = [(found.h[q] - TRUE[q]) / found.error[q] for q in TRUE]
    assert max(map(abs, z)) < 4
    assert max(found.error.values()) < 0.02
    rms = float(np.sqrt(np.mean(np.square(list(TRUE.values())))))
    assert found.spread == pytest.approx(rms, rel=0.1)
    none = offsets(boltzmann(0.5, 3), TRUE, temperature=0.5, num_reads=5000)
    assert none.spread < 0.01


def test_compensated_biases_read_as_if_there_were_none() -> None:
    found = offsets(leaning, TRUE, temperature=0.5, num_reads=5000)
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


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"qubits": []}, "qubits: there are none"),
        ({"temperature": 0}, "temperature=0"),
        ({"num_reads": 1}, "num_reads=1"),
    ],
    ids=str,
)
def test_wrong_arguments_are_named(wrong: dict[str, Any], told: str) -> None:
    given = {"qubits": [1], "temperature": 0.5, "num_reads": 10} | wrong
    with pytest.raises(QoptError, match=told):
        offsets(leaning, given.pop("qubits"), **given)
