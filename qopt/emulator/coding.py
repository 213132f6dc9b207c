"""The protocol's `qp` format: biases and samples as base64 texts of numbers, little end first."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .backends import Biases, Refused

DOUBLE, INTEGER = np.dtype("<f8"), np.dtype("<i4")


def decode_problem(data: Any, qubits: npt.ArrayLike, couplers: npt.ArrayLike) -> Biases:
    """The biases in a job's `data`, for a solver's `qubits` (n,) and `couplers` (m, 2).

    Raises Refused where they are not numbers, or not as many as the solver has qubits, or as there
    are couplers between those that are used.
    """
    if not isinstance(data, Mapping) or data.get("format") != "qp":
        raise Refused("the solver takes biases in the format 'qp'")
    linear = _doubles(data, "lin")
    names = np.asarray(qubits, np.int64)
    if len(linear) != len(names):
        raise Refused(f"there are {len(linear)} linear biases for the solver's {len(names)} qubits")
    used = np.zeros(names.max(initial=-1) + 1, bool)
    used[names[~np.isnan(linear)]] = True
    count = int(used[np.asarray(couplers, np.int64).reshape(-1, 2)].all(axis=1).sum())
    quadratic = _doubles(data, "quad")
    if len(quadratic) != count:
        raise Refused(
            f"there are {len(quadratic)} quadratic biases for {count} couplers between used qubits"
        )
    if not np.isfinite(quadratic).all() or np.isinf(linear).any():
        raise Refused("a bias is not a finite number")
    offset = data.get("offset") or 0.0
    if not isinstance(offset, int | float):
        raise Refused("the offset is not a number")
    return Biases(linear, quadratic, float(offset))


def encode_problem(biases: Biases) -> dict[str, Any]:
    """`decode_problem` backwards."""
    return {
        "format": "qp",
        "lin": _text(biases.linear, DOUBLE),
        "quad": _text(biases.quadratic, DOUBLE),
        "offset": biases.offset,
    }


def encode_answer(
    *,
    active: npt.ArrayLike,
    samples: npt.ArrayLike,
    energies: npt.ArrayLike,
    occurrences: npt.ArrayLike,
    timing: Mapping[str, Any],
    num_variables: int,
) -> dict[str, Any]:
    """A chip's samples as an answer of the service.

    `active` (n,) are the qubits used, `samples` (reads, n) their values, above 0 for spin up or 1;
    `energies` (reads,) are without the problem's offset, which the client adds. `num_variables` is
    the solver's own number of qubits, those included that do not work.
    """
    bits = np.asarray(samples) > 0
    return {
        "format": "qp",
        "active_variables": _text(active, INTEGER),
        "energies": _text(energies, DOUBLE),
        "num_occurrences": _text(occurrences, INTEGER),
        "solutions": _base64(np.packbits(bits, axis=1).tobytes()),
        "num_variables": int(num_variables),
        "timing": dict(timing),
    }


def _doubles(data: Mapping[str, Any], key: str) -> npt.NDArray[np.float64]:
    text = data.get(key)
    try:
        raw = base64.b64decode(text or "", validate=True)
        return np.frombuffer(raw, DOUBLE).astype(np.float64)
    except (TypeError, ValueError, binascii.Error):
        raise Refused(f"{key!r} is no base64 text of numbers of 8 bytes") from None


def _text(values: npt.ArrayLike, kind: np.dtype[Any]) -> str:
    return _base64(np.ascontiguousarray(values, dtype=kind).tobytes())


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
