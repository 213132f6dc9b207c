"""The protocol's format `qp`: problems and answers of a QPU as base64 texts of numbers."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Reads:
    """A QPU's answer. `active` (n,) are qubits, `samples` (rows, n) their values, -1 and 1 of an
    Ising problem and 0 and 1 of a QUBO, `energies` (rows,) those of the problem as it was sent, and
    `occurrences` (rows,) how often each row was read.
    """

    active: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int8]
    energies: npt.NDArray[np.float64]
    occurrences: npt.NDArray[np.int64]


def encoded(
    linear: Mapping[int, float],
    quadratic: Mapping[tuple[int, int], float],
    *,
    qubits: npt.ArrayLike,
    couplers: npt.ArrayLike,
) -> bytes:
    """A problem on a device's `qubits` (n,) and `couplers` (m, 2), in the order of its properties,
    as `Submission.problem` has it.

    Raises ValueError for a qubit or coupler that the device does not have.
    """
    names = np.asarray(qubits, np.int64)
    ends = np.asarray(couplers, np.int64).reshape(-1, 2)
    place = {int(q): k for k, q in enumerate(names)}
    lin = np.full(len(names), np.nan)
    for pair in quadratic:
        for qubit in pair:
            lin[_place(place, qubit)] = 0.0
    for qubit, bias in linear.items():
        lin[_place(place, qubit)] = bias
    active = np.zeros(int(names.max(initial=0)) + 1, bool)
    active[names[~np.isnan(lin)]] = True
    kept = ends[active[ends].all(axis=1)]
    at = {frozenset(pair): k for k, pair in enumerate(map(tuple, kept.tolist()))}
    quad = np.zeros(len(kept))
    for pair, bias in quadratic.items():
        if frozenset(pair) not in at:
            raise ValueError(f"the device has no coupler {pair}")
        quad[at[frozenset(pair)]] += bias
    data = {"format": "qp", "lin": _text(lin), "quad": _text(quad)}
    return json.dumps(data).encode()


def decoded(answer: Mapping[str, Any], *, spins: bool) -> Reads:
    """A QPU's answer in the format `qp`. Raises ValueError where it is not whole."""
    active = _numbers(answer["active_variables"], "<i4").astype(np.int64)
    energies = _numbers(answer["energies"], "<f8").astype(np.float64)
    rows, wide = len(energies), -(-len(active) // 8)
    packed = _numbers(answer["solutions"], "u1").reshape(rows, wide)
    bits = np.unpackbits(packed, axis=1)[:, : len(active)].astype(np.int8)
    counts = answer.get("num_occurrences")
    occurrences = np.ones(rows) if counts is None else _numbers(counts, "<i4")
    if len(occurrences) != rows:
        raise ValueError("the answer has another number of occurrences than of rows")
    energies = energies + float(answer.get("offset") or 0.0)
    return Reads(active, 2 * bits - 1 if spins else bits, energies, occurrences.astype(np.int64))


def _place(place: Mapping[int, int], qubit: int) -> int:
    if qubit not in place:
        raise ValueError(f"the device has no qubit {qubit}")
    return place[qubit]


def _text(values: npt.NDArray[np.float64]) -> str:
    return base64.b64encode(values.astype("<f8").tobytes()).decode("ascii")


def _numbers(text: str, kind: str) -> npt.NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), np.dtype(kind))
