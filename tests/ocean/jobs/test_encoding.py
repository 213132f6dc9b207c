"""Problems and answers of a QPU, as Ocean's own client reads and writes them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from dwave.cloud.coders import decode_qp_numpy, encode_problem_as_qp

from qopt.emulator.coding import encode_answer
from qopt.ocean.jobs import decoded, encoded

QUBITS = [0, 1, 3, 4, 7, 9]
COUPLERS = [[0, 3], [1, 3], [0, 4], [4, 7], [7, 9], [1, 9]]


@pytest.mark.parametrize("seed", range(5))
def test_a_problem_is_encoded_as_ocean_s_client_does_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chosen = [tuple(COUPLERS[k]) for k in rng.choice(6, rng.integers(0, 6), replace=False)]
    quadratic = {(b, a) if rng.random() < 0.5 else (a, b): float(rng.normal()) for a, b in chosen}
    linear = {q: float(rng.normal()) for q in rng.choice(QUBITS, 2, replace=False).tolist()}
    solver = SimpleNamespace(
        _encoding_qubits=QUBITS, _encoding_couplers=[tuple(pair) for pair in COUPLERS]
    )
    theirs = encode_problem_as_qp(solver, linear, quadratic)
    ours = json.loads(encoded(linear, quadratic, qubits=QUBITS, couplers=COUPLERS))
    assert ours == {name: theirs[name] for name in ("format", "lin", "quad")}


@pytest.mark.parametrize(("linear", "quadratic"), [({2: 1.0}, {}), ({}, {(0, 1): 1.0})])
def test_what_the_device_does_not_have_is_refused(
    linear: dict[int, float], quadratic: dict[tuple[int, int], float]
) -> None:
    with pytest.raises(ValueError, match="the device has no"):
        encoded(linear, quadratic, qubits=QUBITS, couplers=COUPLERS)


@pytest.mark.parametrize("kind", ["ising", "qubo"])
def test_an_answer_is_decoded_as_ocean_s_client_does_it(kind: str) -> None:
    rng = np.random.default_rng(3)
    answer = encode_answer(
        active=QUBITS,
        samples=rng.choice([-1, 1], (7, 6)),
        energies=rng.normal(size=7),
        occurrences=rng.integers(1, 9, 7),
        timing={},
        num_variables=10,
    )
    reads = decoded(answer, spins=kind == "ising")
    theirs = decode_qp_numpy({"type": kind, "answer": dict(answer)})
    assert reads.samples.tolist() == np.asarray(theirs["solutions"])[:, QUBITS].tolist()
    assert reads.energies.tolist() == theirs["energies"].tolist()
    assert reads.occurrences.tolist() == theirs["num_occurrences"].tolist()
    assert reads.active.tolist() == QUBITS


def test_an_answer_without_reads_is_empty() -> None:
    answer = encode_answer(
        active=[0], samples=np.zeros((0, 1)), energies=[], occurrences=[], timing={},
        num_variables=10,
    )  # fmt: skip
    assert decoded(answer, spins=True).samples.shape == (0, 1)
